import { checkedOnly } from "../foundation/database/hints.js";
import { keysetPage, type Page, type PageRequest } from "../foundation/database/keysetPage.js";
import { anyOf, inOrderOf, instantOf } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import type { AlertKind, AlertSide } from "../history/Alert.js";
import type { Actor } from "../policy/Actor.js";
import { whereFor } from "../policy/whereFor.js";

export interface Acknowledgement {
  side: AlertSide;
  byLoginId: string;
  byName: string;
  at: Date;
  note: string | null;
}

export interface AlertFacts {
  id: string;
  contractId: string;
  bankId: string;
  kind: AlertKind;
  userId: string;
  certificateId: string;
  raisedAt: Date;
  lastAt: Date;
  times: number;
  evidence: string;
}

export interface AlertFilter {
  kind?: AlertKind[] | undefined;
  contractId?: string | undefined;
  userId?: string | undefined;
  /** By the reader's own side, since it happened last. */
  isAcknowledged?: boolean | undefined;
}

/** Whose eyes these are: a contract's or the bank's. */
export function sideOf({ role }: Actor): AlertSide {
  return role === "BANK_OPERATOR" ? "BANK" : "CONTRACT";
}

/** The alerts that the actor may read, newest first. */
export async function findAlerts(desk: Desk, actor: Actor, filter: AlertFilter, page: PageRequest): Promise<Page<AlertFacts>> {
  const isAmongFew = filter.userId !== undefined;
  const scope = isAmongFew ? readableAmongFew(actor) : readable(actor, filter.contractId);
  const where = [scope.sql];
  const params: unknown[] = [...scope.params];
  const demand = (sql: string, ...values: unknown[]) => {
    where.push(sql);
    params.push(...values);
  };
  if (filter.kind !== undefined) demand(anyOf("a.kind", filter.kind), ...filter.kind);
  if (filter.contractId !== undefined) demand(`${isAmongFew ? checkedOnly("a.contract_id") : "a.contract_id"} = ?`, filter.contractId);
  if (filter.userId !== undefined) demand("a.user_id = ?", filter.userId);
  if (filter.isAcknowledged !== undefined) {
    const acknowledged = "EXISTS (SELECT 1 FROM alert_acknowledgements k WHERE k.alert_id = a.id AND k.side = ? AND k.at >= a.last_at)";
    demand(filter.isAcknowledged ? acknowledged : `NOT ${acknowledged}`, sideOf(actor));
  }
  const order = { column: "a.id", id: "a.id", direction: "DESC" } as const;
  const found = await keysetPage<AlertRow>(desk.db.reads, { select: COLUMNS, from: "alerts a", where, params, order }, page);
  return { ...found, rows: found.rows.map(factsOfRow) };
}

export async function alertsByIds(desk: Desk, actor: Actor, ids: readonly string[]): Promise<(AlertFacts | null)[]> {
  const scope = readable(actor);
  const rows: AlertRow[] = await desk.db.reads.query(`SELECT ${COLUMNS} FROM alerts a WHERE ${scope.sql} AND ${anyOf("a.id", ids)}`, [...scope.params, ...ids]);
  return inOrderOf(ids, rows.map(factsOfRow), ({ id }) => id);
}

/** Who has taken note of each; of the bank's staff a customer is told when, not who. Only of alerts that the actor was shown. */
export async function acknowledgementsOf(desk: Desk, actor: Actor, alertIds: readonly string[]): Promise<Acknowledgement[][]> {
  const rows: (Omit<Acknowledgement, "at"> & { at: Date | string; alertId: string })[] = await desk.db.reads.query(
    `SELECT k.alert_id AS alertId, k.side, k.by_login_id AS byLoginId, k.by_name AS byName, k.at, k.note FROM alert_acknowledgements k
      WHERE ${anyOf("k.alert_id", alertIds)} ORDER BY k.at`, [...alertIds],
  );
  const told = rows.map((row) => ({ ...row, at: instantOf(row.at), ...(row.side === "BANK" && sideOf(actor) !== "BANK" ? { byLoginId: "", byName: "", note: null } : {}) }));
  return alertIds.map((id) => told.filter(({ alertId }) => alertId === id));
}

type AlertRow = Omit<AlertFacts, "raisedAt" | "lastAt"> & { raisedAt: Date | string; lastAt: Date | string };

const COLUMNS = `a.id, a.contract_id AS contractId, a.bank_id AS bankId, a.kind, a.user_id AS userId, a.certificate_id AS certificateId,
  a.raised_at AS raisedAt, a.last_at AS lastAt, a.times, a.evidence`;

function factsOfRow(row: AlertRow): AlertFacts {
  return { ...row, raisedAt: instantOf(row.raisedAt), lastAt: instantOf(row.lastAt) };
}

function readable(actor: Actor, contractId?: string) {
  const bankId = actor.contractId === null && contractId === undefined ? "a.bank_id" : checkedOnly("a.bank_id");
  return whereFor(actor, "read", "Alert", { contractId: "a.contract_id", bankId });
}

function readableAmongFew(actor: Actor) {
  return whereFor(actor, "read", "Alert", { contractId: checkedOnly("a.contract_id"), bankId: checkedOnly("a.bank_id") });
}
