import type { Reads } from "../foundation/database/Database.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { bankCodeOf, newestCheckpoint, type HistoryDesk } from "./checkpoints.js";
import { readCheckpoint } from "./checkpointNote.js";
import { openTree } from "./openTree.js";
import { HISTORY_COLUMNS, recordOfRow, type HistoryRow } from "./readHistory.js";
import { entryText, withheld } from "./sealedEntry.js";
import { sealedRows } from "./verifyHistory.js";

// Exports as JSON lines (docs/history-format.md): a first line that says what it is, one for each entry, a checkpoint.

export const FORMAT = "shomei-history/1";
const AT_ONCE = 500;

/** A chain's entries in full, to be verified as a chain. They end with the newest checkpoint, at the latest at `until`. */
export async function* chainExport(reads: Reads, chainId: string, { from = 1, until }: { from?: number; until?: number | undefined }): AsyncGenerator<string> {
  const checkpoint = await newestCheckpoint(reads, chainId, until);
  if (!checkpoint || checkpoint.size < from) throw new OperatorError("there is no checkpoint up to there: the server makes one when it stops, and every few minutes");
  const last = checkpoint.size;
  const [before]: { head: string }[] = await reads.query("SELECT s.head FROM history_seals s WHERE s.chain_id = ? AND s.number = ?", [chainId, from - 1]);
  yield line({ format: FORMAT, kind: "CHAIN", bank: await bankCodeOf(reads, chainId), chain: chainId, from, until: last, previousHead: before?.head ?? "0".repeat(64) });
  for (let number = from; number <= last; number += AT_ONCE) {
    for (const row of await sealedRows(reads, chainId, number, Math.min(number + AT_ONCE - 1, last))) {
      yield line({ number: row.sealNumber, entry: entryText(recordOfRow(row), row.salt) });
    }
  }
  yield line({ checkpoint: checkpoint.note });
}

/**
 * A contract's own entries, each with the path by which it is in the tree of the bank's newest checkpoint. Nothing of another
 * contract is in it, and of the bank's staff what customers aren't told is a hash.
 */
export async function* contractExport(desk: HistoryDesk, { contractId, bankId }: { contractId: string; bankId: string }): AsyncGenerator<string> {
  const { reads } = desk.db;
  const checkpoint = await newestCheckpoint(reads, bankId);
  const size = (checkpoint && readCheckpoint(checkpoint.note)?.size) ?? 0;
  const tree = await openTree(desk, bankId, size);
  yield line({ format: FORMAT, kind: "PROOFS", bank: await bankCodeOf(reads, bankId), chain: bankId, contract: contractId });
  for (let after = { at: "", id: "" }; ; ) {
    const rows = await entriesAfter(reads, contractId, after);
    for (const row of rows) {
      if (row.sealNumber === null || row.sealNumber > size) continue; // under the next checkpoint
      const proof = (await tree.proofOf(row.sealNumber)).map((hash) => hash.toString("hex"));
      yield line({ number: row.sealNumber, entry: withheld(entryText(recordOfRow(row), row.salt)), proof });
    }
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE) break;
    after = { at: textOf(last.at), id: last.id };
  }
  yield line({ checkpoint: checkpoint?.note ?? null });
}

type ProvenRow = HistoryRow & { sealNumber: number | null; salt: string | null };

function entriesAfter(reads: Reads, contractId: string, { at, id }: { at: string; id: string }): Promise<ProvenRow[]> {
  const [keyset, params] = id === "" ? ["", []] : [" AND h.at >= ? AND (h.at > ? OR h.id > ?)", [at, at, id]];
  return reads.query(
    `SELECT s.number AS sealNumber, s.salt, ${HISTORY_COLUMNS} FROM usage_history h LEFT JOIN history_seals s ON s.record_id = h.id
      WHERE h.contract_id = ?${keyset} ORDER BY h.at, h.id LIMIT ${String(AT_ONCE)}`,
    [contractId, ...params],
  );
}

function textOf(at: Date | string): string {
  return at instanceof Date ? at.toISOString().replace("T", " ").replace("Z", "") : at;
}

function line(facts: object): string {
  return `${JSON.stringify(facts)}\n`;
}
