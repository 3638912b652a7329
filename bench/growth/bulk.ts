import { Readable } from "node:stream";
import Sqlite from "better-sqlite3";
import { createConnection, type Connection, type RowDataPacket } from "mysql2/promise";

export type Value = string | number | null;

/** Rows straight into tables, many at a time. */
export interface Bulk {
  fill(table: string, columns: readonly string[], rows: Iterable<readonly Value[]>): Promise<void>;
  close(): Promise<void>;
}

/**
 * Into the embedded database. ALONE: nobody else has it open, so that it needs no journal, and indexes are made afterwards.
 */
export function bulkIntoSqlite(file: string, isAlone: boolean): Bulk {
  const database = new Sqlite(file);
  if (isAlone) for (const pragma of ["journal_mode = OFF", "cache_size = -1500000", "locking_mode = EXCLUSIVE"]) database.pragma(pragma);
  database.pragma("synchronous = OFF");
  const fill = (table: string, columns: readonly string[], rows: Iterable<readonly Value[]>) => {
    const indexes = isAlone ? (database.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?").all(table) as { name: string; sql: string }[]) : [];
    for (const { name } of indexes) database.exec(`DROP INDEX ${name}`);
    const insert = database.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`);
    database.transaction(() => {
      for (const row of rows) insert.run(row);
    })();
    for (const { sql } of indexes) database.exec(sql);
    return Promise.resolve();
  };
  const close = () => {
    if (isAlone) database.pragma("journal_mode = WAL");
    database.close();
    return Promise.resolve();
  };
  return { fill, close };
}

const CHUNK = 1 << 18; // characters

/** Into MariaDB or MySQL, by LOAD DATA. ALONE: indexes are made afterwards, which pays for many rows. */
export async function bulkIntoServer(url: string, isAlone: boolean): Promise<Bulk> {
  const connection = await createConnection({ uri: url, charset: "utf8mb4_bin" });
  await connection.query("SET unique_checks = 0, foreign_key_checks = 0");
  return {
    fill: async (table, columns, rows) => {
      const indexes = isAlone ? await secondaryIndexes(connection, table) : [];
      if (indexes.length > 0) await connection.query(`ALTER TABLE ${table} ${indexes.map(({ name }) => `DROP INDEX ${name}`).join(", ")}`);
      await connection.query({
        sql: `LOAD DATA LOCAL INFILE 'rows' INTO TABLE ${table} CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' (${columns.join(", ")})`,
        infileStreamFactory: () => Readable.from(inChunks(rows), { objectMode: false, highWaterMark: 1 << 20 }),
      });
      if (indexes.length > 0) await connection.query(`ALTER TABLE ${table} ${indexes.map(({ name, of }) => `ADD INDEX ${name} (${of})`).join(", ")}`);
    },
    close: () => connection.end(),
  };
}

async function secondaryIndexes(connection: Connection, table: string): Promise<{ name: string; of: string }[]> {
  const [rows] = await connection.query<(RowDataPacket & { name: string; of: string })[]>(
    `SELECT index_name AS name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS \`of\` FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = ? AND non_unique = 1 GROUP BY index_name`, [table],
  );
  return rows;
}

function* inChunks(rows: Iterable<readonly Value[]>): Generator<Buffer> {
  let chunk = "";
  for (const row of rows) {
    chunk += `${row.map((value) => value ?? "\\N").join("\t")}\n`; // no value of ours has a tab, a line end or a backslash
    if (chunk.length < CHUNK) continue;
    yield Buffer.from(chunk);
    chunk = "";
  }
  if (chunk !== "") yield Buffer.from(chunk);
}
