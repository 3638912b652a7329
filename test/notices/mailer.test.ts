import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { MailRefused, openMailer, type Mail, type Mailer } from "../../src/notices/mailer.js";

const mail: Mail = { id: "01JDMQ0V8Z5N3K7W2R4T6Y8A0C", fromName: "証明信用金庫", to: "taro@example.com", subject: "【証明信用金庫】お知らせ", text: "電子証明書が失効しました。\n取得コード：なし\n" };

describe("mails into a folder", () => {
  const dir = mkdtempSync(join(tmpdir(), "shomei-mail-"));
  afterAll(() => { rmSync(dir, { recursive: true, force: true }); });

  it("are files that a mail program opens, of nobody else's to read", async () => {
    await openMailer({ kind: "folder", folder: join(dir, "mail"), from: "no-reply@shomei.invalid" }).send(mail);
    expect(readdirSync(join(dir, "mail"))).toEqual([`${mail.id}.eml`]);
    const file = join(dir, "mail", `${mail.id}.eml`);
    expect(statSync(file).mode & 0o077).toBe(0);
    const content = readFileSync(file, "utf8");
    expect(content).toMatch(/^To: taro@example\.com$/m);
    expect(content).toMatch(/^Message-ID: <01JDMQ0V8Z5N3K7W2R4T6Y8A0C@shomei\.invalid>$/m);
    expect(content).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(content).toMatch(/^From: =\?UTF-8\?.* <no-reply@shomei\.invalid>$/m);
    expect(content).toMatch(/charset=utf-8/);
  });
});

describe("mails by SMTP", () => {
  const received: { to: string[]; content: string }[] = [];
  let answer: { code: number; text: string } | undefined;
  let server: SMTPServer;
  let url = "";
  beforeAll(async () => {
    server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      onRcptTo: (_address, _session, done) => { done(answer && Object.assign(new Error(answer.text), { responseCode: answer.code })); },
      onData: (stream, session, done) => {
        let content = "";
        stream.on("data", (chunk: Buffer) => (content += chunk.toString("utf8")));
        stream.on("end", () => {
          received.push({ to: session.envelope.rcptTo.map(({ address }) => address), content });
          done();
        });
      },
    });
    server.on("error", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `smtp://127.0.0.1:${String((server.server.address() as AddressInfo).port)}`;
  });
  afterAll(() => new Promise<void>((resolve) => { server.close(resolve); }));
  beforeEach(() => {
    received.length = 0;
    answer = undefined;
  });
  const opened: Mailer[] = [];
  const mailer = (to = url) => {
    const mailer = openMailer({ kind: "smtp", url: to, from: "no-reply@shinkin.example" });
    opened.push(mailer);
    return mailer;
  };
  afterEach(() => { for (const mailer of opened.splice(0)) mailer.close(); });

  it("arrive as they were written", async () => {
    await mailer().send(mail);
    expect(received).toHaveLength(1);
    expect(received[0]?.to).toEqual(["taro@example.com"]);
    expect(received[0]?.content).toContain("Message-ID: <01JDMQ0V8Z5N3K7W2R4T6Y8A0C@shinkin.example>");
    expect(Buffer.from(received[0]?.content.split("\r\n\r\n")[1] ?? "", "base64").toString("utf8").replace(/\r/g, "")).toBe(mail.text);
  });

  it("take no header out of what somebody is called", async () => {
    await mailer().send({ ...mail, fromName: "金庫\r\nBcc: thief@example.com", subject: "件名\r\nBcc: thief@example.com" });
    expect(received[0]?.to).toEqual(["taro@example.com"]);
    expect(received[0]?.content.split("\r\n\r\n")[0]).not.toMatch(/^Bcc:/m);
  });

  it("don't go, nor does the password, where a server that asks for one can't be talked to in secret", async () => {
    await expect(mailer(url.replace("smtp://", "smtp://desk:secret@")).send(mail)).rejects.toThrow(/STARTTLS/);
    expect(received).toEqual([]);
  });

  it("that the server will never take are told from those that it may take later", async () => {
    answer = { code: 550, text: "no such user" };
    await expect(mailer().send(mail)).rejects.toThrow(MailRefused);
    answer = { code: 451, text: "try again" };
    await expect(mailer().send(mail)).rejects.not.toThrow(MailRefused);
    await expect(mailer("smtp://127.0.0.1:1").send(mail)).rejects.not.toThrow(MailRefused);
  });
});
