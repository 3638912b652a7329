import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { currentIssuerOf, Issuer } from "../../src/authorities/Issuer.js";
import { MissingKeyError, MissingRecordError, type Issuers } from "../../src/authorities/Issuers.js";
import { openIssuers } from "../../src/authorities/openIssuers.js";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import type { Desk } from "../../src/foundation/desk.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import { keySigner, newKey, type KeyKind, type Signer } from "../../src/pki/Signer.js";
import { fileVault, type Vault } from "../../src/pki/Vault.js";
import { freshDatabase, type FreshDatabase } from "../support/engine.js";
import { caSettings, PKI_URL, silence } from "../support/House.js";
import { StoppedClock } from "../support/StoppedClock.js";

const NOW = new Date("2026-11-24T01:00:00.000Z");

let database: FreshDatabase;
let clock: StoppedClock;
let desk: Desk;
let bank: Bank;

/** A vault in memory, as a folder with files that can be taken away. */
class Drawer implements Vault {
  readonly keys = new Map<string, Signer>();

  open(name: string) {
    return Promise.resolve(this.keys.get(name));
  }

  make(name: string, kind: KeyKind) {
    const kept = this.keys.get(name) ?? keySigner(newKey(kind));
    this.keys.set(name, kept);
    return Promise.resolve(kept);
  }
}

beforeEach(async () => {
  database = await freshDatabase();
  clock = new StoppedClock(NOW);
  desk = { db: await openDatabase(database.source), clock, log: silence };
  bank = await aBank("5120", "証明信用金庫");
});
afterEach(async () => {
  await desk.db.close();
  await database.drop();
});

async function aBank(code: string, name: string): Promise<Bank> {
  const made: Bank = { id: newId(NOW), code, name, ...ordinaryPolicy, isDemo: false, createdAt: NOW };
  await desk.db.transaction((tx) => tx.insert(Bank, made));
  return made;
}

const forBank = async (issuers: Issuers, of = bank) => issuers.open((await currentIssuerOf(desk.db.reads, of.id)).id);
const rows = () => desk.db.reads.find(Issuer, { order: { name: "ASC" } });
const isIssuedBy = (certificate: Buffer, issuer: Buffer) =>
  new X509Certificate(certificate).verify(new X509Certificate(issuer).publicKey);

describe("the first start", () => {
  it("makes the root and a CA for each bank, and stores their certificates and keys under one name", async () => {
    const second = await aBank("5121", "見本信用金庫");
    const vault = new Drawer();
    const issuers = await openIssuers(desk, caSettings(vault));

    expect(await rows()).toMatchObject([
      { name: "5120-1", kind: "ISSUING", bankId: bank.id, createdAt: NOW, certificate: (await forBank(issuers)).certificate },
      { name: "5121-1", kind: "ISSUING", bankId: second.id, certificate: (await forBank(issuers, second)).certificate },
      { name: "root-1", kind: "ROOT", bankId: null },
    ]);
    expect([...vault.keys.keys()].sort()).toEqual(["5120-1", "5121-1", "root-1"]);
  });

  it("gives each bank's certificates a chain up to the root", async () => {
    const issuers = await openIssuers(desk, caSettings(new Drawer()));
    const { id, certificate } = await forBank(issuers);
    const [issuing, root, ...others] = (await issuers.chainOf(id)) as [Buffer, Buffer];
    expect(others).toEqual([]);
    expect(issuing).toEqual(certificate);
    expect(isIssuedBy(issuing, root)).toBe(true);
    expect(isIssuedBy(root, root)).toBe(true);
    expect((await rows()).find(({ kind }) => kind === "ROOT")?.certificate).toEqual(root);
  });

  it("knows a CA by its id, opens it once, and knows no other", async () => {
    const issuers = await openIssuers(desk, caSettings(new Drawer()));
    const issuer = await forBank(issuers);
    expect(await issuers.open(issuer.id)).toBe(issuer);
    await expect(issuers.open(bank.id)).rejects.toThrow("no such CA");
    await expect(issuers.chainOf("nobody")).rejects.toThrow("no CA nobody");
    await expect(currentIssuerOf(desk.db.reads, "nobody")).rejects.toThrow("has no CA");
  });

  it("of a house without banks makes the root alone", async () => {
    await desk.db.transaction((tx) => tx.delete(Bank, { id: bank.id }));
    await openIssuers(desk, caSettings(new Drawer()));
    expect(await rows()).toMatchObject([{ name: "root-1" }]);
  });
});

describe("every later start", () => {
  it("opens the same CAs: the same id, certificate and key, whatever the time", async () => {
    const vault = new Drawer();
    const first = await forBank(await openIssuers(desk, caSettings(vault)));
    const before = await rows();
    const keys = new Map(vault.keys);

    clock.moveTo(new Date("2030-01-01T00:00:00.000Z"));
    const again = await openIssuers(desk, caSettings(vault));
    expect((await forBank(again))).toMatchObject({ id: first.id, certificate: first.certificate, name: first.name });
    expect((await forBank(again)).signer.publicKey).toEqual(first.signer.publicKey);
    expect((await again.chainOf(first.id))).toHaveLength(2);
    expect(await rows()).toEqual(before);
    expect(vault.keys).toEqual(keys);
  });

  it("makes a CA for a bank that is new, under the same root", async () => {
    const vault = new Drawer();
    const first = await openIssuers(desk, caSettings(vault));
    const root = (await first.chainOf((await forBank(first)).id))[1];
    const second = await aBank("5121", "見本信用金庫");

    const issuers = await openIssuers(desk, caSettings(vault));
    expect((await forBank(issuers)).id).toBe((await forBank(first)).id);
    expect((await issuers.chainOf((await forBank(issuers, second)).id))[1]).toEqual(root);
    expect(isIssuedBy((await forBank(issuers, second)).certificate, root ?? Buffer.alloc(0))).toBe(true);
  });

  it("doesn't need the root's key, which may be taken off this machine", async () => {
    const vault = new Drawer();
    const first = await openIssuers(desk, caSettings(vault));
    vault.keys.delete("root-1");

    const again = await openIssuers(desk, caSettings(vault));
    const { id } = await forBank(again);
    expect((await again.chainOf(id))).toEqual((await first.chainOf(id)));
    expect(vault.keys.has("root-1")).toBe(false);
  });

  it("needs it for a bank that is new, and makes no second root without it", async () => {
    const vault = new Drawer();
    await openIssuers(desk, caSettings(vault));
    vault.keys.delete("root-1");
    await aBank("5121", "見本信用金庫");
    const before = await rows();

    await expect(openIssuers(desk, caSettings(vault))).rejects.toThrow(MissingKeyError);
    await expect(openIssuers(desk, caSettings(vault))).rejects.toThrow("the key of CA root-1 is not in the vault");
    expect(await rows()).toEqual(before);
    expect(vault.keys.has("root-1")).toBe(false);
  });

  it("stops where a bank's key is missing, and makes no new one in its place", async () => {
    await openIssuers(desk, caSettings(new Drawer()));
    const before = await rows();
    const empty = new Drawer();
    await expect(openIssuers(desk, caSettings(empty))).rejects.toThrow(MissingKeyError);
    await expect(openIssuers(desk, caSettings(empty))).rejects.toThrow("the key of CA 5120-1 is not in the vault");
    expect(await rows()).toEqual(before);
    expect(empty.keys.size).toBe(0);
  });

  it("stops where a key belongs to another CA", async () => {
    const vault = new Drawer();
    await openIssuers(desk, caSettings(vault));
    const before = await rows();
    vault.keys.set("5120-1", keySigner(newKey("P-256")));
    await expect(openIssuers(desk, caSettings(vault))).rejects.toThrow("not a pair");
    expect(await rows()).toEqual(before);
  });

  it("signs nothing with a root's key that isn't the root's", async () => {
    const vault = new Drawer();
    await openIssuers(desk, caSettings(vault));
    await aBank("5121", "見本信用金庫");
    vault.keys.set("root-1", keySigner(newKey("P-384")));
    await expect(openIssuers(desk, caSettings(vault))).rejects.toThrow("not a pair");
    expect(await rows()).toHaveLength(2);
  });
});

describe("a start that was cut off", () => {
  it("after a key was kept is finished with this key: the root's, or the bank's under a root that is on record", async () => {
    const vault = new Drawer();
    const root = await vault.make("root-1", "P-384");
    await openIssuers(desk, caSettings(vault));
    expect(vault.keys.get("root-1")).toBe(root);

    await desk.db.transaction((tx) => tx.delete(Issuer, { name: "5120-1" }));
    const kept = new Map(vault.keys);
    expect((await forBank(await openIssuers(desk, caSettings(vault)))).signer.publicKey).toEqual(kept.get("5120-1")?.publicKey);
    expect(vault.keys).toEqual(kept);
  });

  it("is told from a database that was lost: a bank's key without any record makes no CA of the old name", async () => {
    const vault = new Drawer();
    await vault.make("root-1", "P-384");
    await vault.make("5120-1", "P-256");
    const kept = new Map(vault.keys);
    await expect(openIssuers(desk, caSettings(vault))).rejects.toThrow(MissingRecordError);
    await expect(openIssuers(desk, caSettings(vault))).rejects.toThrow("restore the database first");
    expect(await rows()).toEqual([]);
    expect(vault.keys).toEqual(kept);
  });

  it("after the root was made is finished under that root", async () => {
    const vault = new Drawer();
    await openIssuers(desk, caSettings(vault));
    const root = (await rows()).find(({ kind }) => kind === "ROOT");
    await desk.db.transaction((tx) => tx.delete(Issuer, { name: "5120-1" }));
    const issuers = await openIssuers(desk, caSettings(vault));
    expect((await issuers.chainOf((await forBank(issuers)).id))[1]).toEqual(root?.certificate);
  });
});

describe("several starts at once", () => {
  it("of which each has seen that nothing is there yet end with one certificate and one key a CA", async () => {
    const vault = new Drawer();
    const opened = await Promise.all(Array.from({ length: 5 }, () => openIssuers(desk, caSettings(vault))));
    const chains = await Promise.all(opened.map(async (issuers) => issuers.chainOf((await forBank(issuers)).id)));
    expect(new Set(await Promise.all(opened.map(async (issuers) => (await forBank(issuers)).id))).size).toBe(1);
    expect(chains).toEqual(Array(5).fill(chains[0]));
    expect(await rows()).toHaveLength(2);
    expect(vault.keys.size).toBe(2);
  });

  it("in processes of their own, on the same database and the same folder of keys, end with the same CAs", async () => {
    const dir = mkdtempSync(join(tmpdir(), "shomei-ca-"));
    const processes = [anotherProcess(dir), anotherProcess(dir)];
    try {
      await Promise.all(processes.map(({ isReady }) => isReady));
      for (const { go } of processes) go();
      const chains = await Promise.all(processes.map(({ chain }) => chain));

      const issuers = await openIssuers(desk, caSettings(fileVault(dir, "passphrase")));
      const chain = (await issuers.chainOf((await forBank(issuers)).id)).map((certificate) => certificate.toString("hex"));
      expect(chains).toEqual([chain, chain]);
      expect(await rows()).toHaveLength(2);
      expect(readdirSync(dir).sort()).toEqual(["5120-1.key.pem", "root-1.key.pem"]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

/** Another process that opens the CAs, as soon as it is told to, and tells the bank's chain. */
function anotherProcess(dir: string) {
  const moduleAt = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const name = database.file ?? new URL(database.url ?? "").pathname.slice(1);
  const child = spawn(process.execPath, ["--input-type=module", "-e", `
    import { once } from "node:events";
    import { sibling } from ${moduleAt("../support/engine.js")};
    import { openDatabase } from ${moduleAt("../../src/foundation/database/openDatabase.js")};
    import { currentIssuerOf } from ${moduleAt("../../src/authorities/Issuer.js")};
    import { openIssuers } from ${moduleAt("../../src/authorities/openIssuers.js")};
    import { fileVault } from ${moduleAt("../../src/pki/Vault.js")};
    const db = await openDatabase(sibling({ database: ${JSON.stringify(name)} }));
    console.log("ready");
    await once(process.stdin, "data");
    const vault = fileVault(${JSON.stringify(dir)}, "passphrase");
    const desk = { db, clock: { now: () => new Date() }, log: console };
    const issuers = await openIssuers(desk, { vault, keyKind: "P-256", pkiUrl: ${JSON.stringify(PKI_URL)} });
    const { id } = await currentIssuerOf(db.reads, ${JSON.stringify(bank.id)});
    console.log(JSON.stringify((await issuers.chainOf(id)).map((certificate) => certificate.toString("hex"))));
    await db.close();
    process.exit();
  `], { stdio: ["pipe", "pipe", "inherit"] });

  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const isReady = lines.next();
  const chain = isReady.then(() => lines.next()).then(({ value, done }) => {
    if (done) throw new Error("the process ended without an answer");
    return JSON.parse(value) as string[];
  });
  return { isReady, chain, go: () => child.stdin.end("go\n") };
}

it("warns where the address in certificates is no longer what it was: the old one must go on answering", async () => {
  const said: unknown[] = [];
  const log = { ...silence, warn: (facts: object) => said.push(facts) };
  const vault = new Drawer();
  await openIssuers({ ...desk, log }, caSettings(vault));
  await openIssuers({ ...desk, log }, caSettings(vault));
  expect(said).toEqual([]);
  await openIssuers({ ...desk, log }, { ...caSettings(vault), pkiUrl: "http://elsewhere.example/x" });
  expect(said).toEqual([{ issuer: "5120-1", before: PKI_URL, now: "http://elsewhere.example/x" }]);
});
