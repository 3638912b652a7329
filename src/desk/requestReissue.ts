import { certificateOf } from "../certificates/certificateStore.js";
import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import { authorizeByTwo } from "../policy/authorize.js";
import type { ReissueReason } from "../policy/certificateLifecycle.js";
import type { ApprovalRequest } from "./ApprovalRequest.js";
import { findMaster, requestApproval, type TargetedMaster } from "./requestApproval.js";

export interface RequestReissue extends TargetedMaster {
  reason: ReissueReason;
}

/**
 * Asks a colleague to have a Master's certificate reissued, which the Master can't do itself (R3). Refuses with BANK_ONLY,
 * NOT_FOUND, CONFLICT; for a Public ID's, which is its Master's to do, with MASTER_ONLY.
 */
export function requestReissue(desk: Desk, actor: Actor, input: RequestReissue): Promise<ApprovalRequest> {
  const { userId, reason, note = null } = input;
  return requestApproval(desk, actor, { action: "REISSUE_REQUEST", targetUserId: userId, note }, async (tx, findings) => {
    const master = await findMaster(tx, actor, input, findings, (user) => {
      authorizeByTwo(actor, "reissue", "Certificate", certificateOf(user));
    });
    return { act: "MASTER_REISSUE", contractId: master.contractId, userId: master.id, targetVersion: master.version, reissueReason: reason };
  });
}
