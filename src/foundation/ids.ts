import { monotonicFactory } from "ulid";

const nextUlid = monotonicFactory();

/** A ULID of 26 characters, rising inside this process also within one millisecond, so that ids sort by age. */
export function newId(now: Date): string {
  return nextUlid(now.getTime());
}

export function isId(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}
