import { verifyBank } from "../../src/desk/verifyBank.js";
import { signedCheckpoint, notesIn, readCheckpoint } from "../../src/history/checkpointNote.js";
import { newestCheckpoint, takeCheckpoints } from "../../src/history/checkpoints.js";
import { NO_BANKS_CHAIN } from "../../src/history/Seal.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import { chainsIn, verifyChain } from "../../src/history/verifyHistory.js";
import { keySigner, newKey } from "../../src/pki/Signer.js";
import type { House } from "../support/House.js";
import { ProvenHistory } from "../support/ProvenHistory.js";
import { withoutTriggers } from "../support/tampering.js";

let history: ProvenHistory;
let house: House;
let chain: string;
beforeEach(async () => {
  history = await ProvenHistory.open();
  ({ house, chain } = history);
});
afterEach(() => house.close());

it("a history that nobody touched is whole, in the database and by every checkpoint", async () => {
  const found = await history.verdict();
  expect(found).toEqual({ chainId: chain, verified: await history.size(), size: await history.size(), checkpoints: 2, keptCheckpoints: 2, wrong: null });
  expect(found.size).toBeGreaterThan(15);
  expect(await chainsIn(house.db.reads)).toEqual([NO_BANKS_CHAIN, history.chain].sort());
  const ofNobody = await verifyChain(house.db.reads, NO_BANKS_CHAIN, house.desk.historyKey.publicKey);
  expect(ofNobody).toMatchObject({ verified: 2, wrong: null });
});

it("seals the bank's staff's entries with a salt each, and no other", async () => {
  const rows: { role: string | null; salt: string | null }[] = await house.db.reads.query(
    "SELECT h.actor_role AS role, s.salt FROM history_seals s JOIN usage_history h ON h.id = s.record_id WHERE s.chain_id = ?", [history.chain]);
  const salts = rows.filter(({ role }) => role === "BANK_OPERATOR").map(({ salt }) => salt ?? "none");
  expect(salts.length).toBeGreaterThan(5);
  for (const salt of salts) expect(salt).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(salts).size).toBe(salts.length);
  expect(rows.filter(({ role, salt }) => role !== "BANK_OPERATOR" && salt !== null)).toEqual([]);
});

it("says of a range what is true of it", async () => {
  expect(await history.verdict({ from: 5, until: 9 })).toMatchObject({ verified: 5, wrong: null });
  expect(await history.verdict({ from: 5 })).toMatchObject({ verified: (await history.size()) - 4, wrong: null });
});

describe("the store itself refuses", () => {
  it.each([
    ["to change a sealed entry", async () => history.sql("UPDATE usage_history SET note = 'nothing' WHERE id = ?", [await history.recordOf(3)])],
    ["to delete one", async () => history.sql("DELETE FROM usage_history WHERE id = ?", [await history.recordOf(3)])],
    ["to change a seal", () => history.sql("UPDATE history_seals SET leaf = head WHERE chain_id = ?", [history.chain])],
    ["to delete one", () => history.sql("DELETE FROM history_seals WHERE chain_id = ?", [history.chain])],
    ["to put one in again", async () => replacing(await history.recordOf(3))],
    ["to change a checkpoint", () => history.sql("UPDATE history_checkpoints SET note = ''")],
    ["to delete one", () => history.sql("DELETE FROM history_checkpoints")],
  ])("%s", async (_what, tamper) => {
    await expect(tamper()).rejects.toThrow(/is never changed/);
    expect(await history.wrong()).toBeNull();
  });
});

/** REPLACE is a DELETE that on SQLite fires no trigger of one. */
function replacing(id: string): Promise<void> {
  return history.sql(`REPLACE INTO usage_history (id, at, action, outcome, request_id) VALUES (?, '2026-11-24 01:00:00.000', 'SIGN_OUT', 'FAILED', 'x')`, [id]);
}

it("a checkpoint that was kept outside finds it also where those in the database are gone", async () => {
  await withoutTriggers(history.house.database.source);
  await history.sql("DELETE FROM history_checkpoints");
  await history.cutTail(2);
  expect(await history.verdict({ kept: "" })).toMatchObject({ wrong: null }); // by itself the database is as it would have been
  expect((await history.wrong())?.fault).toBe("TAIL_CUT");
});

it("and so does the bank's operator who asks for it at the desk", async () => {
  const operator = await house.atTheDesk(await house.anOperator());
  const range = { from: null, until: null };
  expect(await verifyBank(house.desk, operator, range)).toMatchObject({ size: await history.size(), wrong: null });
  await withoutTriggers(house.database.source);
  await history.sql("DELETE FROM history_checkpoints");
  await history.cutTail(2);
  expect((await verifyBank(house.desk, operator, range))?.wrong).toMatchObject({ fault: "TAIL_CUT" });
});

it("seals beyond the head are found where no checkpoint knows better, too", async () => {
  await withoutTriggers(house.database.source);
  await history.sql("DELETE FROM history_checkpoints");
  const size = await history.size();
  await history.sql("UPDATE history_heads SET size = ?, head = (SELECT s.head FROM history_seals s WHERE s.chain_id = ? AND s.number = ?) WHERE chain_id = ?", [size - 1, chain, size - 1, chain]);
  expect((await history.verdict({ kept: "" })).wrong).toMatchObject({ fault: "HEAD_CHANGED", number: size });
});

it("a range whose seal before it is gone hangs on nothing", async () => {
  await withoutTriggers(house.database.source);
  await history.sql("DELETE FROM history_seals WHERE chain_id = ? AND number = 4", [chain]);
  expect((await history.verdict({ from: 5 })).wrong).toMatchObject({ fault: "SEAL_MISSING", number: 4 });
});

it("a root that isn't the entries' is found though the head is", async () => {
  const newest = readCheckpoint(notesIn(house.desk.safekeeping.checkpoints(chain)).at(-1) ?? "");
  if (!newest) throw new Error("no checkpoint");
  const kept = await signedCheckpoint({ ...newest, root: Buffer.alloc(32) }, house.desk.historyKey);
  expect((await history.verdict({ kept })).wrong).toMatchObject({ fault: "REWRITTEN" });
});

it("the newest checkpoint that is handed out knows no more entries than there are", async () => {
  const first = await history.firstCheckpoint();
  await history.sql("UPDATE history_heads SET size = ? WHERE chain_id = ?", [first.size + 1, chain]);
  expect((await newestCheckpoint(house.db.reads, chain))?.size).toBe(first.size);
});

it("a misplaced checkpoint neither stops the next ones nor is handed out", async () => {
  await history.misplaceCheckpoint();
  await history.grow();
  await takeCheckpoints(house.desk);
  const newest = await newestCheckpoint(house.db.reads, chain);
  expect(newest?.size).toBe(await history.size());
  expect(readCheckpoint(notesIn(house.desk.safekeeping.checkpoints(chain)).at(-1) ?? "")?.size).toBe(await history.size());
});

it("an entry that is pending a second time, or in another bank's chain, stops nobody's sealing", async () => {
  await history.sql("INSERT INTO pending_seals (record_id, chain_id) VALUES (?, ?)", [await history.recordOf(3), history.chain]);
  await history.sql("INSERT INTO pending_seals (record_id, chain_id) VALUES (?, ?)", [await history.recordOf(4), NO_BANKS_CHAIN]);
  const before = await history.size();
  await history.grow();
  expect(await history.size()).toBeGreaterThan(before);
  expect((await history.verdict()).wrong).toBeNull();
});

it("entries of a bank that there is no chain of are looked at, too", async () => {
  const [example] = await house.db.reads.find(UsageRecord, { where: { bankId: chain }, take: 1 });
  await house.db.transaction((tx) => tx.insert(UsageRecord, { ...example, id: "0".repeat(26), bankId: "1".repeat(26) }));
  expect(await chainsIn(house.db.reads)).toContain("1".repeat(26));
  expect((await verifyChain(house.db.reads, "1".repeat(26), house.desk.historyKey.publicKey)).wrong).toMatchObject({ fault: "NOT_SEALED", recordId: "0".repeat(26) });
});

it("a range beyond the end is no answer", async () => {
  await expect(history.verdict({ from: 5_000 })).rejects.toThrow(RangeError);
});

it("passes over what others kept of other chains, and refuses what isn't signed by this key", async () => {
  const state = { chainId: NO_BANKS_CHAIN, bankCode: "house", size: 99, root: Buffer.alloc(32), head: Buffer.alloc(32), at: house.clock.now() };
  const ours = await signedCheckpoint(state, house.desk.historyKey);
  const another = await signedCheckpoint({ ...state, chainId: chain, bankCode: "5120" }, keySigner(newKey("P-256")));
  expect((await history.verdict({ kept: ours })).wrong).toBeNull();
  expect((await history.verdict({ kept: another })).wrong).toMatchObject({ fault: "CHECKPOINT_FORGED" });
  expect((await history.verdict({ kept: ours.replace("\n99\n", "\n98\n") })).wrong).toMatchObject({ fault: "CHECKPOINT_FORGED" });
});
