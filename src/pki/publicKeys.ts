import { createPublicKey, type KeyObject } from "node:crypto";
import { LRUCache } from "lru-cache";
import { toPem } from "./pem.js";

/** All that stands before an uncompressed point of P-256 or P-384: with the whole point behind it, there is no other way to write it. */
const plainEc = [["3059301306072a8648ce3d020106082a8648ce3d03010703420004", 91], ["3076301006072a8648ce3d020106052b8104002203620004", 120]] as const;

function isPlainEc(spki: Buffer): boolean {
  return plainEc.some(([head, octets]) => spki.length === octets && spki.toString("hex", 0, head.length / 2) === head);
}

const MOST_REMEMBERED = 500;
const known = new LRUCache<string, { key: KeyObject; isCanonical: boolean }>({ max: MOST_REMEMBERED });

/**
 * The key of a SubjectPublicKeyInfo (DER), and whether OpenSSL writes it in the same octets; undefined where it takes it for no
 * key: a point off its curve, say. The last ones are remembered: a key is read when it comes, when it is accepted and when it is
 * certified, and to take it up costs as much as a signature.
 */
export function readPublicKey(spki: Buffer): { key: KeyObject; isCanonical: boolean } | undefined {
  const octets = spki.toString("latin1");
  const remembered = known.get(octets);
  if (remembered) return remembered;
  try {
    const key = createPublicKey(toPem("PUBLIC KEY", spki)); // of an object Node first asks what else it might be: that takes as long again
    const read = { key, isCanonical: isPlainEc(spki) || key.export({ format: "der", type: "spki" }).equals(spki) };
    known.set(octets, read);
    return read;
  } catch {
    return undefined;
  }
}
