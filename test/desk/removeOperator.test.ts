import type { ApprovalRequest } from "../../src/desk/ApprovalRequest.js";
import { registerOperator } from "../../src/desk/registerOperator.js";
import { removeOperator } from "../../src/desk/removeOperator.js";
import { requestReissue } from "../../src/desk/requestReissue.js";
import { resetOperator } from "../../src/desk/resetOperator.js";
import { unlockOperator } from "../../src/desk/unlockOperator.js";
import { OperatorError } from "../../src/foundation/OperatorError.js";
import { BankOperator, OperatorSession } from "../../src/identity/BankOperator.js";
import { recognize } from "../../src/identity/sessions.js";
import { signInOperator } from "../../src/identity/signInOperator.js";
import { anotherBank, Counter } from "../support/Counter.js";
import { House, PASSWORD, THE_MORNING } from "../support/House.js";

const origin = { requestId: "test", address: "127.0.0.1" };
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

const remove = (typed = counter.operator.loginId) => removeOperator(house.desk, house.bank, typed);
const enter = (password = PASSWORD) => signInOperator(house.desk, origin, null, { bankCode: "5120", loginId: counter.operator.loginId, password });
const refused = async (work: () => Promise<unknown>, message: string) => {
  const [before, entries] = [await house.snapshot(), (await house.history()).length];
  await expect(work()).rejects.toThrow(new OperatorError(message));
  expect(await house.snapshot()).toEqual(before);
  expect(await house.history()).toHaveLength(entries);
};

describe("an operator that is removed", () => {
  it("is out at once, and its colleague isn't; on record", async () => {
    house.clock.advance(1_000);
    await remove(` ${counter.operator.loginId.toUpperCase()} `);
    expect((await house.history()).at(-1)).toMatchObject({
      action: "OPERATOR_REMOVE", outcome: "SUCCEEDED", bankId: house.bank.id, contractId: null, actorId: null, requestId: "command:operator",
      after: JSON.stringify({ operator: counter.operator.loginId }),
    });
    await expect(recognize(house.desk, counter.operator.token, null, origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await house.db.reads.findOneBy(OperatorSession, { id: counter.operator.sessionId })).toMatchObject({ isCurrent: null, endReason: "REMOVED", endedAt: house.clock.now() });
    await expect(recognize(house.desk, counter.colleague.token, null, origin)).resolves.toBeTruthy();
    await expect(requestReissue(house.desk, counter.operator, { userId: counter.tenant.master.id, expectedVersion: 1, reason: "LOST" })).rejects.toMatchObject({ why: "SESSION_ENDED" });
  });

  it("is refused at the door as whoever doesn't know the password; the history knows why", async () => {
    await remove();
    for (const [password, code] of [[PASSWORD, "ID_DEREGISTERED"], ["Wrong-pass-1", "SIGN_IN_FAILED"]] as const) {
      await expect(enter(password)).rejects.toMatchObject({ code: "SIGN_IN_FAILED", path: undefined, facts: {} });
      expect((await house.history()).at(-1)).toMatchObject({ action: "OPERATOR_SIGN_IN", outcome: "REFUSED", code, actorId: counter.operator.userId });
    }
    expect(await house.db.reads.countBy(OperatorSession, { operatorId: counter.operator.userId, isCurrent: 1 })).toBe(0);
  });

  it("leaves no request behind that could be approved, and its colleague's as they are", async () => {
    const [its, colleagues] = [await counter.requestReissue(), await counter.requestReissue({}, counter.colleague)];
    const decided = await counter.requestReissue();
    await counter.reject(decided);
    house.clock.advance(1_000);
    await remove();
    expect(JSON.parse((await house.history()).at(-1)?.after ?? "")).toEqual({ operator: counter.operator.loginId, withdrawnRequests: [its.id] });
    expect(await counter.request(its.id)).toMatchObject({ state: "WITHDRAWN", decidedBy: null, decidedAt: house.clock.now() });
    const approve = (request: ApprovalRequest) => counter.approve(request);
    await expect(approve(its)).rejects.toMatchObject({ code: "REQUEST_DECIDED" });
    expect(await house.currentCertificate(counter.tenant.master)).toBeNull();
    expect(await counter.request(colleagues.id)).toMatchObject({ state: "OPEN", decidedAt: null });
    expect(await counter.request(decided.id)).toMatchObject({ state: "REJECTED", decidedBy: counter.colleague.userId, decidedAt: THE_MORNING });
  });

  it("never comes back: neither the same nor another by that login ID", async () => {
    const { loginId } = counter.operator;
    await remove();
    await refused(() => registerOperator(house.desk, house.bank, { loginId, displayName: "誰か" }), `bank 5120 has, or had, an operator ${loginId}: a login ID never comes back`);
    for (const deed of [removeOperator, resetOperator, unlockOperator]) await refused(() => deed(house.desk, house.bank, loginId), `bank 5120 has no operator ${loginId}`);
  });

  it("must be there", async () => {
    const elsewhere = await anotherBank(house);
    await refused(() => removeOperator(house.desk, elsewhere, counter.operator.loginId), `bank ${elsewhere.code} has no operator ${counter.operator.loginId}`);
    expect(await house.db.reads.findOneBy(BankOperator, { id: counter.operator.userId })).toMatchObject({ removedAt: null });
  });

  it("while it signs in and while it asks for something is out afterwards, and nothing of it is open", async () => {
    const [entered, asked] = await Promise.allSettled([enter(), counter.requestReissue(), remove()]);
    if (entered.status === "rejected") expect(entered.reason).toMatchObject({ code: "SIGN_IN_FAILED" });
    if (asked.status === "rejected") expect(asked.reason).toMatchObject({ why: "SESSION_ENDED" });
    else expect(await counter.request(asked.value.id)).toMatchObject({ state: "WITHDRAWN" });
    expect(await house.db.reads.countBy(OperatorSession, { operatorId: counter.operator.userId, isCurrent: 1 })).toBe(0);
  });
});

it("of several removals at once one is done and on record", async () => {
  const { loginId } = await house.anOperator();
  const commands = [removeOperator, removeOperator, removeOperator].map((remove) => remove(house.desk, house.bank, loginId));
  const outcomes = await Promise.allSettled(commands);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const removals = (await house.history()).filter(({ action, after }) => action === "OPERATOR_REMOVE" && after?.includes(loginId));
  expect(removals).toHaveLength(1);
});

it("an operator whose password is reset leaves no request behind either: another may have made it", async () => {
  const [its, colleagues] = [await counter.requestReissue(), await counter.requestReissue({}, counter.colleague)];
  await resetOperator(house.desk, house.bank, counter.operator.loginId);
  expect(await counter.request(its.id)).toMatchObject({ state: "WITHDRAWN", decidedBy: null, decidedAt: house.clock.now() });
  await expect(counter.approve(its)).rejects.toMatchObject({ code: "REQUEST_DECIDED" });
  expect(await counter.request(colleagues.id)).toMatchObject({ state: "OPEN", decidedAt: null });
});
