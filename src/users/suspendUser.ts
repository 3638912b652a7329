import { IsNull } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { Refusal } from "../foundation/refusals.js";
import { endSessions } from "../identity/sessions.js";
import { takeVersion } from "../identity/takeVersion.js";
import { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { changeUser, type TargetedUser } from "./changeUser.js";

/**
 * 利用停止: locks a Public ID by hand. Its session ends at once and it can't sign in until it is resumed; nobody else's is
 * touched. It is urgent, so neither a password nor a version is asked for: whoever sits in the ID's session could raise that
 * faster than its Master reads it. Refuses with MASTER_ONLY, OWN_ID, NOT_FOUND, ID_DEREGISTERED, ALREADY_SUSPENDED.
 */
export function suspendUser(desk: Desk, actor: Actor, input: Omit<TargetedUser, "expectedVersion">): Promise<User> {
  return changeUser(desk, actor, { action: "USER_SUSPEND", rule: "suspend", input, isUrgent: true }, async (tx, user, findings) => {
    await takeVersion(tx, actor, user, "ANY", {}, { path: null });
    if (user.suspendedAt) throw new Refusal("ALREADY_SUSPENDED");
    const now = desk.clock.now();
    await tx.update(User, { id: user.id, suspendedAt: IsNull() }, { suspendedAt: now });
    user.suspendedAt = now;
    await endSessions(tx, user.id, "SUSPENDED", now);
    findings.before = { version: user.version - 1, suspendedAt: null };
    findings.after = { version: user.version, suspendedAt: now };
    return user;
  });
}
