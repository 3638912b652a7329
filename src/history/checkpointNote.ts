import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { hashOf, type Signer } from "../pki/Signer.js";

/** What a checkpoint says of a chain: that it had so many entries, this Merkle root and this head. */
export interface ChainState {
  chainId: string;
  bankCode: string;
  size: number;
  root: Buffer;
  head: Buffer;
  at: Date;
}

const KEY_NAME = "shomei-history";
const ORIGIN = /^shomei\/(\d{4}|house)\/([0-9A-Z]{26})$/;

/** A checkpoint as a signed note (C2SP signed-note and tlog-checkpoint, ECDSA as Sigstore's Rekor signs it). */
export async function signedCheckpoint({ bankCode, chainId, size, root, head, at }: ChainState, key: Signer): Promise<string> {
  const text = [`shomei/${bankCode}/${chainId}`, String(size), root.toString("base64"), `head ${head.toString("base64")}`, `at ${at.toISOString()}`, ""].join("\n");
  const signature = await key.sign(Buffer.from(text, "utf8"));
  return `${text}\n— ${KEY_NAME} ${Buffer.concat([keyId(key.publicKey), signature]).toString("base64")}\n`;
}

/** What a note says, whoever signed it; undefined for what isn't a checkpoint of ours. */
export function readCheckpoint(note: string): ChainState | undefined {
  const { text } = parts(note);
  const [origin = "", size = "", root = "", head = "", at = "", ...rest] = text.split("\n");
  const [, bankCode, chainId] = ORIGIN.exec(origin) ?? [];
  if (!bankCode || !chainId || !/^(0|[1-9]\d{0,9})$/.test(size) || rest.length > 1) return undefined;
  const [rootBytes, headBytes] = [Buffer.from(root, "base64"), Buffer.from(head.replace(/^head /, ""), "base64")];
  const instant = new Date(at.replace(/^at /, ""));
  if (rootBytes.length !== 32 || headBytes.length !== 32 || Number.isNaN(instant.getTime())) return undefined;
  return { chainId, bankCode, size: Number(size), root: rootBytes, head: headBytes, at: instant };
}

/** The checkpoint's state, where this key signed it (SubjectPublicKeyInfo in DER, or a key); else undefined. */
export function verifiedCheckpoint(note: string, publicKey: Buffer): ChainState | undefined {
  const key = createPublicKey({ key: publicKey, format: "der", type: "spki" });
  const { text, signatures } = parts(note);
  const isSigned = signatures.some((line) => isSignature(line, text, key, publicKey));
  return isSigned ? readCheckpoint(note) : undefined;
}

function isSignature(line: string, text: string, key: KeyObject, publicKey: Buffer): boolean {
  const [, name, base64] = /^— (\S+) (\S+)$/.exec(line) ?? [];
  if (name !== KEY_NAME || base64 === undefined) return false;
  const bytes = Buffer.from(base64, "base64");
  return bytes.subarray(0, 4).equals(keyId(publicKey)) && verify(hashOf.ECDSA_SHA256, Buffer.from(text, "utf8"), key, bytes.subarray(4));
}

function keyId(publicKey: Buffer): Buffer {
  return createHash("sha256").update(publicKey).digest().subarray(0, 4);
}

/** A note is its text, which ends with a line end, an empty line, and its signatures. */
function parts(note: string): { text: string; signatures: string[] } {
  const end = note.indexOf("\n\n");
  return end < 0 ? { text: note, signatures: [] } : { text: note.slice(0, end + 1), signatures: note.slice(end + 2).split("\n").filter((line) => line !== "") };
}

/** Something in a file of checkpoints isn't one. */
export class UnreadableNotes extends Error {}

/** `notesIn` for a file that somebody gives: nothing else may stand in it. */
export function notesOnlyIn(text: string): string[] {
  const notes = notesIn(text);
  const read = notes.filter((note) => readCheckpoint(note)).join("").replace(/\s/g, "");
  if (notes.length === 0 || read !== text.replace(/\s/g, "")) throw new UnreadableNotes("a file of checkpoints in which something else stands");
  return notes;
}

/** The notes of a file in which they stand one after the other, an empty line between them; what isn't one is passed over. */
export function notesIn(text: string): string[] {
  const blocks = text.replace(/\r\n/g, "\n").split("\n\n").map((block) => block.replace(/^\n+|\n+$/g, "")).filter((block) => block !== "");
  return blocks.flatMap((block, index) => {
    const signatures = blocks[index + 1];
    return block.startsWith("shomei/") && signatures?.startsWith("— ") ? [`${block}\n\n${signatures}\n`] : [];
  });
}
