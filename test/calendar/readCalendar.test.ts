import { ClosedDay } from "../../src/calendar/ClosedDays.js";
import { loadHolidays, replaceHolidays } from "../../src/calendar/loadHolidays.js";
import { calendarDay } from "../../src/calendar/businessDays.js";
import { findCalendar, lastDaysToAct } from "../../src/calendar/readCalendar.js";
import { readHolidayFile } from "../../src/calendar/readHolidayFile.js";
import { japaneseHolidays } from "../../src/demo/demoCalendar.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import type { Contract } from "../../src/identity/Contract.js";
import type { Actor } from "../../src/policy/Actor.js";
import { House, THE_MORNING, type Caller, type DeskCaller, type Tenant } from "../support/House.js";

let house: House;
let ours: Tenant;
let theirs: Tenant;
let elsewhere: Tenant;
let master: Caller;
let operator: DeskCaller;

beforeAll(async () => {
  house = await House.open();
  [ours, theirs] = [await house.aTenant(), await house.aTenant()];
  await house.db.transaction((tx) => replaceHolidays(tx, house.bank, readHolidayFile(japaneseHolidays()), house.clock.now()));
  elsewhere = await house.aTenant({ bank: await anotherBank("1001") });
  await close(ours, "2026-12-30", "棚卸");
  await close(theirs, "2026-12-28", "創立記念日");
  master = await house.signedIn(ours.master);
  operator = await house.atTheDesk(await house.anOperator());
});
afterAll(() => house.close());
beforeEach(() => { house.clock.moveTo(THE_MORNING); });

async function anotherBank(code: string): Promise<Bank> {
  const bank: Bank = { id: newId(THE_MORNING), code, name: "他金庫", ...ordinaryPolicy, isDemo: false, createdAt: THE_MORNING };
  await house.db.transaction((tx) => tx.insert(Bank, bank));
  return bank;
}

const close = ({ contract }: { contract: Contract }, day: string, name: string) =>
  house.db.transaction((tx) => tx.insert(ClosedDay, { contractId: contract.id, day, name }));
const DECEMBER = { from: "2026-12-28", until: "2027-01-04" };

/** The business days from December 28 to January 4, by their date; null where there is no calendar to see. */
async function openDays(actor: Actor, contractId: string | null = null): Promise<string[] | null> {
  const calendar = await findCalendar(house.desk, actor, contractId, DECEMBER);
  const days = ["12-28", "12-29", "12-30", "12-31", "01-01", "01-04"].map((date) => `${date < "06" ? "2027" : "2026"}-${date}`);
  return calendar && days.filter((day) => calendarDay(calendar, day).isBusinessDay);
}

describe("a calendar", () => {
  it.each([
    ["the Master", () => master],
    ["a Public ID", () => house.signedIn(ours.taro)],
    ["whoever lacks its certificate", () => house.signedIn(ours.hana, { isEnrollOnly: true })],
  ])("is for %s the bank's with its own contract's closed days", async (_who, who) => {
    expect(await openDays(await who())).toEqual(["2026-12-28", "2026-12-29", "2027-01-04"]);
  });

  it("is for the bank's staff the bank's own, or any contract's of it", async () => {
    expect(await openDays(operator)).toEqual(["2026-12-28", "2026-12-29", "2026-12-30", "2027-01-04"]);
    expect(await openDays(operator, ours.contract.id)).toEqual(["2026-12-28", "2026-12-29", "2027-01-04"]);
    expect(await openDays(operator, theirs.contract.id)).toEqual(["2026-12-29", "2026-12-30", "2027-01-04"]);
  });

  it("isn't there for a contract of another, of another bank, or of nobody", async () => {
    const nobodys = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    expect(await openDays(master, ours.contract.id)).toHaveLength(3);
    for (const id of [theirs.contract.id, elsewhere.contract.id, nobodys, ""]) expect(await openDays(master, id)).toBeNull();
    for (const id of [elsewhere.contract.id, nobodys, ""]) expect(await openDays(operator, id)).toBeNull();
  });

  it("knows nothing of another bank's holidays", async () => {
    expect(await openDays(await house.signedIn(elsewhere.master))).toEqual([]);
    const calendar = await findCalendar(house.desk, await house.atTheDesk(await house.anOperator(elsewhere.bank)), null, DECEMBER);
    expect(calendar).toMatchObject({ bankHolidays: new Map(), knownYears: new Set() });
  });

  it("knows a year by any day of it, not only by those that were asked for", async () => {
    const bank = await anotherBank("1002");
    await house.db.transaction((tx) => replaceHolidays(tx, bank, readHolidayFile("2025/1/1,元日\n2026/12/31,銀行休業日"), house.clock.now()));
    const staff = await house.atTheDesk(await house.anOperator(bank));
    const known = async (from: string, until: string) => [...((await findCalendar(house.desk, staff, null, { from, until }))?.knownYears ?? [])];
    expect(await known("2025-06-01", "2025-06-30")).toEqual([2025]);
    expect(await known("2026-06-01", "2026-06-30")).toEqual([2026]);
    expect(await known("2024-06-01", "2024-06-30")).toEqual([]);
  });
});

describe("the last days to act", () => {
  const at = (deadline: string, { contract }: Tenant = ours) => ({ contractId: contract.id, at: new Date(deadline) });

  it("are each contract's own, in the order that was asked for", async () => {
    const deadlines = [at("2027-01-03T14:59:59.999Z"), at("2027-01-03T14:59:59.999Z", theirs), at("2026-12-28T14:59:59.999Z", theirs), at("2026-12-28T14:59:59.999Z")];
    expect(await lastDaysToAct(house.desk, operator, deadlines)).toEqual(["2026-12-29", "2026-12-30", "2026-12-25", "2026-12-28"]);
  });

  it("end with the day in Japan, also at the turn of the year", async () => {
    const deadlines = [at("2026-12-31T14:59:59.999Z"), at("2026-12-31T15:00:00.000Z"), at("2027-01-04T14:59:58.000Z"), at("2027-01-04T14:59:59.000Z")];
    expect(await lastDaysToAct(house.desk, master, deadlines)).toEqual(["2026-12-29", "2026-12-29", "2026-12-29", "2027-01-04"]);
  });

  it("are none once the day is over in Japan", async () => {
    house.clock.moveTo(new Date("2026-12-29T14:59:59.999Z"));
    expect(await lastDaysToAct(house.desk, master, [at("2026-12-30T14:59:59.999Z")])).toEqual(["2026-12-29"]);
    house.clock.moveTo(new Date("2026-12-29T15:00:00.000Z"));
    expect(await lastDaysToAct(house.desk, master, [at("2026-12-30T14:59:59.999Z")])).toEqual([null]);
  });

  it("are null where nobody knows: of a year that wasn't loaded, of a contract that may not be read", async () => {
    expect(await lastDaysToAct(house.desk, master, [at("2028-01-31T14:59:59.999Z"), at("2026-12-30T14:59:59.999Z", theirs), at("2027-12-30T14:59:59.999Z")]))
      .toEqual([null, null, "2027-12-30"]);
    expect(await lastDaysToAct(house.desk, await house.signedIn(elsewhere.master), [at("2026-12-28T14:59:59.999Z", elsewhere)])).toEqual([null]);
  });

  it("are known as soon as the bank has loaded the year", async () => {
    const colleague = await house.atTheDesk(await house.anOperator(elsewhere.bank));
    await loadHolidays(house.desk, colleague, { csv: "2026/12/28,臨時休業", closesYearEnd: true });
    expect(await lastDaysToAct(house.desk, await house.signedIn(elsewhere.master), [at("2026-12-28T14:59:59.999Z", elsewhere)])).toEqual(["2026-12-25"]);
  });
});
