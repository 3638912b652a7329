import { IsNull, type EntityManager } from "typeorm";
import type { Certificate } from "../certificates/Certificate.js";
import type { CertificateDesk } from "../certificates/CertificateDesk.js";
import { openSuccessor } from "../certificates/certificateStore.js";
import { sendCode } from "../certificates/sendCode.js";
import { isDuplicate } from "../foundation/database/errors.js";
import { newId } from "../foundation/ids.js";
import { Refusal, refuseAll } from "../foundation/refusals.js";
import { Bank } from "../identity/Bank.js";
import { Contract } from "../identity/Contract.js";
import { newLoginIdOf } from "../identity/loginId.js";
import { performAs } from "../identity/performAs.js";
import { demandPassword, isProven, proveRegistrationPassword, refuseWrongPassword } from "../identity/registrationPassword.js";
import { newUser, User, type Authority } from "../identity/User.js";
import { insertUser } from "../identity/userStore.js";
import { whyNotNote } from "../identity/whyNotNote.js";
import { notify } from "../notices/notify.js";
import type { Actor } from "../policy/Actor.js";
import { authorize, authorizeRole, whyNever } from "../policy/authorize.js";
import { statusAt } from "../policy/certificateLifecycle.js";
import { factsOfUser } from "./changeUser.js";
import { companiesAmong, selectCompanies } from "./selectCompanies.js";
import { checkPasswords, noPasswords, passwordFields, storeSetPasswords, type CheckedPasswords } from "./typedPasswords.js";
import { checkForm, type FormFields, type UserForm } from "./userForm.js";

export interface RegisterUser extends Omit<UserForm, "forcePasswordChange"> {
  loginId: string;
  displayName: string;
  authority: Authority;
  registrationPassword?: string | null;
}

export interface Registered {
  user: User;
  certificate: Certificate;
  /** Null where it goes to the holder by mail. */
  enrollmentCode: string | null;
}

/**
 * Registers a Public ID of the Master's contract with its first passwords, all to be changed at the first sign-in, and
 * opens its first certificate. All that is wrong with the form is said at once: LOGIN_ID_INVALID, LOGIN_ID_TAKEN (also by
 * one that was deregistered), TOO_MANY_USERS and the edit form's.
 */
export function registerUser(desk: CertificateDesk, actor: Actor, input: RegisterUser): Promise<Registered> {
  const loginId = newLoginIdOf(input.loginId);
  const prepare = async () => {
    const password = await proveRegistrationPassword(desk, actor, "register", "User", input.registrationPassword ?? null);
    return { password, passwords: isProven(password) ? await checkFirstPasswords(desk, actor, loginId, input) : noPasswords() };
  };
  return performAs(desk, actor, { action: "USER_REGISTER", note: whyNotNote(input.note) ? null : (input.note ?? null), prepare }, async (tx, findings, { prepared: { password, passwords } }) => {
    authorizeRole(actor, "register", "User");
    refuseWrongPassword(password);
    demandPassword(password);
    if (loginId !== undefined) findings.before = { loginId }; // what was tried, should it be refused
    const now = desk.clock.now();
    const draft = draftFor(actor, loginId ?? "", input, now);
    authorize(actor, "register", "User", factsOfUser(draft));

    const { contract, bank } = await holdContract(tx, draft);
    const companies = await companiesAmong(tx, contract.id, input.companyIds);
    const { fields, refusals } = checkForm(input, { user: draft, contract, companies: new Set(companies.keys()) });
    refuseAll([...(await whyNotLoginId(tx, contract, loginId)), ...(await whyNotOneMore(tx, contract, bank)), ...refusals, ...whyNotCode(bank, fields), ...passwords.refusals]);

    const user = newUser({ ...draft, ...fields });
    await insertUnlessTaken(tx, user);
    await storeSetPasswords(tx, user, passwords.hashed, now);
    await selectCompanies(tx, user.id, input.companyIds ?? []);
    const { successor: certificate, enrollmentCode } = await openSuccessor(desk, tx, user, null, now);
    const powers = [...(user.authority ? [user.authority] : []), ...(user.adHocLimit === null ? [] : ["AD_HOC_ON"])];
    const facts = { powers, by: actor.loginId, enrollmentDeadline: certificate.enrollmentDeadline?.toISOString() ?? null };
    await notify(tx, desk, { kind: "USER_REGISTERED", about: user, facts, certificateId: certificate.id });
    const isCodeMailed = await sendCode(desk, tx, bank, user, certificate, enrollmentCode);

    const { displayName, authority, mailAddress, adHocLimit: adHocTransferLimit, passwordMaxAgeDays, passwordWarnDays, version } = user;
    const { serialNumber } = certificate;
    Object.assign(findings, { target: user, certificateId: certificate.id, before: undefined });
    findings.after = {
      version, loginId: user.loginId, displayName, authority, mailAddress, adHocTransferLimit, passwordMaxAgeDays, passwordWarnDays,
      companies: [...companies.values()].map(({ code }) => code).sort(), serialNumber, status: statusAt(certificate, now),
    };
    return { user, certificate, enrollmentCode: isCodeMailed ? null : enrollmentCode };
  });
}

function draftFor(actor: Actor, loginId: string, { displayName }: RegisterUser, now: Date): User {
  if (actor.contractId === null) throw new Refusal("MASTER_ONLY"); // once more, without the rulebook
  return newUser({ id: newId(now), bankId: actor.bankId, contractId: actor.contractId, loginId, displayName, createdAt: now });
}

/** A login and a registration password everybody has; the form asks for the others. Nothing is hashed for somebody who may not register. */
async function checkFirstPasswords(desk: CertificateDesk, actor: Actor, loginId: string | undefined, { passwords }: RegisterUser): Promise<CheckedPasswords> {
  const bank = await desk.db.reads.findOneBy(Bank, { id: actor.bankId });
  if (!bank || whyNever(actor, "register", "User")) return noPasswords();
  const missing = (["LOGIN", "REGISTRATION"] as const).filter((kind) => !passwords[kind]);
  const { refusals, ...checked } = await checkPasswords(desk, bank, passwords, { id: null, loginId: loginId ?? null });
  return { ...checked, refusals: [...missing.map((kind) => new Refusal("PASSWORD_REQUIRED", { path: [passwordFields[kind]] })), ...refusals] };
}

/** Holds the contract until COMMIT: of two registrations at once the second counts the first. */
async function holdContract(tx: EntityManager, { contractId, bankId }: User): Promise<{ contract: Contract; bank: Bank }> {
  await tx.increment(Contract, { id: contractId, bankId }, "version", 1);
  return { contract: await tx.findOneByOrFail(Contract, { id: contractId }), bank: await tx.findOneByOrFail(Bank, { id: bankId }) };
}

async function whyNotLoginId(tx: EntityManager, { id: contractId, bankId }: Contract, loginId: string | undefined): Promise<Refusal[]> {
  const path = ["loginId"];
  if (loginId === undefined) return [new Refusal("LOGIN_ID_INVALID", { path })];
  return (await tx.existsBy(User, { bankId, contractId, loginId })) ? [new Refusal("LOGIN_ID_TAKEN", { path })] : [];
}

/** Where the code goes by mail, a registration needs an address. */
function whyNotCode({ sendsCodeByMail }: Bank, { mailAddress }: FormFields): Refusal[] {
  return sendsCodeByMail && mailAddress === null ? [new Refusal("MAIL_ADDRESS_REQUIRED", { path: ["mailAddress"] })] : [];
}

async function whyNotOneMore(tx: EntityManager, { id: contractId }: Contract, { mostPublicIds: most }: Bank): Promise<Refusal[]> {
  const inUse = await tx.countBy(User, { contractId, kind: "PUBLIC", deregisteredAt: IsNull() });
  return inUse >= most ? [new Refusal("TOO_MANY_USERS", { facts: { most } })] : [];
}

async function insertUnlessTaken(tx: EntityManager, user: User): Promise<void> {
  try {
    await insertUser(tx, user);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new Refusal("LOGIN_ID_TAKEN", { path: ["loginId"] }); // by another contract of the bank: said only of a form that is right otherwise
  }
}
