import type { EntityManager } from "typeorm";
import { MINUTE, later } from "../foundation/clock.js";
import { Refusal } from "../foundation/refusals.js";
import type { Bank } from "../identity/Bank.js";
import type { User } from "../identity/User.js";
import { notify } from "../notices/notify.js";
import type { Certificate } from "./Certificate.js";
import type { CertificateDesk } from "./CertificateDesk.js";

/**
 * Where the bank's policy says so, the code goes to its holder by mail and to nobody's screen. Not to an address that was
 * changed a moment ago: whoever sits in the Master's session would send it to itself. A Master without an address gets its code
 * from the desk. Refuses with MAIL_ADDRESS_REQUIRED, MAIL_ADDRESS_TOO_NEW.
 */
export async function sendCode(desk: CertificateDesk, tx: EntityManager, bank: Pick<Bank, "sendsCodeByMail" | "mailRestHours">, holder: User, opened: Certificate, code: string): Promise<boolean> {
  if (!bank.sendsCodeByMail || (holder.mailAddress === null && holder.kind === "MASTER")) return false;
  const refusal = whyNoCode(holder, bank, desk.clock.now());
  if (refusal === "MAIL_ADDRESS_REQUIRED") throw new Refusal(refusal);
  if (refusal === "MAIL_ADDRESS_TOO_NEW") throw new Refusal(refusal, { facts: { restsUntil: restsUntil(holder, bank) ?? desk.clock.now() } });
  const facts = { enrollmentDeadline: opened.enrollmentDeadline?.toISOString() ?? null };
  await notify(tx, desk, { kind: "ENROLLMENT_CODE", about: holder, to: "HOLDER", facts, certificateId: opened.id, secret: desk.secrets.seal(code) });
  return true;
}

type Addressed = Pick<User, "kind" | "mailAddress" | "mailChangedAt">;

/** Why a bank that sends codes by mail couldn't send one to this user now. */
export function whyNoCode(user: Addressed, bank: Pick<Bank, "mailRestHours">, now: Date): "MAIL_ADDRESS_REQUIRED" | "MAIL_ADDRESS_TOO_NEW" | null {
  if (user.mailAddress === null) return user.kind === "MASTER" ? null : "MAIL_ADDRESS_REQUIRED";
  const until = restsUntil(user, bank);
  return until !== null && until > now ? "MAIL_ADDRESS_TOO_NEW" : null;
}

function restsUntil({ mailChangedAt }: Addressed, { mailRestHours }: Pick<Bank, "mailRestHours">): Date | null {
  return mailChangedAt && later(mailChangedAt, mailRestHours * 60 * MINUTE);
}
