import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { DataSource, EntityManager, QueryRunner } from "typeorm";
import type { Database, Outcome, Reads } from "./Database.js";
import { readerBeside } from "./dataSource.js";
import { isNodeFailure, isWorthRetrying, leavesOutcomeUnknown } from "./errors.js";
import { leaveOutNodeOf } from "./hostPool.js";
import { migrate } from "./migrate.js";

const MOST_RUNS = 12;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 1_000;

/** Opens the database behind `writer` (not yet initialized), migrated to the newest step. */
export async function openDatabase(writer: DataSource): Promise<Database> {
  await writer.initialize();
  await migrate(writer);
  return writer.options.type === "better-sqlite3" ? embedded(writer) : server(writer);
}

/** Opens the database for reading alone, as it is: nothing is migrated. */
export async function openReads(source: DataSource): Promise<Pick<Database, "reads" | "close">> {
  if (source.options.type !== "better-sqlite3") {
    await source.initialize();
    return { reads: persistentReads(source), close: () => source.destroy() };
  }
  const reader = readerBeside(source);
  await reader.initialize();
  return { reads: reader.manager, close: () => reader.destroy() };
}

/**
 * SQLite: TypeORM has one connection, on which two transactions would be one and reads would see what isn't committed.
 * So writers queue, and readers have a read-only connection of their own on the same write-ahead log.
 */
async function embedded(writer: DataSource): Promise<Database> {
  const reader = readerBeside(writer);
  await reader.initialize();

  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = last.then(run, run);
    last = turn.catch(() => undefined);
    return turn;
  };

  return {
    engine: "sqlite",
    reads: reader.manager,
    transaction: (work, outcome) => unnested(() => inTurn(() => persistently(writer, reader.manager, work, outcome))),
    instant: (at) => at.toISOString().replace("T", " ").replace("Z", ""),
    close: async () => {
      await last;
      await reader.destroy();
      await writer.destroy();
    },
  };
}

function server(source: DataSource): Database {
  const reads = persistentReads(source);
  return {
    engine: source.options.type === "mariadb" ? "mariadb" : "mysql",
    reads,
    transaction: (work, outcome) => unnested(() => persistently(source, reads, work, outcome)),
    instant: (at) => at,
    close: () => source.destroy(),
  };
}

/** Reads that outlive a node: what a lost connection or a deadlock broke is asked again. */
function persistentReads(source: DataSource): Reads {
  const persistent = <Name extends keyof Reads>(name: Name) => (async (...args: unknown[]) => {
    for (let run = 1; ; run++) {
      try {
        return await withRunner(source, ({ manager }) => (manager[name] as (...args: unknown[]) => Promise<unknown>).apply(manager, args));
      } catch (error) {
        if (!isWorthRetrying(error) || run === MOST_RUNS) throw error;
        await pauseAfter(run);
      }
    }
  }) as Reads[Name];
  return {
    query: persistent("query"), find: persistent("find"), findBy: persistent("findBy"),
    findOneBy: persistent("findOneBy"), countBy: persistent("countBy"),
  };
}

const underway = new AsyncLocalStorage<true>();

function unnested<T>(run: () => Promise<T>): Promise<T> {
  if (underway.getStore()) throw new Error("a transaction inside a transaction");
  return underway.run(true, run);
}

/** Runs `work` until it is committed, refused, or `MOST_RUNS` times in vain. */
async function persistently<T>(
  source: DataSource,
  reads: Reads,
  work: (tx: EntityManager) => Promise<T>,
  outcome: Outcome | undefined,
): Promise<T> {
  let uncertain: { run: number; result: T } | undefined; // a run whose COMMIT got no answer

  for (let run = 1; ; run++) {
    try {
      return await once(source, work, (result) => (uncertain = { run, result }));
    } catch (error) {
      // Whatever this run met (also its own predecessor's rows): if the uncertain one did happen, it is the answer.
      if (uncertain && (await outcome?.isDone(reads))) return uncertain.result;
      const isKnownUndone = uncertain === undefined || outcome !== undefined;
      const isTransient = uncertain?.run === run || isWorthRetrying(error);
      if (!isKnownUndone || !isTransient || run === MOST_RUNS) throw error;
      await pauseAfter(run);
    }
  }
}

/** Longer after each run, and never the same for two: racers that met once should not meet again. */
function pauseAfter(run: number): Promise<void> {
  return pause(Math.min(FIRST_PAUSE_MS * 2 ** (run - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2));
}

function once<T>(source: DataSource, work: (tx: EntityManager) => Promise<T>, outcomeIsUnknown: (result: T) => void): Promise<T> {
  return withRunner(source, async (runner) => {
    try {
      await runner.startTransaction();
      const result = await work(runner.manager);
      try {
        await runner.commitTransaction();
      } catch (error) {
        if (leavesOutcomeUnknown(error)) outcomeIsUnknown(result);
        throw error;
      }
      return result;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    }
  });
}

/** Lends a connection. Where its node turns out to be at fault, the next one comes from another node. */
async function withRunner<T>(source: DataSource, use: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    const connection = (await runner.connect()) as object;
    try {
      return await use(runner);
    } catch (error) {
      if (isNodeFailure(error)) leaveOutNodeOf(connection);
      throw error;
    }
  } finally {
    await runner.release();
  }
}
