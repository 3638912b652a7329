import { keysetPage, type Page, type PageRequest } from "../foundation/database/keysetPage.js";
import { anyOf, inOrderOf, instantOf, instantOrNull } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import { whereFor } from "../policy/whereFor.js";
import type { ApprovalRequest } from "./ApprovalRequest.js";
import { approvalArms, approvalStatusAt, HAS_TARGET_CHANGED, REQUESTS, type ApprovalStatus } from "./approvalStatus.js";

/** A request with what it is worth now. */
export type RequestFacts = ApprovalRequest & { status: ApprovalStatus };

export interface RequestFilter {
  status?: ApprovalStatus[] | undefined;
}

/** The requests of the actor's bank, newest first. */
export async function findRequests(desk: Desk, actor: Actor, filter: RequestFilter, page: PageRequest): Promise<Page<RequestFacts>> {
  const scope = readable(actor);
  const now = desk.clock.now();
  const arms = filter.status ? { arms: approvalArms(filter.status, desk.db.instant(now)) } : {};
  const order = { column: "r.id", id: "r.id", direction: "DESC" } as const;
  const found = await keysetPage<RequestRow>(desk.db.reads, { select: COLUMNS, from: REQUESTS, where: [scope.sql], params: scope.params, ...arms, order }, page);
  return { ...found, rows: found.rows.map((row) => factsOfRow(row, now)) };
}

/** In the order of the ids; null for what is unknown and for what the actor may not read, alike. */
export async function requestsByIds(desk: Desk, actor: Actor, ids: readonly string[]): Promise<(RequestFacts | null)[]> {
  const scope = readable(actor);
  const rows: RequestRow[] = await desk.db.reads.query(
    `SELECT ${COLUMNS} FROM ${REQUESTS} WHERE ${scope.sql} AND ${anyOf("r.id", ids)}`,
    [...scope.params, ...ids],
  );
  const now = desk.clock.now();
  return inOrderOf(ids, rows.map((row) => factsOfRow(row, now)), (request) => request.id);
}

type RequestRow = Omit<ApprovalRequest, "requestedAt" | "expiresAt" | "decidedAt"> & {
  requestedAt: Date | string;
  expiresAt: Date | string;
  decidedAt: Date | string | null;
  hasTargetChanged: number | string;
};

const COLUMNS = `r.id, r.bank_id AS bankId, r.contract_id AS contractId, r.user_id AS userId, r.act, r.target_version AS targetVersion,
  r.reissue_reason AS reissueReason, r.password_kind AS passwordKind, r.note, r.state, r.requested_by AS requestedBy,
  r.requested_at AS requestedAt, r.expires_at AS expiresAt, r.decided_by AS decidedBy, r.decided_at AS decidedAt,
  r.decision_note AS decisionNote, r.certificate_id AS certificateId, ${HAS_TARGET_CHANGED} AS hasTargetChanged`;

function factsOfRow({ hasTargetChanged, ...row }: RequestRow, now: Date): RequestFacts {
  const request = { ...row, requestedAt: instantOf(row.requestedAt), expiresAt: instantOf(row.expiresAt), decidedAt: instantOrNull(row.decidedAt) };
  return { ...request, status: approvalStatusAt(request, Number(hasTargetChanged) === 1, now) };
}

function readable(actor: Actor) {
  // Whose a request is says nothing about who may read it; a rule that asked for it would find none.
  return whereFor(actor, "read", "ApprovalRequest", { bankId: "r.bank_id", requester: "NULL" });
}
