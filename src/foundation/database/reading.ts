import type { EntityManager, ObjectLiteral } from "typeorm";
import { execute } from "./execute.js";
import { instantOf } from "./rows.js";
import { bound, tableOf, type Column, type EntityClass, type Table } from "./table.js";

/** Entities by the alias under which the statement has them. */
type Entities = Record<string, EntityClass<ObjectLiteral>>;
type Found<T extends Entities> = { [A in keyof T]: InstanceType<T[A]> | null } & { more: unknown[] };

/**
 * A statement that reads whole entities, several a row: `SELECT` (theirs, then `more`) and its `rest`, from FROM on. One for
 * which a LEFT JOIN found nothing is null. `more` comes as the driver gives it. To be made once, and run in transactions.
 */
export function reading<T extends Entities>(entities: T, rest: string, more: readonly string[] = []): (tx: EntityManager, params: readonly unknown[]) => Promise<Found<T>[]> {
  let made: { sql: string; parts: { alias: string; table: Table<ObjectLiteral>; from: number }[]; end: number } | undefined;

  const make = (tx: EntityManager) => {
    let end = 0;
    const parts = Object.entries(entities).map(([alias, entity]) => {
      const table = tableOf(tx, entity);
      end += table.columns.length;
      return { alias, table, from: end - table.columns.length };
    });
    const columns = parts.flatMap(({ alias, table }) => table.columns.map(({ name }) => `${alias}.${name}`));
    return { sql: `SELECT ${[...columns, ...more].join(", ")} ${rest}`, parts, end };
  };

  return async (tx, params) => {
    const { sql, parts, end } = (made ??= make(tx));
    const { rows } = await execute(tx, sql, params.map((value) => bound(tx, value)));
    return rows.map((row) => {
      const found: Record<string, unknown> = { more: row.slice(end) };
      for (const { alias, table, from } of parts) found[alias] = entityFrom(table, row, from);
      return found as Found<T>;
    });
  };
}

/** A table's first column is its key: where that is NULL, there is no row. */
function entityFrom({ entity, columns }: Table<ObjectLiteral>, row: unknown[], from: number): ObjectLiteral | null {
  if (row[from] === null) return null;
  const found = new entity();
  for (let at = 0; at < columns.length; at++) {
    const { property, kind } = columns[at] as Column;
    found[property] = hydrated(kind, row[from + at]);
  }
  return found;
}

function hydrated(kind: Column["kind"], value: unknown): unknown {
  if (value === null || kind === "PLAIN") return value;
  return kind === "FLAG" ? Boolean(value) : instantOf(value as Date | string);
}
