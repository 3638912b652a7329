import type { HistoryDesk } from "../history/checkpoints.js";
import { ChainHead } from "../history/Seal.js";
import { verifyChain, type ChainVerdict } from "../history/verifyHistory.js";
import type { Actor } from "../policy/Actor.js";
import { whyNot } from "../policy/authorize.js";

const MOST_AT_ONCE = 10_000; // entries; more takes the command
const MOST_SEARCHED = 100_000;

/** Verifies the operator's own bank, or a range of its chain, with the checkpoints inside and outside the database. Null for everybody else. */
export async function verifyBank(desk: HistoryDesk, actor: Actor, range: { from: number | null; until: number | null }): Promise<ChainVerdict | null> {
  const { bankId } = actor;
  if (actor.role !== "BANK_OPERATOR" || whyNot(actor, "read", "Bank", { bankId })) return null;
  const size = (await desk.db.reads.findOneBy(ChainHead, { chainId: bankId }))?.size ?? 0;
  const last = Math.max(0, Math.min(range.until ?? size, size));
  const from = Math.min(Math.max(1, range.from ?? last - MOST_AT_ONCE + 1), last + 1); // beyond the end there is nothing to be wrong
  const until = Math.min(last, from + MOST_AT_ONCE - 1);
  const isThorough = until === size && size <= MOST_SEARCHED; // entries that were never sealed are looked for in all of them
  const part = isThorough ? { from } : { from, until };
  return verifyChain(desk.db.reads, bankId, desk.historyKey.publicKey, { ...part, kept: desk.safekeeping.checkpoints(bankId), now: desk.clock.now() });
}
