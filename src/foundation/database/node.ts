import type { Socket } from "node:net";
import mysql, { type Pool, type PoolConnection, type PoolOptions } from "mysql2";
import type { Host, ServerSettings } from "../databaseSettings.js";
import { withinTime } from "../withinTime.js";
import type { PoolFigures } from "./DatabaseFigures.js";
import { knocked, CONNECT_TIMEOUT_MS } from "./knocked.js";

const LOOKED_AFTER_EVERY_MS = 500;
/** After so long without an answer it is asked whether the host is still there; where there is no other, patience costs nothing. */
const SILENT_MS = { oneOfSeveral: 2_000, theOnlyOne: 10_000 };

/** One host of the database, with its connections. */
export interface Node {
  readonly host: Host;
  readonly settings: ServerSettings;
  /** Since when it is left out, on the monotonic clock; undefined while it serves. */
  readonly outSince: number | undefined;
  /** A connection of its own. Rejects where the host can't be reached, or is found dead while it is waited for. */
  lend(): Promise<PoolConnection>;
  /** Until it answers that it serves, only who has no other host asks it. */
  leaveOut(): void;
  figures(): PoolFigures;
  end(): Promise<void>;
}

const nodes = new WeakMap<object, Node>();

/** Whose connection it is. Undefined for a connection of no pool here. */
export function nodeOf(connection: object): Node | undefined {
  return nodes.get(connection);
}

/**
 * A host that dies hangs up, and whoever asks it knows. One that is frozen, or whose network is gone, says nothing for ever:
 * where a statement takes its time, the host is asked by another connection, and where that gets no answer either, all that
 * wait for it are told that it is lost.
 */
export function openNode(host: Host, settings: ServerSettings, options: PoolOptions): Node {
  const pool = poolOf(host, options);
  const connections = new Set<PoolConnection>();
  const lentAt = new Map<PoolConnection, number>();
  const waiting = new Set<(error: Error) => void>();
  const longestSilence = settings.hosts.length > 1 ? SILENT_MS.oneOfSeveral : SILENT_MS.theOnlyOne;
  let outSince: number | undefined;
  let isLooking = false;
  let lastLook = performance.now();
  let heldUpAt = 0; // when this process itself was found not to have listened

  pool.on("connection", (connection) => {
    connections.add(connection);
    const forget = () => {
      connections.delete(connection);
      lentAt.delete(connection); // one that dies while it is lent is never given back
    };
    connection.on("end", forget).on("error", forget);
  });
  pool.on("release", (connection) => { lentAt.delete(connection); });

  /** At once: mysql2's own farewell waits for an answer. */
  const hangUp = (why?: Error) => {
    for (const { stream } of connections as unknown as Set<{ stream: Socket }>) stream.destroy(why);
  };
  const leaveOut = () => { outSince = performance.now(); };
  const giveUp = () => {
    leaveOut();
    const lost = Object.assign(new Error("the host doesn't answer any more"), { code: "ETIMEDOUT" });
    for (const reject of waiting) reject(lost);
    hangUp(lost);
    connections.clear();
    lentAt.clear();
  };

  const look = async () => {
    const now = performance.now();
    if (now - lastLook > 2 * LOOKED_AFTER_EVERY_MS) heldUpAt = now;
    lastLook = now;
    const isSilent = [...lentAt.values()].some((at) => now - at > longestSilence);
    if (isLooking || (outSince === undefined && !isSilent)) return;
    isLooking = true;
    try {
      const { isReady } = await knocked(host, settings);
      outSince = isReady ? undefined : (outSince ?? now);
      for (const connection of lentAt.keys()) lentAt.set(connection, performance.now()); // it is there, and at work
    } catch (error) {
      const { errno } = error as { errno?: unknown };
      const isAnswer = typeof errno === "number" && errno > 0; // too many connections, say; the system's own are negative
      if (!isAnswer && heldUpAt <= now) giveUp();
    } finally {
      isLooking = false;
    }
  };
  const looking = setInterval(() => void look(), LOOKED_AFTER_EVERY_MS).unref();

  const node: Node = {
    host,
    settings,
    get outSince() { return outSince; },
    leaveOut,
    figures: () => ({
      host: `${host.host}:${String(host.port)}`, inUse: lentAt.size, idle: Math.max(0, connections.size - lentAt.size), most: settings.poolSize, waiting: waiting.size,
    }),
    lend: () => new Promise((resolve, reject) => {
      waiting.add(reject);
      pool.getConnection((error, connection) => {
        const isWaitedFor = waiting.delete(reject);
        if (error) {
          leaveOut();
          reject(error);
        } else if (!isWaitedFor) {
          connection.release();
        } else {
          nodes.set(connection, node);
          lentAt.set(connection, performance.now());
          resolve(connection);
        }
      });
    }),
    end: async () => {
      clearInterval(looking);
      await withinTime(pool.promise().end(), CONNECT_TIMEOUT_MS, "taking leave").catch(() => undefined); // of a host that is gone there is none to take
      hangUp();
    },
  };
  return node;
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
