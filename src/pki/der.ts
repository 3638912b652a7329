/** A DER writer for what the libraries leave to us. Each function returns one whole TLV (X.690 §8, §10). */
export function tlv(tag: number, ...contents: Uint8Array[]): Buffer {
  let length = 0;
  for (const part of contents) length += part.length;
  const head = headOctets(length);
  const element = Buffer.allocUnsafe(head + length); // every octet of it is written below
  writeHead(element, tag, length);
  let at = head;
  for (const part of contents) {
    element.set(part, at);
    at += part.length;
  }
  return element;
}

/** Tag and length of an element whose content is written elsewhere. */
export function header(tag: number, length: number): Buffer {
  const head = Buffer.alloc(headOctets(length));
  writeHead(head, tag, length);
  return head;
}

/** How many octets tag and length take, the length in its shortest form. */
function headOctets(length: number): number {
  let octets = 2;
  if (length >= 0x80) for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets++;
  return octets;
}

function writeHead(element: Buffer, tag: number, length: number): void {
  const octets = headOctets(length) - 2;
  element[0] = tag;
  element[1] = octets === 0 ? length : 0x80 | octets;
  if (octets > 0) element.writeUIntBE(length, 2, octets);
}

export const sequence = (...parts: Uint8Array[]) => tlv(0x30, ...parts);
export const octetString = (bytes: Uint8Array) => tlv(0x04, bytes);
export const bitString = (bytes: Uint8Array) => tlv(0x03, Buffer.of(0), bytes);
export const nothing = tlv(0x05);

/** A non-negative INTEGER. */
export function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return (bytes[0] ?? 0) & 0x80 ? tlv(0x02, Buffer.of(0), bytes) : tlv(0x02, bytes);
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5, §5.1.2.4). Whole seconds. */
export function time(instant: Date): Buffer {
  const element = Buffer.alloc(MOST_OCTETS_OF_TIME);
  return element.subarray(0, writeTime(element, 0, instant));
}

/** Whole seconds (RFC 6960 §4.2.2.1). */
export function generalizedTime(instant: Date): Buffer {
  const element = Buffer.alloc(MOST_OCTETS_OF_TIME);
  writeDigits(element, 0, 0x18, instant);
  return element;
}

export const MOST_OCTETS_OF_TIME = 17;

/** Writes what `time` returns into the bytes at `at`, for those who write many. Returns where it ends. */
export function writeTime(bytes: Buffer, at: number, instant: Date): number {
  return writeDigits(bytes, at, instant.getUTCFullYear() < 2050 ? 0x17 : 0x18, instant);
}

function writeDigits(bytes: Buffer, start: number, tag: number, instant: Date): number {
  const year = instant.getUTCFullYear();
  if (!(year >= 1950 && year <= 9999)) throw new RangeError("an instant that a certificate cannot tell");
  let at = start + 2;
  if (tag === 0x18) at = writeTwo(bytes, at, Math.floor(year / 100));
  at = writeTwo(bytes, at, year % 100);
  at = writeTwo(bytes, at, instant.getUTCMonth() + 1);
  at = writeTwo(bytes, at, instant.getUTCDate());
  at = writeTwo(bytes, at, instant.getUTCHours());
  at = writeTwo(bytes, at, instant.getUTCMinutes());
  at = writeTwo(bytes, at, instant.getUTCSeconds());
  bytes[at++] = 0x5a; // Z
  bytes[start] = tag;
  bytes[start + 1] = at - start - 2;
  return at;
}

function writeTwo(bytes: Buffer, at: number, number: number): number {
  bytes[at] = 0x30 + Math.floor(number / 10);
  bytes[at + 1] = 0x30 + (number % 10);
  return at + 2;
}

function base128(value: number): number[] {
  const octets = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) octets.unshift((rest % 128) | 0x80);
  return octets;
}
