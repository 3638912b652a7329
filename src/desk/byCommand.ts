import type { Desk } from "../foundation/desk.js";
import { OperatorError } from "../foundation/OperatorError.js";
import type { Attempt } from "../history/audited.js";
import type { Bank } from "../identity/Bank.js";
import { BankOperator } from "../identity/BankOperator.js";
import { loginIdOf } from "../identity/loginId.js";
import type { DeedAction } from "../policy/deeds.js";

/** An entry of what whoever runs the server did to a bank's staff by a command. */
export function byCommand(action: DeedAction, { id: bankId }: Bank): Attempt {
  return { action, origin: { requestId: "command:operator", address: null }, by: { userId: null, loginId: null, contractId: null, bankId } };
}

/** One of the bank's staff by its login ID, removed ones not counted. */
export async function operatorCalled(desk: Desk, bank: Bank, typed: string): Promise<BankOperator> {
  const loginId = loginIdOf(typed);
  const operator = loginId === undefined ? null : await desk.db.reads.findOneBy(BankOperator, { bankId: bank.id, loginId });
  if (!operator || operator.removedAt) throw noOperator(bank, typed);
  return operator;
}

export function noOperator({ code }: Bank, typed: string): OperatorError {
  return new OperatorError(`bank ${code} has no operator ${typed}`);
}
