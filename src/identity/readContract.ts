import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import { whereFor } from "../policy/whereFor.js";
import type { SignInMethod } from "./Contract.js";

export interface ContractFacts {
  id: string;
  name: string;
  bankCode: string;
  bankName: string;
  signInMethod: SignInMethod;
}

/** The contract, where the actor may read it; else null. */
export async function findContract(desk: Desk, actor: Actor, id: string): Promise<ContractFacts | null> {
  const scope = whereFor(actor, "read", "Contract", { contractId: "k.id", bankId: "k.bank_id" });
  const rows: ContractFacts[] = await desk.db.reads.query(
    `SELECT k.id, k.name, b.code AS bankCode, b.name AS bankName, k.sign_in_method AS signInMethod
       FROM contracts k JOIN banks b ON b.id = k.bank_id WHERE ${scope.sql} AND k.id = ?`,
    [...scope.params, id],
  );
  return rows[0] ?? null;
}
