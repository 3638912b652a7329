import { createHash } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import type { CertId, OcspHash } from "./ocspRequest.js";

const hashes: OcspHash[] = ["sha1", "sha256", "sha384", "sha512"];

/** Every pair of hashes by which a CertID may name this CA (RFC 6960 §4.1.1): of its name, and of its key's bits. */
export function certIdHashesOf(caCertificate: Buffer): string[] {
  const { subject, subjectPublicKeyInfo } = AsnConvert.parse(caCertificate, Certificate).tbsCertificate;
  const name = Buffer.from(AsnConvert.serialize(subject));
  const key = Buffer.from(subjectPublicKeyInfo.subjectPublicKey);
  return hashes.map((hash) => pairOf(hash, createHash(hash).update(name).digest(), createHash(hash).update(key).digest()));
}

/** The pair that this CertID carries; undefined where we don't know its hash. */
export function certIdHashes({ hash, issuerNameHash, issuerKeyHash }: CertId): string | undefined {
  return hash && pairOf(hash, issuerNameHash, issuerKeyHash);
}

function pairOf(hash: OcspHash, name: Buffer, key: Buffer): string {
  return `${hash}:${name.toString("base64")}:${key.toString("base64")}`;
}
