import { createHash, createPublicKey, createSign, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { nothing, oid, sequence } from "./der.js";

export type SignatureAlgorithm = "ECDSA_SHA256" | "ECDSA_SHA384" | "RSA_SHA256";

/** A CA's private key, wherever it lives. It knows nothing of what it signs, nor of storage. */
export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  /** The public key, SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  /** The signature over `parts`, one after the other, as a certificate carries it (ECDSA-Sig-Value in DER for EC keys). */
  sign(...parts: Uint8Array[]): Promise<Buffer>;
}

/** What a CA's key can be. */
export const keyKinds = ["P-256", "P-384", "RSA-3072"] as const;
export type KeyKind = (typeof keyKinds)[number];

export function newKey(kind: KeyKind): KeyObject {
  return kind === "RSA-3072"
    ? generateKeyPairSync("rsa", { modulusLength: 3072 }).privateKey
    : generateKeyPairSync("ec", { namedCurve: kind }).privateKey;
}

/** A signer over a key in memory: EC P-256, EC P-384 or RSA. */
export function keySigner(privateKey: KeyObject): Signer {
  const publicKey = createPublicKey(privateKey);
  const algorithm = algorithmOf(publicKey);
  const hash = hashOf[algorithm];
  return {
    algorithm,
    publicKey: publicKey.export({ type: "spki", format: "der" }),
    // Synchronous inside: three times as fast for EC as handing it to the thread pool. In one piece it is faster still.
    sign: (...parts) => Promise.resolve(parts.length === 1 && parts[0] ? sign(hash, parts[0], privateKey) : signInParts(hash, parts, privateKey)),
  };
}

function signInParts(hash: string, parts: Uint8Array[], privateKey: KeyObject): Buffer {
  const signing = createSign(hash);
  for (const part of parts) signing.update(part);
  return signing.sign(privateKey);
}

export const hashOf: Record<SignatureAlgorithm, "sha256" | "sha384"> = {
  ECDSA_SHA256: "sha256", ECDSA_SHA384: "sha384", RSA_SHA256: "sha256",
};

/** AlgorithmIdentifier in DER (RFC 5758 §3.2: no parameters for ECDSA; RFC 8017: NULL for RSA). */
export const algorithmIdentifier: Record<SignatureAlgorithm, Buffer> = {
  ECDSA_SHA256: sequence(oid("1.2.840.10045.4.3.2")),
  ECDSA_SHA384: sequence(oid("1.2.840.10045.4.3.3")),
  RSA_SHA256: sequence(oid("1.2.840.113549.1.1.11"), nothing),
};

export function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** How a key of ours signs. */
export function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SignatureAlgorithm {
  if (asymmetricKeyType === "rsa") return "RSA_SHA256";
  if (asymmetricKeyDetails?.namedCurve === "prime256v1") return "ECDSA_SHA256";
  if (asymmetricKeyDetails?.namedCurve === "secp384r1") return "ECDSA_SHA384";
  throw new Error(`a CA key must be EC P-256, EC P-384 or RSA, not ${asymmetricKeyType ?? "unknown"}`);
}
