import mysql, { type Pool, type PoolConnection, type PoolOptions } from "mysql2";
import { createConnection } from "mysql2/promise";
import type { DataSource } from "typeorm";
import type { Host, ServerSettings } from "../databaseSettings.js";
import { ConfigError } from "../environment.js";
import type { PoolFigures } from "./DatabaseFigures.js";

const LEFT_OUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 3_000;

interface Node {
  host: Host;
  settings: ServerSettings;
  pool: Pool;
  outUntil: number; // on the monotonic clock
}

const nodeOf = new WeakMap<object, Node>();

/**
 * Several hosts as one pool: the first that answers serves, so that writers of one Galera cluster meet on one node;
 * one that failed is left out for a while, unless nothing else is left. Shaped as TypeORM's MySQL driver wants a pool.
 */
export function createHostPool(settings: ServerSettings, options: PoolOptions) {
  const nodes: Node[] = settings.hosts.map((host) => ({ host, settings, pool: poolOf(host, options), outUntil: 0 }));

  const getConnection = (answer: (error: Error | null, connection?: PoolConnection) => void) => {
    const now = performance.now();
    const inTurn = [
      ...nodes.filter((node) => node.outUntil <= now),
      ...nodes.filter((node) => node.outUntil > now).sort((a, b) => a.outUntil - b.outUntil),
    ];
    const attempt = (index: number) => {
      const node = inTurn[index];
      node?.pool.getConnection((error, connection) => {
        if (!error) {
          nodeOf.set(connection, node);
          answer(null, connection);
          return;
        }
        leaveOut(node);
        if (index + 1 < inTurn.length) attempt(index + 1);
        else answer(error);
      });
    };
    attempt(0);
  };

  const end = (answer: (error?: Error | null) => void) => {
    void Promise.all(nodes.map((node) => node.pool.promise().end())).then(
      () => { answer(); },
      (error: unknown) => { answer(error instanceof Error ? error : new Error(String(error))); },
    );
  };

  // mysql2 says of its pools nothing in public; where it names its lists otherwise one day, the figures are 0.
  const figures = (): PoolFigures[] => nodes.map(({ host, settings: { poolSize }, pool }) => {
    const { _allConnections: all, _freeConnections: free, _connectionQueue: waiting } = pool as unknown as Record<string, { length: number } | undefined>;
    const idle = free?.length ?? 0;
    return { host: `${host.host}:${String(host.port)}`, inUse: (all?.length ?? 0) - idle, idle, most: poolSize, waiting: waiting?.length ?? 0 };
  });

  return { getConnection, end, figures };
}

/** The pools of a DataSource that was opened over them; none of another one's. */
export function poolFiguresOf({ driver }: DataSource): PoolFigures[] {
  const { pool } = driver as { pool?: Partial<ReturnType<typeof createHostPool>> };
  return pool?.figures?.() ?? [];
}

/** Stops what this connection is at, from a connection of its own: the pool may have none left. Undefined for a connection of no pool here. */
export function interrupterOf(connection: object): (() => Promise<void>) | undefined {
  const node = nodeOf.get(connection);
  const { threadId } = connection as { threadId?: unknown };
  if (!node || typeof threadId !== "number") return undefined;
  return async () => {
    const { user, password, database } = node.settings;
    const other = await createConnection({ ...node.host, user, password, database, connectTimeout: CONNECT_TIMEOUT_MS });
    try {
      await other.query(`KILL QUERY ${String(threadId)}`);
    } finally {
      await other.end();
    }
  };
}

/** To be told when a node took the connection but can't serve (no quorum, shutting down). */
export function leaveOutNodeOf(connection: object): void {
  const node = nodeOf.get(connection);
  if (node) leaveOut(node);
}

function leaveOut(node: Node): void {
  node.outUntil = performance.now() + LEFT_OUT_MS;
}

function poolOf(host: Host, options: PoolOptions): Pool {
  const pool = mysql.createPool({ ...options, ...host, connectTimeout: CONNECT_TIMEOUT_MS, enableKeepAlive: true });
  // Once a connection, not once a transaction. mysql2 sends in order, so nothing runs before it.
  pool.on("connection", (connection) => {
    connection.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", () => undefined);
    connection.query("SET SESSION wsrep_sync_wait = 1", () => undefined); // Galera: reads see what was written; unknown elsewhere
  });
  return pool;
}

/** Asks the first host that answers what it is. */
export async function serverVersion(settings: ServerSettings): Promise<string> {
  let failure: unknown;
  for (const host of settings.hosts) {
    try {
      const { user, password, database } = settings;
      const connection = await createConnection({ ...host, user, password, database, connectTimeout: CONNECT_TIMEOUT_MS });
      const [rows] = await connection.query("SELECT VERSION() AS version");
      await connection.end();
      return (rows as { version: string }[])[0]?.version ?? "";
    } catch (error) {
      failure = error;
    }
  }
  throw new ConfigError("DATABASE_URL", `a server that lets us in (${failure instanceof Error ? failure.message : "no host answers"})`);
}
