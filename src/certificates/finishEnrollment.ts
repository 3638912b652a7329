import { X509Certificate, createPublicKey, type KeyObject } from "node:crypto";
import type { EntityManager } from "typeorm";
import type { IssuerInUse } from "../authorities/Issuers.js";
import { MINUTE, later } from "../foundation/clock.js";
import { findRowOrFail } from "../foundation/database/findRow.js";
import { only, reading } from "../foundation/database/reading.js";
import { updateRows } from "../foundation/database/updateRows.js";
import { Refusal } from "../foundation/refusals.js";
import { inSpan } from "../foundation/spans.js";
import { audited } from "../history/audited.js";
import { User } from "../identity/User.js";
import { MASTER_COLUMNS, MASTERS, notify, recipientsFrom, type News, type Recipient, type Subject } from "../notices/notify.js";
import { signed } from "../pki/certificateProfile.js";
import { ProfileBreach } from "../pki/lint.js";
import { parseSerialNumber } from "../pki/serialNumber.js";
import { sha256, type Signer } from "../pki/Signer.js";
import type { Actor, Origin } from "../policy/Actor.js";
import { Certificate } from "./Certificate.js";
import type { CertificateDesk } from "./CertificateDesk.js";
import { IS_KEPT, move, revoke, shorten } from "./certificateStore.js";
import { endThis } from "./endKeptCertificates.js";

/** How long after a renewal the old certificate may still ask for the new one. */
export const ANSWER_MAY_TAKE = 10 * MINUTE;

const RECOVERY = { requestId: "house:recovery", address: null };

/**
 * The second step of an enrollment: signs exactly the committed bytes and commits the result before anybody gets it.
 * Whoever comes first finishes; the others answer with the same certificate. One revoked meanwhile stays revoked (CONFLICT).
 */
export async function finishEnrollment(desk: CertificateDesk, accepted: Certificate, { loginId, origin }: Pick<Actor, "loginId" | "origin">): Promise<Certificate> {
  const issuer = await desk.issuers.open(accepted.issuerId);
  if (!accepted.toBeSigned) throw new Error("an enrollment without the bytes to be signed");
  const { toBeSigned } = accepted;
  const x509 = await inSpan("certificate.sign", { "shomei.issuer": issuer.label }, () => signed(toBeSigned, "CLIENT", issuer));
  assertAsReserved(x509, accepted, issuer);

  const { userId, contractId, bankId, id } = accepted;
  const by = { userId, loginId, contractId, bankId };
  return audited(desk, { action: "CERTIFICATE_ENROLL", origin, by, targetUserId: userId }, async (tx, findings) => {
    Object.assign(findings, { certificateId: id, target: { id: userId, loginId, contractId } });
    const certificate = { ...accepted };
    if (!(await isFirst(tx, certificate, x509, desk.clock.now()))) {
      const finished = await findRowOrFail(tx, Certificate, { id });
      if (finished.state !== "ACTIVE") throw new Refusal("CONFLICT"); // revoked meanwhile
      findings.outcome = "REPEATED";
      return finished;
    }
    const { holder, kept, recipients } = await raiseVersion(tx, userId);
    if (kept) await takeOver(tx, accepted, kept, desk.clock.now());
    const { version } = holder;
    const { serialNumber, notAfter, fingerprint } = certificate;
    findings.before = { version: version - 1, serialNumber, status: "PENDING" };
    findings.after = { version, serialNumber, notAfter, fingerprint, status: "ACTIVE", ...(kept ? { superseded: kept.serialNumber } : {}) };
    await notifyOfEnrollment(desk, tx, certificate, { about: holder, recipients }, origin);
    return certificate;
  });
}

/**
 * The successor takes over. A reissue's at this instant; a renewal's when its holder signs in by it, at the latest in a few
 * minutes: the answer that brings it may get lost, and without the old one nobody could ask for it again.
 */
async function takeOver(tx: EntityManager, { predecessorId, reissueReason }: Certificate, kept: Certificate, now: Date): Promise<void> {
  if (reissueReason !== null || predecessorId === null) await endThis(tx, kept, "SUPERSEDED", now);
  else await shorten(tx, kept, later(now, ANSWER_MAY_TAKE));
}

async function notifyOfEnrollment(desk: CertificateDesk, tx: EntityManager, certificate: Certificate, to: Pick<News, "about" | "recipients">, { address }: Origin): Promise<void> {
  const { id: certificateId, serialNumber, notAfter, predecessorId, reissueReason } = certificate;
  const kind = predecessorId !== null && reissueReason === null ? "CERTIFICATE_RENEWED" : "CERTIFICATE_ENROLLED";
  await notify(tx, desk, { kind, ...to, facts: { serialNumber, notAfter: notAfter?.toISOString() ?? null, address }, certificateId });
}

/** Stores the result, and in `certificate`, unless somebody else did or the certificate was revoked. */
async function isFirst(tx: EntityManager, certificate: Certificate, x509: Buffer, now: Date): Promise<boolean> {
  const fingerprint = sha256(x509).toString("hex");
  try {
    await move(tx, certificate, "ACTIVE", { x509, fingerprint, enrolledAt: now, enrollmentDeadline: null, toBeSigned: null });
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** A form that showed the certificate as it was before comes too late now: else it could end the new one unseen. */
async function raiseVersion(tx: EntityManager, userId: string): Promise<{ holder: Subject & { version: number }; kept: Certificate | null; recipients: Recipient[] }> {
  await updateRows(tx, User, { id: userId }, {}, { set: "version = version + 1" });
  const rows = await holderWithKept(tx, [userId]);
  const [found] = rows;
  if (!found?.u) throw new Error("a certificate of nobody");
  return { holder: found.u, kept: found.c, recipients: recipientsFrom(found.u, rows.map(({ more }) => more)) };
}

const holderWithKept = reading(
  { u: only(User, "id", "contractId", "bankId", "loginId", "displayName", "version", "mailAddress"), c: Certificate },
  `FROM users u LEFT JOIN certificates c ON c.user_id = u.id AND ${IS_KEPT} ${MASTERS} WHERE u.id = ?`,
  MASTER_COLUMNS,
);

/**
 * Finishes, at the start, what a crash left between the two steps. One that can't be finished doesn't hold up the rest; one
 * that may never be signed any more, because the profile has changed since, is revoked: its holder has it reissued.
 */
export async function finishEnrollments(desk: CertificateDesk): Promise<void> {
  for (const certificate of await desk.db.reads.findBy(Certificate, { state: "SIGNING" })) {
    const { id, userId, serialNumber } = certificate;
    try {
      await finishEnrollment(desk, certificate, { loginId: await loginIdOf(desk, userId), origin: RECOVERY });
      desk.log.info({ certificateId: id, serialNumber }, "finished an enrollment that a crash had interrupted");
    } catch (error) {
      desk.log.error({ certificateId: id, serialNumber, err: error }, "an interrupted enrollment can't be finished");
      if (error instanceof ProfileBreach) await giveUp(desk, certificate);
    }
  }
}

async function loginIdOf(desk: CertificateDesk, userId: string): Promise<string> {
  const user = await desk.db.reads.findOneBy(User, { id: userId });
  if (!user) throw new Error("a certificate of nobody");
  return user.loginId;
}

async function giveUp(desk: CertificateDesk, { id, userId, contractId, bankId }: Certificate): Promise<void> {
  const by = { userId: null, loginId: null, contractId, bankId };
  await audited(desk, { action: "CERTIFICATE_REVOKE", origin: RECOVERY, by, targetUserId: userId }, async (tx, findings) => {
    const certificate = await tx.findOneByOrFail(Certificate, { id });
    await revoke(tx, certificate, "UNSPECIFIED", desk.clock.now());
    const { serialNumber } = certificate;
    const { version } = (await raiseVersion(tx, userId)).holder;
    const before = { version: version - 1, serialNumber, status: "PENDING" };
    Object.assign(findings, { certificateId: id, before, after: { version, serialNumber, status: "REVOKED" } });
  });
}

const publicKeys = new WeakMap<Signer, KeyObject>();

function publicKeyOf(signer: Signer): KeyObject {
  const known = publicKeys.get(signer) ?? createPublicKey({ key: signer.publicKey, format: "der", type: "spki" });
  publicKeys.set(signer, known);
  return known;
}

/** A signature that doesn't verify, or another serial than the reserved one, must never leave the house. */
function assertAsReserved(x509: Buffer, { serialNumber }: Certificate, issuer: IssuerInUse): void {
  const issued = new X509Certificate(x509);
  if (!issued.verify(publicKeyOf(issuer.signer))) throw new Error("a signature that its issuer's key does not verify");
  if (parseSerialNumber(issued.serialNumber) !== serialNumber) throw new Error("a certificate with another serial than the reserved one");
}
