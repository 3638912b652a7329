/** What is stored. SIGNING: a CSR was accepted and its signature is underway; it is finished or revoked, never forgotten. */
export const storedStates = ["PENDING", "SIGNING", "ACTIVE", "REVOKED"] as const;
export type StoredState = (typeof storedStates)[number];

/** What people are told: derived from stored facts and the clock, so that no batch job has to run for it to be true. */
export const certificateStatuses = ["PENDING", "ENROLLMENT_EXPIRED", "ACTIVE", "EXPIRED", "REVOKED"] as const;
export type CertificateStatus = (typeof certificateStatuses)[number];

/** The only ways a certificate goes. Revoked is final. */
export const movesFrom: Record<StoredState, readonly StoredState[]> = {
  PENDING: ["SIGNING", "REVOKED"],
  SIGNING: ["ACTIVE", "REVOKED"],
  ACTIVE: ["REVOKED"],
  REVOKED: [],
};

export interface LifeFacts {
  state: StoredState;
  enrollmentDeadline: Date | null;
  notAfter: Date | null;
  /** Until when it lives beside a successor that isn't acquired yet; null where it has none, or died by it. */
  keptUntil: Date | null;
}

/** Deadline and notAfter belong to the time in which the certificate is still good (RFC 5280 §4.1.2.5: "inclusive"). */
export function statusAt({ state, enrollmentDeadline, notAfter, keptUntil }: LifeFacts, now: Date): CertificateStatus {
  switch (state) {
    case "PENDING":
      return enrollmentDeadline !== null && now <= enrollmentDeadline ? "PENDING" : "ENROLLMENT_EXPIRED";
    case "SIGNING":
      return "PENDING"; // accepted in time, so the deadline no longer counts
    case "ACTIVE":
      if (keptUntil !== null && now > keptUntil) return "REVOKED"; // as SUPERSEDED at that instant, whether or not it is written down yet
      return notAfter !== null && now <= notAfter ? "ACTIVE" : "EXPIRED";
    case "REVOKED":
      return "REVOKED";
  }
}

/**
 * `statusAt` as a WHERE over the columns of table `c`; each `?` is the present instant. Without a date it is past. The plus keeps
 * SQLite from going by an index of dates, which isn't in any list's order; to the other databases it is nothing.
 */
const statusCondition: Record<CertificateStatus, string> = {
  PENDING: "(c.state = 'SIGNING' OR (c.state = 'PENDING' AND +c.enrollment_deadline >= ?))",
  ENROLLMENT_EXPIRED: "(c.state = 'PENDING' AND (c.enrollment_deadline IS NULL OR +c.enrollment_deadline < ?))",
  ACTIVE: "(c.state = 'ACTIVE' AND +c.not_after >= ? AND (c.kept_until IS NULL OR c.kept_until >= ?))",
  EXPIRED: "(c.state = 'ACTIVE' AND (c.not_after IS NULL OR +c.not_after < ?) AND (c.kept_until IS NULL OR c.kept_until >= ?))",
  REVOKED: "(c.state = 'REVOKED' OR (c.state = 'ACTIVE' AND +c.kept_until < ?))",
};

/** Any of these statuses, as a WHERE over table `c`. */
export function statusIn(statuses: readonly CertificateStatus[], now: Date | string): { sql: string; params: unknown[] } {
  const conditions = statuses.map((status) => statusCondition[status]);
  const sql = conditions.length === 0 ? "1 = 0" : `(${conditions.join(" OR ")})`;
  return { sql, params: Array.from(sql.matchAll(/\?/g), () => now) };
}

/** RFC 5280 §5.3.1, those that a customer's certificate can end by. */
export const revocationReasons = [
  "UNSPECIFIED", "KEY_COMPROMISE", "AFFILIATION_CHANGED", "SUPERSEDED", "CESSATION_OF_OPERATION", "PRIVILEGE_WITHDRAWN",
] as const;
export type RevocationReason = (typeof revocationReasons)[number];

/** Why a Master has a certificate reissued, and what the old one's end is called then. */
export const revocationFor = {
  UNSPECIFIED: "SUPERSEDED",
  DEVICE_BROKEN: "SUPERSEDED",
  DEVICE_REPLACED: "SUPERSEDED",
  CERTIFICATE_DELETED: "SUPERSEDED",
  LOST: "KEY_COMPROMISE",
  STOLEN: "KEY_COMPROMISE",
  COMPROMISED: "KEY_COMPROMISE",
} as const satisfies Record<string, RevocationReason>;
export type ReissueReason = keyof typeof revocationFor;

/** Only a PC that still works can go on with the old certificate until the new one is acquired. Lost, stolen, unsaid: at once. */
export function mayKeepOld(reason: ReissueReason): boolean {
  return reason === "DEVICE_REPLACED";
}
