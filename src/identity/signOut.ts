import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import { performAs } from "./performAs.js";
import { endOperatorSession } from "./operatorSessions.js";
import { endSessions } from "./sessions.js";

/** Ends the actor's own session. */
export function signOut(desk: Desk, actor: Actor): Promise<boolean> {
  const isOperator = actor.role === "BANK_OPERATOR";
  return performAs(desk, actor, isOperator ? { action: "SIGN_OUT" } : { action: "SIGN_OUT", targetUserId: actor.userId }, (tx) =>
    (isOperator ? endOperatorSession : endSessions)(tx, actor.userId, "SIGNED_OUT", desk.clock.now()));
}
