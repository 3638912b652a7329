import type { Reads } from "../foundation/database/Database.js";
import type { Desk } from "../foundation/desk.js";
import { isDuplicate } from "../foundation/database/errors.js";
import { GrowingTree, nodeHash } from "./hashes.js";
import { Tile } from "./Seal.js";

export const LEAVES_A_TILE = 256;
const TILES_AT_ONCE = 40; // some ten thousand leaves

/** The Merkle tree over the first `size` entries of a chain (RFC 9162 §2.1). */
export interface HistoryTree {
  root(): Promise<Buffer>;
  /** The path from the leaf of this number (from 1) to the root (RFC 9162 §2.1.3.1). */
  proofOf(number: number): Promise<Buffer[]>;
}

/** Opens the tree. Whole tiles that have no root on record yet get theirs; any number of processes may do so. */
export async function openTree(desk: Desk, chainId: string, size: number): Promise<HistoryTree> {
  await completeTiles(desk, chainId, Math.floor(size / LEAVES_A_TILE));
  const tiles = await tileRoots(desk.db.reads, chainId, Math.floor(size / LEAVES_A_TILE));
  const known = new Map<string, Buffer>();

  const leavesOf = lastOnly(async (tile: number) => leaves(desk.db.reads, chainId, tile * LEAVES_A_TILE, Math.min((tile + 1) * LEAVES_A_TILE, size)));

  /** The tree hash of the leaves from `from` up to `until`, as the tree of RFC 9162 splits them. */
  const over = async (from: number, until: number): Promise<Buffer> => {
    const count = until - from;
    if (count === LEAVES_A_TILE && from % LEAVES_A_TILE === 0) return tiles[from / LEAVES_A_TILE] ?? missing(chainId);
    if (count < LEAVES_A_TILE) {
      const first = Math.floor(from / LEAVES_A_TILE);
      return rootOf((await leavesOf(first)).slice(from - first * LEAVES_A_TILE, until - first * LEAVES_A_TILE));
    }
    const key = `${String(from)}-${String(until)}`;
    const hash = known.get(key) ?? nodeHash(await over(from, from + splitOf(count)), await over(from + splitOf(count), until));
    known.set(key, hash);
    return hash;
  };

  const pathOf = async (index: number, from: number, until: number): Promise<Buffer[]> => {
    if (until - from <= 1) return [];
    const middle = from + splitOf(until - from);
    return index < middle
      ? [...(await pathOf(index, from, middle)), await over(middle, until)]
      : [...(await pathOf(index, middle, until)), await over(from, middle)];
  };

  return {
    root: async () => (size === 0 ? new GrowingTree().root() : over(0, size)),
    proofOf: async (number) => pathOf(number - 1, 0, size),
  };
}

/** The largest power of two below a count of at least two. */
function splitOf(count: number): number {
  return 2 ** Math.ceil(Math.log2(count) - 1);
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  const tree = new GrowingTree();
  for (const hash of hashes) tree.add(hash);
  return tree.root();
}

/** The last answer is kept: whoever goes through a history asks for one tile again and again. */
function lastOnly<T>(work: (key: number) => Promise<T>): (key: number) => Promise<T> {
  let last: { key: number; answer: Promise<T> } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, answer: work(key) };
    return last.answer;
  };
}

async function completeTiles(desk: Desk, chainId: string, count: number): Promise<void> {
  const [known]: { tiles: number | string }[] = await desk.db.reads.query("SELECT COUNT(*) AS tiles FROM history_tiles t WHERE t.chain_id = ?", [chainId]);
  for (let number = Number(known?.tiles ?? 0); number < count; number += TILES_AT_ONCE) {
    const until = Math.min(number + TILES_AT_ONCE, count);
    const hashes = await leaves(desk.db.reads, chainId, number * LEAVES_A_TILE, until * LEAVES_A_TILE);
    const rows = Array.from({ length: until - number }, (_, index): Tile => (
      { chainId, number: number + index, root: rootOf(hashes.slice(index * LEAVES_A_TILE, (index + 1) * LEAVES_A_TILE)).toString("hex") }));
    await desk.db.transaction((tx) => tx.insert(Tile, rows)).catch((error: unknown) => {
      if (!isDuplicate(error)) throw error; // another process makes the same
    });
  }
}

async function tileRoots(reads: Reads, chainId: string, count: number): Promise<Buffer[]> {
  const rows: { root: string }[] = await reads.query(
    "SELECT t.root FROM history_tiles t WHERE t.chain_id = ? AND t.number < ? ORDER BY t.number", [chainId, count],
  );
  return rows.map(({ root }) => Buffer.from(root, "hex"));
}

/** Leaves by index from 0, the last one not included. */
async function leaves(reads: Reads, chainId: string, from: number, until: number): Promise<Buffer[]> {
  const rows: { leaf: string }[] = await reads.query(
    "SELECT s.leaf FROM history_seals s WHERE s.chain_id = ? AND s.number > ? AND s.number <= ? ORDER BY s.number", [chainId, from, until],
  );
  if (rows.length !== until - from) missing(chainId);
  return rows.map(({ leaf }) => Buffer.from(leaf, "hex"));
}

function missing(chainId: string): never {
  throw new Error(`seals are missing in the chain ${chainId}: verify the history`);
}
