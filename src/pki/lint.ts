import { LRUCache } from "lru-cache";
import { DerError } from "./derReader.js";
import { authorityInfoAccess } from "./lints/authorityInfoAccess.js";
import { authorityKeyIdentifier } from "./lints/authorityKeyIdentifier.js";
import { basicConstraints } from "./lints/basicConstraints.js";
import { crlDistributionPoint } from "./lints/crlDistributionPoint.js";
import { extendedKeyUsage } from "./lints/extendedKeyUsage.js";
import { extensionCriticality } from "./lints/extensionCriticality.js";
import { extensionSet } from "./lints/extensionSet.js";
import { extensionsOnce } from "./lints/extensionsOnce.js";
import { issuerName } from "./lints/issuerName.js";
import { keyUsage } from "./lints/keyUsage.js";
import { ocspNoCheck } from "./lints/ocspNoCheck.js";
import { publicKey } from "./lints/publicKey.js";
import { selfIssued } from "./lints/selfIssued.js";
import { serialNumber } from "./lints/serialNumber.js";
import { signatureAlgorithm } from "./lints/signatureAlgorithm.js";
import { subjectAttributes } from "./lints/subjectAttributes.js";
import { subjectKeyIdentifier } from "./lints/subjectKeyIdentifier.js";
import { subjectLengths } from "./lints/subjectLengths.js";
import { subjectStrings } from "./lints/subjectStrings.js";
import { timeForms } from "./lints/timeForms.js";
import { uniqueIds } from "./lints/uniqueIds.js";
import { validityEnds } from "./lints/validityEnds.js";
import { validityLength } from "./lints/validityLength.js";
import { version } from "./lints/version.js";
import type { IssuingName, Profile } from "./profiles.js";
import { readToBeSigned, type ToBeSigned } from "./ToBeSigned.js";

/** Bytes that must not be signed, with every rule that they break. */
export class ProfileBreach extends Error {
  constructor(readonly breaches: string[]) {
    super(`not to be signed: ${breaches.join("; ")}`);
    this.name = "ProfileBreach";
  }
}

/**
 * Throws ProfileBreach where the to-be-signed bytes break a rule of this profile under this issuer, or can't be read as
 * DER (RFC 5280 §4.1). Nothing else.
 */
export function assertKeepsProfile(toBeSigned: Buffer, profile: Profile, issuer: IssuingName): void {
  const kept = keptUnder(issuer);
  const octets = `${profile} ${toBeSigned.toString("latin1")}`;
  if (kept.has(octets)) return;
  const breaches = breachesOf(toBeSigned, profile, issuer);
  if (breaches.length > 0) throw new ProfileBreach(breaches);
  kept.set(octets, true);
}

const MOST_REMEMBERED = 100;
const keptBy = new WeakMap<IssuingName, LRUCache<string, true>>();

/** The last octets that broke no rule: they are looked at when they are accepted, and again before they are signed. */
function keptUnder(issuer: IssuingName): LRUCache<string, true> {
  const known = keptBy.get(issuer) ?? new LRUCache({ max: MOST_REMEMBERED });
  keptBy.set(issuer, known);
  return known;
}

/** What is wrong, if anything. What isn't DER, within an extension, say, throws DerError. */
type Rule = (certificate: ToBeSigned, profile: Profile, issuer: IssuingName) => string | string[] | undefined;

const rules: Record<string, Rule> = {
  version, serialNumber, signatureAlgorithm, issuerName, selfIssued, timeForms, validityEnds, validityLength,
  subjectAttributes, subjectStrings, subjectLengths, publicKey, uniqueIds, extensionsOnce, extensionSet, extensionCriticality,
  basicConstraints, keyUsage, extendedKeyUsage, subjectKeyIdentifier, authorityKeyIdentifier, crlDistributionPoint,
  authorityInfoAccess, ocspNoCheck,
};
const named = Object.entries(rules);

function breachesOf(toBeSigned: Buffer, profile: Profile, issuer: IssuingName): string[] {
  const certificate = orDerError(() => readToBeSigned(toBeSigned));
  if (certificate instanceof DerError) return [`der: ${certificate.message}`];
  const breaches: string[] = [];
  for (const [name, rule] of named) {
    const found = orDerError(() => rule(certificate, profile, issuer));
    if (found === undefined) continue; // as nearly always: nothing is made for those
    for (const breach of [found instanceof DerError ? found.message : found].flat()) breaches.push(`${name}: ${breach}`);
  }
  return breaches;
}

function orDerError<T>(read: () => T): T | DerError {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) return error;
    throw error;
  }
}
