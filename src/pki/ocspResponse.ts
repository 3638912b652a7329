import { X509Certificate } from "node:crypto";
import { SECOND } from "../foundation/clock.js";
import { keyIdentifierOf } from "./certificateProfile.js";
import { crlReasons, type CrlReason } from "./crlReasons.js";
import { bitString, generalizedTime, octetString, oid, sequence, tlv } from "./der.js";
import type { CertId } from "./ocspRequest.js";
import { algorithmIdentifier, type Signer } from "./Signer.js";

export type OcspStatus = { status: "GOOD" } | { status: "UNKNOWN" } | { status: "REVOKED"; revokedAt: Date; reason: CrlReason };

export interface OcspAnswer {
  certId: CertId;
  status: OcspStatus;
}

/** Who answers: a CA itself, or the signer that it delegates to (RFC 6960 §4.2.2.2). */
export interface OcspResponder {
  certificate: Buffer;
  signer: Signer;
  /** What stands in each of its responses: its ResponderID, and its certificate for those who don't have it. */
  responderId: Buffer;
  certs: Buffer;
}

/** Prepares what is the same in each response. Throws when certificate and key are not a pair. */
export function ocspResponder(certificate: Buffer, signer: Signer): OcspResponder {
  const certified = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  if (!signer.publicKey.equals(certified)) throw new Error("an OCSP signer's certificate and a key that are not a pair");
  const keyHash = Buffer.from(keyIdentifierOf(signer.publicKey), "hex");
  return { certificate, signer, responderId: tlv(0xa2, octetString(keyHash)), certs: tlv(0xa0, sequence(certificate)) };
}

/**
 * A successful response (RFC 6960 §4.2.1), signed: the status of each certificate as of `producedAt`, to be relied on
 * until `nextUpdate`. Whole seconds. Throws RangeError where there is nothing to answer or no time to rely on it.
 */
export async function ocspResponse(
  answers: readonly OcspAnswer[],
  { producedAt, nextUpdate, nonce }: { producedAt: Date; nextUpdate: Date; nonce: Buffer | undefined },
  { responderId, certs, signer }: OcspResponder,
): Promise<Buffer> {
  if (answers.length === 0) throw new RangeError("an OCSP response that answers nothing");
  if (secondOf(nextUpdate) <= secondOf(producedAt)) throw new RangeError("an OCSP response that would be over before it began");

  const thisUpdate = generalizedTime(producedAt);
  const until = tlv(0xa0, generalizedTime(nextUpdate));
  const responses = answers.map(({ certId, status }) => sequence(certId.der, certStatus(status), thisUpdate, until));
  const data = sequence(responderId, thisUpdate, sequence(...responses), nonce ? nonceExtension(nonce) : NO_OCTETS);

  const signature = bitString(await signer.sign(data));
  const basic = sequence(data, algorithmIdentifier[signer.algorithm], signature, certs);
  return sequence(SUCCESSFUL, tlv(0xa0, sequence(BASIC, octetString(basic))));
}

const errors = { malformedRequest: 1, internalError: 2, tryLater: 3, unauthorized: 6 } as const;

/** A response that tells only why there is none; it isn't signed (RFC 6960 §2.3, §4.2.1). */
export function ocspError(status: keyof typeof errors): Buffer {
  return sequence(tlv(0x0a, Buffer.of(errors[status])));
}

const NO_OCTETS = Buffer.alloc(0);
const SUCCESSFUL = tlv(0x0a, Buffer.of(0));
const BASIC = oid("1.3.6.1.5.5.7.48.1.1");
const NONCE = oid("1.3.6.1.5.5.7.48.1.2");
const GOOD = tlv(0x80);
const UNKNOWN = tlv(0x82);

function certStatus(status: OcspStatus): Buffer {
  switch (status.status) {
    case "GOOD":
      return GOOD;
    case "UNKNOWN":
      return UNKNOWN;
    case "REVOKED":
      return tlv(0xa1, generalizedTime(status.revokedAt), revocationReasons[status.reason]);
  }
}

/** Nothing for unspecified, as on a CRL (RFC 5280 §5.3.1). */
const revocationReasons = Object.fromEntries(Object.entries(crlReasons).map(([reason, code]) => [
  reason, code === 0 ? NO_OCTETS : tlv(0xa0, tlv(0x0a, Buffer.of(code))),
])) as Record<CrlReason, Buffer>;

/** The request's nonce, so that the answer can't be an old one (RFC 9654 §2.1). */
function nonceExtension(nonce: Buffer): Buffer {
  return tlv(0xa1, sequence(sequence(NONCE, octetString(octetString(nonce)))));
}

function secondOf(instant: Date): number {
  return Math.floor(instant.getTime() / SECOND);
}
