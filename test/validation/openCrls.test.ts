import type { FastifyInstance } from "fastify";
import { openIssuers } from "../../src/authorities/openIssuers.js";
import { Issuer } from "../../src/authorities/Issuer.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { DAY, MINUTE, SECOND, later } from "../../src/foundation/clock.js";
import type { ReissueReason, RevocationReason } from "../../src/policy/certificateLifecycle.js";
import { Crl } from "../../src/validation/Crl.js";
import { crlContent } from "../../src/validation/crlStore.js";
import { openCrls, type CrlDesk, type Crls } from "../../src/validation/openCrls.js";
import { Branch } from "../support/branch.js";
import { withReads } from "../support/gatedReads.js";
import { House, PKI_URL, THE_MORNING, caSettings, memoryVault } from "../support/House.js";
import { openssl, opensslPrints } from "../support/openssl.js";
import { Scratch } from "../support/pki.js";
import { toPem } from "../../src/pki/pem.js";
import type { Signer } from "../../src/pki/Signer.js";
import { rememberingLog } from "../support/rememberingLog.js";
import { removable } from "../support/removableVault.js";
import { shownCrl } from "../support/shownCrl.js";
import { StoppedClock } from "../support/StoppedClock.js";

const scratch = new Scratch();
const keys = new Map<string, Signer>();
let house: House;
let door: FastifyInstance;
let branch: Branch;

beforeAll(async () => {
  house = await House.open({}, { vault: memoryVault(keys) });
  door = await house.door();
});
afterAll(async () => {
  await door.close();
  await house.close();
  scratch.remove();
});
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  branch = await Branch.open(house);
});

const contentOf = async (crl: Crl, { desk } = house) => {
  const pieces: Buffer[] = [];
  for await (const piece of crlContent(desk, crl)) pieces.push(piece);
  return Buffer.concat(pieces);
};
const shownOf = async (crl: Crl | null) => {
  if (!crl) throw new Error("there is no list");
  return shownCrl(await contentOf(crl));
};
/** What OpenSSL reads on the list that is good now. */
const shown = async (crls: Crls = house.desk.crls, ca: { id: string; kind: Issuer["kind"] } = branch.ca) => shownOf(await crls.current(ca));
const listed = async (crls?: Crls) => Object.fromEntries((await shown(crls)).revoked);
const numberOf = async (crls: Crls = house.desk.crls) => (await crls.current(branch.ca))?.number;
const lists = () => house.db.reads.find(Crl, { where: { issuerId: branch.issuer.id }, order: { number: "ASC" } });

/** A process beside ours, on the same database: its lists, and a clock of its own. */
function anotherProcess({ intervalMs = 0, now = house.clock.now(), ...changes }: Partial<CrlDesk> & { intervalMs?: number; now?: Date } = {}) {
  const clock = new StoppedClock(now);
  return { clock, crls: openCrls({ ...house.desk, clock, ...changes }, intervalMs) };
}

describe("the CRL that a certificate itself names", () => {
  const namedIn = ({ x509 }: Certificate) => /URI:(\S+)/.exec(opensslPrints(["x509", "-inform", "DER", "-noout", "-ext", "crlDistributionPoints"], x509 ?? ""))?.[1] ?? "";
  const fetched = async (url: string) => {
    expect(url.startsWith(`${PKI_URL}/`)).toBe(true);
    return (await door.inject({ url: url.slice(PKI_URL.length) })).rawPayload;
  };
  /** OpenSSL's verdict at its strictest, with these lists, at the house's time. */
  const verdictOn = async ({ x509 }: Certificate, crls: Buffer[]) => {
    const [issuing = Buffer.of(), root = Buffer.of()] = await house.desk.issuers.chainOf(branch.issuer.id);
    const { ok, complaint } = openssl([
      "verify", "-x509_strict", "-crl_check_all", "-attime", String(Math.floor(house.clock.now().getTime() / SECOND)), "-no-CAfile", "-no-CApath",
      "-CAfile", scratch.pem("root.pem", root), "-untrusted", scratch.pem("issuing.pem", issuing),
      "-CRLfile", scratch.file("crls.pem", crls.map((crl) => toPem("X509 CRL", crl)).join("")), scratch.pem("leaf.pem", x509 ?? Buffer.of()),
    ]);
    return ok ? "OK" : complaint;
  };

  it("S15: stops it for OpenSSL from its revocation on, and its neighbour never; its CA's own list is where that CA's certificate says", async () => {
    const [lost, kept] = [await branch.aCertificate(), await branch.aCertificate()];
    expect(namedIn(lost)).toBe(branch.issuer.addresses.crl);
    const roots = await fetched(namedIn({ x509: branch.issuer.certificate } as Certificate));
    const verdicts = async () => {
      const crls = [await fetched(namedIn(lost)), roots];
      return Promise.all([lost, kept].map((certificate) => verdictOn(certificate, crls)));
    };
    expect(await verdicts()).toEqual(["OK", "OK"]);
    await branch.revoke(lost, "KEY_COMPROMISE");
    expect(await verdicts()).toEqual([expect.stringContaining("certificate revoked"), "OK"]);
  });

  it("S12: is of version 2, numbered from 1 and rising, begins now and ends in seven days, and is signed by the certificate's issuer", async () => {
    house.clock.advance(789); // whole seconds are on it
    const certificate = await branch.aCertificate();
    for (const number of [1, 2, 3]) {
      const der = await fetched(namedIn(certificate));
      expect(shownCrl(der)).toMatchObject({ version: 2, number, thisUpdate: THE_MORNING, nextUpdate: later(THE_MORNING, 7 * DAY) });
      expect(shownCrl(der).text.replace(/:/g, "").toLowerCase()).toContain(branch.issuer.name.subjectKeyIdentifier);
      const signer = scratch.pem("signer.pem", branch.issuer.certificate);
      expect(openssl(["crl", "-inform", "DER", "-noout", "-verify", "-CAfile", signer], der).complaint).toContain("verify OK");
      await branch.aRevokedOne();
    }
  });

  it("S13: has no entries, not even an empty list of them, where nobody was revoked", async () => {
    const certificate = await branch.aCertificate();
    expect(shownCrl(await fetched(namedIn(certificate))).text).toContain("No Revoked Certificates.");
  });

  it.each([`ff${"00".repeat(15)}`, `80${"11".repeat(15)}`, `7f${"22".repeat(18)}`, "01"])("S16: names the serial %s as it is, and positive", async (serialNumber) => {
    const certificate = await branch.aRevokedOne();
    await house.db.transaction((tx) => tx.update(Certificate, { id: certificate.id }, { serialNumber }));
    const { text, revoked } = shownCrl(await fetched(namedIn(certificate)));
    expect([...revoked.keys()]).toEqual([serialNumber]);
    expect(text).not.toMatch(/Serial Number: -/);
  });
});

describe("at once, where no interval is allowed: the very next list", () => {
  const words: Record<RevocationReason, string | undefined> = {
    UNSPECIFIED: undefined, KEY_COMPROMISE: "Key Compromise", AFFILIATION_CHANGED: "Affiliation Changed", SUPERSEDED: "Superseded",
    CESSATION_OF_OPERATION: "Cessation Of Operation", PRIVILEGE_WITHDRAWN: "Privilege Withdrawn",
  };

  it("has each revocation with its date to the second and its reason, and no reason where it is unspecified", async () => {
    const expected: Record<string, object> = {};
    for (const [reason, word] of Object.entries(words) as [RevocationReason, string | undefined][]) {
      const certificate = await branch.aCertificate();
      house.clock.advance(MINUTE + 1);
      await branch.revoke(certificate, reason);
      expected[certificate.serialNumber] = { revokedAt: new Date(Math.floor(house.clock.now().getTime() / SECOND) * SECOND), reason: word };
      expect(await listed()).toEqual(expected);
    }
  });

  it.each<[ReissueReason, string]>([["DEVICE_REPLACED", "Superseded"], ["STOLEN", "Key Compromise"]])("has what a reissue for %s withdrew as %s", async (reason, word) => {
    const { user, serialNumber } = await branch.aCertificate();
    expect(await listed()).toEqual({});
    await reissueCertificate(house.desk, branch.master, { userId: user.id, expectedVersion: 1, reason, registrationPassword: "Right-pass-1" });
    expect(await listed()).toEqual({ [serialNumber]: { revokedAt: THE_MORNING, reason: word } });
  });

  it("has a reason that was raised to keyCompromise, with the first date", async () => {
    const certificate = await branch.aRevokedOne("SUPERSEDED");
    await shown();
    house.clock.advance(DAY / 2);
    await branch.revoke(certificate, "KEY_COMPROMISE");
    expect(await listed()).toEqual({ [certificate.serialNumber]: { revokedAt: THE_MORNING, reason: "Key Compromise" } });
    expect((await lists()).map(({ entries, compromised }) => ({ entries, compromised }))).toEqual([{ entries: 1, compromised: 0 }, { entries: 1, compromised: 1 }]);
  });

  it("has one that was revoked while it was being signed, for its signature may be somewhere", async () => {
    const signing = await branch.aSigningOne();
    expect(await listed()).toEqual({});
    await branch.revoke(signing);
    expect(Object.keys(await listed())).toEqual([signing.serialNumber]);
  });

  it("doesn't have one that was revoked before any key was accepted: it was never issued", async () => {
    await branch.revoke(await house.aCertificate(branch.tenant.hana, "PENDING"));
    expect(await listed()).toEqual({});
  });

  it("has nothing that isn't revoked, and nothing of another bank's CA", async () => {
    await branch.aCertificate();
    await house.aCertificate(branch.tenant.taro, "PENDING");
    await branch.aSigningOne();
    const other = await Branch.open(house);
    const theirs = await other.aRevokedOne();
    expect(await listed()).toEqual({});
    expect([...(await shown(house.desk.crls, other.ca)).revoked.keys()]).toEqual([theirs.serialNumber]);
  });

  it("isn't kept from anybody by a clock that is ahead in another process", async () => {
    const ahead = anotherProcess({ now: later(THE_MORNING, 10 * MINUTE) });
    await ahead.crls.current(branch.ca);
    const { serialNumber } = await branch.aRevokedOne();
    expect(Object.keys(await listed())).toEqual([serialNumber]);
  });
});

describe("a list is made", () => {
  it("only where something changed: for whoever asks meanwhile, in whatever process, it is the same one", async () => {
    await branch.aRevokedOne();
    const first = await house.desk.crls.current(branch.ca);
    await branch.aCertificate();
    for (let hour = 1; hour < 24; hour++) {
      house.clock.advance(60 * MINUTE);
      expect(await house.desk.crls.current(branch.ca)).toEqual(first);
      expect(await anotherProcess().crls.current(branch.ca)).toEqual(first);
    }
    expect(await lists()).toEqual([first]);
  });

  it("anew after a day though nothing changed, so that whoever looks daily never meets one that is over", async () => {
    for (const number of [1, 2, 3]) {
      expect(await shown()).toMatchObject({ number, thisUpdate: house.clock.now(), nextUpdate: branch.in(7) });
      house.clock.advance(DAY - 1);
      expect(await numberOf()).toBe(number);
      house.clock.advance(1);
    }
  });

  it("once for any number who ask at the same time", async () => {
    await branch.aRevokedOne();
    let gatherings = 0;
    const db = withReads(house.db, (sql, query) => {
      if (sql.includes("ORDER BY c.not_after")) gatherings += 1;
      return query();
    });
    const crls = openCrls({ ...house.desk, db }, 0);
    const all = await Promise.all(Array.from({ length: 50 }, () => crls.current(branch.ca)));
    expect(new Set(all.map((crl) => crl?.number))).toEqual(new Set([1]));
    expect([(await lists()).length, gatherings]).toEqual([1, 1]);
  });

  it("never with an earlier thisUpdate than the one before it, though another process's clock is behind", async () => {
    await house.desk.crls.current(branch.ca);
    const behind = anotherProcess({ now: later(THE_MORNING, -4 * MINUTE) });
    await branch.aRevokedOne();
    expect(await shown(behind.crls)).toMatchObject({ number: 2, thisUpdate: THE_MORNING, nextUpdate: later(THE_MORNING, 7 * DAY) });
    behind.clock.moveTo(later(THE_MORNING, MINUTE));
    await branch.aRevokedOne();
    expect(await shown(behind.crls)).toMatchObject({ number: 3, thisUpdate: later(THE_MORNING, MINUTE) });
  });

  it("by a clock that was far ahead, and made anew by the next: dated today, with what it left out, under a higher number", async () => {
    const { serialNumber } = await branch.aRevokedOne();
    await house.db.transaction((tx) => tx.update(Certificate, { serialNumber }, { notAfter: later(THE_MORNING, DAY) }));
    const ahead = anotherProcess({ now: later(THE_MORNING, 3 * DAY) });
    await ahead.crls.current(branch.ca);
    ahead.clock.advance(2 * DAY);
    await branch.aRevokedOne();
    expect(await shown(ahead.crls)).toMatchObject({ number: 2, thisUpdate: later(THE_MORNING, 5 * DAY) });
    expect(Object.keys(await listed(ahead.crls))).not.toContain(serialNumber);

    expect(await shown(anotherProcess().crls)).toMatchObject({ number: 3, thisUpdate: THE_MORNING });
    expect(Object.keys(await listed(anotherProcess().crls))).toContain(serialNumber);
  });

  it("also where a row has lost its reason", async () => {
    const { serialNumber } = await branch.aRevokedOne();
    await house.db.transaction((tx) => tx.update(Certificate, { serialNumber }, { revocationReason: null }));
    expect(Object.keys(await listed(anotherProcess().crls))).toEqual([serialNumber]);
  });

  it("no later than ten seconds after one that failed, however long the interval", async () => {
    const token = { isAway: false };
    const issuers = await openIssuers(house.desk, caSettings(removable(memoryVault(keys), token)));
    const clock = new StoppedClock(THE_MORNING);
    const crls = openCrls({ ...house.desk, clock, issuers }, 60 * MINUTE);
    await crls.current(branch.ca);
    await branch.aRevokedOne();
    clock.advance(60 * MINUTE);
    token.isAway = true;
    for (let asked = 0; asked < 3; asked++) expect(await crls.current(branch.ca)).toMatchObject({ number: 1 });
    token.isAway = false;
    clock.advance(10 * SECOND);
    expect(await crls.current(branch.ca)).toMatchObject({ number: 2 });
  });

  it("or, where it can't be signed, nothing is: the old one is served while it is good, no number is used up, and the next who asks gets it", async () => {
    const token = { isAway: false };
    const issuers = await openIssuers(house.desk, caSettings(removable(memoryVault(keys), token)));
    const { crls, clock } = anotherProcess({ issuers });
    const first = await crls.current(branch.ca);
    await branch.aRevokedOne();
    token.isAway = true;
    const before = await house.snapshot();
    expect(await crls.current(branch.ca)).toEqual(first);
    clock.moveTo(first?.nextUpdate ?? THE_MORNING);
    await expect(crls.current(branch.ca)).rejects.toThrow("the token is away");
    expect(await house.snapshot()).toEqual(before);
    token.isAway = false;
    expect(await shown(crls)).toMatchObject({ number: 2 });
  });
});

describe("with an interval of 60 s", () => {
  it("a revocation is on the list not later than that, and nobody looks for it before", async () => {
    let looks = 0;
    const db = withReads(house.db, (sql, query) => {
      if (sql.includes("COUNT(*)")) looks += 1;
      return query();
    });
    const crls = openCrls({ ...house.desk, db }, MINUTE);
    expect(await numberOf(crls)).toBe(1);
    const { serialNumber } = await branch.aRevokedOne();
    house.clock.advance(MINUTE - 1);
    expect([await listed(crls), looks]).toEqual([{}, 0]);
    house.clock.advance(1);
    expect(Object.keys(await listed(crls))).toEqual([serialNumber]);
    expect(looks).toBe(1);

    for (const _ of Array(59).keys()) {
      house.clock.advance(SECOND);
      expect(await numberOf(crls)).toBe(2);
    }
    expect(looks).toBe(1);
  });

  it("a look that found nothing new begins the interval, too", async () => {
    const crls = openCrls(house.desk, MINUTE);
    await crls.current(branch.ca);
    house.clock.advance(5 * MINUTE);
    expect(await numberOf(crls)).toBe(1);
    await branch.aRevokedOne();
    house.clock.advance(MINUTE - 1);
    expect(await numberOf(crls)).toBe(1);
    house.clock.advance(1);
    expect(await numberOf(crls)).toBe(2);
  });

  it("a list that another process made meanwhile is this one's, too", async () => {
    const crls = openCrls(house.desk, MINUTE);
    expect(await numberOf(crls)).toBe(1);
    await branch.aRevokedOne();
    expect(await numberOf(anotherProcess().crls)).toBe(2);
    expect(await numberOf(crls)).toBe(2);
  });

  it("a clock that is ahead in another process holds up nothing longer than that", async () => {
    await anotherProcess({ now: later(THE_MORNING, 4 * MINUTE) }).crls.current(branch.ca);
    const crls = openCrls(house.desk, MINUTE);
    expect(await numberOf(crls)).toBe(1);
    const { serialNumber } = await branch.aRevokedOne();
    house.clock.advance(MINUTE);
    expect(Object.keys(await listed(crls))).toEqual([serialNumber]);
  });
});

describe("while a list is being made", () => {
  it("a revocation that it came too late for is on the next, which whoever asks from then on waits for", async () => {
    const [early, late] = [await branch.aRevokedOne(), await branch.aCertificate()];
    const gate = Promise.withResolvers<undefined>();
    const reading = Promise.withResolvers<undefined>();
    const db = withReads(house.db, async (sql, query) => {
      const rows = await query();
      if (sql.includes("ORDER BY c.not_after")) {
        reading.resolve(undefined);
        await gate.promise;
      }
      return rows;
    });
    const crls = openCrls({ ...house.desk, db }, 0);
    const first = crls.current(branch.ca);
    await reading.promise;
    await branch.revoke(late);
    const after = [crls.current(branch.ca), crls.current(branch.ca)];
    gate.resolve(undefined);

    const serials = async (crl: Promise<Crl | null>) => [...(await shownOf(await crl)).revoked.keys()].sort();
    expect(await serials(first)).toEqual([early.serialNumber]);
    for (const one of after) expect(await serials(one)).toEqual([early.serialNumber, late.serialNumber].sort());
    expect((await lists()).map(({ number, entries }) => [number, entries])).toEqual([[1, 1], [2, 2]]);
  });

  it("another process that publishes the same number first wins, and its list is this one's", async () => {
    await branch.aRevokedOne();
    const gate = Promise.withResolvers<undefined>();
    const reading = Promise.withResolvers<undefined>();
    const db = withReads(house.db, async (sql, query) => {
      if (sql.includes("ORDER BY c.not_after")) {
        reading.resolve(undefined);
        await gate.promise;
      }
      return query();
    });
    const slow = openCrls({ ...house.desk, db }, 0).current(branch.ca);
    await reading.promise;
    const winner = await house.desk.crls.current(branch.ca);
    gate.resolve(undefined);
    expect(await slow).toEqual(winner);
    expect(await lists()).toEqual([winner]);
  });
});

describe("S14: an entry", () => {
  const isOn = async ({ serialNumber }: Certificate, crls?: Crls) => (await shown(crls)).revoked.has(serialNumber);

  it("stays until it was on one list after its certificate's end, and then goes; what isn't over stays", async () => {
    await branch.setValidityDays(2);
    const short = await branch.aRevokedOne();
    await branch.setValidityDays(365);
    const long = await branch.aRevokedOne();
    const end = short.notAfter ?? THE_MORNING;

    expect(await isOn(short)).toBe(true);
    house.clock.moveTo(end); // good to the last second, so it must be revoked to the last second
    await branch.aRevokedOne();
    expect(await isOn(short)).toBe(true);
    house.clock.advance(30 * MINUTE);
    await branch.aRevokedOne();
    expect(await isOn(short)).toBe(true); // the first list after its end
    house.clock.advance(30 * MINUTE);
    await branch.aRevokedOne();
    expect(await isOn(short)).toBe(false);
    expect(await isOn(long)).toBe(true);
  });

  it("stays on the first list after its certificate's end, however late that is made", async () => {
    await branch.setValidityDays(1);
    const certificate = await branch.aRevokedOne();
    expect(await isOn(certificate)).toBe(true);
    house.clock.advance(30 * DAY);
    expect(await isOn(certificate)).toBe(true);
    house.clock.advance(DAY);
    expect(await isOn(certificate)).toBe(false);
    const number = await numberOf();
    house.clock.advance(MINUTE);
    expect(await numberOf()).toBe(number); // that it is gone is no change
  });

  it("isn't dropped early because a clock was ahead in another process for a while", async () => {
    await branch.setValidityDays(2);
    const certificate = await branch.aRevokedOne();
    const ahead = anotherProcess({ now: branch.in(3) });
    expect(await isOn(certificate, ahead.crls)).toBe(true);
    await branch.aRevokedOne();
    expect(await isOn(certificate)).toBe(true);
  });
});

describe("the root's list", () => {
  let own: House;
  let ownKeys: Map<string, Signer>;
  let root: { id: string; kind: "ROOT" };
  beforeEach(async () => {
    ownKeys = new Map();
    own = await House.open({}, { vault: memoryVault(ownKeys) });
    root = { id: (await own.db.reads.findOneBy(Issuer, { kind: "ROOT" }))?.id ?? "", kind: "ROOT" };
  });
  afterEach(() => own.close());

  /** As it starts, with whatever keys are there now. */
  const aProcess = async (intervalMs = 0) => {
    const { log, said } = rememberingLog();
    const issuers = await openIssuers(own.desk, caSettings(memoryVault(ownKeys)));
    return { crls: openCrls({ ...own.desk, issuers, log }, intervalMs), said };
  };
  const lists = () => own.db.reads.countBy(Crl, { issuerId: root.id });

  it("is empty, signed by the root, good for 400 days and made anew after 30, since its key is seldom here", async () => {
    const { crls } = await aProcess();
    const first = await crls.current(root);
    const der = first ? await contentOf(first, own) : Buffer.of();
    expect(shownCrl(der)).toMatchObject({ number: 1, thisUpdate: THE_MORNING, nextUpdate: later(THE_MORNING, 400 * DAY) });
    expect(shownCrl(der).text).toContain("No Revoked Certificates.");
    const [, certificate = Buffer.of()] = await own.desk.issuers.chainOf(root.id);
    expect(openssl(["crl", "-inform", "DER", "-noout", "-verify", "-CAfile", scratch.pem("root.pem", certificate)], der).complaint).toContain("verify OK");

    own.clock.advance(30 * DAY - 1);
    expect(await crls.current(root)).toEqual(first);
    own.clock.advance(1);
    expect(await crls.current(root)).toMatchObject({ number: 2, nextUpdate: later(own.clock.now(), 400 * DAY) });
  });

  it("is served from the store where the key is away, and the log says so once a new one is due", async () => {
    const first = await (await aProcess()).crls.current(root);
    ownKeys.delete("root-1");
    const { crls, said } = await aProcess();
    own.clock.advance(29 * DAY);
    expect(await crls.current(root)).toEqual(first);
    expect(said).toEqual([]);
    own.clock.advance(DAY);
    expect(await crls.current(root)).toEqual(first);
    expect(said).toMatchObject([{ level: "error", message: "a new CRL is due and can't be made", facts: { nextUpdate: first?.nextUpdate } }]);
    expect(await lists()).toBe(1);
  });

  it("doesn't fill the log by being asked for: one line a minute", async () => {
    await (await aProcess()).crls.current(root);
    ownKeys.delete("root-1");
    own.clock.advance(31 * DAY);
    const { crls, said } = await aProcess();
    for (let asked = 0; asked < 20; asked++) await crls.current(root);
    expect(said).toHaveLength(1);
    own.clock.advance(MINUTE);
    await crls.current(root);
    expect(said).toHaveLength(2);
  });

  it("is none where there never was one and the key is away; and is made once the key is back", async () => {
    const rootKey = ownKeys.get("root-1");
    ownKeys.delete("root-1");
    const { crls, said } = await aProcess();
    expect(await crls.current(root)).toBeNull();
    expect(said).toMatchObject([{ level: "error", facts: { nextUpdate: undefined } }]);
    expect(await lists()).toBe(0);
    if (rootKey) ownKeys.set("root-1", rootKey);
    expect(await crls.current(root)).toMatchObject({ number: 1 });
  });
});
