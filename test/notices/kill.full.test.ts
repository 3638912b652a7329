import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import type { Database } from "../../src/foundation/database/Database.js";
import { Notice } from "../../src/notices/Notice.js";
import { freshDatabase, sibling, type FreshDatabase } from "../support/engine.js";
import { RunningServer } from "../support/RunningServer.js";

let dir: string;
let database: FreshDatabase;
let db: Database | undefined;
let smtp: SMTPServer;
let url = "";
const arrived = new Map<string, number>();

beforeAll(async () => {
  smtp = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onData: (stream, _session, done) => {
      let content = "";
      stream.on("data", (chunk: Buffer) => (content += chunk.toString("utf8")));
      stream.on("end", () => {
        const id = /^Message-ID: <([0-9A-Z]{26})@/m.exec(content)?.[1] ?? "none";
        // It has the mail now; its answer takes a moment, in which the sender may die.
        arrived.set(id, (arrived.get(id) ?? 0) + 1);
        setTimeout(() => { done(); }, Math.random() * 30);
      });
    },
  });
  smtp.on("error", () => undefined);
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  url = `smtp://127.0.0.1:${String((smtp.server.address() as AddressInfo).port)}`;
});
afterAll(() => new Promise<void>((resolve) => { smtp.close(resolve); }));
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-mails-"));
  database = await freshDatabase();
  arrived.clear();
});
afterEach(async () => {
  RunningServer.stopAll();
  await db?.close();
  await database.drop();
  rmSync(dir, { recursive: true, force: true });
});

const start = () => RunningServer.start({
  DATA_DIR: dir, SHOMEI_DEMO: "1", SHOMEI_SMTP_URL: url, SHOMEI_MAIL_FROM: "no-reply@shinkin.example", SHOMEI_SIGN_IN_FLOOR_MS: "0",
  ...(database.url ? { DATABASE_URL: database.url } : {}),
});

it("a mail worker that is killed at any point loses no mail: each arrives at least once, and a second copy bears the same Message-ID", async () => {
  let reissued = 0;
  for (let life = 0; life < 4; life++) {
    const server = await start();
    const master = await server.signIn("keir001");
    const stop = Date.now() + 800 + Math.random() * 800;
    while (Date.now() < stop) {
      const { nodes } = await server.ask<{ nodes: { id: string; version: number }[] }>("users", '{ users(filter: { text: "keir003" }) { nodes { id version } } }', {}, master);
      const user = nodes[0];
      const { userErrors } = await server.ask<{ userErrors: object[] }>("reissueCertificate",
        "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { userErrors { code } } }", { input: { userId: user?.id, expectedVersion: user?.version } }, master);
      expect(userErrors).toEqual([]);
      reissued++;
      await pause(15);
    }
    await server.stop("SIGKILL"); // wherever it was
  }
  expect(reissued).toBeGreaterThan(20);

  const source = sibling(database.url ? { database: new URL(database.url).pathname.slice(1) } : { database: join(dir, "shomei.sqlite") });
  db = await openDatabase(source);
  // What the dead had claimed is free after two minutes: that long nobody waits here.
  await db.transaction((tx) => tx.query("UPDATE notices SET claimed_until = NULL, next_try_at = created_at WHERE state = 'QUEUED'"));
  const last = await start();
  for (let waited = 0; waited < 600 && (await db.reads.countBy(Notice, { state: "QUEUED" })) > 0; waited++) await pause(100);
  expect(await last.stop()).toBe(0);

  const notices = await db.reads.find(Notice);
  expect(notices.filter(({ kind }) => kind === "CERTIFICATE_REISSUED")).toHaveLength(2 * reissued); // holder and Master, of every reissue that was answered
  expect(notices.filter(({ state }) => state !== "SENT")).toEqual([]);
  expect(notices.filter(({ id }) => !arrived.has(id))).toEqual([]);
  expect([...arrived.keys()].filter((id) => notices.every((notice) => notice.id !== id))).toEqual([]); // and none of what didn't happen
  process.stderr.write(`${String(notices.length)} mails, ${String([...arrived.values()].filter((times) => times > 1).length)} of them more than once\n`);
}, 180_000);
