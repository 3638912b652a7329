import { bitString, nothing, oid, sequence, tlv } from "../der.js";
import { DerReader } from "../derReader.js";

const OCTET_STRING = 0x04;

/**
 * SubjectPublicKeyInfo of an EC key (RFC 5480 §2). `parameters` is CKA_EC_PARAMS, `point` CKA_EC_POINT: the point in an
 * OCTET STRING (PKCS#11 Current Mechanisms v2.40 §2.3.3).
 */
export function ecPublicKey(parameters: Buffer, point: Buffer): Buffer {
  const reader = new DerReader(point);
  const { content } = reader.read(OCTET_STRING);
  reader.finish();
  return sequence(sequence(oid("1.2.840.10045.2.1"), parameters), bitString(content));
}

/** SubjectPublicKeyInfo of an RSA key (RFC 3279 §2.3.1) from CKA_MODULUS and CKA_PUBLIC_EXPONENT. */
export function rsaPublicKey(modulus: Buffer, exponent: Buffer): Buffer {
  const key = sequence(unsigned(modulus), unsigned(exponent));
  return sequence(sequence(oid("1.2.840.113549.1.1.1"), nothing), bitString(key));
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) from r and s, one after the other and of one length (Current Mechanisms §2.3.1). */
export function ecdsaSignature(raw: Buffer): Buffer {
  const half = raw.length / 2;
  return sequence(unsigned(raw.subarray(0, half)), unsigned(raw.subarray(half)));
}

/** DigestInfo of a SHA-256 digest: what RSASSA-PKCS1-v1_5 pads (RFC 8017 §9.2). */
export function sha256DigestInfo(digest: Buffer): Buffer {
  return sequence(sequence(oid("2.16.840.1.101.3.4.2.1"), nothing), tlv(OCTET_STRING, digest));
}

/** An INTEGER in its shortest form (X.690 §8.3.2): no needless zeros in front, one where the number would be negative. */
function unsigned(bytes: Buffer): Buffer {
  const start = bytes.findIndex((octet) => octet !== 0);
  const number = start === -1 ? Buffer.of(0) : bytes.subarray(start);
  return (number[0] ?? 0) & 0x80 ? tlv(0x02, Buffer.of(0), number) : tlv(0x02, number);
}
