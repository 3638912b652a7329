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
    Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
  },
  commit: async (runner: QueryRunner): Promise<void> => {
    await run(runner, runner.dataSource, "COMMIT", []);
    Object.assign(runner, { isTransactionActive: false, transactionDepth: 0 });
  },
};

async function run(runner: QueryRunner, { options }: DataSource, sql: string, params: unknown[]): Promise<Executed> {
  const connection = connections.get(runner) ?? ((await runner.connect()) as SqliteConnection | ServerConnection);
  connections.set(runner, connection);
  const executed = () => (options.type === "better-sqlite3" ? onSqlite(connection as SqliteConnection, sql, params) : onServer(connection as ServerConnection, sql, params));
  try {
    return await (isTraced() ? inSpan("db.query", { "db.query.text": sql }, async () => executed()) : executed());
  } catch (error) {
    throw new QueryFailedError(sql, params, error as Error);
  }
}

/** Reads by one hand-written statement, outside of a transaction: rows as records, as TypeORM's `query` gives them. */
export async function readRecords(connection: object, { options }: DataSource, sql: string, params: unknown[] = []): Promise<unknown> {
  try {
    if (options.type === "better-sqlite3") {
      const statement = statementOf(connection as SqliteConnection, sql, "RECORDS");
      return statement.reader ? statement.all(...params) : statement.run(...params); // which the reader can't
    }
    return await answerOf(connection as ServerConnection, { sql, values: params, rowsAsArray: false, dateStrings: AS_TEXT }, (result) => result);
  } catch (error) {
    throw new QueryFailedError(sql, params, error as Error);
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

function onSqlite(connection: SqliteConnection, sql: string, params: unknown[]): Executed {
  const statement = statementOf(connection, sql, "LISTS");
  if (statement.reader) return { rows: statement.all(...params) as unknown[][], affected: 0 };
  return { rows: [], affected: statement.run(...params).changes };
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
      if (error) reject(error);
      else resolve(shaped(result));
    });
  });
}
