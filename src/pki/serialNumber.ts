import { randomBytes, randomInt } from "node:crypto";

const RANDOM_OCTETS = 16;
const MOST_OCTETS = 20;

/**
 * A new serial: 17 octets, the first 0x01–0x7F so that the INTEGER is positive and never shortened, then 128 bits
 * straight from the system's generator (RFC 5280 §4.1.2.2; the BR ask for 64). Lower-case hex, as everywhere.
 */
export function newSerialNumber(): string {
  const first = Buffer.of(randomInt(0x01, 0x80));
  return Buffer.concat([first, randomBytes(RANDOM_OCTETS)]).toString("hex");
}

/**
 * The one textual form of a serial that people may write in several (colons, spaces, capitals, 0x, leading zeros):
 * lower-case hex, even length, no leading zero octet. Undefined where it is no positive integer of at most 20 octets.
 */
export function parseSerialNumber(text: string): string | undefined {
  if (text.length > 200) return undefined;
  const digits = text.trim().replace(/^0x/i, "").replace(/[: ]/g, "").toLowerCase();
  if (!/^[0-9a-f]+$/.test(digits)) return undefined;
  const significant = digits.replace(/^0+/, "");
  const even = significant.length % 2 === 0 ? significant : `0${significant}`;
  const bytes = Buffer.from(even, "hex");
  const encodedOctets = bytes.length + ((bytes[0] ?? 0) & 0x80 ? 1 : 0); // DER puts a zero before a set top bit
  return bytes.length > 0 && encodedOctets <= MOST_OCTETS ? even : undefined;
}

/** The content octets of the serial's DER INTEGER. */
export function serialOctets(serialNumber: string): Buffer {
  const bytes = Buffer.from(serialNumber, "hex");
  return (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}
