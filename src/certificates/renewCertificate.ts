import type { EntityManager } from "typeorm";
import { DAY, later } from "../foundation/clock.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { Bank } from "../identity/Bank.js";
import { performAs } from "../identity/performAs.js";
import { Session } from "../identity/Session.js";
import { User } from "../identity/User.js";
import { readCertificateRequest, type RequestedKey } from "../pki/certificateRequest.js";
import type { Actor } from "../policy/Actor.js";
import { authorize, authorizeRole } from "../policy/authorize.js";
import { statusAt } from "../policy/certificateLifecycle.js";
import { acceptKey } from "./acceptKey.js";
import type { Certificate } from "./Certificate.js";
import type { CertificateDesk } from "./CertificateDesk.js";
import { factsOfCertificate, findCurrent, keepUntil, openSuccessor } from "./certificateStore.js";
import { finishEnrollment } from "./finishEnrollment.js";

/**
 * 更新: the holder has its active certificate replaced by one for a new key, from so many days before its end. That it is the
 * holder is proven by the very certificate: the session must be bound to it. The old one lives until
 * its holder signs in by the new one, for ten minutes at most, and is revoked as superseded then: meanwhile the same key again
 * gives the same certificate, for the answer may have got lost. Refuses with NO_CERTIFICATE,
 * NOT_YET_ACQUIRED, CERTIFICATE_EXPIRED, CERTIFICATE_REVOKED, RENEWAL_TOO_EARLY, CERTIFICATE_REQUIRED, CONFLICT and the CSR's codes.
 */
export async function renewCertificate(desk: CertificateDesk, actor: Actor, { csr }: { csr: string }): Promise<Certificate> {
  const accepted = await performAs(desk, actor, { action: "CERTIFICATE_RENEW", targetUserId: actor.userId }, async (tx, findings) => {
    authorizeRole(actor, "renew", "Certificate");
    const key = readCertificateRequest(csr);
    const { current, bank, holder } = await findRenewable(tx, actor, findings);
    if (isRenewedFor(current, key)) {
      findings.outcome = "REPEATED";
      findings.certificateId = current.id;
      return current;
    }
    refuseUnlessDue(current, bank, desk.clock.now());
    await demandItsSession(tx, actor, current);
    return open(desk, tx, holder, current, key, findings);
  });
  return accepted.state === "SIGNING" ? finishEnrollment(desk, accepted, actor) : accepted;
}

async function findRenewable(tx: EntityManager, actor: Actor, findings: Findings) {
  const current = await findCurrent(tx, actor.userId);
  const holder = await tx.findOneByOrFail(User, { id: actor.userId });
  findings.target = holder;
  if (!current) throw new Refusal("NO_CERTIFICATE");
  findings.certificateId = current.id;
  authorize(actor, "renew", "Certificate", factsOfCertificate(current));
  return { current, holder, bank: await tx.findOneByOrFail(Bank, { id: actor.bankId }) };
}

/** The answer that got lost: the current one is the renewed one already. */
function isRenewedFor({ state, keyFingerprint, predecessorId, reissueReason }: Certificate, key: RequestedKey): boolean {
  const isRenewed = predecessorId !== null && reissueReason === null && (state === "SIGNING" || state === "ACTIVE");
  return isRenewed && keyFingerprint === key.fingerprint;
}

function refuseUnlessDue(current: Certificate, { renewalDays }: Bank, now: Date): void {
  switch (statusAt(current, now)) {
    case "PENDING":
    case "ENROLLMENT_EXPIRED":
      throw new Refusal("NOT_YET_ACQUIRED");
    case "REVOKED":
      throw new Refusal("CERTIFICATE_REVOKED");
    case "EXPIRED":
      throw new Refusal("CERTIFICATE_EXPIRED");
    case "ACTIVE": {
      const from = later(current.notAfter ?? now, -renewalDays * DAY);
      if (now < from) throw new Refusal("RENEWAL_TOO_EARLY", { facts: { from } });
    }
  }
}

/** Not a password's session, nor one by another certificate: who renews is who holds the key. */
async function demandItsSession(tx: EntityManager, { sessionId }: Actor, { fingerprint }: Certificate): Promise<void> {
  const session = await tx.findOneByOrFail(Session, { id: sessionId });
  if (fingerprint === null || session.certificateFingerprint !== fingerprint) throw new Refusal("CERTIFICATE_REQUIRED");
}

/** The successor, with its key accepted at once: whoever brought it has proven who it is by more than a code. */
async function open(desk: CertificateDesk, tx: EntityManager, holder: User, current: Certificate, key: RequestedKey, findings: Findings): Promise<Certificate> {
  const now = desk.clock.now();
  await keepUntil(tx, current, current.notAfter ?? now); // of two at once, one goes no further
  const { successor } = await openSuccessor(desk, tx, holder, current, now);
  await acceptKey(desk, tx, successor, key);
  const { id, serialNumber, notAfter } = successor;
  Object.assign(findings, { outcome: "ACCEPTED", certificateId: id });
  findings.before = { serialNumber: current.serialNumber, notAfter: current.notAfter };
  findings.after = { serialNumber, keyFingerprint: key.fingerprint, notAfter };
  return successor;
}
