import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import type { SubjectPublicKeyInfo } from "@peculiar/asn1-x509";
import { Refusal } from "../foundation/refusals.js";
import { bitString, nothing, oid, sequence } from "./der.js";
import { enterDer } from "./derReader.js";
import { fromPem } from "./pem.js";
import { sha256 } from "./Signer.js";

const LONGEST_CSR = 16_384; // characters; an RSA-8192 request has some 3,500
const PEM_LABELS = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/** What is taken from a CSR: its public key, proven to be the sender's. Subject and extensions are not looked at. */
export interface RequestedKey {
  /** SubjectPublicKeyInfo in DER, in its one canonical form. */
  spki: Buffer;
  /** SHA-256 of `spki`, lower-case hex: two certificates bear the same key exactly when these are equal. */
  fingerprint: string;
}

/**
 * Reads a PKCS#10 request (RFC 2986) in PEM or base64 and proves possession of its key.
 * The allow-list comes before the signature: libraries verify with RSA-1024, e=3 and SHA-1, too.
 * Refuses with CSR_MALFORMED, CSR_CONTAINS_PRIVATE_KEY, CSR_KEY_NOT_ALLOWED, CSR_SIGNATURE_NOT_ALLOWED, CSR_SIGNATURE_INVALID.
 */
export function readCertificateRequest(text: string): RequestedKey {
  if (text.length > LONGEST_CSR) throw refused("CSR_MALFORMED");
  if (text.includes("PRIVATE KEY")) throw refused("CSR_CONTAINS_PRIVATE_KEY");
  const der = fromPem(text, PEM_LABELS);
  if (!der) throw refused("CSR_MALFORMED");

  const request = parsed(der);
  const key = allowedKey(request.certificationRequestInfo.subjectPKInfo);
  const hash = allowedHash(request.signatureAlgorithm.algorithm, key);
  if (!isFramed(request, der)) throw refused("CSR_MALFORMED");
  if (!isSignedBy(key, hash, request)) throw refused("CSR_SIGNATURE_INVALID");

  const spki = key.export({ type: "spki", format: "der" });
  return { spki, fingerprint: sha256(spki).toString("hex") };
}

function parsed(der: Buffer): CertificationRequest {
  try {
    return AsnConvert.parse(der, CertificationRequest);
  } catch {
    throw refused("CSR_MALFORMED");
  }
}

const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY = "1.2.840.10045.2.1";
const UNCOMPRESSED_POINT = 0x04;
const LONGEST_KEY = 2_048; // octets; RSA-8192 has 1,038, and what an exponent costs grows with the square of its length
/** Named curves by the DER of their OID; explicit parameters are another name for the same key, so they are refused. */
const CURVES = new Set(["06082a8648ce3d030107" /* P-256 */, "06052b81040022" /* P-384 */]);

function allowedKey(info: SubjectPublicKeyInfo): KeyObject {
  if (info.subjectPublicKey.byteLength > LONGEST_KEY) throw refused("CSR_KEY_NOT_ALLOWED");
  const { algorithm, parameters } = info.algorithm;
  const point = new Uint8Array(info.subjectPublicKey)[0];
  const isAllowedCurve = algorithm === EC_PUBLIC_KEY && point === UNCOMPRESSED_POINT &&
    CURVES.has(Buffer.from(parameters ?? new ArrayBuffer(0)).toString("hex"));
  if (algorithm !== RSA_ENCRYPTION && !isAllowedCurve) throw refused("CSR_KEY_NOT_ALLOWED");

  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(AsnConvert.serialize(info)), format: "der", type: "spki" });
  } catch {
    throw refused("CSR_KEY_NOT_ALLOWED"); // a point off its curve, a modulus that is none
  }
  if (algorithm === RSA_ENCRYPTION) {
    const { modulusLength = 0, publicExponent } = key.asymmetricKeyDetails ?? {};
    if (modulusLength < 2048 || modulusLength > 8192 || publicExponent !== 65_537n) throw refused("CSR_KEY_NOT_ALLOWED");
  }
  return key;
}

const HASHES = {
  rsa: new Map([["1.2.840.113549.1.1.11", "sha256"], ["1.2.840.113549.1.1.12", "sha384"], ["1.2.840.113549.1.1.13", "sha512"]]),
  ec: new Map([["1.2.840.10045.4.3.2", "sha256"], ["1.2.840.10045.4.3.3", "sha384"], ["1.2.840.10045.4.3.4", "sha512"]]),
};

function allowedHash(algorithm: string, key: KeyObject): string {
  const hash = HASHES[key.asymmetricKeyType === "rsa" ? "rsa" : "ec"].get(algorithm);
  if (!hash) throw refused("CSR_SIGNATURE_NOT_ALLOWED");
  return hash;
}

/**
 * The parser isn't strict, and no signature covers the frame: both it and what was signed must be SEQUENCEs in DER, with
 * nothing behind them (ECDSA with NULL will do).
 */
function isFramed({ certificationRequestInfoRaw: info, signatureAlgorithm, signature }: CertificationRequest, der: Buffer): boolean {
  if (!info || !isSequence(Buffer.from(info))) return false;
  const algorithms = [[], [nothing]].map((parameters) => sequence(oid(signatureAlgorithm.algorithm), ...parameters));
  return algorithms.some((algorithm) => sequence(Buffer.from(info), algorithm, bitString(Buffer.from(signature))).equals(der));
}

function isSequence(bytes: Buffer): boolean {
  try {
    enterDer(bytes, 0x30);
    return true;
  } catch {
    return false;
  }
}

function isSignedBy(key: KeyObject, hash: string, request: CertificationRequest): boolean {
  const signed = request.certificationRequestInfoRaw;
  if (!signed) return false;
  try {
    return verify(hash, Buffer.from(signed), key, Buffer.from(request.signature));
  } catch {
    return false;
  }
}

function refused(code: "CSR_MALFORMED" | "CSR_CONTAINS_PRIVATE_KEY" | "CSR_KEY_NOT_ALLOWED" | "CSR_SIGNATURE_NOT_ALLOWED" | "CSR_SIGNATURE_INVALID") {
  return new Refusal(code, { path: ["csr"] });
}
