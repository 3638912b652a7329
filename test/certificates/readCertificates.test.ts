import { Certificate } from "../../src/certificates/Certificate.js";
import {
  certificateBySerial, certificatesByIds, findCertificates, successorsOf, x509Of, type CertificateFilter,
} from "../../src/certificates/readCertificates.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { DAY, MINUTE } from "../../src/foundation/clock.js";
import type { Cursor } from "../../src/foundation/database/cursor.js";
import type { Direction } from "../../src/foundation/database/keysetPage.js";
import { newId } from "../../src/foundation/ids.js";
import type { User } from "../../src/identity/User.js";
import type { Actor } from "../../src/policy/Actor.js";
import { certificateStatuses } from "../../src/policy/certificateLifecycle.js";
import { usersByIds } from "../../src/users/readUsers.js";
import { House, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;
let master: Caller;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
});

const ALL = { first: 1_000, after: null };
const list = (filter: CertificateFilter = {}, actor: Actor = master) => findCertificates(house.desk, actor, filter, "DESC", ALL);
const idsOf = (rows: ({ id: string } | null)[]) => rows.map((row) => row?.id ?? null);
const found = async (filter: CertificateFilter, actor: Actor = master) => idsOf((await list(filter, actor)).rows);

/** The same certificate over and over, each a step older: as many records as are wanted. */
async function aPast(holder: User, count: number): Promise<string[]> {
  const example = await house.certificate((await house.aCertificate(holder, "REVOKED")).id);
  const records = Array.from({ length: count }, (_none, index): Certificate => {
    house.clock.advance(index % 2 === 0 ? MINUTE : 0); // two at a time within one millisecond
    return { ...example, id: newId(house.clock.now()), serialNumber: `${example.serialNumber.slice(0, 32)}${String(index + 10_000)}`.slice(-40), isCurrent: null };
  });
  await house.db.transaction((tx) => tx.insert(Certificate, records));
  return [example.id, ...records.map(({ id }) => id)];
}

describe("the list of certificates", () => {
  it("shows a Master its contract's, its own among them, newest first", async () => {
    const strangers = await house.aTenant();
    await house.aCertificate(strangers.taro);
    const ids = [];
    for (const holder of [tenant.hana, tenant.master, tenant.taro]) ids.push((await house.aCertificate(holder)).id);
    expect(await found({})).toEqual(ids.reverse());
  });

  it.each([["a Public ID", {}], ["a Public ID without its certificate", { isEnrollOnly: true }]])("shows %s its own alone", async (_who, how) => {
    const own = await house.aCertificate(tenant.taro);
    const other = await house.aCertificate(tenant.hana);
    const taro = await house.signedIn(tenant.taro, how);
    expect(await found({}, taro)).toEqual([own.id]);
    expect(await found({ userId: tenant.hana.id }, taro)).toEqual([]);
    expect(await (await list({}, taro)).count()).toEqual({ total: 1, isCapped: false });
    expect(idsOf(await certificatesByIds(house.desk, taro, [other.id, own.id]))).toEqual([null, own.id]);
  });

  it("tells of each what is stored, and neither its bytes nor its secrets", async () => {
    const { id } = await house.aCertificate(tenant.taro, "ACTIVE");
    const stored = await house.certificate(id);
    const [row] = (await list()).rows;
    expect(stored).toMatchObject(row ?? {});
    expect(Object.keys(row ?? {}).sort()).toEqual([
      "bankId", "contractId", "enrollmentDeadline", "fingerprint", "holderKind", "id", "isCurrent", "issuerId", "keptUntil", "keyFingerprint", "notAfter",
      "notBefore", "openedAt", "predecessorId", "reissueReason", "revocationReason", "revokedAt", "serialNumber", "state", "userId",
    ]);
    expect(row?.openedAt).toEqual(THE_MORNING);
    expect(row?.notAfter).toEqual(stored.notAfter);
  });

  it("of an empty contract is empty", async () => {
    const page = await list();
    expect(page).toMatchObject({ rows: [], hasNextPage: false, hasPreviousPage: false });
    expect(await page.count()).toEqual({ total: 0, isCapped: false });
  });
});

describe("its filters", () => {
  it.each(certificateStatuses)("by status find what is %s, also of the past", async (status) => {
    const certificate = await house.aCertificate(tenant.taro, status);
    const other = await house.aCertificate(tenant.hana, status === "ACTIVE" ? "PENDING" : "ACTIVE");
    expect(await found({ status: [status] })).toEqual([certificate.id]);
    await house.db.transaction((tx) => tx.update(Certificate, { id: certificate.id }, { isCurrent: null }));
    expect(await found({ status: [status] })).toEqual([certificate.id]);
    expect(await found({ status: [...certificateStatuses] })).toEqual([other.id, certificate.id]);
    expect(await found({ status: [] })).toEqual([]);
  });

  it("by status follow the clock", async () => {
    const { id, notAfter } = await house.aCertificate(tenant.taro, "ACTIVE");
    if (notAfter === null) throw new Error("an active certificate has an end");
    house.clock.moveTo(notAfter);
    expect(await found({ status: ["ACTIVE"] })).toEqual([id]);
    house.clock.advance(1);
    expect(await found({ status: ["ACTIVE"] })).toEqual([]);
    expect(await found({ status: ["EXPIRED"] })).toEqual([id]);
  });

  it("by user find that user's, and nothing for one of another contract or for none", async () => {
    const strangers = await house.aTenant();
    await house.aCertificate(strangers.taro);
    const { id } = await house.aCertificate(tenant.taro);
    await house.aCertificate(tenant.hana);
    expect(await found({ userId: tenant.taro.id })).toEqual([id]);
    for (const userId of [strangers.taro.id, newId(THE_MORNING), "", "' OR 1=1 --"]) expect(await found({ userId })).toEqual([]);
  });

  it("both hold at once", async () => {
    const { id } = await house.aCertificate(tenant.taro, "PENDING");
    await house.aCertificate(tenant.hana, "PENDING");
    expect(await found({ userId: tenant.taro.id, status: ["PENDING"] })).toEqual([id]);
    expect(await found({ userId: tenant.taro.id, status: ["ACTIVE"] })).toEqual([]);
  });
});

describe("its pages", () => {
  const walk = async (direction: Direction, first: number, between: () => Promise<unknown> = () => Promise.resolve()) => {
    const ids: string[] = [];
    for (let after: Cursor | null = null; ; ) {
      const page = await findCertificates(house.desk, master, {}, direction, { first, after });
      expect(page.rows.length).toBeLessThanOrEqual(first);
      expect(page.hasPreviousPage).toBe(after !== null);
      ids.push(...page.rows.map(({ id }) => id));
      expect(ids.length).toBeLessThan(100); // or it goes round in circles
      const last = page.rows.at(-1);
      if (!page.hasNextPage || !last) return ids;
      after = { key: last.id, id: last.id };
      await between();
    }
  };

  it.each(["ASC", "DESC"] as const)("%s show each certificate exactly once, in order, whatever their size", async (direction) => {
    const ids = await aPast(tenant.taro, 24);
    const sorted = direction === "ASC" ? ids : ids.toReversed();
    for (const first of [1, 7, 24, 25, 26]) expect(await walk(direction, first)).toEqual(sorted);
  });

  it.each(["ASC", "DESC"] as const)("%s show each certificate of before exactly once while others are opened", async (direction) => {
    const before = await aPast(tenant.taro, 12);
    const example = await house.certificate(before[0] ?? "");
    let added = 0;
    const shown = await walk(direction, 3, async () => {
      if (++added > 5) return;
      // One now, and one that was made earlier and is committed late.
      for (const instant of [house.clock.now(), THE_MORNING]) {
        const id = newId(instant);
        await house.db.transaction((tx) => tx.insert(Certificate, { ...example, id, isCurrent: null, serialNumber: id.toLowerCase() }));
      }
    });
    expect(new Set(shown).size).toBe(shown.length);
    expect(shown.filter((id) => before.includes(id)).sort()).toEqual(before.sort());
  });

  it.each([[4, true], [5, false], [6, false]])("of %d of five certificates know whether there is a next one", async (first, hasNextPage) => {
    await aPast(tenant.taro, 4);
    expect(await findCertificates(house.desk, master, {}, "DESC", { first, after: null })).toMatchObject({ hasNextPage, hasPreviousPage: false });
  });

  it("count all by the same filter", async () => {
    await aPast(tenant.taro, 4);
    await house.aCertificate(tenant.hana, "PENDING");
    const page = await findCertificates(house.desk, master, { status: ["REVOKED"] }, "DESC", { first: 2, after: null });
    expect(page.hasNextPage).toBe(true);
    expect(await page.count()).toEqual({ total: 5, isCapped: false });
  });
});

describe("one certificate", () => {
  it("is found by its serial number, if the actor may read it: a serial is a name, never a credential", async () => {
    const { id, serialNumber } = await house.aCertificate(tenant.taro, "PENDING");
    expect(await certificateBySerial(house.desk, master, serialNumber)).toMatchObject({ id, serialNumber });
    expect(await certificateBySerial(house.desk, await house.signedIn(tenant.taro), serialNumber)).toMatchObject({ id });
    const strangers = await house.aTenant();
    for (const actor of [await house.signedIn(tenant.hana), await house.signedIn(strangers.master)]) {
      expect(await certificateBySerial(house.desk, actor, serialNumber)).toBeNull();
    }
    for (const unknown of ["00", "", `${serialNumber}0`, "%", "' OR 1=1 --"]) expect(await certificateBySerial(house.desk, master, unknown)).toBeNull();
  });

  it("is found by its id, in the order that was asked for, null for what is foreign and for what is unknown, alike", async () => {
    const strangers = await house.aTenant();
    const foreign = await house.aCertificate(strangers.taro, "PENDING");
    const taros = await house.aCertificate(tenant.taro, "PENDING");
    const hanas = await house.aCertificate(tenant.hana, "PENDING");
    const ids = [hanas.id, foreign.id, newId(THE_MORNING), "", "' OR 1=1 --", taros.id, hanas.id];
    expect(idsOf(await certificatesByIds(house.desk, master, ids))).toEqual([hanas.id, null, null, null, null, taros.id, hanas.id]);
    expect(await certificatesByIds(house.desk, master, [])).toEqual([]);
  });

  it("is a user's newest, null where there is none and where it is foreign", async () => {
    const strangers = await house.aTenant();
    await house.aCertificate(strangers.taro, "PENDING");
    const old = await house.aCertificate(tenant.taro, "ACTIVE");
    const { successor } = await reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST" });
    const userIds = [strangers.taro.id, tenant.hana.id, tenant.taro.id];
    const users = await usersByIds(house.desk, master, userIds);
    expect(users.map((user) => user?.certificate?.id)).toEqual([undefined, undefined, successor.id]);
    expect(idsOf(await successorsOf(house.desk, master, [successor.id, old.id]))).toEqual([null, successor.id]);
    expect(idsOf(await successorsOf(house.desk, await house.signedIn(strangers.master), [old.id]))).toEqual([null]);
    expect(idsOf(await successorsOf(house.desk, await house.signedIn(tenant.hana), [old.id]))).toEqual([null]);
  });

  it("gives its bytes where some were issued, to whom may read it", async () => {
    const active = await house.aCertificate(tenant.taro, "ACTIVE");
    const pending = await house.aCertificate(tenant.hana, "PENDING");
    const [bytes, none] = await x509Of(house.desk, master, [active.id, pending.id]);
    expect(bytes?.equals(active.x509 ?? Buffer.alloc(0))).toBe(true);
    expect(none).toBeNull();
    const strangers = await house.aTenant();
    expect(await x509Of(house.desk, await house.signedIn(strangers.master), [active.id, newId(THE_MORNING)])).toEqual([null, null]);
    expect(await x509Of(house.desk, await house.signedIn(tenant.hana), [active.id])).toEqual([null]);
  });

  it("stays readable for good", async () => {
    const { id } = await house.aCertificate(tenant.taro, "REVOKED");
    house.clock.advance(3_650 * DAY);
    expect(await found({})).toEqual([id]);
  });
});
