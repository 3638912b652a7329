import { newKey, keySigner } from "../../src/pki/Signer.js";
import { signedCheckpoint } from "../../src/history/checkpointNote.js";
import { notesIn, readCheckpoint } from "../../src/history/checkpointNote.js";
import { newestCheckpoint, takeCheckpoints } from "../../src/history/checkpoints.js";
import { ChainHead, Checkpoint, NO_BANKS_CHAIN, Seal } from "../../src/history/Seal.js";
import { chainsIn, verifyChain, type ChainFault } from "../../src/history/verifyHistory.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import { signIn } from "../../src/identity/signIn.js";
import { signOut } from "../../src/identity/signOut.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { Counter } from "../support/Counter.js";
import { MINUTE, later } from "../../src/foundation/clock.js";
import { engine } from "../support/engine.js";
import { House } from "../support/House.js";
import { sealAnew, withoutTriggers } from "../support/tampering.js";

const ORIGIN = { requestId: "test", address: "192.0.2.7" };

let house: House;
let chain: string;

// A bank's real history: some twenty entries, of customers, of the staff, refused ones, two checkpoints, the newest at the end.
beforeEach(async () => {
  house = await House.open();
  chain = house.bank.id;
  await entries(2);
  await takeCheckpoints(house.desk);
  await entries(1);
  await takeCheckpoints(house.desk);
});
afterEach(() => house.close());

async function entries(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const tenant = await house.aTenant();
    await house.aCertificate(tenant.taro);
    const master = await house.signedIn(tenant.master);
    await reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST", note: "紛失 “10時”\n= \\ \u001f".replace("\u001f", "") });
    await revokeCertificate(house.desk, master, { certificateId: tenant.taro.id, reason: "UNSPECIFIED" }).catch(() => undefined);
    const counter = await Counter.open(house);
    await counter.approve(await counter.requestReissue({ note: "来店" }));
    await signOut(house.desk, master);
    await signIn(house.desk, ORIGIN, null, { bankCode: "5120", loginId: tenant.master.loginId, password: "wrong" }).catch(() => undefined);
    await signIn(house.desk, ORIGIN, null, { bankCode: "9999", loginId: "nobody01", password: "wrong" }).catch(() => undefined);
  }
  await house.seal();
}

const verdict = (which: Parameters<typeof verifyChain>[3] = {}) => verifyChain(house.db.reads, chain, house.desk.historyKey.publicKey, { kept: house.desk.safekeeping.checkpoints(chain), now: house.clock.now(), ...which });
const wrong = async () => (await verdict()).wrong;
const recordOf = async (number: number) => (await must(house.db.reads.findOneBy(Seal, { chainId: chain, number }))).recordId;
const sql = async (statement: string, params: unknown[] = []): Promise<void> => {
  await house.db.transaction((tx) => tx.query(statement, params));
};
const size = async () => (await must(house.db.reads.findOneBy(ChainHead, { chainId: chain }))).size;

it("a history that nobody touched is whole, in the database and by every checkpoint", async () => {
  const found = await verdict();
  expect(found).toEqual({ chainId: chain, verified: await size(), size: await size(), checkpoints: 2, wrong: null });
  expect(found.size).toBeGreaterThan(15);
  expect(await chainsIn(house.db.reads)).toEqual([NO_BANKS_CHAIN, chain].sort());
  const ofNobody = await verifyChain(house.db.reads, NO_BANKS_CHAIN, house.desk.historyKey.publicKey);
  expect(ofNobody).toMatchObject({ verified: 3, wrong: null });
});

it("seals the bank's staff's entries with a salt each, and no other", async () => {
  const rows: { role: string | null; salt: string | null }[] = await house.db.reads.query(
    "SELECT h.actor_role AS role, s.salt FROM history_seals s JOIN usage_history h ON h.id = s.record_id WHERE s.chain_id = ?", [chain]);
  const salts = rows.filter(({ role }) => role === "BANK_OPERATOR").map(({ salt }) => salt ?? "none");
  expect(salts.length).toBeGreaterThan(5);
  for (const salt of salts) expect(salt).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(salts).size).toBe(salts.length);
  expect(rows.filter(({ role, salt }) => role !== "BANK_OPERATOR" && salt !== null)).toEqual([]);
});

it("says of a range what is true of it", async () => {
  expect(await verdict({ from: 5, until: 9 })).toMatchObject({ verified: 5, wrong: null });
  expect(await verdict({ from: 5 })).toMatchObject({ verified: (await size()) - 4, wrong: null });
});

describe("the store itself refuses", () => {
  it.each([
    ["to change a sealed entry", async () => sql("UPDATE usage_history SET note = 'nothing' WHERE id = ?", [await recordOf(3)])],
    ["to delete one", async () => sql("DELETE FROM usage_history WHERE id = ?", [await recordOf(3)])],
    ["to change a seal", () => sql("UPDATE history_seals SET leaf = head WHERE chain_id = ?", [chain])],
    ["to delete one", () => sql("DELETE FROM history_seals WHERE chain_id = ?", [chain])],
    ["to put one in again", async () => replacing(await recordOf(3))],
    ["to change a checkpoint", () => sql("UPDATE history_checkpoints SET note = ''")],
    ["to delete one", () => sql("DELETE FROM history_checkpoints")],
  ])("%s", async (_what, tamper) => {
    await expect(tamper()).rejects.toThrow(/is never changed/);
    expect(await wrong()).toBeNull();
  });
});

/** REPLACE is a DELETE that on SQLite fires no trigger of one. */
function replacing(id: string): Promise<void> {
  return sql(`REPLACE INTO usage_history (id, at, action, outcome, request_id) VALUES (?, '2026-11-24 01:00:00.000', 'SIGN_OUT', 'FAILED', 'x')`, [id]);
}

/** What an administrator of the database did, and what is said of it: the fault, and the number of the first wrong entry. */
const tamperings: [what: string, fault: ChainFault, number: (() => number | Promise<number>) | null, tamper: () => Promise<unknown>][] = [
  ["an entry's outcome was changed", "ENTRY_CHANGED", () => 4, async () => sql("UPDATE usage_history SET outcome = 'FAILED' WHERE id = ?", [await recordOf(4)])],
  ["a note was", "ENTRY_CHANGED", () => 3, async () => sql("UPDATE usage_history SET note = 'x' WHERE id = ?", [await recordOf(3)])],
  ["a time was, by a millisecond", "ENTRY_CHANGED", () => 2, async () => sql("UPDATE usage_history SET at = ? WHERE id = ?", ["2026-11-24 01:00:00.001", await recordOf(2)])],
  ["whom of the staff it was, which customers aren't told", "ENTRY_CHANGED", firstOfStaff, async () => sql("UPDATE usage_history SET actor_login_id = 'other' WHERE id = ?", [await recordOf(await firstOfStaff())])],
  ["as what it was done", "ENTRY_CHANGED", firstOfStaff, async () => sql("UPDATE usage_history SET actor_role = 'MASTER' WHERE id = ?", [await recordOf(await firstOfStaff())])],
  ["an entry was deleted", "ENTRY_MISSING", () => 6, async () => sql("DELETE FROM usage_history WHERE id = ?", [await recordOf(6)])],
  ["an entry was deleted with its seal", "SEAL_MISSING", () => 6, async () => {
    await sql("DELETE FROM usage_history WHERE id = ?", [await recordOf(6)]);
    await sql("DELETE FROM history_seals WHERE chain_id = ? AND number = 6", [chain]);
  }],
  ["an entry was put in, unsealed", "NOT_SEALED", null, () => anInsertedEntry()],
  ["two entries changed places", "ENTRY_CHANGED", () => 7, async () => {
    const [a, b] = [await recordOf(7), await recordOf(8)];
    await sql("UPDATE history_seals SET record_id = 'x' WHERE record_id = ?", [a]);
    await sql("UPDATE history_seals SET record_id = ? WHERE record_id = ?", [a, b]);
    await sql("UPDATE history_seals SET record_id = ? WHERE record_id = 'x'", [b]);
  }],
  ["an entry and its leaf were changed", "SEAL_CHANGED", () => 1, async () => {
    await sql("UPDATE usage_history SET note = 'x' WHERE id = ?", [await recordOf(1)]);
    await leafAnew(1);
  }],
  ["an entry was changed and everything after it sealed anew", "REWRITTEN", () => 1, async () => {
    await sql("UPDATE usage_history SET note = 'x' WHERE id = ?", [await recordOf(3)]);
    await sealAnew(house, chain);
  }],
  ["an entry after the first checkpoint was", "REWRITTEN", async () => (await firstCheckpoint()) + 1, async () => {
    await sql("UPDATE usage_history SET note = 'x' WHERE id = ?", [await recordOf((await firstCheckpoint()) + 2)]);
    await sealAnew(house, chain);
  }],
  ["an entry was taken out and everything sealed anew", "REWRITTEN", () => 1, async () => {
    await sql("DELETE FROM usage_history WHERE id = ?", [await recordOf(3)]);
    await sealAnew(house, chain);
  }],
  ["the order was changed and everything sealed anew", "REWRITTEN", () => 1, () => sealAnew(house, chain, ([a = "", b = "", ...rest]) => [b, a, ...rest])],
  ["the tail was cut", "TAIL_CUT", async () => (await size()) + 1, () => cutTail(3)],
  ["everything was cut", "TAIL_CUT", () => 1, () => cutTail(1_000)],
  ["the head says less than there is, and than a checkpoint knows", "TAIL_CUT", async () => (await size()) + 1, async () => sql("UPDATE history_heads SET size = size - 1, head = (SELECT s.head FROM history_seals s WHERE s.chain_id = ? AND s.number = ?) WHERE chain_id = ?", [chain, (await size()) - 1, chain])],
  ["the head is another", "HEAD_CHANGED", size, () => sql("UPDATE history_heads SET head = ? WHERE chain_id = ?", ["0".repeat(64), chain])],
  ["a time is none", "ENTRY_CHANGED", () => 2, async () => sql(engine === "sqlite" ? "UPDATE usage_history SET at = 'yesterday' WHERE id = ?" : "UPDATE usage_history SET at = '1999-01-01' WHERE id = ?", [await recordOf(2)])],
  ["a salt is gone", "ENTRY_CHANGED", firstOfStaff, async () => sql("UPDATE history_seals SET salt = NULL WHERE chain_id = ? AND number = ?", [chain, await firstOfStaff()])],
  ["an entry was given to another bank", "ENTRY_CHANGED", () => 4, async () => sql("UPDATE usage_history SET bank_id = ? WHERE id = ?", ["1".repeat(26), await recordOf(4)])],
  ["a genuine checkpoint stands in the place of another", "CHECKPOINT_FORGED", null, () => misplaceCheckpoint()],
  ["an entry was deleted before it was sealed", "ENTRY_MISSING", null, () => sql("INSERT INTO pending_seals (record_id, chain_id) VALUES (?, ?)", ["9".repeat(26), chain])],
  ["an entry waits for its seal, and nobody seals", "NOT_SEALED", null, waitingEntry],
  ["a checkpoint was forged by another key", "CHECKPOINT_FORGED", null, forgeCheckpoint],
];

it.each(tamperings)("where %s, says %s", async (_what, fault, number, tamper) => {
  const first = number && (await number());
  await withoutTriggers(house.database.source);
  await tamper();
  // Of a cut and of a head that says less, the number is of what was left, or of what there was.
  const expected = fault === "TAIL_CUT" ? await number?.() : first;
  expect(await wrong()).toMatchObject({ fault, number: expected ?? null });
});

it("a checkpoint that was kept outside finds it also where those in the database are gone", async () => {
  await withoutTriggers(house.database.source);
  await sql("DELETE FROM history_checkpoints");
  await cutTail(2);
  expect(await verdict({ kept: "" })).toMatchObject({ wrong: null }); // by itself the database is as it would have been
  expect((await wrong())?.fault).toBe("TAIL_CUT");
});

it("a misplaced checkpoint neither stops the next ones nor is handed out", async () => {
  await misplaceCheckpoint();
  await entries(1);
  await takeCheckpoints(house.desk);
  const newest = await newestCheckpoint(house.db.reads, chain);
  expect(newest?.size).toBe(await size());
  expect(readCheckpoint(notesIn(house.desk.safekeeping.checkpoints(chain)).at(-1) ?? "")?.size).toBe(await size());
});

it("an entry that is pending a second time, or in another bank's chain, stops nobody's sealing", async () => {
  await sql("INSERT INTO pending_seals (record_id, chain_id) VALUES (?, ?)", [await recordOf(3), chain]);
  await sql("INSERT INTO pending_seals (record_id, chain_id) VALUES (?, ?)", [await recordOf(4), NO_BANKS_CHAIN]);
  const before = await size();
  await entries(1);
  expect(await size()).toBeGreaterThan(before);
  expect((await verdict()).wrong).toBeNull();
});

it("entries of a bank that there is no chain of are looked at, too", async () => {
  const [example] = await house.db.reads.find(UsageRecord, { where: { bankId: chain }, take: 1 });
  await house.db.transaction((tx) => tx.insert(UsageRecord, { ...example, id: "0".repeat(26), bankId: "1".repeat(26) }));
  expect(await chainsIn(house.db.reads)).toContain("1".repeat(26));
  expect((await verifyChain(house.db.reads, "1".repeat(26), house.desk.historyKey.publicKey)).wrong).toMatchObject({ fault: "NOT_SEALED", recordId: "0".repeat(26) });
});

it("a range beyond the end is no answer", async () => {
  await expect(verdict({ from: 5_000 })).rejects.toThrow(RangeError);
});

it("passes over what others kept of other chains, and refuses what isn't signed by this key", async () => {
  const state = { chainId: NO_BANKS_CHAIN, bankCode: "house", size: 99, root: Buffer.alloc(32), head: Buffer.alloc(32), at: house.clock.now() };
  const ours = await signedCheckpoint(state, house.desk.historyKey);
  const another = await signedCheckpoint({ ...state, chainId: chain, bankCode: "5120" }, keySigner(newKey("P-256")));
  expect((await verdict({ kept: ours })).wrong).toBeNull();
  expect((await verdict({ kept: another })).wrong).toMatchObject({ fault: "CHECKPOINT_FORGED" });
  expect((await verdict({ kept: ours.replace("\n99\n", "\n98\n") })).wrong).toMatchObject({ fault: "CHECKPOINT_FORGED" });
});

async function firstOfStaff(): Promise<number> {
  const [row]: { number: number }[] = await house.db.reads.query(
    "SELECT MIN(s.number) AS number FROM history_seals s JOIN usage_history h ON h.id = s.record_id WHERE s.chain_id = ? AND h.actor_role = 'BANK_OPERATOR'", [chain]);
  return row?.number ?? 0;
}

async function firstCheckpoint(): Promise<number> {
  const [first] = await house.db.reads.find(Checkpoint, { where: { chainId: chain }, order: { size: "ASC" }, take: 1 });
  return first?.size ?? 0;
}

async function anInsertedEntry(): Promise<void> {
  const [example] = await house.db.reads.find(UsageRecord, { where: { bankId: chain }, take: 1 });
  await house.db.transaction((tx) => tx.insert(UsageRecord, { ...example, id: "0".repeat(26) }));
}

async function leafAnew(number: number): Promise<void> {
  const { entryText, leafOf } = await import("../../src/history/sealedEntry.js");
  const record = await must(house.db.reads.findOneBy(UsageRecord, { id: await recordOf(number) }));
  await sql("UPDATE history_seals SET leaf = ? WHERE chain_id = ? AND number = ?", [leafOf(entryText(record, null)).toString("hex"), chain, number]);
}

/** Takes out the last entries, their seals and checkpoints, and puts the head back. */
async function cutTail(count: number): Promise<void> {
  const left = Math.max(0, (await size()) - count);
  await sql("DELETE FROM usage_history WHERE id IN (SELECT s.record_id FROM history_seals s WHERE s.chain_id = ? AND s.number > ?)", [chain, left]);
  await sql("DELETE FROM history_seals WHERE chain_id = ? AND number > ?", [chain, left]);
  await sql("DELETE FROM history_checkpoints WHERE chain_id = ? AND size > ?", [chain, left]);
  const [last]: { head: string }[] = await house.db.reads.query("SELECT s.head FROM history_seals s WHERE s.chain_id = ? AND s.number = ?", [chain, left]);
  await sql("UPDATE history_heads SET size = ?, head = ? WHERE chain_id = ?", [left, last?.head ?? "0".repeat(64), chain]);
}

async function misplaceCheckpoint(): Promise<void> {
  const [first] = await house.db.reads.find(Checkpoint, { where: { chainId: chain }, order: { size: "ASC" }, take: 1 });
  await house.db.transaction((tx) => tx.insert(Checkpoint, { ...first, size: 999_999_999 }));
}

async function waitingEntry(): Promise<void> {
  const tenant = await house.aTenant();
  await signOut(house.desk, await house.signedIn(tenant.master));
  house.clock.moveTo(later(house.clock.now(), 2 * MINUTE));
}

async function forgeCheckpoint(): Promise<void> {
  const [newest] = await house.db.reads.find(Checkpoint, { where: { chainId: chain }, order: { size: "DESC" }, take: 1 });
  const state = { chainId: chain, bankCode: "5120", size: newest?.size ?? 0, root: Buffer.alloc(32), head: Buffer.alloc(32), at: house.clock.now() };
  await sql("UPDATE history_checkpoints SET note = ? WHERE chain_id = ? AND size = ?", [await signedCheckpoint(state, keySigner(newKey("P-256"))), chain, state.size]);
}

async function must<T>(found: Promise<T | null>): Promise<T> {
  const row = await found;
  if (row === null) throw new Error("it isn't there");
  return row;
}
