import { LessThanOrEqual } from "typeorm";
import { isDuplicate } from "../foundation/database/errors.js";
import type { Reads } from "../foundation/database/Database.js";
import type { Desk } from "../foundation/desk.js";
import { OperatorError } from "../foundation/OperatorError.js";
import type { Safekeeping } from "../foundation/safekeeping.js";
import { toPem } from "../pki/pem.js";
import type { Signer } from "../pki/Signer.js";
import type { Vault } from "../pki/Vault.js";
import { notesIn, readCheckpoint, signedCheckpoint, verifiedCheckpoint, type ChainState } from "./checkpointNote.js";
import { openTree } from "./openTree.js";
import { ChainHead, Checkpoint, NO_BANKS_CHAIN, Seal } from "./Seal.js";

export interface HistoryDesk extends Desk {
  /** The history's own key: it signs checkpoints and nothing else. */
  historyKey: Signer;
  safekeeping: Safekeeping;
}

/** The key's name in the vault. */
export const HISTORY_KEY = "history";

/** The history's key from the vault; made at the first start, whose CAs it is beside. */
export async function openHistoryKey(vault: Vault, safekeeping: Safekeeping): Promise<Signer> {
  const key = await vault.open(HISTORY_KEY);
  const known = safekeeping.key();
  if (!key && known !== undefined) throw new OperatorError(`the history's key is gone from the vault, and ${safekeeping.folder} knows one: restore it`);
  const opened = key ?? (await vault.make(HISTORY_KEY, "P-256"));
  const pem = toPem("PUBLIC KEY", opened.publicKey);
  if (known === undefined) safekeeping.writeKey(pem); // beside what it signs: with it alone everything can be verified
  else if (known.trim() !== pem.trim()) throw new OperatorError(`the history's key in the vault isn't the one that ${safekeeping.folder} knows: restore it`);
  return opened;
}

/** What a chain's entries are called by in a checkpoint: its bank's code, or "house" for those of no bank. */
export async function bankCodeOf(reads: Reads, chainId: string): Promise<string> {
  if (chainId === NO_BANKS_CHAIN) return "house";
  const [bank]: { code: string }[] = await reads.query("SELECT b.code FROM banks b WHERE b.id = ?", [chainId]);
  return bank?.code ?? "house";
}

/** Signs how each chain stands, where it grew since the last time, and keeps that in the database and outside it. */
export async function takeCheckpoints(desk: HistoryDesk): Promise<void> {
  for (const { chainId, size, head } of await desk.db.reads.find(ChainHead)) {
    const newest = await newestCheckpoint(desk.db.reads, chainId);
    if (newest?.size !== size) await takeCheckpoint(desk, chainId, size, Buffer.from(head, "hex"));
    keep(desk, chainId, await newestCheckpoint(desk.db.reads, chainId));
  }
}

async function takeCheckpoint(desk: HistoryDesk, chainId: string, size: number, head: Buffer): Promise<void> {
  const at = desk.clock.now();
  const root = await (await openTree(desk, chainId, size)).root();
  const note = await signedCheckpoint({ chainId, bankCode: await bankCodeOf(desk.db.reads, chainId), size, root, head, at }, desk.historyKey);
  await desk.db.transaction((tx) => tx.insert(Checkpoint, { chainId, size, at, note })).catch((error: unknown) => {
    if (!isDuplicate(error)) throw error; // another process signed the same
  });
}

/** Outside the database it is appended once a process and folder, whoever signed it. */
function keep({ safekeeping }: HistoryDesk, chainId: string, checkpoint: Checkpoint | null): void {
  if (!checkpoint || (newestKept(safekeeping, chainId)?.size ?? -1) >= checkpoint.size) return;
  safekeeping.appendCheckpoint(chainId, checkpoint.note);
}

/** The newest one, or the newest of at most `until` entries. A row that isn't what its note says was put there by nobody of ours. */
export async function newestCheckpoint(reads: Reads, chainId: string, until?: number): Promise<Checkpoint | null> {
  const head = await reads.findOneBy(ChainHead, { chainId });
  const most = Math.min(until ?? Infinity, head?.size ?? 0);
  for (let below = most; ; ) {
    const [newest] = await reads.find(Checkpoint, { where: { chainId, size: LessThanOrEqual(below) }, order: { size: "DESC" }, take: 1 });
    if (!newest || isItsOwn(newest)) return newest ?? null;
    below = newest.size - 1;
  }
}

/** Whether the row says what its note says. */
export function isItsOwn({ chainId, size, note }: Checkpoint): boolean {
  const state = readCheckpoint(note);
  return state?.chainId === chainId && state.size === size;
}

export function newestKept(safekeeping: Safekeeping, chainId: string): ChainState | undefined {
  const states = notesIn(safekeeping.checkpoints(chainId)).flatMap((note) => readCheckpoint(note) ?? []);
  return states.reduce<ChainState | undefined>((newest, state) => (newest && newest.size >= state.size ? newest : state), undefined);
}

/**
 * Holds the database against the newest checkpoints outside it, and says in what it is behind. One that lacks what was there,
 * or says something else, was restored from a backup or tampered with: nothing may be done on it.
 */
export async function chainsBehind({ db }: Desk, safekeeping: Safekeeping, historyKey: Signer | undefined): Promise<string[]> {
  const faults: string[] = [];
  for (const chainId of safekeeping.chains()) {
    const kept = newestKept(safekeeping, chainId);
    if (!kept) continue;
    const signed = notesIn(safekeeping.checkpoints(chainId)).find((note) => readCheckpoint(note)?.size === kept.size);
    if (historyKey && !(signed && verifiedCheckpoint(signed, historyKey.publicKey))) faults.push(`the checkpoint kept of ${kept.bankCode} isn't signed by the history's key`);
    const head = await db.reads.findOneBy(ChainHead, { chainId });
    const seal = kept.size === 0 ? null : await db.reads.findOneBy(Seal, { chainId, number: kept.size });
    if ((head?.size ?? 0) < kept.size) {
      faults.push(`the history of ${kept.bankCode} had ${String(kept.size)} entries at ${kept.at.toISOString()} and has ${String(head?.size ?? 0)} here`);
    } else if (seal?.head !== kept.head.toString("hex")) {
      faults.push(`the history of ${kept.bankCode} was another one at ${kept.at.toISOString()} (${String(kept.size)} entries)`);
    }
  }
  return faults;
}

/** The database lacks what is known of it outside. */
export class BehindError extends OperatorError {
  constructor(faults: readonly string[], folder: string) {
    super([
      `the database is behind what is kept of it in ${folder}:`,
      ...faults.map((fault) => `  - ${fault}`),
      "It was restored from a backup, or something was taken out of it. Certificates revoked since would be good again, so nothing is served.",
      "Restore a newer backup. If there is none: npm run restored -- --help",
    ].join("\n"));
    this.name = "BehindError";
  }
}
