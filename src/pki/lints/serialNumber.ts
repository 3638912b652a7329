import type { ToBeSigned } from "../ToBeSigned.js";

const MOST_OCTETS = 20;

/** A positive integer of at most 20 octets (RFC 5280 §4.1.2.2) in the fewest that hold it (X.690 §8.3.2). */
export function serialNumber({ serialNumber: octets }: ToBeSigned): string | undefined {
  const [first, second = 0] = octets;
  if (first === undefined) return "no octets";
  if (octets.length > MOST_OCTETS) return `${octets.length} octets, more than ${MOST_OCTETS}`;
  if (first >= 0x80) return "negative";
  if (first > 0) return undefined;
  if (octets.length === 1) return "zero";
  return second < 0x80 ? "a needless zero octet in front" : undefined;
}
