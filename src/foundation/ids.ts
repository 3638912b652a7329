import { decodeTime, encodeTime, monotonicFactory } from "ulid";

const nextUlid = monotonicFactory();
const TIME_LENGTH = 10;

/** A ULID of 26 characters, rising inside this process also within one millisecond, so that ids sort by age. */
export function newId(now: Date): string {
  return nextUlid(now.getTime());
}

export function isId(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}

/** When an id was made. */
export function madeAt(id: string): Date {
  return new Date(decodeTime(id));
}

/** The lowest id that can have been made at this instant. */
export function firstIdAt(instant: Date): string {
  return encodeTime(instant.getTime(), TIME_LENGTH).padEnd(26, "0");
}
