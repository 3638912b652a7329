import { tlv } from "../../../src/pki/der.js";
import { DerReader } from "../../../src/pki/derReader.js";
import type { Random } from "./Random.js";

/** DER as a tree, to be changed in its structure: whatever becomes of it, its lengths are right when it is written. */
export type DerTree = Leaf | Branch;

interface Leaf {
  tag: number;
  content: Buffer;
}

interface Branch {
  tag: number;
  /** What stands before the parts: a BIT STRING's count of unused bits. */
  before: Buffer;
  parts: DerTree[];
}

const NO_OCTETS = Buffer.alloc(0);

/** What is wrapped in an OCTET STRING or a BIT STRING is opened, too. */
export function readTrees(der: Buffer): DerTree[] {
  const reader = new DerReader(der);
  const trees: DerTree[] = [];
  while (!reader.isAtEnd) {
    const { tag, content } = reader.read();
    trees.push(branchOf(tag, content) ?? { tag, content });
  }
  return trees;
}

export function writeTree(tree: DerTree): Buffer {
  return "parts" in tree ? tlv(tree.tag, tree.before, ...tree.parts.map(writeTree)) : tlv(tree.tag, tree.content);
}

function branchOf(tag: number, content: Buffer): Branch | undefined {
  if (tag & 0x20) return { tag, before: NO_OCTETS, parts: readTrees(content) };
  const unused = tag === 0x03 ? 1 : 0;
  if ((tag !== 0x03 && tag !== 0x04) || content[unused] !== 0x30) return undefined;
  try {
    return { tag, before: content.subarray(0, unused), parts: readTrees(content.subarray(unused)) };
  } catch {
    return undefined; // it only looked like it
  }
}

/** DER with one to three changes of its structure; `other` is what parts are borrowed from. */
export function restructured(random: Random, der: Buffer, other: Buffer): Buffer {
  const root: Branch = { tag: 0x30, before: NO_OCTETS, parts: readTrees(der) };
  const others = everyPartIn(readTrees(other));
  for (let changes = random.between(1, 3); changes > 0; changes--) changePart(random, root, others);
  return Buffer.concat(root.parts.map(writeTree));
}

function changePart(random: Random, root: Branch, others: DerTree[]): void {
  const branches = everyPartIn([root]).filter((tree) => "parts" in tree);
  const { parts } = branches[random.below(branches.length)] ?? root;
  const at = random.below(parts.length);
  const part = parts[at];
  if (!part) {
    parts.push(aTree(random, 2));
    return;
  }
  const borrowed = copied(others[random.below(others.length)] ?? part);
  const change = random.pick<() => unknown>(
    () => parts.splice(at, 1),
    () => parts.splice(at, 0, ...Array.from({ length: random.chance(0.1) ? 40 : 1 }, () => copied(part))),
    () => parts.push(...parts.splice(at, 1)),
    () => parts.splice(at, 1, borrowed),
    () => parts.splice(at, 0, borrowed),
    () => parts.splice(at, 1, aTree(random, 3)),
    () => parts.splice(at, 0, aTree(random, 3)),
    () => parts.splice(at, 1, { ...part, tag: random.pick(part.tag ^ 0x20, part.tag ^ 0x80, random.pick(...TAGS), random.below(256)) }),
    () => parts.splice(at, 1, wrapped(random, part)),
    () => parts.splice(at, 1, { tag: part.tag, content: contentOf(random, part) }),
    () => parts.splice(at, 1, { tag: part.tag, content: contentOf(random, part) }),
  );
  change();
}

/** A part that stands in two places would come to contain itself. */
function copied(tree: DerTree): DerTree {
  return "parts" in tree ? { ...tree, parts: tree.parts.map(copied) } : { ...tree };
}

const TAGS = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x82, 0xa0, 0xa1, 0xa2, 0xa3] as const;

function aTree(random: Random, depth: number): DerTree {
  const tag = random.pick(...TAGS);
  if (depth > 0 && tag & 0x20) return { tag, before: NO_OCTETS, parts: Array.from({ length: random.below(4) }, () => aTree(random, depth - 1)) };
  return { tag: tag & ~0x20, content: random.octets(random.pick(0, 1, 1, 2, 4, 20, 21, 32, 200)) };
}

function wrapped(random: Random, part: DerTree): DerTree {
  const tag = random.pick(0x30, 0x31, 0x04, 0xa0);
  let now = part;
  for (let times = random.pick(1, 1, 2, 40); times > 0; times--) now = { tag, before: NO_OCTETS, parts: [now] };
  return now;
}

function contentOf(random: Random, part: DerTree): Buffer {
  const content = "parts" in part ? Buffer.concat([part.before, ...part.parts.map(writeTree)]) : Buffer.from(part.content);
  const at = random.below(content.length);
  return random.pick(
    () => NO_OCTETS,
    () => random.octets(content.length),
    () => random.octets(random.below(300)),
    () => content.subarray(0, at),
    () => Buffer.concat([Buffer.of(0), content]),
    () => Buffer.concat([content, random.octets(1)]),
    () => Buffer.from(content.map((octet, index) => (index === at ? octet ^ (1 << random.below(8)) : octet))),
  )();
}

function everyPartIn(trees: DerTree[]): DerTree[] {
  return trees.flatMap((tree) => ("parts" in tree ? [tree, ...everyPartIn(tree.parts)] : [tree]));
}
