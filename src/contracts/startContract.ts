import { IsNull, Not, type EntityManager } from "typeorm";
import { Refusal } from "../foundation/refusals.js";
import { Contract } from "../identity/Contract.js";
import { Session } from "../identity/Session.js";
import type { Actor } from "../policy/Actor.js";
import { authorizeByTwo } from "../policy/authorize.js";

/**
 * Starts a stopped contract again, within a deed: of an approved request, and nothing else starts one. Only as it was
 * seen (CONFLICT), only while it is stopped (NOT_STOPPED). Its people sign in anew, the one who stopped it included: the bank
 * gives the contract back to whoever knows a password, not to whoever holds a session.
 */
export async function startFor(
  tx: EntityManager,
  actor: Actor,
  contract: Contract,
  expectedVersion: number,
  now: Date,
): Promise<{ before: object; after: object }> {
  const { id, bankId, stoppedAt } = contract;
  authorizeByTwo(actor, "start", "Contract", { contractId: id, bankId });
  if (stoppedAt === null) throw new Refusal("NOT_STOPPED");

  const seen = { id, bankId: actor.bankId, version: expectedVersion, stoppedAt: Not(IsNull()) };
  const { affected } = await tx.update(Contract, seen, { stoppedAt: null, version: () => "version + 1" });
  if (affected !== 1) throw new Refusal("CONFLICT");
  await tx.createQueryBuilder().update(Session).set({ isCurrent: null, endedAt: now, endReason: "CONTRACT_STOPPED" })
    .where("is_current = 1 AND user_id IN (SELECT u.id FROM users u WHERE u.contract_id = :id)", { id })
    .execute();
  Object.assign(contract, { stoppedAt: null, version: expectedVersion + 1 });
  return {
    before: { contractVersion: expectedVersion, contractStatus: "STOPPED", stoppedAt },
    after: { contractVersion: contract.version, contractStatus: "ACTIVE", stoppedAt: null },
  };
}
