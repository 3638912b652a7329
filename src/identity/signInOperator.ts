import { setTimeout as pause } from "node:timers/promises";
import { Refusal } from "../foundation/refusals.js";
import { folded } from "../foundation/text.js";
import { audited, beforehand } from "../history/audited.js";
import type { Origin } from "../policy/Actor.js";
import { Bank } from "./Bank.js";
import { BankOperator } from "./BankOperator.js";
import { loginIdOf } from "./loginId.js";
import { openOperatorSession, type OperatorSignedIn } from "./operatorSessions.js";
import { lockWhenSpent, provePassword } from "./passwords.js";
import type { ReceptionDesk, SignIn } from "./signIn.js";

/**
 * Opens a session for one of the bank's own staff, which no customer's ID and password can. Refused alike, in words and in
 * time, for an unknown ID, a wrong password and a locked ID (SIGN_IN_FAILED); the history knows which.
 */
export async function signInOperator(desk: ReceptionDesk, origin: Origin, input: SignIn): Promise<OperatorSignedIn & { token: string }> {
  const beginning = performance.now();
  try {
    return await attempt(desk, origin, input);
  } catch (error) {
    await pause(Math.max(0, desk.signInFloorMs - (performance.now() - beginning)));
    throw error;
  }
}

async function attempt(desk: ReceptionDesk, origin: Origin, input: SignIn): Promise<OperatorSignedIn & { token: string }> {
  const loginId = loginIdOf(input.loginId);
  const somebody = { role: "BANK_OPERATOR", contractId: null } as const;
  const nobody = { ...somebody, userId: null, loginId: loginId ?? null, bankId: null };
  const action = "OPERATOR_SIGN_IN";
  const { bank, operator, tries, proof } = await beforehand(desk, { action, origin, by: nobody }, () => identify(desk, input, loginId));

  const by = operator
    ? { ...somebody, userId: operator.id, loginId: operator.loginId, bankId: operator.bankId }
    : { ...nobody, bankId: bank?.id ?? null };
  return audited(desk, { action, origin, by }, (tx) => {
    if (!operator || !bank || !tries) throw new Refusal("SIGN_IN_FAILED", { recordedAs: "NOT_FOUND" });
    const now = desk.clock.now();
    if (proof === "LOCKED") throw new Refusal("SIGN_IN_FAILED", { recordedAs: "ID_LOCKED" });
    if (proof === "WRONG") throw new Refusal("SIGN_IN_FAILED", { consequence: (refusalTx) => lockWhenSpent(refusalTx, tries, "OPERATOR", now) });
    return openOperatorSession(tx, operator, bank, origin, now);
  });
}

async function identify(desk: ReceptionDesk, { bankCode, password }: SignIn, loginId: string | undefined) {
  const code = folded(bankCode.slice(0, 40)).trim();
  const bank = /^\d{4}$/.test(code) ? await desk.db.reads.findOneBy(Bank, { code }) : null;
  const operator = bank && loginId ? await desk.db.reads.findOneBy(BankOperator, { bankId: bank.id, loginId }) : null;
  const tries = operator && bank ? { id: operator.id, triesAllowed: bank.triesAllowed } : undefined;
  return { bank, operator, tries, proof: await provePassword(desk, tries, "OPERATOR", password) };
}
