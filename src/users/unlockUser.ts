import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { Refusal } from "../foundation/refusals.js";
import { Bank } from "../identity/Bank.js";
import { Password, type PasswordKind } from "../identity/Password.js";
import { takeVersion } from "../identity/takeVersion.js";
import type { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { authorize, authorizeByTwo } from "../policy/authorize.js";
import { changeUser, factsOfUser, type TargetedUser } from "./changeUser.js";

export interface UnlockUser extends TargetedUser {
  /** Which password's restriction is lifted. */
  passwordKind: PasswordKind;
}

/**
 * IDロック解除: lifts the restriction that six wrong entries in a row brought upon one of a Public ID's passwords. The password
 * itself stays what it was, and so do the other three. Refuses with MASTER_ONLY, OWN_ID, NOT_FOUND, NOT_LOCKED, CONFLICT; the
 * bank's own staff with APPROVAL_REQUIRED for a Master's.
 */
export function unlockUser(desk: Desk, actor: Actor, input: UnlockUser): Promise<User> {
  return changeUser(desk, actor, { action: "USER_UNLOCK", rule: "unlock", input }, async (tx, user, findings) => {
    await takeVersion(tx, actor, user, input.expectedVersion);
    Object.assign(findings, await unlockFor(tx, actor, user, input.passwordKind));
    return user;
  });
}

/** The unlocking itself, within a deed that has taken the user's version: also of an approved request. Whoever calls it, the rulebook is asked here. */
export async function unlockFor(
  tx: EntityManager,
  actor: Actor,
  user: User,
  kind: PasswordKind,
  { isByTwo = false } = {},
): Promise<{ before: object; after: object }> {
  (isByTwo ? authorizeByTwo : authorize)(actor, "unlock", "User", factsOfUser(user));
  const bank = await tx.findOneByOrFail(Bank, { id: user.bankId });
  const { affected } = await tx.createQueryBuilder().update(Password).set({ lockedAt: null, tries: 0 })
    .where({ userId: user.id, kind })
    .andWhere("(locked_at IS NOT NULL OR tries >= :most)", { most: bank.triesAllowed })
    .execute();
  if (affected !== 1) throw new Refusal("NOT_LOCKED", { path: ["passwordKind"] });
  return {
    before: { version: user.version - 1, lockedPassword: kind },
    after: { version: user.version, lockedPassword: null },
  };
}
