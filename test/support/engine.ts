import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DataSource } from "typeorm";
import { createConnection } from "mysql2/promise";
import configured from "../../ormconfig.js";
import { scratchFolder } from "./scratch.js";

/** Which database this run is on; `test/run.ts` says so. For MariaDB, DATABASE_URL leads to a throw-away server. */
export const engine = process.env.DATABASE_URL ? "mariadb" : "sqlite";

export interface FreshDatabase {
  source: DataSource;
  /** How another process or a bare driver reaches it. */
  url: string | undefined;
  file: string | undefined;
  drop: () => Promise<void>;
}

/** An empty database of its own, not yet migrated. */
export async function freshDatabase(): Promise<FreshDatabase> {
  return engine === "sqlite" ? freshSqlite() : freshMariaDb();
}

function freshSqlite(): FreshDatabase {
  const dir = scratchFolder("shomei-test-");
  const file = join(dir, "shomei.sqlite");
  const source = sibling({ database: file });
  return { source, url: undefined, file, drop: () => rm(dir, { recursive: true, force: true }) };
}

async function freshMariaDb(): Promise<FreshDatabase> {
  const name = `t_${randomBytes(6).toString("hex")}`;
  const url = new URL(process.env.DATABASE_URL ?? "");
  await administer(`CREATE DATABASE ${name}`);
  url.pathname = name;
  return { source: sibling({ database: name }), url: url.href, file: undefined, drop: () => administer(`DROP DATABASE ${name}`) };
}

/** A DataSource like the configured one, elsewhere. */
export function sibling(options: object): DataSource {
  const source = new DataSource({ ...configured.options, ...options });
  if (engine === "sqlite") {
    const driver = source.driver as unknown as { supportedDataTypes: string[]; withLengthColumnTypes: string[] };
    const named = configured.driver as unknown as typeof driver;
    driver.supportedDataTypes = named.supportedDataTypes;
    driver.withLengthColumnTypes = named.withLengthColumnTypes;
  }
  return source;
}

/** One statement on the throw-away server. */
export async function administer(sql: string): Promise<void> {
  const { hostname, port, username, password } = new URL(process.env.DATABASE_URL ?? "");
  const connection = await createConnection({ host: hostname, port: Number(port), user: username, password });
  await connection.query(sql);
  await connection.end();
}
