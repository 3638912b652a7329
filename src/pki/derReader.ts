/** What isn't DER (X.690 §10), or isn't what must stand there. */
export class DerError extends Error {
  override name = "DerError";
}

export interface Tlv {
  tag: number;
  /** The whole element, header included. */
  der: Buffer;
  content: Buffer;
}

const MOST_LENGTH_OCTETS = 4;

/**
 * Reads DER elements one after the other, strictly: definite lengths in their shortest form, no tags above 30, nothing
 * beyond the end. What it returns are views of the bytes, not copies. Throws DerError.
 */
export class DerReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** The next element; of this tag, where one is given. */
  read(tag?: number): Tlv {
    const { bytes, at: start } = this;
    const found = this.octet();
    if ((found & 0x1f) === 0x1f) throw new DerError("a tag of several octets");
    if (tag !== undefined && found !== tag) throw new DerError(`tag ${hex(found)} where ${hex(tag)} must stand`);
    const length = this.length();
    const content = this.at;
    if (length > bytes.length - content) throw new DerError("an element that ends beyond its surroundings");
    this.at = content + length;
    return { tag: found, der: bytes.subarray(start, this.at), content: bytes.subarray(content, this.at) };
  }

  /** The next element if it is of this tag. */
  readIf(tag: number): Tlv | undefined {
    return this.bytes[this.at] === tag ? this.read(tag) : undefined;
  }

  /** The content of the next element, to be read on. */
  enter(tag: number): DerReader {
    return new DerReader(this.read(tag).content);
  }

  /** Nothing may follow. */
  finish(): void {
    if (!this.isAtEnd) throw new DerError("something behind the end");
  }

  private octet(): number {
    const octet = this.bytes[this.at++];
    if (octet === undefined) throw new DerError("it ends in the middle of an element");
    return octet;
  }

  private length(): number {
    const first = this.octet();
    if (first < 0x80) return first;
    const octets = first & 0x7f;
    if (octets === 0 || octets > MOST_LENGTH_OCTETS) throw new DerError("an indefinite or enormous length");
    let length = 0;
    for (let read = 0; read < octets; read++) length = length * 256 + this.octet();
    if (length < 0x80 || length < 256 ** (octets - 1)) throw new DerError("a length that isn't in its shortest form");
    return length;
  }
}

/** Exactly one element of this tag, with nothing behind it: its content, to be read on. */
export function enterDer(bytes: Buffer, tag: number): DerReader {
  const reader = new DerReader(bytes);
  const content = reader.enter(tag);
  reader.finish();
  return content;
}

/** The dotted form of an OBJECT IDENTIFIER's content. */
export function dottedOid(content: Buffer): string {
  if (content.length === 0 || (content[content.length - 1] ?? 0) & 0x80) throw new DerError("an object identifier that isn't whole");
  const arcs: number[] = [];
  let arc = 0;
  let isFirst = true;
  for (const octet of content) {
    if (isFirst && octet === 0x80) throw new DerError("an object identifier with a needless octet");
    arc = arc * 128 + (octet & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) throw new DerError("an object identifier beyond all measure");
    isFirst = !(octet & 0x80);
    if (!isFirst) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [joined = 0, ...rest] = arcs;
  const first = Math.min(Math.floor(joined / 40), 2);
  return [first, joined - 40 * first, ...rest].join(".");
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(2, "0")}`;
}
