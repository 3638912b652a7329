import { readFileSync } from "node:fs";
import { BankHoliday } from "../../src/calendar/ClosedDays.js";
import { loadHolidays, type LoadHolidays } from "../../src/calendar/loadHolidays.js";
import { later } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import type { Actor } from "../../src/policy/Actor.js";
import { House, THE_MORNING, type DeskCaller, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;
let operator: DeskCaller;

beforeAll(async () => {
  house = await House.open();
  tenant = await house.aTenant();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.db.transaction((tx) => tx.query("DELETE FROM bank_holidays"));
  operator = await house.atTheDesk(await house.anOperator());
});

const OFFICIAL = "国民の祝日・休日月日,国民の祝日・休日名称\r\n2026/1/1,元日\r\n2026/1/12,成人の日\r\n2027/1/1,元日\r\n";
const load = (csv: string, actor: Actor = operator, changes: Partial<LoadHolidays> = {}) =>
  loadHolidays(house.desk, actor, { csv, closesYearEnd: false, ...changes });
const holidays = async (bank = house.bank) => {
  const rows = await house.db.reads.find(BankHoliday, { where: { bankId: bank.id }, order: { day: "ASC" } });
  return rows.map(({ day, name }) => `${day} ${name}`);
};
const lastEntry = async () => (await house.history()).at(-1);

async function anotherBanksOperator(code: string): Promise<{ bank: Bank; colleague: DeskCaller }> {
  const bank: Bank = { id: newId(THE_MORNING), code, name: "他金庫", ...ordinaryPolicy, isDemo: false, createdAt: THE_MORNING };
  await house.db.transaction((tx) => tx.insert(Bank, bank));
  return { bank, colleague: await house.atTheDesk(await house.anOperator(bank)) };
}

describe("holidays from a file", () => {
  it("are those of the operator's bank from then on", async () => {
    expect(await load(OFFICIAL)).toEqual({ days: 3, firstDay: "2026-01-01", lastDay: "2027-01-01" });
    expect(await holidays()).toEqual(["2026-01-01 元日", "2026-01-12 成人の日", "2027-01-01 元日"]);
  });

  it("replace whole years, and only those that the file names", async () => {
    await load("2025/1/1,元日\n2026/1/1,旧\n2026/8/8,旧\n2027/1/1,旧\n");
    expect(await load("2026/5/4,みどりの日\n2024/1/1,元日\n")).toEqual({ days: 2, firstDay: "2024-01-01", lastDay: "2026-05-04" });
    expect(await holidays()).toEqual(["2024-01-01 元日", "2025-01-01 元日", "2026-05-04 みどりの日", "2027-01-01 旧"]);
  });

  it("come with the turn of the year where the file doesn't name it", async () => {
    expect(await load("2026/1/1,元日\n2026/1/2,臨時休業\n", operator, { closesYearEnd: true })).toMatchObject({ days: 4, lastDay: "2026-12-31" });
    expect(await holidays()).toEqual(["2026-01-01 元日", "2026-01-02 臨時休業", "2026-01-03 銀行休業日", "2026-12-31 銀行休業日"]);
  });

  it("are those that come along with the house, as they stand", async () => {
    const csv = readFileSync("src/calendar/japaneseHolidays.csv", "utf8");
    expect(await load(csv, operator, { closesYearEnd: true })).toEqual({ days: 63, firstDay: "2025-01-01", lastDay: "2027-12-31" });
    expect(await holidays()).toContain("2026-09-22 国民の休日");
  });

  it("may be 3,000 at once", async () => {
    const days = Array.from({ length: 3_000 }, (_, index) => `${new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10)},休`);
    expect(await load(days.join("\n"))).toMatchObject({ days: 3_000, firstDay: "2020-01-01" });
  });

  it("may all be renamed at once: the entry names a hundred of them, and how many more", async () => {
    const days = Array.from({ length: 2_600 }, (_, index) => new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10));
    await load(days.map((day) => `${day},国民休祝日`).join("\n"));
    await load(days.map((day) => `${day},${"祝".repeat(20)}`).join("\n"));
    const { before, after } = (await lastEntry()) ?? {};
    for (const told of [(JSON.parse(before ?? "") as { onlyThen: string[] }).onlyThen, (JSON.parse(after ?? "") as { onlyNow: string[] }).onlyNow]) {
      expect([told.length, told.at(-1)]).toEqual([101, "and 2500 more"]);
    }
  });

  it("are noted with their time at the bank, each load anew, and at no other", async () => {
    const { bank: elsewhere } = await anotherBanksOperator("1009");
    const loadedAt = async ({ id }: Bank) => (await house.db.reads.findOneBy(Bank, { id }))?.holidaysLoadedAt;
    await load(OFFICIAL);
    const first = house.clock.now();
    expect(await loadedAt(house.bank)).toEqual(first);
    house.clock.advance(1_000);
    await expect(load("no file")).rejects.toMatchObject({ code: "CALENDAR_MALFORMED" });
    expect(await loadedAt(house.bank)).toEqual(first);
    await load(OFFICIAL);
    expect([await loadedAt(house.bank), await loadedAt(elsewhere)]).toEqual([later(first, 1_000), null]);
  });

  it("leave another bank's as they are", async () => {
    const { bank, colleague } = await anotherBanksOperator("1001");
    await load("2026/1/1,他金庫の元日", colleague);
    await load(OFFICIAL);
    expect(await holidays(bank)).toEqual(["2026-01-01 他金庫の元日"]);
    expect(await holidays()).toHaveLength(3);
  });

  it("are an entry of the history, with years and counts", async () => {
    await load(OFFICIAL);
    await load("2026/5/4,みどりの日");
    expect(await lastEntry()).toMatchObject({
      action: "HOLIDAYS_LOAD", outcome: "SUCCEEDED", actorRole: "BANK_OPERATOR", actorId: operator.userId, bankId: house.bank.id, contractId: null,
      before: '{"days":2,"onlyThen":["2026-01-01 元日","2026-01-12 成人の日"],"years":[2026]}',
      after: '{"days":1,"onlyNow":["2026-05-04 みどりの日"],"years":[2026]}',
    });
  });
});

describe("a file that can't be read", () => {
  it.each([
    ["a malformed line", `${OFFICIAL}2027/2/29,閏日\r\n`, { code: "CALENDAR_MALFORMED", facts: { line: 5 } }],
    ["a day twice", `${OFFICIAL}2026-1-1,元日\r\n`, { code: "CALENDAR_MALFORMED", facts: { line: 5 } }],
    ["no day", "", { code: "VALUE_REQUIRED" }],
    ["more than 200 KB", "x".repeat(200_001), { code: "TEXT_TOO_LONG" }],
  ])("is refused for %s, changes nothing, and is remembered", async (_what, csv, refusal) => {
    await load("2026/8/8,旧");
    const before = await house.snapshot();
    await expect(load(csv, operator, { closesYearEnd: true })).rejects.toMatchObject({ ...refusal, path: ["csv"] });
    expect(await house.snapshot()).toEqual(before);
    expect(await lastEntry()).toMatchObject({ action: "HOLIDAYS_LOAD", outcome: "REFUSED", code: refusal.code, after: null });
  });
});

describe("who may not load holidays", () => {
  it.each([
    ["a Master", () => house.signedIn(tenant.master), "BANK_ONLY"],
    ["a Public ID", () => house.signedIn(tenant.taro), "BANK_ONLY"],
    ["whoever lacks its certificate", () => house.signedIn(tenant.master, { isEnrollOnly: true }), "CERTIFICATE_REQUIRED"],
    ["whose passwords are due", () => house.signedIn(tenant.master, { passwordsDue: "INITIAL" }), "PASSWORD_CHANGE_REQUIRED"],
  ])("%s: refused before the file is looked at, nothing changed, and remembered", async (_who, who, code) => {
    const actor = await who();
    await load(OFFICIAL);
    const before = await house.snapshot();
    await expect(load("no file at all", actor)).rejects.toMatchObject({ code });
    expect(await house.snapshot()).toEqual(before);
    expect(await lastEntry()).toMatchObject({ action: "HOLIDAYS_LOAD", outcome: "REFUSED", code, contractId: tenant.contract.id });
  });

  it("an operator whose session ended", async () => {
    await house.db.transaction((tx) => tx.query("UPDATE operator_sessions SET is_current = NULL"));
    await expect(load(OFFICIAL)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await holidays()).toEqual([]);
  });
});

it("of many files at once, each is whole: one of them is what stays, and every one is on record", async () => {
  const operators = await Promise.all(Array.from({ length: 8 }, async () => house.atTheDesk(await house.anOperator())));
  const entries = (await house.history()).length;
  const results = await Promise.all(operators.map((actor, index) =>
    load(`2026/1/1,元日${String(index)}\n2026/2/11,建国${String(index)}\n2026/${String(index + 3)}/5,別${String(index)}`, actor)));
  expect(results.map(({ days }) => days)).toEqual(operators.map(() => 3));

  const stayed = await holidays();
  const [winner = ""] = stayed[0]?.match(/\d$/) ?? [];
  expect(stayed).toEqual([`2026-01-01 元日${winner}`, `2026-02-11 建国${winner}`, `2026-${String(Number(winner) + 3).padStart(2, "0")}-05 別${winner}`]);
  const recorded = (await house.history()).slice(entries);
  expect(recorded.map(({ outcome }) => outcome)).toEqual(operators.map(() => "SUCCEEDED"));
  // One after the other: only the first found nothing to replace.
  expect(recorded.filter(({ before }) => before === '{"days":0,"onlyThen":[],"years":[2026]}')).toHaveLength(1);
});
