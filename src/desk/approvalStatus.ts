import type { EntityManager } from "typeorm";
import type { Condition } from "../foundation/database/keysetPage.js";
import { anyOf } from "../foundation/database/rows.js";
import type { ApprovalRequest, ApprovalState } from "./ApprovalRequest.js";

/** What people are told: derived from stored facts and the clock, so that no job has to run for it to be true. */
export const approvalStatuses = ["OPEN", "EXPIRED", "OUTDATED", "APPROVED", "REJECTED", "WITHDRAWN"] as const;
export type ApprovalStatus = (typeof approvalStatuses)[number];

/** `expiresAt` belongs to the time in which a request can be decided. */
export function approvalStatusAt({ state, expiresAt }: Pick<ApprovalRequest, "state" | "expiresAt">, hasTargetChanged: boolean, now: Date): ApprovalStatus {
  if (state !== "OPEN") return state;
  if (now > expiresAt) return "EXPIRED";
  return hasTargetChanged ? "OUTDATED" : "OPEN";
}

/** Requests `r` with what they are about: the contract `k`, its Master `u`. */
export const REQUESTS = "approval_requests r LEFT JOIN contracts k ON k.id = r.contract_id LEFT JOIN users u ON u.id = r.user_id";

/** 1 where the target isn't what was seen when the request was made. */
export const HAS_TARGET_CHANGED = "CASE WHEN COALESCE(u.version, k.version) <> r.target_version THEN 1 ELSE 0 END";

/** The status of a request as it stands, in one look: a decision that changed the target meanwhile is told as a decision. */
export async function currentStatus(tx: EntityManager, { id, expiresAt }: ApprovalRequest, now: Date): Promise<ApprovalStatus> {
  const rows = await tx.query<{ state: ApprovalState; has_changed: number | string }[]>(
    `SELECT r.state, ${HAS_TARGET_CHANGED} AS has_changed FROM ${REQUESTS} WHERE r.id = ?`,
    [id],
  );
  const [row] = rows;
  if (!row) throw new Error("a request about nothing");
  return approvalStatusAt({ state: row.state, expiresAt }, Number(row.has_changed) === 1, now);
}

/** Each of these statuses as a part of a list of `REQUESTS`, by the state that is stored of it. */
export function approvalArms(statuses: readonly ApprovalStatus[], now: Date | string): Condition[] {
  return [...new Set(statuses)].map((status) => {
    const { sql, params } = approvalStatusIn([status], now);
    const state = status === "EXPIRED" || status === "OUTDATED" ? "OPEN" : status;
    return { sql: `r.state = '${state}' AND ${sql}`, params };
  });
}

/** Any of these statuses, as a WHERE over `REQUESTS`. */
function approvalStatusIn(statuses: readonly ApprovalStatus[], now: Date | string): { sql: string; params: unknown[] } {
  const decided = statuses.filter((status) => status !== "OPEN" && status !== "EXPIRED" && status !== "OUTDATED");
  const conditions = [anyOf("r.state", decided)];
  if (statuses.includes("EXPIRED")) conditions.push("(r.state = 'OPEN' AND r.expires_at < ?)");
  if (statuses.includes("OUTDATED")) conditions.push(`(r.state = 'OPEN' AND r.expires_at >= ? AND ${HAS_TARGET_CHANGED} = 1)`);
  if (statuses.includes("OPEN")) conditions.push(`(r.state = 'OPEN' AND r.expires_at >= ? AND ${HAS_TARGET_CHANGED} = 0)`);
  const undecided = statuses.length - decided.length;
  return { sql: `(${conditions.join(" OR ")})`, params: [...decided, ...Array.from({ length: undecided }, () => now)] };
}
