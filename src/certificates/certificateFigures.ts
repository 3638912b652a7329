import { setImmediate as nextTurn } from "node:timers/promises";
import { DAY, later } from "../foundation/clock.js";
import { countUpTo } from "../foundation/database/countUpTo.js";
import type { Desk } from "../foundation/desk.js";
import { firstIdAt } from "../foundation/ids.js";
import type { CertificateStatus } from "../policy/certificateLifecycle.js";

export interface CertificateFigures {
  /** The users' current certificates. */
  byStatus: Readonly<Record<CertificateStatus, number>>;
  /** Of the active ones, how many end within so many days. */
  endingWithin: ReadonlyMap<number, number>;
}

export const endingWithinDays = [7, 30, 60, 90] as const;
/** Those that end later are counted in steps, so that no statement takes long: on SQLite everybody waits for it. */
const STEPS_DAYS = [120, 150, 180, 210, 240, 270, 300, 330, 365, 400];
const MOST_PENDING_LOOKED_AT = 10_000;

/**
 * Counts the users' current certificates, from `ix_certificates_ending` alone: a user's former ones, of which there are ever more, are
 * not looked at. Whether a pending one may still be acquired stands in its row: beyond 10,000 of them that is estimated.
 */
export async function certificateFigures({ db, clock }: Desk): Promise<CertificateFigures> {
  const now = clock.now();
  const count = async (condition: string, ...params: unknown[]) => {
    await nextTurn(); // others may come in between
    const rows: { counted: number | string }[] = await db.reads.query(`SELECT COUNT(*) AS counted FROM certificates c WHERE c.is_current = 1 AND ${condition}`, params);
    return Number(rows[0]?.counted ?? 0);
  };

  const endingWithin = new Map<number, number>();
  let from = db.instant(now);
  let active = 0;
  for (const days of [...endingWithinDays, ...STEPS_DAYS]) {
    const to = db.instant(later(now, days * DAY));
    active += await count("c.state = 'ACTIVE' AND c.not_after >= ? AND c.not_after < ?", from, to);
    if ((endingWithinDays as readonly number[]).includes(days)) endingWithin.set(days, active);
    from = to;
  }
  active += await count("c.state = 'ACTIVE' AND c.not_after >= ?", from);

  const pending = await count("c.state = 'PENDING'");
  const tooLate = await pastDeadline(db, pending, now);
  return {
    byStatus: {
      PENDING: pending - tooLate + (await count("c.state = 'SIGNING'")),
      ENROLLMENT_EXPIRED: tooLate,
      ACTIVE: active,
      EXPIRED: await count("c.state = 'ACTIVE' AND c.not_after < ?", db.instant(now)),
      REVOKED: await count("c.state = 'REVOKED'"),
    },
    endingWithin,
  };
}

async function pastDeadline(db: Desk["db"], pending: number, now: Date): Promise<number> {
  if (pending === 0) return 0;
  const [row]: { looked: number | string; late: number | string | null }[] = await db.reads.query(
    `SELECT COUNT(*) AS looked, SUM(CASE WHEN some_rows.enrollment_deadline >= ? THEN 0 ELSE 1 END) AS late FROM (
       SELECT c.enrollment_deadline FROM certificates c WHERE c.is_current = 1 AND c.state = 'PENDING' LIMIT ${String(MOST_PENDING_LOOKED_AT)}) some_rows`,
    [db.instant(now)],
  );
  const looked = Number(row?.looked ?? 0);
  const late = Number(row?.late ?? 0);
  return looked < MOST_PENDING_LOOKED_AT ? late : Math.round((pending * late) / looked);
}

const MOST_REISSUES = 10_000;

/** How many certificates were reissued since then, by whichever way; counted no further than 10,000. */
export function reissuesSince({ db }: Desk, since: Date): Promise<number> {
  return countUpTo(db.reads, MOST_REISSUES, "FROM certificates c WHERE c.id >= ? AND c.reissue_reason IS NOT NULL", [firstIdAt(since)]);
}
