import type { IssuingName, Profile } from "../profiles.js";
import type { ToBeSigned } from "../ToBeSigned.js";

/** The issuer's subject in the same octets, so that no reader can take them for two (RFC 5280 §4.1.2.4, §4.1.2.6). */
export function issuerName({ issuer }: ToBeSigned, _profile: Profile, { subject }: IssuingName): string | undefined {
  return issuer.equals(subject) ? undefined : "not the octets of the issuer's subject";
}
