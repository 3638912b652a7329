import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { endOfJapaneseDay } from "../../src/foundation/japanTime.js";

const ended = (now: string, days: number) => endOfJapaneseDay(new Date(now), days).toISOString();
const onAJapaneseScreen = new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", dateStyle: "short", timeStyle: "medium" });

describe("the end of a day in Japan", () => {
  it.each([
    ["in the morning", "2026-11-24T01:00:00.000Z", 0, "2026-11-24T14:59:59.999Z"],
    ["in its last millisecond", "2026-11-24T14:59:59.999Z", 0, "2026-11-24T14:59:59.999Z"],
    ["at midnight in Japan, when the next day begins", "2026-11-24T15:00:00.000Z", 0, "2026-11-25T14:59:59.999Z"],
    ["at midnight in Greenwich, when in Japan it is nine", "2026-11-25T00:00:00.000Z", 0, "2026-11-25T14:59:59.999Z"],
    ["80 days on", "2026-11-24T01:00:00.000Z", 80, "2027-02-12T14:59:59.999Z"],
    ["one day on from the end of a month", "2026-11-30T14:59:59.999Z", 1, "2026-12-01T14:59:59.999Z"],
    ["one day on from the end of a year", "2026-12-31T14:59:59.999Z", 1, "2027-01-01T14:59:59.999Z"],
    ["of New Year's Day, which in Greenwich is still the old year", "2026-12-31T15:00:00.000Z", 0, "2027-01-01T14:59:59.999Z"],
    ["on the 29th of February", "2028-02-28T03:00:00.000Z", 1, "2028-02-29T14:59:59.999Z"],
    ["after a February of 28 days", "2027-02-28T03:00:00.000Z", 1, "2027-03-01T14:59:59.999Z"],
    ["365 days on over a leap day", "2027-11-24T01:00:00.000Z", 365, "2028-11-23T14:59:59.999Z"],
    ["before 1970", "1969-12-31T10:00:00.000Z", 0, "1969-12-31T14:59:59.999Z"],
  ])("%s", (_when, now, days, end) => {
    expect(ended(now, days)).toBe(end);
  });

  it("is 23:59:59 of the promised date on a screen in Japan, whenever it is asked for", () => {
    const anInstant = fc.date({ min: new Date("2000-01-01T00:00:00Z"), max: new Date("2100-01-01T00:00:00Z"), noInvalidDate: true });
    fc.assert(fc.property(anInstant, fc.nat({ max: 400 }), (now, days) => {
      const promised = onAJapaneseScreen.format(now.getTime() + days * 86_400_000).split(" ")[0] ?? "?";
      const end = endOfJapaneseDay(now, days);
      expect(onAJapaneseScreen.format(end)).toBe(`${promised} 23:59:59`);
      expect(end.getUTCMilliseconds()).toBe(999);
    }), { numRuns: 300 });
  });

  it("doesn't depend on where the server stands, nor on summer time there", () => {
    const instants = [
      "2026-03-08T06:59:59.999Z", "2026-03-08T07:00:00.000Z", // New York puts its clocks forward
      "2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00.000Z", // and back: the same hour twice
      "2026-11-24T14:59:59.999Z", "2026-11-24T15:00:00.000Z",
    ];
    const script = `
      import { endOfJapaneseDay } from ${JSON.stringify(new URL("../../src/foundation/japanTime.js", import.meta.url).href)};
      const ends = ${JSON.stringify(instants)}.flatMap((now) => [0, 1, 80].map((days) => endOfJapaneseDay(new Date(now), days).toISOString()));
      console.log(JSON.stringify({ offset: new Date("2026-07-01T00:00:00Z").getTimezoneOffset(), ends }));
    `;
    const here = instants.flatMap((now) => [0, 1, 80].map((days) => ended(now, days)));
    for (const [zone, offset] of [["America/New_York", 240], ["Asia/Tokyo", -540], ["Pacific/Apia", -780]] as const) {
      const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], { env: { ...process.env, TZ: zone }, encoding: "utf8" });
      expect(JSON.parse(printed)).toEqual({ offset, ends: here });
    }
  });
});
