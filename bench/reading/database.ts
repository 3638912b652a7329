import BetterSqlite3 from "better-sqlite3";
import mysql from "mysql2/promise";
import { plannedOnce } from "../../src/foundation/database/execute.js";

export type Row = Record<string, unknown>;
export type AskDatabase = (sql: string, params: readonly unknown[]) => Promise<Row[]> | Row[];

/**
 * The database without anything above its driver, as one writes it by hand: what BENCH_DATABASE names, a file or an address.
 * Texts go to it as ours do, so that SQLite plans them once.
 */
export function openDriver(): AskDatabase {
  const where = process.env.BENCH_DATABASE ?? "";
  if (where.startsWith("mysql://")) {
    const pool = mysql.createPool({ uri: where, timezone: "Z", charset: "utf8mb4_bin", connectionLimit: 10 });
    return async (sql, params) => (await pool.query(sql, [...params]))[0] as Row[];
  }
  const database = new BetterSqlite3(where, { readonly: true });
  const prepared = new Map<string, BetterSqlite3.Statement>();
  return (sql, params) => {
    let statement = prepared.get(sql);
    if (!statement) prepared.set(sql, (statement = database.prepare(plannedOnce(sql))));
    return statement.all(...params) as Row[];
  };
}
