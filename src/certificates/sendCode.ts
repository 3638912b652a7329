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
export async function sendCode(desk: CertificateDesk, tx: EntityManager, bank: Bank, holder: User, opened: Certificate, code: string): Promise<boolean> {
  const { mailAddress, mailChangedAt, kind } = holder;
  if (!bank.sendsCodeByMail || (mailAddress === null && kind === "MASTER")) return false;
  if (mailAddress === null) throw new Refusal("MAIL_ADDRESS_REQUIRED");
  const restsUntil = mailChangedAt && later(mailChangedAt, bank.mailRestHours * 60 * MINUTE);
  if (restsUntil && restsUntil > desk.clock.now()) throw new Refusal("MAIL_ADDRESS_TOO_NEW", { facts: { restsUntil } });
  const facts = { enrollmentDeadline: opened.enrollmentDeadline?.toISOString() ?? null };
  await notify(tx, desk, { kind: "ENROLLMENT_CODE", about: holder, to: "HOLDER", facts, certificateId: opened.id, secret: desk.secrets.seal(code) });
  return true;
}
