import type { IssuingName, Profile } from "../profiles.js";
import type { ToBeSigned } from "../ToBeSigned.js";

/**
 * A root is its own issuer, and nothing else bears its issuer's name: self-issued certificates aren't counted against
 * a path length (RFC 5280 §3.2, §4.2.1.9).
 */
export function selfIssued({ subject }: ToBeSigned, profile: Profile, issuer: IssuingName): string | undefined {
  if (subject.der.equals(issuer.subject) === (profile === "ROOT")) return undefined;
  return profile === "ROOT" ? "a root that isn't its own issuer" : "its issuer's name for a subject";
}
