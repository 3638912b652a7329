import BetterSqlite3 from "better-sqlite3";
import mysql, { type Pool, type PoolConnection } from "mysql2";
import { plannedOnce } from "../../src/foundation/database/execute.js";
import type { FreshDatabase } from "../../test/support/engine.js";

/** Who acts. */
export interface Acting {
  userId: string;
  loginId: string;
  sessionId: string;
  contractId: string;
  bankId: string;
  requestId: string;
  address: string;
}

export interface Done {
  rows: unknown[][];
  affected: number;
}

/** What a transaction asks, one statement after the other by its name, and what comes of it. */
export type Steps<N extends string, T> = Generator<[N, unknown[]], T, Done>;

/** Transactions of these statements on the bare driver, as its guide has it. */
export interface Transactions<N extends string> {
  run<T>(steps: (at: (instant: Date) => unknown) => Steps<N, T>): Promise<T>;
  ask(name: N, params: unknown[]): Promise<unknown[][]>;
  close(): Promise<unknown>;
}

export function openTransactions<N extends string>({ file, url }: FreshDatabase, connections: number, statements: Record<N, string>): Transactions<N> {
  return file ? onSqlite(file, statements) : onServer(url ?? "", connections, statements);
}

/** On better-sqlite3: prepared statements, one synchronous transaction. */
function onSqlite<N extends string>(file: string, statements: Record<N, string>): Transactions<N> {
  const db = new BetterSqlite3(file);
  db.pragma("synchronous = FULL");
  db.pragma("foreign_keys = ON");
  const prepared = Object.fromEntries(Object.entries<string>(statements).map(([name, sql]) => {
    const statement = db.prepare<unknown[], unknown[]>(plannedOnce(sql));
    return [name, statement.reader ? statement.raw() : statement];
  })) as Record<N, BetterSqlite3.Statement<unknown[], unknown[]>>;
  const text = (instant: Date) => instant.toISOString().replace("T", " ").replace("Z", "");
  const done = ([name, params]: [N, unknown[]]): Done => {
    const statement = prepared[name];
    return statement.reader ? { rows: statement.all(...params), affected: 0 } : { rows: [], affected: statement.run(...params).changes };
  };
  const transaction = db.transaction((steps: Steps<N, unknown>) => {
    for (let step = steps.next({ rows: [], affected: 0 }); ; step = steps.next(done(step.value))) if (step.done) return step.value;
  });
  return {
    run: <T>(steps: (at: (instant: Date) => unknown) => Steps<N, T>) => Promise.resolve(transaction.immediate(steps(text)) as T),
    ask: (name, params) => Promise.resolve(prepared[name].all(...params)),
    close: () => Promise.resolve(db.close()),
  };
}

/** On mysql2: a connection of a pool, statement by statement. */
function onServer<N extends string>(url: string, connectionLimit: number, statements: Record<N, string>): Transactions<N> {
  const pool = mysql.createPool({ uri: url, timezone: "Z", charset: "utf8mb4_bin", connectionLimit });
  pool.on("connection", (connection) => { connection.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", () => undefined); });
  const lent = async <T>(use: (connection: PoolConnection) => Promise<T>): Promise<T> => {
    const connection = await connectionOf(pool);
    try {
      return await use(connection);
    } finally {
      connection.release();
    }
  };
  return {
    run: (steps) => lent(async (connection) => {
      await query(connection, "START TRANSACTION");
      const asking = steps((instant) => instant);
      for (let step = asking.next({ rows: [], affected: 0 }); ; step = asking.next(await query(connection, statements[step.value[0]], step.value[1]))) {
        if (!step.done) continue;
        await query(connection, "COMMIT");
        return step.value;
      }
    }),
    ask: (name, params) => lent(async (connection) => (await query(connection, statements[name], params)).rows),
    close: () => pool.promise().end(),
  };
}

function connectionOf(pool: Pool): Promise<PoolConnection> {
  return new Promise((resolve, reject) => { pool.getConnection((error, connection) => { if (error) reject(error); else resolve(connection); }); });
}

function query(connection: PoolConnection, sql: string, values: unknown[] = []): Promise<Done> {
  return new Promise((resolve, reject) => {
    connection.query({ sql, values, rowsAsArray: true }, (error, result) => {
      if (error) reject(error);
      else resolve(Array.isArray(result) ? { rows: result as unknown[][], affected: 0 } : { rows: [], affected: (result as { affectedRows: number }).affectedRows });
    });
  });
}
