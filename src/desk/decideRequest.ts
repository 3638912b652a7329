import { MoreThanOrEqual, Not, type EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { BankOperator } from "../identity/BankOperator.js";
import { performAs } from "../identity/performAs.js";
import { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { authorize, authorizeRole } from "../policy/authorize.js";
import type { DeedAction } from "../policy/deeds.js";
import { ApprovalRequest, type ApprovalState } from "./ApprovalRequest.js";
import { currentStatus, type ApprovalStatus } from "./approvalStatus.js";

export interface DecideRequest {
  requestId: string;
  note?: string | null;
}

interface Decision extends DecideRequest {
  action: DeedAction;
  /** Its requester withdraws a request, a colleague decides on it. */
  rule: "decide" | "withdraw";
  to: Exclude<ApprovalState, "OPEN">;
}

/**
 * What the end of a request has in common, whichever it is: on record, once, in time, by the right one of two people. Of any
 * number at once one goes on. Refuses with BANK_ONLY, NOT_FOUND, SAME_OPERATOR, REQUESTER_ONLY, REQUEST_DECIDED,
 * REQUEST_EXPIRED, REQUEST_OUTDATED, and leaves everything as it was then. `work` is what comes of it.
 */
export function decideRequest<T>(
  desk: Desk,
  actor: Actor,
  { action, rule, to, requestId, note = null }: Decision,
  work: (tx: EntityManager, request: ApprovalRequest, findings: Findings) => Promise<T>,
): Promise<T> {
  return performAs(desk, actor, { action, note }, async (tx, findings) => {
    authorizeRole(actor, rule, "ApprovalRequest");
    const request = await findRequest(tx, actor, rule, requestId, findings);
    const now = desk.clock.now();
    refuseUnlessOpen(await currentStatus(tx, request, now));

    await settle(tx, actor, request, rule, { state: to, decidedBy: actor.userId, decidedAt: now, decisionNote: note }, now);
    findings.after = { approvalRequest: request.id, act: request.act, status: to };
    return work(tx, request, findings);
  });
}

/** For a decision that is nothing but one. */
export function asDecided(_tx: EntityManager, request: ApprovalRequest): Promise<ApprovalRequest> {
  return Promise.resolve(request);
}

/** The request, where the actor may do this to it. A bank's requests don't exist for another's staff. */
async function findRequest(tx: EntityManager, actor: Actor, rule: Decision["rule"], id: string, findings: Findings): Promise<ApprovalRequest> {
  if (isId(id)) findings.before = { approvalRequest: id }; // what was tried, whether or not there is one
  const request = isId(id) ? await tx.findOneBy(ApprovalRequest, { id }) : null;
  if (!request) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
  if (request.bankId === actor.bankId) await noteDown(tx, request, findings);
  const requester = request.requestedBy === actor.userId ? "SELF" : "COLLEAGUE";
  authorize(actor, rule, "ApprovalRequest", { bankId: request.bankId, requester });
  return request;
}

/** Whose entry it becomes, and what it is about: also of an attempt that is refused. */
async function noteDown(tx: EntityManager, request: ApprovalRequest, findings: Findings): Promise<void> {
  const { id: approvalRequest, act, state, contractId, userId, requestedBy } = request;
  const { loginId } = await tx.findOneByOrFail(BankOperator, { id: requestedBy });
  findings.contractId = contractId;
  if (userId !== null) findings.target = await tx.findOneByOrFail(User, { id: userId });
  findings.before = { approvalRequest, act, status: state, requestedBy: loginId };
}

function refuseUnlessOpen(status: ApprovalStatus): void {
  switch (status) {
    case "OPEN":
      return;
    case "EXPIRED":
      throw new Refusal("REQUEST_EXPIRED");
    case "OUTDATED":
      throw new Refusal("REQUEST_OUTDATED");
    case "APPROVED":
    case "REJECTED":
    case "WITHDRAWN":
      throw new Refusal("REQUEST_DECIDED");
  }
}

type Settlement = Pick<ApprovalRequest, "state" | "decidedBy" | "decidedAt" | "decisionNote">;

/** Everything once more in the WHERE, without the rulebook. Of all this only the state can have changed since it was read. */
async function settle(tx: EntityManager, actor: Actor, request: ApprovalRequest, rule: Decision["rule"], settlement: Settlement, now: Date): Promise<void> {
  const { affected } = await tx.update(ApprovalRequest, {
    id: request.id,
    state: "OPEN",
    bankId: actor.bankId,
    requestedBy: rule === "withdraw" ? actor.userId : Not(actor.userId),
    expiresAt: MoreThanOrEqual(now),
  }, settlement);
  if (affected !== 1) throw new Refusal("REQUEST_DECIDED");
  Object.assign(request, settlement);
}
