import { AsyncLocalStorage } from "node:async_hooks";
import type { DataSource } from "typeorm";
import { secondsSince } from "../clock.js";
import { throwIfPast } from "../deadline.js";
import type { Database } from "./Database.js";
import { openCounts } from "./DatabaseFigures.js";
import { readerBeside } from "./dataSource.js";
import { poolFiguresOf } from "./hostPool.js";
import { migrate } from "./migrate.js";
import { patienceWith } from "./patience.js";
import { persistently, type Ground } from "./persistently.js";
import { persistentReads, timelyReads } from "./reads.js";

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
  return { reads: timelyReads(reader), close: () => reader.destroy() };
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

const underway = new AsyncLocalStorage<true>();

function unnested<T>(run: () => Promise<T>): Promise<T> {
  if (underway.getStore()) throw new Error("a transaction inside a transaction");
  return underway.run(true, run);
}
