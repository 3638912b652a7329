import "reflect-metadata";
import { SubjectKeyIdentifierExtension, X509Certificate } from "@peculiar/x509";
import { hash } from "node:crypto";
import { DAY, MINUTE, SECOND, later } from "../foundation/clock.js";
import { bitString, sequence, time, tlv } from "./der.js";
import { enterDer } from "./derReader.js";
import {
  authorityInfoAccess, authorityKeyIdentifier, basicConstraints, crlDistributionPoint, extendedKeyUsage, keyUsage, ocspNoCheck, subjectKeyIdentifier,
} from "./extensions.js";
import { assertKeepsProfile } from "./lint.js";
import { nameDer, type DistinguishedName } from "./names.js";
import { CLIENT_AUTH, OCSP_SIGNING, type Addresses, type IssuingName, type Profile } from "./profiles.js";
import { serialOctets } from "./serialNumber.js";
import { algorithmIdentifier, type SignatureAlgorithm, type Signer } from "./Signer.js";

export interface Validity {
  notBefore: Date;
  notAfter: Date;
}

const CLOCKS_DIFFER_BY = 5 * MINUTE;

/**
 * `days` of validity from a few minutes before `now`, both ends included, so the last second is not counted twice
 * (RFC 5280 §4.1.2.5). Whole seconds; never beyond the issuer's own end.
 */
export function validityFrom(now: Date, days: number, issuer?: Pick<IssuingName, "notAfter">): Validity {
  const start = Math.floor(now.getTime() / SECOND) * SECOND;
  const notBefore = later(new Date(start), -CLOCKS_DIFFER_BY);
  const wanted = later(notBefore, days * DAY - SECOND);
  return { notBefore, notAfter: issuer && issuer.notAfter < wanted ? issuer.notAfter : wanted };
}

export interface Contents extends Validity {
  serialNumber: string;
  subject: DistinguishedName;
  spki: Buffer;
}

const [DIGITAL_SIGNATURE, KEY_CERT_SIGN, CRL_SIGN] = [0x80, 0x04, 0x02];
const END_ENTITY = [basicConstraints(false), keyUsage(DIGITAL_SIGNATURE)];
const SIGNS_IN = extendedKeyUsage(CLIENT_AUTH);

/** The to-be-signed bytes of a user's certificate: signs in, does nothing else (RFC 5280 §4.2.1.3, §4.2.1.12). */
export function clientCertificate(contents: Contents, issuer: IssuingName, { crl, ocsp, certificate }: Addresses): Buffer {
  return toBeSigned(contents, issuer, [
    ...END_ENTITY,
    SIGNS_IN,
    subjectKeyIdentifier(keyIdentifierOf(contents.spki)),
    authorityKeyIdentifier(issuer.subjectKeyIdentifier),
    crlDistributionPoint(crl),
    authorityInfoAccess({ ocsp, certificate }),
  ]);
}

/** Answers OCSP requests in its CA's name (RFC 6960 §4.2.2.2); short-lived, so nobody needs to ask whether it is revoked. */
export function ocspSigner(contents: Contents, issuer: IssuingName): Buffer {
  return toBeSigned(contents, issuer, [
    ...END_ENTITY,
    extendedKeyUsage(OCSP_SIGNING),
    subjectKeyIdentifier(keyIdentifierOf(contents.spki)),
    authorityKeyIdentifier(issuer.subjectKeyIdentifier),
    ocspNoCheck,
  ]);
}

/**
 * A bank's issuing CA. Both EKUs: with clientAuth alone GnuTLS refuses its OCSP signer. No OCSP address: the root's key
 * is kept away, so its word is a CRL.
 */
export function issuingCa(contents: Contents, root: IssuingName, { crl, certificate }: Omit<Addresses, "ocsp">): Buffer {
  return toBeSigned(contents, root, [
    basicConstraints(true, 0),
    keyUsage(KEY_CERT_SIGN | CRL_SIGN),
    extendedKeyUsage(CLIENT_AUTH, OCSP_SIGNING),
    subjectKeyIdentifier(keyIdentifierOf(contents.spki)),
    authorityKeyIdentifier(root.subjectKeyIdentifier),
    crlDistributionPoint(crl),
    authorityInfoAccess({ certificate }),
  ]);
}

export function rootCa(contents: Contents, algorithm: SignatureAlgorithm): Buffer {
  const self = selfIssuing(contents, algorithm);
  return toBeSigned(contents, self, [
    basicConstraints(true),
    keyUsage(KEY_CERT_SIGN | CRL_SIGN),
    subjectKeyIdentifier(self.subjectKeyIdentifier),
    authorityKeyIdentifier(self.subjectKeyIdentifier),
  ]);
}

/**
 * Signs what one of the functions above prepared: the whole certificate in DER. The only way to a certificate's
 * signature, and past the linter; what breaks the profile throws ProfileBreach and is not signed.
 */
export async function signed(toBeSignedBytes: Buffer, profile: Profile, issuer: { name: IssuingName; signer: Signer }): Promise<Buffer> {
  if (issuer.name.algorithm !== issuer.signer.algorithm) throw new Error("an issuer's name and a key that are not a pair");
  assertKeepsProfile(toBeSignedBytes, profile, issuer.name);
  const signature = await issuer.signer.sign(toBeSignedBytes);
  return sequence(toBeSignedBytes, algorithmIdentifier[issuer.signer.algorithm], bitString(signature));
}

/** What a CA certificate says of itself as an issuer. */
export function issuingNameOf(certificate: Buffer, signer: Signer): IssuingName {
  const parsed = new X509Certificate(certificate);
  const ski = parsed.getExtension(SubjectKeyIdentifierExtension);
  if (!ski) throw new Error("a CA certificate without subject key identifier");
  return {
    subject: Buffer.from(parsed.subjectName.toArrayBuffer()),
    subjectKeyIdentifier: ski.keyId,
    notAfter: parsed.notAfter,
    algorithm: signer.algorithm,
  };
}

/** A root's issuer is itself. */
export function selfIssuing({ subject, spki, notAfter }: Contents, algorithm: SignatureAlgorithm): IssuingName {
  return { subject: nameDer(subject), subjectKeyIdentifier: keyIdentifierOf(spki), notAfter, algorithm };
}

function toBeSigned({ serialNumber, notBefore, notAfter, subject, spki }: Contents, issuer: IssuingName, extensions: Buffer[]): Buffer {
  if (notAfter > issuer.notAfter || notAfter <= notBefore) throw new Error("a validity beyond the issuer's, or none at all");
  return sequence(
    tlv(0xa0, tlv(0x02, Buffer.of(2))), // v3
    tlv(0x02, serialOctets(serialNumber)),
    algorithmIdentifier[issuer.algorithm],
    issuer.subject,
    sequence(time(notBefore), time(notAfter)),
    nameDer(subject),
    spki,
    tlv(0xa3, sequence(...extensions)),
  );
}

/** SHA-1 over the key's bits (RFC 5280 §4.2.1.2, method 1): an identifier, not a protection. */
export function keyIdentifierOf(spki: Buffer): string {
  const fields = enterDer(spki, 0x30);
  fields.read(0x30);
  return hash("sha1", fields.read(0x03).content.subarray(1));
}
