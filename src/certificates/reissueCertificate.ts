import type { EntityManager } from "typeorm";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { rememberRequest, repeatedRequest } from "../history/idempotency.js";
import { performAs } from "../identity/performAs.js";
import { demandPassword, proveRegistrationPassword, refuseWrongPassword } from "../identity/registrationPassword.js";
import { endSessions } from "../identity/sessions.js";
import { takeVersion } from "../identity/takeVersion.js";
import { User } from "../identity/User.js";
import { isWithinReach, type Actor } from "../policy/Actor.js";
import { authorize, authorizeByTwo, authorizeRole } from "../policy/authorize.js";
import { revocationFor, statusAt, type ReissueReason } from "../policy/certificateLifecycle.js";
import { Certificate } from "./Certificate.js";
import type { CertificateDesk } from "./CertificateDesk.js";
import { certificateOf, findCurrent, openSuccessor, withdraw } from "./certificateStore.js";

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
 * version one wins. Refuses with MASTER_ONLY, OWN_CERTIFICATE, NOT_FOUND, ID_DEREGISTERED, CONFLICT and the registration
 * password's codes; the bank's own staff with APPROVAL_REQUIRED for a Master's.
 */
export function reissueCertificate(desk: CertificateDesk, actor: Actor, input: ReissueCertificate): Promise<Reissued> {
  const { userId, expectedVersion, reason, note = null } = input;
  const prepare = () => proveRegistrationPassword(desk, actor, "reissue", "Certificate", input.registrationPassword ?? null);

  return performAs(desk, actor, { action: "CERTIFICATE_REISSUE", targetUserId: userId, note, prepare }, async (tx, findings, password, recordId) => {
    authorizeRole(actor, "reissue", "Certificate");
    refuseWrongPassword(password); // a guess counts, whatever else is wrong with the request
    const holder = await findHolder(tx, actor, userId, findings);
    demandPassword(password);

    const request = { key: input.idempotencyKey ?? null, meaning: { userId, expectedVersion, reason, note } };
    const earlier = await repeatedRequest(tx, actor, request);
    if (earlier) return answerAgain(tx, holder, earlier.certificateId, findings);

    await takeVersion(tx, actor, holder, expectedVersion, {}, { isOthersOnly: true }); // of two at once, one goes no further
    const { before, after, ...reissued } = await reissueFor(desk, tx, actor, holder, reason);
    findings.before = { version: expectedVersion, ...before };
    findings.after = { version: holder.version, ...after };
    findings.certificateId = reissued.successor.id;
    await rememberRequest(tx, actor, request, recordId);
    return reissued;
  });
}

/**
 * The reissue itself, within a deed that has taken the holder's version: of `reissueCertificate`, of the edit form, of an
 * approved request. Whoever calls it, R1–R3 are asked here.
 */
export async function reissueFor(
  desk: CertificateDesk,
  tx: EntityManager,
  actor: Actor,
  holder: User,
  reason: ReissueReason,
  { isByTwo = false } = {},
): Promise<Reissued & { before: object; after: object }> {
  authorizeReissue(actor, holder, isByTwo);
  const now = desk.clock.now();
  const old = await findCurrent(tx, holder.id);
  const before = shown(old, now);
  const withdrawn = old && (await withdraw(tx, old, revocationFor[reason], now));
  const { successor, enrollmentCode } = await openSuccessor(desk, tx, holder, old, now);
  await endSessions(tx, holder.id, "CERTIFICATE_REISSUED", now);
  return { holder, successor, revoked: withdrawn?.isRevokedByThis ? old : null, enrollmentCode, before, after: { ...shown(successor, now), reissueReason: reason } };
}

/** The rulebook's answer, and R1–R3 once more without it. */
function authorizeReissue(actor: Actor, holder: User, isByTwo: boolean): void {
  (isByTwo ? authorizeByTwo : authorize)(actor, "reissue", "Certificate", certificateOf(holder));
  const needed = isByTwo ? { role: "BANK_OPERATOR", kind: "MASTER" } : { role: "MASTER", kind: "PUBLIC" };
  if (holder.id === actor.userId || holder.kind !== needed.kind) throw new Refusal("OWN_CERTIFICATE");
  if (actor.role !== needed.role) throw new Refusal("MASTER_ONLY");
}

/** The holder, where the actor may have its certificate reissued. What it may not see doesn't exist for it. */
async function findHolder(tx: EntityManager, actor: Actor, userId: string, findings: Findings): Promise<User> {
  const holder = isId(userId) ? await tx.findOneBy(User, { id: userId }) : null;
  if (!holder) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
  if (isWithinReach(actor, holder)) findings.target = holder;
  authorizeReissue(actor, holder, false);
  if (holder.deregisteredAt) throw new Refusal("ID_DEREGISTERED");
  return holder;
}

async function answerAgain(tx: EntityManager, holder: User, certificateId: string, findings: Findings): Promise<Reissued> {
  const successor = await tx.findOneByOrFail(Certificate, { id: certificateId });
  const old = successor.predecessorId ? await tx.findOneBy(Certificate, { id: successor.predecessorId }) : null;
  findings.outcome = "REPEATED";
  findings.certificateId = certificateId;
  return { holder, successor, revoked: old?.revokedAt?.getTime() === successor.openedAt.getTime() ? old : null, enrollmentCode: null };
}

function shown(certificate: Certificate | null, now: Date): object {
  return { serialNumber: certificate?.serialNumber ?? null, status: certificate ? statusAt(certificate, now) : null };
}
