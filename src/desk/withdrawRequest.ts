import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import type { ApprovalRequest } from "./ApprovalRequest.js";
import { asDecided, decideRequest, type DecideRequest } from "./decideRequest.js";

/** Takes the actor's own request back, which leaves its target as it was. Refuses as `decideRequest` does. */
export function withdrawRequest(desk: Desk, actor: Actor, input: DecideRequest): Promise<ApprovalRequest> {
  return decideRequest(desk, actor, { ...input, action: "REQUEST_WITHDRAW", rule: "withdraw", to: "WITHDRAWN" }, asDecided);
}
