import type { EntityManager } from "typeorm";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { performAs } from "../identity/performAs.js";
import { endSessions } from "../identity/sessions.js";
import { User } from "../identity/User.js";
import { notify } from "../notices/notify.js";
import { isWithinReach, type Actor } from "../policy/Actor.js";
import { authorize, authorizeRole } from "../policy/authorize.js";
import { statusAt, type RevocationReason } from "../policy/certificateLifecycle.js";
import { Certificate } from "./Certificate.js";
import type { CertificateDesk } from "./CertificateDesk.js";
import { factsOfCertificate, findCurrent, raiseToKeyCompromise, revoke, settleKept } from "./certificateStore.js";
import { endKept } from "./endKeptCertificates.js";

export interface RevokeCertificate {
  certificateId: string;
  reason: RevocationReason;
  note?: string | null;
}

/**
 * Ends a certificate for good, with nothing in its place; its holder's sessions end. No version is asked for: what is
 * lost must be stoppable from any screen. Again: refused (ALREADY_REVOKED), except to raise the reason to
 * KEY_COMPROMISE, the date kept. Refuses with MASTER_ONLY, OWN_CERTIFICATE, NOT_FOUND, CERTIFICATE_EXPIRED,
 * ENROLLMENT_EXPIRED, CONFLICT.
 */
export function revokeCertificate(desk: CertificateDesk, actor: Actor, input: RevokeCertificate): Promise<{ certificate: Certificate; holder: User }> {
  const { certificateId, reason, note = null } = input;

  return performAs(desk, actor, { action: "CERTIFICATE_REVOKE", note }, async (tx, findings) => {
    authorizeRole(actor, "revoke", "Certificate");
    const { certificate, holder } = await findRevocable(tx, actor, certificateId, findings);
    findings.before = shown(certificate, desk.clock.now());
    const { isEnded, before, after } = await revokeFor(desk, tx, actor, certificate, reason);
    if (isEnded) await tx.increment(User, { id: holder.id }, "version", 1);
    const { version } = await tx.findOneByOrFail(User, { id: holder.id }); // held now: nobody else's change is in between
    holder.version = version;
    findings.before = { version: isEnded ? version - 1 : version, ...before };
    findings.after = { version, ...after };
    return { certificate, holder };
  });
}

/**
 * The revocation itself, within a deed: of `revokeCertificate`, of the edit form, of a deregistration. Whoever calls it,
 * the rulebook is asked here. `isEnded` is false where only the reason was raised.
 */
export async function revokeFor(
  desk: CertificateDesk,
  tx: EntityManager,
  actor: Actor,
  certificate: Certificate,
  reason: RevocationReason,
): Promise<{ isEnded: boolean; before: object; after: object }> {
  authorizeRevocation(actor, certificate);
  const now = desk.clock.now();
  const before = shown(certificate, now);
  await settleKept(tx, certificate, now);
  switch (statusAt(certificate, now)) {
    case "PENDING":
    case "ACTIVE":
      await revoke(tx, certificate, reason, now);
      await endSessions(tx, certificate.userId, "CERTIFICATE_REVOKED", now); // first: its holder is told that, not of a renewal
      if (certificate.isCurrent === 1) await endKept(tx, certificate.userId, reason, now); // whoever ends the new one means the old one, too
      else await endRenewal(tx, certificate, reason, now);
      await notifyOfRevocation(desk, tx, certificate);
      return { isEnded: true, before, after: shown(certificate, now) };
    case "REVOKED":
      if (reason !== "KEY_COMPROMISE" || certificate.revocationReason === reason) throw new Refusal("ALREADY_REVOKED");
      await raiseToKeyCompromise(tx, certificate);
      return { isEnded: false, before, after: shown(certificate, now) };
    case "EXPIRED":
      throw new Refusal("CERTIFICATE_EXPIRED");
    case "ENROLLMENT_EXPIRED":
      throw new Refusal("ENROLLMENT_EXPIRED");
  }
}

/** A renewal that is under way was proven by this certificate: with it the proof is gone. One that a reissue opened is the Master's will. */
async function endRenewal(tx: EntityManager, certificate: Certificate, reason: RevocationReason, now: Date): Promise<void> {
  const successor = await findCurrent(tx, certificate.userId);
  const isByRenewal = successor?.predecessorId === certificate.id && successor.reissueReason === null;
  if (isByRenewal && successor.state !== "REVOKED") await revoke(tx, successor, reason, now);
}

async function notifyOfRevocation(desk: CertificateDesk, tx: EntityManager, certificate: Certificate): Promise<void> {
  const holder = await tx.findOneByOrFail(User, { id: certificate.userId });
  const { id: certificateId, serialNumber, revokedAt, revocationReason: reason } = certificate;
  await notify(tx, desk, { kind: "CERTIFICATE_REVOKED", about: holder, facts: { serialNumber, revokedAt: revokedAt?.toISOString() ?? null, reason }, certificateId });
}

function authorizeRevocation(actor: Actor, certificate: Certificate): void {
  authorize(actor, "revoke", "Certificate", factsOfCertificate(certificate));
  if (certificate.userId === actor.userId) throw new Refusal("OWN_CERTIFICATE"); // once more, without the rulebook
}

/** The certificate, where the actor may revoke it. Knowing an id or a serial is no right to anything. */
async function findRevocable(tx: EntityManager, actor: Actor, id: string, findings: Findings): Promise<{ certificate: Certificate; holder: User }> {
  const certificate = isId(id) ? await tx.findOneBy(Certificate, { id }) : null;
  if (!certificate) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
  const holder = await tx.findOneByOrFail(User, { id: certificate.userId });
  if (isWithinReach(actor, holder)) Object.assign(findings, { target: holder, certificateId: id });
  authorizeRevocation(actor, certificate);
  return { certificate, holder };
}

function shown({ serialNumber, revokedAt, revocationReason, ...life }: Certificate, now: Date): object {
  return { serialNumber, status: statusAt(life, now), revokedAt, revocationReason };
}
