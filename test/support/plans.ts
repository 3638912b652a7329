import type { Database } from "../../src/foundation/database/Database.js";

export interface Plan {
  statement: string;
  /** What the database says of how it goes about it: a line for each table. */
  text: string;
  /** Rows that were looked at, in tables and indexes; 0 on SQLite, which doesn't tell. */
  examined: number;
}

/** How the database went about every list and look-up that `ask` read. */
export async function plansOf(db: Database, ask: (spied: Database) => Promise<unknown>): Promise<Plan[]> {
  const asked: [string, unknown[]][] = [];
  const reads = Object.assign(Object.create(db.reads) as typeof db.reads, {
    query: (text: string, params: unknown[] = []) => {
      asked.push([text, params]);
      return db.reads.query(text, params);
    },
  });
  await ask(Object.assign(Object.create(db) as Database, { reads }));
  return Promise.all(asked.map(([statement, params]) => (db.engine === "sqlite" ? ofSqlite(db, statement, params) : ofServer(db, statement, params))));
}

async function ofSqlite(db: Database, statement: string, params: unknown[]): Promise<Plan> {
  const lines: { detail: string }[] = await db.reads.query(`EXPLAIN QUERY PLAN ${statement}`, params);
  return { statement, text: lines.map(({ detail }) => detail).join("\n"), examined: 0 };
}

/** By running it: ANALYZE tells what was read, EXPLAIN what was expected. */
async function ofServer(db: Database, statement: string, params: unknown[]): Promise<Plan> {
  const [row]: { ANALYZE: string }[] = await db.reads.query(`ANALYZE FORMAT=JSON ${statement}`, params);
  const told = JSON.parse(row?.ANALYZE ?? "{}") as object;
  const tables = nodesOf(told).filter((node) => typeof node.table_name === "string");
  const text = tables.map(({ table_name: table, access_type: type, key }) => `${String(type)} ${String(table)} ${typeof key === "string" ? key : "-"}`);
  const isSorting = nodesOf(told).flatMap((node) => Object.entries(node)).filter(([name]) => name === "filesort").map(([, sort]) => `filesort of ${String((sort as Record<string, unknown>).r_output_rows)}`);
  const examined = tables.filter(({ table_name: table }) => !String(table).startsWith("<"))
    .reduce((sum, { r_rows: rows, r_loops: loops }) => sum + Number(rows ?? 0) * Number(loops ?? 0), 0);
  return { statement, text: [...text, ...isSorting].join("\n"), examined: Math.round(examined) };
}

function nodesOf(value: unknown): Record<string, unknown>[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : [value as Record<string, unknown>];
  return [...own, ...Object.values(value).flatMap(nodesOf)];
}

/** The same of everything that a deed reads within its transactions, done for the first time on this database. */
export async function plansOfDeed(db: Database, deed: (spied: Database) => Promise<unknown>): Promise<Plan[]> {
  const selects = (await statementsOfDeed(db, deed)).filter(([statement]) => statement.startsWith("SELECT"));
  return Promise.all(selects.map(([statement, params]) => (db.engine === "sqlite" ? ofSqlite(db, statement, statement.split("?").slice(1).map(() => null)) : ofServer(db, statement, params))));
}

/** What a deed sends within its transactions, but their two ends; on SQLite what it hadn't sent before. */
export async function statementsOfDeed(db: Database, deed: (spied: Database) => Promise<unknown>): Promise<[string, unknown[]][]> {
  const asked: [string, unknown[]][] = [];
  const transaction: Database["transaction"] = (work, outcome) => db.transaction(async (tx) => {
    const unheard = listenTo((await tx.queryRunner?.connect()) as RawConnection, (statement, params) => { asked.push([statement, params]); });
    try {
      return await work(tx);
    } finally {
      unheard();
    }
  }, outcome);
  await deed(Object.assign(Object.create(db) as Database, { transaction }));
  return asked;
}

interface RawConnection {
  /** On better-sqlite3: each text once. */
  prepare: (statement: string) => unknown;
  /** mysql2's alone. */
  query?: (options: { sql: string; values: unknown[] }, ...more: unknown[]) => unknown;
}

function listenTo(connection: RawConnection, hear: (statement: string, params: unknown[]) => void): () => void {
  const { prepare, query } = connection;
  if (query) {
    connection.query = (options, ...more) => {
      hear(options.sql, options.values);
      return query.call(connection, options, ...more);
    };
  } else {
    connection.prepare = (statement) => {
      hear(statement, []);
      return prepare.call(connection, statement);
    };
  }
  return () => { Reflect.deleteProperty(connection, query ? "query" : "prepare"); }; // the prototype's is there again
}
