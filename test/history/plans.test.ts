import { later, MINUTE } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { findHistory, historyCursor, type UsageHistoryFilter } from "../../src/history/readHistory.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import type { Actor } from "../../src/policy/Actor.js";
import { deedActions } from "../../src/policy/deeds.js";
import { engine } from "../support/engine.js";
import { House, THE_MORNING, type Caller, type DeskCaller, type Tenant } from "../support/House.js";

// A page of the history must cost what its rows cost, however many there are: by an index that is in the list's order.

let house: House;
let tenant: Tenant;
let master: Caller;
let operator: DeskCaller;
const ENTRIES = 6_000;

beforeAll(async () => {
  house = await House.open();
  tenant = await house.aTenant();
  const others = await Promise.all(Array.from({ length: 4 }, () => house.aTenant()));
  master = await house.signedIn(tenant.master);
  operator = await house.atTheDesk(await house.anOperator());
  const tenants = [tenant, ...others];
  const rows = Array.from({ length: ENTRIES }, (_none, index): UsageRecord => {
    const { contract, master: actor, taro, hana } = tenants[index % tenants.length] ?? tenant;
    const at = later(THE_MORNING, index * MINUTE);
    return {
      id: newId(at), bankId: house.bank.id, contractId: contract.id, at, actorId: actor.id, actorLoginId: actor.loginId, actorRole: "MASTER",
      action: deedActions[Math.floor(index / tenants.length) % deedActions.length] ?? "SIGN_IN", targetUserId: index % 3 === 0 ? taro.id : hana.id, targetLoginId: null, certificateId: newId(at),
      outcome: index % 7 === 0 ? "REFUSED" : "SUCCEEDED", code: null, requestId: newId(at), address: null, note: null, before: null, after: null,
    };
  });
  await house.db.transaction(async (tx) => {
    for (let from = 0; from < rows.length; from += 500) await tx.insert(UsageRecord, rows.slice(from, from + 500));
  });
  await house.db.transaction((tx) => tx.query(engine === "sqlite" ? "ANALYZE" : "ANALYZE TABLE usage_history"));
}, 60_000);
afterAll(() => house.close());

/** How the database goes about the page's statement. */
async function planOf(by: Actor, filter: UsageHistoryFilter, after: { key: string; id: string } | null): Promise<string> {
  let asked: [string, unknown[]] = ["", []];
  const reads = Object.assign(Object.create(house.db.reads) as typeof house.db.reads, {
    query: (text: string, params: unknown[] = []) => {
      if (text.includes("FROM usage_history h")) asked = [text, params];
      return house.db.reads.query(text, params);
    },
  });
  const desk = { ...house.desk, db: Object.assign(Object.create(house.db) as typeof house.db, { reads }) };
  const page = await findHistory(desk, by, filter, { first: 20, after });
  expect(page.rows.length).toBeGreaterThan(0);
  const plan: Record<string, unknown>[] = await house.db.reads.query(`${engine === "sqlite" ? "EXPLAIN QUERY PLAN" : "EXPLAIN"} ${asked[0]}`, asked[1]);
  return JSON.stringify(plan);
}

function expectFast(plan: string): void {
  if (engine === "sqlite") {
    expect(plan).toMatch(/SEARCH h USING INDEX ix_usage_history_\w+/);
    expect(plan).not.toMatch(/TEMP B-TREE|SCAN/);
  } else {
    expect(plan).toMatch(/"key":"ix_usage_history_\w+"/);
    expect(plan).not.toMatch(/filesort|temporary|"type":"ALL"/);
  }
}

const middle = () => ({ from: later(THE_MORNING, 2_000 * MINUTE), until: later(THE_MORNING, 4_000 * MINUTE) });
const filters: [string, () => UsageHistoryFilter][] = [
  ["everything", () => ({})],
  ["a time", middle],
  ["an action", () => ({ action: ["CERTIFICATE_REISSUE"] })],
  ["an action and a time", () => ({ action: ["CERTIFICATE_REISSUE"], ...middle() })],
  ["a target", () => ({ targetUserId: tenant.taro.id })],
  ["an actor", () => ({ actorId: tenant.master.id })],
];

describe.each([["the Master", () => master], ["the bank's staff", () => operator]] as [string, () => Actor][])("for %s", (_who, by) => {
  it.each(filters)("the first page of %s is read by an index in the list's order", async (_what, filter) => {
    expectFast(await planOf(by(), filter(), null));
  });

  it.each(filters)("and a page far behind of %s is entered by the cursor", async (_what, filter) => {
    const { rows } = await findHistory(house.desk, by(), filter(), { first: 25, after: null });
    const at = rows[Math.min(20, rows.length - 2)];
    const plan = await planOf(by(), filter(), at ? historyCursor(at) : null);
    expectFast(plan);
    if (engine === "sqlite") expect(plan).toMatch(/at<\?/);
  });
});

it.each([
  ["a request", async () => ({ requestId: (await house.history(tenant.contract))[50]?.requestId })],
  ["a certificate", async () => ({ certificateId: (await house.history(tenant.contract))[50]?.certificateId ?? "" })],
] as [string, () => Promise<UsageHistoryFilter>][])("%s is found by its own index", async (_what, filter) => {
  expectFast(await planOf(operator, await filter(), null));
});
