import { DAY, SECOND } from "../../foundation/clock.js";
import { demandsOf, type Profile } from "../profiles.js";
import type { ToBeSigned } from "../ToBeSigned.js";

/** No longer than its profile allows, with its first and its last second (RFC 5280 §4.1.2.5; BR 6.3.2 by choice). */
export function validityLength({ notBefore, notAfter }: ToBeSigned, profile: Profile): string | undefined {
  if (!notBefore.instant || !notAfter.instant) return undefined; // timeForms speaks of it
  const length = notAfter.instant.getTime() - notBefore.instant.getTime() + SECOND;
  const { mostDays } = demandsOf[profile];
  return length > mostDays * DAY ? `longer than ${mostDays} days` : undefined;
}
