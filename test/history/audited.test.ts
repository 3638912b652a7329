import { QueryFailedError, type EntityManager } from "typeorm";
import { MINUTE, later } from "../../src/foundation/clock.js";
import { DatabaseUnavailable } from "../../src/foundation/database/DatabaseUnavailable.js";
import type { Cursor } from "../../src/foundation/database/cursor.js";
import { newId } from "../../src/foundation/ids.js";
import { Refusal, Unauthenticated } from "../../src/foundation/refusals.js";
import { audited, recordTurnedAway, type Attempt, type Findings } from "../../src/history/audited.js";
import { findHistory, historyCursor, recordsByIds, type UsageHistoryFilter } from "../../src/history/readHistory.js";
import type { UsageRecord } from "../../src/history/UsageRecord.js";
import { User } from "../../src/identity/User.js";
import { House, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;
let master: Caller;
let attempt: Attempt;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
  attempt = { action: "CERTIFICATE_REVOKE", origin: { requestId: "r1", address: "192.0.2.1" }, by: master, targetUserId: tenant.taro.id };
});

type Work = (tx: EntityManager, findings: Findings, recordId: string) => Promise<unknown>;
const perform = (work: Work, changes: Partial<Attempt> = {}) => audited(house.desk, { ...attempt, ...changes }, work);
const rename = (tx: EntityManager, displayName = "改名") => tx.update(User, { id: tenant.taro.id }, { displayName });
const nameOfTaro = async () => (await house.db.reads.findOneBy(User, { id: tenant.taro.id }))?.displayName;
const entries = () => house.history(tenant.contract);

describe("a deed", () => {
  it("is done together with its entry, which says who, what, to whom, when and from where", async () => {
    const answer = await perform(async (tx, findings) => {
      await rename(tx);
      Object.assign(findings, { target: { id: tenant.taro.id, loginId: tenant.taro.loginId }, certificateId: tenant.hana.id });
      return "done";
    }, { note: "依頼書No.5" });
    expect(answer).toBe("done");
    expect(await nameOfTaro()).toBe("改名");
    const [entry, ...rest] = await entries();
    expect(rest).toEqual([]);
    expect(entry).toMatchObject({
      bankId: house.bank.id, contractId: tenant.contract.id, at: THE_MORNING, actorId: tenant.master.id, actorLoginId: tenant.master.loginId,
      action: "CERTIFICATE_REVOKE", targetUserId: tenant.taro.id, targetLoginId: tenant.taro.loginId, certificateId: tenant.hana.id,
      outcome: "SUCCEEDED", code: null, requestId: "r1", address: "192.0.2.1", note: "依頼書No.5", before: null, after: null,
    });
  });

  it.each([["was done", true], ["was not done", false]])("of which nobody could say in time what became of its COMMIT is entered as what it came to: it %s", async (_what, isDone) => {
    const { db } = house.desk;
    let commits = 0;
    house.desk.db = { ...db, transaction: async (...given) => {
      if (++commits > 1) return db.transaction(...given);
      if (isDone) await db.transaction(...given);
      throw new DatabaseUnavailable(new Error("no host"), true);
    } };
    try {
      await expect(perform((tx) => rename(tx))).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    } finally {
      house.desk.db = db;
    }
    expect(await nameOfTaro()).toBe(isDone ? "改名" : "経理太郎");
    expect((await entries()).map(({ outcome, code }) => [outcome, code])).toEqual([isDone ? ["SUCCEEDED", null] : ["FAILED", "DATABASE_UNAVAILABLE"]]);
  });

  it("knows its entry's id, and may say with which outcome it succeeded", async () => {
    let known = "";
    await perform((_tx, findings, recordId) => {
      known = recordId;
      findings.outcome = "ACCEPTED";
      return Promise.resolve();
    });
    expect(await entries()).toMatchObject([{ id: known, outcome: "ACCEPTED", code: null }]);
  });

  it("without an entry isn't done: the entry is in its transaction", async () => {
    const impossible = perform(async (tx, findings) => {
      await rename(tx);
      findings.outcome = "UNHEARD_OF" as never; // the table's check refuses it
    });
    await expect(impossible).rejects.toThrow(/ck_usage_history_outcome|CHECK/i);
    expect(await nameOfTaro()).toBe("経理太郎");
    expect(await entries()).toMatchObject([{ outcome: "FAILED", code: "INTERNAL_ERROR", targetUserId: tenant.taro.id }]);
  });

  it("isn't seen by anybody before its entry is", async () => {
    let seen: unknown;
    await perform(async (tx) => {
      await rename(tx);
      seen = [await nameOfTaro(), (await entries()).length];
    });
    expect(seen).toEqual(["経理太郎", 0]);
  });

  it("writes its facts as JSON with sorted keys, instants in UTC", async () => {
    await perform((_tx, findings) => {
      findings.before = { version: 1, "10": 0, status: "ACTIVE", at: THE_MORNING, nothing: null };
      findings.after = { serialNumber: "01ab", Version: 2, 名: "髙橋" };
      return Promise.resolve();
    });
    const [entry] = await entries();
    expect(entry?.before).toBe('{"10":0,"at":"2026-11-24T01:00:00.000Z","nothing":null,"status":"ACTIVE","version":1}');
    expect(entry?.after).toBe('{"Version":2,"serialNumber":"01ab","名":"髙橋"}');
  });

  it("that is run again begins its findings anew, under the same id", async () => {
    const runs: string[] = [];
    await perform(async (tx, findings, recordId) => {
      expect(findings).toEqual({});
      runs.push(recordId);
      if (runs.length > 1) return;
      findings.before = { of: "the first run" };
      findings.certificateId = tenant.hana.id;
      await rename(tx);
      throw new QueryFailedError("UPDATE", [], Object.assign(new Error("Deadlock found"), { errno: 1213 }));
    });
    expect(runs).toHaveLength(2);
    expect(new Set(runs).size).toBe(1);
    expect(await entries()).toMatchObject([{ id: runs[0], outcome: "SUCCEEDED", before: null, certificateId: null }]);
    expect(await nameOfTaro()).toBe("経理太郎");
  });
});

describe("a refusal", () => {
  it("undoes the work, is entered with its code and thrown on", async () => {
    const refusal = new Refusal("CONFLICT");
    const refused = perform(async (tx, findings) => {
      await rename(tx);
      Object.assign(findings, { target: { id: tenant.taro.id, loginId: tenant.taro.loginId }, before: { version: 1 }, after: { version: 2 } });
      throw refusal;
    }, { note: "急ぎ" });
    await expect(refused).rejects.toBe(refusal);
    expect(await nameOfTaro()).toBe("経理太郎");
    expect(await entries()).toMatchObject([
      { outcome: "REFUSED", code: "CONFLICT", targetLoginId: tenant.taro.loginId, before: '{"version":1}', after: null, note: "急ぎ" },
    ]);
  });

  it("may be entered under another code than it is answered with", async () => {
    const refused = perform(() => Promise.reject(new Refusal("SIGN_IN_FAILED", { recordedAs: "ID_LOCKED" })));
    await expect(refused).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect(await entries()).toMatchObject([{ outcome: "REFUSED", code: "ID_LOCKED" }]);
  });

  it("has its consequence committed with its entry, though the work is undone", async () => {
    const consequence = async (tx: EntityManager) => {
      await rename(tx, "六回目");
    };
    const refused = perform(async (tx) => {
      await tx.update(User, { id: tenant.hana.id }, { displayName: "改名" });
      throw new Refusal("SIGN_IN_FAILED", { consequence });
    });
    await expect(refused).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect(await nameOfTaro()).toBe("六回目");
    expect((await house.db.reads.findOneBy(User, { id: tenant.hana.id }))?.displayName).toBe("経理花子");
    expect(await entries()).toMatchObject([{ outcome: "REFUSED" }]);
  });

  it("whose consequence fails is a fault, and neither the consequence nor the entry is there", async () => {
    const refused = perform(() => Promise.reject(new Refusal("SIGN_IN_FAILED", {
      consequence: async (tx) => {
        await rename(tx);
        throw new Error("no room");
      },
    })));
    await expect(refused).rejects.toThrow("the attempt could not be recorded");
    expect(await nameOfTaro()).toBe("経理太郎");
    expect(await entries()).toEqual([]);
  });

  it("that commits the deed's work does so with its entry and its consequence, before it is thrown on", async () => {
    const refusal = new Refusal("SIGN_IN_FAILED", { recordedAs: "ID_LOCKED", commitsWork: true, consequence: (tx) => tx.update(User, { id: tenant.hana.id }, { displayName: "六回目" }).then(() => ({ locked: true })) });
    let known = "";
    const refused = perform(async (tx, findings, recordId) => {
      await rename(tx);
      Object.assign(findings, { before: { version: 1 }, after: { version: 2 }, outcome: "ACCEPTED" });
      known = recordId;
      throw refusal;
    });
    await expect(refused).rejects.toBe(refusal);
    expect([await nameOfTaro(), (await house.db.reads.findOneBy(User, { id: tenant.hana.id }))?.displayName]).toEqual(["改名", "六回目"]);
    expect(await entries()).toMatchObject([{ id: known, outcome: "REFUSED", code: "ID_LOCKED", before: '{"version":1}', after: '{"locked":true}' }]);
  });

  it("that would commit the deed's work isn't told where its entry can't be written: nothing is", async () => {
    const refused = perform(async (tx) => {
      await rename(tx);
      throw new Refusal("SIGN_IN_FAILED", { commitsWork: true, consequence: () => Promise.reject(new Error("no room")) });
    });
    await expect(refused).rejects.toThrow("no room");
    expect(await nameOfTaro()).toBe("経理太郎");
    expect(await entries()).toMatchObject([{ outcome: "FAILED", code: "INTERNAL_ERROR" }]);
  });

  it("by a session that ended meanwhile is entered as that, and thrown on", async () => {
    const ended = new Unauthenticated("SESSION_ENDED");
    const refused = perform(async (tx) => {
      await rename(tx);
      throw ended;
    });
    await expect(refused).rejects.toBe(ended);
    expect(await nameOfTaro()).toBe("経理太郎");
    expect(await entries()).toMatchObject([{ outcome: "REFUSED", code: "UNAUTHENTICATED" }]);
  });
});

describe("a fault", () => {
  it("undoes the work, is entered as FAILED without its text, and thrown on", async () => {
    const fault = new TypeError("secret of the house");
    const failed = perform(async (tx, findings) => {
      await rename(tx);
      findings.after = { version: 2 };
      throw fault;
    });
    await expect(failed).rejects.toBe(fault);
    expect(await nameOfTaro()).toBe("経理太郎");
    const recorded = await entries();
    expect(recorded).toMatchObject([{ outcome: "FAILED", code: "INTERNAL_ERROR", after: null }]);
    expect(JSON.stringify(recorded)).not.toContain("secret of the house");
  });

  it("also when something is thrown that is no error", async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- libraries do
    await expect(perform(() => Promise.reject("whatever"))).rejects.toBe("whatever");
    expect(await entries()).toMatchObject([{ outcome: "FAILED", code: "INTERNAL_ERROR" }]);
  });
});

describe("without a history", () => {
  let bare: House;
  let there: Tenant;
  let logged: object[];

  beforeAll(async () => {
    const log = { info: () => undefined, warn: () => undefined, error: (facts: object) => logged.push(facts) };
    bare = await House.open({ log });
    there = await bare.aTenant();
    await bare.db.transaction((tx) => tx.query("ALTER TABLE usage_history RENAME TO usage_history_elsewhere"));
  });
  afterAll(() => bare.close());
  beforeEach(() => (logged = []));

  const perform = (work: Work) => audited(bare.desk, { ...attempt, by: { userId: null, loginId: null, contractId: null, bankId: null } }, work);

  it("nothing is done: the deed is undone and answered as a fault", async () => {
    const before = await bare.snapshot();
    await expect(perform((tx) => tx.update(User, { id: there.taro.id }, { displayName: "改名" }))).rejects.toThrow("the attempt could not be recorded");
    expect(await bare.snapshot()).toEqual(before);
  });

  it("a refusal becomes a fault, its consequence is undone, and the log keeps what it was", async () => {
    const before = await bare.snapshot();
    const refusal = new Refusal("SIGN_IN_FAILED", { consequence: async (tx) => { await tx.update(User, { id: there.taro.id }, { displayName: "改名" }); } });
    const refused = perform(() => Promise.reject(refusal));
    await expect(refused).rejects.not.toBeInstanceOf(Refusal);
    await expect(refused).rejects.toThrow("the attempt could not be recorded");
    expect(await bare.snapshot()).toEqual(before);
    expect(logged).toEqual([{ requestId: "r1", err: refusal }]);
  });

  it("a fault stays one", async () => {
    await expect(perform(() => Promise.reject(new Error("first")))).rejects.toThrow("the attempt could not be recorded");
  });
});

describe("an attempt that was turned away", () => {
  it.each(["BAD_REQUEST", "UNAUTHENTICATED"] as const)("is entered as refused with %s, and with what is known of it", async (code) => {
    await recordTurnedAway(house.desk, attempt, code);
    expect(await entries()).toMatchObject([{ outcome: "REFUSED", code, actorId: master.userId, action: "CERTIFICATE_REVOKE", requestId: "r1" }]);
  });
});

describe("the reading of the history", () => {
  const ALL = { first: 1_000, after: null };
  const list = (filter: UsageHistoryFilter = {}, actor = master) => findHistory(house.desk, actor, filter, ALL);
  const idsOf = (rows: ({ id: string } | null)[]) => rows.map((row) => row?.id ?? null);

  /** Twelve attempts, one a minute: by the Master, by Taro and by nobody known in turn; every other one refused. */
  async function aDay(): Promise<UsageRecord[]> {
    const by = [master, { ...master, userId: tenant.taro.id, loginId: tenant.taro.loginId }, { ...master, userId: null, loginId: null }] as const;
    const actions = ["CERTIFICATE_REISSUE", "SIGN_IN"] as const;
    for (let count = 0; count < 12; count++) {
      const who = by[count % 3] ?? master;
      const work = count % 2 === 0 ? () => Promise.resolve() : () => Promise.reject(new Refusal("CONFLICT"));
      const changes: Partial<Attempt> = { by: who, action: actions[count % 4 < 2 ? 0 : 1], targetUserId: count < 6 ? tenant.taro.id : tenant.hana.id };
      await perform(work, changes).catch(() => undefined);
      house.clock.advance(MINUTE);
    }
    return (await entries()).reverse();
  }

  it("shows a Master what was attempted in its contract, newest first, and nothing of another or of nobody's", async () => {
    const strangers = await house.aTenant();
    await perform(() => Promise.resolve(), { by: await house.signedIn(strangers.master) });
    await perform(() => Promise.resolve(), { by: { userId: null, loginId: null, contractId: null, bankId: house.bank.id } });
    const day = await aDay();
    expect(day).toHaveLength(12);
    expect((await list()).rows).toEqual(day);
    expect(await (await list()).count()).toEqual({ total: 12, isCapped: false });
  });

  it.each([
    ["a Public ID", () => house.signedIn(tenant.taro)],
    ["a Public ID without its certificate", () => house.signedIn(tenant.taro, { isEnrollOnly: true })],
    ["a Master without its certificate", () => house.signedIn(tenant.master, { isEnrollOnly: true })],
  ])("shows %s nothing, not even of itself", async (_who, actor) => {
    const day = await aDay();
    const { rows, count } = await list({}, await actor());
    expect(rows).toEqual([]);
    expect(await count()).toEqual({ total: 0, isCapped: false });
    expect(await recordsByIds(house.desk, await actor(), day.map(({ id }) => id))).toEqual(Array(12).fill(null));
  });

  it.each([
    ["who acted", () => ({ actorId: tenant.taro.id }), (record: UsageRecord) => record.actorId === tenant.taro.id, 4],
    ["to whom it was done", () => ({ targetUserId: tenant.hana.id }), (record: UsageRecord) => record.targetUserId === tenant.hana.id, 6],
    ["what was attempted", () => ({ action: ["SIGN_IN"] }), (record: UsageRecord) => record.action === "SIGN_IN", 6],
    ["what came of it", () => ({ outcome: ["REFUSED"] }), (record: UsageRecord) => record.outcome === "REFUSED", 6],
    ["several outcomes", () => ({ outcome: ["REFUSED", "SUCCEEDED"] }), () => true, 12],
    ["no outcome", () => ({ outcome: [] }), () => false, 0],
    ["no action", () => ({ action: [] }), () => false, 0],
    ["an instant, itself among them", () => ({ from: later(THE_MORNING, 5 * MINUTE) }), (record: UsageRecord) => record.at >= later(THE_MORNING, 5 * MINUTE), 7],
    ["the millisecond after it", () => ({ from: later(THE_MORNING, 5 * MINUTE + 1) }), (record: UsageRecord) => record.at > later(THE_MORNING, 5 * MINUTE), 6],
    ["what was before an instant, not itself", () => ({ until: later(THE_MORNING, 5 * MINUTE) }), (record: UsageRecord) => record.at < later(THE_MORNING, 5 * MINUTE), 5],
    ["several things at once", () => ({ actorId: tenant.taro.id, outcome: ["REFUSED"], from: THE_MORNING, until: later(THE_MORNING, 5 * MINUTE) }),
      (record: UsageRecord) => record.actorId === tenant.taro.id && record.outcome === "REFUSED" && record.at < later(THE_MORNING, 5 * MINUTE), 1],
    ["somebody unknown", () => ({ actorId: "' OR 1=1 --" }), () => false, 0],
  ] as [string, () => UsageHistoryFilter, (record: UsageRecord) => boolean, number][])("can be narrowed to %s", async (_what, filter, belongs, count) => {
    const expected = (await aDay()).filter(belongs);
    expect(expected).toHaveLength(count);
    const page = await list(filter());
    expect(idsOf(page.rows)).toEqual(idsOf(expected));
    expect(await page.count()).toEqual({ total: count, isCapped: false });
  });

  it.each([1, 5, 11, 12, 13])("shows in pages of %d every entry of before exactly once, while others are added", async (first) => {
    const day = await aDay();
    const shown: string[] = [];
    for (let after: Cursor | null = null; ; ) {
      const page = await findHistory(house.desk, master, {}, { first, after });
      expect(page.rows.length).toBeLessThanOrEqual(first);
      expect(page.hasPreviousPage).toBe(after !== null);
      shown.push(...page.rows.map(({ id }) => id));
      expect(shown.length).toBeLessThan(100); // or it goes round in circles
      const last = page.rows.at(-1);
      if (!page.hasNextPage || !last) break;
      after = historyCursor(last);
      await perform(() => Promise.resolve());
    }
    expect(shown).toEqual(idsOf(day));
  });

  it("gives entries by id in the order that was asked for, null for what is foreign and for what is unknown, alike", async () => {
    const strangers = await house.aTenant();
    await perform(() => Promise.resolve(), { by: await house.signedIn(strangers.master) });
    const [foreign] = await house.history(strangers.contract);
    const [newest, second] = await aDay();
    const ids = [second?.id ?? "", foreign?.id ?? "", newId(THE_MORNING), "", newest?.id ?? ""];
    expect(await recordsByIds(house.desk, master, ids)).toEqual([second, null, null, null, newest]);
    expect(await recordsByIds(house.desk, master, [])).toEqual([]);
  });

  it("keeps what an entry says when the user is renamed", async () => {
    await perform((_tx, findings) => {
      findings.target = { id: tenant.taro.id, loginId: tenant.taro.loginId };
      return Promise.resolve();
    });
    await house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { loginId: `x${tenant.taro.loginId.slice(1)}` }));
    expect((await list()).rows).toMatchObject([{ targetLoginId: tenant.taro.loginId }]);
  });
});
