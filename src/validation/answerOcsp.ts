import type { Issuers } from "../authorities/Issuers.js";
import { MINUTE, later } from "../foundation/clock.js";
import { DatabaseUnavailable } from "../foundation/database/DatabaseUnavailable.js";
import { isWorthRetrying } from "../foundation/database/errors.js";
import { instantOf } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import { DerError } from "../pki/derReader.js";
import { readOcspRequest, type OcspRequest } from "../pki/ocspRequest.js";
import { ocspError, ocspResponse, type OcspStatus } from "../pki/ocspResponse.js";
import { lookUpStatus, type StatusRow } from "./lookUpStatus.js";
import type { Directory } from "./openDirectory.js";
import type { Responders } from "./openResponders.js";

const GOOD_FOR = 60 * MINUTE;

export interface OcspDesk extends Desk {
  issuers: Issuers;
  responders: Responders;
  directory: Directory;
}

export interface OcspReply {
  /** OCSPResponse in DER. */
  der: Buffer;
  /** Whether others who ask the same may be given this: signed, and without a nonce. */
  isShareable: boolean;
  producedAt: Date;
  nextUpdate: Date;
  /** What it says: of each certificate that was asked for, or the error. */
  says: readonly OcspWord[];
}

export const ocspWords = ["GOOD", "REVOKED", "UNKNOWN", "malformedRequest", "internalError", "tryLater", "unauthorized"] as const;
export type OcspWord = (typeof ocspWords)[number];

/**
 * Answers an OCSP request (RFC 6960) from what is stored at this moment: a revocation shows on the very next answer.
 * Never throws: what can't be read is answered malformedRequest, a database that is away tryLater.
 */
export async function answerOcsp(desk: OcspDesk, der: Buffer): Promise<OcspReply> {
  const producedAt = desk.clock.now(); // before anything is looked at: later it may be untrue already
  const failed = (status: Parameters<typeof ocspError>[0] & OcspWord): OcspReply =>
    ({ der: ocspError(status), isShareable: false, producedAt, nextUpdate: producedAt, says: [status] });
  try {
    return (await answer(desk, readOcspRequest(der), producedAt)) ?? failed("unauthorized");
  } catch (error) {
    if (error instanceof DerError) return failed("malformedRequest");
    desk.log.error({ err: error }, "an OCSP request can't be answered");
    return failed(isWorthRetrying(error) || error instanceof DatabaseUnavailable ? "tryLater" : "internalError");
  }
}

/** Undefined where there is no CA to answer. One CA signs for all that is asked: the first of ours that is meant. */
async function answer(desk: OcspDesk, { certIds, nonce }: OcspRequest, producedAt: Date): Promise<OcspReply | undefined> {
  const issuerIds = await Promise.all(certIds.map((certId) => desk.directory.find(certId)));
  const issuerId = issuerIds.find((id) => id !== undefined) ?? (await desk.directory.anyone());
  if (issuerId === undefined) return undefined;

  const issuer = await desk.issuers.open(issuerId);
  if (producedAt > issuer.name.notAfter) return undefined; // nobody can answer for a CA that is over
  const responder = await desk.responders.of(issuer);
  const serials = certIds.flatMap(({ serialNumber }, index) => (serialNumber && issuerIds[index] === issuerId ? [serialNumber] : []));
  const statuses = await statusesOf(desk, issuerId, serials, producedAt);
  const answers = certIds.map((certId, index) => {
    const status = issuerIds[index] === issuerId ? statuses.get(certId.serialNumber ?? "") : undefined;
    return { certId, status: status ?? UNKNOWN };
  });
  const nextUpdate = earlier(later(producedAt, GOOD_FOR), responder.notAfter);
  return { der: await ocspResponse(answers, { producedAt, nextUpdate, nonce }, responder), isShareable: !nonce, producedAt, nextUpdate, says: answers.map(({ status: { status } }) => status) };
}

const UNKNOWN: OcspStatus = { status: "UNKNOWN" };

/** By serial number. One that was never issued isn't among them (CA/B BR 4.9.10: it must not be called good). */
async function statusesOf({ db }: Desk, issuerId: string, serialNumbers: readonly string[], now: Date): Promise<Map<string, OcspStatus>> {
  const rows = await Promise.all(serialNumbers.map((serialNumber) => lookUpStatus(db, issuerId, serialNumber)));
  return new Map(rows.flatMap((row) => (row ? [[row.serial_number, statusOf(row, now)] as const] : [])));
}

/** Where a key was accepted there may be a signature somewhere, so its revocation counts; else nothing was ever issued. */
function statusOf({ state, is_accepted, kept_until, revoked_at, revocation_reason }: StatusRow, now: Date): OcspStatus {
  if (state === "ACTIVE" && kept_until !== null && now > instantOf(kept_until)) return { status: "REVOKED", revokedAt: instantOf(kept_until), reason: "SUPERSEDED" };
  if (state === "ACTIVE") return { status: "GOOD" };
  if (state !== "REVOKED" || !is_accepted || revoked_at === null) return UNKNOWN;
  return { status: "REVOKED", revokedAt: instantOf(revoked_at), reason: revocation_reason ?? "UNSPECIFIED" };
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
