import type { EntityManager } from "typeorm";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { rememberRequest, repeatedRequest } from "../history/idempotency.js";
import { performAs } from "../identity/performAs.js";
import { demandPassword, proveRegistrationPassword, refuseWrongPassword } from "../identity/registrationPassword.js";
import { endSessions } from "../identity/sessions.js";
import { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { authorize, authorizeRole } from "../policy/authorize.js";
import { revocationFor, statusAt, type ReissueReason } from "../policy/certificateLifecycle.js";
import { Certificate } from "./Certificate.js";
import type { CertificateDesk } from "./CertificateDesk.js";
import { certificateOf, findCurrent, openSuccessor, takeVersion, withdraw } from "./certificateStore.js";

export interface ReissueCertificate {
  userId: string;
  /** The version of the user that the screen showed. */
  expectedVersion: number;
  reason: ReissueReason;
  note?: string | null;
  registrationPassword?: string | null;
  idempotencyKey?: string | null;
}

export interface Reissued {
  holder: User;
  successor: Certificate;
  /** The certificate that died by this; null where none was pending or active. */
  revoked: Certificate | null;
  /** Told this once: null when the same request is answered again. */
  enrollmentCode: string | null;
}

/**
 * Withdraws the holder's certificate at once and opens a pending one in its place; the holder's sessions end.
 * Nothing is signed here: the holder brings its own key to `enrollCertificate`. Of any number at once on the same
 * version one wins. Refuses with MASTER_ONLY, OWN_CERTIFICATE, NOT_FOUND, CONFLICT and the registration password's codes.
 */
export function reissueCertificate(desk: CertificateDesk, actor: Actor, input: ReissueCertificate): Promise<Reissued> {
  const { userId, expectedVersion, reason, note = null } = input;
  const prepare = () => proveRegistrationPassword(desk, actor, "reissue", input.registrationPassword ?? null);

  return performAs(desk, actor, { action: "CERTIFICATE_REISSUE", targetUserId: userId, note, prepare }, async (tx, findings, password, recordId) => {
    authorizeRole(actor, "reissue", "Certificate");
    refuseWrongPassword(password); // a guess counts, whatever else is wrong with the request
    const holder = await findHolder(tx, actor, userId, findings);
    demandPassword(password);

    const request = { key: input.idempotencyKey ?? null, meaning: { userId, expectedVersion, reason, note } };
    const earlier = await repeatedRequest(tx, actor, request);
    if (earlier) return answerAgain(tx, holder, earlier.certificateId, findings);

    const now = desk.clock.now();
    await takeVersion(tx, actor, holder, expectedVersion); // of two at once, one goes no further
    const old = await findCurrent(tx, holder.id);
    findings.before = shown(old, expectedVersion, now);
    const withdrawn = old && (await withdraw(tx, old, revocationFor[reason], now));
    const { successor, enrollmentCode } = await openSuccessor(desk, tx, holder, old, now);
    await endSessions(tx, holder.id, "CERTIFICATE_REISSUED", now);

    findings.after = shown(successor, holder.version, now);
    findings.certificateId = successor.id;
    await rememberRequest(tx, actor, request, recordId);
    return { holder, successor, revoked: withdrawn?.isRevokedByThis ? old : null, enrollmentCode };
  });
}

/** The holder, where the actor may have its certificate reissued. What it may not see doesn't exist for it. */
async function findHolder(tx: EntityManager, actor: Actor, userId: string, findings: Findings): Promise<User> {
  const holder = isId(userId) ? await tx.findOneBy(User, { id: userId }) : null;
  if (!holder) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
  if (holder.contractId === actor.contractId) findings.target = holder;
  authorize(actor, "reissue", "Certificate", certificateOf(holder));
  // R1–R3 once more, without the rulebook.
  if (holder.id === actor.userId || holder.kind !== "PUBLIC") throw new Refusal("OWN_CERTIFICATE");
  if (actor.role !== "MASTER") throw new Refusal("MASTER_ONLY");
  return holder;
}

async function answerAgain(tx: EntityManager, holder: User, certificateId: string, findings: Findings): Promise<Reissued> {
  const successor = await tx.findOneByOrFail(Certificate, { id: certificateId });
  const old = successor.predecessorId ? await tx.findOneBy(Certificate, { id: successor.predecessorId }) : null;
  findings.outcome = "REPEATED";
  findings.certificateId = certificateId;
  return { holder, successor, revoked: old?.revokedAt?.getTime() === successor.openedAt.getTime() ? old : null, enrollmentCode: null };
}

function shown(certificate: Certificate | null, version: number, now: Date): object {
  return { version, serialNumber: certificate?.serialNumber ?? null, status: certificate ? statusAt(certificate, now) : null };
}
