import type { Desk } from "../foundation/desk.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { enter } from "../history/audited.js";
import type { Bank } from "../identity/Bank.js";
import { BankOperator } from "../identity/BankOperator.js";
import { byCommand, operatorCalled } from "./byCommand.js";

/** Lets an operator try again after too many wrong passwords, by whoever runs the server. The password stays. On record in the bank's history. */
export async function unlockOperator(desk: Desk, bank: Bank, typed: string): Promise<BankOperator> {
  const operator = await operatorCalled(desk, bank, typed);
  await desk.db.transaction(async (tx) => {
    const { affected } = await tx.createQueryBuilder().update(BankOperator).set({ lockedAt: null, tries: 0 })
      .where({ id: operator.id })
      .andWhere("(locked_at IS NOT NULL OR tries >= :most)", { most: bank.triesAllowed })
      .execute();
    if (affected !== 1) throw new OperatorError(`${operator.loginId} isn't locked`);
    await enter(tx, desk, byCommand("OPERATOR_UNLOCK", bank), { after: { operator: operator.loginId } });
  });
  return operator;
}
