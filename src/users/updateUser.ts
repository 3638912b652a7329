import { IsNull, type EntityManager } from "typeorm";
import type { Certificate } from "../certificates/Certificate.js";
import type { CertificateDesk } from "../certificates/CertificateDesk.js";
import { findCurrent } from "../certificates/certificateStore.js";
import { reissueFor } from "../certificates/reissueCertificate.js";
import { revokeFor } from "../certificates/revokeCertificate.js";
import { isId } from "../foundation/ids.js";
import { Refusal, refuseAll } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { Bank } from "../identity/Bank.js";
import { MASKED, passwordFacts } from "../identity/changePasswords.js";
import { Contract } from "../identity/Contract.js";
import { Password, type PasswordKind } from "../identity/Password.js";
import { endSessions } from "../identity/sessions.js";
import { dropPassword } from "../identity/storePassword.js";
import { takeVersion } from "../identity/takeVersion.js";
import { searchTextOf, User } from "../identity/User.js";
import { isWithinReach, type Actor } from "../policy/Actor.js";
import { whyNever } from "../policy/authorize.js";
import type { ReissueReason, RevocationReason } from "../policy/certificateLifecycle.js";
import { changeUser, type TargetedUser } from "./changeUser.js";
import { companiesAmong, companyCodesOf, selectCompanies } from "./selectCompanies.js";
import { checkPasswords, passwordFields, storeSetPasswords, type CheckedPasswords } from "./typedPasswords.js";
import { checkForm, type FormFields, type UserForm } from "./userForm.js";

/** 電子証明書: 継続利用する, 再発行する, 失効する. */
export const certificateActions = ["KEEP", "REISSUE", "REVOKE"] as const;
export type CertificateAction = (typeof certificateActions)[number];

export interface UpdateUser extends TargetedUser, UserForm {
  certificateAction: CertificateAction;
  reissueReason: ReissueReason;
  revocationReason: RevocationReason;
}

export interface Updated {
  user: User;
  /** The certificate that was opened by 再発行する or ended by 失効する; null where it was kept. */
  certificate: Certificate | null;
  /** The one that died by 再発行する. */
  revoked: Certificate | null;
  enrollmentCode: string | null;
}

/**
 * 編集 → 登録: everything on the form as one unit, the certificate included: one version, one entry, all or nothing. Where
 * somebody was faster nothing is registered (CONFLICT); else all that is wrong is said at once, each with its field. The
 * certificate goes by the very rules of `reissueCertificate` and `revokeCertificate`.
 */
export function updateUser(desk: CertificateDesk, actor: Actor, input: UpdateUser): Promise<Updated> {
  const prepare = () => checkTypedPasswords(desk, actor, input);
  return changeUser(desk, actor, { action: "USER_UPDATE", rule: "update", input, prepare }, async (tx, user, findings, passwords) => {
    await takeVersion(tx, actor, user, input.expectedVersion); // of two at once, one goes no further
    const { fields, kept, refusals } = await checkAgainstStanding(tx, user, input);
    const done = await actOnCertificate(desk, tx, actor, user, input);
    refuseAll([...refusals, ...passwords.refusals, ...(done instanceof Refusal ? [done] : [])]);
    if (done instanceof Refusal) throw done;

    const now = desk.clock.now();
    const before = await shown(tx, user, kept);
    await register(tx, user, fields, input, passwords, now);
    const after = await shown(tx, user, await keptBy(tx, user));
    note(findings, before, after, passwords, done, user.version);
    return { user, certificate: done?.certificate ?? null, revoked: done?.revoked ?? null, enrollmentCode: done?.enrollmentCode ?? null };
  });
}

/** Nothing is looked at for somebody who may not change this user. */
async function checkTypedPasswords(desk: CertificateDesk, actor: Actor, { userId, passwords }: UpdateUser): Promise<CheckedPasswords> {
  const none = { hashed: [], refusals: [] };
  if (whyNever(actor, "update", "User") || Object.keys(passwords).length === 0) return none;
  const user = isId(userId) ? await desk.db.reads.findOneBy(User, { id: userId }) : null;
  if (!user || !isWithinReach(actor, user)) return none;
  if (user.id === actor.userId) return { hashed: [], refusals: ownPasswords(passwords) };
  const bank = await desk.db.reads.findOneBy(Bank, { id: user.bankId });
  return bank ? checkPasswords(desk, bank, passwords, user) : none;
}

/** A Master's own are changed where the one in use is asked for: a session that was left open must not be enough. */
function ownPasswords(passwords: UserForm["passwords"]): Refusal[] {
  const kinds = (["LOGIN", "REGISTRATION"] as const).filter((kind) => passwords[kind]);
  return kinds.map((kind) => new Refusal("OWN_PASSWORD", { path: [passwordFields[kind]] }));
}

async function checkAgainstStanding(tx: EntityManager, user: User, form: UpdateUser) {
  const contract = await tx.findOneByOrFail(Contract, { id: user.contractId });
  const companies = new Set((await companiesAmong(tx, user.contractId, form.companyIds)).keys());
  const kept = await keptBy(tx, user);
  return { kept, ...checkForm(form, { user, contract, kept, companies }) };
}

async function keptBy(tx: EntityManager, user: User): Promise<Set<PasswordKind>> {
  return new Set((await tx.findBy(Password, { userId: user.id })).map(({ kind }) => kind));
}

interface CertificateDeed {
  certificate: Certificate;
  revoked: Certificate | null;
  enrollmentCode: string | null;
  before: object;
  after: object;
}

/** Done first and undone with everything else where the form is refused: so its refusal comes with the others. */
async function actOnCertificate(desk: CertificateDesk, tx: EntityManager, actor: Actor, user: User, form: UpdateUser): Promise<CertificateDeed | Refusal | null> {
  try {
    switch (form.certificateAction) {
      case "KEEP":
        return null;
      case "REISSUE": {
        const { successor, ...reissued } = await reissueFor(desk, tx, actor, user, form.reissueReason);
        return { ...reissued, certificate: successor };
      }
      case "REVOKE": {
        if (user.id === actor.userId) throw new Refusal("OWN_CERTIFICATE");
        const certificate = await findCurrent(tx, user.id);
        if (!certificate) throw new Refusal("NO_CERTIFICATE");
        const { before, after } = await revokeFor(desk, tx, actor, certificate, form.revocationReason);
        return { certificate, revoked: null, enrollmentCode: null, before, after };
      }
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return new Refusal(error.code, { path: ["certificateAction"], facts: error.facts });
  }
}

/** Writes what the form says. The version is taken already. */
async function register(tx: EntityManager, user: User, fields: FormFields, form: UpdateUser, { hashed }: CheckedPasswords, now: Date): Promise<void> {
  const changes = { ...fields, searchText: searchTextOf({ ...user, ...fields }) };
  await tx.update(User, { id: user.id }, changes);
  Object.assign(user, changes);
  if (user.authority !== "APPROVER") await dropPassword(tx, user.id, "APPROVAL"); // ceasing to be an approver drops it
  if (user.adHocLimit === null) await dropPassword(tx, user.id, "TRANSFER");
  await storeSetPasswords(tx, user, hashed, now);
  if (form.forcePasswordChange !== undefined) await forceChange(tx, user, form.forcePasswordChange);
  if (form.companyIds) await selectCompanies(tx, user.id, form.companyIds);
  if (hashed.some(({ kind }) => kind === "LOGIN")) await endSessions(tx, user.id, "PASSWORD_RESET", now);
}

/** 強制変更あり, 強制変更なし. An initial password stays to be changed either way. */
async function forceChange(tx: EntityManager, { id: userId }: User, isForced: boolean): Promise<void> {
  if (isForced) await tx.update(Password, { userId, changeDue: IsNull() }, { changeDue: "FORCED" });
  else await tx.update(Password, { userId, changeDue: "FORCED" }, { changeDue: null });
}

/** The form's fields as the history says them; of passwords only that there is one. */
async function shown(tx: EntityManager, user: User, kept: ReadonlySet<PasswordKind>): Promise<Record<string, unknown>> {
  const { displayName, authority, adHocLimit: adHocTransferLimit, passwordMaxAgeDays, passwordWarnDays } = user;
  const passwords = Object.fromEntries(Object.entries(passwordFacts).map(([kind, name]) => [name, kept.has(kind as PasswordKind) ? MASKED : null]));
  const forcePasswordChange = await tx.existsBy(Password, { userId: user.id, changeDue: "FORCED" });
  return {
    displayName, authority, adHocTransferLimit, passwordMaxAgeDays, passwordWarnDays, forcePasswordChange, ...passwords,
    companies: await companyCodesOf(tx, user.id),
  };
}

/** Only what differs, the passwords that were set, the version, and the certificate's part. */
function note(
  findings: Findings,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  { hashed }: CheckedPasswords,
  done: CertificateDeed | null,
  version: number,
): void {
  const set = hashed.map(({ kind }) => passwordFacts[kind]);
  const changed = Object.keys(after).filter((name) => set.includes(name) || JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const only = (facts: Record<string, unknown>) => Object.fromEntries(changed.map((name) => [name, facts[name]]));
  findings.before = { version: version - 1, ...only(before), ...done?.before };
  findings.after = { version, ...only(after), ...done?.after };
  if (done) findings.certificateId = done.certificate.id;
}
