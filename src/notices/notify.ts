import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { newId } from "../foundation/ids.js";
import { isDuplicate } from "../foundation/database/errors.js";
import { execute } from "../foundation/database/execute.js";
import { findRow } from "../foundation/database/findRow.js";
import { insertRows } from "../foundation/database/insertRows.js";
import { Notice, type NoticeKind } from "./Notice.js";

/** Whom a notice is about. */
export interface Subject {
  id: string;
  contractId: string;
  bankId: string;
  loginId: string;
  displayName: string;
}

/** What a notice's words name: text, instants as ISO 8601, lists of words. Never a secret. */
export type NoticeFacts = Record<string, string | number | readonly string[] | null>;

export interface News {
  kind: NoticeKind;
  about: Subject;
  facts?: NoticeFacts;
  certificateId?: string;
  /** The holder alone, or its Master as well. */
  to?: "HOLDER" | "HOLDER_AND_MASTER";
  /** In the place of `to`: who they are, read along with the holder (`recipientsFrom`), as of then. */
  recipients?: readonly Recipient[];
  /** Addresses beside those on record: one that was on record a moment ago. */
  alsoTo?: string[];
  /** Sealed by the desk's box. Told to the holder alone. */
  secret?: string;
  /** Said once only: a second one of the same occasion isn't written. */
  occasion?: string;
}

/** Somebody whose address is known. */
export interface Recipient {
  id: string;
  mailAddress: string;
}

/** For whoever reads a user `u` in a transaction: the contract's Masters that have an address, a row each, none where there is none. */
export const MASTERS = "LEFT JOIN users m ON m.contract_id = u.contract_id AND m.kind = 'MASTER' AND m.mail_address IS NOT NULL";
export const MASTER_COLUMNS = ["m.id", "m.mail_address"];

/** The recipients of what is about this user, from `MASTER_COLUMNS` of each row. */
export function recipientsFrom({ id, mailAddress }: { id: string; mailAddress: string | null }, rows: readonly unknown[][]): Recipient[] {
  const recipients: Recipient[] = mailAddress === null ? [] : [{ id, mailAddress }];
  for (const [masterId, address] of rows as [string, string][] | [null, null][]) if (masterId !== null && masterId !== id) recipients.push({ id: masterId, mailAddress: address });
  return recipients.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/**
 * Writes down mails to be sent, in the deed's own transaction: to the holder and its Master, where an address of theirs is
 * known. A worker sends them.
 */
export async function notify(tx: EntityManager, desk: Desk, news: News): Promise<void> {
  const { kind, about, facts = {}, to = "HOLDER_AND_MASTER", alsoTo = [] } = news;
  const recipients = news.recipients ?? (await onRecord(tx, about, to));
  const also = alsoTo.map((mailAddress) => ({ id: about.id, mailAddress }));
  const now = desk.clock.now();
  const words = JSON.stringify({ loginId: about.loginId, displayName: about.displayName, ...facts });
  const notices = [...recipients, ...also].map(({ id: recipientId, mailAddress }): Notice => ({
    id: newId(now), bankId: about.bankId, contractId: about.contractId, userId: about.id, recipientId, mailAddress, kind, facts: words,
    secret: news.secret ?? null, occasion: news.occasion === undefined ? null : `${news.occasion}:${recipientId}`, certificateId: news.certificateId ?? null,
    state: "QUEUED", tries: 0, nextTryAt: now, claimedUntil: null, lastError: null, createdAt: now, sentAt: null,
  }));
  if (news.occasion === undefined) await insertRows(tx, Notice, ...notices);
  else for (const notice of notices) await insertOnce(tx, notice);
}

async function onRecord(tx: EntityManager, { id }: Subject, to: News["to"]): Promise<Recipient[]> {
  const { rows } = await execute(tx, `SELECT u.mail_address, ${MASTER_COLUMNS.join(", ")} FROM users u ${MASTERS} WHERE u.id = ?`, [id]);
  const mailAddress = (rows[0]?.[0] ?? null) as string | null;
  return recipientsFrom({ id, mailAddress }, to === "HOLDER" ? [] : rows.map(([, ...master]) => master));
}

async function insertOnce(tx: EntityManager, notice: Notice): Promise<void> {
  if (await findRow(tx, Notice, { occasion: notice.occasion })) return;
  try {
    await insertRows(tx, Notice, notice);
  } catch (error) {
    if (!isDuplicate(error)) throw error; // another process has just written it
  }
}
