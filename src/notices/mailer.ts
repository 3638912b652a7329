import { mkdirSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { SECOND } from "../foundation/clock.js";
import type { MailSettings } from "../foundation/mailSettings.js";

export interface Mail {
  /** Stays the same when it is sent again: a second copy can be told as one. */
  id: string;
  fromName: string;
  to: string;
  subject: string;
  text: string;
}

/** Brings mails on their way. */
export interface Mailer {
  /** Throws where the mail wasn't taken: MailRefused where trying again is no use. */
  send(mail: Mail): Promise<void>;
  /** Lets go of its connections. */
  close(): void;
}

/** The server says that it will never take it (a reply of 5yz, RFC 5321 §4.2.1). */
export class MailRefused extends Error {}

const LONGEST_MS = 20 * SECOND;

export function openMailer(settings: MailSettings): Mailer {
  return settings.kind === "smtp" ? smtpMailer(settings) : folderMailer(settings);
}

function smtpMailer({ url, from }: Extract<MailSettings, { kind: "smtp" }>): Mailer {
  const transport = createTransport({ ...urlOptions(url), pool: true, maxConnections: 5, connectionTimeout: LONGEST_MS, greetingTimeout: LONGEST_MS, socketTimeout: LONGEST_MS, disableFileAccess: true, disableUrlAccess: true });
  return {
    send: async (mail) => {
      try {
        await transport.sendMail(message(mail, from));
      } catch (error) {
        const { responseCode, code } = error as { responseCode?: number; code?: string };
        const isOfThisMail = code === "EENVELOPE" || code === "EMESSAGE"; // not of the server's settings: those can be mended
        if (isOfThisMail && responseCode !== undefined && responseCode >= 500) throw new MailRefused("refused by the server", { cause: error });
        throw error;
      }
    },
    close: () => { transport.close(); },
  };
}

function urlOptions(url: string): object {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  return {
    host: hostname, port: port === "" ? (secure ? 465 : 587) : Number(port), secure,
    ...(username === "" ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) }, requireTLS: !secure }),
  };
}

/** For development: each mail as a file that a mail program opens. */
function folderMailer({ folder, from }: Extract<MailSettings, { kind: "folder" }>): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  return {
    send: async (mail) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const { message: content } = await transport.sendMail(message(mail, from)) as unknown as { message: Buffer };
      const file = join(folder, `${mail.id}.eml`);
      await writeFile(`${file}.new`, content, { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
    close: () => undefined,
  };
}

function message({ id, fromName, to, subject, text }: Mail, from: string): object {
  const domain = from.slice(from.lastIndexOf("@") + 1);
  return {
    from: { name: fromName, address: from }, to, subject, text,
    messageId: `<${id}@${domain}>`,
    headers: { "Auto-Submitted": "auto-generated" }, // RFC 3834: no answering machine is to answer
  };
}
