import type { Desk } from "../foundation/desk.js";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import { Contract } from "../identity/Contract.js";
import { isWithinReach, type Actor } from "../policy/Actor.js";
import { authorizeByTwo } from "../policy/authorize.js";
import type { ApprovalRequest } from "./ApprovalRequest.js";
import { requestApproval } from "./requestApproval.js";

export interface RequestStart {
  contractId: string;
  /** The version of the contract that the screen showed. */
  expectedVersion: number;
  note?: string | null;
}

/** Asks a colleague to start a stopped contract again (WEB-FB取引停止の解除). Refuses with BANK_ONLY, NOT_FOUND, CONFLICT, NOT_STOPPED. */
export function requestStart(desk: Desk, actor: Actor, { contractId, expectedVersion, note = null }: RequestStart): Promise<ApprovalRequest> {
  return requestApproval(desk, actor, { action: "START_REQUEST", note }, async (tx, findings) => {
    const contract = isId(contractId) ? await tx.findOneBy(Contract, { id: contractId }) : null;
    if (!contract) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
    const facts = { contractId, bankId: contract.bankId };
    if (isWithinReach(actor, facts)) findings.contractId = contractId;
    authorizeByTwo(actor, "start", "Contract", facts);
    if (contract.version !== expectedVersion) throw new Refusal("CONFLICT", { path: ["expectedVersion"] });
    if (contract.stoppedAt === null) throw new Refusal("NOT_STOPPED");
    return { act: "CONTRACT_START", contractId, userId: null, targetVersion: contract.version };
  });
}
