import { checkedOnly } from "../foundation/database/hints.js";
import { keysetPage, type Page, type PageRequest } from "../foundation/database/keysetPage.js";
import { anyOf, inOrderOf, instantOf, instantOrNull } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import type { NoticeKind, NoticeState } from "../notices/Notice.js";
import type { Actor } from "../policy/Actor.js";
import { whereFor } from "../policy/whereFor.js";

/** A mail without its words: what the desk needs to see that it arrives. */
export interface NoticeFacts {
  id: string;
  kind: NoticeKind;
  state: NoticeState;
  mailAddress: string;
  recipientId: string;
  userId: string;
  tries: number;
  lastError: string | null;
  createdAt: Date;
  nextTryAt: Date;
  sentAt: Date | null;
}

export interface NoticeFilter {
  state?: NoticeState[] | undefined;
  recipientId?: string | undefined;
}

/** The mails of the operator's bank, newest first. */
export async function findNotices(desk: Desk, actor: Actor, { state, recipientId }: NoticeFilter, page: PageRequest): Promise<Page<NoticeFacts>> {
  const scope = readable(actor, recipientId === undefined ? "n.bank_id" : checkedOnly("n.bank_id"));
  const where = [scope.sql];
  const params: unknown[] = [...scope.params];
  const isOfOne = recipientId !== undefined; // who was sent a few
  if (state !== undefined && isOfOne) {
    where.push(anyOf("n.state", state));
    params.push(...state);
  }
  const arms = state !== undefined && !isOfOne ? { arms: [...new Set(state)].map((one) => ({ sql: "n.state = ?", params: [one] })) } : {};
  if (recipientId !== undefined) {
    where.push("n.recipient_id = ?");
    params.push(recipientId);
  }
  const order = { column: "n.id", id: "n.id", direction: "DESC" } as const;
  const found = await keysetPage<NoticeRow>(desk.db.reads, { select: COLUMNS, from: "notices n", where, params, ...arms, order }, page);
  return { ...found, rows: found.rows.map(factsOfRow) };
}

export async function noticesByIds(desk: Desk, actor: Actor, ids: readonly string[]): Promise<(NoticeFacts | null)[]> {
  const scope = readable(actor, checkedOnly("n.bank_id"));
  const rows: NoticeRow[] = await desk.db.reads.query(`SELECT ${COLUMNS} FROM notices n WHERE ${scope.sql} AND ${anyOf("n.id", ids)}`, [...scope.params, ...ids]);
  return inOrderOf(ids, rows.map(factsOfRow), ({ id }) => id);
}

type NoticeRow = Omit<NoticeFacts, "createdAt" | "nextTryAt" | "sentAt"> & { createdAt: Date | string; nextTryAt: Date | string; sentAt: Date | string | null };

const COLUMNS = `n.id, n.kind, n.state, n.mail_address AS mailAddress, n.recipient_id AS recipientId, n.user_id AS userId, n.tries,
  n.last_error AS lastError, n.created_at AS createdAt, n.next_try_at AS nextTryAt, n.sent_at AS sentAt`;

function factsOfRow(row: NoticeRow): NoticeFacts {
  return { ...row, createdAt: instantOf(row.createdAt), nextTryAt: instantOf(row.nextTryAt), sentAt: instantOrNull(row.sentAt) };
}

function readable(actor: Actor, bankId: string) {
  return whereFor(actor, "read", "Notice", { bankId });
}
