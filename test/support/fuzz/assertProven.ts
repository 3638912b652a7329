import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { enterDer } from "../../../src/pki/derReader.js";
import type { RequestedKey } from "../../../src/pki/certificateRequest.js";

/** The last octets of the three algorithms' identifiers, each in RSA's form and ECDSA's. */
const HASHES = { sha256: ["0d01010b", "3d040302"], sha384: ["0d01010c", "3d040303"], sha512: ["0d01010d", "3d040304"] };

/** Throws unless this key is allowed, stands in the request, and signed it: reckoned once more, another way. */
export function assertProven(text: string, { spki, fingerprint }: RequestedKey): void {
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  if (!isAllowed(key)) throw new Error("a key that isn't allowed was accepted");
  if (createHash("sha256").update(spki).digest("hex") !== fingerprint) throw new Error("a fingerprint of something else");
  if (!key.export({ type: "spki", format: "der" }).equals(spki)) throw new Error("a key that isn't in its canonical form");

  const request = enterDer(Buffer.from(text.replace(/-----[A-Z ]+-----/g, ""), "base64"), 0x30);
  const info = request.read(0x30).der;
  const algorithm = request.enter(0x30).read(0x06).content.toString("hex");
  const signature = request.read(0x03).content.subarray(1);
  request.finish();
  if (!info.includes(publicPartOf(key))) throw new Error("a key that the request doesn't contain");
  const hash = Object.entries(HASHES).find(([, ends]) => ends.some((end) => algorithm.endsWith(end)))?.[0];
  if (hash === undefined || !verify(hash, info, key, signature)) throw new Error("a request that its key didn't sign was accepted");
}

function isAllowed({ asymmetricKeyType, asymmetricKeyDetails: { modulusLength = 0, publicExponent, namedCurve } = {} }: KeyObject): boolean {
  if (asymmetricKeyType === "rsa") return modulusLength >= 2048 && modulusLength <= 8192 && publicExponent === 65_537n;
  return asymmetricKeyType === "ec" && (namedCurve === "prime256v1" || namedCurve === "secp384r1");
}

/** The modulus, or the point's coordinates. */
function publicPartOf(key: KeyObject): Buffer {
  const { n, x = "", y = "" } = key.export({ format: "jwk" });
  return n === undefined ? Buffer.concat([x, y].map((part) => Buffer.from(part, "base64url"))) : Buffer.from(n, "base64url");
}
