import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension, BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags,
  KeyUsagesExtension, SubjectKeyIdentifierExtension, X509Certificate, type Extension,
} from "@peculiar/x509";
import { AsnConvert } from "@peculiar/asn1-schema";
import { SubjectPublicKeyInfo } from "@peculiar/asn1-x509";
import { createHash } from "node:crypto";
import { DAY, MINUTE, SECOND, later } from "../foundation/clock.js";
import { bitString, sequence, tlv } from "./der.js";
import { nameDer, type DistinguishedName } from "./names.js";
import { serialOctets } from "./serialNumber.js";
import { algorithmIdentifier, type SignatureAlgorithm, type Signer } from "./Signer.js";

/** What a certificate needs of the one who issues it. All DER. */
export interface IssuingName {
  subject: Buffer;
  subjectKeyIdentifier: string; // hex
  notAfter: Date;
  algorithm: SignatureAlgorithm;
}

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

interface Contents extends Validity {
  serialNumber: string;
  subject: DistinguishedName;
  spki: Buffer;
}

/** The to-be-signed bytes of a user's certificate: signs in, does nothing else (RFC 5280 §4.2.1.3, §4.2.1.12). */
export function clientCertificate(contents: Contents, issuer: IssuingName): Buffer {
  return toBeSigned(contents, issuer, [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    new SubjectKeyIdentifierExtension(keyIdentifierOf(contents.spki)),
    new AuthorityKeyIdentifierExtension(issuer.subjectKeyIdentifier),
  ]);
}

/** A bank's issuing CA. Both EKUs: with clientAuth alone GnuTLS refuses its OCSP signer. */
export function issuingCa(contents: Contents, root: IssuingName): Buffer {
  return toBeSigned(contents, root, [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth, "1.3.6.1.5.5.7.3.9"]),
    new SubjectKeyIdentifierExtension(keyIdentifierOf(contents.spki)),
    new AuthorityKeyIdentifierExtension(root.subjectKeyIdentifier),
  ]);
}

export function rootCa(contents: Contents, algorithm: SignatureAlgorithm): Buffer {
  const subjectKeyIdentifier = keyIdentifierOf(contents.spki);
  const self = { subject: nameDer(contents.subject), subjectKeyIdentifier, notAfter: contents.notAfter, algorithm };
  return toBeSigned(contents, self, [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    new SubjectKeyIdentifierExtension(subjectKeyIdentifier),
    new AuthorityKeyIdentifierExtension(subjectKeyIdentifier),
  ]);
}

/** Signs what `clientCertificate`, `issuingCa` or `rootCa` prepared: the whole certificate in DER. */
export async function signed(toBeSignedBytes: Buffer, signer: Signer): Promise<Buffer> {
  return sequence(toBeSignedBytes, algorithmIdentifier[signer.algorithm], bitString(await signer.sign(toBeSignedBytes)));
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

function toBeSigned({ serialNumber, notBefore, notAfter, subject, spki }: Contents, issuer: IssuingName, extensions: Extension[]): Buffer {
  if (notAfter > issuer.notAfter || notAfter <= notBefore) throw new Error("a validity beyond the issuer's, or none at all");
  return sequence(
    tlv(0xa0, tlv(0x02, Buffer.of(2))), // v3
    tlv(0x02, serialOctets(serialNumber)),
    algorithmIdentifier[issuer.algorithm],
    issuer.subject,
    sequence(time(notBefore), time(notAfter)),
    nameDer(subject),
    spki,
    tlv(0xa3, sequence(...extensions.map((extension) => Buffer.from(extension.rawData)))),
  );
}

/** UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5). */
function time(instant: Date): Buffer {
  const digits = instant.toISOString().replace(/\.\d{3}|[-:T]/g, "");
  return instant.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits));
}

/** SHA-1 over the key's bits (RFC 5280 §4.2.1.2, method 1): an identifier, not a protection. */
function keyIdentifierOf(spki: Buffer): string {
  const { subjectPublicKey } = AsnConvert.parse(spki, SubjectPublicKeyInfo);
  return createHash("sha1").update(Buffer.from(subjectPublicKey)).digest("hex");
}
