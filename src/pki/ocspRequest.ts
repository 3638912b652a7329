import { oid } from "./der.js";
import { DerError, DerReader, dottedOid, enterDer } from "./derReader.js";
import { readAlgorithm, readOcspHash, type OcspHash } from "./ocspHash.js";

export type { OcspHash };

/** Which certificate is meant (RFC 6960 §4.1.1). */
export interface CertId {
  /** The whole CertID as it was sent, to be echoed. */
  der: Buffer;
  /** Undefined where we don't know it. */
  hash: OcspHash | undefined;
  issuerNameHash: Buffer;
  issuerKeyHash: Buffer;
  /** Lower-case hex; undefined where it can't be one of ours: not positive, or above 20 octets. */
  serialNumber: string | undefined;
}

export interface OcspRequest {
  certIds: CertId[];
  /** The octets within the Nonce (RFC 9654). */
  nonce: Buffer | undefined;
}

const MOST_REQUESTS = 32;
const MOST_OCTETS_OF_NONCE = 128; // RFC 9654 §2.1
const MOST_OCTETS_OF_SERIAL = 20;

/**
 * Reads an OCSPRequest (RFC 6960 §4.1.1), strictly DER. Nobody need sign one, so a signature is looked at for its shape
 * only. What it returns are views of the bytes. Throws DerError for whatever is malformed, and for what asks us to
 * understand something that we don't.
 */
export function readOcspRequest(der: Buffer): OcspRequest {
  const request = enterDer(der, 0x30);
  const { certIds, nonce } = readTbsRequest(request.enter(0x30));
  if (!request.isAtEnd) checkSignature(request.enter(0xa0));
  request.finish();
  return { certIds, nonce };
}

function readTbsRequest(tbs: DerReader): OcspRequest {
  // A version said at all is another than v1, the default: DER leaves that unsaid (X.690 §11.5). Nothing reads it, so it is refused.
  const requestor = tbs.readIf(0xa1);
  if (requestor) enterOnly(requestor.content);
  const certIds = readRequests(tbs.enter(0x30));
  const nonce = tbs.isAtEnd ? undefined : readExtensions(tbs.enter(0xa2), NONCE);
  tbs.finish();
  return { certIds, nonce: nonce && readNonce(nonce) };
}

/** requestorName: one GeneralName, whichever; all of its forms have tags of their own class. */
function enterOnly(generalName: Buffer): void {
  const reader = new DerReader(generalName);
  if ((reader.read().tag & 0xc0) !== 0x80) throw new DerError("a requestor without a name");
  reader.finish();
}

function readRequests(list: DerReader): CertId[] {
  const certIds: CertId[] = [];
  do {
    if (certIds.length === MOST_REQUESTS) throw new DerError("too many requests in one");
    const request = list.enter(0x30);
    certIds.push(readCertId(request));
    if (!request.isAtEnd) readExtensions(request.enter(0xa0));
    request.finish();
  } while (!list.isAtEnd);
  return certIds;
}

function readCertId(request: DerReader): CertId {
  const { der, content } = request.read(0x30);
  const certId = new DerReader(content);
  const known = readOcspHash(certId);
  const issuerNameHash = certId.read(0x04).content;
  const issuerKeyHash = certId.read(0x04).content;
  const serialNumber = serialFrom(certId.read(0x02).content);
  certId.finish();
  if (known && (issuerNameHash.length !== known.octets || issuerKeyHash.length !== known.octets)) {
    throw new DerError("hashes of another length than their algorithm's");
  }
  return { der, hash: known?.hash, issuerNameHash, issuerKeyHash, serialNumber };
}

/** Only what is a number in DER is taken: it is echoed in what we sign (X.690 §8.3.2). */
function serialFrom(octets: Buffer): string | undefined {
  const [first, second = 0] = octets;
  if (first === undefined) throw new DerError("a number of no octets");
  if (octets.length > 1 && (first === 0 ? second < 0x80 : first === 0xff && second > 0x7f)) throw new DerError("a number with a needless octet");
  if (first > 0x7f || octets.length > MOST_OCTETS_OF_SERIAL) return undefined;
  if (first > 0) return octets.toString("hex");
  return octets.length > 1 ? octets.toString("hex", 1) : undefined; // zero itself
}

const NONCE = oid("1.3.6.1.5.5.7.48.1.2").subarray(2);

/**
 * Reads Extensions and returns the value of the one that we understand here, if it is there. DER leaves a `critical` of
 * FALSE unsaid; what is critical and not understood refuses the request (RFC 6960 §4.4).
 */
function readExtensions(explicit: DerReader, understood?: Buffer): Buffer | undefined {
  const extensions = explicit.enter(0x30);
  explicit.finish();
  const seen = new Set<string>();
  let value: Buffer | undefined;
  do {
    const extension = extensions.enter(0x30);
    const id = extension.read(0x06).content;
    const dotted = dottedOid(id);
    const critical = extension.readIf(0x01);
    const { content } = extension.read(0x04);
    extension.finish();

    if (critical && !critical.content.equals(TRUE)) throw new DerError("a truth that DER doesn't know");
    if (understood?.equals(id)) value = content;
    else if (critical) throw new DerError(`a critical extension that isn't understood: ${dotted}`);
    if (seen.has(dotted)) throw new DerError("an extension twice");
    seen.add(dotted);
  } while (!extensions.isAtEnd);
  return value;
}

const TRUE = Buffer.of(0xff);

/** The extension's value is itself an OCTET STRING of 1 to 128 octets (RFC 9654 §2.1). */
function readNonce(value: Buffer): Buffer {
  const reader = new DerReader(value);
  const { content } = reader.read(0x04);
  reader.finish();
  if (content.length === 0 || content.length > MOST_OCTETS_OF_NONCE) throw new DerError("a nonce of a length that isn't allowed");
  return content;
}

/** Signature, behind its explicit tag: algorithm, bits, certificates. */
function checkSignature(explicit: DerReader): void {
  const signature = explicit.enter(0x30);
  explicit.finish();
  readAlgorithm(signature.enter(0x30));
  const unused = signature.read(0x03).content[0];
  if (unused !== 0) throw new DerError("a signature that isn't of whole octets");
  if (signature.isAtEnd) return;
  const certificates = signature.enter(0xa0);
  signature.finish();
  const list = certificates.enter(0x30);
  certificates.finish();
  while (!list.isAtEnd) list.read(0x30);
}
