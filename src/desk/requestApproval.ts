import type { EntityManager } from "typeorm";
import { MINUTE, later } from "../foundation/clock.js";
import type { Desk } from "../foundation/desk.js";
import { isId, newId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { Bank } from "../identity/Bank.js";
import { performAs } from "../identity/performAs.js";
import { User } from "../identity/User.js";
import { isWithinReach, type Actor } from "../policy/Actor.js";
import { authorizeRole } from "../policy/authorize.js";
import type { DeedAction } from "../policy/deeds.js";
import { ApprovalRequest } from "./ApprovalRequest.js";

const HOUR = 60 * MINUTE;

/** What every request for an act on a Master says. */
export interface TargetedMaster {
  userId: string;
  /** The version of the Master that the screen showed. */
  expectedVersion: number;
  /** For the colleague who decides, and for the history. */
  note?: string | null;
}

interface Asking {
  action: DeedAction;
  targetUserId?: string;
  note: string | null;
}

/** The act, on what, and the version of it that was seen. */
type Wanted = Pick<ApprovalRequest, "act" | "contractId" | "userId" | "targetVersion"> & Partial<Pick<ApprovalRequest, "reissueReason" | "passwordKind">>;

/**
 * What every request has in common: it is on record, of the bank's own staff, open for as long as the bank's policy says,
 * and changes nothing of its target. `examine` looks whether it makes sense now.
 */
export function requestApproval(
  desk: Desk,
  actor: Actor,
  { note, ...deed }: Asking,
  examine: (tx: EntityManager, findings: Findings) => Promise<Wanted>,
): Promise<ApprovalRequest> {
  return performAs(desk, actor, { ...deed, note }, async (tx, findings) => {
    authorizeRole(actor, "decide", "ApprovalRequest"); // whoever asks a colleague is one
    const wanted = await examine(tx, findings);

    const now = desk.clock.now();
    const bank = await tx.findOneByOrFail(Bank, { id: actor.bankId });
    const request: ApprovalRequest = {
      id: newId(now), bankId: bank.id, reissueReason: null, passwordKind: null, ...wanted, note, state: "OPEN",
      requestedBy: actor.userId, requestedAt: now, expiresAt: later(now, bank.approvalHours * HOUR),
      decidedBy: null, decidedAt: null, decisionNote: null, certificateId: null,
    };
    await tx.insert(ApprovalRequest, request);
    const { id: approvalRequest, act, reissueReason, passwordKind, targetVersion, expiresAt } = request;
    findings.after = {
      approvalRequest, act, status: "OPEN", targetVersion, expiresAt, ...(reissueReason && { reissueReason }), ...(passwordKind && { passwordKind }),
    };
    return request;
  });
}

/** The Master, as the screen showed it and where two of the bank's staff may do this. What an operator may not see doesn't exist for it. */
export async function findMaster(
  tx: EntityManager,
  actor: Actor,
  { userId, expectedVersion }: TargetedMaster,
  findings: Findings,
  authorizeFor: (user: User) => void,
): Promise<User> {
  const user = isId(userId) ? await tx.findOneBy(User, { id: userId }) : null;
  if (!user) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
  if (isWithinReach(actor, user)) findings.target = user;
  authorizeFor(user);
  if (user.version !== expectedVersion) throw new Refusal("CONFLICT", { path: ["expectedVersion"] });
  return user;
}
