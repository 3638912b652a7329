import { join } from "node:path";
import { ConfigError, type Environment } from "./environment.js";

/** Where mails go: to an SMTP server, or, in development, into a folder. */
export type MailSettings = { kind: "folder"; folder: string; from: string } | { kind: "smtp"; url: string; from: string };

export const MAIL_ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$/;

export function mailSettings(env: Environment, dataDir: string): MailSettings {
  const { SHOMEI_SMTP_URL: url, SHOMEI_MAIL_FROM: from } = env;
  if (from !== undefined && !MAIL_ADDRESS.test(from)) throw new ConfigError("SHOMEI_MAIL_FROM", "a mail address, name@domain.example");
  if (url === undefined) return { kind: "folder", folder: join(dataDir, "mail"), from: from ?? "no-reply@shomei.invalid" };
  const parsed = URL.parse(url);
  if (!parsed || !["smtp:", "smtps:"].includes(parsed.protocol) || parsed.hostname === "") throw new ConfigError("SHOMEI_SMTP_URL", "smtp://[user:password@]host[:port] or smtps://…");
  if (from === undefined) throw new ConfigError("SHOMEI_MAIL_FROM", "the address that mails come from, since SHOMEI_SMTP_URL has a value");
  return { kind: "smtp", url, from };
}
