import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";

/** A public key in a PEM file, as SubjectPublicKeyInfo in DER. */
export function publicKeyIn(file: string): Buffer {
  return createPublicKey(readFileSync(file, "utf8")).export({ type: "spki", format: "der" });
}
