import { IsNull } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { enter } from "../history/audited.js";
import type { Bank } from "../identity/Bank.js";
import { BankOperator } from "../identity/BankOperator.js";
import { endOperatorSession } from "../identity/operatorSessions.js";
import { hashPassword } from "../identity/argon2.js";
import { byCommand, operatorCalled } from "./byCommand.js";
import { firstPassword } from "./operatorPassword.js";
import { withdrawOpenRequests } from "./withdrawOpenRequests.js";

/**
 * Gives an operator a new first password, by whoever runs the server: for one that forgot its own, or whose password may be
 * known. It is told this once; the lock is lifted, the session ends, and what was requested in its name and nobody has decided
 * is withdrawn. On record in the bank's history.
 */
export async function resetOperator(desk: Desk, bank: Bank, typed: string): Promise<{ operator: BankOperator; password: string }> {
  const operator = await operatorCalled(desk, bank, typed);
  const password = firstPassword();
  const hash = await hashPassword(password);
  const now = desk.clock.now();
  await desk.db.transaction(async (tx) => {
    const { affected } = await tx.update(BankOperator, { id: operator.id, hash: operator.hash, removedAt: IsNull() }, { hash, formerHash: operator.hash, changeDue: "INITIAL", tries: 0, lockedAt: null });
    if (affected !== 1) throw new OperatorError(`${operator.loginId} was changed meanwhile: try again`);
    await endOperatorSession(tx, operator.id, "PASSWORD_RESET", now);
    const withdrawn = await withdrawOpenRequests(tx, operator.id, now);
    await enter(tx, desk, byCommand("OPERATOR_RESET", bank), { after: { operator: operator.loginId, ...withdrawn } });
  });
  return { operator, password };
}
