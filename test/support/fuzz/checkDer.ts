import { DerReader, dottedOid } from "../../../src/pki/derReader.js";

/** Throws unless these are elements in DER through and through: what any program must be able to read (X.690 §8, §10). */
export function checkDer(bytes: Buffer): void {
  const reader = new DerReader(bytes);
  while (!reader.isAtEnd) {
    const { tag, content } = reader.read();
    if (tag & 0x20) checkDer(content);
    else if (!isPrimitive(tag, content)) throw new Error(`what isn't DER: tag ${String(tag)}, ${content.toString("hex")}`);
  }
}

function isPrimitive(tag: number, content: Buffer): boolean {
  switch (tag) {
    case 0x01: // BOOLEAN
      return content.length === 1 && (content[0] === 0 || content[0] === 0xff);
    case 0x02: // INTEGER
    case 0x0a: // ENUMERATED
      return isShortest(content);
    case 0x03: // BIT STRING
      return (content[0] ?? 8) < 8;
    case 0x05: // NULL
      return content.length === 0;
    case 0x06: // OBJECT IDENTIFIER
      return dottedOid(content) !== "";
    case 0x18: // GeneralizedTime
      return /^\d{14}Z$/.test(content.toString("latin1"));
    default:
      return tag !== 0x10 && tag !== 0x11; // SEQUENCE and SET are never primitive
  }
}

function isShortest([first, second]: Buffer): boolean {
  if (first === undefined) return false;
  return second === undefined || (first === 0 ? second > 0x7f : first !== 0xff || second < 0x80);
}
