import { header, sequence } from "../../../src/pki/der.js";
import type { Random } from "./Random.js";

/** The bytes with one to four things done to them that no program would do; `other` is what parts are borrowed from. */
export function mutated(random: Random, bytes: Buffer, other: Buffer): Buffer {
  let now = Buffer.from(bytes);
  for (let edits = random.between(1, 4); edits > 0; edits--) now = Buffer.from(random.pick(...deeds)(random, now, other));
  return now;
}

type Deed = (random: Random, bytes: Buffer, other: Buffer) => Buffer;

/** What parsers treat in ways of their own: ends of ranges, tags, the first octets of lengths. */
const ODD_OCTETS = [0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x1f, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xa0, 0xfe, 0xff] as const;

const flipBit: Deed = (random, bytes) => setAt(bytes, random.below(bytes.length), (octet) => octet ^ (1 << random.below(8)));
const setOctet: Deed = (random, bytes) => setAt(bytes, random.below(bytes.length), () => (random.chance(0.5) ? random.pick(...ODD_OCTETS) : random.below(256)));
const cutEnd: Deed = (random, bytes) => (random.chance(0.3) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes); // little is left to change
const insert: Deed = (random, bytes) => put(bytes, random.below(bytes.length + 1), 0, random.octets(random.between(1, 8)));
const leaveOut: Deed = (random, bytes) => put(bytes, random.below(bytes.length + 1), random.between(1, 8));

const repeatSlice: Deed = (random, bytes) => {
  const slice = sliceOf(random, bytes);
  return put(bytes, random.below(bytes.length + 1), 0, ...Array<Buffer>(random.between(1, 4)).fill(slice));
};

const borrowSlice: Deed = (random, bytes, other) => {
  const slice = sliceOf(random, other);
  return put(bytes, random.below(bytes.length + 1), random.chance(0.5) ? slice.length : 0, slice);
};

/** The beginning of one, the end of the other. */
const splice: Deed = (random, bytes, other) =>
  (random.chance(0.3) ? Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1))]) : bytes);

const changeTag: Deed = (random, bytes) => setAt(bytes, placeOf(random, bytes), (tag) => random.pick(tag ^ 0x20, tag + 1, tag ^ 0x80, 0x1f, ...ODD_OCTETS));
const changeLength: Deed = (random, bytes) => setAt(bytes, placeOf(random, bytes) + 1, (octet) => random.pick(octet + 1, octet - 1, octet * 2, ...ODD_OCTETS));

const HUGE = [2 ** 16, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 40] as const;
const declareHuge: Deed = (random, bytes) => {
  const at = placeOf(random, bytes);
  return put(bytes, at, 2, header(bytes[at] ?? 0x30, random.pick(...HUGE)));
};

/** The same length in a form that DER doesn't allow, or no length at all. */
const otherForm: Deed = (random, bytes) => {
  const at = placeOf(random, bytes);
  const length = bytes[at + 1] ?? 0;
  return put(bytes, at + 1, 1, random.pick(Buffer.of(0x81, length), Buffer.of(0x84, 0, 0, 0, length), Buffer.of(0x80), Buffer.of(0xff)));
};

/** As deep as the longest that is allowed can be. */
const bury: Deed = (random, bytes) => {
  if (!random.chance(0.05)) return bytes;
  let buried = bytes;
  for (let depth = random.between(1, 2_000); depth > 0 && buried.length < 12_000; depth--) buried = sequence(buried);
  return buried;
};

const deeds = [
  flipBit, flipBit, setOctet, setOctet, cutEnd, insert, leaveOut, repeatSlice, borrowSlice, splice, changeTag, changeTag, changeLength, changeLength,
  declareHuge, otherForm, bury,
] as const;

function setAt(bytes: Buffer, at: number, to: (octet: number) => number): Buffer {
  if (at < bytes.length) bytes[at] = to(bytes[at] ?? 0) & 0xff;
  return bytes;
}

function put(bytes: Buffer, at: number, instead: number, ...these: Buffer[]): Buffer {
  return Buffer.concat([bytes.subarray(0, at), ...these, bytes.subarray(at + instead)]);
}

function sliceOf(random: Random, bytes: Buffer): Buffer {
  const start = random.below(bytes.length + 1);
  return bytes.subarray(start, start + random.between(1, 64));
}

/** Where an element probably begins. */
function placeOf(random: Random, bytes: Buffer): number {
  const places: number[] = [];
  walk(bytes, 0, bytes.length, places);
  return places[random.below(places.length)] ?? 0;
}

function walk(bytes: Buffer, start: number, end: number, places: number[]): void {
  for (let at = start; at + 1 < end && places.length < 500;) {
    places.push(at);
    const first = bytes[at + 1] ?? 0;
    const octets = first > 0x80 ? first - 0x80 : 0;
    if (octets > 4) return;
    const content = at + 2 + octets;
    const length = octets > 0 ? bytes.subarray(at + 2, content).reduce((sum, octet) => sum * 256 + octet, 0) : first;
    const next = Math.min(content + length, end);
    if ((bytes[at] ?? 0) & 0x20) walk(bytes, content, next, places);
    at = next;
  }
}
