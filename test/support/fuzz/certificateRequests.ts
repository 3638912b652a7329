import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { bitString, integer, nothing, octetString, oid, sequence, tlv } from "../../../src/pki/der.js";
import { toPem } from "../../../src/pki/pem.js";
import { restructured } from "./DerTree.js";
import type { Fuzzed } from "./fuzz.js";
import { mutated } from "./mutated.js";
import { Random } from "./Random.js";
import { randomText, retyped } from "./retyped.js";

export interface FuzzedCsr extends Fuzzed {
  text: string;
}

interface Keys {
  /** SubjectPublicKeyInfo in DER. */
  spki: Buffer;
  privateKey: KeyObject;
  /** Null for Ed25519, which has none to choose. */
  hash: string | null;
  algorithm: Buffer;
}

const LABEL = "CERTIFICATE REQUEST";
const NULL = [nothing];
const ALGORITHMS = [
  sequence(oid("1.2.840.10045.4.3.2")), sequence(oid("1.2.840.10045.4.3.3")), sequence(oid("1.2.840.10045.4.3.2"), ...NULL), sequence(oid("1.2.840.10045.4.1")),
  sequence(oid("1.2.840.113549.1.1.11"), ...NULL), sequence(oid("1.2.840.113549.1.1.13"), ...NULL), sequence(oid("1.2.840.113549.1.1.5"), ...NULL),
  sequence(oid("1.2.840.113549.1.1.4"), ...NULL), sequence(oid("1.2.840.113549.1.1.10"), sequence()), sequence(oid("1.3.101.112")), sequence(oid("2.999.1")),
] as const;
const [ECDSA_SHA256, ECDSA_SHA384] = ALGORITHMS;
const RSA_SHA256 = ALGORITHMS[4];

const ec = (namedCurve: string, hash = "sha256", algorithm: Buffer = ECDSA_SHA256) => keys(generateKeyPairSync("ec", { namedCurve }), hash, algorithm);
const rsa = (modulusLength: number, publicExponent = 65_537) => keys(generateKeyPairSync("rsa", { modulusLength, publicExponent }), "sha256", RSA_SHA256);

function keys({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }, hash: string | null, algorithm: Buffer): Keys {
  return { spki: publicKey.export({ type: "spki", format: "der" }), privateKey, hash, algorithm };
}

const MADE_BEFORE = 500;

/** Makes certificate requests of every degree of damage, from text at random to none at all, with keys of its own. */
export function certificateRequests(): (random: Random) => FuzzedCsr {
  const p256 = ec("P-256");
  const ed25519 = keys(generateKeyPairSync("ed25519"), null, sequence(oid("1.3.101.112")));
  const all = [p256, ec("P-384", "sha384", ECDSA_SHA384), rsa(2048), rsa(3072), rsa(1024), rsa(2048, 3), ec("P-521"), ec("secp256k1"), ed25519] as const;
  const keysOf = (random: Random) => (random.chance(0.6) ? p256 : random.pick<Keys>(...all));
  // What is to be damaged is made before: RSA signs slowly.
  const whole = Array.from({ length: MADE_BEFORE }, (_, index) => {
    const random = new Random(index, 0);
    const signers = keysOf(random);
    return signed(random, infoOf(random, random.chance(0.97) ? signers : keysOf(random)), signers);
  });
  const one = (random: Random) => whole[random.below(MADE_BEFORE)] ?? sequence();

  return (random) => {
    const share = random.below(100);
    if (share < 12) return csr("random", randomText(random));
    if (share < 24) return csr("resigned", asText(random, signed(random, restructured(random, infoOf(random, p256), one(random)), p256)));
    if (share < 59) return csr("mutated", asText(random, mutated(random, one(random), one(random))));
    if (share < 79) return csr("restructured", asText(random, restructured(random, one(random), one(random))));
    if (share < 96) return csr("retyped", retyped(random, toPem(LABEL, one(random))));
    return csr("built", asText(random, signed(random, infoOf(random, p256), p256)));
  };
}

function csr(kind: string, text: string): FuzzedCsr {
  return { kind, text, shown: () => JSON.stringify(text) };
}

function asText(random: Random, der: Buffer): string {
  return random.chance(0.5) ? toPem(LABEL, der) : der.toString("base64");
}

/** CertificationRequestInfo (RFC 2986 §4.1). */
function infoOf(random: Random, { spki }: Keys): Buffer {
  const version = random.chance(0.97) ? integer(0) : tlv(0x02, random.octets(random.pick(1, 4, 8, 20, 1_000)));
  const names = Array.from({ length: random.below(5) }, () =>
    tlv(0x31, sequence(oid(`2.5.4.${String(random.between(3, 12))}`), tlv(random.pick(0x0c, 0x13), Buffer.from(random.pick("経理太郎", "keiri", ""))))));
  const attributes = Array.from({ length: random.pick(0, 0, 1, 3) }, () => random.pick(
    () => attribute("1.2.840.113549.1.9.14", sequence(sequence(oid("2.5.29.17"), octetString(sequence(tlv(0x82, Buffer.from("bank.example"))))))),
    () => attribute("1.2.840.113549.1.9.7", tlv(0x0c, Buffer.from("challenge"))),
    () => attribute("2.999.1", octetString(random.octets(random.below(300)))),
  )());
  return sequence(version, sequence(...names), spki, tlv(0xa0, ...attributes));
}

const attribute = (id: string, value: Buffer) => sequence(oid(id), tlv(0x31, value));

/** Mostly as it should be; with another algorithm's name or another signature now and then. */
function signed(random: Random, info: Buffer, { privateKey, hash, algorithm }: Keys): Buffer {
  const named = random.chance(0.93) ? algorithm : random.pick(...ALGORITHMS);
  const signature = random.chance(0.95) ? sign(hash, info, privateKey) : random.octets(random.pick(0, 8, 71, 256));
  return sequence(info, named, bitString(signature));
}
