import fc from "fast-check";
import { Certificate } from "../../src/certificates/Certificate.js";
import { DAY, later } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import {
  certificateStatuses, mayKeepOld, movesFrom, revocationFor, statusAt, statusIn, storedStates,
  type CertificateStatus, type LifeFacts, type ReissueReason, type StoredState,
} from "../../src/policy/certificateLifecycle.js";
import { House, THE_MORNING } from "../support/House.js";

const DEADLINE = new Date("2027-02-12T14:59:59.999Z");
const NOT_AFTER = new Date("2027-11-24T00:59:59.000Z");

describe("the status of a certificate", () => {
  it.each([
    ["PENDING", "long before the deadline", later(DEADLINE, -30 * DAY), "PENDING"],
    ["PENDING", "1 ms before the deadline", later(DEADLINE, -1), "PENDING"],
    ["PENDING", "at the deadline itself", DEADLINE, "PENDING"],
    ["PENDING", "1 ms after the deadline", later(DEADLINE, 1), "ENROLLMENT_EXPIRED"],
    ["PENDING", "long after the deadline", later(DEADLINE, 3_650 * DAY), "ENROLLMENT_EXPIRED"],
    ["SIGNING", "before the deadline", later(DEADLINE, -1), "PENDING"],
    ["SIGNING", "1 ms after the deadline, because it was accepted in time", later(DEADLINE, 1), "PENDING"],
    ["SIGNING", "after notAfter", later(NOT_AFTER, 1), "PENDING"],
    ["ACTIVE", "1 ms before notAfter", later(NOT_AFTER, -1), "ACTIVE"],
    ["ACTIVE", "at notAfter itself (RFC 5280: inclusive)", NOT_AFTER, "ACTIVE"],
    ["ACTIVE", "1 ms after notAfter", later(NOT_AFTER, 1), "EXPIRED"],
    ["REVOKED", "before everything", later(DEADLINE, -1), "REVOKED"],
    ["REVOKED", "after the deadline: it wins over ENROLLMENT_EXPIRED", later(DEADLINE, 1), "REVOKED"],
    ["REVOKED", "after notAfter: it wins over EXPIRED", later(NOT_AFTER, 1), "REVOKED"],
  ] as [StoredState, string, Date, CertificateStatus][])("stored as %s, %s is what the dates make of it", (state, _when, now, status) => {
    expect(statusAt({ state, enrollmentDeadline: DEADLINE, notAfter: NOT_AFTER, keptUntil: null }, now)).toBe(status);
  });

  it("a pending one without deadline can't be acquired, an active one without notAfter isn't valid", () => {
    const nothing = { enrollmentDeadline: null, notAfter: null, keptUntil: null };
    expect(statusAt({ state: "PENDING", ...nothing }, THE_MORNING)).toBe("ENROLLMENT_EXPIRED");
    expect(statusAt({ state: "ACTIVE", ...nothing }, THE_MORNING)).toBe("EXPIRED");
  });

  it("looks at the deadline of a pending one only, and at notAfter of an active one only", () => {
    const [past, future] = [later(THE_MORNING, -1), later(THE_MORNING, 1)];
    expect(statusAt({ state: "PENDING", enrollmentDeadline: future, notAfter: past, keptUntil: null }, THE_MORNING)).toBe("PENDING");
    expect(statusAt({ state: "ACTIVE", enrollmentDeadline: past, notAfter: future, keptUntil: null }, THE_MORNING)).toBe("ACTIVE");
  });
});

describe("an active certificate that is kept beside its successor", () => {
  const kept = { state: "ACTIVE", enrollmentDeadline: null, notAfter: NOT_AFTER, keptUntil: DEADLINE } as const;

  it.each([
    ["until then, that instant included", DEADLINE, "ACTIVE"],
    ["and a millisecond later, whether or not anybody has written it down", later(DEADLINE, 1), "REVOKED"],
    ["and for good: it doesn't expire any more", later(NOT_AFTER, 1), "REVOKED"],
  ] as [string, Date, CertificateStatus][])("is what the date makes of it %s", (_when, now, status) => {
    expect(statusAt(kept, now)).toBe(status);
  });

  it("is none of another state's", () => {
    expect(statusAt({ ...kept, state: "PENDING", enrollmentDeadline: later(DEADLINE, 5) }, later(DEADLINE, 1))).toBe("PENDING");
  });

  it("may be kept for one reason alone", () => {
    expect((Object.keys(revocationFor) as ReissueReason[]).filter(mayKeepOld)).toEqual(["DEVICE_REPLACED"]);
  });
});

describe("the ways of a certificate", () => {
  it("are these and no others", () => {
    expect(movesFrom).toEqual({
      PENDING: ["SIGNING", "REVOKED"],
      SIGNING: ["ACTIVE", "REVOKED"],
      ACTIVE: ["REVOKED"],
      REVOKED: [],
    });
    expect(Object.keys(movesFrom)).toEqual(storedStates);
  });
});

describe("the status as a WHERE", () => {
  const seed = Math.trunc(Math.random() * 2 ** 31);
  let house: House;
  let rows: (LifeFacts & { id: string })[];

  // Close together, so that instants coincide and lie 1 ms apart.
  const instants = fc.oneof(
    fc.constantFrom(new Date("1999-12-31T23:59:59.999Z"), new Date("2049-12-31T23:59:59.999Z")),
    fc.integer({ min: -3, max: 3 }).map((ms) => later(THE_MORNING, ms)),
    fc.integer({ min: -400 * DAY, max: 400 * DAY }).map((ms) => later(THE_MORNING, ms)),
  );
  const lives = fc.record<LifeFacts>({
    state: fc.constantFrom(...storedStates), enrollmentDeadline: fc.option(instants), notAfter: fc.option(instants), keptUntil: fc.option(instants),
  });

  beforeAll(async () => {
    house = await House.open();
    const { taro } = await house.aTenant();
    const example = await house.certificate((await house.aCertificate(taro, "PENDING")).id);
    const drafts = fc.sample(lives, { numRuns: 400, seed }).map((life, index): Certificate =>
      ({ ...example, ...life, id: newId(THE_MORNING), isCurrent: null, serialNumber: index.toString(16).padStart(4, "0") }));
    await house.db.transaction((tx) => tx.insert(Certificate, drafts));
    rows = [example, ...drafts];
  });
  afterAll(() => house.close());

  const found = async (statuses: readonly CertificateStatus[], now: Date) => {
    const { sql, params } = statusIn(statuses, house.db.instant(now));
    const answer: { id: string }[] = await house.db.reads.query(`SELECT c.id FROM certificates c WHERE ${sql} ORDER BY c.id`, params);
    return answer.map(({ id }) => id);
  };
  const expected = (statuses: readonly CertificateStatus[], now: Date) =>
    rows.filter((row) => statuses.includes(statusAt(row, now))).map(({ id }) => id).sort();

  it(`finds what statusAt says, at any instant and to the millisecond (seed ${seed})`, () => {
    const stored = rows.flatMap(({ enrollmentDeadline, notAfter }) => [enrollmentDeadline, notAfter]).filter((instant) => instant !== null);
    const moments = fc.tuple(fc.constantFrom(...stored), fc.constantFrom(-1, 0, 1)).map(([instant, ms]) => later(instant, ms));
    return fc.assert(
      fc.asyncProperty(fc.subarray([...certificateStatuses]), moments, async (statuses, now) => {
        expect(await found(statuses, now)).toEqual(expected(statuses, now));
      }),
      { numRuns: 100, seed },
    );
  });

  it(`gives every certificate exactly one status (seed ${seed})`, async () => {
    const each = await Promise.all(certificateStatuses.map((status) => found([status], THE_MORNING)));
    expect(each.flat().sort()).toEqual(rows.map(({ id }) => id).sort());
    expect(each.every((ids) => ids.length > 0)).toBe(true);
  });

  it("finds nothing for no status", async () => {
    expect(statusIn([], THE_MORNING)).toEqual({ sql: "1 = 0", params: [] });
    expect(await found([], THE_MORNING)).toEqual([]);
  });

  it("stays one condition when something else is demanded beside it", async () => {
    const { sql, params } = statusIn(["REVOKED", "ACTIVE"], house.db.instant(THE_MORNING));
    expect(await house.db.reads.query(`SELECT c.id FROM certificates c WHERE 1 = 0 AND ${sql}`, params)).toEqual([]);
  });
});
