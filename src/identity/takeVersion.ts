import type { EntityManager } from "typeorm";
import { updateRows, type Clause } from "../foundation/database/updateRows.js";
import { Refusal } from "../foundation/refusals.js";
import type { Actor } from "../policy/Actor.js";
import { User } from "./User.js";

/** Whom the actor may change at all: the rulebook once more, as a WHERE. */
function reach(actor: Actor): Clause {
  switch (actor.role) {
    case "MASTER":
      return { sql: "contract_id = ?", params: [actor.contractId] };
    case "BANK_OPERATOR":
      return { sql: "bank_id = ? AND kind = 'MASTER'", params: [actor.bankId] };
    case "PUBLIC":
    case "ENROLLEE":
    case "PASSWORD_CHANGER":
      return { sql: "id = ?", params: [actor.userId] };
  }
}

/** The same for a user's certificate, R1–R3: a Master's for a Public ID and never the actor. */
function reachOfOthers(actor: Actor): Clause {
  const { sql, params } = reach(actor);
  return { sql: `${sql} AND ${OTHERS_ONLY}`, params: [...params, actor.userId] };
}

const OTHERS_ONLY = "kind = 'PUBLIC' AND id <> ?";

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
  const seen = { id: user.id, deregisteredAt: null, ...(expectedVersion === "ANY" ? {} : { version: expectedVersion }) };
  const condition = isOthersOnly && actor.role !== "BANK_OPERATOR" ? reachOfOthers(actor) : reach(actor);
  const affected = await updateRows(tx, User, seen, changes, { set: "version = version + 1", condition });
  if (affected !== 1) throw new Refusal("CONFLICT", path ? { path } : {});
  Object.assign(user, expectedVersion === "ANY" ? await tx.findOneByOrFail(User, { id: user.id }) : { ...changes, version: expectedVersion + 1 });
}
