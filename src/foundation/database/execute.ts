import { inSpan, isTraced } from "../spans.js";
import { QueryFailedError, type DataSource, type EntityManager, type QueryRunner } from "typeorm";

/** What a statement brought: rows as lists of values in the order of its columns, and how many rows it wrote. */
export interface Executed {
  rows: unknown[][];
  affected: number;
}

/**
 * Runs one hand-written statement within this transaction, on its very connection, past TypeORM's machinery: that costs more
 * than the statement. Values are as the driver takes them. Fails as TypeORM's own statements do.
 */
export function execute(tx: EntityManager, sql: string, params: unknown[]): Promise<Executed> {
  const runner = tx.queryRunner;
  if (!runner?.isTransactionActive) return Promise.reject(new Error("a statement outside of a transaction"));
  return run(runner, tx.dataSource, sql, params);
}

/** A transaction's two ends, so that TypeORM knows of them. */
export const bounds = {
  begin: async (runner: QueryRunner): Promise<void> => {
    await run(runner, runner.dataSource, runner.dataSource.options.type === "better-sqlite3" ? "BEGIN" : "START TRANSACTION", []);
    tellTypeOrm(runner, true);
  },
  commit: async (runner: QueryRunner): Promise<void> => {
    await run(runner, runner.dataSource, "COMMIT", []);
    tellTypeOrm(runner, false);
  },
};

function tellTypeOrm(runner: QueryRunner, isActive: boolean): void {
  const state = runner as { isTransactionActive: boolean; transactionDepth?: number };
  state.isTransactionActive = isActive;
  state.transactionDepth = isActive ? 1 : 0;
}

/** Of what a statement goes through nothing is an async function: each takes its time, and a deed has a dozen statements. */
function run(runner: QueryRunner, source: DataSource, sql: string, params: unknown[]): Promise<Executed> {
  const connection = connections.get(runner);
  if (!connection) return connected(runner).then(() => run(runner, source, sql, params));
  const executed = source.options.type === "better-sqlite3" ? onSqlite : onServer;
  if (isTraced()) return inSpan("db.query", { "db.query.text": sql }, () => executed(connection as never, sql, params));
  return executed(connection as never, sql, params);
}

async function connected(runner: QueryRunner): Promise<void> {
  connections.set(runner, (await runner.connect()) as SqliteConnection | ServerConnection);
}

/** Reads by one hand-written statement, outside of a transaction: rows as records, as TypeORM's `query` gives them. */
export function readRecords(connection: object, { options }: DataSource, sql: string, params: unknown[] = []): Promise<unknown> {
  if (options.type !== "better-sqlite3") return answerOf(connection as ServerConnection, { sql, values: params, rowsAsArray: false, dateStrings: AS_TEXT }, (result) => result);
  try {
    const statement = statementOf(connection as SqliteConnection, sql, "RECORDS");
    return Promise.resolve(statement.reader ? statement.all(...params) : statement.run(...params)); // which the reader can't
  } catch (error) {
    return Promise.reject(new QueryFailedError(sql, params, error as Error));
  }
}

/** A runner has one connection as long as it is anybody's. */
const connections = new WeakMap<QueryRunner, SqliteConnection | ServerConnection>();

/** What of better-sqlite3 is used here. */
interface SqliteConnection {
  prepare(sql: string): SqliteStatement;
}

interface SqliteStatement {
  readonly reader: boolean;
  raw(): this;
  all(...params: unknown[]): unknown[];
  run(...params: unknown[]): { changes: number };
}

type Shape = "LISTS" | "RECORDS";
const prepared: Record<Shape, WeakMap<SqliteConnection, Map<string, SqliteStatement>>> = { LISTS: new WeakMap(), RECORDS: new WeakMap() };

function onSqlite(connection: SqliteConnection, sql: string, params: unknown[]): Promise<Executed> {
  try {
    const statement = statementOf(connection, sql, "LISTS");
    return Promise.resolve(statement.reader ? { rows: statement.all(...params) as unknown[][], affected: 0 } : { rows: [], affected: statement.run(...params).changes });
  } catch (error) {
    return Promise.reject(new QueryFailedError(sql, params, error as Error));
  }
}

const MOST_PREPARED = 500;

/** Each text is prepared once a connection; our texts are few, and those with lists in them soon come again. */
function statementOf(connection: SqliteConnection, sql: string, shape: Shape): SqliteStatement {
  let all = prepared[shape].get(connection);
  if (!all) prepared[shape].set(connection, (all = new Map<string, SqliteStatement>()));
  const known = all.get(sql);
  if (known) return known;
  const statement = connection.prepare(plannedOnce(sql));
  if (all.size >= MOST_PREPARED) all.clear();
  all.set(sql, statement.reader && shape === "LISTS" ? statement.raw() : statement);
  return statement;
}

/**
 * SQLite plans a statement anew whenever a value is bound that might matter to the plan (sqlite3VdbeReprepareOnBind), which
 * takes longer than the statement. No plan of ours depends on a value, and of what stands behind a plus it doesn't ask.
 */
export function plannedOnce(sql: string): string {
  return sql.replaceAll("?", "+?");
}

interface ServerQuery {
  sql: string;
  values: unknown[];
  rowsAsArray: boolean;
  dateStrings: string[];
}

/** Instants come as text, as SQLite gives them: the driver's own dates take longer to make, and many are never looked at. */
const AS_TEXT = ["DATETIME"];

/** What of mysql2's connection is used here. */
interface ServerConnection {
  query(options: ServerQuery, answer: (error: Error | null, result: ServerResult) => void): void;
}

/** Rows, or what a write came to. */
type ServerResult = unknown[] | { affectedRows: number };

function onServer(connection: ServerConnection, sql: string, values: unknown[]): Promise<Executed> {
  return answerOf(connection, { sql, values, rowsAsArray: true, dateStrings: AS_TEXT }, executedBy);
}

function executedBy(result: ServerResult): Executed {
  return Array.isArray(result) ? { rows: result as unknown[][], affected: 0 } : { rows: [], affected: result.affectedRows };
}

function answerOf<T>(connection: ServerConnection, options: ServerQuery, shaped: (result: ServerResult) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    connection.query(options, (error, result) => {
      if (error) reject(new QueryFailedError(options.sql, options.values, error));
      else resolve(shaped(result));
    });
  });
}
