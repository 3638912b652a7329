import { X509Certificate, generateKeyPairSync, type KeyObject } from "node:crypto";
import { issuingCa, issuingNameOf, rootCa, signed, validityFrom, type IssuingName } from "./certificateProfile.js";
import { issuingName, rootName } from "./names.js";
import { newSerialNumber } from "./serialNumber.js";
import { keySigner, type Signer } from "./Signer.js";

const ROOT_DAYS = 20 * 365;
const ISSUING_DAYS = 10 * 365;

/** A CA that can issue: its certificate, the name it issues under, its key. */
export interface Authority {
  certificate: Buffer;
  name: IssuingName;
  signer: Signer;
}

export function newRootKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
}

/** P-256: it signs every certificate and, one day, every OCSP answer. */
export function newIssuingKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

export async function makeRoot(key: KeyObject, now: Date): Promise<Authority> {
  const signer = keySigner(key);
  const contents = { serialNumber: newSerialNumber(), subject: rootName(), spki: signer.publicKey, ...validityFrom(now, ROOT_DAYS) };
  return authority(await signed(rootCa(contents, signer.algorithm), signer), signer);
}

export async function makeIssuingCa(key: KeyObject, bank: { code: string; name: string }, root: Authority, now: Date): Promise<Authority> {
  const signer = keySigner(key);
  const validity = validityFrom(now, ISSUING_DAYS, root.name);
  const contents = { serialNumber: newSerialNumber(), subject: issuingName(bank), spki: signer.publicKey, ...validity };
  return authority(await signed(issuingCa(contents, root.name), root.signer), signer);
}

/** Joins a stored CA certificate with its key; throws when they are not a pair. */
export function authority(certificate: Buffer, signer: Signer): Authority {
  const certified = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  if (!signer.publicKey.equals(certified)) throw new Error("a CA certificate and a key that are not a pair");
  return { certificate, name: issuingNameOf(certificate, signer), signer };
}
