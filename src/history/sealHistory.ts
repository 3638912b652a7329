import { randomBytes } from "node:crypto";
import { In, type EntityManager } from "typeorm";
import { repeatable } from "../foundation/database/Database.js";
import { isDuplicate } from "../foundation/database/errors.js";
import { anyOf } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import { chainHash, NO_HEAD } from "./hashes.js";
import { HISTORY_COLUMNS, recordOfRow, type HistoryRow } from "./readHistory.js";
import { ChainHead, PendingSeal, Seal } from "./Seal.js";
import { entryText, isStaffs, leafOf } from "./sealedEntry.js";

const MOST_AT_ONCE = 200; // entries: a batch must not hold up the deeds that wait to write

/** Another sealer moved the head on first: its batch is the one, and what this one saw is looked at anew. */
class Overtaken extends Error {}

/** Seals all that is written so far. Any number of processes may do so at once: of two that saw the same head, one goes on. */
export async function sealHistory(desk: Desk): Promise<number> {
  const chains: { chainId: string }[] = await desk.db.reads.query("SELECT DISTINCT p.chain_id AS chainId FROM pending_seals p");
  let sealed = 0;
  for (const { chainId } of chains) {
    for (let batch = MOST_AT_ONCE; batch === MOST_AT_ONCE; sealed += batch) batch = await sealBatch(desk, chainId);
  }
  return sealed;
}

async function sealBatch(desk: Desk, chainId: string): Promise<number> {
  try {
    return await desk.db.transaction((tx) => sealPending(tx, chainId), repeatable);
  } catch (error) {
    if (error instanceof Overtaken || isDuplicate(error)) return 0; // looked at anew at the next round
    throw error;
  }
}

async function sealPending(tx: EntityManager, chainId: string): Promise<number> {
  const head = await tx.findOneBy(ChainHead, { chainId });
  const pending: { id: string }[] = await tx.query(
    `SELECT p.record_id AS id FROM pending_seals p WHERE p.chain_id = ? ORDER BY p.record_id LIMIT ${String(MOST_AT_ONCE)}`, [chainId],
  );
  const ids = pending.map(({ id }) => id);
  if (ids.length === 0) return 0;
  const rows: HistoryRow[] = await tx.query(`SELECT ${HISTORY_COLUMNS} FROM usage_history h WHERE ${anyOf("h.id", ids)} ORDER BY h.id`, ids);
  const seals = sealsFor(rows, chainId, head);
  await moveHead(tx, chainId, head, seals.at(-1)); // first: of two sealers one goes no further
  if (seals.length > 0) await tx.insert(Seal, seals);
  await tx.delete(PendingSeal, { recordId: In(ids) });
  return ids.length;
}

function sealsFor(rows: HistoryRow[], chainId: string, last: ChainHead | null): Seal[] {
  let number = last?.size ?? 0;
  let head: Buffer = last ? Buffer.from(last.head, "hex") : NO_HEAD;
  return rows.map((row) => {
    const record = recordOfRow(row);
    const salt = isStaffs(record) ? randomBytes(16).toString("hex") : null;
    const leaf = leafOf(entryText(record, salt));
    head = chainHash(head, leaf);
    return { chainId, number: ++number, recordId: record.id, salt, leaf: leaf.toString("hex"), head: head.toString("hex") };
  });
}

async function moveHead(tx: EntityManager, chainId: string, seen: ChainHead | null, last: Seal | undefined): Promise<void> {
  if (!last) return;
  const { number: size, head } = last;
  if (!seen) return void (await tx.insert(ChainHead, { chainId, size, head }));
  const { affected } = await tx.update(ChainHead, { chainId, size: seen.size, head: seen.head }, { size, head });
  if (affected !== 1) throw new Overtaken();
}
