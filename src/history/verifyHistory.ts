import type { Reads } from "../foundation/database/Database.js";
import { MINUTE, later } from "../foundation/clock.js";
import { instantOf } from "../foundation/database/rows.js";
import { isItsOwn } from "./checkpoints.js";
import { notesIn, verifiedCheckpoint, type ChainState } from "./checkpointNote.js";
import { chainHash, GrowingTree, NO_HEAD } from "./hashes.js";
import { HISTORY_COLUMNS, recordOfRow, type HistoryRow } from "./readHistory.js";
import { LEAVES_A_TILE } from "./openTree.js";
import { ChainHead, Checkpoint, NO_BANKS_CHAIN, Tile } from "./Seal.js";
import { entryText, leafOf } from "./sealedEntry.js";

export const chainFaults = [
  "ENTRY_CHANGED", "ENTRY_MISSING", "SEAL_MISSING", "SEAL_CHANGED", "HEAD_CHANGED", "TAIL_CUT", "REWRITTEN", "NOT_SEALED", "CHECKPOINT_FORGED",
] as const;
export type ChainFault = (typeof chainFaults)[number];

/** What was found of one chain, or of a range of it. */
export interface ChainVerdict {
  chainId: string;
  /** Entries looked at, and the last number. */
  verified: number;
  size: number;
  /** Checkpoints that what was looked at agrees with, and how many of those that were given from outside. */
  checkpoints: number;
  keptCheckpoints: number;
  /** The first thing that is wrong; null where all is whole. */
  wrong: { fault: ChainFault; number: number | null; recordId: string | null; why: string } | null;
}

interface Which {
  /** The first number, from 1, and the last; the whole chain where it isn't said. */
  from?: number | undefined;
  until?: number | undefined;
  /** Checkpoints from outside, as files hold them, beside those in the database. */
  kept?: string;
  /** When it is looked: an entry that has been waiting for its seal longer than a minute isn't sealed by anybody. */
  now?: Date;
}

const LONGEST_WAIT = MINUTE;

const AT_ONCE = 1_000;

/** Every chain that there is anything of. */
export async function chainsIn(reads: Reads): Promise<string[]> {
  const rows: { id: string }[] = await reads.query(
    `SELECT chain_id AS id FROM history_heads UNION SELECT DISTINCT chain_id FROM history_seals UNION SELECT DISTINCT chain_id FROM history_checkpoints
      UNION SELECT chain_id FROM pending_seals UNION SELECT DISTINCT COALESCE(bank_id, '${NO_BANKS_CHAIN}') FROM usage_history`,
  );
  return rows.map(({ id }) => id).sort();
}

/**
 * Holds a chain against its own seals, its head, and every checkpoint signed by the history's key, those from outside too.
 * The first thing that is wrong ends it: what comes after may be wrong because of it. Changes nothing.
 */
export async function verifyChain(reads: Reads, chainId: string, publicKey: Buffer, { from = 1, until, kept = "", now }: Which = {}): Promise<ChainVerdict> {
  // The head first: what is sealed meanwhile comes after it. Checkpoints before the head: they never know more than it.
  const stored = await reads.find(Checkpoint, { where: { chainId }, order: { size: "ASC" } });
  const head = await reads.findOneBy(ChainHead, { chainId });
  const size = head?.size ?? 0;
  const verdict: ChainVerdict = { chainId, verified: 0, size, checkpoints: 0, keptCheckpoints: 0, wrong: null };
  const say = (fault: ChainFault, number: number | null, recordId: string | null, why: string): ChainVerdict =>
    ({ ...verdict, wrong: { fault, number, recordId, why } });

  // A forged one says nothing of the entries: they are looked at all the same, and what is wrong with them comes first.
  const { states, forged } = checkpointsOf(chainId, stored, kept, publicKey);
  const last = Math.min(until ?? size, size);
  if (from > last + 1) throw new RangeError(`there are ${String(size)} entries: none from ${String(from)} on`);
  const chain = await chainBefore(reads, chainId, from);
  if (!chain) return say("SEAL_MISSING", from - 1, null, `the seal ${String(from - 1)} is missing`);
  const tree = from === 1 ? new GrowingTree() : undefined; // a root is of the beginning on
  const due = withoutRepeats(states).filter((state) => state.size >= from && state.size <= last).sort((a, b) => a.size - b.size);
  const fromOutside = notesIn(kept).flatMap((note) => verifiedCheckpoint(note, publicKey) ?? []);
  const tile: Buffer[] = [];
  let previous = chain;
  let agreed = from - 1;

  for (let number = from; number <= last; ) {
    const rows = await sealedRows(reads, chainId, number, Math.min(number + AT_ONCE - 1, last));
    if (rows.length === 0) return say("SEAL_MISSING", number, null, `the seal ${String(number)} is missing`);
    for (const row of rows) {
      const { sealNumber, sealedId, salt, leaf, sealHead } = row;
      if (sealNumber !== number) return say("SEAL_MISSING", number, null, `the seal ${String(number)} is missing`);
      if ((row.id as string | null) === null) return say("ENTRY_MISSING", number, sealedId, `the entry ${String(number)} is gone`);
      const found = foundLeaf(row, salt, chainId);
      if (found?.toString("hex") !== leaf) return say("ENTRY_CHANGED", number, sealedId, `the entry ${String(number)} isn't what was sealed`);
      previous = chainHash(previous, found);
      if (previous.toString("hex") !== sealHead) return say("SEAL_CHANGED", number, sealedId, `the seal ${String(number)} doesn't follow from the one before it`);
      tree?.add(found);
      if (tree && (await isTileWrong(reads, chainId, number, found, tile))) return say("SEAL_CHANGED", number, null, `the tree hash over the entries up to ${String(number)} isn't theirs`);
      for (; due[0]?.size === number; due.shift()) {
        const isSame = due[0].head.equals(previous) && (!tree || tree.root().equals(due[0].root));
        verdict.verified = isSame ? verdict.verified : agreed - from + 1;
        if (!isSame) return say("REWRITTEN", agreed + 1, null, `the checkpoint of ${due[0].at.toISOString()} knows other entries: between ${String(agreed + 1)} and ${String(number)} something was changed and sealed anew`);
        verdict.checkpoints++;
        if (isAmong(fromOutside, due[0])) verdict.keptCheckpoints++;
        agreed = number;
      }
      verdict.verified++;
      number++;
    }
  }

  const beyond = states.find((state) => state.size > size);
  if (beyond) return say("TAIL_CUT", size + 1, null, `the checkpoint of ${beyond.at.toISOString()} knows ${String(beyond.size)} entries, here are ${String(size)}: the tail was cut`);
  const atEnd = until === undefined ? await atTheEnd(reads, chainId, head, previous, now, say) : undefined;
  if (atEnd) return atEnd;
  return forged ? say("CHECKPOINT_FORGED", null, null, forged) : verdict;
}

function checkpointsOf(chainId: string, stored: readonly Checkpoint[], kept: string, publicKey: Buffer): { states: ChainState[]; forged: string | undefined } {
  const notes = [...stored.map((row) => ({ note: row.note, isMisplaced: !isItsOwn(row) })), ...notesIn(kept).map((note) => ({ note, isMisplaced: false }))];
  let forged: string | undefined;
  const states = notes.flatMap(({ note, isMisplaced }) => {
    const state = verifiedCheckpoint(note, publicKey);
    if (!state) forged ??= "a checkpoint isn't signed by this key";
    else if (isMisplaced) forged ??= "a checkpoint stands in the place of another";
    return state?.chainId === chainId && !isMisplaced ? [state] : [];
  });
  return { states, forged };
}

/** Whether the stored hash over the last 256 leaves isn't theirs: proofs and checkpoints are made of it. */
async function isTileWrong(reads: Reads, chainId: string, number: number, leaf: Buffer, tile: Buffer[]): Promise<boolean> {
  tile.push(leaf);
  if (number % LEAVES_A_TILE !== 0) return false;
  const tree = new GrowingTree();
  for (const each of tile.splice(0)) tree.add(each);
  const stored = await reads.findOneBy(Tile, { chainId, number: number / LEAVES_A_TILE - 1 });
  return stored !== null && stored.root !== tree.root().toString("hex");
}

/** Undefined for what can't have been sealed so: an entry of another bank, one of the staff without a salt, a time that is none. */
function foundLeaf(row: HistoryRow, salt: string | null, chainId: string): Buffer | undefined {
  if ((row.bankId ?? NO_BANKS_CHAIN) !== chainId) return undefined;
  try {
    return leafOf(entryText(recordOfRow(row), salt));
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined; // a time that is none, bytes in place of text
    throw error;
  }
}

/** The same checkpoint in the database and outside it counts once; two of one size that say different things are two. */
function withoutRepeats(states: readonly ChainState[]): ChainState[] {
  return [...new Map(states.map((state) => [`${state.size} ${state.root.toString("hex")} ${state.head.toString("hex")}`, state])).values()];
}

function isAmong(states: readonly ChainState[], one: ChainState): boolean {
  return states.some(({ chainId, size, head }) => chainId === one.chainId && size === one.size && head.equals(one.head));
}

/** The head before the first of a range. */
async function chainBefore(reads: Reads, chainId: string, from: number): Promise<Buffer | undefined> {
  if (from <= 1) return NO_HEAD;
  const [seal]: { head: string }[] = await reads.query("SELECT s.head FROM history_seals s WHERE s.chain_id = ? AND s.number = ?", [chainId, from - 1]);
  return seal && Buffer.from(seal.head, "hex");
}

/** The chain's own end, and entries that never were sealed. */
async function atTheEnd(
  reads: Reads,
  chainId: string,
  head: ChainHead | null,
  last: Buffer,
  now: Date | undefined,
  say: (fault: ChainFault, number: number | null, recordId: string | null, why: string) => ChainVerdict,
): Promise<ChainVerdict | undefined> {
  const size = head?.size ?? 0;
  if (head && head.head !== last.toString("hex")) return say("HEAD_CHANGED", size, null, "the chain's head isn't its last seal's");
  // In one statement: seals and head are moved on together meanwhile.
  const [beyond]: { number: number | null }[] = await reads.query(
    `SELECT MIN(s.number) AS number FROM history_seals s LEFT JOIN history_heads d ON d.chain_id = s.chain_id
      WHERE s.chain_id = ? AND s.number > COALESCE(d.size, 0)`, [chainId],
  );
  if (beyond?.number) return say("HEAD_CHANGED", beyond.number, null, "there are seals beyond the chain's head");
  const [unsealed]: { id: string }[] = await reads.query(
    `SELECT h.id FROM usage_history h LEFT JOIN history_seals s ON s.record_id = h.id LEFT JOIN pending_seals p ON p.record_id = h.id
      WHERE ${chainId === NO_BANKS_CHAIN ? "h.bank_id IS NULL" : "h.bank_id = ?"} AND s.record_id IS NULL AND p.record_id IS NULL LIMIT 1`,
    chainId === NO_BANKS_CHAIN ? [] : [chainId],
  );
  if (unsealed) return say("NOT_SEALED", null, unsealed.id, `the entry ${unsealed.id} was put in without being sealed`);
  const [waiting]: { id: string; at: Date | string | null }[] = await reads.query(
    "SELECT p.record_id AS id, h.at FROM pending_seals p LEFT JOIN usage_history h ON h.id = p.record_id WHERE p.chain_id = ? ORDER BY h.at, p.record_id LIMIT 1", [chainId],
  );
  if (!waiting) return undefined;
  if (waiting.at === null) return say("ENTRY_MISSING", null, waiting.id, `the entry ${waiting.id} is gone, and was never sealed`);
  const since = instantOf(waiting.at);
  const isTooLong = now !== undefined && since < later(now, -LONGEST_WAIT);
  return isTooLong ? say("NOT_SEALED", null, waiting.id, `the entry ${waiting.id} has been waiting for its seal since ${since.toISOString()}: no server seals it`) : undefined;
}

type SealedRow = HistoryRow & { sealNumber: number; sealedId: string; salt: string | null; leaf: string; sealHead: string };

/** Seals with their entries, in order; the entry's columns are null where it is gone. */
export async function sealedRows(reads: Reads, chainId: string, from: number, until: number): Promise<SealedRow[]> {
  return reads.query(
    `SELECT s.number AS sealNumber, s.record_id AS sealedId, s.salt, s.leaf, s.head AS sealHead, ${HISTORY_COLUMNS}
       FROM history_seals s LEFT JOIN usage_history h ON h.id = s.record_id
      WHERE s.chain_id = ? AND s.number >= ? AND s.number <= ? ORDER BY s.number`,
    [chainId, from, until],
  );
}
