import type { EntityManager } from "typeorm";
import { DAY, MINUTE, later } from "../foundation/clock.js";
import { findRow, findRowOrFail } from "../foundation/database/findRow.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { takeKey } from "../history/idempotency.js";
import { Bank } from "../identity/Bank.js";
import { performAs } from "../identity/performAs.js";
import { demandPassword, proveRegistrationPassword, refuseWrongPassword, withoutPassword, type RegistrationProof } from "../identity/registrationPassword.js";
import { endSessions } from "../identity/sessions.js";
import { takeVersion } from "../identity/takeVersion.js";
import type { User } from "../identity/User.js";
import { notify, type Recipient } from "../notices/notify.js";
import type { Actor } from "../policy/Actor.js";
import { authorizeRole } from "../policy/authorize.js";
import { mayKeepOld, revocationFor, statusAt, type ReissueReason } from "../policy/certificateLifecycle.js";
import { Certificate } from "./Certificate.js";
import type { CertificateDesk } from "./CertificateDesk.js";
import { findStanding, keepUntil, openSuccessor, withdraw } from "./certificateStore.js";
import type { CertificateFacts } from "./readCertificates.js";
import { authorizeReissue, demandReissuable, readReissuable, type ReissuePolicy } from "./reissuable.js";
import { hasPowers, holdPowers, powersHeld } from "./holdPowers.js";
import { endKept } from "./endKeptCertificates.js";
import { lifeLost, raiseReissueAlarms } from "./reissueAlarms.js";
import { sendCode } from "./sendCode.js";

export interface ReissueCertificate {
  userId: string;
  /** The version of the user that the screen showed. */
  expectedVersion: number;
  reason: ReissueReason;
  /** The old one lives until the new one is acquired, where the reason and the bank's policy allow it. */
  keepOldUntilEnrolled?: boolean;
  note?: string | null;
  registrationPassword?: string | null;
  idempotencyKey?: string | null;
}

export interface Reissued {
  holder: User;
  successor: Certificate;
  /** The certificate that died by this; null where none was pending or active, or where it is kept. */
  revoked: CertificateFacts | null;
  /** The old one, where it is kept until the new one is acquired. */
  kept: CertificateFacts | null;
  /** Told this once: null when the same request is answered again, and where it goes to the holder by mail. */
  enrollmentCode: string | null;
}

/**
 * Withdraws the holder's certificate at once and opens a pending one in its place; the holder's sessions end, and its powers
 * are on hold. Nothing is signed here: the holder brings its own key to `enrollCertificate`. Of any number at once on the
 * same version one wins. Refuses with MASTER_ONLY, OWN_CERTIFICATE, NOT_FOUND, ID_DEREGISTERED, CONFLICT,
 * KEEPING_NOT_ALLOWED, MAIL_ADDRESS_REQUIRED, MAIL_ADDRESS_TOO_NEW and the registration password's codes; the bank's own
 * staff with APPROVAL_REQUIRED for a Master's.
 */
export function reissueCertificate(desk: CertificateDesk, actor: Actor, input: ReissueCertificate): Promise<Reissued> {
  const { userId, expectedVersion, reason, keepOldUntilEnrolled = false, note = null } = input;
  const given = input.registrationPassword ?? null; // what isn't given needs no time beforehand
  const prepare = given === null ? undefined : (): Promise<RegistrationProof | undefined> => proveRegistrationPassword(desk, actor, "reissue", "Certificate", given);
  const find = (tx: EntityManager) => readReissuable(tx, actor, userId);

  return performAs(desk, actor, { action: "CERTIFICATE_REISSUE", targetUserId: userId, note, prepare, find }, async (tx, findings, { prepared: password, found, recordId }): Promise<Reissued> => {
    authorizeRole(actor, "reissue", "Certificate");
    if (password) refuseWrongPassword(password); // a guess counts, whatever else is wrong with the request
    const { holder, bank, recipients } = demandReissuable(found, actor, findings);
    demandPassword(password ?? withoutPassword(bank, actor, "reissue", "Certificate"));

    const request = { key: input.idempotencyKey ?? null, meaning: { userId, expectedVersion, reason, note, ...(keepOldUntilEnrolled ? { keepOldUntilEnrolled } : {}) } };
    const earlier = await takeKey(tx, actor, request, recordId);
    if (earlier) return answerAgain(tx, holder, earlier.certificateId, findings);

    const known = { bank, recipients, heldBefore: holder.powersHeldAt };
    const held = powersHeld(actor, holder, bank, desk.clock.now()) ?? {};
    await takeVersion(tx, actor, holder, expectedVersion, held, { isOthersOnly: true }); // of two at once, one goes no further
    const { before, after, ...reissued } = await reissueFor(desk, tx, actor, holder, reason, { keepsOld: keepOldUntilEnrolled, known });
    findings.before = { version: expectedVersion, ...before };
    findings.after = { version: holder.version, ...after };
    findings.certificateId = reissued.successor.id;
    return reissued;
  });
}

/**
 * The reissue itself, within a deed that has taken the holder's version: of `reissueCertificate`, of the edit form, of an
 * approved request. Whoever calls it, R1–R3 are asked here. `known`: what was read with the holder, whose powers went on hold
 * when the version was taken; else that is done here.
 */
export async function reissueFor(
  desk: CertificateDesk,
  tx: EntityManager,
  actor: Actor,
  holder: User,
  reason: ReissueReason,
  { isByTwo = false, keepsOld = false, known }: { isByTwo?: boolean; keepsOld?: boolean; known?: { bank: ReissuePolicy; recipients: Recipient[]; heldBefore: Date | null } } = {},
): Promise<Reissued & { before: object; after: object }> {
  authorizeReissue(actor, holder, isByTwo);
  const now = desk.clock.now();
  const bank: ReissuePolicy = known?.bank ?? (await findRowOrFail(tx, Bank, { id: holder.bankId }));
  const { current: old, hasKept, issuerId, reissues } = await findStanding(tx, holder, later(now, -bank.alertBurstMinutes * MINUTE));
  const heldBefore = known ? known.heldBefore : holder.powersHeldAt;
  const oldShown = shown(old, now);
  const remaining = old && lifeLost(old, bank, now);

  if (hasKept) await endKept(tx, holder.id, revocationFor[reason], now); // of a reissue before this one
  const keptUntil = keepsOld ? lastInstantOfOld(bank, old, reason, now) : null;
  const revoked = old && !keptUntil && (await withdraw(tx, old, revocationFor[reason], now)).isRevokedByThis ? old : null;
  if (old && keptUntil) await keepUntil(tx, old, keptUntil);
  else await endSessions(tx, holder.id, "CERTIFICATE_REISSUED", now);
  const { successor, enrollmentCode } = await openSuccessor(desk, tx, holder, old, now, { reissueReason: reason, bank, issuerId });
  const powersHeldAt = known ? (powersHeld(actor, holder, bank, now) && holder.powersHeldAt) : await holdPowers(tx, actor, holder, bank, now);
  await raiseReissueAlarms(desk, tx, actor, bank, { holder, old, successor, remaining }, reissues);
  const isCodeMailed = await sendCode(desk, tx, bank, holder, successor, enrollmentCode);
  const facts = { by: actor.role === "BANK_OPERATOR" ? null : actor.loginId, reason, enrollmentDeadline: isoOf(successor.enrollmentDeadline), keptUntil: isoOf(keptUntil), ended: isoOf(revoked?.revokedAt ?? null), powersHeld: hasPowers(holder) ? isoOf(powersHeldAt) : null };
  await notify(tx, desk, { kind: "CERTIFICATE_REISSUED", about: holder, facts, certificateId: successor.id, ...(known ? { recipients: known.recipients } : {}) });

  const before = { ...oldShown, ...(powersHeldAt ? { powersHeldAt: heldBefore } : {}) };
  const after = { ...shown(successor, now), reissueReason: reason, ...(powersHeldAt ? { powersHeldAt } : {}), ...(keptUntil ? { keptUntil } : {}), ...(isCodeMailed ? { codeSentBy: "MAIL" } : {}) };
  return { holder, successor, revoked, kept: keptUntil && old, enrollmentCode: isCodeMailed ? null : enrollmentCode, before, after };
}

/** Until when the old one may live, or why it may not: only while its PC still works, and only where the bank allows it. */
function lastInstantOfOld({ daysOldKept }: ReissuePolicy, old: CertificateFacts | null, reason: ReissueReason, now: Date): Date {
  const isPossible = daysOldKept > 0 && mayKeepOld(reason) && old !== null && statusAt(old, now) === "ACTIVE";
  if (!isPossible || !old.notAfter) throw new Refusal("KEEPING_NOT_ALLOWED", { path: ["keepOldUntilEnrolled"] });
  return new Date(Math.min(later(now, daysOldKept * DAY).getTime(), old.notAfter.getTime()));
}

function isoOf(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}

async function answerAgain(tx: EntityManager, holder: User, certificateId: string, findings: Findings): Promise<Reissued> {
  const successor = await findRowOrFail(tx, Certificate, { id: certificateId });
  const old = successor.predecessorId ? await findRow(tx, Certificate, { id: successor.predecessorId }) : null;
  findings.outcome = "REPEATED";
  findings.certificateId = certificateId;
  const wasRevoked = old?.revokedAt?.getTime() === successor.openedAt.getTime();
  return { holder, successor, revoked: wasRevoked ? old : null, kept: old?.keptUntil ? old : null, enrollmentCode: null };
}

function shown(certificate: CertificateFacts | null, now: Date): object {
  return { serialNumber: certificate?.serialNumber ?? null, status: certificate ? statusAt(certificate, now) : null };
}
