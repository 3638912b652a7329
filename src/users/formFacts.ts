import type { EntityManager } from "typeorm";
import type { Findings } from "../history/audited.js";
import { MASKED, passwordFacts } from "../identity/changePasswords.js";
import { Password, type PasswordKind } from "../identity/Password.js";
import type { User } from "../identity/User.js";
import type { CertificateDeed } from "./certificateAction.js";
import { companyCodesOf } from "./selectCompanies.js";

/** The form's fields as the history says them; of passwords only that there is one. */
export async function formFacts(tx: EntityManager, user: User): Promise<Record<string, unknown>> {
  const kept = await tx.findBy(Password, { userId: user.id });
  const { displayName, authority, mailAddress, adHocLimit: adHocTransferLimit, passwordMaxAgeDays, passwordWarnDays } = user;
  const passwords = Object.fromEntries(Object.entries(passwordFacts).map(([kind, name]) => [name, kept.some((password) => password.kind === kind) ? MASKED : null]));
  const forcePasswordChange = kept.some(({ changeDue }) => changeDue === "FORCED");
  return {
    displayName, authority, mailAddress, adHocTransferLimit, passwordMaxAgeDays, passwordWarnDays, forcePasswordChange, ...passwords,
    companies: await companyCodesOf(tx, user.id),
  };
}

/** Only what differs, the passwords that were set, the version, and the certificate's part. */
export function noteChanges(
  findings: Findings,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  passwordsSet: readonly PasswordKind[],
  done: Pick<CertificateDeed, "certificate" | "before" | "after"> | null,
  version: number,
): void {
  const set = passwordsSet.map((kind) => passwordFacts[kind]);
  const changed = Object.keys(after).filter((name) => set.includes(name) || JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const only = (facts: Record<string, unknown>) => Object.fromEntries(changed.map((name) => [name, facts[name]]));
  findings.before = { version: version - 1, ...only(before), ...done?.before };
  findings.after = { version, ...only(after), ...done?.after };
  if (done) findings.certificateId = done.certificate.id;
}
