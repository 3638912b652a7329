import { isDuplicate } from "../foundation/database/errors.js";
import type { Desk } from "../foundation/desk.js";
import { newId } from "../foundation/ids.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { isStorable } from "../foundation/text.js";
import { enter } from "../history/audited.js";
import type { Bank } from "../identity/Bank.js";
import { BankOperator, newOperator } from "../identity/BankOperator.js";
import { newLoginIdOf } from "../identity/loginId.js";
import { hashPassword } from "../identity/argon2.js";
import { byCommand } from "./byCommand.js";
import { firstPassword } from "./operatorPassword.js";

const LONGEST_NAME = 20;

/**
 * Registers one of a bank's own staff, by whoever runs the server. The password is made here, told this once, kept as its
 * hash, and must be changed at the first sign-in. On record in the bank's history.
 */
export async function registerOperator(
  desk: Desk,
  bank: Bank,
  typed: Pick<BankOperator, "loginId" | "displayName">,
): Promise<{ operator: BankOperator; password: string }> {
  const loginId = newLoginIdOf(typed.loginId);
  if (loginId === undefined) throw new OperatorError("a login ID has 6 to 12 letters and digits, at least one of each");
  const displayName = typed.displayName.trim();
  const length = Array.from(displayName).length;
  if (length === 0 || length > LONGEST_NAME || !isStorable(displayName)) throw new OperatorError(`a name has 1 to ${String(LONGEST_NAME)} characters`);

  const password = firstPassword();
  const now = desk.clock.now();
  const operator = newOperator({
    id: newId(now), bankId: bank.id, loginId, displayName, hash: await hashPassword(password), changeDue: "INITIAL", createdAt: now,
  });
  try {
    await desk.db.transaction(async (tx) => {
      await tx.insert(BankOperator, operator);
      await enter(tx, desk, byCommand("OPERATOR_REGISTER", bank), { after: { operator: loginId, displayName } });
    });
  } catch (error) {
    if (isDuplicate(error)) throw new OperatorError(`bank ${bank.code} has, or had, an operator ${loginId}: a login ID never comes back`);
    throw error;
  }
  return { operator, password };
}
