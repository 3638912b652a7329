import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Issuer } from "../../src/authorities/Issuer.js";
import { OperatorError } from "../../src/foundation/OperatorError.js";
import { openSafekeeping } from "../../src/foundation/safekeeping.js";
import { BehindError, chainsBehind, newestKept, openHistoryKey, takeCheckpoints } from "../../src/history/checkpoints.js";
import { notesIn, notesOnlyIn, readCheckpoint, UnreadableNotes, verifiedCheckpoint } from "../../src/history/checkpointNote.js";
import { Checkpoint } from "../../src/history/Seal.js";
import { signOut } from "../../src/identity/signOut.js";
import { keySigner, newKey } from "../../src/pki/Signer.js";
import { crlsBehind } from "../../src/validation/crlsBehind.js";
import { verifyChain } from "../../src/history/verifyHistory.js";
import { House, memoryVault, type Tenant } from "../support/House.js";
import { opensslPrints } from "../support/openssl.js";
import { withoutTriggers } from "../support/tampering.js";
import { toPem } from "../../src/pki/pem.js";

let dir: string;
let house: House;
let tenant: Tenant;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-safe-"));
  house = await House.open({ safekeeping: openSafekeeping(join(dir, "safe")) });
  tenant = await house.aTenant();
});
afterEach(async () => {
  await house.close();
  rmSync(dir, { recursive: true, force: true });
});

const chain = () => house.bank.id;
const kept = () => notesIn(house.desk.safekeeping.checkpoints(chain()));
async function grow(entries = 1): Promise<void> {
  for (let made = 0; made < entries; made++) await signOut(house.desk, await house.signedIn(tenant.master));
  await house.seal();
}

describe("a checkpoint", () => {
  it("is made where a chain grew, once, and kept in the database and outside it", async () => {
    await takeCheckpoints(house.desk);
    expect(kept()).toEqual([]);
    for (const size of [2, 2, 5]) {
      await grow(size - (kept().length > 0 ? (readCheckpoint(kept().at(-1) ?? "")?.size ?? 0) : 0));
      await takeCheckpoints(house.desk);
      expect(readCheckpoint(kept().at(-1) ?? "")).toMatchObject({ size, bankCode: "5120", chainId: chain(), at: house.clock.now() });
    }
    expect(kept()).toHaveLength(2);
    const stored = await house.db.reads.find(Checkpoint, { where: { chainId: chain() }, order: { size: "ASC" } });
    expect(stored.map(({ note }) => note)).toEqual(kept());
  });

  it("is signed by the history's key as openssl knows it, over its text", async () => {
    await grow();
    await takeCheckpoints(house.desk);
    const note = kept()[0] ?? "";
    const text = note.slice(0, note.indexOf("\n\n") + 1);
    const signature = Buffer.from(note.trim().split(" ").at(-1) ?? "", "base64").subarray(4);
    const [key, signed, given] = ["key.pem", "text", "signature"].map((name) => join(dir, name)) as [string, string, string];
    writeFileSync(key, toPem("PUBLIC KEY", house.desk.historyKey.publicKey));
    writeFileSync(signed, text);
    writeFileSync(given, signature);
    expect(opensslPrints(["dgst", "-sha256", "-verify", key, "-signature", given, signed])).toBe("Verified OK\n");
  });

  it("by another key, of another text, or cut is none", async () => {
    await grow();
    await takeCheckpoints(house.desk);
    const note = kept()[0] ?? "";
    const { publicKey } = house.desk.historyKey;
    expect(verifiedCheckpoint(note, publicKey)).toMatchObject({ size: 1 });
    expect(verifiedCheckpoint(note, keySigner(newKey("P-256")).publicKey)).toBeUndefined();
    for (const other of [note.replace("\n1\n", "\n2\n"), note.slice(0, -8), note.replace("— ", "- "), note.split("\n\n")[0] ?? "", note.replace("shomei-history", "shomei-other"), ""]) {
      expect([other, verifiedCheckpoint(other, publicKey)]).toEqual([other, undefined]);
    }
    expect(readCheckpoint(note.replace("shomei/", "other/"))).toBeUndefined();
  });

  it("is appended to the file that lacks it, whichever process signed it", async () => {
    await grow();
    await takeCheckpoints(house.desk);
    const elsewhere = openSafekeeping(join(dir, "of another host"));
    await takeCheckpoints({ ...house.desk, safekeeping: elsewhere });
    expect(notesIn(elsewhere.checkpoints(chain()))).toEqual(kept());
  });
});

describe("the folder", () => {
  const file = () => join(dir, "safe", `${chain()}.checkpoints`);

  it("in which a crash tore the last checkpoint goes on with the next one, whole", async () => {
    await grow(1);
    await takeCheckpoints(house.desk);
    writeFileSync(file(), `${readFileSync(file(), "utf8")}shomei/5120/${chain()}\n2\nAAAA`);
    await grow(1);
    await takeCheckpoints(house.desk);
    expect(kept().map((note) => readCheckpoint(note)?.size)).toEqual([1, 2]);
    expect((await verifyChain(house.db.reads, chain(), house.desk.historyKey.publicKey, { kept: house.desk.safekeeping.checkpoints(chain()) })).wrong).toBeNull();
  });

  it("demands no less because an older checkpoint was appended after a newer one", async () => {
    await grow(1);
    await takeCheckpoints(house.desk);
    const [older = ""] = kept();
    await grow(2);
    await takeCheckpoints(house.desk);
    house.desk.safekeeping.appendCheckpoint(chain(), older);
    expect(readCheckpoint(kept().at(-1) ?? "")?.size).toBe(1);
    expect(newestKept(house.desk.safekeeping, chain())?.size).toBe(3);
  });

  it("knows the history's key: another one is never made in its place, nor written over it", async () => {
    const known = house.desk.safekeeping.key();
    await expect(openHistoryKey(memoryVault(new Map()), house.desk.safekeeping)).rejects.toThrow(/the history's key is gone from the vault/);
    const vault = memoryVault(new Map());
    await vault.make("history", "P-256");
    await expect(openHistoryKey(vault, house.desk.safekeeping)).rejects.toThrow(/isn't the one that .* knows/);
    expect(house.desk.safekeeping.key()).toBe(known);
  });
});

describe("a file of checkpoints that somebody gives", () => {
  it("is taken with the line ends of any system, and with nothing else in it", async () => {
    await grow(1);
    await takeCheckpoints(house.desk);
    const text = house.desk.safekeeping.checkpoints(chain());
    expect(notesOnlyIn(text)).toEqual(kept());
    expect(notesOnlyIn(text.replace(/\n/g, "\r\n"))).toEqual(kept());
    for (const other of ["", "hello", `${text}hello`, text.replace("shomei/", "shomei-"), text.replace("— ", "- "), `${text}shomei/5120/x\n1\n`]) {
      expect(() => notesOnlyIn(other)).toThrow(UnreadableNotes);
    }
  });
});

describe("at the start", () => {
  const start = async (key = house.desk.historyKey) => {
    const { desk } = house;
    const behind = [...(await chainsBehind(desk, desk.safekeeping, key)), ...(await crlsBehind(desk, desk.safekeeping))];
    if (behind.length > 0) throw new BehindError(behind, desk.safekeeping.folder);
  };
  const sql = (statement: string, params: unknown[] = []) => house.db.transaction((tx) => tx.query(statement, params));

  it("a database that has all that was kept, or more, is served", async () => {
    await start();
    await grow(3);
    await takeCheckpoints(house.desk);
    await grow(2);
    const issuer = await house.db.reads.findOneBy(Issuer, { kind: "ISSUING" });
    await house.desk.crls.current({ id: issuer?.id ?? "", kind: "ISSUING" });
    await start();
    expect(readdirSync(join(dir, "safe")).sort()).toEqual([`${chain()}.checkpoints`, "5120-1.crl-number", "history-key.pem"].sort());
  });

  it("one that lacks entries is refused, with what to do", async () => {
    await grow(3);
    await takeCheckpoints(house.desk);
    await withoutTriggers(house.database.source);
    await sql("DELETE FROM history_seals WHERE chain_id = ? AND number = 3", [chain()]);
    await sql("UPDATE history_heads SET size = 2 WHERE chain_id = ?", [chain()]);
    await expect(start()).rejects.toThrow(OperatorError);
    await expect(start()).rejects.toThrow(/the history of 5120 had 3 entries at 2026-.* and has 2 here[\s\S]*Restore a newer backup\. If there is none: npm run restored -- --help/);
  });

  it("one whose entries are others is", async () => {
    await grow(2);
    await takeCheckpoints(house.desk);
    await withoutTriggers(house.database.source);
    await sql("UPDATE history_seals SET head = ? WHERE chain_id = ? AND number = 2", ["0".repeat(64), chain()]);
    await expect(start()).rejects.toThrow(/the history of 5120 was another one/);
  });

  it("one that knows nothing of a chain that was kept is", async () => {
    await grow(2);
    await takeCheckpoints(house.desk);
    await withoutTriggers(house.database.source);
    for (const table of ["history_seals", "history_heads", "history_checkpoints"]) await sql(`DELETE FROM ${table}`);
    await expect(start()).rejects.toThrow(/had 2 entries at .* and has 0 here/);
  });

  it("one whose revocation list has a lower number than one that was published is", async () => {
    house.desk.safekeeping.keepCrlNumber("5120-1", 7);
    house.desk.safekeeping.keepCrlNumber("5120-1", 3);
    await expect(start()).rejects.toThrow(/the revocation list of 5120-1 had the number 7 and has 0 here/);
  });

  it("a file that was written to by somebody else is said so", async () => {
    await grow(1);
    await takeCheckpoints(house.desk);
    await expect(start(keySigner(newKey("P-256")))).rejects.toThrow(/the checkpoint kept of 5120 isn't signed by the history's key/);
  });
});
