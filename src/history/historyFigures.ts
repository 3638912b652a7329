import { countUpTo } from "../foundation/database/countUpTo.js";
import { instantOrNull } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import { isId, madeAt } from "../foundation/ids.js";

export interface HistoryFigures {
  /** Entries that aren't sealed, counted no further than 10,000. */
  unsealed: number;
  /** When the oldest of them was written; null where there is none. */
  oldestUnsealed: Date | null;
  /** When the newest checkpoint was signed; null where there is none. */
  newestCheckpoint: Date | null;
  /** When the oldest entry was written that is sealed and stands under no checkpoint. */
  oldestUnchecked: Date | null;
}

const MOST_UNSEALED = 10_000;

/** How far sealing and checkpoints are behind: by a few rows, however long the history is. */
export async function historyFigures({ db: { reads } }: Desk): Promise<HistoryFigures> {
  const [oldest]: { id: string | null }[] = await reads.query("SELECT MIN(p.record_id) AS id FROM pending_seals p");
  const chains: { at: Date | string | null; unchecked: string | null }[] = await reads.query(
    `SELECT c.at, (SELECT s.record_id FROM history_seals s WHERE s.chain_id = h.chain_id AND s.number = COALESCE(c.size, 0) + 1) AS unchecked
       FROM history_heads h LEFT JOIN history_checkpoints c ON c.chain_id = h.chain_id
        AND c.size = (SELECT MAX(n.size) FROM history_checkpoints n WHERE n.chain_id = h.chain_id AND n.size <= h.size)`,
  );
  return {
    unsealed: await countUpTo(reads, MOST_UNSEALED, "FROM pending_seals p"),
    oldestUnsealed: oldest?.id ? writtenAt(oldest.id) : null,
    newestCheckpoint: latest(chains.flatMap(({ at }) => instantOrNull(at) ?? [])),
    oldestUnchecked: earliest(chains.flatMap(({ unchecked }) => (unchecked === null ? [] : writtenAt(unchecked)))),
  };
}

/** What has no id of ours was put there by nobody of ours: it is late from the beginning, so that it is seen. */
function writtenAt(id: string): Date {
  return isId(id) ? madeAt(id) : new Date(0);
}

function latest(instants: readonly Date[]): Date | null {
  return instants.reduce<Date | null>((found, one) => (found && found > one ? found : one), null);
}

function earliest(instants: readonly Date[]): Date | null {
  return instants.reduce<Date | null>((found, one) => (found && found < one ? found : one), null);
}
