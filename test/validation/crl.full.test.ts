import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MINUTE } from "../../src/foundation/clock.js";
import { fileVault } from "../../src/pki/Vault.js";
import { Crl } from "../../src/validation/Crl.js";
import { crlContent, newestCrl } from "../../src/validation/crlStore.js";
import { openCrls } from "../../src/validation/openCrls.js";
import { Branch } from "../support/branch.js";
import { engine } from "../support/engine.js";
import { withReads } from "../support/gatedReads.js";
import { House, PKI_URL } from "../support/House.js";
import { manyRevoked } from "../support/manyRevoked.js";
import { opensslPrints } from "../support/openssl.js";
import { Scratch } from "../support/pki.js";
import { shownCrl } from "../support/shownCrl.js";

const scratch = new Scratch();
afterAll(() => {
  scratch.remove();
});

async function contentOf(house: House, crl: Crl): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of crlContent(house.desk, crl)) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe("with 100,000 revoked certificates", () => {
  const COUNT = 100_000;
  let house: House;
  let branch: Branch;
  let serials: string[];
  beforeAll(async () => {
    house = await House.open();
    branch = await Branch.open(house);
    serials = await manyRevoked(branch, COUNT);
  }, 120_000);
  afterAll(() => house.close());

  it("the CRL names each of them, once, for OpenSSL, and is signed by their CA; it comes in pieces below a megabyte", async () => {
    const door = await house.door();
    const { rawPayload, headers } = await door.inject({ url: `/pki/${branch.issuer.label}.crl` });
    await door.close();
    expect(headers["content-length"]).toBe(String(rawPayload.length));
    const text = scratch.path("large.txt");
    opensslPrints(["crl", "-inform", "DER", "-text", "-out", text, "-verify", "-CAfile", scratch.pem("signer.pem", branch.issuer.certificate)], rawPayload);
    const named = Array.from(readFileSync(text, "utf8").matchAll(/Serial Number: (\S+)/g), ([, serial = ""]) => serial.toLowerCase());
    expect(named).toHaveLength(COUNT);
    expect(named.sort()).toEqual(serials.toSorted());

    const crl = await house.desk.crls.current(branch.ca);
    if (!crl) throw new Error("there is a list");
    expect(crl).toMatchObject({ number: 1, entries: COUNT, octets: rawPayload.length });
    for await (const piece of crlContent(house.desk, crl)) expect(piece.length).toBeLessThanOrEqual(1_000_000);
  }, 60_000);

  it("one more is on the next list, and of building and reading list after list nothing stays in memory", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    /** Megabytes still held: the least of several looks, since what lies outside the heap is freed a moment after a collection. */
    const held = async () => {
      const looks: number[] = [];
      for (let look = 0; look < 5; look++) {
        collect();
        const { heapUsed, external } = process.memoryUsage();
        looks.push((heapUsed + external) / 1_000_000);
        await pause(50);
      }
      return Math.min(...looks);
    };
    const makeNext = async () => {
      const { serialNumber } = await branch.aRevokedOne();
      const crl = await house.desk.crls.current(branch.ca);
      if (!crl) throw new Error("there is a list");
      let octets = 0;
      let isNamed = false;
      let end = Buffer.alloc(0); // an entry may lie on both sides of a border
      for await (const piece of crlContent(house.desk, crl)) {
        octets += piece.length;
        isNamed ||= Buffer.concat([end, piece]).includes(serialNumber, "hex");
        end = Buffer.from(piece.subarray(-20));
      }
      expect([octets, isNamed]).toEqual([crl.octets, true]);
      return crl;
    };
    for (let list = 1; list <= 4; list++) await makeNext(); // each connection of the pool gets its buffers
    const before = await held();
    for (let list = 5; list <= 16; list++) expect((await makeNext()).entries).toBe(COUNT + list);
    expect((await held()) - before).toBeLessThan(15); // twelve lists are 45 megabytes, their rows many more
  }, 120_000);

  it("what is looked for is read from one index alone, in its order: to count, and page by page", async () => {
    const statements: { sql: string; params: unknown[] }[] = [];
    const db = withReads(house.db, (sql, query, params = []) => {
      if (sql.includes("FROM certificates")) statements.push({ sql, params });
      return query();
    });
    await branch.aRevokedOne();
    await openCrls({ ...house.desk, db }, 0).current(branch.ca);
    expect(statements.length).toBeGreaterThan(20);
    for (const { sql, params } of [statements[0], statements[1], statements[10]].filter((statement) => statement !== undefined)) {
      const plan: Record<string, unknown>[] = await house.db.reads.query(`EXPLAIN ${engine === "sqlite" ? "QUERY PLAN " : ""}${sql}`, params);
      if (engine === "sqlite") {
        expect(plan.map(({ detail }) => detail)).toEqual([expect.stringMatching(/^SEARCH c USING COVERING INDEX ix_certificates_revoked \(issuer_id=\? AND state=\? AND not_after>\?\)$/)]);
      } else {
        expect(plan).toMatchObject([{ key: "ix_certificates_revoked", Extra: expect.stringMatching(/Using index(?!.*filesort)/) as string }]);
      }
    }
  }, 60_000);
});

describe("four processes on one database, two of whose clocks are wrong", () => {
  interface Seen {
    number: number;
    /** On the machine's own clock, which all processes share: when it was asked for, and when it was there. */
    asked: number;
    there: number;
  }

  let house: House;
  let branch: Branch;
  let dir: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "shomei-crls-"));
    house = await House.open({}, { now: new Date(), vault: fileVault(dir, "passphrase") });
    branch = await Branch.open(house);
  });
  afterAll(async () => {
    await house.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Asks for the list over and over, from the first word until the second. */
  function anotherProcess(clockIsAheadBy: number) {
    const moduleAt = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const name = house.database.file ?? new URL(house.database.url ?? "").pathname.slice(1);
    const child = spawn(process.execPath, ["--input-type=module", "-e", `
      import { once } from "node:events";
      import { sibling } from ${moduleAt("../support/engine.js")};
      import { openDatabase } from ${moduleAt("../../src/foundation/database/openDatabase.js")};
      import { openIssuers } from ${moduleAt("../../src/authorities/openIssuers.js")};
      import { fileVault } from ${moduleAt("../../src/pki/Vault.js")};
      import { openCrls } from ${moduleAt("../../src/validation/openCrls.js")};
      const db = await openDatabase(sibling({ database: ${JSON.stringify(name)} }));
      const desk = { db, clock: { now: () => new Date(Date.now() + ${String(clockIsAheadBy)}) }, log: console };
      const vault = fileVault(${JSON.stringify(dir)}, "passphrase");
      const issuers = await openIssuers(desk, { vault, keyKind: "P-256", pkiUrl: ${JSON.stringify(PKI_URL)} });
      const crls = openCrls({ ...desk, issuers, safekeeping: { keepCrlNumber: () => undefined } }, 0);
      const now = () => Number(process.hrtime.bigint());
      console.log("ready");
      await once(process.stdin, "data");
      let isOver = false;
      process.stdin.once("data", () => { isOver = true; });
      const seen = [];
      while (!isOver || seen.length < 10) {
        const asked = now();
        const { number } = await crls.current(${JSON.stringify(branch.ca)});
        seen.push({ number, asked, there: now() });
        await new Promise(setImmediate);
      }
      console.log(JSON.stringify(seen));
      await db.close();
      process.exit();
    `], { stdio: ["pipe", "pipe", "inherit"] });

    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const isReady = lines.next();
    const seen = isReady.then(() => lines.next()).then(({ value, done }) => {
      if (done) throw new Error("the process ended without an answer");
      return JSON.parse(value) as Seen[];
    });
    return { isReady, seen, say: (word: string) => child.stdin.write(`${word}\n`), kill: () => child.kill("SIGKILL") };
  }

  /** Waits until the newest list has so many entries. */
  async function isListed(entries: number): Promise<void> {
    for (let look = 0; look < 2_000; look++) {
      if (((await newestCrl(house.desk, branch.issuer.id))?.entries ?? 0) >= entries) return;
      await pause(10);
    }
    throw new Error("nobody makes a list");
  }

  it("never give a number to two lists, nor an older list to whoever asks later; every list is what its record says, and the last has every revocation", async () => {
    const certificates = [];
    for (let made = 0; made < 30; made++) certificates.push(await branch.aCertificate());
    const processes = [0, -2 * MINUTE, MINUTE, 0].map(anotherProcess);
    const seen: Seen[] = [];
    try {
      await Promise.all(processes.map(({ isReady }) => isReady));
      for (const { say } of processes) say("go");
      for (const [index, certificate] of certificates.entries()) {
        await branch.revoke(certificate);
        if (index % 3 === 2) await isListed(index); // by whomever; the one or two after it come while lists are made
      }
      for (const { say } of processes) say("stop");
      seen.push(...(await Promise.all(processes.map((one) => one.seen))).flat());
    } finally {
      for (const { kill } of processes) kill();
    }

    // Whoever asked after another had its list has no older one.
    const byEnd = seen.toSorted((one, other) => one.there - other.there);
    let ended = 0;
    let newest = 0;
    for (const { asked, number } of seen.toSorted((one, other) => one.asked - other.asked)) {
      for (; (byEnd[ended]?.there ?? Infinity) < asked; ended++) newest = Math.max(newest, byEnd[ended]?.number ?? 0);
      expect(number).toBeGreaterThanOrEqual(newest);
    }

    const last = await house.desk.crls.current(branch.ca);
    const lists = await house.db.reads.find(Crl, { where: { issuerId: branch.issuer.id }, order: { number: "ASC" } });
    expect(lists.length).toBeGreaterThanOrEqual(10);
    expect(lists.map(({ number }) => number)).toEqual(lists.map((_list, index) => index + 1));
    expect(new Set(lists.map(({ fingerprint }) => fingerprint)).size).toBe(lists.length);
    const times = lists.map(({ thisUpdate }) => thisUpdate.getTime());
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    const entries = lists.map((list) => list.entries);
    expect(entries).toEqual(entries.toSorted((one, other) => one - other));

    for (const list of lists.slice(-10)) {
      const { number, thisUpdate, nextUpdate, revoked } = shownCrl(await contentOf(house, list));
      expect({ number, thisUpdate, nextUpdate, entries: revoked.size }).toEqual({ number: list.number, thisUpdate: list.thisUpdate, nextUpdate: list.nextUpdate, entries: list.entries });
    }
    if (!last) throw new Error("there is a list");
    expect(Object.keys(Object.fromEntries(shownCrl(await contentOf(house, last)).revoked)).sort()).toEqual(certificates.map(({ serialNumber }) => serialNumber).sort());
  }, 120_000);
});
