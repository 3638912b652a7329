import { MINUTE, later } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { Alert, raiseAlert, type Alarm } from "../../src/history/Alert.js";
import { engine } from "../support/engine.js";
import { House, THE_MORNING } from "../support/House.js";

let house: House;
let alarm: Alarm;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(() => {
  house.clock.moveTo(THE_MORNING);
  const [userId, contractId, certificateId] = Array.from({ length: 3 }, () => newId(THE_MORNING)) as [string, string, string];
  alarm = { kind: "REVOKED_CERTIFICATE_PRESENTED", holder: { userId, contractId, bankId: house.bank.id }, certificateId, evidence: { address: "192.0.2.1" } };
});

const raise = (changes: Partial<Alarm> = {}, now = house.clock.now()) => house.db.transaction((tx) => raiseAlert(tx, { ...alarm, ...changes }, now));
const alerts = () => house.db.reads.find(Alert, { where: { contractId: alarm.holder.contractId }, order: { raisedAt: "ASC", id: "ASC" } });

describe("an alert", () => {
  it("says what, whose, of which certificate, when, and what was seen", async () => {
    expect(await raise()).toBe(true);
    expect(await alerts()).toEqual([{
      id: expect.stringMatching(/^[0-9A-Z]{26}$/) as string, kind: "REVOKED_CERTIFICATE_PRESENTED", bankId: house.bank.id,
      contractId: alarm.holder.contractId, userId: alarm.holder.userId, certificateId: alarm.certificateId,
      occasion: `REVOKED_CERTIFICATE_PRESENTED:${alarm.certificateId}:2026-11-24`,
      raisedAt: THE_MORNING, lastAt: THE_MORNING, times: 1, evidence: '{"address":"192.0.2.1"}',
    }]);
  });

  it("is raised once a day: the rest is counted, and the evidence of the first time stays", async () => {
    await raise();
    const last = later(THE_MORNING, 3 * MINUTE);
    expect(await raise({ evidence: { address: "192.0.2.2" } }, later(THE_MORNING, MINUTE))).toBe(false);
    expect(await raise({ evidence: { address: "192.0.2.3" } }, last)).toBe(false);
    expect(await alerts()).toMatchObject([{ times: 3, raisedAt: THE_MORNING, lastAt: last, evidence: '{"address":"192.0.2.1"}' }]);
  });

  it("of the next day is another; the day is Japan's, to the millisecond", async () => {
    const midnight = new Date("2026-11-24T15:00:00.000Z"); // 00:00 of the 25th in Japan
    expect(await raise({}, later(midnight, -1))).toBe(true);
    expect(await raise({}, midnight)).toBe(true);
    expect(await raise({}, later(midnight, 24 * 60 * MINUTE - 1))).toBe(false);
    expect((await alerts()).map(({ occasion, times }) => [occasion.slice(-10), times])).toEqual([["2026-11-24", 1], ["2026-11-25", 2]]);
  });

  it("of another certificate is another", async () => {
    expect(await raise()).toBe(true);
    expect(await raise({ certificateId: newId(THE_MORNING) })).toBe(true);
    expect(await alerts()).toMatchObject([{ times: 1 }, { times: 1 }]);
  });

  it("of twenty at once is raised by one of them and counts all", async () => {
    const raised = await Promise.all(Array.from({ length: 20 }, () => raise()));
    expect(raised.filter((isNew) => isNew)).toHaveLength(1);
    expect(await alerts()).toMatchObject([{ times: 20 }]);
  });

  it("is counted by whoever finds, when it inserts its own, that another was first", async () => {
    // Both have found none before either inserts; on SQLite transactions come one after the other.
    const awaited = engine === "sqlite" ? 1 : 2;
    const all = Promise.withResolvers<undefined>();
    let arrived = 0;
    const inStep = () => house.db.transaction((tx) => {
      const insert: typeof tx.insert = async (...what) => {
        if (++arrived === awaited) all.resolve(undefined);
        await all.promise;
        return tx.insert(...what);
      };
      return raiseAlert(Object.assign(Object.create(tx) as typeof tx, { insert }), alarm, THE_MORNING);
    });
    expect((await Promise.all([inStep(), inStep()])).sort()).toEqual([false, true]);
    expect(await alerts()).toMatchObject([{ times: 2 }]);
  });

  it("comes and goes with the transaction that raises it", async () => {
    const failed = house.db.transaction(async (tx) => {
      await raiseAlert(tx, alarm, THE_MORNING);
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await alerts()).toEqual([]);
    await raise();
    const counted = house.db.transaction(async (tx) => {
      await raiseAlert(tx, alarm, THE_MORNING);
      throw new Error("no");
    });
    await expect(counted).rejects.toThrow("no");
    expect(await alerts()).toMatchObject([{ times: 1 }]);
  });

  it("that the database refuses for another reason than the day's is a fault, not a count", async () => {
    await expect(raise({ kind: "SOMETHING_ELSE" as Alarm["kind"] })).rejects.toThrow(/ck_alerts_kind|CONSTRAINT|CHECK/i);
    expect(await alerts()).toEqual([]);
  });
});
