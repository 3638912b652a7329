import { dottedOid, enterDer } from "../derReader.js";
import { demandsOf, type Profile } from "../profiles.js";
import { extensionNamed, type ToBeSigned } from "../ToBeSigned.js";

/** Exactly the profile's purposes, each once, in any order (RFC 5280 §4.2.1.12; RFC 6960 §4.2.2.2 for OCSP). */
export function extendedKeyUsage(certificate: ToBeSigned, profile: Profile): string | undefined {
  const value = extensionNamed("extendedKeyUsage", certificate);
  if (!value) return undefined; // extensionSet speaks of a missing one

  const purposes = enterDer(value, 0x30);
  const stated: string[] = [];
  while (!purposes.isAtEnd) stated.push(dottedOid(purposes.read(0x06).content));
  const demanded = demandsOf[profile].extendedKeyUsage;
  const isExact = stated.length === demanded.length && demanded.every((purpose) => stated.includes(purpose));
  return isExact ? undefined : `${stated.join(", ") || "nothing"} instead of ${demanded.join(", ") || "nothing"}`;
}
