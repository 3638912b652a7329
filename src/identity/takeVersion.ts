import type { EntityManager } from "typeorm";
import { Refusal } from "../foundation/refusals.js";
import type { Actor } from "../policy/Actor.js";
import { User } from "./User.js";

/** Whom the actor may change at all: the rulebook once more, as a WHERE. */
function reach(actor: Actor): { sql: string; params: object } {
  switch (actor.role) {
    case "MASTER":
      return { sql: "contract_id = :contractId", params: { contractId: actor.contractId } };
    case "BANK_OPERATOR":
      return { sql: "bank_id = :bankId AND kind = 'MASTER'", params: { bankId: actor.bankId } };
    case "PUBLIC":
    case "ENROLLEE":
    case "PASSWORD_CHANGER":
      return { sql: "id = :actorId", params: { actorId: actor.userId } };
  }
}

/** The same for a user's certificate, R1–R3: a Master's for a Public ID and never the actor. */
const OTHERS_ONLY = "kind = 'PUBLIC' AND id <> :actorId";

/**
 * Takes the next version of the user, with what changes: of any number at once that saw the same one, one goes on
 * (CONFLICT for the others). One that was deregistered is changed no more. ANY, for what protects: whatever version it has
 * by now, and the user as it is then.
 */
export async function takeVersion(
  tx: EntityManager,
  actor: Actor,
  user: User,
  expectedVersion: number | "ANY",
  changes: Partial<User> = {},
  { isOthersOnly = false, path = ["expectedVersion"] }: { isOthersOnly?: boolean; path?: string[] | null } = {},
): Promise<void> {
  const { sql, params } = reach(actor);
  const update = tx.createQueryBuilder().update(User).set({ ...changes, version: () => "version + 1" })
    .where("id = :id AND deregistered_at IS NULL", { id: user.id })
    .andWhere(sql, params);
  if (expectedVersion !== "ANY") update.andWhere("version = :expectedVersion", { expectedVersion });
  if (isOthersOnly && actor.role !== "BANK_OPERATOR") update.andWhere(OTHERS_ONLY, { actorId: actor.userId });
  const { affected } = await update.execute();
  if (affected !== 1) throw new Refusal("CONFLICT", path ? { path } : {});
  Object.assign(user, expectedVersion === "ANY" ? await tx.findOneByOrFail(User, { id: user.id }) : { ...changes, version: expectedVersion + 1 });
}
