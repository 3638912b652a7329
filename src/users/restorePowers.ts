import { findCurrent } from "../certificates/certificateStore.js";
import { statusAt } from "../policy/certificateLifecycle.js";
import { Refusal } from "../foundation/refusals.js";
import type { Desk } from "../foundation/desk.js";
import { takeVersion } from "../identity/takeVersion.js";
import type { User } from "../identity/User.js";
import { notify } from "../notices/notify.js";
import type { Actor } from "../policy/Actor.js";
import { changeUser, type TargetedUser } from "./changeUser.js";

/**
 * Gives a Public ID back what a reissue put on hold: to approve and to make ad hoc transfers. In another session than that of
 * the reissue: whoever sat in that one doesn't get both. And only once the new certificate is acquired. Refuses with MASTER_ONLY, OWN_ID, NOT_FOUND, ID_DEREGISTERED,
 * CONFLICT, POWERS_NOT_HELD, SAME_SESSION, NOT_YET_ACQUIRED and the registration password's codes.
 */
export function restorePowers(desk: Desk, actor: Actor, input: TargetedUser): Promise<User> {
  return changeUser(desk, actor, { action: "POWERS_RESTORE", rule: "restorePowers", input }, async (tx, user, findings) => {
    const { powersHeldAt, powersHeldIn } = user;
    if (powersHeldAt === null) throw new Refusal("POWERS_NOT_HELD");
    if (powersHeldIn === actor.sessionId) throw new Refusal("SAME_SESSION");
    const certificate = await findCurrent(tx, user.id);
    if (certificate && statusAt(certificate, desk.clock.now()) === "PENDING") throw new Refusal("NOT_YET_ACQUIRED"); // whoever acquires it would have them
    await takeVersion(tx, actor, user, input.expectedVersion, { powersHeldAt: null, powersHeldIn: null });
    findings.before = { version: user.version - 1, powersHeldAt };
    findings.after = { version: user.version, powersHeldAt: null };
    await notify(tx, desk, { kind: "POWERS_CHANGED", about: user, facts: { changes: ["RESTORED"], by: actor.loginId } });
    return user;
  });
}
