import { rmSync } from "node:fs";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { findMariaDb, ThrowawayMariaDb } from "../test/support/ThrowawayMariaDb.js";
import { scratchFolder } from "../test/support/scratch.js";

export interface BenchDatabase {
  engine: "SQLite" | "MariaDB";
  /** How Shomei is told of it. */
  env: Record<string, string>;
  /** How a driver is: a file, or an address. */
  where: string;
}

/** Runs `use` on a database of its own of each engine that is here, which is gone afterwards. */
export async function onEach<T>(use: (database: BenchDatabase) => Promise<T[]>): Promise<T[]> {
  const binary = findMariaDb();
  if (binary === undefined) console.log("without MariaDB: no server binary (mariadbd) was found");
  return [...(await onSqlite(use)), ...(binary === undefined ? [] : await onMariaDb(binary, use))];
}

export function onSqlite<T>(use: (database: BenchDatabase) => Promise<T>): Promise<T> {
  return inScratch((dataDir) => use({ engine: "SQLite", env: { DATA_DIR: dataDir }, where: join(dataDir, "shomei.sqlite") }));
}

async function onMariaDb<T>(binary: string, use: (database: BenchDatabase) => Promise<T>): Promise<T> {
  const server = await ThrowawayMariaDb.start(binary);
  try {
    const administrator = await createConnection(server.url);
    await administrator.query("CREATE DATABASE bench");
    await administrator.end();
    const where = server.url.replace(/\/mysql$/, "/bench");
    return await inScratch((dataDir) => use({ engine: "MariaDB", env: { DATA_DIR: dataDir, DATABASE_URL: where, SHOMEI_DEMO: "1" }, where }));
  } finally {
    await server.stop();
  }
}

async function inScratch<T>(use: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = scratchFolder("shomei-bench-");
  try {
    return await use(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
