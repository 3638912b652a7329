import { countUpTo } from "../foundation/database/countUpTo.js";
import { instantOrNull } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";

export interface OutboxFigures {
  /** Mails that wait, and those that were given up; each counted no further than 10,000. */
  queued: number;
  dead: number;
  /** Since when the one is due that waits longest; in the future where none is due; null where none waits. */
  oldestDue: Date | null;
}

const MOST = 10_000;

export async function outboxFigures({ db: { reads } }: Desk): Promise<OutboxFigures> {
  const [first]: { due: Date | string | null }[] = await reads.query("SELECT MIN(n.next_try_at) AS due FROM notices n WHERE n.state = 'QUEUED'");
  return {
    queued: await countUpTo(reads, MOST, "FROM notices n WHERE n.state = 'QUEUED'"),
    dead: await countUpTo(reads, MOST, "FROM notices n WHERE n.state = 'DEAD'"),
    oldestDue: instantOrNull(first?.due ?? null),
  };
}
