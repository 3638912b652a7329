import type { EntityManager, ObjectLiteral } from "typeorm";
import { execute } from "./execute.js";
import { bound, tableOf, type EntityClass, type Table } from "./table.js";

const texts = new WeakMap<Table<ObjectLiteral>, { head: string; values: string }>();

/** Inserts whole rows, in one statement. Every column is said: nothing is left to a default. */
export async function insertRows<E extends ObjectLiteral>(tx: EntityManager, entity: EntityClass<E>, ...rows: readonly E[]): Promise<void> {
  if (rows.length === 0) return;
  const table = tableOf(tx, entity);
  const { head, values } = textsOf(table);
  const params: unknown[] = [];
  for (const row of rows) for (const { property } of table.columns) params.push(bound(tx, row[property]));
  await execute(tx, rows.length === 1 ? head + values : head + rows.map(() => values).join(", "), params);
}

function textsOf(table: Table<ObjectLiteral>): { head: string; values: string } {
  const { name, columns } = table;
  const known = texts.get(table) ?? {
    head: `INSERT INTO ${name} (${columns.map((column) => column.name).join(", ")}) VALUES `,
    values: `(${columns.map(() => "?").join(", ")})`,
  };
  texts.set(table, known);
  return known;
}
