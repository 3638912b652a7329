import type { EntityManager } from "typeorm";
import type { CertificateDesk } from "../certificates/CertificateDesk.js";
import { reissueFor } from "../certificates/reissueCertificate.js";
import { startFor } from "../contracts/startContract.js";
import { Refusal, type RefusalCode } from "../foundation/refusals.js";
import { enter, type Findings } from "../history/audited.js";
import { Contract } from "../identity/Contract.js";
import { takeVersion } from "../identity/takeVersion.js";
import { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import type { DeedAction } from "../policy/deeds.js";
import { unlockFor } from "../users/unlockUser.js";
import { ApprovalRequest, type ApprovalAct } from "./ApprovalRequest.js";
import { decideRequest, type DecideRequest } from "./decideRequest.js";

export interface Approved {
  request: ApprovalRequest;
  /** Of a reissue, for the Master. Told this once, and to the approver alone. */
  enrollmentCode: string | null;
}

/**
 * Approves what a colleague requested, and does it, in one piece: to the target as it was seen then, or not at all
 * (REQUEST_OUTDATED). Two entries of the history: the approval, and the deed itself. Refuses as `decideRequest` does.
 */
export function approveRequest(desk: CertificateDesk, actor: Actor, input: DecideRequest): Promise<Approved> {
  return decideRequest(desk, actor, { ...input, action: "REQUEST_APPROVE", rule: "decide", to: "APPROVED" }, async (tx, request, findings) => {
    const { action, certificateId, enrollmentCode = null, before, after } = await asSeen(() => acts[request.act](desk, tx, actor, request));
    if (certificateId) await setCertificate(tx, request, certificateId, findings);
    await enter(tx, desk, { action, origin: actor.origin, by: actor, note: request.note }, { ...findings, before, after });
    return { request, enrollmentCode };
  });
}

interface Done {
  action: DeedAction;
  before: object;
  after: object;
  certificateId?: string;
  enrollmentCode?: string | null;
}

type Act = (desk: CertificateDesk, tx: EntityManager, actor: Actor, request: ApprovalRequest) => Promise<Done>;

const acts: Record<ApprovalAct, Act> = {
  async MASTER_REISSUE(desk, tx, actor, request) {
    const { targetVersion, reissueReason } = request;
    const master = await takeMaster(tx, actor, request);
    const { successor, enrollmentCode, before, after } = await reissueFor(desk, tx, actor, master, reissueReason ?? "UNSPECIFIED", { isByTwo: true });
    return {
      action: "CERTIFICATE_REISSUE", certificateId: successor.id, enrollmentCode,
      before: { version: targetVersion, ...before },
      after: { version: master.version, ...after },
    };
  },
  async MASTER_UNLOCK(_desk, tx, actor, request) {
    const master = await takeMaster(tx, actor, request);
    return { action: "USER_UNLOCK", ...(await unlockFor(tx, actor, master, request.passwordKind ?? "LOGIN", { isByTwo: true })) };
  },
  async CONTRACT_START(desk, tx, actor, { contractId, targetVersion }) {
    const contract = await tx.findOneByOrFail(Contract, { id: contractId });
    return { action: "CONTRACT_START", ...(await startFor(tx, actor, contract, targetVersion, desk.clock.now())) };
  },
};

async function takeMaster(tx: EntityManager, actor: Actor, { userId, targetVersion }: ApprovalRequest): Promise<User> {
  const master = await tx.findOneByOrFail(User, { id: userId ?? "" });
  await takeVersion(tx, actor, master, targetVersion);
  return master;
}

const OVERTAKEN = new Set<RefusalCode>(["CONFLICT", "NOT_LOCKED", "NOT_STOPPED"]);

/** An approval says yes to what was seen: where that isn't so any more, it is void. */
async function asSeen(act: () => Promise<Done>): Promise<Done> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Refusal && OVERTAKEN.has(error.code)) throw new Refusal("REQUEST_OUTDATED");
    throw error;
  }
}

async function setCertificate(tx: EntityManager, request: ApprovalRequest, certificateId: string, findings: Findings): Promise<void> {
  await tx.update(ApprovalRequest, { id: request.id }, { certificateId });
  request.certificateId = certificateId;
  findings.certificateId = certificateId;
}
