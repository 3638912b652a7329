import { randomUUID } from "node:crypto";
import { createConnection, type Connection } from "mysql2/promise";
import type { QueryRunner } from "typeorm";
import type { Host } from "../databaseSettings.js";
import { isNodeFailure } from "./errors.js";
import { CONNECT_TIMEOUT_MS } from "./knocked.js";
import { nodeOf } from "./node.js";

const LONGEST_WAIT_S = 60;

type Ask = (sql: string, parameters: unknown[]) => Promise<unknown>;

/**
 * Has the lock alone, on whichever hosts others ask for it: GET_LOCK knows its own server only, and of a Galera cluster
 * another process may use another node. So it is taken on each that answers, everywhere in the same order; two processes
 * that both reach the same host exclude each other. On the runner's own host its own connection takes it: a statement that
 * goes on when everybody has gone keeps it. Throws after a minute. What it gives lets go.
 */
export async function lockOnEveryHost(runner: QueryRunner, lock: string): Promise<() => Promise<void>> {
  const take = taker(lock);
  const own = nodeOf((await runner.connect()) as object);
  const others: Connection[] = [];
  const unlock = async () => {
    for (const connection of others) connection.destroy(); // and with it the lock
    await runner.query("DO RELEASE_LOCK(?)", [lock]).catch(() => undefined);
  };
  try {
    for (const host of inOneOrder(own?.settings.hosts ?? [])) {
      if (host === own?.host) {
        await take((sql, parameters) => runner.query(sql, parameters));
        continue;
      }
      const { user = "", password = "" } = own?.settings ?? {};
      const connection = await createConnection({ ...host, user, password, connectTimeout: CONNECT_TIMEOUT_MS }).catch(unlessGone);
      if (!connection) continue;
      others.push(connection);
      const ask: Ask = async (sql, values) => (await connection.query({ sql, values, timeout: (LONGEST_WAIT_S + 5) * 1_000 }))[0];
      await take(ask).catch(unlessGone);
    }
  } catch (error) {
    await unlock();
    throw error;
  }
  return unlock;
}

/** Two of the hosts may be names of one server: there it has the lock already, and would wait for itself. */
function taker(lock: string): (ask: Ask) => Promise<void> {
  const mark = `shomei ${randomUUID()}`;
  return async (ask) => {
    const [known] = (await ask("SELECT IS_FREE_LOCK(?) AS isFree", [mark])) as { isFree: unknown }[];
    if (known?.isFree !== 1) return;
    await ask("SELECT GET_LOCK(?, 0)", [mark]);
    const [answer] = (await ask("SELECT GET_LOCK(?, ?) AS isHeld", [lock, LONGEST_WAIT_S])) as { isHeld: unknown }[];
    if (answer?.isHeld !== 1) throw new Error("another process has been migrating this database for a minute");
  };
}

function unlessGone(error: unknown): undefined {
  if (!isNodeFailure(error)) throw error;
}

function inOneOrder(hosts: readonly Host[]): Host[] {
  const name = ({ host, port }: Host) => `${host}:${String(port)}`;
  return [...hosts].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}
