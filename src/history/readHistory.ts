import type { Cursor } from "../foundation/database/cursor.js";
import { checkedOnly } from "../foundation/database/hints.js";
import { keysetPage, type Condition, type Page, type PageRequest } from "../foundation/database/keysetPage.js";
import { anyOf, inOrderOf, instantOf } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import type { DeedAction } from "../policy/deeds.js";
import { whereFor } from "../policy/whereFor.js";
import type { Outcome, UsageRecord } from "./UsageRecord.js";

export interface UsageHistoryFilter {
  actorId?: string | undefined;
  targetUserId?: string | undefined;
  contractId?: string | undefined;
  action?: DeedAction[] | undefined;
  outcome?: Outcome[] | undefined;
  certificateId?: string | undefined;
  requestId?: string | undefined;
  /** From this instant on. */
  from?: Date | undefined;
  /** Before this instant. */
  until?: Date | undefined;
}

/** The entries that the actor may read, newest first. */
export async function findHistory(desk: Desk, actor: Actor, filter: UsageHistoryFilter, page: PageRequest): Promise<Page<UsageRecord>> {
  const scope = isAmongFew(filter) ? readableAmongFew(actor) : readable(actor, filter.contractId);
  const where = [scope.sql];
  const params: unknown[] = [...scope.params];
  const demand = (sql: string, ...values: unknown[]) => {
    where.push(sql);
    params.push(...values);
  };
  if (filter.actorId !== undefined) demand("h.actor_id = ?", filter.actorId);
  // Who of the staff did what is no customer's to find out, by an id that it came by either.
  if (filter.actorId !== undefined && actor.role !== "BANK_OPERATOR") demand("COALESCE(h.actor_role, '') <> 'BANK_OPERATOR'");
  if (filter.targetUserId !== undefined) demand("h.target_user_id = ?", filter.targetUserId);
  if (filter.contractId !== undefined) demand(`${isAmongFew(filter) ? checkedOnly("h.contract_id") : "h.contract_id"} = ?`, filter.contractId);
  const arms = armsOf(actor, filter);
  if (filter.action !== undefined && arms?.of !== "action") demand(anyOf("h.action", filter.action), ...filter.action);
  if (filter.outcome !== undefined && arms?.of !== "outcome") demand(anyOf("h.outcome", filter.outcome), ...filter.outcome);
  if (filter.certificateId !== undefined) demand("h.certificate_id = ?", filter.certificateId);
  if (filter.requestId !== undefined) demand("h.request_id = ?", filter.requestId);
  if (filter.from !== undefined) demand("h.at >= ?", desk.db.instant(filter.from));
  if (filter.until !== undefined) demand("h.at < ?", desk.db.instant(filter.until));

  const order = { column: "h.at", id: "h.id", direction: "DESC" } as const;
  if (page.after && !INSTANT.test(page.after.key)) demand("1 = 0"); // no cursor of this list
  const found = await keysetPage<HistoryRow>(desk.db.reads, { select: HISTORY_COLUMNS, from: "usage_history h", where, params, ...(arms && { arms: arms.conditions }), order }, page);
  return { ...found, rows: found.rows.map(recordOfRow) };
}

/**
 * What has an index in the list's order for each of its values: an action, and for a whole bank an outcome. Where who or what
 * an entry is about is said, that is the index, and the rest is looked at.
 */
function armsOf({ contractId: own }: Actor, filter: UsageHistoryFilter): { of: "action" | "outcome"; conditions: Condition[] } | undefined {
  const { contractId, action, outcome } = filter;
  if (isAmongFew(filter)) return undefined;
  const each = (column: string, values: readonly string[]) => [...new Set(values)].map((value) => ({ sql: `${column} = ?`, params: [value] }));
  if (action !== undefined) return { of: "action", conditions: each("h.action", action) };
  const isWholeBank = own === null && contractId === undefined;
  return outcome !== undefined && isWholeBank ? { of: "outcome", conditions: each("h.outcome", outcome) } : undefined;
}

const INSTANT = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3}$/;

/** An entry's place in the list, as the databases compare it: by time, then by id. */
export function historyCursor({ at, id }: Pick<UsageRecord, "at" | "id">): Cursor {
  return { key: at.toISOString().replace("T", " ").replace("Z", ""), id };
}

export async function recordsByIds(desk: Desk, actor: Actor, ids: readonly string[]): Promise<(UsageRecord | null)[]> {
  const scope = readableAmongFew(actor);
  const rows: HistoryRow[] = await desk.db.reads.query(
    `SELECT ${HISTORY_COLUMNS} FROM usage_history h WHERE ${scope.sql} AND ${anyOf("h.id", ids)}`,
    [...scope.params, ...ids],
  );
  return inOrderOf(ids, rows.map(recordOfRow), (record) => record.id);
}

/** An entry as `HISTORY_COLUMNS` of `usage_history h` return it. */
export type HistoryRow = Omit<UsageRecord, "at"> & { at: Date | string };

export const HISTORY_COLUMNS = `h.id, h.bank_id AS bankId, h.contract_id AS contractId, h.at, h.actor_id AS actorId, h.actor_login_id AS actorLoginId, h.actor_role AS actorRole,
  h.action, h.target_user_id AS targetUserId, h.target_login_id AS targetLoginId, h.certificate_id AS certificateId,
  h.outcome, h.code, h.request_id AS requestId, h.address, h.note, h.facts_before AS \`before\`, h.facts_after AS \`after\``;

export function recordOfRow(row: HistoryRow): UsageRecord {
  return { ...row, at: instantOf(row.at) };
}

/** Who or what an entry is about, or by which request it came, is narrower than whose entries they are. */
function isAmongFew({ actorId, targetUserId, certificateId, requestId }: UsageHistoryFilter): boolean {
  return [actorId, targetUserId, certificateId, requestId].some((id) => id !== undefined);
}

function readable(actor: Actor, contractId?: string) {
  const bankId = actor.contractId === null && contractId === undefined ? "h.bank_id" : checkedOnly("h.bank_id");
  return whereFor(actor, "read", "UsageRecord", { contractId: "h.contract_id", bankId });
}

function readableAmongFew(actor: Actor) {
  return whereFor(actor, "read", "UsageRecord", { contractId: checkedOnly("h.contract_id"), bankId: checkedOnly("h.bank_id") });
}
