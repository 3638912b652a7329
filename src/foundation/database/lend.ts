import type { DataSource, QueryRunner } from "typeorm";
import type { MysqlDriver } from "typeorm/driver/mysql/MysqlDriver.js";
import { secondsSince } from "../clock.js";
import { currentDeadline, throwIfPast, unlessPast } from "../deadline.js";
import type { DatabaseCounts } from "./DatabaseFigures.js";
import { isInterrupted, isNodeFailure } from "./errors.js";
import { interrupterOf, leaveOutNodeOf, type createHostPool } from "./hostPool.js";

/** Lends TypeORM's runner, with its connection. Where its node turns out to be at fault, the next one comes from another node. */
export function withRunner<T>(source: DataSource, counts: DatabaseCounts, use: (runner: QueryRunner, connection: object) => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner();
  const isPooled = source.options.type !== "better-sqlite3";
  return lent({ connecting: runner.connect() as Promise<object>, release: () => runner.release(), counts: isPooled ? counts : undefined }, (connection) => use(runner, connection));
}

/** Lends a server's connection without a runner, which costs as much as a small statement: for whoever reads by hand. */
export function withConnection<T>(source: DataSource, counts: DatabaseCounts, use: (connection: object) => Promise<T>): Promise<T> {
  const { promise: connecting, resolve, reject } = Promise.withResolvers<Pooled>();
  const pool = (source.driver as MysqlDriver).pool as ReturnType<typeof createHostPool>;
  pool.getConnection((error, connection) => {
    if (connection) resolve(connection);
    else reject(error ?? new Error("no connection"));
  });
  return lent({ connecting, release: (connection) => { connection.release(); }, counts }, use);
}

interface Pooled {
  release: () => void;
}

interface Loan<C> {
  connecting: Promise<C>;
  release: (connection: C) => Promise<void> | void;
  /** Where it is counted how long one waits for it. */
  counts: DatabaseCounts | undefined;
}

async function lent<C extends object, T>({ connecting, release, counts }: Loan<C>, use: (connection: C) => Promise<T>): Promise<T> {
  const cameAt = performance.now();
  const connection = await connected(connecting, release);
  counts?.waits.add(secondsSince(cameAt));
  const uninterrupted = interruptWhenPast(connection);
  try {
    return await use(connection);
  } catch (error) {
    if (isNodeFailure(error)) leaveOutNodeOf(connection);
    if (isInterrupted(error)) throwIfPast();
    throw error;
  } finally {
    const interrupting = uninterrupted();
    if (interrupting) await interrupting;
    const releasing = release(connection);
    if (releasing) await releasing;
  }
}

/** A connection, unless the deadline comes first; one that comes after it goes back at once. */
async function connected<C>(connecting: Promise<C>, release: Loan<C>["release"]): Promise<C> {
  try {
    return await unlessPast(connecting);
  } catch (error) {
    connecting.then(release).catch(() => undefined);
    throw error;
  }
}

const spared = new WeakSet();
const INTERRUPTED_EVERY_MS = 250;

/** What this connection does from here on is not cut short, as long as it is lent. */
export function spareFromInterruption(connection: object): void {
  spared.add(connection);
}

/**
 * Has the server give up what this connection is at when the deadline comes (also what comes after, until the work has
 * ended: a statement may begin just then). What it gives: to be called before the connection is anybody else's.
 */
function interruptWhenPast(connection: object): () => Promise<void> | void {
  spared.delete(connection); // of whoever had it before
  const deadline = currentDeadline();
  const interrupt = interrupterOf(connection);
  if (!deadline || !interrupt) return () => undefined;
  let underway: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const strike = () => {
    if (spared.has(connection)) return;
    underway = interrupt().catch(() => undefined).then(() => { // a node that is gone has stopped all the same
      if (!isOver) timer = setTimeout(strike, INTERRUPTED_EVERY_MS); // one after the other: only the last is waited for
    });
  };
  const forget = deadline.onPast(strike);
  return () => {
    isOver = true;
    forget();
    clearTimeout(timer);
    return underway; // or it would strike whoever has the connection next
  };
}
