import BetterSqlite3 from "better-sqlite3";
import fastify, { type FastifyInstance } from "fastify";
import mysql, { type Pool, type PoolConnection } from "mysql2";
import { hashOfToken } from "../../src/identity/sessionToken.js";
import type { FreshDatabase } from "../../test/support/engine.js";
import { reissueOnServer, reissueOnSqlite, type ByHand } from "./reissue.js";

/** The hand-written server over one database. */
export interface Reissuer {
  reissue(request: ByHand, now: Date): Promise<{ code: string; certificateId: string; loginId: string; displayName: string }>;
  /** Whose session this is: user, login ID, session, contract, bank. */
  whoBears(token: string): Promise<string[]>;
  close(): Promise<unknown>;
}

const SESSION = `SELECT s.user_id, u.login_id, s.id, u.contract_id, u.bank_id FROM sessions s JOIN users u ON u.id = s.user_id JOIN banks b ON b.id = u.bank_id
                  WHERE s.token_hash = ? AND s.is_current = 1`;

export function openReissuer({ file, url }: FreshDatabase, connections: number): Reissuer {
  return file ? onSqlite(file) : onServer(url ?? "", connections);
}

function onSqlite(file: string): Reissuer {
  const db = new BetterSqlite3(file);
  db.pragma("synchronous = FULL");
  db.pragma("foreign_keys = ON");
  const session = db.prepare<string[], string[]>(SESSION).raw();
  return {
    reissue: reissueOnSqlite(db),
    whoBears: (token) => Promise.resolve(session.get(hashOfToken(token)) ?? []),
    close: () => Promise.resolve(db.close()),
  };
}

function onServer(url: string, connectionLimit: number): Reissuer {
  const pool = mysql.createPool({ uri: url, timezone: "Z", charset: "utf8mb4_bin", connectionLimit });
  pool.on("connection", (connection) => { connection.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", () => undefined); });
  return {
    reissue: async (request, now) => {
      const connection = await connectionOf(pool);
      try {
        return await reissueOnServer(connection, request, now);
      } finally {
        connection.release();
      }
    },
    whoBears: (token) => new Promise((resolve, reject) => {
      pool.query({ sql: SESSION, values: [hashOfToken(token)], rowsAsArray: true }, (error, rows) => {
        if (error) reject(error);
        else resolve((rows as unknown as string[][])[0] ?? []);
      });
    }),
    close: () => pool.promise().end(),
  };
}

function connectionOf(pool: Pool): Promise<PoolConnection> {
  return new Promise((resolve, reject) => { pool.getConnection((error, connection) => { if (error) reject(error); else resolve(connection); }); });
}

/** One route, as one would write it by hand: whose token, the transaction, the same facts as JSON. */
export function reissueRoute(reissuer: Reissuer, now: () => Date): FastifyInstance {
  const app = fastify({ logger: false });
  app.post<{ Body: { userId: string; expectedVersion: number; idempotencyKey: string } }>("/reissue", async ({ headers, body, id }) => {
    const [userId = "", loginId = "", sessionId = "", contractId = "", bankId = ""] = await reissuer.whoBears((headers.authorization ?? "").slice(7));
    const master = { userId, loginId, sessionId, contractId, bankId, requestId: id, address: "127.0.0.1" };
    const done = await reissuer.reissue({ master, userId: body.userId, version: body.expectedVersion, idempotencyKey: body.idempotencyKey }, now());
    return { user: { id: body.userId, version: body.expectedVersion + 1, displayName: done.displayName }, certificate: { id: done.certificateId, status: "PENDING" }, enrollmentCode: done.code };
  });
  return app;
}
