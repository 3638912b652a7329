import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { calendarDay, lastDayToAct, type Calendar } from "../../src/calendar/businessDays.js";
import { readHolidayFile } from "../../src/calendar/readHolidayFile.js";
import { endOfJapaneseDay, isDay, japaneseDate, yearOf } from "../../src/foundation/japanTime.js";

const holidays = new Map(readHolidayFile(readFileSync("src/calendar/japaneseHolidays.csv", "utf8")).map(({ day, name }) => [day, name]));
const given = ({ closed = [], known = [2025, 2026, 2027] }: { closed?: string[]; known?: number[] } = {}): Calendar => ({
  bankHolidays: new Map([...holidays].filter(([day]) => known.includes(yearOf(day)))),
  closedDays: new Map(closed.map((day) => [day, "休業日"])),
  knownYears: new Set(known),
});
const NOW = new Date("2026-11-24T01:00:00.000Z"); // 10:00 in Japan
const last = (deadline: string, calendar = given(), now = NOW) => lastDayToAct(calendar, new Date(deadline), now);

describe("a business day", () => {
  it.each([
    ["a Tuesday", "2026-11-24", true],
    ["a Saturday", "2026-11-28", false],
    ["a Sunday", "2026-11-29", false],
    ["Labour Thanksgiving Day", "2026-11-23", false],
    ["the day between two holidays", "2026-09-22", false],
    ["the Wednesday that stands for a Sunday's holiday", "2026-05-06", false],
    ["the last day of the year, when banks are closed", "2026-12-31", false],
    ["the 30th of December", "2026-12-30", true],
    ["the 2nd of January", "2026-01-02", false],
  ])("%s", (_what, day, is) => {
    expect(calendarDay(given(), day).isBusinessDay).toBe(is);
  });

  it("is none that the contract closes", () => {
    expect(calendarDay(given({ closed: ["2026-12-28"] }), "2026-12-28")).toEqual({
      date: "2026-12-28", isBusinessDay: false, isWeekend: false, bankHoliday: null, closedDay: "休業日",
    });
  });

  it("is unknown on a weekday of a year that wasn't loaded; what is closed anyway is known", () => {
    const calendar = given({ known: [], closed: ["2026-11-25"] });
    const days = ["2026-11-24", "2026-11-25", "2026-11-28"].map((day) => calendarDay(calendar, day).isBusinessDay);
    expect(days).toEqual([null, false, false]);
  });
});

describe("the last day to act", () => {
  it.each([
    ["is the deadline's own day where it ends with that day", "2026-12-01T14:59:59.999Z", "2026-12-01"],
    ["also to the second, which is all that X.509 can say", "2026-12-01T14:59:59.000Z", "2026-12-01"],
    ["is the day before where a second is missing", "2026-12-01T14:59:58.999Z", "2026-11-30"],
    ["is the day before where the next one has only begun", "2026-12-01T15:00:00.000Z", "2026-12-01"],
    ["is the day before a deadline at 8:59, which is midnight in Greenwich", "2026-12-01T23:59:59.000Z", "2026-12-01"],
    ["is Friday for a weekend's deadline", "2026-12-06T14:59:59.999Z", "2026-12-04"],
    ["goes back over a holiday", "2027-11-23T14:59:59.999Z", "2027-11-22"],
    ["goes back over Golden Week", "2027-05-05T14:59:59.999Z", "2027-04-30"],
    ["goes back over the turn of the year", "2027-01-03T14:59:59.999Z", "2026-12-30"],
    ["is in the new year where its first business day is", "2027-01-04T14:59:59.999Z", "2027-01-04"],
    ["is today where the deadline is tonight", "2026-11-24T14:59:59.999Z", "2026-11-24"],
  ])("%s", (_what, deadline, day) => {
    expect(last(deadline)).toBe(day);
  });

  it("goes back over the contract's closed days", () => {
    expect(last("2026-12-02T14:59:59.999Z", given({ closed: ["2026-12-01", "2026-12-02"] }))).toBe("2026-11-30");
  });

  it("is nobody's to tell where no business day is left", () => {
    expect(last("2026-11-25T02:00:00.000Z")).toBe("2026-11-24");
    expect(last("2026-11-24T14:00:00.000Z")).toBeNull(); // today doesn't last, yesterday is gone
    expect(last("2026-12-01T14:59:59.999Z", given({ closed: ["2026-12-01"] }), new Date("2026-11-30T15:00:00.000Z"))).toBeNull();
    expect(last("2026-11-29T14:59:59.999Z", given(), new Date("2026-11-28T03:00:00.000Z"))).toBeNull(); // a weekend
    expect(last("2020-01-31T14:59:59.999Z")).toBeNull();
  });

  it("is counted from today in Japan, from midnight there", () => {
    const deadline = "2026-11-24T14:59:59.999Z";
    expect(last(deadline, given(), new Date("2026-11-24T14:59:59.999Z"))).toBe("2026-11-24");
    expect(last(deadline, given(), new Date("2026-11-24T15:00:00.000Z"))).toBeNull();
  });

  it("is nobody's to tell in a year that wasn't loaded, also where the way back leads into one", () => {
    const calendar = given({ known: [2027] });
    expect(last("2028-03-31T14:59:59.999Z", given())).toBeNull();
    expect(last("2027-01-04T14:59:59.999Z", calendar)).toBe("2027-01-04");
    expect(last("2027-01-03T14:59:59.999Z", calendar)).toBeNull();
  });

  it("is told where an unknown year begins with a weekend", () => {
    expect(last("2028-01-02T14:59:59.999Z")).toBe("2027-12-30");
  });

  it("is whole, a business day, not past, and the last such one, whatever the calendar", () => {
    const aDay = fc.integer({ min: 0, max: 60 }).map((days) => japaneseDate(endOfJapaneseDay(NOW, days)));
    const aDeadline = fc.integer({ min: 0, max: 60 * 24 * 3_600 }).map((seconds) => new Date(NOW.getTime() + seconds * 1_000));
    fc.assert(fc.property(aDeadline, fc.array(aDay, { maxLength: 40 }), (deadline, closed) => {
      const calendar = given({ closed });
      const candidates = Array.from({ length: 62 }, (_, days) => endOfJapaneseDay(NOW, days))
        .filter((end) => end.getTime() - 999 <= deadline.getTime())
        .map(japaneseDate)
        .filter((day) => calendarDay(calendar, day).isBusinessDay);
      expect(lastDayToAct(calendar, deadline, NOW)).toBe(candidates.at(-1) ?? null);
    }), { numRuns: 300 });
  });

  it("doesn't depend on where the server stands, nor on summer time there", () => {
    const at = ["2026-03-08T06:59:59.999Z", "2026-11-01T05:30:00.000Z", "2026-11-24T14:59:59.999Z", "2026-11-24T15:00:00.000Z", "2026-12-31T15:00:00.000Z"];
    const script = `
      import { lastDayToAct } from ${JSON.stringify(new URL("../../src/calendar/businessDays.js", import.meta.url).href)};
      const calendar = { bankHolidays: new Map(${JSON.stringify([...holidays])}), closedDays: new Map(), knownYears: new Set([2025, 2026, 2027]) };
      console.log(JSON.stringify(${JSON.stringify(at)}.map((deadline) => lastDayToAct(calendar, new Date(deadline), new Date("2026-01-05T00:00:00Z")))));
    `;
    const here = at.map((deadline) => last(deadline, given(), new Date("2026-01-05T00:00:00Z")));
    expect(here).toEqual(["2026-03-06", "2026-10-30", "2026-11-24", "2026-11-24", "2026-12-30"]);
    for (const TZ of ["Asia/Tokyo", "Pacific/Apia", "America/New_York"]) {
      const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], { env: { ...process.env, TZ }, encoding: "utf8" });
      expect(JSON.parse(printed)).toEqual(here);
    }
  });
});

describe("a day", () => {
  it.each(["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "2026/01/01", "2026-11-31", "+02026-01-01", "２０２６-01-01", "2026-01-01T00:00Z", ""])("%j is none", (text) => {
    expect(isDay(text)).toBe(false);
  });

  it.each(["2028-02-29", "2000-02-29", "2026-12-31", "0001-01-01"])("%s is one", (text) => {
    expect(isDay(text)).toBe(true);
  });
});

describe("the holidays that come along", () => {
  const inYear = (year: number) => [...holidays.keys()].filter((day) => yearOf(day) === year);
  const nationalIn = (year: number) => inYear(year).filter((day) => holidays.get(day) !== "銀行休業日");
  const weekday = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay();

  it("are those of 2025, 2026 and 2027, in order, with the turns of the year", () => {
    expect([...holidays.keys()]).toEqual([...holidays.keys()].sort());
    expect([2025, 2026, 2027].map((year) => [nationalIn(year).length, inYear(year).length - nationalIn(year).length])).toEqual([[19, 3], [18, 3], [17, 3]]);
    expect(holidays.size).toBe(63);
  });

  // 国民の祝日に関する法律 §3: the rules that decide the days nobody wrote down.
  it.each([2025, 2026, 2027])("keep the law of %i: Mondays where it says so, substitutes after Sundays, days between two", (year) => {
    const nth = (month: number, monday: number) =>
      Array.from({ length: 31 }, (_, index) => `${String(year)}-${String(month).padStart(2, "0")}-${String(index + 1).padStart(2, "0")}`)
        .filter((day) => isDay(day) && weekday(day) === 1)[monday - 1];
    const named = (name: string) => nationalIn(year).filter((day) => holidays.get(day) === name);
    expect([named("成人の日"), named("海の日"), named("敬老の日"), named("スポーツの日")]).toEqual([[nth(1, 2)], [nth(7, 3)], [nth(9, 3)], [nth(10, 2)]]);

    const holidaysProper = new Set(nationalIn(year).filter((day) => !["振替休日", "国民の休日"].includes(holidays.get(day) ?? "")));
    expect(holidaysProper.size).toBe(16);
    const next = (day: string) => japaneseDate(new Date(Date.parse(`${day}T00:00:00+09:00`) + 86_400_000));
    const substitutes = [...holidaysProper].filter((day) => weekday(day) === 0).map((sunday) => {
      let day = next(sunday);
      while (holidaysProper.has(day)) day = next(day);
      return day;
    });
    const between = [...holidaysProper].map(next).filter((day) => !holidaysProper.has(day) && holidaysProper.has(next(day)) && weekday(day) !== 0);
    expect([named("振替休日"), named("国民の休日")]).toEqual([substitutes, between]);
  });
});
