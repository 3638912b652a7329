import { verify, type KeyObject } from "node:crypto";
import { Refusal } from "../foundation/refusals.js";
import { nothing } from "./der.js";
import { DerError, DerReader, dottedOid, enterDer } from "./derReader.js";
import { fromPem } from "./pem.js";
import { readPublicKey } from "./publicKeys.js";
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
  const { key, spki } = allowedKey(request.publicKey);
  const hash = allowedHash(request.algorithm, key);
  if (!request.isPlain) throw refused("CSR_MALFORMED");
  if (!isSignedBy(key, hash, request)) throw refused("CSR_SIGNATURE_INVALID");

  return { spki, fingerprint: sha256(spki).toString("hex") };
}

/** A CertificationRequest (RFC 2986 §4.2) as far as it is looked at. All views of its bytes. */
interface Parsed {
  /** What is signed. */
  info: Buffer;
  publicKey: Buffer;
  /** Of the signature, dotted. */
  algorithm: string;
  /** Whether that comes without parameters; NULL will do. */
  isPlain: boolean;
  signature: Buffer;
}

/** Strictly DER, with nothing behind any of it; subject and attributes are passed over. */
function parsed(der: Buffer): Parsed {
  try {
    const request = enterDer(der, 0x30);
    const info = request.read(0x30);
    const algorithm = request.enter(0x30);
    const type = dottedOid(algorithm.read(0x06).content);
    const isPlain = algorithm.isAtEnd || algorithm.read().der.equals(nothing);
    algorithm.finish();
    const bits = request.read(0x03).content;
    request.finish();
    if (bits[0] !== 0) throw new DerError("a signature that isn't of whole octets");
    return { info: info.der, publicKey: publicKeyIn(info.content), algorithm: type, isPlain, signature: bits.subarray(1) };
  } catch (error) {
    if (error instanceof DerError) throw refused("CSR_MALFORMED");
    throw error;
  }
}

function publicKeyIn(info: Buffer): Buffer {
  const fields = new DerReader(info);
  fields.read(0x02); // version
  fields.read(0x30); // subject
  const publicKey = fields.read(0x30).der;
  fields.readIf(0xa0); // attributes
  fields.finish();
  return publicKey;
}

const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY = "1.2.840.10045.2.1";
const UNCOMPRESSED_POINT = 0x04;
const LONGEST_KEY = 2_048; // octets; RSA-8192 has 1,038, and what an exponent costs grows with the square of its length
/** Named curves by the DER of their OID; explicit parameters are another name for the same key, so they are refused. */
const CURVES = new Set(["06082a8648ce3d030107" /* P-256 */, "06052b81040022" /* P-384 */]);

function allowedKey(publicKey: Buffer): { key: KeyObject; spki: Buffer } {
  const { algorithm, parameters, bits } = keyFields(publicKey);
  if (bits.length > LONGEST_KEY) throw refused("CSR_KEY_NOT_ALLOWED");
  const isAllowedCurve = algorithm === EC_PUBLIC_KEY && bits[1] === UNCOMPRESSED_POINT && CURVES.has(parameters.toString("hex"));
  if (algorithm !== RSA_ENCRYPTION && !isAllowedCurve) throw refused("CSR_KEY_NOT_ALLOWED");

  const read = readPublicKey(publicKey);
  if (!read) throw refused("CSR_KEY_NOT_ALLOWED"); // a point off its curve, a modulus that is none
  const { key, isCanonical } = read;
  if (algorithm === RSA_ENCRYPTION) {
    const { modulusLength = 0, publicExponent } = key.asymmetricKeyDetails ?? {};
    if (modulusLength < 2048 || modulusLength > 8192 || publicExponent !== 65_537n) throw refused("CSR_KEY_NOT_ALLOWED");
  }
  return { key, spki: isCanonical ? publicKey : key.export({ type: "spki", format: "der" }) };
}

function keyFields(publicKey: Buffer): { algorithm: string; parameters: Buffer; bits: Buffer } {
  try {
    const fields = enterDer(publicKey, 0x30);
    const identifier = fields.enter(0x30);
    const algorithm = dottedOid(identifier.read(0x06).content);
    const parameters = identifier.isAtEnd ? Buffer.alloc(0) : identifier.read().der;
    identifier.finish();
    const bits = fields.read(0x03).content;
    fields.finish();
    return { algorithm, parameters, bits };
  } catch (error) {
    if (error instanceof DerError) throw refused("CSR_MALFORMED");
    throw error;
  }
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

function isSignedBy(key: KeyObject, hash: string, { info, signature }: Parsed): boolean {
  try {
    return verify(hash, info, key, signature);
  } catch {
    return false;
  }
}

function refused(code: "CSR_MALFORMED" | "CSR_CONTAINS_PRIVATE_KEY" | "CSR_KEY_NOT_ALLOWED" | "CSR_SIGNATURE_NOT_ALLOWED" | "CSR_SIGNATURE_INVALID") {
  return new Refusal(code, { path: ["csr"] });
}
