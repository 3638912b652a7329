import type { EntityManager, ObjectLiteral } from "typeorm";

export type EntityClass<E extends ObjectLiteral> = new () => E;

/** How an entity stands in its table, as hand-made statements need it: looked up once. */
export interface Table<E extends ObjectLiteral> {
  name: string;
  entity: EntityClass<E>;
  columns: readonly Column[];
  columnOf: ReadonlyMap<string, Column>;
}

export interface Column {
  property: string;
  /** Quoted; the quotes are understood by all our engines. */
  name: string;
  kind: "INSTANT" | "FLAG" | "PLAIN";
}

const tables = new WeakMap<EntityClass<ObjectLiteral>, Table<ObjectLiteral>>();

export function tableOf<E extends ObjectLiteral>(tx: EntityManager, entity: EntityClass<E>): Table<E> {
  return (tables.get(entity) ?? readTable(tx, entity)) as unknown as Table<E>;
}

function readTable(tx: EntityManager, entity: EntityClass<ObjectLiteral>): Table<ObjectLiteral> {
  const { tableName, columns } = tx.dataSource.getMetadata(entity);
  const all = columns.map(({ propertyName: property, databaseName, type }): Column => ({
    property, name: `\`${databaseName}\``, kind: type === "datetime" ? "INSTANT" : type === "boolean" ? "FLAG" : "PLAIN",
  }));
  const table = { name: tableName, entity, columns: all, columnOf: new Map(all.map((column) => [column.property, column])) };
  tables.set(entity, table);
  return table;
}

export function columnNamed<E extends ObjectLiteral>({ name, columnOf }: Table<E>, property: string): Column {
  const column = columnOf.get(property);
  if (!column) throw new Error(`${name} has no ${property}`);
  return column;
}

/** A value as all our drivers take it: SQLite's knows neither instants nor truth, and mysql2 writes an instant as this same text, but takes longer. */
export function bound(value: unknown): unknown {
  if (value === undefined) throw new Error("a value that isn't there"); // mysql2 would take it for NULL
  if (typeof value === "boolean") return value ? 1 : 0;
  return value instanceof Date ? textOf(value) : value;
}

let last = { time: NaN, text: "" };

/** A deed says its own instant many times over: the last one is kept. */
function textOf(instant: Date): string {
  const time = instant.getTime();
  if (time !== last.time) {
    const iso = instant.toISOString();
    last = { time, text: `${iso.slice(0, 10)} ${iso.slice(11, -1)}` };
  }
  return last.text;
}
