import type { EntityManager, ObjectLiteral } from "typeorm";
import { execute } from "./execute.js";
import { bound, tableOf, type EntityClass, type Table } from "./table.js";

interface Texts {
  /** For a single row, which most are. */
  one: string;
  head: string;
  values: string;
}

const texts = new WeakMap<Table<ObjectLiteral>, Texts>();

/** Inserts whole rows, in one statement. Every column is said: nothing is left to a default. */
export async function insertRows<E extends ObjectLiteral>(tx: EntityManager, entity: EntityClass<E>, ...rows: readonly E[]): Promise<void> {
  if (rows.length === 0) return;
  const table = tableOf(tx, entity);
  const { one, head, values } = textsOf(table);
  const params: unknown[] = [];
  for (const row of rows) for (const { property } of table.columns) params.push(bound(row[property]));
  await execute(tx, rows.length === 1 ? one : head + rows.map(() => values).join(", "), params);
}

function textsOf(table: Table<ObjectLiteral>): Texts {
  const known = texts.get(table);
  if (known) return known;
  const { name, columns } = table;
  const head = `INSERT INTO ${name} (${columns.map((column) => column.name).join(", ")}) VALUES `;
  const values = `(${columns.map(() => "?").join(", ")})`;
  const made = { one: head + values, head, values };
  texts.set(table, made);
  return made;
}
