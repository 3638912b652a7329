import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { Refusal } from "../foundation/refusals.js";
import { audited } from "../history/audited.js";
import { Session } from "../identity/Session.js";
import { User } from "../identity/User.js";
import type { RevocationReason } from "../policy/certificateLifecycle.js";
import { Certificate } from "./Certificate.js";
import { findKept, findOverdue, revoke, settleKept } from "./certificateStore.js";

// A certificate that lives beside its successor ends when that is acquired, when anything happens to it, or when its time is over.

/** Ends the one that the user still has beside its current one, if there is one: at once, with the sessions that it opened. */
export async function endKept(tx: EntityManager, userId: string, reason: RevocationReason, now: Date): Promise<Certificate | null> {
  const kept = await findKept(tx, userId);
  if (kept) await endThis(tx, kept, reason, now);
  return kept;
}

export async function endThis(tx: EntityManager, kept: Certificate, reason: RevocationReason, now: Date): Promise<void> {
  const { userId, fingerprint: certificateFingerprint } = kept;
  if (!(await settleKept(tx, kept, now))) await revoke(tx, kept, reason, now);
  if (certificateFingerprint === null) return;
  await tx.update(Session, { userId, isCurrent: 1, certificateFingerprint }, { isCurrent: null, endedAt: now, endReason: "CERTIFICATE_RENEWED" });
}

/**
 * Writes down the end of those whose time is over. Everybody was told so since that instant: their status is derived. This is
 * for what is counted in the table alone, and for the history.
 */
export async function endKeptCertificates(desk: Desk): Promise<void> {
  for (const { id, userId, contractId, bankId } of await findOverdue(desk.db.reads, desk.clock.now())) {
    const by = { userId: null, loginId: null, contractId, bankId };
    const origin = { requestId: "house:kept", address: null };
    await audited(desk, { action: "CERTIFICATE_REVOKE", origin, by, targetUserId: userId }, async (tx, findings) => {
      const certificate = await tx.findOneByOrFail(Certificate, { id });
      const { serialNumber, keptUntil } = certificate;
      const target = await tx.findOneByOrFail(User, { id: userId });
      Object.assign(findings, { target, certificateId: id, before: { serialNumber, status: "ACTIVE", keptUntil } });
      if (!(await settleKept(tx, certificate, desk.clock.now()))) findings.outcome = "REPEATED"; // another process was first
      findings.after = { serialNumber, status: "REVOKED", revokedAt: certificate.revokedAt, revocationReason: certificate.revocationReason };
    }).catch((error: unknown) => {
      if (!(error instanceof Refusal && error.code === "CONFLICT")) throw error; // another process was first: the others still end
    });
  }
}
