import { IsNull, type EntityManager } from "typeorm";
import { Refusal, refuseAll } from "../foundation/refusals.js";
import { audited, beforehand, type Attempt } from "../history/audited.js";
import type { Origin } from "../policy/Actor.js";
import type { Bank } from "./Bank.js";
import { bankCalled } from "./bankCalled.js";
import { BankOperator } from "./BankOperator.js";
import { countSignIn } from "./countSignIn.js";
import { loginIdOf } from "./loginId.js";
import { noSooner } from "./noSooner.js";
import { openOperatorSession, type OperatorSignedIn } from "./operatorSessions.js";
import { brokenRules, type NewPassword } from "./passwordRules.js";
import { hashPassword, isPassword } from "./argon2.js";
import { lockWhenSpent, provePassword, type Proof } from "./passwords.js";
import type { PresentedCertificate } from "./presentedCertificate.js";
import type { ReceptionDesk, SignIn } from "./signIn.js";

export interface SignInOperator extends SignIn {
  /** In place of the one in use; asked for at the first sign-in. */
  newPassword?: NewPassword | null;
}

/**
 * Opens a session for one of the bank's own staff, which no customer's ID and password can. Refused alike, in words and in
 * time, for an unknown ID, a wrong password, a locked and a removed ID (SIGN_IN_FAILED); the history knows which. A password
 * that somebody else knows is changed with the sign-in (NEW_PASSWORD_REQUIRED), by the bank's rules. A customer's
 * certificate is none of an operator's (PRESENTED_CERTIFICATE_OF_ANOTHER).
 */
export function signInOperator(
  desk: ReceptionDesk,
  origin: Origin,
  presented: PresentedCertificate | null,
  input: SignInOperator,
): Promise<OperatorSignedIn & { token: string }> {
  return noSooner(desk.signInFloorMs, () => attempt(desk, origin, presented, input));
}

async function attempt(desk: ReceptionDesk, origin: Origin, presented: PresentedCertificate | null, input: SignInOperator) {
  const loginId = loginIdOf(input.loginId);
  const nobody = triedAs({ bank: null, operator: null }, loginId);
  const action = "OPERATOR_SIGN_IN";
  await countSignIn(desk, input, { action, origin }, async () => triedAs(await called(desk, input, loginId), loginId));
  const { bank, operator, tries, proof, renewal } = await beforehand(desk, { action, origin, by: nobody }, () => identify(desk, input, loginId, presented === null));

  const by = triedAs({ bank, operator }, loginId);
  return audited(desk, { action, origin, by }, async (tx, findings) => {
    if (presented) throw new Refusal("PRESENTED_CERTIFICATE_OF_ANOTHER");
    if (!operator || !bank || !tries) throw new Refusal("SIGN_IN_FAILED", { recordedAs: "NOT_FOUND" });
    const now = desk.clock.now();
    if (proof === "LOCKED") throw new Refusal("SIGN_IN_FAILED", { recordedAs: "ID_LOCKED" });
    if (proof === "WRONG") throw new Refusal("SIGN_IN_FAILED", { consequence: (refusalTx) => lockWhenSpent(refusalTx, tries, "OPERATOR", now) });
    await holdOperator(tx, operator, now);
    refuseAll(renewal.refusals);
    if (renewal.hash) {
      await replacePassword(tx, operator, renewal.hash);
      findings.after = { passwordChanged: true };
    } else if (operator.changeDue) {
      throw new Refusal("NEW_PASSWORD_REQUIRED", { path: ["newPassword"] });
    }
    return openOperatorSession(tx, operator, bank, origin, now);
  });
}

interface Called {
  bank: Bank | null;
  operator: BankOperator | null;
}

async function called(desk: ReceptionDesk, { bankCode }: SignIn, loginId: string | undefined): Promise<Called> {
  const bank = await bankCalled(desk, bankCode);
  const operator = bank && loginId ? await desk.db.reads.findOneBy(BankOperator, { bankId: bank.id, loginId }) : null;
  return { bank, operator };
}

/** As whom the history has it; what nobody knows is null. */
function triedAs({ bank, operator }: Called, loginId: string | undefined): Attempt["by"] {
  return {
    role: "BANK_OPERATOR", contractId: null, userId: operator?.id ?? null, loginId: operator?.loginId ?? loginId ?? null, bankId: bank?.id ?? null,
  };
}

async function identify(desk: ReceptionDesk, input: SignInOperator, loginId: string | undefined, isToBeProven: boolean) {
  const { bank, operator } = await called(desk, input, loginId);
  const tries = operator && bank ? { id: operator.id, triesAllowed: bank.triesAllowed } : undefined;
  const proof = isToBeProven ? await provePassword(desk, tries, "OPERATOR", input.password) : "WRONG"; // else no try is taken
  return { bank, operator, tries, proof, renewal: await renewalOf(bank, operator, proof, input) };
}

interface Renewal {
  refusals: Refusal[];
  hash: string | null;
}

/** The new password, held against the bank's rules; looked at only for whoever proved the one in use. */
async function renewalOf(bank: Bank | null, operator: BankOperator | null, proof: Proof, { password, newPassword }: SignInOperator): Promise<Renewal> {
  if (!bank || !operator || proof !== "RIGHT" || !newPassword) return { refusals: [], hash: null };
  const path = ["newPassword"];
  const refusals = brokenRules(newPassword, operator.loginId, bank, path, ["newPasswordConfirmation"]);
  const wasReset = operator.formerHash !== null && (await isPassword(operator.formerHash, newPassword.password));
  if (wasReset || newPassword.password === password) refusals.push(new Refusal("PASSWORD_USED_BEFORE", { path, facts: { remembered: 1 } }));
  return { refusals, hash: refusals.length > 0 ? null : await hashPassword(newPassword.password) };
}

/** Holds the operator until COMMIT: of several sign-ins at once each comes wholly before or after, and so does a removal. */
async function holdOperator(tx: EntityManager, { id, hash }: BankOperator, now: Date): Promise<void> {
  const { affected } = await tx.update(BankOperator, { id, hash, removedAt: IsNull() }, { lastSignInAt: now });
  if (affected === 1) return;
  const { removedAt } = await tx.findOneByOrFail(BankOperator, { id });
  throw new Refusal("SIGN_IN_FAILED", removedAt ? { recordedAs: "ID_DEREGISTERED" } : {}); // else the password isn't the one any more
}

async function replacePassword(tx: EntityManager, { id }: BankOperator, hash: string): Promise<void> {
  await tx.update(BankOperator, { id }, { hash, changeDue: null });
}
