import { integer, nothing, oid, sequence } from "../der.js";
import { enterDer } from "../derReader.js";
import { readPublicKey } from "../publicKeys.js";
import type { ToBeSigned } from "../ToBeSigned.js";

const EC_PUBLIC_KEY = oid("1.2.840.10045.2.1");
const curves = [
  { algorithm: sequence(EC_PUBLIC_KEY, oid("1.2.840.10045.3.1.7")), octets: 65 }, // P-256
  { algorithm: sequence(EC_PUBLIC_KEY, oid("1.3.132.0.34")), octets: 97 }, // P-384
];
const RSA_ENCRYPTION = sequence(oid("1.2.840.113549.1.1.1"), nothing); // RFC 3279 §2.3.1: NULL, not absent
const F4 = integer(65_537);
const UNCOMPRESSED_POINT = 0x04;

/**
 * P-256 or P-384 by name with an uncompressed point on the curve (RFC 5480 §2.1.1, §2.2), or RSA of 2048 to 8192 bits with
 * e=65537 (RFC 8017 appendix A.1.1; BR 6.1.5, 6.1.6 by choice). The same keys as are taken from a CSR.
 */
export function publicKey({ publicKey: { der, algorithm, bits } }: ToBeSigned): string | undefined {
  const curve = curves.find((known) => algorithm.equals(known.algorithm));
  if (curve) {
    if (bits[0] !== UNCOMPRESSED_POINT || bits.length !== curve.octets) return "no uncompressed point";
    return isKey(der) ? undefined : "no point on its curve";
  }
  if (algorithm.equals(RSA_ENCRYPTION)) return rsaBreach(bits) ?? (isKey(der) ? undefined : "no RSA key");
  return "neither P-256 nor P-384 by name, nor RSA with NULL";
}

function rsaBreach(bits: Buffer): string | undefined {
  const fields = enterDer(bits, 0x30);
  const modulus = fields.read(0x02).content;
  const exponent = fields.read(0x02).der;
  fields.finish();

  const [first = 0, second = 0] = modulus;
  if (first >= 0x80 || (first === 0 && second < 0x80)) return "a modulus that is negative, zero or begins with a needless zero";
  const length = modulus.length * 8 - Math.clz32(first) + 24; // a leading zero octet counts as its eight zero bits
  if (length < 2048 || length > 8192) return `RSA of ${length} bits`;
  if (((modulus.at(-1) ?? 0) & 1) === 0) return "an even modulus";
  return exponent.equals(F4) ? undefined : "an exponent other than 65537";
}

/** Whether OpenSSL takes it for a key, and for one that it would write in the same octets. */
function isKey(der: Buffer): boolean {
  return readPublicKey(der)?.isCanonical === true;
}
