import fc from "fast-check";
import { Certificate } from "../../src/certificates/Certificate.js";
import { notePast } from "../../src/certificates/notePast.js";
import { findCertificates } from "../../src/certificates/readCertificates.js";
import { DAY, later } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { certificateStatuses, statusAt, storedStates, type CertificateStatus } from "../../src/policy/certificateLifecycle.js";
import { House, THE_MORNING, type Caller, type DeskCaller } from "../support/House.js";

const seed = Math.trunc(Math.random() * 2 ** 31);
let house: House;
let master: Caller;
let operator: DeskCaller;
let rows: Certificate[];

beforeAll(async () => {
  house = await House.open();
  const tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
  operator = await house.atTheDesk(await house.anOperator());
  const example = await house.certificate((await house.aCertificate(tenant.taro, "PENDING")).id);
  const instants = fc.integer({ min: -40, max: 40 }).map((days) => later(THE_MORNING, days * DAY));
  const lives = fc.record({ state: fc.constantFrom(...storedStates), enrollmentDeadline: fc.option(instants), notAfter: fc.option(instants), keptUntil: fc.option(instants) });
  const drafts = fc.sample(lives, { numRuns: 300, seed }).map((life, index): Certificate =>
    ({ ...example, ...life, id: newId(THE_MORNING), isCurrent: null, serialNumber: index.toString(16).padStart(4, "0") }));
  await house.db.transaction((tx) => tx.insert(Certificate, drafts));
  rows = [example, ...drafts];
});
afterAll(() => house.close());

async function agree(statuses: readonly CertificateStatus[], first: number): Promise<void> {
  const now = house.clock.now();
  const expected = rows.filter((row) => statuses.includes(statusAt(row, now))).map(({ id }) => id).sort().reverse();
  for (const actor of [master, operator]) {
    const shown: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await findCertificates(house.desk, actor, { status: [...statuses] }, "DESC", { first, after: after === null ? null : { key: after, id: after } });
      shown.push(...page.rows.map(({ id }) => id));
      after = page.rows.at(-1)?.id ?? null;
      if (!page.hasNextPage) {
        expect(await page.count()).toEqual({ total: expected.length, isCapped: false });
        break;
      }
    }
    expect(shown).toEqual(expected);
  }
}

it(`lists by any statuses those that have one of them, in order, page by page, whenever it was last noted what is past (seed ${seed})`, async () => {
  for (const [day, isNoted] of [[-30, false], [-20, true], [-5, true], [0, false], [10, true], [10, false], [35, false]] as const) {
    house.clock.moveTo(later(THE_MORNING, day * DAY));
    if (isNoted) await notePast(house.desk);
    for (const status of certificateStatuses) await agree([status], 7);
    for (const statuses of fc.sample(fc.subarray([...certificateStatuses]), { numRuns: 2, seed: seed + day })) await agree(statuses, 40);
  }
});

it("notes each that is past once, and nothing else", async () => {
  house.clock.moveTo(THE_MORNING);
  await house.db.transaction((tx) => tx.query("UPDATE certificates SET is_past = NULL"));
  await notePast(house.desk);
  await notePast(house.desk);
  const noted = (await house.db.reads.findBy(Certificate, { isPast: 1 })).map(({ id }) => id).sort();
  const past = rows.filter(({ state, enrollmentDeadline, notAfter }) => {
    const ends = state === "PENDING" ? enrollmentDeadline : notAfter;
    return (state === "ACTIVE" || state === "PENDING") && ends !== null && ends < THE_MORNING;
  });
  expect(noted).toEqual(past.map(({ id }) => id).sort());
});
