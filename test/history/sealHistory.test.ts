import { createHash } from "node:crypto";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { later } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { audited } from "../../src/history/audited.js";
import { entryText, leafOf, withheld } from "../../src/history/sealedEntry.js";
import { ChainHead, NO_BANKS_CHAIN, PendingSeal, Seal } from "../../src/history/Seal.js";
import { sealHistory } from "../../src/history/sealHistory.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import { verifyChain } from "../../src/history/verifyHistory.js";
import { signOut } from "../../src/identity/signOut.js";
import { anotherBank } from "../support/Counter.js";
import { House, THE_MORNING } from "../support/House.js";

let house: House;
beforeEach(async () => {
  house = await House.open();
});
afterEach(() => house.close());

const enter = (bankId: string | null, work: () => Promise<unknown> = () => Promise.resolve()) =>
  audited(house.desk, { action: "SIGN_OUT", origin: { requestId: "r", address: null }, by: { userId: null, loginId: null, contractId: null, bankId } }, work);
const seals = (chainId = house.bank.id) => house.db.reads.find(Seal, { where: { chainId }, order: { number: "ASC" } });

describe("sealing", () => {
  it("gives each entry the next number of its bank's chain, and leaves nothing pending", async () => {
    const other = await anotherBank(house);
    for (const bankId of [house.bank.id, other.id, house.bank.id, null, house.bank.id]) await enter(bankId);
    expect(await house.db.reads.countBy(PendingSeal, {})).toBe(5);
    expect(await house.seal()).toBe(5);
    expect(await house.db.reads.countBy(PendingSeal, {})).toBe(0);
    expect((await seals()).map(({ number }) => number)).toEqual([1, 2, 3]);
    expect((await seals(other.id)).map(({ number }) => number)).toEqual([1]);
    expect((await seals(NO_BANKS_CHAIN)).map(({ number }) => number)).toEqual([1]);
    expect(await house.db.reads.findOneBy(ChainHead, { chainId: house.bank.id })).toEqual({ chainId: house.bank.id, size: 3, head: (await seals()).at(-1)?.head });
    await enter(house.bank.id);
    await house.seal();
    expect((await seals()).map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(await house.seal()).toBe(0);
  });

  it("knows nothing of what isn't committed, and nothing of what was rolled back", async () => {
    await enter(house.bank.id, async () => {
      expect(await house.db.reads.countBy(PendingSeal, {})).toBe(0);
      await Promise.reject(new Error("a fault"));
    }).catch(() => undefined);
    await house.seal();
    const [record, ...others] = await house.history();
    expect(others).toEqual([]);
    expect(record).toMatchObject({ outcome: "FAILED" });
    expect((await seals()).map(({ recordId }) => recordId)).toEqual([record?.id]);
  });

  it("by several sealers at once leaves one chain, whole, with every entry once", async () => {
    await Promise.all(Array.from({ length: 60 }, () => enter(house.bank.id)));
    const rounds = Promise.all(Array.from({ length: 6 }, () => sealHistory(house.desk)));
    await Promise.all([rounds, ...Array.from({ length: 60 }, () => enter(house.bank.id))]);
    await house.seal();
    const sealed = await seals();
    expect(sealed.map(({ number }) => number)).toEqual(Array.from({ length: 120 }, (_none, index) => index + 1));
    expect(new Set(sealed.map(({ recordId }) => recordId)).size).toBe(120);
    expect(await verifyChain(house.db.reads, house.bank.id, house.desk.historyKey.publicKey)).toMatchObject({ verified: 120, wrong: null });
  });

  it("says whether a certificate may have ended by it: then a checkpoint doesn't wait", async () => {
    const tenant = await house.aTenant();
    const certificate = await house.aCertificate(tenant.taro);
    const master = await house.signedIn(tenant.master);
    await house.seal();
    await signOut(house.desk, await house.signedIn(tenant.hana));
    expect(await sealHistory(house.desk)).toEqual({ sealed: 1, hasEnded: false });
    await revokeCertificate(house.desk, master, { certificateId: certificate.id, reason: "SUPERSEDED" });
    expect(await sealHistory(house.desk)).toEqual({ sealed: 1, hasEnded: true });
  });

  it("goes on over more than a batch", async () => {
    const rows = Array.from({ length: 450 }, (_none, index): UsageRecord => ({ ...example, id: newId(later(THE_MORNING, index)), bankId: house.bank.id }));
    await house.db.transaction(async (tx) => {
      for (let at = 0; at < rows.length; at += 50) await tx.insert(UsageRecord, rows.slice(at, at + 50));
      for (const { id } of rows) await tx.insert(PendingSeal, { recordId: id, chainId: house.bank.id });
    });
    expect(await house.seal()).toBe(450);
    expect((await seals()).length).toBe(450);
  });
});

const example: UsageRecord = {
  id: "01JDMQ0V8Z5N3K7W2R4T6Y8A0C", bankId: "01JDMQ0V8Z5N3K7W2R4T6Y8A0D", contractId: null, at: THE_MORNING, actorId: null, actorLoginId: null, actorRole: null,
  action: "SIGN_OUT", targetUserId: null, targetLoginId: null, certificateId: null, outcome: "SUCCEEDED", code: null, requestId: "r", address: null,
  note: null, before: null, after: null,
};

describe("an entry's canonical bytes", () => {
  it("are RFC 8785's, with the hash that the format's page gives", () => {
    const entry = entryText({ ...example, note: "印 \"\\\n\u2028é" }, null);
    // By hand, from docs/history-format.md: SHA-256 of 00 and this text.
    const text = '{"action":"SIGN_OUT","actorId":null,"actorLoginId":null,"actorRole":null,"address":null,"after":null,"at":"2026-11-24T01:00:00.000Z",'
      + '"bankId":"01JDMQ0V8Z5N3K7W2R4T6Y8A0D","before":null,"certificateId":null,"code":null,"contractId":null,"id":"01JDMQ0V8Z5N3K7W2R4T6Y8A0C",'
      + '"note":"印 \\"\\\\\\n\u2028é","outcome":"SUCCEEDED","requestId":"r","targetLoginId":null,"targetUserId":null}';
    expect(leafOf(entry).toString("hex")).toBe(sha256Of(`\u0000${text}`));
  });

  it.each(Object.keys(entryText(example, null)))("differ where %s does", (member) => {
    const entry = entryText(example, null);
    expect(leafOf({ ...entry, [member]: member === "actorRole" ? "MASTER" : "other" })).not.toEqual(leafOf(entry));
  });

  it("of the staff's entry are the same for its bank and, with what is withheld, for a customer", () => {
    const entry = entryText({ ...example, actorRole: "BANK_OPERATOR", actorId: "a", actorLoginId: "desk001", address: "192.0.2.1", note: "n", before: "{}" }, "ab".repeat(16));
    const told = withheld(entry);
    expect(Object.keys(told)).not.toEqual(expect.arrayContaining(["actorId"]));
    expect(JSON.stringify(told)).not.toMatch(/desk001|192\.0\.2\.1|abab/);
    expect(leafOf(told)).toEqual(leafOf(entry));
    expect(leafOf({ ...entry, note: "another" })).not.toEqual(leafOf(entry));
    expect(leafOf({ ...entry, salt: "cd".repeat(16) })).not.toEqual(leafOf(entry));
  });

  it.each([
    ["lacks a member", { ...entryText(example, null), id: undefined }],
    ["has a number in it", { ...entryText(example, null), note: 1 }],
    ["is the staff's without a salt", { ...entryText(example, null), actorRole: "BANK_OPERATOR" }],
    ["has a salt and isn't the staff's", { ...entryText(example, null), salt: "ab".repeat(16) }],
    ["says what it withholds", { ...entryText({ ...example, actorRole: "BANK_OPERATOR" }, null), withheld: "0".repeat(64) }],
  ])("there are none of one that %s", (_what, entry) => {
    expect(() => leafOf(entry as never)).toThrow(TypeError);
  });
});

function sha256Of(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
