/** The only source of the present. Instants are UTC; what people read is turned into Japan time at the front desk. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

export function later(instant: Date, milliseconds: number): Date {
  return new Date(instant.getTime() + milliseconds);
}

/** Of what `performance.now` said. */
export function secondsSince(instant: number): number {
  return (performance.now() - instant) / SECOND;
}

const MOST_DAYS = 5_000;
const days = new Map<number, string>();
const two = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));
const three = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, "0"));
const YEAR_10000 = Date.UTC(10_000, 0);

/** As `toISOString` has it, for lists that are full of them. */
export function isoOf(instant: Date): string {
  const time = instant.getTime();
  if (!(time >= 0 && time < YEAR_10000)) return instant.toISOString();
  const number = Math.floor(time / DAY);
  const milliseconds = time - number * DAY;
  const seconds = Math.floor(milliseconds / SECOND);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${dayOf(number)}T${two[hours] ?? ""}:${two[minutes % 60] ?? ""}:${two[seconds % 60] ?? ""}.${three[milliseconds % SECOND] ?? ""}Z`;
}

function dayOf(number: number): string {
  const known = days.get(number);
  if (known !== undefined) return known;
  const day = new Date(number * DAY).toISOString().slice(0, "2026-11-28".length);
  if (days.size >= MOST_DAYS) days.clear();
  days.set(number, day);
  return day;
}
