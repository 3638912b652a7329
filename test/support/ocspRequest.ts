import { nothing, octetString, oid, sequence, tlv } from "../../src/pki/der.js";
import { serialOctets } from "../../src/pki/serialNumber.js";

export const SHA1 = sequence(oid("1.3.14.3.2.26"), nothing);
export const NONCE = "1.3.6.1.5.5.7.48.1.2";

interface CertIdParts {
  algorithm: Buffer;
  issuerNameHash: Buffer;
  issuerKeyHash: Buffer;
  /** The INTEGER, whole. */
  serial: Buffer;
}

export function aCertId({
  algorithm = SHA1, issuerNameHash = Buffer.alloc(20, 1), issuerKeyHash = Buffer.alloc(20, 2), serial = serial17("7f"),
}: Partial<CertIdParts> = {}): Buffer {
  return sequence(algorithm, octetString(issuerNameHash), octetString(issuerKeyHash), serial);
}

export const serial17 = (first: string) => tlv(0x02, serialOctets(first + "ab".repeat(16)));

/** A Request: a CertID, and its extensions where it has any. */
export function aSingle(certId = aCertId(), extensions?: Buffer): Buffer {
  return extensions ? sequence(certId, tlv(0xa0, extensions)) : sequence(certId);
}

export const extension = (id: string, value: Buffer, critical: Buffer = Buffer.alloc(0)) => sequence(oid(id), critical, octetString(value));
export const CRITICAL = tlv(0x01, Buffer.of(0xff));
export const aNonce = (octets: number) => extension(NONCE, octetString(Buffer.alloc(octets, 7)));

interface RequestParts {
  version: Buffer;
  requestor: Buffer;
  singles: Buffer[];
  /** Extensions, without the tag around them. */
  extensions: Buffer;
  signature: Buffer;
  behind: Buffer;
}

/** An OCSPRequest (RFC 6960 §4.1.1) in which anything can be wrong; what isn't said is ordinary. */
export function aRequest({ version, requestor, singles = [aSingle()], extensions, signature, behind }: Partial<RequestParts> = {}): Buffer {
  const tbs = sequence(...present(version && tlv(0xa0, version), requestor && tlv(0xa1, requestor), sequence(...singles), extensions && tlv(0xa2, extensions)));
  return Buffer.concat(present(sequence(...present(tbs, signature && tlv(0xa0, signature))), behind));
}

function present(...parts: (Buffer | undefined)[]): Buffer[] {
  return parts.filter((part) => part !== undefined);
}

/** A Signature (RFC 6960 §4.1.1): nobody looks whether it is good. */
export function aSignature(bits = Buffer.of(0, 1, 2), ...certs: Buffer[]): Buffer {
  return sequence(sequence(oid("1.2.840.10045.4.3.2")), tlv(0x03, bits), ...certs);
}
