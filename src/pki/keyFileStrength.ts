import { DerError, dottedOid, enterDer, type DerReader } from "./derReader.js";

/** OWASP's figure for PBKDF2-HMAC-SHA256 (Password Storage Cheat Sheet); what libraries write unasked is 2,048. */
export const LEAST_ITERATIONS = 600_000;

// OWASP's for scrypt are N=2^17,r=8,p=1 and equals with less memory: 2^16,8,2; 2^15,8,3; 2^14,8,5; 2^13,8,10.
// OpenSSL opens none above 32 MiB, so that 2^14,8,5 is the one in use; its own default, 2^14,8,1, is a fifth of that.
const LEAST_SCRYPT_MEMORY = 2 ** 13 * 8; // N·r, in blocks of 128 octets
const LEAST_SCRYPT_WORK = 2 ** 13 * 8 * 10; // N·r·p

const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";
const STRONG_HMACS = ["1.2.840.113549.2.9", "1.2.840.113549.2.10", "1.2.840.113549.2.11"]; // SHA-256, SHA-384, SHA-512
const AES_CBC = ["2.16.840.1.101.3.4.1.2", "2.16.840.1.101.3.4.1.22", "2.16.840.1.101.3.4.1.42"];

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const OID = 0x06;

/**
 * Whether a guess at the passphrase of this EncryptedPrivateKeyInfo (RFC 5958 §3) costs as much as OWASP asks for: AES
 * under PBES2 (RFC 8018 §6.2), with PBKDF2 (A.2) or scrypt (RFC 7914 §7). Throws DerError where it is none.
 */
export function isStronglySealed(encryptedKey: Buffer): boolean {
  const scheme = enterDer(encryptedKey, SEQUENCE).enter(SEQUENCE);
  if (readOid(scheme) !== PBES2) return false;
  const parameters = scheme.enter(SEQUENCE);
  const derivation = parameters.enter(SEQUENCE);
  const cipher = parameters.enter(SEQUENCE);
  if (!AES_CBC.includes(readOid(cipher))) return false;

  const kind = readOid(derivation);
  if (kind === PBKDF2) return isStrongPbkdf2(derivation.enter(SEQUENCE));
  return kind === SCRYPT && isStrongScrypt(derivation.enter(SEQUENCE));
}

function isStrongPbkdf2(parameters: DerReader): boolean {
  parameters.read(OCTET_STRING);
  const iterations = readInteger(parameters);
  parameters.readIf(INTEGER); // the key's length
  if (parameters.isAtEnd) return false; // the default: HMAC-SHA-1, which takes more than twice as many rounds
  return iterations >= LEAST_ITERATIONS && STRONG_HMACS.includes(readOid(parameters.enter(SEQUENCE)));
}

function isStrongScrypt(parameters: DerReader): boolean {
  parameters.read(OCTET_STRING);
  const [n, r, p] = [readInteger(parameters), readInteger(parameters), readInteger(parameters)];
  return n * r >= LEAST_SCRYPT_MEMORY && n * r * p >= LEAST_SCRYPT_WORK;
}

function readOid(reader: DerReader): string {
  return dottedOid(reader.read(OID).content);
}

function readInteger(reader: DerReader): number {
  const { content } = reader.read(INTEGER);
  if (content.length === 0 || content.length > 6 || content.readUInt8() & 0x80) throw new DerError("a number that is no number of rounds");
  return content.readUIntBE(0, content.length);
}
