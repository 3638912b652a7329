import { DerError, DerReader, dottedOid, enterDer, type Tlv } from "./derReader.js";
import { extensionIds, type ExtensionName } from "./profiles.js";

/** A TBSCertificate's fields as they stand there (RFC 5280 §4.1), good or bad. All buffers are views of its bytes. */
export interface ToBeSigned {
  /** The INTEGER's content; undefined where it is left out, which says v1. */
  version: Buffer | undefined;
  /** The INTEGER's content. */
  serialNumber: Buffer;
  /** AlgorithmIdentifier, DER. */
  signature: Buffer;
  /** Name, DER. */
  issuer: Buffer;
  notBefore: StatedTime;
  notAfter: StatedTime;
  subject: { der: Buffer; relativeNames: Attribute[][] };
  publicKey: { der: Buffer; algorithm: Buffer; bits: Buffer };
  uniqueIds: Buffer[];
  extensions: StatedExtension[];
}

export interface StatedTime {
  form: "UTCTime" | "GeneralizedTime";
  /** Undefined where the text isn't YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, or is a day that no calendar has. */
  instant: Date | undefined;
}

export interface Attribute {
  type: string;
  tag: number;
  value: Buffer;
}

export interface StatedExtension {
  id: string;
  isCritical: boolean;
  /** What the OCTET STRING holds. */
  value: Buffer;
}

/** Reads a TBSCertificate, strictly. Throws DerError where it isn't DER, or no TBSCertificate. */
export function readToBeSigned(bytes: Buffer): ToBeSigned {
  const fields = enterDer(bytes, 0x30);
  const version = fields.readIf(0xa0);
  const serialNumber = fields.read(0x02).content;
  const signature = fields.read(0x30).der;
  const issuer = fields.read(0x30).der;
  const validity = fields.enter(0x30);
  const [notBefore, notAfter] = [readTime(validity), readTime(validity)];
  validity.finish();
  const subject = fields.read(0x30);
  const publicKey = fields.read(0x30);
  const uniqueIds = [0x81, 0x82].flatMap((tag) => fields.readIf(tag)?.content ?? []);
  const extensions = fields.isAtEnd ? [] : readExtensions(enterDer(fields.read(0xa3).content, 0x30));
  fields.finish();
  return {
    version: version && readOnly(version.content, 0x02),
    serialNumber, signature, issuer, notBefore, notAfter,
    subject: { der: subject.der, relativeNames: readRelativeNames(new DerReader(subject.content)) },
    publicKey: readPublicKey(publicKey),
    uniqueIds, extensions,
  };
}

/** The value of an extension, or undefined where the certificate hasn't it. */
export function extensionNamed(name: ExtensionName, { extensions }: ToBeSigned): Buffer | undefined {
  return extensions.find(({ id }) => id === extensionIds[name])?.value;
}

function readOnly(bytes: Buffer, tag: number): Buffer {
  const reader = new DerReader(bytes);
  const { content } = reader.read(tag);
  reader.finish();
  return content;
}

function readTime(validity: DerReader): StatedTime {
  const { tag, content } = validity.read();
  if (tag !== 0x17 && tag !== 0x18) throw new DerError("a time that is neither UTCTime nor GeneralizedTime");
  const text = content.toString("latin1");
  if (tag === 0x18) return { form: "GeneralizedTime", instant: instantOf(text) };
  return { form: "UTCTime", instant: instantOf(`${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}`) };
}

function instantOf(text: string): Date | undefined {
  const [, day, time] = /^(\d{8})(\d{6})Z$/.exec(text) ?? [];
  if (day === undefined || time === undefined) return undefined;
  const instant = new Date(`${day.replace(/(....)(..)(..)/, "$1-$2-$3")}T${time.replace(/(..)(..)(..)/, "$1:$2:$3")}Z`);
  if (Number.isNaN(instant.getTime())) return undefined;
  // A 30 February has become a day of March, an hour 24 the next day's first.
  return instant.toISOString().replace(/\.000|[-:T]/g, "") === text ? instant : undefined;
}

function readRelativeNames(names: DerReader): Attribute[][] {
  return each(names, () => each(names.enter(0x31), (relativeName) => {
    const attribute = relativeName.enter(0x30);
    const type = dottedOid(attribute.read(0x06).content);
    const { tag, content } = attribute.read();
    attribute.finish();
    return { type, tag, value: content };
  }));
}

function readPublicKey({ der, content }: Tlv): ToBeSigned["publicKey"] {
  const fields = new DerReader(content);
  const algorithm = fields.read(0x30).der;
  const { content: bits } = fields.read(0x03);
  fields.finish();
  if (bits[0] !== 0) throw new DerError("a public key that isn't of whole octets");
  return { der, algorithm, bits: bits.subarray(1) };
}

function readExtensions(extensions: DerReader): StatedExtension[] {
  return each(extensions, () => {
    const fields = extensions.enter(0x30);
    const id = dottedOid(fields.read(0x06).content);
    const critical = fields.readIf(0x01);
    // DER's TRUE is 0xff, and a default, FALSE here, is left out (X.690 §11.1, §11.5).
    if (critical && !critical.content.equals(Buffer.of(0xff))) throw new DerError("a BOOLEAN that is neither TRUE nor left out");
    const value = fields.read(0x04).content;
    fields.finish();
    return { id, isCritical: critical !== undefined, value };
  });
}

function each<T>(reader: DerReader, read: (reader: DerReader) => T): T[] {
  const found: T[] = [];
  while (!reader.isAtEnd) found.push(read(reader));
  return found;
}
