import { SECOND } from "../foundation/clock.js";
import { MOST_OCTETS_OF_TIME, bitString, header, integer, octetString, oid, sequence, time, tlv, writeTime } from "./der.js";
import { crlReasons, type CrlReason } from "./crlReasons.js";
import type { IssuingName } from "./profiles.js";
import { algorithmIdentifier, type Signer } from "./Signer.js";

export interface RevokedCertificate {
  /** Lower-case hex, as everywhere. */
  serialNumber: string;
  revokedAt: Date;
  reason: CrlReason;
}

export interface CrlContents {
  issuer: { name: IssuingName; signer: Signer };
  /** Above every earlier one's (RFC 5280 §5.2.3): the caller's to keep. */
  number: number;
  thisUpdate: Date;
  nextUpdate: Date;
}

const MOST_OCTETS_OF_SERIAL = 20; // RFC 5280 §4.1.2.2
const REASON_OCTETS = 14;
const MOST_OCTETS_OF_ENTRY = 2 + (2 + MOST_OCTETS_OF_SERIAL) + MOST_OCTETS_OF_TIME + REASON_OCTETS; // so one octet tells a length

/** The entries of these certificates one after the other, DER: a page of the many that one CRL may have. */
export function crlEntries(revoked: readonly RevokedCertificate[]): Buffer {
  const page = Buffer.allocUnsafe(revoked.length * MOST_OCTETS_OF_ENTRY);
  let at = 0;
  for (const certificate of revoked) at = writeEntry(page, at, certificate);
  return page.subarray(0, at);
}

/**
 * The whole CRL of an issuer (RFC 5280 §5: v2, full, without distribution point) in pieces to be sent or stored one after
 * the other: the pages of `entries` are among them as they are, so that a million entries are never copied into one.
 * Whole seconds. Throws RangeError for a number below 1 and where `nextUpdate` isn't later than `thisUpdate`.
 */
export async function signedCrl({ issuer: { name, signer }, number, thisUpdate, nextUpdate }: CrlContents, entries: readonly Buffer[]): Promise<Buffer[]> {
  if (!Number.isSafeInteger(number) || number < 1) throw new RangeError("a CRL number that is none");
  if (secondOf(nextUpdate) <= secondOf(thisUpdate)) throw new RangeError("a CRL that would be over before it began");

  const algorithm = algorithmIdentifier[signer.algorithm];
  const revoked = lengthOf(entries);
  const facts = [V2, algorithm, name.subject, time(thisUpdate), time(nextUpdate)];
  if (revoked > 0) facts.push(header(0x30, revoked)); // absent when there are none (§5.1.2.6)
  const extensions = tlv(0xa0, sequence(authorityKeyIdentifier(name), crlNumber(number)));
  const opening = Buffer.concat([header(0x30, lengthOf(facts) + revoked + extensions.length), ...facts]);

  const signature = bitString(await signer.sign(opening, ...entries, extensions));
  const length = opening.length + revoked + extensions.length + algorithm.length + signature.length;
  return [Buffer.concat([header(0x30, length), opening]), ...entries, Buffer.concat([extensions, algorithm, signature])];
}

const V2 = integer(1);
const AUTHORITY_KEY_IDENTIFIER = oid("2.5.29.35");
const CRL_NUMBER = oid("2.5.29.20");
const REASON_CODE = oid("2.5.29.21");

/** Tells which key signed, as the CA's certificates do (§5.2.1). */
function authorityKeyIdentifier({ subjectKeyIdentifier }: IssuingName): Buffer {
  return sequence(AUTHORITY_KEY_IDENTIFIER, octetString(sequence(tlv(0x80, Buffer.from(subjectKeyIdentifier, "hex")))));
}

function crlNumber(number: number): Buffer {
  return sequence(CRL_NUMBER, octetString(integer(number)));
}

/** The crlEntryExtensions of each reason; none for unspecified, which is said by saying nothing (§5.3.1). */
const reasonExtensions = Object.fromEntries(Object.entries(crlReasons).map(([reason, code]) => [
  reason, code === 0 ? Buffer.alloc(0) : sequence(sequence(REASON_CODE, octetString(tlv(0x0a, Buffer.of(code))))),
])) as Record<CrlReason, Buffer>;

function writeEntry(page: Buffer, start: number, { serialNumber, revokedAt, reason }: RevokedCertificate): number {
  let at = writeSerial(page, start + 2, serialNumber);
  at = writeTime(page, at, revokedAt);
  at += reasonExtensions[reason].copy(page, at);
  page[start] = 0x30;
  page[start + 1] = at - start - 2;
  return at;
}

function writeSerial(page: Buffer, start: number, serialNumber: string): number {
  let at = start + 2;
  if (serialNumber >= "8") page[at++] = 0; // a set top bit would make it negative (X.690 §8.3.3)
  const octets = page.write(serialNumber, at, "hex");
  const length = at + octets - start - 2;
  if (octets === 0 || octets * 2 !== serialNumber.length || length > MOST_OCTETS_OF_SERIAL || serialNumber.startsWith("00")) {
    throw new RangeError(`a serial that isn't one of ours: ${serialNumber}`);
  }
  page[start] = 0x02;
  page[start + 1] = length;
  return start + 2 + length;
}

function secondOf(instant: Date): number {
  return Math.floor(instant.getTime() / SECOND);
}

function lengthOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
