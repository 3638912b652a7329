import type { EntityManager, ObjectLiteral } from "typeorm";
import { execute } from "./execute.js";
import { bound, columnNamed, tableOf, type EntityClass, type Table } from "./table.js";

/** What the rows have that are meant: these values, null for none. */
export type Seen<E> = { [K in keyof E]?: E[K] };

/** Some hand-written SQL with what it binds, as the driver takes it. The text is one of a few. */
export interface Clause {
  sql: string;
  params: readonly unknown[];
}

/**
 * Changes the rows that are as `seen` says (and as `condition` does, in SQL with the table's own column names): how many that
 * were. The WHERE is where a compare-and-set names what it read. `set`: a change that is reckoned from what is there.
 */
export async function updateRows<E extends ObjectLiteral>(
  tx: EntityManager, entity: EntityClass<E>, seen: Seen<E>, facts: Partial<E>, { set = "", condition }: { set?: string; condition?: Clause } = {},
): Promise<number> {
  const table = tableOf(tx, entity);
  const params: unknown[] = [];
  let text = textOf(table).at(set).at(condition?.sql ?? "");
  for (const property in facts) {
    params.push(bound(facts[property]));
    text = text.at(property);
  }
  text = text.at("");
  for (const property in seen) {
    const value = seen[property];
    if (value !== null) params.push(bound(value));
    text = text.at(property).at(value === null ? "IS NULL" : "= ?");
  }
  if (condition) params.push(...condition.params);
  const { affected } = await execute(tx, (text.sql ??= written(table, seen, facts, set, condition)), params);
  return affected;
}

function written<E extends ObjectLiteral>(table: Table<E>, seen: Seen<E>, facts: Partial<E>, set: string, condition: Clause | undefined): string {
  const assignments = Object.keys(facts).map((property) => `${columnNamed(table, property).name} = ?`);
  const conditions = Object.entries(seen).map(([property, value]) => `${columnNamed(table, property).name} ${value === null ? "IS NULL" : "= ?"}`);
  if (conditions.length === 0) throw new Error(`a change of all of ${table.name}`);
  return `UPDATE ${table.name} SET ${[...assignments, ...(set ? [set] : [])].join(", ")} WHERE ${[...conditions, ...(condition ? [condition.sql] : [])].join(" AND ")}`;
}

/** A text by what it is made of, word by word: putting it together and hashing it each time would cost more than the statement. */
class Text {
  private readonly next = new Map<string, Text>();
  sql: string | undefined;

  at(word: string): Text {
    let found = this.next.get(word);
    if (!found) this.next.set(word, (found = new Text()));
    return found;
  }
}

const texts = new WeakMap<Table<ObjectLiteral>, Text>();

function textOf(table: Table<ObjectLiteral>): Text {
  const known = texts.get(table);
  if (known) return known;
  const made = new Text();
  texts.set(table, made);
  return made;
}
