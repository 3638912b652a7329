import { Certificate } from "../../src/certificates/Certificate.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { DAY, MINUTE, SECOND, later } from "../../src/foundation/clock.js";
import { madeAt, newId } from "../../src/foundation/ids.js";
import { takeCheckpoints } from "../../src/history/checkpoints.js";
import { Notice } from "../../src/notices/Notice.js";
import { certificateStatuses, type CertificateStatus } from "../../src/policy/certificateLifecycle.js";
import { keptFigures } from "../../src/watch/keptFigures.js";
import { metricTable, type MetricKey } from "../../src/watch/metricTable.js";
import { openMeters } from "../../src/watch/openMeters.js";
import { engine } from "../support/engine.js";
import { withReads } from "../support/gatedReads.js";
import { House, silence, THE_MORNING, type Tenant } from "../support/House.js";
import { rememberingLog } from "../support/rememberingLog.js";

let house: House;
let tenant: Tenant;
beforeAll(async () => { house = await House.open({}, { now: notBeforeOtherTests() }); });
beforeEach(async () => {
  await house.clear();
  tenant = await house.aTenant();
});
afterAll(() => house.close());

/** A full second. Ids never go back in time, and some figures go by theirs: a test that ran in this process may have been further on. */
function notBeforeOtherTests(): Date {
  return new Date(Math.ceil(madeAt(newId(THE_MORNING)).getTime() / SECOND) * SECOND);
}

/** All figures of a process that has just begun, by metric and labels. */
async function figures(desk = house.desk): Promise<(key: MetricKey, ...labels: string[]) => number | undefined> {
  const told = await openMeters(desk).json();
  return (key, ...labels) => told.find(({ name }) => name === metricTable[key].name)?.values.find((one) => labels.every((label) => Object.values(one.labels).map(String).includes(label)))?.value;
}

describe("certificates", () => {
  it("are the users' current ones by status, and the active ones by when they end", async () => {
    const statuses: CertificateStatus[] = [...certificateStatuses, "ACTIVE", "ACTIVE"];
    const made: Certificate[] = [];
    for (const status of statuses) made.push(await house.aCertificate(await house.aUser(tenant.contract), status));
    const now = house.clock.now();
    const active = made.filter((_, index) => statuses[index] === "ACTIVE");
    for (const [index, days] of [6, 45, 500].entries()) await house.db.transaction((tx) => tx.update(Certificate, { id: active[index]?.id ?? "" }, { notAfter: later(now, days * DAY) }));

    const told = await figures();
    expect(certificateStatuses.map((status) => told("certificates", status.toLowerCase()))).toEqual([1, 1, 3, 1, 1]);
    expect(["7", "30", "60", "90"].map((days) => told("certificatesEnding", days))).toEqual([1, 1, 2, 2]);
  });

  it("that were reissued within the hour, by whichever way", async () => {
    await house.aCertificate(tenant.taro);
    const master = await house.signedIn(tenant.master);
    await reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST" });
    expect((await figures())("reissues")).toBe(1);
    house.clock.advance(61 * MINUTE);
    expect((await figures())("reissues")).toBe(0);
  });

  it("are counted from an index alone, without a look at anybody's former ones", async () => {
    const asked: [string, unknown[]][] = [];
    const db = withReads(house.db, (sql, query, params = []) => {
      if (sql.includes("FROM certificates c WHERE c.is_current")) asked.push([sql, params]);
      return query();
    });
    await openMeters({ ...house.desk, db }).json();
    expect(asked.length).toBeGreaterThan(15);
    for (const [sql, params] of asked.filter(([text]) => !text.includes("enrollment_deadline"))) {
      const plan = JSON.stringify(await house.db.reads.query(`EXPLAIN ${engine === "sqlite" ? "QUERY PLAN " : ""}${sql}`, params));
      expect(plan).toContain("ix_certificates_ending");
      expect(plan).toMatch(engine === "sqlite" ? /COVERING INDEX/ : /Using index/);
    }
  });
});

it("the history: what isn't sealed, and what no checkpoint covers, by how long it waits", async () => {
  const house = await House.open({}, { now: later(notBeforeOtherTests(), DAY) }); // what is sealed can't be cleared away
  const { taro } = await house.aTenant();
  const figuresOf = () => figures(house.desk);
  await house.seal();
  await takeCheckpoints(house.desk);
  const whole = await figuresOf();
  expect([whole("unsealed"), whole("sealingLag"), whole("checkpointLag")]).toEqual([0, 0, 0]);

  await house.aCertificate(taro);
  house.clock.advance(90 * SECOND);
  const late = await figuresOf();
  expect(late("unsealed")).toBeGreaterThan(0);
  expect(late("sealingLag")).toBe(90);

  await house.seal();
  const sealed = await figuresOf();
  expect([sealed("unsealed"), sealed("sealingLag"), sealed("checkpointLag")]).toEqual([0, 0, 90]);

  await takeCheckpoints(house.desk);
  house.clock.advance(10 * SECOND);
  const covered = await figuresOf();
  expect([covered("checkpointLag"), covered("checkpointAge")]).toEqual([0, 10]);
  await house.close();
});

it("mails: those that wait, since when the longest is due, and those that were given up", async () => {
  const now = house.clock.now();
  const { bank, contract, taro } = tenant;
  const notice = (state: Notice["state"], due: Date): Notice => ({
    id: newId(now), bankId: bank.id, contractId: contract.id, userId: taro.id, recipientId: taro.id, mailAddress: "taro@example.jp", kind: "CERTIFICATE_ENROLLED", facts: "{}", secret: null,
    occasion: null, certificateId: null, state, tries: 0, nextTryAt: due, claimedUntil: null, lastError: null, createdAt: now, sentAt: null,
  });
  await house.db.transaction((tx) => tx.insert(Notice, [notice("QUEUED", later(now, -40 * SECOND)), notice("QUEUED", later(now, MINUTE)), notice("SENT", now), notice("DEAD", now)]));
  const told = await figures();
  expect([told("outbox", "queued"), told("outbox", "dead"), told("outboxDue")]).toEqual([2, 1, 40]);
});

it("CRLs and CAs, by their age and by what is left", async () => {
  const issuer = await house.desk.issuers.open((await house.aCertificate(tenant.taro)).issuerId);
  await house.desk.crls.current({ id: issuer.id, kind: "ISSUING" });
  house.clock.advance(MINUTE);
  const told = await figures();
  expect(told("crlAge", "5120-1")).toBeCloseTo(60, 0);
  expect(told("crlNextUpdate", "5120-1")).toBeCloseTo(7 * 86_400 - 60, 0);
  expect(told("crlEntries", "5120-1")).toBe(0);
  expect(told("caEnd", "5120-1", "issuing")).toBeGreaterThan(9 * 365 * 86_400);
  expect(told("caEnd", "root-1", "root")).toBeGreaterThan(told("caEnd", "5120-1") ?? 0);
});

describe("however often they are asked for", () => {
  it("the database is asked by one for all, and not again within seconds", async () => {
    const asked: string[] = [];
    const meters = openMeters({ ...house.desk, db: withReads(house.db, (sql, query) => (asked.push(sql), query())) });
    const times = () => ["FROM crls n", "is_current = 1"].map((part) => asked.filter((sql) => sql.includes(part)).length);
    await Promise.all(Array.from({ length: 20 }, () => meters.json()));
    const [ofHouse, ofCertificates = 0] = times();
    expect([ofHouse, ofCertificates]).toEqual([1, expect.any(Number)]);
    house.clock.advance(4 * SECOND);
    const told = await meters.json();
    expect(times()).toEqual([1, ofCertificates]);
    expect(told.find(({ name }) => name === metricTable.figuresAge.name)?.values).toEqual([{ labels: { figures: "house" }, value: 4 }, { labels: { figures: "certificates" }, value: 4 }]);
    house.clock.advance(60 * MINUTE);
    await meters.json();
    expect(times()).toEqual([2, 2 * ofCertificates]);
  });

  it("what is quickly told is asked for anew when its time is over, or when the clock was put back", async () => {
    let runs = 0;
    const kept = keptFigures(house.desk, "figures", () => Promise.resolve(++runs), { everyMs: MINUTE, longestMs: MINUTE });
    for (const [advance, expected] of [[0, 1], [59 * SECOND, 1], [SECOND, 2], [-30 * MINUTE, 3], [MINUTE, 4]] as const) {
      house.clock.advance(advance);
      expect(await kept.newest()).toMatchObject({ figures: expected });
    }
  });

  it("nobody waits long for those that take long, and they are asked for the more seldom", async () => {
    const { promise: endless, resolve: end } = Promise.withResolvers<undefined>();
    let runs = 0;
    const kept = keptFigures(house.desk, "figures", async () => { runs++; await endless; return runs; }, { everyMs: SECOND, longestMs: MINUTE });
    const beganAt = performance.now();
    expect(await kept.newest()).toBeUndefined();
    expect(performance.now() - beganAt).toBeLessThan(4_000);
    end(undefined);
    await kept.newest();
    house.clock.advance(100 * SECOND); // it took two
    expect(await kept.newest()).toMatchObject({ figures: 1 });
    house.clock.advance(400 * SECOND);
    expect(await kept.newest()).toMatchObject({ figures: 2 });
  });
});

it("a database that is away is told as such, once in the log, beside what is in memory and what was known before", async () => {
  const { log, said } = rememberingLog();
  let isAway = false;
  const db = withReads(house.db, (_, query) => (isAway ? Promise.reject(new Error("away")) : query()));
  const meters = openMeters({ ...house.desk, log, db });
  const told = async () => {
    const all = await meters.json();
    return (key: MetricKey) => all.find(({ name }) => name === metricTable[key].name)?.values[0]?.value;
  };
  const before = await told();
  expect([before("databaseUp"), before("unsealed")]).toEqual([1, expect.any(Number)]);
  isAway = true;
  for (let minutes = 1; minutes <= 3; minutes++) {
    house.clock.advance(MINUTE);
    const away = await told();
    expect([away("databaseUp"), away("unsealed"), away("shed")]).toEqual([0, before("unsealed"), 0]);
    expect(away("figuresAge")).toBe(60 * minutes);
  }
  expect(said.map(({ level }) => level)).toEqual(["warn", "warn"]);
  isAway = false;
  house.clock.advance(MINUTE);
  expect((await told())("databaseUp")).toBe(1);
});

it("and from the beginning", async () => {
  const db = withReads(house.db, () => Promise.reject(new Error("away")));
  const told = await figures({ ...house.desk, log: silence, db });
  expect([told("databaseUp"), told("unsealed"), told("transactions")]).toEqual([0, undefined, expect.any(Number)]);
});
