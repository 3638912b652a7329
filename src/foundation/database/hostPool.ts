import type { PoolConnection, PoolOptions } from "mysql2";
import { createConnection } from "mysql2/promise";
import type { DataSource } from "typeorm";
import type { ServerSettings } from "../databaseSettings.js";
import { ConfigError } from "../environment.js";
import type { PoolFigures } from "./DatabaseFigures.js";
import { CONNECT_TIMEOUT_MS, knocked } from "./knocked.js";
import { nodeOf, openNode, type Node } from "./node.js";

/**
 * Several hosts as one pool: the first that serves is used, so that writers of one Galera cluster meet on one node; one
 * that failed is left out until it answers again, unless nothing else is left. Shaped as TypeORM's MySQL driver wants a pool.
 */
export function createHostPool(settings: ServerSettings, options: PoolOptions) {
  const nodes = settings.hosts.map((host) => openNode(host, settings, options));

  const getConnection = (answer: (error: Error | null, connection?: PoolConnection) => void) => {
    const inTurn = [
      ...nodes.filter((node) => node.outSince === undefined),
      ...nodes.filter((node) => node.outSince !== undefined).sort((a, b) => (a.outSince ?? 0) - (b.outSince ?? 0)),
    ];
    const attempt = ([node, ...others]: Node[], failure: unknown) => {
      if (!node) {
        answer(failure instanceof Error ? failure : new Error("no host"));
        return;
      }
      node.lend().then((connection) => { answer(null, connection); }, (error: unknown) => { attempt(others, error); });
    };
    attempt(inTurn, undefined);
  };

  const end = (answer: (error?: Error | null) => void) => {
    void Promise.all(nodes.map((node) => node.end())).then(
      () => { answer(); },
      (error: unknown) => { answer(error instanceof Error ? error : new Error(String(error))); },
    );
  };

  const figures = (): PoolFigures[] => nodes.map((node) => node.figures());

  return { getConnection, end, figures };
}

/** The pools of a DataSource that was opened over them; none of another one's. */
export function poolFiguresOf({ driver }: DataSource): PoolFigures[] {
  const { pool } = driver as { pool?: Partial<ReturnType<typeof createHostPool>> };
  return pool?.figures?.() ?? [];
}

/** Stops what this connection is at, from a connection of its own: the pool may have none left. Undefined for a connection of no pool here. */
export function interrupterOf(connection: object): (() => Promise<void>) | undefined {
  const node = nodeOf(connection);
  const { threadId } = connection as { threadId?: unknown };
  if (!node || typeof threadId !== "number") return undefined;
  return async () => {
    const { user, password, database } = node.settings;
    const other = await createConnection({ ...node.host, user, password, database, connectTimeout: CONNECT_TIMEOUT_MS });
    try {
      await other.query({ sql: `KILL QUERY ${String(threadId)}`, timeout: CONNECT_TIMEOUT_MS });
    } finally {
      other.destroy();
    }
  };
}

/** To be told when a node took the connection but can't serve (no quorum, shutting down). */
export function leaveOutNodeOf(connection: object): void {
  nodeOf(connection)?.leaveOut();
}

/** Asks the first host that answers what it is. */
export async function serverVersion(settings: ServerSettings): Promise<string> {
  let failure: unknown;
  for (const host of settings.hosts) {
    try {
      return (await knocked(host, settings)).version;
    } catch (error) {
      failure = error;
    }
  }
  throw new ConfigError("DATABASE_URL", `a server that lets us in (${failure instanceof Error ? failure.message : "no host answers"})`);
}
