import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { DataSource, EntityManager, QueryRunner } from "typeorm";
import type { BetterSqlite3Driver } from "typeorm/driver/better-sqlite3/BetterSqlite3Driver.js";
import type { Database, Outcome, Reads } from "./Database.js";
import { openCounts, type DatabaseCounts } from "./DatabaseFigures.js";
import { readerBeside } from "./dataSource.js";
import { DatabaseUnavailable } from "./DatabaseUnavailable.js";
import { isNodeFailure, isWorthRetrying, leavesOutcomeUnknown } from "./errors.js";
import { currentDeadline, throwIfPast, withoutDeadline } from "../deadline.js";
import { inSpan } from "../spans.js";
import { begin, readRecords } from "./execute.js";
import { poolFiguresOf } from "./hostPool.js";
import { spareFromInterruption, withConnection, withRunner } from "./lend.js";
import { migrate } from "./migrate.js";
import { patienceWith, type Patience } from "./patience.js";
import { traceStatements, tracedRead } from "./statementSpans.js";
import { secondsSince } from "../clock.js";

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
    return { reads: persistentReads({ source, counts: openCounts(), openPatience: patienceWith() }), close: () => source.destroy() };
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

  const counts = openCounts();
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const cameAt = performance.now();
    counts.writersWaiting++;
    const whenItIsMine = () => {
      counts.writersWaiting--;
      counts.waits.add(secondsSince(cameAt));
      throwIfPast(); // whoever waited for it has gone
      return run();
    };
    const turn = last.then(whenItIsMine, whenItIsMine);
    last = turn.catch(() => undefined);
    return turn;
  };
  const reads = timelyReads(reader);
  const openPatience = patienceWith();

  return {
    engine: "sqlite",
    reads,
    transaction: (work, outcome) => unnested(() => inTurn(() => persistently({ source: writer, counts, openPatience }, reads, work, outcome))),
    instant: (at) => at.toISOString().replace("T", " ").replace("Z", ""),
    figures: () => ({ ...counts, pools: [] }),
    close: async () => {
      await last;
      await reader.destroy();
      await writer.destroy();
    },
  };
}

function server(source: DataSource): Database {
  const ground: Ground = { source, counts: openCounts(), openPatience: patienceWith() };
  const reads = persistentReads(ground);
  return {
    engine: source.options.type === "mariadb" ? "mariadb" : "mysql",
    reads,
    transaction: (work, outcome) => unnested(() => persistently(ground, reads, work, outcome)),
    instant: (at) => at,
    figures: () => ({ ...ground.counts, pools: poolFiguresOf(source) }),
    close: () => source.destroy(),
  };
}

/** SQLite runs a statement in one go: what a deadline can stop is the next one. */
function timelyReads(source: DataSource): Reads {
  const connection = (source.driver as BetterSqlite3Driver).databaseConnection as object;
  return eachRead((name) => async (...args) => {
    throwIfPast();
    return name === "query" ? query(source, connection, args) : find(source.manager, name, args);
  });
}

/** Reads that outlive a node: what a lost connection or a deadlock broke is asked again. */
function persistentReads({ source, counts, openPatience }: Ground): Reads {
  return eachRead((name) => async (...args) => {
    const patience = openPatience();
    for (let runs = 1; ; runs++) {
      try {
        const answer = name === "query"
          ? await withConnection(source, counts, (connection) => query(source, connection, args))
          : await withRunner(source, counts, ({ manager }) => find(manager, name, args));
        patience.served();
        return answer;
      } catch (error) {
        if (isNodeFailure(error)) patience.failed(error);
        else if (isPast(error)) throw patience.unavailable ?? error;
        else if (!isWorthRetrying(error) || runs >= MOST_RUNS) throw error;
        counts.readsRetried++;
        await pauseAfter(runs);
      }
    }
  });
}

type Read = (...args: unknown[]) => Promise<unknown>;

function eachRead(read: (name: keyof Reads) => Read): Reads {
  const [query, find, findBy, findOneBy, countBy] = (["query", "find", "findBy", "findOneBy", "countBy"] as const).map(read);
  return { query, find, findBy, findOneBy, countBy } as Reads;
}

function query(source: DataSource, connection: object, args: unknown[]): Promise<unknown> {
  return tracedRead("query", args, () => readRecords(connection, source, ...(args as [string, unknown[]?])));
}

function find(manager: EntityManager, name: keyof Reads, args: unknown[]): Promise<unknown> {
  return tracedRead(name, args, () => (manager[name] as Read).apply(manager, args));
}

const underway = new AsyncLocalStorage<true>();

function unnested<T>(run: () => Promise<T>): Promise<T> {
  if (underway.getStore()) throw new Error("a transaction inside a transaction");
  return underway.run(true, run);
}

/** What one asks of a database with. */
interface Ground {
  source: DataSource;
  counts: DatabaseCounts;
  openPatience: () => Patience;
}

/** Runs `work` until it is committed or refused, `MOST_RUNS` times in vain, or the database has been gone for too long. */
async function persistently<T>(ground: Ground, reads: Reads, work: (tx: EntityManager) => Promise<T>, outcome: Outcome | undefined): Promise<T> {
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
      else if (isPast(error)) throw patience.unavailable ?? error;
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
function isPast(error: unknown): boolean {
  return error === currentDeadline()?.refusal;
}

/** Longer after each run, and never the same for two: racers that met once should not meet again. */
function pauseAfter(run: number): Promise<void> {
  return pause(Math.min(FIRST_PAUSE_MS * 2 ** (run - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2));
}

function once<T>({ source, counts }: Ground, work: (tx: EntityManager) => Promise<T>, outcomeIsUnknown: (result: T) => void): Promise<T> {
  return withRunner(source, counts, (runner, connection) => inSpan("db.transaction", {}, async () => {
    const beganAt = performance.now();
    const untraced = traceStatements(runner);
    try {
      await begin(runner);
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
  await runner.commitTransaction();
}
