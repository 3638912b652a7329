import { anyOf, inOrderOf } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import { whereFor } from "../policy/whereFor.js";

export interface OperatorFacts {
  id: string;
  loginId: string;
  displayName: string;
  bankCode: string;
  bankName: string;
}

/** A bank's staff, for whoever may read the bank, which no customer may. In the order of the ids; null for everybody else. */
export async function operatorsByIds(desk: Desk, actor: Actor, ids: readonly string[]): Promise<(OperatorFacts | null)[]> {
  const scope = whereFor(actor, "read", "Bank", { bankId: "o.bank_id" });
  const rows: OperatorFacts[] = await desk.db.reads.query(
    `SELECT o.id, o.login_id AS loginId, o.display_name AS displayName, b.code AS bankCode, b.name AS bankName
       FROM bank_operators o JOIN banks b ON b.id = o.bank_id WHERE ${scope.sql} AND ${anyOf("o.id", ids)}`,
    [...scope.params, ...ids],
  );
  return inOrderOf(ids, rows, (operator) => operator.id);
}
