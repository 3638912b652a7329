import type { EntityManager } from "typeorm";
import { ApprovalRequest } from "./ApprovalRequest.js";

/**
 * What an operator requested and nobody has decided is void: of one that is gone, and of one whose password may have been
 * another's. Gives what the history says of it.
 */
export async function withdrawOpenRequests(tx: EntityManager, operatorId: string, now: Date): Promise<{ withdrawnRequests?: string[] }> {
  const open = await tx.find(ApprovalRequest, { where: { requestedBy: operatorId, state: "OPEN" }, order: { id: "ASC" } });
  await tx.update(ApprovalRequest, { requestedBy: operatorId, state: "OPEN" }, { state: "WITHDRAWN", decidedAt: now });
  return open.length > 0 ? { withdrawnRequests: open.map(({ id }) => id) } : {};
}
