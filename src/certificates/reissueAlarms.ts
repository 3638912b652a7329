import { IsNull, MoreThanOrEqual, Not, type EntityManager } from "typeorm";
import { DAY, MINUTE, later } from "../foundation/clock.js";
import type { Desk } from "../foundation/desk.js";
import { firstIdAt } from "../foundation/ids.js";
import { japaneseDate } from "../foundation/japanTime.js";
import { raiseAlert, type AlertKind } from "../history/Alert.js";
import type { Bank } from "../identity/Bank.js";
import type { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { statusAt } from "../policy/certificateLifecycle.js";
import { Certificate } from "./Certificate.js";
import type { CertificateFacts } from "./readCertificates.js";

// What a reissue looks like that a thief has brought about. How much is too much is the bank's policy.

/** From when on a bank is suspicious. */
type AlertPolicy = Pick<Bank, "alertBurstReissues" | "alertBurstMinutes" | "alertRepeatDays" | "alertLifePercent">;

/** How much of an active certificate's life is left; null for one that isn't active. */
export function lifeLeft(certificate: CertificateFacts, now: Date): { days: number; percent: number } | null {
  return statusAt(certificate, now) === "ACTIVE" ? lifeAfter(certificate, now) : null;
}

/** The same for one that was revoked within the bank's days: revoking first must not make a reissue look harmless. */
export function lifeLost(certificate: CertificateFacts, { alertRepeatDays }: Pick<Bank, "alertRepeatDays">, now: Date): { days: number; percent: number } | null {
  const { state, revokedAt } = certificate;
  if (state !== "REVOKED" || !revokedAt || revokedAt < later(now, -alertRepeatDays * DAY)) return lifeLeft(certificate, now);
  return lifeAfter(certificate, revokedAt);
}

function lifeAfter({ notBefore, notAfter, fingerprint }: CertificateFacts, now: Date): { days: number; percent: number } | null {
  if (fingerprint === null || !notBefore || !notAfter || notAfter < now) return null;
  const left = notAfter.getTime() - now.getTime();
  return { days: Math.floor(left / DAY), percent: Math.floor((100 * left) / (notAfter.getTime() - notBefore.getTime())) };
}

export interface ReissueSeen {
  holder: User;
  old: CertificateFacts | null;
  /** Of the old one, before this. */
  remaining: { days: number; percent: number } | null;
}

/** Which alerts a reissue raises, each with its evidence; for the preview as well. `others`: reissues of the contract before this one. */
export function reissueSuspicions(bank: AlertPolicy, { old, remaining }: ReissueSeen, others: number, now: Date): { kind: AlertKind; evidence: object }[] {
  const suspicions: { kind: AlertKind; evidence: object }[] = [];
  if (others + 1 >= bank.alertBurstReissues) {
    suspicions.push({ kind: "REISSUE_BURST", evidence: { reissues: others + 1, withinMinutes: bank.alertBurstMinutes } });
  }
  if (old && old.reissueReason !== null && old.openedAt >= later(now, -bank.alertRepeatDays * DAY)) {
    suspicions.push({ kind: "REISSUE_REPEATED", evidence: { lastReissuedAt: old.openedAt, withinDays: bank.alertRepeatDays } });
  }
  if (remaining && remaining.percent >= bank.alertLifePercent) {
    suspicions.push({ kind: "REISSUE_EARLY", evidence: { remainingDays: remaining.days, remainingPercent: remaining.percent } });
  }
  return suspicions;
}

export async function raiseReissueAlarms(desk: Desk, tx: EntityManager, actor: Actor, bank: AlertPolicy, seen: ReissueSeen & { successor: Certificate }, others: number): Promise<void> {
  const now = desk.clock.now();
  const { holder, old, successor } = seen;
  const occasions: Partial<Record<AlertKind, string>> = { REISSUE_REPEATED: successor.id, REISSUE_EARLY: successor.id };
  for (const { kind, evidence } of reissueSuspicions(bank, seen, others, now)) {
    await raiseAlert(tx, {
      kind,
      holder: { userId: holder.id, contractId: holder.contractId, bankId: holder.bankId },
      certificateId: successor.id,
      occasion: occasions[kind] ?? `${holder.contractId}:${japaneseDate(now)}`,
      evidence: {
        ...evidence, loginId: holder.loginId, reason: successor.reissueReason, oldSerialNumber: old?.serialNumber ?? null, serialNumber: successor.serialNumber,
        by: actor.role === "BANK_OPERATOR" ? "BANK" : actor.loginId, requestId: actor.origin.requestId, address: actor.role === "BANK_OPERATOR" ? null : actor.origin.address,
      },
    }, now);
  }
}

export function recentReissues(tx: Pick<EntityManager, "countBy">, { alertBurstMinutes }: Bank, contractId: string, now: Date): Promise<number> {
  const since = later(now, -alertBurstMinutes * MINUTE);
  return tx.countBy(Certificate, { contractId, id: MoreThanOrEqual(firstIdAt(since)), reissueReason: Not(IsNull()), openedAt: MoreThanOrEqual(since) });
}
