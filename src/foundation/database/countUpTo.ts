import type { Reads } from "./Database.js";

/** How many rows `from` has (FROM and WHERE), counted no further than `most`: what grows without end must not cost without end. */
export async function countUpTo(reads: Reads, most: number, from: string, params: readonly unknown[] = []): Promise<number> {
  const [row]: { counted: number | string }[] = await reads.query(`SELECT COUNT(*) AS counted FROM (SELECT 1 ${from} LIMIT ${String(most)}) some_rows`, [...params]);
  return Number(row?.counted ?? 0);
}
