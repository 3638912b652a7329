import { sequence, tlv } from "../der.js";
import type { IssuingName, Profile } from "../profiles.js";
import { extensionNamed, type ToBeSigned } from "../ToBeSigned.js";

/**
 * The issuer's subject key identifier and nothing beside it: an issuer's name and serial would tie the certificate to one
 * of the CA's certificates, not to its key (RFC 5280 §4.2.1.1).
 */
export function authorityKeyIdentifier(certificate: ToBeSigned, _profile: Profile, issuer: IssuingName): string | undefined {
  const stated = extensionNamed("authorityKeyIdentifier", certificate);
  const demanded = sequence(tlv(0x80, Buffer.from(issuer.subjectKeyIdentifier, "hex")));
  if (!stated || stated.equals(demanded)) return undefined; // extensionSet speaks of a missing one
  return `${stated.toString("hex")} instead of ${demanded.toString("hex")}`;
}
