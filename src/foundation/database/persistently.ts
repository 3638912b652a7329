import { setTimeout as pause } from "node:timers/promises";
import type { DataSource, EntityManager, QueryRunner } from "typeorm";
import { secondsSince } from "../clock.js";
import { currentDeadline, throwIfPast, withoutDeadline } from "../deadline.js";
import { inSpan } from "../spans.js";
import type { Outcome, Reads } from "./Database.js";
import type { DatabaseCounts } from "./DatabaseFigures.js";
import { DatabaseUnavailable } from "./DatabaseUnavailable.js";
import { isNodeFailure, isWorthRetrying, leavesOutcomeUnknown } from "./errors.js";
import { bounds } from "./execute.js";
import { spareFromInterruption, withRunner } from "./lend.js";
import type { Patience } from "./patience.js";
import { traceStatements } from "./statementSpans.js";

export const MOST_RUNS = 12;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 1_000;

/** What one asks of a database with. */
export interface Ground {
  source: DataSource;
  counts: DatabaseCounts;
  openPatience: () => Patience;
}

/** Runs `work` until it is committed or refused, `MOST_RUNS` times in vain, or the database has been gone for too long. */
export async function persistently<T>(ground: Ground, reads: Reads, work: (tx: EntityManager) => Promise<T>, outcome: Outcome | undefined): Promise<T> {
  let uncertain: { run: number; result: T } | undefined; // a run whose COMMIT got no answer
  const patience = ground.openPatience();

  for (let run = 1; ; run++) {
    try {
      const result = await once(ground, work, (unsure) => {
        uncertain = { run, result: unsure };
        ground.counts.outcomesUnknown++;
      });
      patience.served();
      return result;
    } catch (error) {
      // Whatever this run met (also its own predecessor's rows): if the uncertain one did happen, it is the answer.
      if (uncertain && outcome && (await isDone(outcome, reads))) return uncertain.result;
      const isKnownUndone = uncertain === undefined || outcome !== undefined;
      if (!isKnownUndone) throw error;
      if (isNodeFailure(error)) patience.failed(error);
      else if (isPast(error)) throw patience.unavailable() ?? error;
      else if (run >= MOST_RUNS || !(uncertain?.run === run || isWorthRetrying(error))) throw error;
      ground.counts.transactionsRetried++;
      await pauseAfter(run);
    }
  }
}

/** Asked however late it is. Where there is nobody to ask, that is what whoever waits must be told. */
async function isDone(outcome: Outcome, reads: Reads): Promise<boolean> {
  try {
    return await withoutDeadline(() => outcome.isDone(reads));
  } catch (error) {
    throw error instanceof DatabaseUnavailable ? new DatabaseUnavailable(error.cause, true) : error;
  }
}

/** The request's time is over. */
export function isPast(error: unknown): boolean {
  return error === currentDeadline()?.refusal;
}

/** Longer after each run, and never the same for two: racers that met once should not meet again. */
export function pauseAfter(run: number): Promise<void> {
  return pause(Math.min(FIRST_PAUSE_MS * 2 ** (run - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2));
}

function once<T>({ source, counts }: Ground, work: (tx: EntityManager) => Promise<T>, outcomeIsUnknown: (result: T) => void): Promise<T> {
  return withRunner(source, counts, (runner, connection) => inSpan("db.transaction", {}, async () => {
    const beganAt = performance.now();
    const untraced = traceStatements(runner);
    try {
      await bounds.begin(runner);
      const result = await work(runner.manager);
      try {
        await committed(runner, connection);
      } catch (error) {
        if (leavesOutcomeUnknown(error)) outcomeIsUnknown(result);
        throw error;
      }
      counts.committed++;
      return result;
    } catch (error) {
      counts.rolledBack++;
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      untraced();
      counts.durations.add(secondsSince(beganAt));
    }
  }));
}

/** From here on there is no way back: a COMMIT that was cut short would leave nobody knowing. */
async function committed(runner: QueryRunner, connection: object): Promise<void> {
  throwIfPast();
  spareFromInterruption(connection);
  await bounds.commit(runner);
}
