import { DAY, SECOND, later } from "./clock.js";

// A day is its date in Japan as text, YYYY-MM-DD: days compare and sort as text.

const JAPAN_OFFSET = 9 * 60 * 60 * 1_000; // no daylight saving time since 1951

/** The last millisecond, in Japan, of the day that is `days` after the day of `now`: what a date on a screen promises. */
export function endOfJapaneseDay(now: Date, days: number): Date {
  const today = Math.floor((now.getTime() + JAPAN_OFFSET) / DAY);
  return new Date((today + days + 1) * DAY - JAPAN_OFFSET - 1);
}

/** The day in Japan, as YYYY-MM-DD. */
export function japaneseDate(instant: Date): string {
  return dayOf(new Date(instant.getTime() + JAPAN_OFFSET));
}

/**
 * The last day in Japan that an inclusive deadline leaves whole, to its last second (X.509 counts whole seconds). A
 * deadline at 8:59 leaves the day before: nobody can count on a day that ends while the office opens.
 */
export function lastWholeJapaneseDay(deadline: Date): string {
  return daysAfter(japaneseDate(later(deadline, SECOND)), -1);
}

/** True for a date that exists, written as YYYY-MM-DD. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(startOf(text).getTime()) && dayOf(startOf(text)) === text;
}

export function daysAfter(day: string, days: number): string {
  return dayOf(later(startOf(day), days * DAY));
}

/** The days from the first to the last, both counted; 0 or less where they are the wrong way round. */
export function daysFromTo(first: string, last: string): number {
  return (startOf(last).getTime() - startOf(first).getTime()) / DAY + 1;
}

export function isWeekend(day: string): boolean {
  return startOf(day).getUTCDay() % 6 === 0;
}

export function yearOf(day: string): number {
  return Number(day.slice(0, 4));
}

// In UTC, where every day has 24 hours: only the date is meant.

function startOf(day: string): Date {
  return new Date(`${day}T00:00:00.000Z`);
}

function dayOf(startInUtc: Date): string {
  return startInUtc.toISOString().slice(0, 10);
}

/** An instant for people: Japan time, to the minute. */
export function inJapanese(instant: Date): string {
  return new Intl.DateTimeFormat("ja-JP", { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Tokyo" }).format(instant);
}
