import { createHash } from "node:crypto";
import { chainHash, GrowingTree, leafHash, NO_HEAD, nodeHash, rootOfProof } from "../../src/history/hashes.js";

// The example of RFC 6962's reference implementation (certificate-transparency, merkle_tree_test): eight leaves and their roots.
const LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map((hex) => leafHash(Buffer.from(hex, "hex")));
const ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

describe("the Merkle tree", () => {
  it.each(ROOTS.map((root, index) => [index + 1, root] as const))("of %d leaves has the root that RFC 6962's own example gives", (size, root) => {
    const tree = new GrowingTree();
    for (const leaf of LEAVES.slice(0, size)) tree.add(leaf);
    expect(tree.root().toString("hex")).toBe(root);
  });

  it("of nothing is the hash of nothing", () => {
    expect(new GrowingTree().root()).toEqual(createHash("sha256").digest());
  });

  it("takes whole subtrees in place of their leaves", () => {
    const [one, other] = [new GrowingTree(), new GrowingTree()];
    for (const leaf of LEAVES) one.add(leaf);
    const quarter = (from: number) => nodeHash(LEAVES[from] ?? NO_HEAD, LEAVES[from + 1] ?? NO_HEAD);
    other.add(nodeHash(quarter(0), quarter(2)), 2);
    for (const leaf of LEAVES.slice(4)) other.add(leaf);
    expect(other.root()).toEqual(one.root());
  });
});

describe("a proof", () => {
  /** RFC 9162 §2.1.3.1, word by word. */
  function path(index: number, leaves: readonly Buffer[]): Buffer[] {
    if (leaves.length <= 1) return [];
    const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
    return index < split
      ? [...path(index, leaves.slice(0, split)), rootOf(leaves.slice(split))]
      : [...path(index - split, leaves.slice(split)), rootOf(leaves.slice(0, split))];
  }
  const rootOf = (leaves: readonly Buffer[]) => {
    const tree = new GrowingTree();
    for (const leaf of leaves) tree.add(leaf);
    return tree.root();
  };

  it("leads every leaf of every tree to its root, and no other leaf and no other place", () => {
    for (let size = 1; size <= 8; size++) {
      const leaves = LEAVES.slice(0, size);
      for (const [index, leaf] of leaves.entries()) {
        const proof = path(index, leaves);
        expect(rootOfProof(leaf, index, size, proof)).toEqual(rootOf(leaves));
        expect(rootOfProof(NO_HEAD, index, size, proof)).not.toEqual(rootOf(leaves));
        for (const other of leaves.keys()) if (other !== index) expect(rootOfProof(leaf, other, size, proof)).not.toEqual(rootOf(leaves));
        expect(rootOfProof(leaf, index, size, [...proof, NO_HEAD])).toBeUndefined();
        if (proof.length > 0) expect(rootOfProof(leaf, index, size, proof.slice(1))).not.toEqual(rootOf(leaves));
      }
    }
    expect(rootOfProof(NO_HEAD, 3, 3, [])).toBeUndefined();
    expect(rootOfProof(NO_HEAD, -1, 3, [])).toBeUndefined();
  });
});

it("leaf, node and chain are hashes of different things, whatever bytes they are of", () => {
  const [a, b] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const all = [leafHash(Buffer.concat([a, b])), nodeHash(a, b), chainHash(a, b)].map((hash) => hash.toString("hex"));
  expect(new Set(all).size).toBe(3);
});
