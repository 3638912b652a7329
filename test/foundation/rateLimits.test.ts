import { setTimeout as pause } from "node:timers/promises";
import { withinDeadline } from "../../src/foundation/deadline.js";
import { MINUTE, SECOND } from "../../src/foundation/clock.js";
import { DatabaseUnavailable } from "../../src/foundation/database/DatabaseUnavailable.js";
import { forgetRates, openRateLimits, RateLimited, type RateSettings } from "../../src/foundation/rateLimits.js";
import { RateCount } from "../../src/foundation/RateCount.js";
import { House, silence, THE_MORNING } from "../support/House.js";

let house: House;
beforeAll(async () => { house = await House.open(); });
afterAll(async () => { await house.close(); });
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  await house.db.transaction((tx) => tx.query("DELETE FROM rate_counts"));
});

const SETTINGS: RateSettings = { ADDRESS: 100, SESSION: 5, SIGN_IN: 3 };
/** Another process on the same database. */
const aProcess = (settings = SETTINGS) => openRateLimits(house.desk, settings);
const passes = async (attempt: Promise<void>) => attempt.then(() => true, (error: unknown) => {
  if (error instanceof RateLimited) return false;
  throw error;
});
const passing = async (attempts: Promise<void>[]) => (await Promise.all(attempts.map(passes))).filter(Boolean).length;
const counts = () => house.db.reads.find(RateCount);

describe("a rate", () => {
  it("lets as many pass as it says, and then tells the limit and how long to wait", async () => {
    const limits = aProcess();
    house.clock.advance(20 * SECOND);
    for (let times = 0; times < 3; times++) await limits.take("SIGN_IN", "keir001");
    await expect(limits.take("SIGN_IN", "keir001")).rejects.toMatchObject({
      code: "RATE_LIMITED", facts: { rate: "SIGN_IN", limit: 3, seconds: 60, retryAfter: 40 }, isFirst: true,
    });
    await expect(limits.take("SIGN_IN", "keir001")).rejects.toMatchObject({ code: "RATE_LIMITED", isFirst: false });
  });

  it("begins anew with the next minute, and not a millisecond before", async () => {
    const limits = aProcess();
    expect(await passing(Array.from({ length: 9 }, () => limits.take("SIGN_IN", "a")))).toBe(3);
    house.clock.advance(MINUTE - 1);
    expect(await passes(limits.take("SIGN_IN", "a"))).toBe(false);
    house.clock.advance(1);
    expect(await passes(limits.take("SIGN_IN", "a"))).toBe(true);
  });

  it("counts each alone: one's flood leaves the others theirs", async () => {
    const limits = aProcess();
    await passing(Array.from({ length: 50 }, () => limits.take("SIGN_IN", "flooded")));
    expect(await passing(Array.from({ length: 3 }, () => limits.take("SIGN_IN", "another")))).toBe(3);
    expect(await passing(Array.from({ length: 5 }, () => limits.take("SESSION", "flooded")))).toBe(5);
  });

  it.each(["ADDRESS", "SESSION", "SIGN_IN"] as const)("of %s holds for five processes on one database together, however many ask at once", async (rate) => {
    const processes = Array.from({ length: 5 }, () => aProcess());
    const attempts = processes.flatMap((limits) => Array.from({ length: SETTINGS[rate] }, () => limits.take(rate, "somebody")));
    expect(await passing(attempts)).toBe(SETTINGS[rate]);
    expect(await counts()).toMatchObject([{ taken: SETTINGS[rate] }]);
  });

  it("of an address takes a tenth of what is left in advance: most requests ask the database nothing", async () => {
    const limits = aProcess();
    let transactions = 0;
    const { db } = house.desk;
    house.desk.db = { ...db, transaction: (...given) => { transactions++; return db.transaction(...given); } };
    try {
      for (let times = 0; times < 100; times++) await limits.take("ADDRESS", "192.0.2.1");
    } finally {
      house.desk.db = db;
    }
    expect(transactions).toBeLessThan(40);
  });

  it("leaves something for each of twelve processes", async () => {
    const processes = Array.from({ length: 12 }, () => aProcess());
    for (const limits of processes) expect(await passes(limits.take("ADDRESS", "shared"))).toBe(true);
  });

  it("is counted however late it is, and whoever waits for it waits no longer than it may", async () => {
    const limits = aProcess();
    const { db } = house.desk;
    house.desk.db = { ...db, transaction: async (...given) => { await pause(300); return db.transaction(...given); } };
    try {
      const hasty = withinDeadline(100, () => limits.take("SIGN_IN", "busy"));
      const others = Array.from({ length: 10 }, () => withinDeadline(5_000, () => limits.take("SIGN_IN", "busy")));
      await expect(hasty).rejects.toMatchObject({ code: "REQUEST_TIMED_OUT" });
      expect(await passing(others)).toBe(3);
    } finally {
      house.desk.db = db;
    }
  });

  it("of nought is none", async () => {
    const limits = aProcess({ ADDRESS: 0, SESSION: 0, SIGN_IN: 0 });
    expect(await passing(Array.from({ length: 500 }, () => limits.take("ADDRESS", "x")))).toBe(500);
    expect(await counts()).toEqual([]);
  });

  it("keeps nobody's address, and forgets its minutes", async () => {
    await aProcess().take("ADDRESS", "192.0.2.77");
    expect(JSON.stringify(await counts())).not.toContain("192.0.2.77");
    house.clock.advance(9 * MINUTE);
    await forgetRates(house.desk);
    expect(await counts()).toHaveLength(1);
    house.clock.advance(2 * MINUTE);
    await forgetRates(house.desk);
    expect(await counts()).toEqual([]);
  });

  it.each([new Error("the database is gone"), new DatabaseUnavailable(new Error("no host"))])("that can't be counted lets pass, and says so in the log (%s)", async (error) => {
    const warnings: string[] = [];
    const desk = { ...house.desk, log: { ...silence, warn: (_facts: object, message: string) => void warnings.push(message) }, db: { ...house.db, transaction: () => Promise.reject(error) } };
    await openRateLimits(desk, SETTINGS).take("SESSION", "x");
    expect(warnings).toEqual(["requests can't be counted, and pass"]);
  });
});
