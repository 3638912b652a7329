import { daysAfter, isWeekend, japaneseDate, lastWholeJapaneseDay, yearOf } from "../foundation/japanTime.js";

/** What is known of a stretch of days: of the bank's, and of one contract's. */
export interface Calendar {
  /** Names by day (YYYY-MM-DD in Japan). */
  bankHolidays: ReadonlyMap<string, string>;
  closedDays: ReadonlyMap<string, string>;
  /** The years whose holidays the bank has loaded: of any other one nobody knows. */
  knownYears: ReadonlySet<number>;
}

export interface CalendarDay {
  date: string;
  /** Null where nobody knows: a weekday of a year whose holidays weren't loaded. */
  isBusinessDay: boolean | null;
  isWeekend: boolean;
  bankHoliday: string | null;
  closedDay: string | null;
}

/** A day as bank and contract have it: they work from Monday to Friday but on the bank's holidays and the contract's closed days. */
export function calendarDay({ bankHolidays, closedDays, knownYears }: Calendar, date: string): CalendarDay {
  const bankHoliday = bankHolidays.get(date) ?? null;
  const closedDay = closedDays.get(date) ?? null;
  const isClosed = isWeekend(date) || bankHoliday !== null || closedDay !== null;
  const isOpen = knownYears.has(yearOf(date)) ? true : null;
  return { date, isBusinessDay: isClosed ? false : isOpen, isWeekend: isWeekend(date), bankHoliday, closedDay };
}

/** The last business day from `earliest` to `latest`; null where there is none, or where nobody knows which it is. */
export function lastBusinessDay(calendar: Calendar, earliest: string, latest: string): string | null {
  for (let date = latest; date >= earliest; date = daysAfter(date, -1)) {
    const { isBusinessDay } = calendarDay(calendar, date);
    if (isBusinessDay !== false) return isBusinessDay ? date : null; // a wrong day would be worse than none
  }
  return null;
}

/**
 * The last business day, today included, that the deadline leaves whole. The deadline's own day counts when it ends with
 * that day in Japan; one that ends at 8:59 (midnight in Greenwich) can't be counted on.
 */
export function lastDayToAct(calendar: Calendar, deadline: Date, now: Date): string | null {
  return lastBusinessDay(calendar, japaneseDate(now), lastWholeJapaneseDay(deadline));
}
