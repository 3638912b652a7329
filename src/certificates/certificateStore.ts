import { In, IsNull, LessThan, type EntityManager } from "typeorm";
import { currentIssuerOf } from "../authorities/Issuer.js";
import type { Reads } from "../foundation/database/Database.js";
import { isDuplicate } from "../foundation/database/errors.js";
import { findRow } from "../foundation/database/findRow.js";
import { insertRows } from "../foundation/database/insertRows.js";
import { only, reading } from "../foundation/database/reading.js";
import { updateRows, type Seen } from "../foundation/database/updateRows.js";
import { firstIdAt, newId } from "../foundation/ids.js";
import { endOfJapaneseDay } from "../foundation/japanTime.js";
import { Refusal } from "../foundation/refusals.js";
import { Bank } from "../identity/Bank.js";
import type { User } from "../identity/User.js";
import { movesFrom, statusAt, type ReissueReason, type RevocationReason, type StoredState } from "../policy/certificateLifecycle.js";
import type { Facts } from "../policy/rulebook.js";
import { Certificate } from "./Certificate.js";
import type { CertificateDesk } from "./CertificateDesk.js";
import type { CertificateFacts } from "./readCertificates.js";
import { hashOfCode, newEnrollmentCode } from "./enrollmentCode.js";

// The only file that writes a certificate's stored state.

const SERIALS_TRIED = 5;

/** The facts that the rulebook asks about, for a holder that has a certificate or is to get one. */
export function certificateOf(holder: User): Facts["Certificate"] {
  return { holderId: holder.id, holderKind: holder.kind, contractId: holder.contractId, bankId: holder.bankId };
}

export function factsOfCertificate(certificate: Certificate): Facts["Certificate"] {
  const { userId: holderId, holderKind, contractId, bankId } = certificate;
  return { holderId, holderKind, contractId, bankId };
}

export function findCurrent(tx: EntityManager, userId: string): Promise<Certificate | null> {
  return findRow(tx, Certificate, { userId, isCurrent: 1 });
}

/** For the reception: whether the user holds a certificate that is good now. */
export async function hasActiveCertificate(tx: EntityManager, userId: string, now: Date): Promise<boolean> {
  const current = await findCurrent(tx, userId);
  return current !== null && statusAt(current, now) === "ACTIVE";
}

/** What a reissue finds of its holder: the current record, if there is one; whether another lives beside it; the CA; the contract's reissues since then. */
export async function findStanding(tx: EntityManager, holder: User, since: Date): Promise<{ current: CertificateFacts | null; hasKept: boolean; issuerId: string; reissues: number }> {
  const [found] = await standing(tx, [firstIdAt(since), since, holder.id]);
  const [keptId, issuerId, reissues] = found?.more ?? [];
  if (!found || typeof issuerId !== "string") throw new Error(`bank ${holder.bankId} has no CA`);
  return { current: found.c, hasKept: keptId !== null, issuerId, reissues: Number(reissues) };
}

const standing = reading(
  {
    c: only(Certificate, "id", "bankId", "contractId", "userId", "holderKind", "issuerId", "serialNumber", "state", "isCurrent", "predecessorId", "openedAt", "reissueReason", "keptUntil",
      "enrollmentDeadline", "keyFingerprint", "notBefore", "notAfter", "fingerprint", "revokedAt", "revocationReason"),
  },
  "FROM users u LEFT JOIN certificates c ON c.user_id = u.id AND c.is_current = 1 WHERE u.id = ?",
  [
    "(SELECT MAX(k.id) FROM certificates k WHERE k.user_id = u.id AND k.is_current IS NULL AND k.state = 'ACTIVE' AND k.kept_until IS NOT NULL)",
    "(SELECT MAX(i.id) FROM issuers i WHERE i.bank_id = u.bank_id)",
    "(SELECT COUNT(*) FROM certificates r WHERE r.contract_id = u.contract_id AND r.id >= ? AND r.reissue_reason IS NOT NULL AND r.opened_at >= ?)",
  ],
);

/** Moves a certificate on, unless it may not go there or someone else moved it first (CONFLICT). */
export async function move(tx: EntityManager, certificate: Pick<Certificate, "id" | "state">, to: StoredState, facts: Partial<Certificate>, seen: Seen<Certificate> = {}): Promise<void> {
  const { id, state: from } = certificate;
  if (!movesFrom[from].includes(to)) throw new Error(`a certificate can't go from ${from} to ${to}`);

  // The WHERE names the state that was read: of two racing requests, one updates no row.
  const changes = { ...facts, state: to, ...(to === "REVOKED" ? {} : { isPast: null }) }; // another date counts from here on
  const affected = await updateRows(tx, Certificate, { id, state: from, ...seen }, changes);
  if (affected !== 1) throw new Refusal("CONFLICT");
  Object.assign(certificate, changes);
}

/** Ends a certificate for good. */
export function revoke(tx: EntityManager, certificate: Certificate, reason: RevocationReason, now: Date): Promise<void> {
  return move(tx, certificate, "REVOKED", revoked(reason, now));
}

function revoked(revocationReason: RevocationReason, revokedAt: Date): Partial<Certificate> {
  return { revokedAt, revocationReason, enrollmentCodeHash: null, toBeSigned: null };
}

/** Raises a revocation's reason to keyCompromise; its date stays (the only change that a revocation allows). */
export async function raiseToKeyCompromise(tx: EntityManager, certificate: Certificate): Promise<void> {
  const { id, revocationReason } = certificate;
  const seen = { id, state: "REVOKED" as const, revocationReason: revocationReason ?? IsNull() };
  const { affected } = await tx.update(Certificate, seen, { revocationReason: "KEY_COMPROMISE" });
  if (affected !== 1) throw new Refusal("CONFLICT");
  certificate.revocationReason = "KEY_COMPROMISE";
}

/** Makes room for a successor: the record is no longer its holder's current one, and revoked if it was pending or active. */
export async function withdraw(tx: EntityManager, current: CertificateFacts, reason: RevocationReason, now: Date): Promise<{ isRevokedByThis: boolean }> {
  const status = statusAt(current, now);
  const isRevokedByThis = status === "PENDING" || status === "ACTIVE";
  if (isRevokedByThis) await move(tx, current, "REVOKED", { ...revoked(reason, now), isCurrent: null }, { isCurrent: 1 });
  else await retire(tx, current, {});
  return { isRevokedByThis };
}

/** Makes room for a successor beside which the record, an active one, goes on living: until that is acquired, or until then. */
export async function keepUntil(tx: EntityManager, current: CertificateFacts, keptUntil: Date): Promise<void> {
  await retire(tx, current, { keptUntil });
}

async function retire(tx: EntityManager, current: CertificateFacts, facts: Partial<Certificate>): Promise<void> {
  const affected = await updateRows(tx, Certificate, { id: current.id, isCurrent: 1, state: current.state }, { isCurrent: null, ...facts });
  if (affected !== 1) throw new Refusal("CONFLICT");
  Object.assign(current, { isCurrent: null, ...facts });
}

/** Lets one that is kept end earlier than it would. */
export async function shorten(tx: EntityManager, kept: Certificate, keptUntil: Date): Promise<void> {
  if (kept.keptUntil !== null && kept.keptUntil <= keptUntil) return;
  await tx.update(Certificate, { id: kept.id, state: "ACTIVE" }, { keptUntil });
  kept.keptUntil = keptUntil;
}

/** Of a certificate `c` that lives beside its successor. */
export const IS_KEPT = "c.state = 'ACTIVE' AND c.is_current IS NULL AND c.kept_until IS NOT NULL";

/** What lives beside a successor: at most one a holder. */
export function findKept(tx: EntityManager, userId: string): Promise<Certificate | null> {
  return keptOf(tx, [userId]).then(([found]) => found?.c ?? null);
}

const keptOf = reading({ c: Certificate }, `FROM certificates c WHERE c.user_id = ? AND ${IS_KEPT}`);

/** Writes down the end of a certificate that was kept and whose time is over: it ended then, not now. */
export async function settleKept(tx: EntityManager, certificate: Certificate, now: Date): Promise<boolean> {
  const { state, keptUntil } = certificate;
  if (state !== "ACTIVE" || keptUntil === null || now <= keptUntil) return false;
  await revoke(tx, certificate, "SUPERSEDED", keptUntil);
  return true;
}

export function findOverdue(reads: Reads, now: Date): Promise<Certificate[]> {
  return reads.findBy(Certificate, { state: "ACTIVE", keptUntil: LessThan(now) });
}

/** Those whose deadline, or validity, is over and wasn't noted yet. */
export async function findPast(reads: Reads, state: "PENDING" | "ACTIVE", now: Date | string, most: number): Promise<string[]> {
  const ends = state === "PENDING" ? "enrollment_deadline" : "not_after";
  const rows: { id: string }[] = await reads.query(`SELECT id FROM certificates WHERE state = ? AND is_past IS NULL AND ${ends} < ? LIMIT ?`, [state, now, most]);
  return rows.map(({ id }) => id);
}

export async function markPast(tx: EntityManager, state: "PENDING" | "ACTIVE", ids: string[]): Promise<void> {
  await tx.update(Certificate, { id: In(ids), state }, { isPast: 1 });
}

/** Opens a pending record with a serial of its own, a deadline by the bank's policy and a one-time code. */
export async function openSuccessor(
  desk: CertificateDesk,
  tx: EntityManager,
  holder: User,
  predecessor: { id: string } | null,
  now: Date,
  { reissueReason = null, bank, issuerId }: { reissueReason?: ReissueReason | null; bank?: Pick<Bank, "daysToEnroll">; issuerId?: string } = {},
): Promise<{ successor: Certificate; enrollmentCode: string }> {
  const { daysToEnroll } = bank ?? (await tx.findOneByOrFail(Bank, { id: holder.bankId }));
  const enrollmentCode = newEnrollmentCode();
  const draft: Certificate = {
    id: newId(now),
    bankId: holder.bankId,
    contractId: holder.contractId,
    userId: holder.id,
    holderKind: holder.kind,
    issuerId: issuerId ?? (await currentIssuerOf(tx, holder.bankId)).id,
    serialNumber: "",
    state: "PENDING",
    isCurrent: 1,
    isPast: null,
    predecessorId: predecessor?.id ?? null,
    openedAt: now,
    reissueReason,
    keptUntil: null,
    enrollmentDeadline: endOfJapaneseDay(now, daysToEnroll),
    enrollmentCodeHash: hashOfCode(enrollmentCode),
    wrongCodes: 0,
    toBeSigned: null,
    keyFingerprint: null,
    notBefore: null,
    notAfter: null,
    x509: null,
    fingerprint: null,
    enrolledAt: null,
    revokedAt: null,
    revocationReason: null,
  };
  return { successor: await withFreeSerial(desk, tx, draft), enrollmentCode };
}

/** The unique index decides whether a serial is free; after five taken ones something is wrong with the generator. */
async function withFreeSerial(desk: CertificateDesk, tx: EntityManager, draft: Certificate): Promise<Certificate> {
  for (let tried = 1; ; tried++) {
    const certificate = { ...draft, serialNumber: desk.newSerialNumber() };
    try {
      await insertRows(tx, Certificate, certificate);
      return certificate;
    } catch (error) {
      const { issuerId, serialNumber } = certificate;
      if (!isDuplicate(error) || !(await tx.existsBy(Certificate, { issuerId, serialNumber }))) throw error;
      if (tried === SERIALS_TRIED) throw new Error("no free serial number after five tries", { cause: error });
    }
  }
}
