import type { Desk } from "../foundation/desk.js";
import { Refusal } from "../foundation/refusals.js";
import { takeVersion } from "../identity/takeVersion.js";
import type { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { changeUser, type TargetedUser } from "./changeUser.js";

/**
 * Lets a suspended Public ID sign in again; what six wrong entries restricted stays so. Refuses with MASTER_ONLY, OWN_ID,
 * NOT_FOUND, NOT_SUSPENDED, CONFLICT and the registration password's codes.
 */
export function resumeUser(desk: Desk, actor: Actor, input: TargetedUser): Promise<User> {
  return changeUser(desk, actor, { action: "USER_RESUME", rule: "suspend", input }, async (tx, user, findings) => {
    const { suspendedAt } = user;
    if (!suspendedAt) throw new Refusal("NOT_SUSPENDED");
    await takeVersion(tx, actor, user, input.expectedVersion, { suspendedAt: null });
    findings.before = { version: user.version - 1, suspendedAt };
    findings.after = { version: user.version, suspendedAt: null };
    return user;
  });
}
