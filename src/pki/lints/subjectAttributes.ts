import { demandsOf, subjectAttributes as known, type Profile } from "../profiles.js";
import type { ToBeSigned } from "../ToBeSigned.js";

/**
 * Exactly the profile's attributes, each once, one in a relative name, in their order (RFC 5280 §4.1.2.4, §4.1.2.6;
 * BR 7.1.4 by choice).
 */
export function subjectAttributes({ subject }: ToBeSigned, profile: Profile): string | undefined {
  const stated = subject.relativeNames.map((attributes) => attributes.map(({ type }) => type).join("+")).join(", ");
  const demanded = demandsOf[profile].subject.map((name) => known[name].id).join(", ");
  return stated === demanded ? undefined : `${stated || "nothing"} instead of ${demanded}`;
}
