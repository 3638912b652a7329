import { openTally, type Tally } from "../tally.js";

/** How the way to the data is doing: counted since the process began, or as it is at this moment. */
export interface DatabaseFigures {
  readonly committed: number;
  /** Refused, failed or given up. */
  readonly rolledBack: number;
  /** Runs of transactions after their first one. */
  readonly transactionsRetried: number;
  readonly readsRetried: number;
  /** COMMITs that got no answer. */
  readonly outcomesUnknown: number;
  /** Of each run of a transaction, from its BEGIN to its end. */
  readonly durations: Tally;
  /** For one's turn to write (SQLite), for a connection (server). */
  readonly waits: Tally;
  /** Transactions that wait for their turn to write (SQLite). */
  readonly writersWaiting: number;
  /** The connections to each host of a server; none on SQLite. */
  readonly pools: readonly PoolFigures[];
}

export interface PoolFigures {
  /** `host:port`. */
  readonly host: string;
  readonly inUse: number;
  readonly idle: number;
  /** As many as it may open. */
  readonly most: number;
  /** Those who wait for one to be free. */
  readonly waiting: number;
}

/** What is counted while a database is open, by those who do it. */
export function openCounts() {
  return {
    committed: 0, rolledBack: 0, transactionsRetried: 0, readsRetried: 0, outcomesUnknown: 0, writersWaiting: 0,
    durations: openTally(), waits: openTally(),
  };
}
export type DatabaseCounts = ReturnType<typeof openCounts>;
