import { MINUTE, later } from "../../src/foundation/clock.js";
import { signedCheckpoint } from "../../src/history/checkpointNote.js";
import { Checkpoint } from "../../src/history/Seal.js";
import { entryText, leafOf } from "../../src/history/sealedEntry.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import type { ChainFault } from "../../src/history/verifyHistory.js";
import { signOut } from "../../src/identity/signOut.js";
import { keySigner, newKey } from "../../src/pki/Signer.js";
import { ProvenHistory } from "../support/ProvenHistory.js";
import { sealAnew, withoutTriggers } from "../support/tampering.js";

// Each tampering by direct SQL is found. On the embedded database: what is found is found by our code, whatever keeps the rows.

let history: ProvenHistory;
beforeEach(async () => {
  history = await ProvenHistory.open();
});
afterEach(() => history.house.close());

/** What an administrator of the database did, and what is said of it: the fault, and the number of the first wrong entry. */
const tamperings: [what: string, fault: ChainFault, number: (() => number | Promise<number>) | null, tamper: () => Promise<unknown>][] = [
  ["an entry's outcome was changed", "ENTRY_CHANGED", () => 4, async () => history.sql("UPDATE usage_history SET outcome = 'FAILED' WHERE id = ?", [await history.recordOf(4)])],
  ["a note was", "ENTRY_CHANGED", () => 3, async () => history.sql("UPDATE usage_history SET note = 'x' WHERE id = ?", [await history.recordOf(3)])],
  ["a time was, by a millisecond", "ENTRY_CHANGED", () => 2, async () => history.sql("UPDATE usage_history SET at = ? WHERE id = ?", ["2026-11-24 01:00:00.001", await history.recordOf(2)])],
  ["whom of the staff it was, which customers aren't told", "ENTRY_CHANGED", firstOfStaff, async () => history.sql("UPDATE usage_history SET actor_login_id = 'other' WHERE id = ?", [await history.recordOf(await firstOfStaff())])],
  ["as what it was done", "ENTRY_CHANGED", firstOfStaff, async () => history.sql("UPDATE usage_history SET actor_role = 'MASTER' WHERE id = ?", [await history.recordOf(await firstOfStaff())])],
  ["an entry was deleted", "ENTRY_MISSING", () => 6, async () => history.sql("DELETE FROM usage_history WHERE id = ?", [await history.recordOf(6)])],
  ["an entry was deleted with its seal", "SEAL_MISSING", () => 6, async () => {
    await history.sql("DELETE FROM usage_history WHERE id = ?", [await history.recordOf(6)]);
    await history.sql("DELETE FROM history_seals WHERE chain_id = ? AND number = 6", [history.chain]);
  }],
  ["an entry was put in, unsealed", "NOT_SEALED", null, () => anInsertedEntry()],
  ["two entries changed places", "ENTRY_CHANGED", () => 7, async () => {
    const [a, b] = [await history.recordOf(7), await history.recordOf(8)];
    await history.sql("UPDATE history_seals SET record_id = 'x' WHERE record_id = ?", [a]);
    await history.sql("UPDATE history_seals SET record_id = ? WHERE record_id = ?", [a, b]);
    await history.sql("UPDATE history_seals SET record_id = ? WHERE record_id = 'x'", [b]);
  }],
  ["an entry and its leaf were changed", "SEAL_CHANGED", () => 1, async () => {
    await history.sql("UPDATE usage_history SET note = 'x' WHERE id = ?", [await history.recordOf(1)]);
    await leafAnew(1);
  }],
  ["an entry was changed and everything after it sealed anew", "REWRITTEN", () => 1, async () => {
    await history.sql("UPDATE usage_history SET note = 'x' WHERE id = ?", [await history.recordOf(3)]);
    await sealAnew(history.house, history.chain);
  }],
  ["an entry after the first checkpoint was", "REWRITTEN", async () => (await history.firstCheckpoint()).size + 1, async () => {
    await history.sql("UPDATE usage_history SET note = 'x' WHERE id = ?", [await history.recordOf((await history.firstCheckpoint()).size + 2)]);
    await sealAnew(history.house, history.chain);
  }],
  ["an entry was taken out and everything sealed anew", "REWRITTEN", () => 1, async () => {
    await history.sql("DELETE FROM usage_history WHERE id = ?", [await history.recordOf(3)]);
    await sealAnew(history.house, history.chain);
  }],
  ["the order was changed and everything sealed anew", "REWRITTEN", () => 1, () => sealAnew(history.house, history.chain, ([a = "", b = "", ...rest]) => [b, a, ...rest])],
  ["the tail was cut", "TAIL_CUT", async () => (await history.size()) + 1, () => history.cutTail(3)],
  ["everything was cut", "TAIL_CUT", () => 1, () => history.cutTail(1_000)],
  ["the head says less than there is, and than a checkpoint knows", "TAIL_CUT", async () => (await history.size()) + 1, async () => history.sql("UPDATE history_heads SET size = size - 1, head = (SELECT s.head FROM history_seals s WHERE s.chain_id = ? AND s.number = ?) WHERE chain_id = ?", [history.chain, (await history.size()) - 1, history.chain])],
  ["the head is another", "HEAD_CHANGED", () => history.size(), () => history.sql("UPDATE history_heads SET head = ? WHERE chain_id = ?", ["0".repeat(64), history.chain])],
  ["a time is none", "ENTRY_CHANGED", () => 2, async () => history.sql("UPDATE usage_history SET at = 'yesterday' WHERE id = ?", [await history.recordOf(2)])],
  ["a salt is gone", "ENTRY_CHANGED", firstOfStaff, async () => history.sql("UPDATE history_seals SET salt = NULL WHERE chain_id = ? AND number = ?", [history.chain, await firstOfStaff()])],
  ["an entry was given to another bank", "ENTRY_CHANGED", () => 4, async () => history.sql("UPDATE usage_history SET bank_id = ? WHERE id = ?", ["1".repeat(26), await history.recordOf(4)])],
  ["a genuine checkpoint stands in the place of another", "CHECKPOINT_FORGED", null, () => history.misplaceCheckpoint()],
  ["an entry was deleted before it was sealed", "ENTRY_MISSING", null, () => history.sql("INSERT INTO pending_seals (record_id, chain_id) VALUES (?, ?)", ["9".repeat(26), history.chain])],
  ["an entry waits for its seal, and nobody seals", "NOT_SEALED", null, waitingEntry],
  ["a checkpoint was forged by another key", "CHECKPOINT_FORGED", null, forgeCheckpoint],
];

it.each(tamperings)("where %s, says %s", async (_what, fault, number, tamper) => {
  const first = number && (await number());
  await withoutTriggers(history.house.database.source);
  await tamper();
  // Of a cut and of a head that says less, the number is of what was left, or of what there was.
  const expected = fault === "TAIL_CUT" ? await number?.() : first;
  expect(await history.wrong()).toMatchObject({ fault, number: expected ?? null });
});

async function firstOfStaff(): Promise<number> {
  const [row]: { number: number }[] = await history.house.db.reads.query(
    "SELECT MIN(s.number) AS number FROM history_seals s JOIN usage_history h ON h.id = s.record_id WHERE s.chain_id = ? AND h.actor_role = 'BANK_OPERATOR'", [history.chain]);
  return row?.number ?? 0;
}

async function anInsertedEntry(): Promise<void> {
  const [example] = await history.house.db.reads.find(UsageRecord, { where: { bankId: history.chain }, take: 1 });
  if (example) await history.house.db.transaction((tx) => tx.insert(UsageRecord, { ...example, id: "0".repeat(26) }));
}

async function leafAnew(number: number): Promise<void> {
  const record = await history.house.db.reads.findOneBy(UsageRecord, { id: await history.recordOf(number) });
  if (record) await history.sql("UPDATE history_seals SET leaf = ? WHERE chain_id = ? AND number = ?", [leafOf(entryText(record, null)).toString("hex"), history.chain, number]);
}

async function waitingEntry(): Promise<void> {
  const { house } = history;
  const tenant = await house.aTenant();
  await signOut(house.desk, await house.signedIn(tenant.master));
  house.clock.moveTo(later(house.clock.now(), 2 * MINUTE));
}

async function forgeCheckpoint(): Promise<void> {
  const { house, chain } = history;
  const [newest] = await house.db.reads.find(Checkpoint, { where: { chainId: chain }, order: { size: "DESC" }, take: 1 });
  const state = { chainId: chain, bankCode: "5120", size: newest?.size ?? 0, root: Buffer.alloc(32), head: Buffer.alloc(32), at: house.clock.now() };
  await history.sql("UPDATE history_checkpoints SET note = ? WHERE chain_id = ? AND size = ?", [await signedCheckpoint(state, keySigner(newKey("P-256"))), chain, state.size]);
}
