import { byIndex } from "../foundation/database/hints.js";
import type { Arm } from "../foundation/database/keysetPage.js";
import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import { statusIn, type CertificateStatus, type StoredState } from "../policy/certificateLifecycle.js";

// The rows of a status are found by what is stored, each part in the order of an index; which of them have it is decided by
// `statusIn`, as always. `is_past` says where to look: among a million that are good, those that ended aren't the newest ones.

interface Place {
  state: StoredState;
  /** Noted as past, or not. */
  isPast: boolean;
  /** Those that aren't noted yet, or not written down yet: few, found by an index of their own. */
  among?: string;
}

/** For a moment between two looks of `notePast`; and those that have no date, should there be any. */
const justPast = (state: StoredState, column: string): Place[] => ["< ?", "IS NULL"].map((when) => (
  { state, isPast: false, among: `SELECT e.id FROM certificates e WHERE e.state = '${state}' AND e.is_past IS NULL AND e.${column} ${when}` }
));
const OVERDUE = "SELECT e.id FROM certificates e WHERE e.state = 'ACTIVE' AND e.kept_until < ?";

const placesOf: Record<CertificateStatus, readonly Place[]> = {
  PENDING: [{ state: "SIGNING", isPast: false }, { state: "PENDING", isPast: false }],
  ENROLLMENT_EXPIRED: [{ state: "PENDING", isPast: true }, ...justPast("PENDING", "enrollment_deadline")],
  ACTIVE: [{ state: "ACTIVE", isPast: false }],
  EXPIRED: [{ state: "ACTIVE", isPast: true }, ...justPast("ACTIVE", "not_after")],
  REVOKED: [
    { state: "REVOKED", isPast: false }, { state: "REVOKED", isPast: true },
    { state: "ACTIVE", isPast: false, among: OVERDUE }, { state: "ACTIVE", isPast: true, among: OVERDUE },
  ],
};

/** Any of these statuses, as parts of a list of the certificates `c` that the actor may read. */
export function certificateArms({ db, clock }: Desk, actor: Actor, statuses: readonly CertificateStatus[]): Arm[] {
  const now = db.instant(clock.now());
  const index = actor.role === "BANK_OPERATOR" ? "ix_certificates_bank_state" : actor.role === "MASTER" ? "ix_certificates_contract_state" : null;
  return [...new Set(statuses)].flatMap((status) => {
    const decided = statusIn([status], now);
    return placesOf[status].map(({ state, isPast, among }) => ({
      sql: `c.state = '${state}' AND c.is_past ${isPast ? "= 1" : "IS NULL"} AND ${decided.sql}${among ? ` AND c.id IN (${among})` : ""}`,
      ...(index && !among ? { from: byIndex(db.engine, "certificates c", index) } : {}),
      params: [...decided.params, ...(among?.includes("?") ? [now] : [])],
    }));
  });
}
