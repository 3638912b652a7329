import { acknowledgeAlert } from "../../src/alerts/acknowledgeAlert.js";
import { acknowledgementsOf, alertsByIds, findAlerts, type AlertFilter } from "../../src/alerts/readAlerts.js";
import { MINUTE, later } from "../../src/foundation/clock.js";
import { raiseAlert } from "../../src/history/Alert.js";
import type { Actor } from "../../src/policy/Actor.js";
import { anotherBank, Counter } from "../support/Counter.js";
import { House, THE_MORNING, type Caller, type DeskCaller, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;
let master: Caller;
let operator: DeskCaller;
let id: string;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  await house.clear();
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
  operator = await house.atTheDesk(await house.anOperator());
  await raise();
  id = (await list(master))[0]?.id ?? "";
});

async function raise(): Promise<void> {
  const { id: userId, contractId, bankId } = tenant.taro;
  const certificate = (await house.currentCertificate(tenant.taro)) ?? (await house.aCertificate(tenant.taro));
  await house.db.transaction((tx) => raiseAlert(tx, { kind: "REISSUE_EARLY", holder: { userId, contractId, bankId }, certificateId: certificate.id, evidence: { remainingPercent: 99 } }, house.clock.now()));
}
const list = async (by: Actor, filter: AlertFilter = {}) => (await findAlerts(house.desk, by, filter, { first: 10, after: null })).rows;
const acknowledge = (by: Actor, alertId = id, note: string | null = null) => acknowledgeAlert(house.desk, by, { alertId, note });
const known = async (by: Actor) => (await acknowledgementsOf(house.desk, by, [id]))[0];

it("an alert is seen by the Master and by the bank, and by nobody else", async () => {
  for (const by of [master, operator]) expect(await list(by)).toMatchObject([{ kind: "REISSUE_EARLY", times: 1, userId: tenant.taro.id, raisedAt: THE_MORNING, evidence: '{"remainingPercent":99}' }]);
  const stranger = await house.signedIn((await house.aTenant()).master);
  const foreigner = await Counter.open(house, await anotherBank(house));
  for (const by of [await house.signedIn(tenant.taro), await house.signedIn(tenant.hana), stranger, foreigner.operator]) {
    expect(await list(by)).toEqual([]);
    expect(await alertsByIds(house.desk, by, [id])).toEqual([null]);
  }
});

it("each side takes note of it for itself, by name, and on record", async () => {
  await acknowledge(master, id, "本人に確認済み");
  expect(await list(master, { isAcknowledged: false })).toEqual([]);
  expect(await list(master, { isAcknowledged: true })).toHaveLength(1);
  expect(await list(operator, { isAcknowledged: false })).toHaveLength(1); // whoever sits in the Master's session takes nothing from the bank's eyes
  house.clock.moveTo(later(THE_MORNING, MINUTE));
  await acknowledge(operator);
  expect(await list(operator, { isAcknowledged: false })).toEqual([]);
  expect(await known(operator)).toMatchObject([
    { side: "CONTRACT", byLoginId: tenant.master.loginId, byName: "管理者", at: THE_MORNING, note: "本人に確認済み" },
    { side: "BANK", byLoginId: operator.loginId, byName: "窓口担当者", at: later(THE_MORNING, MINUTE), note: null },
  ]);
  expect((await house.history(tenant.contract)).filter(({ action }) => action === "ALERT_ACKNOWLEDGE")).toMatchObject([
    { outcome: "SUCCEEDED", actorLoginId: tenant.master.loginId, targetUserId: tenant.taro.id, certificateId: (await house.currentCertificate(tenant.taro))?.id, note: "本人に確認済み" }, { outcome: "SUCCEEDED", actorRole: "BANK_OPERATOR" },
  ]);
});

it("a customer is told that the bank has taken note, and not who of it", async () => {
  await acknowledge(operator, id, "電話済");
  expect(await known(master)).toMatchObject([{ side: "BANK", byLoginId: "", byName: "", note: null }]);
});

it("once is enough, until it happens again", async () => {
  await acknowledge(master);
  await expect(acknowledge(master)).rejects.toMatchObject({ code: "ALREADY_ACKNOWLEDGED" });
  house.clock.moveTo(later(THE_MORNING, MINUTE));
  await raise();
  expect(await list(master, { isAcknowledged: false })).toMatchObject([{ id, times: 2 }]);
  await acknowledge(master, id, "再度確認");
  expect(await known(master)).toMatchObject([{ at: later(THE_MORNING, MINUTE), note: "再度確認" }]);
});

it("of a side's two at once one takes note", async () => {
  const results = await Promise.allSettled([acknowledge(operator), acknowledge(await house.atTheDesk(await house.anOperator()))]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await known(operator)).toHaveLength(1);
});

it.each([
  ["a Public ID", () => house.signedIn(tenant.taro), "MASTER_ONLY"],
  ["a Master of another contract", async () => house.signedIn((await house.aTenant()).master), "NOT_FOUND"],
  ["another bank's staff", async () => (await Counter.open(house, await anotherBank(house))).operator, "NOT_FOUND"],
] as [string, () => Promise<Actor>, string][])("%s can't", async (_who, who, code) => {
  const by = await who();
  const before = await house.snapshot();
  await expect(acknowledge(by)).rejects.toMatchObject({ code });
  expect(await house.snapshot()).toEqual(before);
  expect((await house.history()).at(-1)).toMatchObject({ action: "ALERT_ACKNOWLEDGE", outcome: "REFUSED", code });
});

it("what nobody has raised can't be taken note of", async () => {
  await expect(acknowledge(master, "nobody")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

it("can be narrowed to kinds, a contract and a user", async () => {
  expect(await list(operator, { kind: ["REISSUE_BURST"] })).toEqual([]);
  expect(await list(operator, { kind: ["REISSUE_EARLY"], contractId: tenant.contract.id, userId: tenant.taro.id })).toHaveLength(1);
  expect(await list(operator, { userId: tenant.hana.id })).toEqual([]);
});
