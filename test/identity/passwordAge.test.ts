import { isExpiringSoon, passwordDue, passwordExpiry } from "../../src/identity/passwordAge.js";

// Days are Japan's: set on 24 November, in Japan, whatever the hour.
const THE_DAY = ["2026-11-23T15:00:00.000Z", "2026-11-24T01:00:00.000Z", "2026-11-24T14:59:59.999Z"];
const MORNING = new Date("2026-11-24T01:00:00.000Z");
const NEVER = { passwordMaxAgeDays: null, passwordWarnDays: null };
const rule = (passwordMaxAgeDays: number, passwordWarnDays: number | null = null) => ({ passwordMaxAgeDays, passwordWarnDays });
const set = (setAt: Date = MORNING, changeDue: "INITIAL" | "FORCED" | null = null) => ({ setAt, changeDue });
/** The last millisecond of a day in Japan, and the first of the next. */
const endOf = (day: string) => new Date(`${day}T14:59:59.999Z`);
const startAfter = (day: string) => new Date(`${day}T15:00:00.000Z`);

describe("a password with a maximum age of 90 days", () => {
  it.each(THE_DAY)("set at any hour of the day in Japan (%s) is good until the end of the 90th day after it", (setAt) => {
    expect(passwordExpiry(set(new Date(setAt)), rule(90))).toEqual(endOf("2027-02-22"));
  });

  it("must not be changed in the last millisecond of that day, and must in the next", () => {
    expect(passwordDue(set(), rule(90), endOf("2027-02-22"))).toBeNull();
    expect(passwordDue(set(), rule(90), startAfter("2027-02-22"))).toBe("EXPIRED");
  });

  it("set a millisecond before midnight in Japan ages a day earlier than one set at midnight", () => {
    expect(passwordExpiry(set(endOf("2026-11-23")), rule(90))).toEqual(endOf("2027-02-21"));
    expect(passwordExpiry(set(startAfter("2026-11-23")), rule(90))).toEqual(endOf("2027-02-22"));
  });
});

it.each([
  [1, "2026-11-25"],
  [365, "2027-11-24"],
  [3650, "2036-11-21"],
])("a maximum age of %d days ends with %s, leap days counted", (days, last) => {
  expect(passwordExpiry(set(), rule(days))).toEqual(endOf(last));
});

it("without a maximum age a password never expires, however old it is", () => {
  expect(passwordExpiry(set(), NEVER)).toBeNull();
  expect(passwordDue(set(), NEVER, endOf("2126-11-24"))).toBeNull();
  expect(isExpiringSoon(set(), NEVER, endOf("2126-11-24"))).toBe(false);
});

it("a maximum age that is set later counts from when the password was set: it may be over already", () => {
  expect(passwordDue(set(new Date("2020-01-01T00:00:00.000Z")), rule(90), MORNING)).toBe("EXPIRED");
});

describe("why a password must be changed", () => {
  it.each(["INITIAL", "FORCED"] as const)("is %s where it was said so, before and after its age is over", (due) => {
    expect(passwordDue(set(MORNING, due), NEVER, MORNING)).toBe(due);
    expect(passwordDue(set(MORNING, due), rule(90), MORNING)).toBe(due);
    expect(passwordDue(set(MORNING, due), rule(90), startAfter("2027-02-22"))).toBe(due);
  });
});

describe("the warning before it expires", () => {
  it.each([
    // Warned for so many days: the last day without, which is followed by the first with it.
    [7, "2027-02-14"],
    [1, "2027-02-20"],
    [0, "2027-02-21"], // on the very last day
    [89, "2026-11-24"],
  ])("with %d days begins with the day after %s in Japan", (warnDays, lastWithout) => {
    expect(isExpiringSoon(set(), rule(90, warnDays), endOf(lastWithout))).toBe(false);
    expect(isExpiringSoon(set(), rule(90, warnDays), startAfter(lastWithout))).toBe(true);
    expect(isExpiringSoon(set(), rule(90, warnDays), endOf("2027-02-22"))).toBe(true);
  });

  it("goes on where it has expired", () => { expect(isExpiringSoon(set(), rule(90, 7), startAfter("2027-02-22"))).toBe(true); });

  it("never begins where no days are said", () => { expect(isExpiringSoon(set(), rule(90), endOf("2027-02-22"))).toBe(false); });
});
