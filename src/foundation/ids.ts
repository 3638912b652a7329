import { randomFillSync } from "node:crypto";
import { decodeTime, encodeTime, monotonicFactory, ulid } from "ulid";

const nextUlid = monotonicFactory(random);
const TIME_LENGTH = 10;

/** A ULID of 26 characters, rising inside this process also within one millisecond, so that ids sort by age. */
export function newId(now: Date): string {
  return nextUlid(now.getTime());
}

/** For what needn't sort: a request. */
export function newRequestId(now: Date): string {
  return ulid(now.getTime(), random);
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

const pool = new Uint8Array(1_024);
let used = pool.length;

/**
 * From 0 to below 1, by the system's randomness: fetched for many at once, because it is the fetching that takes time. In steps
 * of 1/256, for it chooses among 32.
 */
function random(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return (pool[used++] ?? 0) / 256;
}
