import { IsNull } from "typeorm";
import { DAY, later } from "../foundation/clock.js";
import type { Desk } from "../foundation/desk.js";
import { isId } from "../foundation/ids.js";
import type { AlertKind } from "../history/Alert.js";
import { Bank } from "../identity/Bank.js";
import { openSessionOf, type OpenSession } from "../identity/sessions.js";
import { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { whyNot } from "../policy/authorize.js";
import { mayKeepOld, revocationFor, statusAt, type ReissueReason, type RevocationReason } from "../policy/certificateLifecycle.js";
import { Certificate } from "./Certificate.js";
import { certificateOf } from "./certificateStore.js";
import { lifeLeft, lifeLost, recentReissues, reissueSuspicions } from "./reissueAlarms.js";

/** What a reissue for this reason does to the certificate there is. */
export interface ReasonEffect {
  reason: ReissueReason;
  revocationReason: RevocationReason;
  /** Until when the old one may be kept, should whoever registers choose that; null: it dies at once. */
  oldMayLiveUntil: Date | null;
}

/** What a reissue will do, before anything is done. */
export interface ReissuePreview {
  holderId: string;
  /** What dies: the current certificate, and one kept beside it. */
  ending: { certificateId: string; remaining: { days: number; percent: number } | null }[];
  /** One that was opened already and waits for its holder. */
  pendingCertificateId: string | null;
  endingSession: OpenSession | null;
  lastSignInAt: Date | null;
  isLastApprover: boolean;
  asksRegistrationPassword: boolean;
  holdsPowers: boolean;
  sendsCodeByMail: boolean;
  wouldRaise: AlertKind[];
  reasons: ReasonEffect[];
}

/**
 * What a reissue of this user's certificate will do. Changes nothing and takes nothing away. Null for whom the actor couldn't
 * have it reissued: for the bank's staff, a Master's, which takes two, is one that it could.
 */
export async function previewReissue(desk: Desk, actor: Actor, userId: string): Promise<ReissuePreview | null> {
  const { reads } = desk.db;
  const holder = isId(userId) ? await reads.findOneBy(User, { id: userId }) : null;
  if (!holder || holder.deregisteredAt) return null;
  const refusal = whyNot(actor, "reissue", "Certificate", certificateOf(holder));
  if (refusal && refusal !== "APPROVAL_REQUIRED") return null;
  const bank = await reads.findOneBy(Bank, { id: holder.bankId });
  if (!bank) throw new Error("an ID of no bank");

  const now = desk.clock.now();
  const living = (await reads.findBy(Certificate, { userId: holder.id, state: "ACTIVE" })).filter((one) => statusAt(one, now) === "ACTIVE");
  const current = await reads.findOneBy(Certificate, { userId: holder.id, isCurrent: 1 });
  const isPending = current !== null && statusAt(current, now) === "PENDING";
  const dying = [...living, ...(isPending ? [current] : [])];
  const seen = { holder, old: current, remaining: current && lifeLost(current, bank, now) };
  const suspicions = reissueSuspicions(bank, seen, await recentReissues(reads, bank, holder.contractId, now), now);
  return {
    holderId: holder.id,
    ending: dying.map((one) => ({ certificateId: one.id, remaining: lifeLeft(one, now) })),
    pendingCertificateId: isPending ? current.id : null,
    endingSession: await openSessionOf(desk, holder.id, bank),
    lastSignInAt: holder.lastSignInAt,
    isLastApprover: await isLastApprover(desk, holder),
    asksRegistrationPassword: bank.asksRegistrationPassword && actor.role !== "BANK_OPERATOR",
    holdsPowers: bank.holdsPowers && holder.kind === "PUBLIC",
    sendsCodeByMail: bank.sendsCodeByMail && (holder.mailAddress !== null || holder.kind === "PUBLIC"),
    wouldRaise: suspicions.map(({ kind }) => kind),
    reasons: (Object.keys(revocationFor) as ReissueReason[]).map((reason) => effectOf(reason, bank, actor, current, now)),
  };
}

function effectOf(reason: ReissueReason, { daysOldKept }: Bank, actor: Actor, current: Certificate | null, now: Date): ReasonEffect {
  const mayKeep = daysOldKept > 0 && mayKeepOld(reason) && actor.role === "MASTER" && current !== null && statusAt(current, now) === "ACTIVE";
  const end = mayKeep && current.notAfter ? new Date(Math.min(later(now, daysOldKept * DAY).getTime(), current.notAfter.getTime())) : null;
  return { reason, revocationReason: revocationFor[reason], oldMayLiveUntil: end };
}

/** Nobody else of the contract could approve, as long as this one's powers are on hold. */
async function isLastApprover({ db }: Desk, { id, contractId, authority }: User): Promise<boolean> {
  if (authority !== "APPROVER") return false;
  const approvers = await db.reads.findBy(User, { contractId, authority: "APPROVER", deregisteredAt: IsNull(), suspendedAt: IsNull(), powersHeldAt: IsNull() });
  return approvers.every((one) => one.id === id);
}
