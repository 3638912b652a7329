import type { EntityManager } from "typeorm";
import { instantOf, instantOrNull } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import type { KnownCertificate, PresentedCertificate } from "../identity/presentedCertificate.js";
import type { Validity } from "../pki/certificateProfile.js";
import { clientValidity } from "../pki/clientCertificateCheck.js";
import { sha256 } from "../pki/Signer.js";
import { statusAt, type RevocationReason, type StoredState } from "../policy/certificateLifecycle.js";
import { Certificate } from "./Certificate.js";
import { endKept } from "./endKeptCertificates.js";

const MOST_REMEMBERED = 10_000;

/**
 * What the house knows of a certificate (DER) that came with a request: by its own record, at this moment, whatever a
 * proxy has checked before. Nothing of the record is remembered; only what its issuer's signature says.
 */
export function certificateExaminer(desk: Desk): (certificate: Buffer) => Promise<PresentedCertificate> {
  const verified = new Map<string, Validity>();

  const validityOf = (certificate: Buffer, thumbprint: string, row: ExaminedRow): Validity | undefined => {
    if (!row.x509.equals(certificate)) return undefined;
    const signature = `${thumbprint}:${row.issuer_id}`;
    const validity = verified.get(signature) ?? clientValidity(certificate, row.issuer_certificate);
    if (verified.size >= MOST_REMEMBERED) verified.clear();
    if (validity) verified.set(signature, validity);
    return validity;
  };

  return async (certificate) => {
    const thumbprint = sha256(certificate).toString("hex");
    const rows: ExaminedRow[] = await desk.db.reads.query(
      `SELECT c.id, c.serial_number, c.state, c.not_after, c.kept_until, c.revoked_at, c.revocation_reason, c.x509, c.issuer_id,
              u.id AS user_id, u.login_id, u.contract_id, u.bank_id, i.certificate AS issuer_certificate
         FROM certificates c JOIN users u ON u.id = c.user_id JOIN issuers i ON i.id = c.issuer_id
        WHERE c.fingerprint = ? AND c.x509 IS NOT NULL AND c.not_after IS NOT NULL`,
      [thumbprint],
    );
    const row = rows[0];
    const now = desk.clock.now();
    const signed = row && validityOf(certificate, thumbprint, row);
    if (!signed || now < signed.notBefore) return { status: "UNKNOWN", thumbprint };
    return knownOf(row, signed, thumbprint, now);
  };
}

/** Of a certificate that was issued: it has its dates and its bytes. */
interface ExaminedRow {
  id: string;
  serial_number: string;
  state: StoredState;
  not_after: Date | string;
  kept_until: Date | string | null;
  revoked_at: Date | string | null;
  revocation_reason: RevocationReason | null;
  x509: Buffer;
  issuer_id: string;
  user_id: string;
  login_id: string;
  contract_id: string;
  bank_id: string;
  issuer_certificate: Buffer;
}

/** It ends when the record or the certificate itself says so, whichever is first. */
function knownOf(row: ExaminedRow, signed: Validity, thumbprint: string, now: Date): PresentedCertificate {
  const notAfter = new Date(Math.min(instantOf(row.not_after).getTime(), signed.notAfter.getTime()));
  const keptUntil = instantOrNull(row.kept_until);
  const status = statusAt({ state: row.state, enrollmentDeadline: null, notAfter, keptUntil }, now);
  const isOverdue = status === "REVOKED" && row.state === "ACTIVE"; // kept too long: not written down yet
  if (status === "PENDING" || status === "ENROLLMENT_EXPIRED") return { status: "UNKNOWN", thumbprint };
  const known: KnownCertificate = {
    status,
    thumbprint,
    certificateId: row.id,
    serialNumber: row.serial_number,
    holder: { userId: row.user_id, loginId: row.login_id, contractId: row.contract_id, bankId: row.bank_id },
    notAfter,
    revokedAt: isOverdue ? keptUntil : instantOrNull(row.revoked_at),
    revocationReason: isOverdue ? "SUPERSEDED" : row.revocation_reason,
  };
  return known;
}

/**
 * The certificate as it stands in this transaction. An active one's row is held until COMMIT: its revocation comes wholly
 * before or wholly after. Whoever signs in by a renewed one has it: the old one ends.
 */
export async function holdCertificate(tx: EntityManager, known: KnownCertificate, now: Date): Promise<KnownCertificate & { superseded?: string }> {
  const { certificateId: id } = known;
  const { affected } = await tx.update(Certificate, { id, state: "ACTIVE" }, { state: "ACTIVE" });
  if (affected === 1) {
    const isCurrent = await tx.existsBy(Certificate, { id, isCurrent: 1 });
    const old = isCurrent ? await endKept(tx, known.holder.userId, "SUPERSEDED", now) : null;
    return old ? { ...known, superseded: old.serialNumber } : known;
  }
  const { revokedAt, revocationReason } = await tx.findOneByOrFail(Certificate, { id });
  return { ...known, status: "REVOKED", revokedAt, revocationReason };
}
