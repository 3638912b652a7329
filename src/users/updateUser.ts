import { IsNull, type EntityManager } from "typeorm";
import type { Certificate } from "../certificates/Certificate.js";
import type { CertificateFacts } from "../certificates/readCertificates.js";
import type { CertificateDesk } from "../certificates/CertificateDesk.js";
import { isId } from "../foundation/ids.js";
import { Refusal, refuseAll } from "../foundation/refusals.js";
import { Bank } from "../identity/Bank.js";
import { Contract } from "../identity/Contract.js";
import { Password } from "../identity/Password.js";
import { endSessions } from "../identity/sessions.js";
import { retirePassword } from "../identity/storePassword.js";
import { takeVersion } from "../identity/takeVersion.js";
import { User } from "../identity/User.js";
import { updateNamed } from "../identity/userStore.js";
import { whyNotNote } from "../identity/whyNotNote.js";
import { isWithinReach, type Actor } from "../policy/Actor.js";
import { whyNever } from "../policy/authorize.js";
import { actOnCertificate, type WantedOfCertificate } from "./certificateAction.js";
import { changeUser, type TargetedUser } from "./changeUser.js";
import { formFacts, noteChanges } from "./formFacts.js";
import { notifyOfForm } from "./notifyOfForm.js";
import { companiesAmong, selectCompanies } from "./selectCompanies.js";
import { checkPasswords, noPasswords, passwordFields, storeSetPasswords, type CheckedPasswords } from "./typedPasswords.js";
import { checkForm, type FormFields, type UserForm } from "./userForm.js";

export interface UpdateUser extends TargetedUser, UserForm, WantedOfCertificate {}

export interface Updated {
  user: User;
  /** The certificate that was opened by 再発行する or ended by 失効する; null where it was kept. */
  certificate: Certificate | null;
  /** The one that died by 再発行する. */
  revoked: CertificateFacts | null;
  /** The one that lives on until its successor is acquired. */
  kept: CertificateFacts | null;
  enrollmentCode: string | null;
}

/**
 * 編集 → 登録: everything on the form as one unit, the certificate included: one version, one entry, all or nothing. Where
 * somebody was faster nothing is registered (CONFLICT); else all that is wrong is said at once, each with its field. The
 * certificate goes by the very rules of `reissueCertificate` and `revokeCertificate`.
 */
export function updateUser(desk: CertificateDesk, actor: Actor, input: UpdateUser): Promise<Updated> {
  const prepare = () => checkTypedPasswords(desk, actor, input);
  const target = whyNotNote(input.note) ? { ...input, note: null } : input; // refused with the other fields
  return changeUser(desk, actor, { action: "USER_UPDATE", rule: "update", input: target, prepare }, async (tx, user, findings, passwords) => {
    const isOthersOnly = input.certificateAction !== "KEEP" && user.id !== actor.userId; // R1–R3 in the WHERE, too
    await takeVersion(tx, actor, user, input.expectedVersion, {}, { isOthersOnly }); // of two at once, one goes no further
    const { fields, refusals } = await checkAgainstStanding(tx, user, input);
    const done = await actOnCertificate(desk, tx, actor, user, input);
    refuseAll([...refusals, ...passwords.refusals, ...(done instanceof Refusal ? [done] : [])]);
    refuseRepeated(passwords);
    if (done instanceof Refusal) throw done;

    const now = desk.clock.now();
    const before = await formFacts(tx, user);
    const { mailAddress: formerAddress, authority, adHocLimit } = user;
    await register(tx, user, fields, input, passwords, now);
    const after = await formFacts(tx, user);
    const passwordsSet = passwords.hashed.map(({ kind }) => kind);
    noteChanges(findings, before, after, passwordsSet, done, user.version);
    await notifyOfForm(desk, tx, actor, user, { mailAddress: formerAddress, authority, adHocLimit }, passwordsSet);
    return { user, certificate: done?.certificate ?? null, revoked: done?.revoked ?? null, kept: done?.kept ?? null, enrollmentCode: done?.enrollmentCode ?? null };
  });
}

/** Nothing is looked at for somebody who may not change this user. */
async function checkTypedPasswords(desk: CertificateDesk, actor: Actor, { userId, passwords }: UpdateUser): Promise<CheckedPasswords> {
  const none = noPasswords();
  if (whyNever(actor, "update", "User") || Object.keys(passwords).length === 0) return none;
  const user = isId(userId) ? await desk.db.reads.findOneBy(User, { id: userId }) : null;
  if (!user || !isWithinReach(actor, user)) return none;
  if (user.id === actor.userId) return { ...none, refusals: ownPasswords(passwords) };
  const bank = await desk.db.reads.findOneBy(Bank, { id: user.bankId });
  return bank ? checkPasswords(desk, bank, passwords, user) : none;
}

/**
 * Of several passwords it isn't said which one was used before: beside one that is known to be, a guess would be told
 * right or wrong at no cost.
 */
function refuseRepeated({ repeated: [first], hashed }: CheckedPasswords): void {
  if (!first) return;
  throw hashed.length > 1 ? new Refusal(first.code, { facts: first.facts }) : first;
}

/** A Master's own are changed where the one in use is asked for: a session that was left open must not be enough. */
function ownPasswords(passwords: UserForm["passwords"]): Refusal[] {
  const kinds = (["LOGIN", "REGISTRATION"] as const).filter((kind) => passwords[kind]);
  return kinds.map((kind) => new Refusal("OWN_PASSWORD", { path: [passwordFields[kind]] }));
}

async function checkAgainstStanding(tx: EntityManager, user: User, form: UpdateUser) {
  const contract = await tx.findOneByOrFail(Contract, { id: user.contractId });
  const companies = new Set((await companiesAmong(tx, user.contractId, form.companyIds)).keys());
  return checkForm(form, { user, contract, companies });
}

/** Writes what the form says. The version is taken already. */
async function register(tx: EntityManager, user: User, fields: FormFields, form: UpdateUser, { hashed }: CheckedPasswords, now: Date): Promise<void> {
  const isAddressChanged = user.mailAddress !== fields.mailAddress;
  await updateNamed(tx, user, { ...fields, ...(isAddressChanged ? { mailChangedAt: now } : {}) });
  const { passwordsRemembered: remembered } = await tx.findOneByOrFail(Bank, { id: user.bankId });
  if (user.authority !== "APPROVER") await retirePassword(tx, user.id, "APPROVAL", remembered, now); // ceasing to be an approver drops it
  if (user.adHocLimit === null) await retirePassword(tx, user.id, "TRANSFER", remembered, now);
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
