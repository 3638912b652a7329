import { IsNull } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { enter } from "../history/audited.js";
import type { Bank } from "../identity/Bank.js";
import { BankOperator } from "../identity/BankOperator.js";
import { endOperatorSession } from "../identity/operatorSessions.js";
import { byCommand, noOperator, operatorCalled } from "./byCommand.js";
import { withdrawOpenRequests } from "./withdrawOpenRequests.js";

/**
 * Takes an operator's access away for good, by whoever runs the server: its session ends, what it requested and nobody has
 * decided is withdrawn, its login ID never comes back. On record in the bank's history.
 */
export async function removeOperator(desk: Desk, bank: Bank, typed: string): Promise<BankOperator> {
  const operator = await operatorCalled(desk, bank, typed);
  const now = desk.clock.now();
  await desk.db.transaction(async (tx) => {
    const { affected } = await tx.update(BankOperator, { id: operator.id, removedAt: IsNull() }, { removedAt: now });
    if (affected !== 1) throw noOperator(bank, typed); // another command was first
    await endOperatorSession(tx, operator.id, "REMOVED", now);
    const withdrawn = await withdrawOpenRequests(tx, operator.id, now);
    await enter(tx, desk, byCommand("OPERATOR_REMOVE", bank), { after: { operator: operator.loginId, ...withdrawn } });
  });
  return operator;
}
