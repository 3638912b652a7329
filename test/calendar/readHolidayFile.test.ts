import { readHolidayFile } from "../../src/calendar/readHolidayFile.js";

const HEADLINE = "国民の祝日・休日月日,国民の祝日・休日名称";
const lines = (count: number, eachIs: (number: number) => string) => Array.from({ length: count }, (_, index) => eachIs(index)).join("\n");
/** A day of its own for each number, from 1990 on. */
const dayOf = (number: number) => new Date(Date.UTC(1990, 0, 1 + number)).toISOString().slice(0, 10);

describe("a file of holidays", () => {
  it.each([
    ["in the Cabinet Office's form", `${HEADLINE}\r\n2026/1/1,元日\r\n2026/1/12,成人の日\r\n`],
    ["with a byte order mark", `\uFEFF${HEADLINE}\n2026/1/1,元日\n2026/1/12,成人の日\n`],
    ["without a headline", "2026/1/1,元日\n2026/1/12,成人の日"],
    ["with a byte order mark and no headline", "\uFEFF2026/1/1,元日\n2026/1/12,成人の日"],
    ["with dates as machines write them", "2026-01-01,元日\n2026-1-12,成人の日\n"],
    ["in quotes", '"date","name"\r\n"2026/01/01","元日"\r\n"2026/01/12","成人の日"\r\n'],
    ["with blanks and blank lines", `${HEADLINE}\n\n 2026/1/1 , 元日 \n   \n2026/1/12,成人の日\n\n`],
    ["with an old Macintosh's line ends", `${HEADLINE}\r2026/1/1,元日\r2026/1/12,成人の日\r`],
  ])("is read %s", (_how, csv) => {
    expect(readHolidayFile(csv)).toEqual([{ day: "2026-01-01", name: "元日" }, { day: "2026-01-12", name: "成人の日" }]);
  });

  it("may have commas and quotes in its names, and a leap day", () => {
    expect(readHolidayFile('2028/2/29,"休, ""臨時"""')).toEqual([{ day: "2028-02-29", name: '休, "臨時"' }]);
  });

  it("may have names of 60 characters, whatever these take", () => {
    const name = "𠮷".repeat(60);
    expect(readHolidayFile(`2026/1/1,${name}`)).toEqual([{ day: "2026-01-01", name }]);
  });

  it.each([
    ["no date", `${HEADLINE}\n元日,2026/1/1`, 2],
    ["a date in full width, also on the first line", "２０２６/１/１,元日\n2026/1/12,成人の日", 1],
    ["a headline of another table", "国民の祝日\n2026/1/1,元日", 1],
    ["a second headline", `${HEADLINE}\n${HEADLINE}\n2026/1/1,元日`, 2],
    ["the 29th of February where there is none", `${HEADLINE}\r\n2026/1/1,元日\r\n2026/2/29,閏日\r\n`, 3],
    ["the 31st of April", "2026/4/31,無い日", 1],
    ["two kinds of separator", "2026/1-1,元日", 1],
    ["a date with a time", "2026/1/1 0:00,元日", 1],
    ["a year of two digits", "26/1/1,元日", 1],
    ["a year beyond all planning", "2100/1/1,元日", 1],
    ["no name", `${HEADLINE}\n2026/1/1,元日\n2026/1/12,`, 3],
    ["a name of blanks", "2026/1/1,   ", 1],
    ["a date alone", "2026/1/1", 1],
    ["a third column", "2026/1/1,元日,休", 1],
    ["a name of 61 characters", `2026/1/1,${"あ".repeat(61)}`, 1],
    ["a name with a control character", "2026/1/1,元\u0007日", 1],
    ["a name over two lines", '2026/1/1,"元\n日"', 2],
    ["a name that was read in another encoding", "2026/1/1,\uFFFD\uFFFD\uFFFD", 1],
    ["half of a character", "2026/1/1,元\uD800", 1],
    ["a day that comes twice", "2026/1/1,元日\n\n2026/1/12,成人の日\n2026-01-01,元日", 4],
    ["a quote that is never closed", '2026/1/1,元日\n2026/1/12,"成人の日\n', 2],
    ["a quote in the middle", '2026/1/1,元日\n2026/1/12,成人"の日', 2],
    ["something after a quote", '2026/1/1,"元日"の', 1],
    ["a line without end", `2026/1/1,元日\n2026/1/12,${"x".repeat(5_000)}`, 2],
    ["the 3,001st line", lines(3_001, (index) => `${dayOf(index)},休`), 3_001],
    ["more lines than that after blank ones", `${"\n".repeat(3_500)}2026/1/1,元日`, 3_001],
  ])("is refused with the line for %s", (_what, csv, line) => {
    expect(() => readHolidayFile(csv)).toThrow(expect.objectContaining({ code: "CALENDAR_MALFORMED", path: ["csv"], facts: { line } }) as Error);
  });

  it("may have 3,000 lines", () => {
    expect(readHolidayFile(`${lines(3_000, (index) => `${dayOf(index)},休`)}\n`)).toHaveLength(3_000);
  });

  it.each(["", "\n\n", HEADLINE, `\uFEFF${HEADLINE}\r\n`])("is refused where it names no day: %j", (csv) => {
    expect(() => readHolidayFile(csv)).toThrow(expect.objectContaining({ code: "VALUE_REQUIRED", path: ["csv"] }) as Error);
  });

  it("is refused unread above 200 KB", () => {
    expect(() => readHolidayFile(",".repeat(200_001))).toThrow(expect.objectContaining({ code: "TEXT_TOO_LONG", path: ["csv"] }) as Error);
    expect(() => readHolidayFile(",".repeat(200_000))).toThrow(expect.objectContaining({ code: "CALENDAR_MALFORMED" }) as Error);
  });
});
