import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { ClosedDay } from "../../src/calendar/ClosedDays.js";
import { replaceHolidays } from "../../src/calendar/loadHolidays.js";
import { readHolidayFile } from "../../src/calendar/readHolidayFile.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import { japaneseHolidays } from "../../src/demo/demoCalendar.js";
import type { Database, Reads } from "../../src/foundation/database/Database.js";
import { openDoor } from "../../src/http/server.js";
import { codes, graphql, type Answer } from "../support/graphql.js";
import { House, ordinarySettings, THE_MORNING, type Caller, type DeskCaller, type Tenant } from "../support/House.js";

let house: House;
let door: FastifyInstance;
let tenant: Tenant;
let master: Caller;
let operator: DeskCaller;
let statements: string[] = [];

beforeAll(async () => {
  house = await House.open();
  const { reads } = house.db;
  const query: Reads["query"] = (sql: string, parameters?: unknown[]) => {
    statements.push(sql);
    return reads.query(sql, parameters);
  };
  const db: Database = {
    ...house.db,
    reads: {
      query, find: (...given) => reads.find(...given), findBy: (...given) => reads.findBy(...given),
      findOneBy: (...given) => reads.findOneBy(...given), countBy: (...given) => reads.countBy(...given),
    },
  };
  door = await openDoor({ ...house.desk, db }, pino({ level: "silent" }), ordinarySettings);
  await house.db.transaction((tx) => replaceHolidays(tx, house.bank, readHolidayFile(japaneseHolidays()), house.clock.now()));
  operator = await house.atTheDesk(await house.anOperator());
});
afterAll(async () => {
  await door.close();
  await house.close();
});
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
  statements = [];
});

const ask = <Data = Record<string, unknown>>(query: string, variables: object = {}, by: Caller | DeskCaller = master): Promise<Answer<Data>> =>
  graphql<Data>(door, by, query, variables);

describe("certificate.lastDayToAct", () => {
  const LAST = "query ($id: ID) { certificates(filter: { userId: $id }) { nodes { status lastDayToAct } } }";
  const shownOf = async () => (await ask<{ certificates: { nodes: object[] } }>(LAST)).data.certificates.nodes;

  it.each([
    ["PENDING", { status: "PENDING", lastDayToAct: "2027-02-12" }], // 80 days on: a Friday, to its end
    ["ACTIVE", { status: "ACTIVE", lastDayToAct: "2027-11-22" }], // until the 24th in the morning; the 23rd is a holiday
    ["ENROLLMENT_EXPIRED", { status: "ENROLLMENT_EXPIRED", lastDayToAct: null }],
    ["EXPIRED", { status: "EXPIRED", lastDayToAct: null }],
    ["REVOKED", { status: "REVOKED", lastDayToAct: null }],
  ] as const)("of one that is %s", async (status, shown) => {
    await house.aCertificate(tenant.taro, status);
    expect(await shownOf()).toEqual([shown]);
  });

  it("goes with the contract's closed days", async () => {
    await house.aCertificate(tenant.taro, "PENDING");
    await house.db.transaction((tx) => tx.insert(ClosedDay, { contractId: tenant.contract.id, day: "2027-02-12", name: "休業" }));
    expect(await shownOf()).toEqual([{ status: "PENDING", lastDayToAct: "2027-02-10" }]); // the 11th is a holiday
  });

  it("is null where its year's holidays weren't loaded", async () => {
    const { id } = await house.aCertificate(tenant.taro);
    await house.db.transaction((tx) => tx.update(Certificate, { id }, { notAfter: new Date("2028-02-01T14:59:59.000Z") }));
    expect(await shownOf()).toEqual([{ status: "ACTIVE", lastDayToAct: null }]);
  });

  it("stays what it is from midnight to midnight in Japan, and ends with its day", async () => {
    await house.aCertificate(tenant.taro, "PENDING");
    for (const [now, day] of [["2027-02-11T15:00:00.000Z", "2027-02-12"], ["2027-02-12T14:59:59.999Z", "2027-02-12"], ["2027-02-12T15:00:00.000Z", null]] as const) {
      house.clock.moveTo(new Date(now));
      master = await house.signedIn(tenant.master);
      expect(await shownOf()).toMatchObject([{ lastDayToAct: day }]);
    }
  });

  it("takes as many statements for twenty certificates of five contracts as for one", async () => {
    const cost = async () => {
      statements = [];
      expect(codes(await ask("{ certificates(first: 100) { nodes { lastDayToAct } } }", {}, operator))).toEqual([]);
      return statements.length;
    };
    await house.aCertificate(tenant.taro, "PENDING");
    const one = await cost();
    const tenants = await Promise.all(Array.from({ length: 5 }, () => house.aTenant()));
    for (const { master: theirs, taro, hana, contract } of tenants) {
      for (const user of [theirs, taro, hana, await house.aUser(contract)]) await house.aCertificate(user, "PENDING");
    }
    expect(await cost()).toBe(one);
  });
});

describe("calendar", () => {
  const DAYS = "query ($from: LocalDate!, $until: LocalDate!) { calendar(from: $from, until: $until) { days { date isBusinessDay isWeekend bankHoliday closedDay } years { year isKnown } } }";
  const days = async (from: string, until: string) => ask<{ calendar: { days: { date: string }[]; years: object[] } }>(DAYS, { from, until });

  it("shows 400 days, each once and in order, and the years they lie in", async () => {
    const { calendar } = (await days("2026-11-24", "2027-12-28")).data;
    expect(calendar.days).toHaveLength(400);
    expect(calendar.days.map(({ date }) => date)).toEqual([...new Set(calendar.days.map(({ date }) => date))].sort());
    expect([calendar.days[0], calendar.days.at(-1)]).toMatchObject([{ date: "2026-11-24" }, { date: "2027-12-28" }]);
    expect(calendar.years).toEqual([{ year: 2026, isKnown: true }, { year: 2027, isKnown: true }]);
  });

  it.each([
    ["401 days", "2026-11-24", "2027-12-29"],
    ["ten thousand years", "0001-01-01", "9999-12-31"],
    ["the wrong way round", "2026-11-25", "2026-11-24"],
    ["a day that doesn't exist", "2026-02-29", "2026-03-01"],
    ["another form of a date", "2026/11/24", "2026-11-25"],
  ])("is refused as bad input for %s", async (_what, from, until) => {
    expect(codes(await days(from, until))).toEqual(["BAD_USER_INPUT"]);
  });

  it("goes to the end of time and no further", async () => {
    const { calendar } = (await days("9999-12-30", "9999-12-31")).data;
    expect(calendar).toMatchObject({ days: [{ date: "9999-12-30" }, { date: "9999-12-31" }], years: [{ year: 9999, isKnown: false }] });
  });

  it("costs as much as its days: four years of them are too dear in one request", async () => {
    const year = (alias: string) => `${alias}: calendar(from: "2026-01-01", until: "2026-12-31") { days { date isBusinessDay isWeekend bankHoliday closedDay } }`;
    expect(codes(await ask(`{ ${year("a")} ${year("b")} }`))).toEqual([]);
    expect(codes(await ask(`{ ${["a", "b", "c", "d"].map(year).join(" ")} }`))).toEqual(["TOO_COMPLEX"]);
  });
});

describe("editClosedDays", () => {
  const EDIT = "mutation ($input: EditClosedDaysInput!) { editClosedDays(input: $input) { calendar(from: \"2026-12-28\", until: \"2026-12-28\") { days { closedDay } } userErrors { code path } } }";

  it("tells a screen all the fields that are wrong, and shows no calendar then", async () => {
    const input = { add: [{ day: "2026-02-30", name: "" }], remove: ["soon"] };
    expect((await ask(EDIT, { input })).data).toEqual({
      editClosedDays: {
        calendar: null,
        userErrors: [
          { code: "DATE_INVALID", path: ["add", "0", "day"] }, { code: "VALUE_REQUIRED", path: ["add", "0", "name"] }, { code: "DATE_INVALID", path: ["remove", "0"] },
        ],
      },
    });
  });

  it("shows the calendar as it stands after it", async () => {
    const input = { add: [{ day: "2026-12-28", name: "創立記念日" }] };
    expect((await ask(EDIT, { input })).data).toEqual({ editClosedDays: { calendar: { days: [{ closedDay: "創立記念日" }] }, userErrors: [] } });
  });
});

describe("loadHolidays", () => {
  const LOAD = "mutation ($input: LoadHolidaysInput!) { loadHolidays(input: $input) { days userErrors { code message nextStep path } } }";

  it("names the line that can't be read, in either language", async () => {
    const input = { csv: "2026/1/1,元日\n2026/2/29,閏日\n" };
    const { data } = await ask<{ loadHolidays: { days: null; userErrors: { message: string }[] } }>(LOAD, { input }, operator);
    expect(data.loadHolidays).toMatchObject({ days: null, userErrors: [{ code: "CALENDAR_MALFORMED", message: "休日データの2行目を読み取れません。", path: ["csv"] }] });
    const english = await graphql<typeof data>(door, operator, LOAD, { input }, { "accept-language": "en" });
    expect(english.data.loadHolidays.userErrors[0]?.message).toBe("Line 2 of the calendar can't be read.");
  });

  it("takes the turn of the year along unless it is told not to", async () => {
    const csv = "2035/1/1,元日\n";
    expect((await ask(LOAD, { input: { csv } }, operator)).data).toMatchObject({ loadHolidays: { days: 4 } });
    expect((await ask(LOAD, { input: { csv, closesYearEnd: false } }, operator)).data).toMatchObject({ loadHolidays: { days: 1 } });
  });
});
