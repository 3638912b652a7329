import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { bitString, integer, oid, sequence, tlv } from "../../src/pki/der.js";
import { toPem } from "../../src/pki/pem.js";

export interface Csr {
  pem: string;
  der: Buffer;
  privateKey: KeyObject;
}

interface CsrOptions {
  keys?: { privateKey: KeyObject; publicKey: KeyObject };
  hash?: "sha1" | "sha256" | "sha384" | "sha512";
}

const ecdsaWith = { sha1: "1.2.840.10045.4.1", sha256: "1.2.840.10045.4.3.2", sha384: "1.2.840.10045.4.3.3", sha512: "1.2.840.10045.4.3.4" };
const rsaWith = { sha1: "1.2.840.113549.1.1.5", sha256: "1.2.840.113549.1.1.11", sha384: "1.2.840.113549.1.1.12", sha512: "1.2.840.113549.1.1.13" };

/** A holder's request (RFC 2986), by default for a new P-256 key. The holder is a test, so it may have a private key. */
export function aCsr({ keys = generateKeyPairSync("ec", { namedCurve: "P-256" }), hash = "sha256" }: CsrOptions = {}): Csr {
  const spki = keys.publicKey.export({ type: "spki", format: "der" });
  const commonName = sequence(oid("2.5.4.3"), tlv(0x0c, Buffer.from("whatever the holder writes")));
  const info = sequence(integer(0), sequence(tlv(0x31, commonName)), spki, tlv(0xa0));
  const isRsa = keys.publicKey.asymmetricKeyType === "rsa";
  const algorithm = isRsa ? sequence(oid(rsaWith[hash]), tlv(0x05)) : sequence(oid(ecdsaWith[hash]));
  const der = sequence(info, algorithm, bitString(sign(hash, info, keys.privateKey)));
  return { pem: toPem("CERTIFICATE REQUEST", der), der, privateKey: keys.privateKey };
}
