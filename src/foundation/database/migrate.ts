import { setTimeout as pause } from "node:timers/promises";
import { OperatorError } from "../OperatorError.js";
import { lockOnEveryHost } from "./lockOnEveryHost.js";
import { MigrationExecutor, type DataSource } from "typeorm";

const PAUSE_MS = 250;
const MOST_RUNS = 20;

const DENIED = new Set([1044, 1142, 1227, 1419]); // of a database, of a table, a privilege, of triggers beside a binary log

/** Brings the database to the newest step. Several processes may start at once: one migrates, the others find it done. */
export async function migrate(source: DataSource): Promise<void> {
  try {
    await (source.options.type === "better-sqlite3" ? migrateInTurn(source) : migrateUnderLock(source));
  } catch (cause) {
    const { errno } = ((cause as { driverError?: unknown }).driverError ?? cause) as { errno?: unknown };
    if (typeof errno !== "number" || !DENIED.has(errno)) throw cause;
    const { message } = cause as Error;
    throw new OperatorError(`the database isn't at its newest step and this account may not bring it there (${message}): npm run typeorm -- migration:run, with one that may`, { cause });
  }
}

/** SQLite takes a whole migration back where another process was faster; then there is nothing left to do. */
async function migrateInTurn(source: DataSource): Promise<void> {
  for (let run = 1; ; run++) {
    try {
      await source.runMigrations({ transaction: "each" });
      return;
    } catch (error) {
      if (run === MOST_RUNS) throw error;
      await pause(PAUSE_MS);
    }
  }
}

/** MariaDB and MySQL commit each CREATE TABLE by itself, so whoever comes second must wait. */
async function migrateUnderLock(source: DataSource): Promise<void> {
  const runner = source.createQueryRunner();
  let unlock = () => Promise.resolve();
  try {
    unlock = await lockOnEveryHost(runner, "shomei migrations");
    const migrations = new MigrationExecutor(source, runner);
    migrations.transaction = "each";
    await migrations.executePendingMigrations();
  } finally {
    await unlock();
    await runner.release();
  }
}
