import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import type { ApprovalRequest } from "./ApprovalRequest.js";
import { asDecided, decideRequest, type DecideRequest } from "./decideRequest.js";

/** Says no to what a colleague requested, which leaves its target as it was. Refuses as `decideRequest` does. */
export function rejectRequest(desk: Desk, actor: Actor, input: DecideRequest): Promise<ApprovalRequest> {
  return decideRequest(desk, actor, { ...input, action: "REQUEST_REJECT", rule: "decide", to: "REJECTED" }, asDecided);
}
