import { approvalStates } from "../../src/desk/ApprovalRequest.js";
import { approvalStatusAt, approvalStatuses, type ApprovalStatus } from "../../src/desk/approvalStatus.js";
import { operatorsByIds } from "../../src/desk/readOperators.js";
import { findRequests, requestsByIds } from "../../src/desk/readRequests.js";
import { DAY, later, MINUTE } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import type { Actor } from "../../src/policy/Actor.js";
import { anotherBank, Counter } from "../support/Counter.js";
import { House, THE_MORNING } from "../support/House.js";

let house: House;
let counter: Counter;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
// A bank of its own for each test, so that its list is.
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  counter = await Counter.open(house, await anotherBank(house));
});

const PAGE = { first: 100, after: null };
const list = async (status?: ApprovalStatus[], by: Actor = counter.operator) => (await findRequests(house.desk, by, { status }, PAGE)).rows;
const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);

describe("a request's status", () => {
  const at = THE_MORNING;
  it.each([
    ["OPEN", false, 0, "OPEN"],
    ["OPEN", false, -1, "EXPIRED"],
    ["OPEN", true, 0, "OUTDATED"],
    ["OPEN", true, -1, "EXPIRED"],
    ["APPROVED", true, -1, "APPROVED"], // by itself it changed the target
    ["REJECTED", true, -1, "REJECTED"],
    ["WITHDRAWN", false, 0, "WITHDRAWN"],
  ] as const)("stored %s, target changed %s, %d ms before its end, is %s", (state, hasChanged, left, status) => {
    expect(approvalStatusAt({ state, expiresAt: later(at, left) }, hasChanged, at)).toBe(status);
  });

  it("has a word for whatever is stored", () => { expect(approvalStatuses).toEqual(expect.arrayContaining([...approvalStates])); });
});

describe("the list of requests", () => {
  /** One of each status. */
  const oneOfEach = async (): Promise<Record<ApprovalStatus, string>> => {
    const expired = await counter.requestReissue();
    house.clock.advance(DAY + 1);
    counter = await counter.onAnotherDay();
    const outdated = await counter.requestReissue();
    await counter.lock();
    const approved = await counter.requestUnlock();
    await counter.approve(approved); // by which the one before it is outdated
    const rejected = await counter.requestReissue({ expectedVersion: 2 });
    await counter.reject(rejected);
    const withdrawn = await counter.requestReissue({ expectedVersion: 2 });
    await counter.withdraw(withdrawn);
    const open = await counter.requestReissue({ expectedVersion: 2 });
    return { EXPIRED: expired.id, OUTDATED: outdated.id, APPROVED: approved.id, REJECTED: rejected.id, WITHDRAWN: withdrawn.id, OPEN: open.id };
  };

  it("shows the newest first, each with what has become of it", async () => {
    const each = await oneOfEach();
    const rows = await list();
    expect(ids(rows)).toEqual([each.OPEN, each.WITHDRAWN, each.REJECTED, each.APPROVED, each.OUTDATED, each.EXPIRED]);
    for (const { id, status } of rows) expect(each[status]).toBe(id);
  });

  it("by status finds those and no others", async () => {
    const each = await oneOfEach();
    for (const status of approvalStatuses) expect(ids(await list([status]))).toEqual([each[status]]);
    expect(ids(await list(["OPEN", "APPROVED", "EXPIRED"]))).toEqual([each.OPEN, each.APPROVED, each.EXPIRED]);
    expect(await list([...approvalStatuses])).toHaveLength(6);
    expect(await list([])).toEqual([]);
  });

  it("by status follows the clock, to the millisecond", async () => {
    const { expiresAt } = await counter.requestReissue();
    house.clock.moveTo(expiresAt);
    expect([(await list(["OPEN"])).length, (await list(["EXPIRED"])).length]).toEqual([1, 0]);
    house.clock.advance(1);
    expect([(await list(["OPEN"])).length, (await list(["EXPIRED"])).length]).toEqual([0, 1]);
  });

  it("tells of each what is stored", async () => {
    await counter.lock();
    const request = await counter.requestUnlock({ note: "電話にて本人確認済" });
    expect(await list()).toEqual([{ ...request, status: "OPEN" }]);
    await counter.approve(request);
    expect(await list()).toEqual([{ ...(await counter.request(request.id)), status: "APPROVED" }]);
  });

  it("goes by pages, and counts all only when asked", async () => {
    const made: string[] = [];
    for (let one = 0; one < 5; one++) {
      made.unshift((await counter.requestReissue()).id);
      house.clock.advance(one % 2 === 0 ? 0 : MINUTE);
    }
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await findRequests(house.desk, counter.colleague, {}, { first: 2, after: after === null ? null : { key: after, id: after } });
      expect(await page.count()).toEqual({ total: 5, isCapped: false });
      seen.push(...ids(page.rows));
      after = page.rows.at(-1)?.id ?? null;
      if (!page.hasNextPage) break;
    }
    expect(seen).toEqual(made);
  });

  it("is its bank's alone, and no customer's", async () => {
    const { id } = await counter.requestReissue();
    const elsewhere = await Counter.open(house, await anotherBank(house));
    const { master, taro, hana } = counter.tenant;
    const others = [elsewhere.operator, await house.signedIn(master), await house.signedIn(taro), await house.signedIn(hana, { isEnrollOnly: true })];
    for (const other of others) {
      expect(await list(undefined, other)).toEqual([]);
      expect(await requestsByIds(house.desk, other, [id])).toEqual([null]);
    }
    expect(await requestsByIds(house.desk, counter.colleague, ["x", id, newId(THE_MORNING)])).toMatchObject([null, { id, status: "OPEN" }, null]);
  });
});

it("an operator is seen by its colleagues and by nobody else", async () => {
  const { operator: { userId }, tenant: { bank } } = counter;
  const known = { id: userId, loginId: counter.operator.loginId, displayName: "窓口担当者", bankCode: bank.code, bankName: bank.name };
  expect(await operatorsByIds(house.desk, counter.colleague, [newId(THE_MORNING), userId])).toEqual([null, known]);
  const elsewhere = await Counter.open(house, await anotherBank(house));
  for (const other of [elsewhere.operator, await house.signedIn(counter.tenant.master)]) expect(await operatorsByIds(house.desk, other, [userId])).toEqual([null]);
});
