import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import { performAs } from "./performAs.js";
import { endSessions } from "./sessions.js";

/** Ends the actor's own session. */
export function signOut(desk: Desk, actor: Actor): Promise<boolean> {
  return performAs(desk, actor, { action: "SIGN_OUT", targetUserId: actor.userId }, (tx) =>
    endSessions(tx, actor.userId, "SIGNED_OUT", desk.clock.now()));
}
