import { setTimeout as pause } from "node:timers/promises";
import { DataSource, type MixedList } from "typeorm";
import type { BetterSqlite3DataSourceOptions } from "typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions.js";
import type { AbstractSqliteDriver } from "typeorm/driver/sqlite-abstract/AbstractSqliteDriver.js";
import type { DatabaseSettings } from "../databaseSettings.js";
import { isWorthRetrying } from "./errors.js";
import { createHostPool, serverVersion } from "./hostPool.js";

const LONGEST_WAIT_MS = 5_000;
const PAUSE_MS = 25;

/** Listed by name, never by pattern: what isn't imported isn't there. */
export interface Model {
  entities: NonNullable<MixedList<new () => object>>;
  migrations: NonNullable<MixedList<new () => object>>;
}

/** What of better-sqlite3's connection is needed before TypeORM has it. */
interface Connection {
  readonly readonly: boolean;
  pragma(text: string): unknown;
}

/** The DataSource that the server and the TypeORM command line share. Not yet initialized. */
export async function dataSourceFor(settings: DatabaseSettings, model: Model): Promise<DataSource> {
  return settings.kind === "sqlite" ? sqliteSource({ database: settings.file, ...model }) : serverSource(settings, model);
}

/** A reader of the embedded database that `writer` writes: its own connection, which can't write. */
export function readerBeside(writer: DataSource): DataSource {
  const { database, entities } = writer.options as BetterSqlite3DataSourceOptions;
  return sqliteSource({ database, readonly: true, ...(entities ? { entities } : {}) });
}

function sqliteSource(options: Omit<BetterSqlite3DataSourceOptions, "type">): DataSource {
  const source = new DataSource({
    type: "better-sqlite3",
    timeout: LONGEST_WAIT_MS,
    prepareDatabase: async (connection: Connection) => {
      if (!connection.readonly) await writeAhead(connection);
      connection.pragma("synchronous = FULL");
    },
    ...options,
  });
  // SQLite knows every type by affinity; TypeORM wants these named before it starts.
  const { supportedDataTypes, withLengthColumnTypes } = source.driver as AbstractSqliteDriver;
  supportedDataTypes.push("char", "binary", "varbinary");
  withLengthColumnTypes.push("char", "binary", "varbinary");
  return source;
}

/** Of two that start at once on a new file, SQLite refuses one the switch without waiting: its timeout doesn't hold here. */
async function writeAhead(connection: Connection): Promise<void> {
  for (let waited = 0; ; waited += PAUSE_MS) {
    try {
      connection.pragma("journal_mode = WAL");
      return;
    } catch (error) {
      if (!isWorthRetrying(error) || waited >= LONGEST_WAIT_MS) throw error;
      await pause(PAUSE_MS);
    }
  }
}

async function serverSource(settings: DatabaseSettings & { kind: "server" }, model: Model): Promise<DataSource> {
  const version = await serverVersion(settings);
  return new DataSource({
    type: version.includes("MariaDB") ? "mariadb" : "mysql", // the wrong one shows false drift for ever
    driver: { createPool: (options: object) => createHostPool(settings, options) },
    username: settings.user,
    password: settings.password,
    database: settings.database,
    timezone: "Z",
    charset: "utf8mb4_bin",
    bigNumberStrings: false,
    poolSize: settings.poolSize,
    ...model,
  });
}
