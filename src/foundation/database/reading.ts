import type { EntityManager, ObjectLiteral } from "typeorm";
import { execute } from "./execute.js";
import { instantOf } from "./rows.js";
import { bound, columnNamed, tableOf, type Column, type EntityClass, type Table } from "./table.js";

/** Entities by the alias under which the statement has them: whole, or some of their properties. */
type Entities = Record<string, EntityClass<ObjectLiteral> | Part<ObjectLiteral>>;
type Found<T extends Entities> = { [A in keyof T]: (T[A] extends Part<infer P> ? P : T[A] extends EntityClass<infer E> ? E : never) | null } & { more: unknown[] };

interface Part<P> {
  entity: EntityClass<ObjectLiteral>;
  properties: readonly string[];
  /** What comes of it: for the compiler alone. */
  found?: P;
}

/** Some of an entity's properties, the key among them: a column that nobody looks at costs all the same. */
export function only<E extends ObjectLiteral, K extends keyof E & string>(entity: EntityClass<E>, ...properties: K[]): Part<Pick<E, K>> {
  return { entity, properties };
}

/**
 * A statement that reads whole entities, several a row: `SELECT` (theirs, then `more`) and its `rest`, from FROM on. One for
 * which a LEFT JOIN found nothing is null. `more` comes as the driver gives it. To be made once, and run in transactions.
 */
export function reading<T extends Entities>(entities: T, rest: string, more: readonly string[] = []): (tx: EntityManager, params: readonly unknown[]) => Promise<Found<T>[]> {
  let made: { sql: string; parts: { alias: string; part: Pick<Table<ObjectLiteral>, "entity" | "columns">; from: number }[]; end: number } | undefined;

  const make = (tx: EntityManager) => {
    let end = 0;
    const parts = Object.entries(entities).map(([alias, entity]) => {
      const part = "properties" in entity ? partOf(tx, entity) : tableOf(tx, entity);
      end += part.columns.length;
      return { alias, part, from: end - part.columns.length };
    });
    const columns = parts.flatMap(({ alias, part }) => part.columns.map(({ name }) => `${alias}.${name}`));
    return { sql: `SELECT ${[...columns, ...more].join(", ")} ${rest}`, parts, end };
  };

  return async (tx, params) => {
    const { sql, parts, end } = (made ??= make(tx));
    const { rows } = await execute(tx, sql, params.map(bound));
    return rows.map((row) => {
      const found: Record<string, unknown> = { more: row.slice(end) };
      for (const { alias, part, from } of parts) found[alias] = entityFrom(part, row, from);
      return found as Found<T>;
    });
  };
}

function partOf(tx: EntityManager, { entity, properties }: Part<ObjectLiteral>): Pick<Table<ObjectLiteral>, "entity" | "columns"> {
  const table = tableOf(tx, entity);
  return { entity, columns: properties.map((property) => columnNamed(table, property)) };
}

/** The first column is the key: where that is NULL, there is no row. */
function entityFrom({ entity, columns }: Pick<Table<ObjectLiteral>, "entity" | "columns">, row: unknown[], from: number): ObjectLiteral | null {
  if (row[from] === null) return null;
  const found = new entity();
  let at = from;
  for (const { property, kind } of columns) found[property] = hydrated(kind, row[at++]);
  return found;
}

function hydrated(kind: Column["kind"], value: unknown): unknown {
  if (value === null || kind === "PLAIN") return value;
  return kind === "FLAG" ? Boolean(value) : instantOf(value as Date | string);
}
