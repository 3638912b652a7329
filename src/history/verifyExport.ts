import { notesIn, verifiedCheckpoint, type ChainState } from "./checkpointNote.js";
import { FORMAT } from "./exportHistory.js";
import { chainHash, GrowingTree, NO_HEAD, rootOfProof } from "./hashes.js";
import { ImpossibleEntry, leafOf, type EntryText } from "./sealedEntry.js";

/** What an export turned out to be. */
export interface ExportVerdict {
  kind: "CHAIN" | "PROOFS";
  bank: string;
  verified: number;
  /** The first thing that is wrong; null where all is whole. */
  wrong: string | null;
}

/** It isn't an export at all, or none of this format. */
export class UnreadableExport extends Error {}

interface Line {
  number?: unknown;
  entry?: EntryText;
  proof?: unknown;
  checkpoint?: string | null;
}

/**
 * Verifies an export with the history's public key (SubjectPublicKeyInfo in DER) alone. `kept`: checkpoints that whoever
 * verifies has kept; a whole chain is held against each of them.
 */
export async function verifyExport(lines: AsyncIterable<string>, publicKey: Buffer, kept = ""): Promise<ExportVerdict> {
  const reading = lines[Symbol.asyncIterator]();
  const first = parsed((await reading.next()).value as string | undefined);
  const { format, kind, bank, chain, contract, from, until, previousHead } = first as Record<string, unknown>;
  if (format !== FORMAT || (kind !== "CHAIN" && kind !== "PROOFS") || typeof bank !== "string") throw new UnreadableExport(`not an export of ${FORMAT}`);
  const entries: { number: number; leaf: Buffer; proof: Buffer[]; entry: EntryText }[] = [];
  let note: string | null | undefined;
  const verdict = (verified: number, wrong: string | null): ExportVerdict => ({ kind, bank, verified, wrong });

  for await (const text of { [Symbol.asyncIterator]: () => reading }) {
    if (text.trim() === "") continue;
    const { number, entry, proof = [], checkpoint } = parsed(text) as Line;
    if (checkpoint !== undefined) note = checkpoint;
    else if (isNumber(number) && entry && isImpossible(entry)) return verdict(entries.length, `the entry ${String(number)} (${String(entry.id)}) withholds what it says, or says what it must withhold`);
    else if (isNumber(number) && entry && isPath(proof)) entries.push({ number, leaf: leafIn(entry), proof: proof.map((hash) => Buffer.from(hash, "hex")), entry });
    else throw new UnreadableExport("a line that is neither an entry nor a checkpoint");
  }
  if (note === undefined) return verdict(0, "the checkpoint at the end is missing: the file was cut");
  if (note === null) return verdict(0, entries.length === 0 ? null : "entries without a checkpoint");
  const states: ChainState[] = [];
  for (const each of [note, ...notesIn(kept)]) {
    const state = verifiedCheckpoint(each, publicKey);
    if (!state) return verdict(0, "a checkpoint isn't signed by this key");
    if (state.chainId === chain) states.push(state);
  }
  const [signed] = states;
  const own = verifiedCheckpoint(note, publicKey);
  if (!signed || !own || own.chainId !== chain || own.bankCode !== bank) return verdict(0, "the checkpoint is of another chain");

  const stranger = entries.find(({ entry }) => entry.bankId !== (bank === "house" ? null : chain) || (kind === "PROOFS" && entry.contractId !== contract));
  if (stranger) return verdict(0, `the entry ${String(stranger.number)} (${String(stranger.entry.id)}) is of another ${kind === "PROOFS" ? "contract" : "bank"}`);

  if (kind === "PROOFS") {
    const seen = new Set<number>();
    for (const [index, { number, leaf, proof, entry: { id } }] of entries.entries()) {
      if (seen.has(number)) return verdict(index, `the entry ${String(number)} (${String(id)}) stands there twice`);
      seen.add(number);
      if (!rootOfProof(leaf, number - 1, signed.size, proof)?.equals(signed.root)) return verdict(index, `the entry ${String(number)} (${String(id)}) isn't in the tree of the checkpoint`);
    }
    return verdict(entries.length, null);
  }

  if (!isNumber(from) || !isNumber(until) || until < from || typeof previousHead !== "string" || !/^[0-9a-f]{64}$/.test(previousHead)) throw new UnreadableExport("a chain without its range");
  let head: Buffer = from === 1 ? NO_HEAD : Buffer.from(previousHead, "hex");
  const tree = from === 1 ? new GrowingTree() : undefined;
  let agreed = from - 1;
  const before = states.find(({ size }) => size === from - 1);
  if (before && from > 1 && !before.head.equals(head)) return verdict(0, `the entries before ${String(from)} aren't those of the checkpoint of ${before.at.toISOString()}`);
  for (const [index, { number, leaf }] of entries.entries()) {
    if (number !== from + index) return verdict(index, `the entry ${String(from + index)} is missing`);
    head = chainHash(head, leaf);
    tree?.add(leaf);
    for (const state of states.filter(({ size }) => size === number)) {
      const isSame = state.head.equals(head) && (!tree || tree.root().equals(state.root));
      if (!isSame) return verdict(agreed - from + 1, `between ${String(agreed + 1)} and ${String(number)} something isn't what was sealed`);
      agreed = number;
    }
  }
  if (entries.length !== until - from + 1) return verdict(entries.length, `the entry ${String(from + entries.length)} is missing: the file was cut`);
  const beyond = from === 1 && until === signed.size ? states.find(({ size }) => size > until) : undefined;
  if (beyond) return verdict(entries.length, `the checkpoint of ${beyond.at.toISOString()} knows ${String(beyond.size)} entries: the tail was cut`);
  if (agreed !== until) return verdict(entries.length, `no checkpoint was met at ${String(until)}: export up to one`);
  return verdict(entries.length, null);
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isPath(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((hash) => typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash));
}

function parsed(text: string | undefined): object {
  try {
    const value: unknown = JSON.parse(text ?? "");
    // A member that stands twice, or anything else that reads in two ways, isn't as it was written.
    if (typeof value === "object" && value !== null && JSON.stringify(value) === text?.trim()) return value;
  } catch {
    // said below
  }
  throw new UnreadableExport("not JSON lines");
}

function isImpossible(entry: EntryText): boolean {
  try {
    leafOf(entry);
    return false;
  } catch (error) {
    return error instanceof ImpossibleEntry;
  }
}

function leafIn(entry: EntryText): Buffer {
  try {
    return leafOf(entry);
  } catch (cause) {
    throw new UnreadableExport("an entry that lacks a member", { cause });
  }
}
