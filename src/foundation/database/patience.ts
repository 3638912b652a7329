import { DatabaseUnavailable } from "./DatabaseUnavailable.js";

/**
 * Longer than a cluster takes to find that one of its nodes is gone (Galera: five seconds and a vote), and shorter than a
 * request may take.
 */
const PATIENCE_MS = 8_000;

/** How long one that asks goes on where hosts fail. */
export interface Patience {
  /** A host served. */
  served(): void;
  /** A host failed. Throws once that has gone on for too long (DATABASE_UNAVAILABLE). */
  failed(error: unknown): void;
  /** What is to be told where time runs out; undefined where no host failed. */
  unavailable: () => DatabaseUnavailable | undefined;
}

/**
 * For all that ask one database: they wait out together what a failover takes. Whoever comes when no host has served
 * anybody for longer than that is told so after one try.
 */
export function patienceWith(): () => Patience {
  let gone: { since: number; last: number } | undefined;

  return () => {
    let failingSince: number | undefined;
    let unavailable: DatabaseUnavailable | undefined;
    return {
      served: () => { gone = undefined; },
      failed: (error) => {
        const now = performance.now();
        failingSince ??= now;
        const isAnew = gone === undefined || now - gone.last > PATIENCE_MS; // nobody asked meanwhile: it may have been there
        gone = { since: isAnew || !gone ? now : gone.since, last: now };
        unavailable = new DatabaseUnavailable(error);
        if (now - Math.min(gone.since, failingSince) >= PATIENCE_MS) throw unavailable;
      },
      unavailable: () => unavailable, // no accessor: each would stay until the whole heap is collected (decision 039)
    };
  };
}
