import type { EntityManager, ObjectLiteral } from "typeorm";
import { reading } from "./reading.js";
import { columnNamed, tableOf, type EntityClass } from "./table.js";

type Read = ReturnType<typeof reading<{ r: EntityClass<ObjectLiteral> }>>;

const reads = new Map<string, Read>();

/** A row that has these values (null for none), read in this transaction; or null. */
export async function findRow<E extends ObjectLiteral>(tx: EntityManager, entity: EntityClass<E>, seen: { [K in keyof E]?: E[K] }): Promise<E | null> {
  const table = tableOf(tx, entity);
  const conditions = Object.entries(seen).map(([property, value]) => `r.${columnNamed(table, property).name} ${value === null ? "IS NULL" : "= ?"}`);
  const rest = `FROM ${table.name} r WHERE ${conditions.join(" AND ")} LIMIT 1`;
  const read = reads.get(rest) ?? reading({ r: entity }, rest);
  reads.set(rest, read);
  const [found] = await read(tx, Object.values(seen).filter((value) => value !== null));
  return (found?.r as E | undefined) ?? null;
}

/** The row that must be there. */
export async function findRowOrFail<E extends ObjectLiteral>(tx: EntityManager, entity: EntityClass<E>, seen: { [K in keyof E]?: E[K] }): Promise<E> {
  const row = await findRow(tx, entity, seen);
  if (!row) throw new Error(`no such row of ${tableOf(tx, entity).name}`);
  return row;
}
