import type { Desk } from "../foundation/desk.js";
import { Refusal, Unauthenticated, type FormerActor, type RefusalFacts } from "../foundation/refusals.js";
import { raiseAlert } from "../history/Alert.js";
import { audited, recordTurnedAway, type Attempt } from "../history/audited.js";
import type { Origin } from "../policy/Actor.js";
import type { CertificateStatus, RevocationReason } from "../policy/certificateLifecycle.js";
import type { DeedAction } from "../policy/deeds.js";

/** A client certificate that came with a request, of whose key whoever sent it has proven possession. */
export type PresentedCertificate = KnownCertificate | ForeignCertificate;

/** Not one of ours, or none to sign in with. */
export interface ForeignCertificate {
  status: "UNKNOWN";
  /** SHA-256 of its DER, hex: x5t#S256 of RFC 8705 §3.1. */
  thumbprint: string;
}

/** A customer: only an ID of a contract holds a certificate. */
export type Holder = FormerActor & { contractId: string };

export interface KnownCertificate {
  status: Extract<CertificateStatus, "ACTIVE" | "EXPIRED" | "REVOKED">;
  thumbprint: string;
  certificateId: string;
  serialNumber: string;
  holder: Holder;
  notAfter: Date;
  revokedAt: Date | null;
  revocationReason: RevocationReason | null;
}

/** One that lets nobody in, whoever presents it. */
type Worthless = ForeignCertificate | (KnownCertificate & { status: "EXPIRED" | "REVOKED" });

export function isWorthless(presented: PresentedCertificate | null): presented is Worthless {
  return presented !== null && presented.status !== "ACTIVE";
}

/**
 * Refuses a request by this certificate; the reason and its date are for whoever sent it. On record it is the holder's,
 * or, where nobody is known to hold it, that of whose token came along.
 */
export function unauthenticatedBy(presented: Worthless, bearer?: FormerActor): Unauthenticated {
  const holder = presented.status === "UNKNOWN" ? bearer : presented.holder;
  return new Unauthenticated(`CERTIFICATE_${presented.status}`, holder, factsOf(presented));
}

/**
 * Refuses a sign-in by this certificate, whatever ID and password came with it. On record it is the holder's, or, where
 * nobody is known to hold it, that of the ID that was claimed. A revoked one raises an alert.
 */
export function refuseSignIn(desk: Desk, origin: Origin, presented: Worthless, claimed: Attempt["by"]): Promise<never> {
  const attempt = { action: "SIGN_IN", origin, by: presented.status === "UNKNOWN" ? claimed : presented.holder } as const;
  return audited(desk, attempt, (_tx, findings) => {
    const isKnown = presented.status !== "UNKNOWN";
    Object.assign(findings, isKnown ? { certificateId: presented.certificateId, before: evidenceOf(presented, claimed) } : { before: { thumbprint: presented.thumbprint } });
    throw refusalBy(desk, origin, presented, claimed);
  });
}

/** Why this certificate lets nobody in. Whoever throws it lets a revoked one raise its alert. */
export function refusalBy(desk: Desk, origin: Origin, presented: Worthless, claimed: { loginId: string | null }): Refusal {
  return new Refusal(`PRESENTED_CERTIFICATE_${presented.status}`, {
    facts: factsOf(presented),
    consequence: async (tx) => {
      if (presented.status === "REVOKED") await raiseAlert(tx, alarmOf(presented, origin, claimed), desk.clock.now());
    },
  });
}

/**
 * Records that a revoked certificate came with a request that is no sign-in. A mutation is an attempt each time; of
 * reading, the first of a day is entered and all are counted by the alert.
 */
export async function reportRevoked(desk: Desk, origin: Origin, presented: PresentedCertificate, attempted: DeedAction | undefined): Promise<void> {
  if (presented.status !== "REVOKED") return;
  const attempt = { action: attempted ?? "CERTIFICATE_PRESENT", origin, by: presented.holder } as const;
  const findings = { certificateId: presented.certificateId, before: evidenceOf(presented) };
  await recordTurnedAway(desk, attempt, "PRESENTED_CERTIFICATE_REVOKED", findings, async (tx) => {
    const isNew = await raiseAlert(tx, alarmOf(presented, origin), desk.clock.now());
    return isNew || attempted !== undefined;
  });
}

function factsOf(presented: Worthless): RefusalFacts {
  switch (presented.status) {
    case "UNKNOWN":
      return {};
    case "EXPIRED":
      return { notAfter: presented.notAfter };
    case "REVOKED":
      return { revokedAt: presented.revokedAt ?? presented.notAfter, revocationReason: presented.revocationReason ?? "UNSPECIFIED" };
  }
}

function evidenceOf({ serialNumber, revokedAt, revocationReason }: KnownCertificate, claimed?: { loginId: string | null }): object {
  return { serialNumber, revokedAt, revocationReason, ...(claimed ? { claimedLoginId: claimed.loginId } : {}) };
}

function alarmOf(presented: KnownCertificate, { requestId, address }: Origin, claimed?: { loginId: string | null }) {
  const { userId, contractId, bankId } = presented.holder;
  return {
    kind: "REVOKED_CERTIFICATE_PRESENTED" as const,
    holder: { userId, contractId, bankId },
    certificateId: presented.certificateId,
    evidence: { ...evidenceOf(presented, claimed), requestId, address },
  };
}
