import { createHash } from "node:crypto";

// The hashes of docs/history-format.md. Leaf and node are those of RFC 9162 §2.1.1; the chain's has a prefix of its own.

/** The head of a chain without entries. */
export const NO_HEAD = Buffer.alloc(32);

export function leafHash(canonical: Uint8Array): Buffer {
  return sha256([Buffer.of(0), canonical]);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256([Buffer.of(1), left, right]);
}

export function chainHash(head: Uint8Array, leaf: Uint8Array): Buffer {
  return sha256([Buffer.of(2), head, leaf]);
}

function sha256(parts: Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The Merkle tree hash of leaves as they come, in memory of as many hashes as the size has bits (RFC 9162 §2.1.1). */
export class GrowingTree {
  private readonly peaks: { height: number; hash: Buffer }[] = [];

  /** Adds a leaf, or the root of a whole subtree of 2^height leaves where its place begins. */
  add(hash: Buffer, height = 0): void {
    let peak = { height, hash };
    for (let last = this.peaks.at(-1); last?.height === peak.height; last = this.peaks.at(-1)) {
      this.peaks.pop();
      peak = { height: peak.height + 1, hash: nodeHash(last.hash, peak.hash) };
    }
    this.peaks.push(peak);
  }

  root(): Buffer {
    const [last, ...others] = this.peaks.map(({ hash }) => hash).reverse();
    return others.reduce((right, left) => nodeHash(left, right), last ?? createHash("sha256").digest());
  }
}

/** The root that this path leads to (RFC 9162 §2.1.3.2), or undefined for a path of the wrong length. */
export function rootOfProof(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | undefined {
  if (index < 0 || index >= size) return undefined;
  let [fn, sn] = [index, size - 1];
  let root = leaf;
  for (const hash of path) {
    if (sn === 0) return undefined;
    if (fn % 2 === 1 || fn === sn) {
      root = nodeHash(hash, root);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else {
      root = nodeHash(root, hash);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 ? root : undefined;
}
