import { tlv } from "../der.js";
import { demandsOf, keyUsageBits, type Profile } from "../profiles.js";
import { extensionNamed, type ToBeSigned } from "../ToBeSigned.js";

/** Exactly the profile's bits (RFC 5280 §4.2.1.3), without zero bits behind the last (X.690 §11.2.2). */
export function keyUsage(certificate: ToBeSigned, profile: Profile): string | undefined {
  const stated = extensionNamed("keyUsage", certificate);
  const demanded = namedBits(demandsOf[profile].keyUsage.map((name) => keyUsageBits[name]));
  if (!stated || stated.equals(demanded)) return undefined; // extensionSet speaks of a missing one
  return `${stated.toString("hex")} instead of ${demanded.toString("hex")} (${demandsOf[profile].keyUsage.join(", ")})`;
}

/** A BIT STRING with these bits of its first octet, the highest being 0. */
function namedBits(places: number[]): Buffer {
  const octet = places.reduce((bits, place) => bits | (0x80 >> place), 0);
  return tlv(0x03, Buffer.of(7 - Math.max(...places), octet));
}
