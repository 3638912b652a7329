import type { EntityManager } from "typeorm";
import { ApprovalRequest } from "./ApprovalRequest.js";

/** What an operator requested and nobody has decided is void: of one that is gone, and of one whose password may have been another's. */
export async function withdrawOpenRequests(tx: EntityManager, operatorId: string, now: Date): Promise<void> {
  await tx.update(ApprovalRequest, { requestedBy: operatorId, state: "OPEN" }, { state: "WITHDRAWN", decidedAt: now });
}
