import { DAY } from "./clock.js";

const JAPAN_OFFSET = 9 * 60 * 60 * 1_000; // no daylight saving time since 1951

/** The last millisecond, in Japan, of the day that is `days` after the day of `now`: what a date on a screen promises. */
export function endOfJapaneseDay(now: Date, days: number): Date {
  const today = Math.floor((now.getTime() + JAPAN_OFFSET) / DAY);
  return new Date((today + days + 1) * DAY - JAPAN_OFFSET - 1);
}

/** The day in Japan, as YYYY-MM-DD. */
export function japaneseDate(instant: Date): string {
  return new Date(instant.getTime() + JAPAN_OFFSET).toISOString().slice(0, 10);
}
