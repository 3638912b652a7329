import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { takeCheckpoints } from "../../src/history/checkpoints.js";
import { signedCheckpoint } from "../../src/history/checkpointNote.js";
import { chainExport, contractExport } from "../../src/history/exportHistory.js";
import { openTree } from "../../src/history/openTree.js";
import { UnreadableExport, verifyExport } from "../../src/history/verifyExport.js";
import { keySigner, newKey } from "../../src/pki/Signer.js";
import { Counter } from "../support/Counter.js";
import { House, type Tenant } from "../support/House.js";
import { newId } from "../../src/foundation/ids.js";
import { later } from "../../src/foundation/clock.js";
import { PendingSeal, Seal, Tile } from "../../src/history/Seal.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import { verifyChain } from "../../src/history/verifyHistory.js";
import { signOut } from "../../src/identity/signOut.js";
import { withoutTriggers } from "../support/tampering.js";

let house: House;
let ours: Tenant;
let theirs: Tenant;
let older: string;

beforeAll(async () => {
  house = await House.open();
  [ours, theirs] = [await house.aTenant(), await house.aTenant()];
  for (const tenant of [ours, theirs, ours]) {
    const user = await house.aUser(tenant.contract);
    await reissueCertificate(house.desk, await house.signedIn(tenant.master), { userId: user.id, expectedVersion: 1, reason: "LOST", note: "紛失" });
  }
  await house.seal();
  await takeCheckpoints(house.desk);
  older = house.desk.safekeeping.checkpoints(house.bank.id);
  // More than one tile of leaves, so that proofs go through whole ones: the first two contracts' entries among a crowd of others'.
  await crowd(700);
  const counter = await Counter.open(house);
  await counter.approve(await counter.requestReissue({ note: "来店" }));
  ours = counter.tenant;
  await house.seal();
  await takeCheckpoints(house.desk);
});
afterAll(() => house.close());

async function crowd(count: number): Promise<void> {
  const [example] = await house.db.reads.find(UsageRecord, { where: { contractId: theirs.contract.id }, take: 1 });
  const rows = Array.from({ length: count }, (_none, index) => ({ ...example, id: newId(later(house.clock.now(), index)) }) as UsageRecord);
  await house.db.transaction(async (tx) => {
    for (let at = 0; at < rows.length; at += 50) await tx.insert(UsageRecord, rows.slice(at, at + 50));
    for (let at = 0; at < rows.length; at += 50) await tx.insert(PendingSeal, rows.slice(at, at + 50).map(({ id }) => ({ recordId: id, chainId: house.bank.id })));
  });
  await house.seal();
}

async function textOf(lines: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const line of lines) text += line;
  return text;
}

async function* linesOf(text: string): AsyncGenerator<string> {
  for (const line of text.split("\n")) yield await Promise.resolve(line);
}

const verify = (text: string, kept = "", key = house.desk.historyKey.publicKey) => verifyExport(linesOf(text), key, kept);
const chain = (range: { from?: number; until?: number } = {}) => textOf(chainExport(house.db.reads, house.bank.id, range));
const proofs = ({ contract: { id: contractId, bankId } }: Tenant) => textOf(contractExport(house.desk, { contractId, bankId }));
const entriesIn = (text: string) => text.split("\n").filter((line) => line.startsWith('{"number"'));

describe("a chain's export", () => {
  it("is whole by itself and by every checkpoint that was kept", async () => {
    const size = entriesIn(await chain()).length;
    expect(size).toBeGreaterThan(700);
    expect(await verify(await chain(), older + house.desk.safekeeping.checkpoints(house.bank.id))).toEqual({ kind: "CHAIN", bank: "5120", verified: size, wrong: null });
  });

  it("of a range is whole by its heads, and begins where a kept checkpoint ends", async () => {
    const first = entriesIn(await chain({ until: 10 })).length;
    expect(await verify(await chain({ until: 10 }))).toMatchObject({ verified: first, wrong: null });
    expect(await verify(await chain({ from: first + 1 }), older)).toMatchObject({ wrong: null });
    expect(await verify((await chain({ from: first + 1 })).replace(/"previousHead":"\w{8}/, '"previousHead":"00000000'), older)).toMatchObject({ wrong: expect.stringMatching(/aren't those|isn't what/) as string });
  });

  it("that would end before it begins isn't made", async () => {
    await expect(chain({ from: 100_000 })).rejects.toThrow(/no checkpoint up to there/);
    await expect(chain({ from: 20, until: 10 })).rejects.toThrow(/no checkpoint up to there/);
  });

  it("tells how far it is whole, and claims no more", async () => {
    expect(await verify((await chain()).replace("紛失", "盗難"), older)).toMatchObject({ verified: 0, wrong: expect.stringMatching(/^between 1 and \d+ something isn't what was sealed$/) as string });
  });

  it.each([
    ["an entry is edited", (text: string) => text.replace("紛失", "盗難"), /isn't what was sealed/],
    ["an entry is taken out", (text: string) => without(text, 3), /the entry 3 is missing/],
    ["two entries change places", (text: string) => swapped(text), /the entry 2 is missing/],
    ["the tail is cut", (text: string) => text.split("\n").slice(0, -5).join("\n"), /the file was cut/],
    ["the tail is cut before the checkpoint", (text: string) => without(text, entriesIn(text).length), /is missing: the file was cut/],
    ["the header says another bank's code", (text: string) => text.replace('"bank":"5120"', '"bank":"9999"'), /the checkpoint is of another chain/],
    ["an entry of the staff is said to be another's", (text: string) => text.replace('"actorRole":"BANK_OPERATOR"', '"actorRole":"MASTER"'), /the entry \d+ .* withholds what it says/],
    ["it says that it is of another bank", (text: string) => text.replace(/"bankId":"\w+"/, `"bankId":"${"1".repeat(26)}"`), /of another bank/],
    ["its checkpoint says another size", (text: string) => text.replace(/\\n\d+\\n/, "\\n7\\n"), /isn't signed by this key/],
  ] as [string, (text: string) => string, RegExp][])("where %s, is found out", async (_what, tamper, why) => {
    const text = await chain();
    expect(tamper(text)).not.toBe(text);
    expect(await verify(tamper(text))).toMatchObject({ wrong: expect.stringMatching(why) as string });
  });

  it("that ends before a checkpoint that was kept lacks its tail", async () => {
    const cut = await chain({ until: 10 });
    expect(await verify(cut, house.desk.safekeeping.checkpoints(house.bank.id))).toMatchObject({ wrong: expect.stringMatching(/the tail was cut/) as string });
  });

  it("is held against a checkpoint that was kept of its middle, too", async () => {
    const other = await signedCheckpoint({ chainId: house.bank.id, bankCode: "5120", size: 5, root: Buffer.alloc(32), head: Buffer.alloc(32), at: house.clock.now() }, house.desk.historyKey);
    expect(await verify(await chain(), other)).toMatchObject({ verified: 0, wrong: "between 1 and 5 something isn't what was sealed" });
  });

  it("goes no further than what was signed: an entry put behind the checkpoint's last is found out", async () => {
    const text = await chain({ until: 10 });
    const last = entriesIn(text).length;
    const forged = (entriesIn(text).at(-1) ?? "").replace(`"number":${String(last)}`, `"number":${String(last + 1)}`);
    const longer = text.replace(`"until":${String(last)}`, `"until":${String(last + 1)}`).replace('{"checkpoint"', `${forged}\n{"checkpoint"`);
    expect(await verify(longer)).toMatchObject({ wrong: expect.stringMatching(/no checkpoint was met at/) as string });
  });

  it("by another key is nobody's", async () => {
    expect(await verify(await chain(), "", keySigner(newKey("P-256")).publicKey)).toMatchObject({ wrong: "a checkpoint isn't signed by this key" });
  });
});

describe("a contract's own export", () => {
  it("proves each of its entries, and has nothing of anybody else's in it", async () => {
    const text = await proofs(ours);
    const known = (await house.history(ours.contract)).map(({ id }) => id);
    expect(entriesIn(text).length).toBe(known.length);
    expect(known.length).toBeGreaterThan(2);
    expect(await verify(text)).toEqual({ kind: "PROOFS", bank: "5120", verified: known.length, wrong: null });
    for (const trace of [theirs.contract.id, theirs.master.id, theirs.master.loginId]) expect(text).not.toContain(trace);
  });

  it("has every one of them, however many there are of one instant", async () => {
    const text = await proofs(theirs);
    expect(entriesIn(text).length).toBeGreaterThan(700);
    expect(new Set(entriesIn(text).map((line) => line.slice(0, line.indexOf(",")))).size).toBe((await house.history(theirs.contract)).length);
    expect(await verify(text)).toMatchObject({ wrong: null });
  });

  it("leaves those to the next checkpoint that came after the newest one", async () => {
    const before = entriesIn(await proofs(ours)).length;
    await signOut(house.desk, await house.signedIn(ours.master));
    await house.seal();
    await signOut(house.desk, await house.signedIn(ours.master)); // isn't sealed yet
    expect(entriesIn(await proofs(ours)).length).toBe(before);
    expect(await verify(await proofs(ours))).toMatchObject({ verified: before, wrong: null });
    await house.seal();
    await takeCheckpoints(house.desk);
    expect(await verify(await proofs(ours))).toMatchObject({ verified: before + 2, wrong: null });
  });

  it("tells of the bank's staff no more than the customer is told, and proves that, too", async () => {
    const text = await proofs(ours);
    expect(text).toContain('"withheld":"');
    for (const { actorRole, actorLoginId, note } of await house.history(ours.contract)) {
      if (actorRole !== "BANK_OPERATOR") continue;
      expect(text).not.toContain(actorLoginId ?? "?");
      if (note) expect(text).not.toContain(note);
    }
    expect(text).not.toMatch(/"salt"/);
  });

  it.each([
    ["an entry is edited", (text: string) => text.replace('"outcome":"SUCCEEDED"', '"outcome":"REFUSED"'), /isn't in the tree/],
    ["what is withheld is another", (text: string) => text.replace(/"withheld":"./, '"withheld":"_'), /isn't in the tree/],
    ["a number is another", (text: string) => text.replace(/\{"number":(\d+)/, (_all, number: string) => `{"number":${String(Number(number) - 1)}`), /isn't in the tree/],
    ["an entry stands there twice", (text: string) => `${entriesIn(text)[0] ?? ""}\n`.replace(/^/, `${text.split("\n")[0] ?? ""}\n`) + text.split("\n").slice(1).join("\n"), /twice/],
    ["an entry of another contract is said to be its own", (text: string) => text.replace(/"contract":"\w+"/, `"contract":"${"1".repeat(26)}"`), /of another contract/],
    ["its checkpoint is gone", (text: string) => text.replace(/\{"checkpoint".*\n/, ""), /was cut/],
    ["its checkpoint is none", (text: string) => text.replace(/\{"checkpoint".*\n/, '{"checkpoint":null}\n'), /without a checkpoint/],
  ] as [string, (text: string) => string, RegExp][])("where %s, is found out", async (_what, tamper, why) => {
    const text = await proofs(ours);
    expect(tamper(text)).not.toBe(text);
    expect(await verify(tamper(text))).toMatchObject({ wrong: expect.stringMatching(why) as string });
  });
});

it.each([
  ["nothing", ""], ["no JSON", "x\n"], ["an array", "[]\n"], ["another format", '{"format":"shomei-history/2","kind":"CHAIN","bank":"5120"}\n'],
  ["another kind", '{"format":"shomei-history/1","kind":"ALL","bank":"5120"}\n'],
])("an export that is %s can't be read", async (_what, text) => {
  await expect(verify(text)).rejects.toThrow(UnreadableExport);
});

it.each([
  ["an entry without a member", (text: string) => text.replace(/"requestId":"[^"]*",?/, "")],
  ["a number that is none", (text: string) => text.replace('{"number":1', '{"number":"1"')],
  ["a path that is none", (text: string) => text.replace(/"proof":\["/, '"proof":["zz')],
  ["a member that stands twice", (text: string) => text.replace('"outcome":"SUCCEEDED"', '"outcome":"REFUSED","outcome":"SUCCEEDED"')],
  ["a line of something else", (text: string) => text.replace("\n", '\n{"hello":1}\n')],
])("one with %s can't either", async (_what, tamper) => {
  const text = (await proofs(ours)).replace(/\{"number":\d+/, '{"number":1');
  expect(tamper(text)).not.toBe(text);
  await expect(verify(tamper(text))).rejects.toThrow(UnreadableExport);
});

describe("the tree in the database", () => {
  it("has the root that its leaves have, at any size, also where no tile is on record", async () => {
    const { GrowingTree } = await import("../../src/history/hashes.js");
    const leaves = (await house.db.reads.find(Seal, { where: { chainId: house.bank.id }, order: { number: "ASC" } })).map(({ leaf }) => Buffer.from(leaf, "hex"));
    for (const size of [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, leaves.length]) {
      const tree = new GrowingTree();
      for (const leaf of leaves.slice(0, size)) tree.add(leaf);
      expect([size, (await (await openTree(house.desk, house.bank.id, size)).root()).toString("hex")]).toEqual([size, tree.root().toString("hex")]);
    }
  });

  it("proves every entry", async () => {
    const { rootOfProof } = await import("../../src/history/hashes.js");
    const seals = await house.db.reads.find(Seal, { where: { chainId: house.bank.id }, order: { number: "ASC" } });
    const tree = await openTree(house.desk, house.bank.id, seals.length);
    const root = await tree.root();
    for (const number of [1, 2, 100, 255, 256, 257, 512, 513, seals.length - 1, seals.length]) {
      const leaf = Buffer.from(seals[number - 1]?.leaf ?? "", "hex");
      expect(rootOfProof(leaf, number - 1, seals.length, await tree.proofOf(number))).toEqual(root);
    }
  });
});

it("a hash over 256 leaves that is on record and isn't theirs is found", async () => {
  const verdict = () => verifyChain(house.db.reads, house.bank.id, house.desk.historyKey.publicKey);
  expect((await verdict()).wrong).toBeNull();
  await withoutTriggers(house.database.source);
  const set = (root: string) => house.db.transaction((tx) => tx.update(Tile, { chainId: house.bank.id, number: 1 }, { root }));
  const tile = await house.db.reads.findOneBy(Tile, { chainId: house.bank.id, number: 1 });
  await set("0".repeat(64));
  expect((await verdict()).wrong).toMatchObject({ fault: "SEAL_CHANGED", number: 512 });
  await set(tile?.root ?? "none");
  expect((await verdict()).wrong).toBeNull();
});

it("a checkpoint of another chain isn't taken for this one's", async () => {
  const foreign = await signedCheckpoint({ chainId: "2".repeat(26), bankCode: "5120", size: 1, root: Buffer.alloc(32), head: Buffer.alloc(32), at: house.clock.now() }, house.desk.historyKey);
  const text = (await chain()).replace(/\{"checkpoint".*\n/, `${JSON.stringify({ checkpoint: foreign })}\n`);
  expect(await verify(text)).toMatchObject({ wrong: "the checkpoint is of another chain" });
});

function without(text: string, number: number): string {
  return text.split("\n").filter((line) => !line.startsWith(`{"number":${String(number)},`)).join("\n");
}

function swapped(text: string): string {
  const lines = text.split("\n");
  [lines[2], lines[3]] = [lines[3] ?? "", lines[2] ?? ""];
  return lines.join("\n");
}
