import { QueryFailedError, type EntityManager, type QueryRunner } from "typeorm";
import type { AbstractSqliteDriver } from "typeorm/driver/sqlite-abstract/AbstractSqliteDriver.js";

/** What a statement brought: rows as lists of values in the order of its columns, and how many rows it wrote. */
export interface Executed {
  rows: unknown[][];
  affected: number;
}

/**
 * Runs one hand-written statement within this transaction, on its very connection, past TypeORM's machinery: that costs more
 * than the statement. Values are as the driver takes them. Fails as TypeORM's own statements do.
 */
export async function execute(tx: EntityManager, sql: string, params: unknown[]): Promise<Executed> {
  const runner = tx.queryRunner;
  if (!runner?.isTransactionActive) throw new Error("a statement outside of a transaction");
  try {
    return isEmbedded(tx) ? onSqlite(tx, sql, params) : await onServer(runner, sql, params);
  } catch (error) {
    throw new QueryFailedError(sql, params, error as Error);
  }
}

export function isEmbedded(tx: EntityManager): boolean {
  return tx.dataSource.options.type === "better-sqlite3";
}

/** What of better-sqlite3 is used here. */
interface SqliteConnection {
  prepare(sql: string): SqliteStatement;
}

interface SqliteStatement {
  readonly reader: boolean;
  raw(): this;
  all(...params: unknown[]): unknown[][];
  run(...params: unknown[]): { changes: number };
}

const prepared = new WeakMap<SqliteConnection, Map<string, SqliteStatement>>();

function onSqlite(tx: EntityManager, sql: string, params: unknown[]): Executed {
  const { databaseConnection } = tx.dataSource.driver as AbstractSqliteDriver & { databaseConnection: SqliteConnection };
  const statement = statementOf(databaseConnection, sql);
  if (statement.reader) return { rows: statement.all(...params), affected: 0 };
  return { rows: [], affected: statement.run(...params).changes };
}

const MOST_PREPARED = 500;

/** Each text is prepared once a connection; our texts are few, and those with lists in them soon come again. */
function statementOf(connection: SqliteConnection, sql: string): SqliteStatement {
  const known = prepared.get(connection) ?? new Map<string, SqliteStatement>();
  prepared.set(connection, known);
  const statement = known.get(sql) ?? connection.prepare(sql);
  if (known.size >= MOST_PREPARED) known.clear();
  if (!known.has(sql)) known.set(sql, statement.reader ? statement.raw() : statement);
  return statement;
}

/** What of mysql2's connection is used here. */
interface ServerConnection {
  query(options: { sql: string; values: unknown[]; rowsAsArray: true }, answer: (error: Error | null, result: unknown[][] | { affectedRows: number }) => void): void;
}

async function onServer(runner: QueryRunner, sql: string, values: unknown[]): Promise<Executed> {
  const connection = (await runner.connect()) as ServerConnection;
  return new Promise((resolve, reject) => {
    connection.query({ sql, values, rowsAsArray: true }, (error, result) => {
      if (error) reject(error);
      else resolve(Array.isArray(result) ? { rows: result, affected: 0 } : { rows: [], affected: result.affectedRows });
    });
  });
}
