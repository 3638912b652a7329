import { approvalActs, type ApprovalRequest } from "../../src/desk/ApprovalRequest.js";
import { DAY, later, MINUTE } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank } from "../../src/identity/Bank.js";
import { Password } from "../../src/identity/Password.js";
import type { Actor } from "../../src/policy/Actor.js";
import { anotherBank, Counter } from "../support/Counter.js";
import { House, THE_MORNING } from "../support/House.js";

let house: House;
let counter: Counter;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  counter = await Counter.open(house);
});

const requestIn: Record<ApprovalRequest["act"], string> = { MASTER_REISSUE: "REISSUE_REQUEST", MASTER_UNLOCK: "UNLOCK_REQUEST", CONTRACT_START: "START_REQUEST" };

describe("a request", () => {
  it.each(approvalActs)("for %s waits for a colleague, and changes nothing else", async (act) => {
    await counter.requestFor(act); // an earlier one doesn't matter, and has made the target what it must be
    const { approval_requests: _, operator_sessions: __, ...before } = await house.snapshot();
    const ask = { MASTER_REISSUE: () => counter.requestReissue(), MASTER_UNLOCK: () => counter.requestUnlock(), CONTRACT_START: () => counter.requestStart() };
    const request = await ask[act]();
    expect(await counter.request(request.id)).toEqual(request);
    expect(request).toMatchObject({
      act, state: "OPEN", bankId: house.bank.id, contractId: counter.tenant.contract.id, userId: act === "CONTRACT_START" ? null : counter.tenant.master.id,
      targetVersion: act === "CONTRACT_START" ? 2 : 1, requestedBy: counter.operator.userId, requestedAt: THE_MORNING, decidedBy: null, decidedAt: null, certificateId: null,
    });
    const { approval_requests: ___, operator_sessions: ____, ...after } = await house.snapshot();
    expect(after).toEqual(before);
  });

  it.each(approvalActs)("for %s is on record, where the contract's Master can read it", async (act) => {
    const { id } = await counter.requestFor(act);
    const [entry] = (await house.history(counter.tenant.contract)).slice(-1);
    expect(entry).toMatchObject({
      action: requestIn[act], outcome: "SUCCEEDED", actorId: counter.operator.userId, actorRole: "BANK_OPERATOR", bankId: house.bank.id,
      targetUserId: act === "CONTRACT_START" ? null : counter.tenant.master.id,
    });
    expect(JSON.parse(entry?.after ?? "")).toMatchObject({ approvalRequest: id, act, status: "OPEN", expiresAt: later(THE_MORNING, DAY).toISOString() });
  });

  it("says what it is for", async () => {
    await counter.lock("REGISTRATION");
    expect(await counter.requestReissue({ reason: "STOLEN", note: "電話にて本人確認済" })).toMatchObject({ reissueReason: "STOLEN", passwordKind: null, note: "電話にて本人確認済" });
    expect(await counter.requestUnlock({ passwordKind: "REGISTRATION" })).toMatchObject({ reissueReason: null, passwordKind: "REGISTRATION", note: null });
  });

  it("waits as long as its bank says", async () => {
    const bank = await anotherBank(house, { approvalHours: 2 });
    const there = await Counter.open(house, bank);
    expect((await there.requestReissue()).expiresAt).toEqual(later(THE_MORNING, 120 * MINUTE));
  });

  it("may be one of several for the same: the first that is approved makes the others void", async () => {
    const [first, second] = [await counter.requestReissue(), await counter.requestReissue({}, counter.colleague)];
    await counter.approve(first);
    await expect(counter.approve(second, counter.operator)).rejects.toMatchObject({ code: "REQUEST_OUTDATED" });
  });

  it("for a lock takes one whose tries are used up, restricted or not", async () => {
    await house.db.transaction((tx) => tx.update(Password, { userId: counter.tenant.master.id, kind: "LOGIN" }, { tries: 6 }));
    await expect(counter.requestUnlock()).resolves.toMatchObject({ state: "OPEN" });
    const lenient = await Counter.open(house, await anotherBank(house, { triesAllowed: 7 }));
    await house.db.transaction((tx) => tx.update(Password, { userId: lenient.tenant.master.id, kind: "LOGIN" }, { tries: 6 }));
    await expect(lenient.requestUnlock()).rejects.toMatchObject({ code: "NOT_LOCKED" });
  });

  it("is possible while the contract is stopped", async () => {
    await counter.stop();
    await expect(counter.requestReissue()).resolves.toMatchObject({ state: "OPEN" });
  });
});

describe("a request that is refused", () => {
  /** Refused with this code; nothing but what was tried is kept. */
  const refused = async (ask: () => Promise<unknown>, by: Actor, code: string, entry: object = {}) => {
    const before = await house.snapshot();
    const entries = (await house.history()).length;
    await expect(ask()).rejects.toMatchObject({ code });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history()).slice(entries)).toMatchObject([{ actorId: by.userId, outcome: "REFUSED", code, after: null, ...entry }]);
  };

  const asks: [string, (by: Actor) => Promise<unknown>][] = [
    ["a reissue", (by) => counter.requestReissue({}, by)],
    ["an unlocking", (by) => counter.requestUnlock({}, by)],
    ["a start", (by) => counter.requestStart({}, by)],
  ];

  it.each(asks)("is a customer's for %s, whoever it is", async (_what, ask) => {
    await counter.lock();
    const { master, taro, hana } = counter.tenant;
    const customers: [Actor, string][] = [
      [await house.signedIn(taro), "BANK_ONLY"],
      [await house.signedIn(hana, { isEnrollOnly: true }), "CERTIFICATE_REQUIRED"],
      [await house.signedIn(master), "BANK_ONLY"],
    ];
    for (const [customer, code] of customers) await refused(() => ask(customer), customer, code, { contractId: counter.tenant.contract.id });
    const due = await house.signedIn(master, { passwordsDue: "INITIAL" });
    await refused(() => ask(due), due, "PASSWORD_CHANGE_REQUIRED");
  });

  it("is a Master's also for its own Public ID, whose certificate it may reissue itself", async () => {
    const master = await house.signedIn(counter.tenant.master);
    await refused(() => counter.requestReissue({ userId: counter.tenant.taro.id }, master), master, "BANK_ONLY");
    await counter.lock("LOGIN", counter.tenant.taro);
    await refused(() => counter.requestUnlock({ userId: counter.tenant.taro.id }, master), master, "BANK_ONLY");
  });

  it("is one for a Public ID: its Master does that", async () => {
    const { taro, contract } = counter.tenant;
    await counter.lock("LOGIN", taro);
    const entry = { targetUserId: taro.id, contractId: contract.id };
    await refused(() => counter.requestReissue({ userId: taro.id }), counter.operator, "MASTER_ONLY", entry);
    await refused(() => counter.requestUnlock({ userId: taro.id }), counter.operator, "MASTER_ONLY", entry);
  });

  it("is one for another bank's, exactly as for what isn't there", async () => {
    const there = await Counter.open(house, await anotherBank(house));
    await there.lock();
    await there.stop();
    const nobodys = { userId: newId(THE_MORNING), contractId: newId(THE_MORNING) };
    for (const target of [{ userId: there.tenant.master.id, contractId: there.tenant.contract.id }, nobodys, { userId: "", contractId: "" }, { userId: "x", contractId: "' OR 1=1 --" }]) {
      const entry = { contractId: null, targetLoginId: null };
      await refused(() => counter.requestReissue(target), counter.operator, "NOT_FOUND", entry);
      await refused(() => counter.requestUnlock(target), counter.operator, "NOT_FOUND", entry);
      await refused(() => counter.requestStart(target), counter.operator, "NOT_FOUND", entry);
    }
  });

  it.each([0, 2, -1])("is one for version %d where the screen should have shown 1", async (expectedVersion) => {
    await counter.lock();
    await refused(() => counter.requestReissue({ expectedVersion }), counter.operator, "CONFLICT", { targetUserId: counter.tenant.master.id });
    await refused(() => counter.requestUnlock({ expectedVersion }), counter.operator, "CONFLICT");
  });

  it("is one for a contract of another version than the screen showed", async () => {
    await counter.stop();
    await refused(() => counter.requestStart({ expectedVersion: 1 }), counter.operator, "CONFLICT", { contractId: counter.tenant.contract.id });
  });

  it("is one for what needn't be done", async () => {
    await refused(() => counter.requestUnlock(), counter.operator, "NOT_LOCKED");
    await counter.lock();
    await refused(() => counter.requestUnlock({ passwordKind: "REGISTRATION" }), counter.operator, "NOT_LOCKED");
    await refused(() => counter.requestUnlock({ passwordKind: "APPROVAL" }), counter.operator, "NOT_LOCKED"); // a Master has none
    await refused(() => counter.requestStart({ expectedVersion: 1 }), counter.operator, "NOT_STOPPED");
  });

  it.each([["a NUL", "a\u0000b", "INVALID_TEXT"], ["201 characters", "字".repeat(201), "TEXT_TOO_LONG"]])("is one with a note of %s, which isn't kept either", async (_what, note, code) => {
    await refused(() => counter.requestReissue({ note }), counter.operator, code, { note: null });
  });

  it("is one of an operator that has signed out meanwhile", async () => {
    await house.db.transaction((tx) => tx.query("UPDATE operator_sessions SET is_current = NULL WHERE id = ?", [counter.operator.sessionId]));
    await expect(counter.requestReissue()).rejects.toMatchObject({ why: "SESSION_ENDED" });
  });
});

it("the bank's figure is in its policy", async () => {
  expect((await house.db.reads.findOneBy(Bank, { id: house.bank.id }))?.approvalHours).toBe(24);
});
