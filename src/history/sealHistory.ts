import { randomBytes } from "node:crypto";
import { In, type EntityManager } from "typeorm";
import { repeatable } from "../foundation/database/Database.js";
import { isDuplicate } from "../foundation/database/errors.js";
import type { Desk } from "../foundation/desk.js";
import type { DeedAction } from "../policy/deeds.js";
import { chainHash, NO_HEAD } from "./hashes.js";
import { HISTORY_COLUMNS, recordOfRow, type HistoryRow } from "./readHistory.js";
import { ChainHead, NO_BANKS_CHAIN, PendingSeal, Seal } from "./Seal.js";
import { entryText, isStaffs, leafOf } from "./sealedEntry.js";
import type { UsageRecord } from "./UsageRecord.js";

const MOST_AT_ONCE = 200; // entries: a batch must not hold up the deeds that wait to write

/** Another sealer moved the head on first: its batch is the one, and what this one saw is looked at anew. */
class Overtaken extends Error {}

/** Seals all that is written so far; says how much, and whether a certificate may have ended by any of it. Any number of processes may do so at once: of two that saw the same head, one goes on. */
export async function sealHistory(desk: Desk): Promise<{ sealed: number; hasEnded: boolean }> {
  const chains: { chainId: string }[] = await desk.db.reads.query("SELECT DISTINCT p.chain_id AS chainId FROM pending_seals p");
  const done = { sealed: 0, hasEnded: false };
  for (const { chainId } of chains) {
    for (let batch = MOST_AT_ONCE; batch === MOST_AT_ONCE; ) {
      const seals = await sealBatch(desk, chainId);
      batch = seals.length;
      done.sealed += batch;
      done.hasEnded ||= seals.some(({ action }) => ending.has(action));
    }
  }
  return done;
}

/** By what a certificate may have ended: a backup of before it would bring that back. */
const ending: ReadonlySet<DeedAction> = new Set(["CERTIFICATE_REISSUE", "CERTIFICATE_REVOKE", "CERTIFICATE_ENROLL", "USER_UPDATE", "USER_DEREGISTER"]);

async function sealBatch(desk: Desk, chainId: string): Promise<UsageRecord[]> {
  const wasWithoutHead = (await desk.db.reads.countBy(ChainHead, { chainId })) === 0;
  try {
    return await desk.db.transaction((tx) => sealPending(tx, chainId), repeatable);
  } catch (error) {
    // Two that made the first seal of a chain at once. A duplicate of another kind is damage, and must not pass unheard.
    const isFirstAtOnce = isDuplicate(error) && (await desk.db.reads.countBy(ChainHead, { chainId })) === 1 && wasWithoutHead;
    if (error instanceof Overtaken || isFirstAtOnce) return []; // looked at anew at the next round
    throw error;
  }
}

async function sealPending(tx: EntityManager, chainId: string): Promise<UsageRecord[]> {
  const head = await tx.findOneBy(ChainHead, { chainId });
  // A row whose entry is gone stays: it is the trace of that. One whose entry is sealed already was put there by nobody of ours.
  await tx.query("DELETE FROM pending_seals WHERE chain_id = ? AND EXISTS (SELECT 1 FROM history_seals s WHERE s.record_id = pending_seals.record_id)", [chainId]);
  const rows: HistoryRow[] = await tx.query(
    `SELECT ${HISTORY_COLUMNS} FROM pending_seals p JOIN usage_history h ON h.id = p.record_id AND COALESCE(h.bank_id, '${NO_BANKS_CHAIN}') = p.chain_id
      WHERE p.chain_id = ? ORDER BY p.record_id LIMIT ${String(MOST_AT_ONCE)}`, [chainId],
  );
  const records = rows.map(recordOfRow);
  if (records.length === 0) return [];
  const seals = sealsFor(records, chainId, head);
  await moveHead(tx, chainId, head, seals.at(-1)); // first: of two sealers one goes no further
  await tx.insert(Seal, seals);
  await tx.delete(PendingSeal, { recordId: In(records.map(({ id }) => id)) });
  return records;
}

function sealsFor(records: UsageRecord[], chainId: string, last: ChainHead | null): Seal[] {
  let number = last?.size ?? 0;
  let head: Buffer = last ? Buffer.from(last.head, "hex") : NO_HEAD;
  return records.map((record) => {
    const salt = isStaffs(record) ? randomBytes(16).toString("hex") : null;
    const leaf = leafOf(entryText(record, salt));
    head = chainHash(head, leaf);
    return { chainId, number: ++number, recordId: record.id, salt, leaf: leaf.toString("hex"), head: head.toString("hex") };
  });
}

async function moveHead(tx: EntityManager, chainId: string, seen: ChainHead | null, last: Seal | undefined): Promise<void> {
  if (!last) return;
  const { number: size, head } = last;
  if (!seen) {
    await tx.insert(ChainHead, { chainId, size, head });
    return;
  }
  const { affected } = await tx.update(ChainHead, { chainId, size: seen.size, head: seen.head }, { size, head });
  if (affected !== 1) throw new Overtaken();
}
