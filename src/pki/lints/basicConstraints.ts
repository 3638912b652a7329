import { integer, sequence, tlv } from "../der.js";
import { demandsOf, type Profile } from "../profiles.js";
import { extensionNamed, type ToBeSigned } from "../ToBeSigned.js";

const TRUE = tlv(0x01, Buffer.of(0xff));

/**
 * The profile's own: CA with or without a path length, or the empty SEQUENCE, since DER leaves FALSE unsaid
 * (RFC 5280 §4.2.1.9; X.690 §11.5).
 */
export function basicConstraints(certificate: ToBeSigned, profile: Profile): string | undefined {
  const stated = extensionNamed("basicConstraints", certificate);
  const { isCa, pathLength } = demandsOf[profile].basicConstraints;
  const demanded = sequence(...(isCa ? [TRUE] : []), ...(pathLength === undefined ? [] : [integer(pathLength)]));
  if (!stated || stated.equals(demanded)) return undefined; // extensionSet speaks of a missing one
  return `${stated.toString("hex")} instead of ${demanded.toString("hex")}`;
}
