import type { DataSource, EntityManager } from "typeorm";
import type { BetterSqlite3Driver } from "typeorm/driver/better-sqlite3/BetterSqlite3Driver.js";
import { throwIfPast } from "../deadline.js";
import type { Reads } from "./Database.js";
import { isNodeFailure, isWorthRetrying } from "./errors.js";
import { readRecords } from "./execute.js";
import { withConnection, withRunner } from "./lend.js";
import { isPast, MOST_RUNS, pauseAfter, type Ground } from "./persistently.js";
import { tracedRead } from "./statementSpans.js";

/** SQLite runs a statement in one go: what a deadline can stop is the next one. */
export function timelyReads(source: DataSource): Reads {
  const connection = (source.driver as BetterSqlite3Driver).databaseConnection as object;
  return eachRead((name) => async (...args) => {
    throwIfPast();
    return name === "query" ? query(source, connection, args) : find(source.manager, name, args);
  });
}

/** Reads that outlive a node: what a lost connection or a deadlock broke is asked again. */
export function persistentReads({ source, counts, openPatience }: Ground): Reads {
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
        else if (isPast(error)) throw patience.unavailable() ?? error;
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
