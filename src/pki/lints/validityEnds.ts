import type { IssuingName, Profile } from "../profiles.js";
import type { ToBeSigned } from "../ToBeSigned.js";

/** It ends after it begins, and not after its issuer: what outlives the CA would be revoked by nobody (RFC 5280 §4.1.2.5). */
export function validityEnds({ notBefore, notAfter }: ToBeSigned, _profile: Profile, issuer: IssuingName): string | undefined {
  if (!notBefore.instant || !notAfter.instant) return undefined; // timeForms speaks of it
  if (notAfter.instant <= notBefore.instant) return "before it begins";
  return notAfter.instant > issuer.notAfter ? "after its issuer" : undefined;
}
