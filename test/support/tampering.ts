import { allowChanges } from "../../migrations/tables.js";
import type { DataSource } from "typeorm";
import { chainHash, GrowingTree, NO_HEAD } from "../../src/history/hashes.js";
import { HISTORY_COLUMNS, recordOfRow, type HistoryRow } from "../../src/history/readHistory.js";
import { Seal } from "../../src/history/Seal.js";
import { entryText, leafOf } from "../../src/history/sealedEntry.js";
import type { House } from "./House.js";

/** What a database administrator can do that the server's account can't: the triggers are gone. */
export async function withoutTriggers(source: DataSource): Promise<void> {
  const runner = source.createQueryRunner();
  for (const table of ["usage_history", "history_seals", "history_checkpoints", "history_tiles"]) await allowChanges(runner, table);
  await runner.release();
}

/** Seals the whole chain anew, in this order, consistently: who has the database can, but for what was signed. */
export async function sealAnew(house: House, chainId: string, order: (ids: string[]) => string[] = (ids) => ids): Promise<{ size: number; root: Buffer }> {
  const seals = await house.db.reads.find(Seal, { where: { chainId }, order: { number: "ASC" } });
  const salts = new Map(seals.map(({ recordId, salt }) => [recordId, salt]));
  const rows: HistoryRow[] = await house.db.reads.query(`SELECT ${HISTORY_COLUMNS} FROM usage_history h`);
  const records = new Map(rows.map((row) => [row.id, recordOfRow(row)]));
  const ids = order(seals.map(({ recordId }) => recordId)).filter((id) => records.has(id));
  const tree = new GrowingTree();
  let head: Buffer = NO_HEAD;
  await house.db.transaction(async (tx) => {
    await tx.query("DELETE FROM history_seals WHERE chain_id = ?", [chainId]);
    for (const [index, id] of ids.entries()) {
      const record = records.get(id);
      if (!record) continue;
      const leaf = leafOf(entryText(record, salts.get(id) ?? null));
      tree.add(leaf);
      head = chainHash(head, leaf);
      await tx.insert(Seal, { chainId, number: index + 1, recordId: id, salt: salts.get(id) ?? null, leaf: leaf.toString("hex"), head: head.toString("hex") });
    }
    await tx.query("UPDATE history_heads SET size = ?, head = ? WHERE chain_id = ?", [ids.length, head.toString("hex"), chainId]);
  });
  return { size: ids.length, root: tree.root() };
}
