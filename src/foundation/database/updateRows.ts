import type { EntityManager, ObjectLiteral } from "typeorm";
import { execute } from "./execute.js";
import { bound, columnNamed, tableOf, type EntityClass } from "./table.js";

/** What the rows have that are meant: these values, null for none. */
export type Seen<E> = { [K in keyof E]?: E[K] };

/** Some hand-written SQL with what it binds, as the driver takes it. */
export interface Clause {
  sql: string;
  params: unknown[];
}

/**
 * Changes the rows that are as `seen` says (and as `condition` does, in SQL with the table's own column names): how many that
 * were. The WHERE is where a compare-and-set names what it read.
 */
export async function updateRows<E extends ObjectLiteral>(
  tx: EntityManager, entity: EntityClass<E>, seen: Seen<E>, facts: Partial<E>, { set = [], condition }: { set?: string[]; condition?: Clause } = {},
): Promise<number> {
  const table = tableOf(tx, entity);
  const params: unknown[] = [];
  const assignments = Object.entries(facts).map(([property, value]) => {
    params.push(bound(tx, value));
    return `${columnNamed(table, property).name} = ?`;
  });
  const conditions = Object.entries(seen).map(([property, value]) => {
    const { name } = columnNamed(table, property);
    if (value === null) return `${name} IS NULL`;
    params.push(bound(tx, value));
    return `${name} = ?`;
  });
  if (conditions.length === 0) throw new Error(`a change of all of ${table.name}`);
  if (condition) {
    conditions.push(condition.sql);
    params.push(...condition.params);
  }
  const { affected } = await execute(tx, `UPDATE ${table.name} SET ${[...assignments, ...set].join(", ")} WHERE ${conditions.join(" AND ")}`, params);
  return affected;
}
