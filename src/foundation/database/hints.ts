import type { Database } from "./Database.js";

// What an optimizer is told where it can't know better: SQLite keeps no figures of its tables, and MariaDB's and MySQL's are
// averages, which one large contract isn't, and suppose that what is asked for lies evenly, as what has expired doesn't.

type Engine = Database["engine"];

/** A column whose condition is only checked, because another one is the narrower: no database takes an index by it. */
export function checkedOnly(column: string): string {
  return `COALESCE(${column}, '')`;
}

/** `JOIN`, but the table before it is read first. */
export function thenJoin(engine: Engine): string {
  return engine === "sqlite" ? "CROSS JOIN" : "STRAIGHT_JOIN";
}

/** A table, by this index. SQLite finds it by itself: it has the columns that are asked for, in the list's order. */
export function byIndex(engine: Engine, table: string, index: string): string {
  return engine === "sqlite" ? table : `${table} FORCE INDEX (${index})`;
}
