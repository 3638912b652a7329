import { Table, type QueryRunner, type TableColumnOptions } from "typeorm";

// How a migration writes a table down so that SQLite, MariaDB and MySQL make the same of it. Landed migrations rely on
// this file: add to it, don't change what is here.

type ColumnDraft = Omit<TableColumnOptions, "name">;
type Columns = Record<string, ColumnDraft>;

export const id: ColumnDraft = { type: "char", length: "26", isPrimary: true };
export const reference: ColumnDraft = { type: "char", length: "26" };
export const text = (length: number): ColumnDraft => ({ type: "varchar", length: String(length) });
export const char = (length: number): ColumnDraft => ({ type: "char", length: String(length) });
export const longText: ColumnDraft = { type: "text" };
export const number: ColumnDraft = { type: "integer" };
export const flag: ColumnDraft = { type: "boolean" };
export const bytes: ColumnDraft = { type: "blob" };
export const instant: ColumnDraft = { type: "datetime", precision: 3 };
export const optional = (column: ColumnDraft): ColumnDraft => ({ ...column, isNullable: true });
export const key = (column: ColumnDraft): ColumnDraft => ({ ...column, isPrimary: true });

interface TableDraft {
  columns: Columns;
  /** Names to column lists. */
  unique?: Record<string, string[]>;
  indexes?: Record<string, string[]>;
  /** Names to expressions. MySQL's and MariaDB's come from TypeORM without them, so they are added by hand there. */
  checks?: Record<string, string>;
  /** Names to [column, table]. Always to `id`, always NO ACTION. */
  references?: Record<string, [column: string, table: string]>;
  /** On SQLite: the rows in their key's own order, not in a second table beside it. The other databases do so anyway. */
  withoutRowid?: boolean;
}

export async function createTable(runner: QueryRunner, name: string, draft: TableDraft): Promise<void> {
  const { columns, unique = {}, indexes = {}, checks = {}, references = {}, withoutRowid = false } = draft;
  const isSqlite = runner.dataSource.options.type === "better-sqlite3";

  await runner.createTable(
    new Table({
      name,
      ...(isSqlite ? { withoutRowid } : { engine: "InnoDB" }),
      columns: Object.entries(columns).map(([column, options]) => ({ name: column, ...options })),
      uniques: Object.entries(unique).map(([constraint, columnNames]) => ({ name: constraint, columnNames })),
      indices: Object.entries(indexes).map(([index, columnNames]) => ({ name: index, columnNames })),
      checks: isSqlite ? Object.entries(checks).map(([constraint, expression]) => ({ name: constraint, expression })) : [],
      foreignKeys: Object.entries(references).map(([constraint, [column, table]]) => ({
        name: constraint,
        columnNames: [column],
        referencedTableName: table,
        referencedColumnNames: ["id"],
        onDelete: "NO ACTION",
        onUpdate: "NO ACTION",
      })),
    }),
  );
  if (isSqlite) return;
  for (const [constraint, expression] of Object.entries(checks)) {
    await runner.query(`ALTER TABLE ${name} ADD CONSTRAINT ${constraint} CHECK (${expression})`);
  }
}

/** An optional column more. In plain SQL: TypeORM would copy the whole table on SQLite. */
export async function addColumn(runner: QueryRunner, table: string, column: string, type: string): Promise<void> {
  await runner.query(`ALTER TABLE ${table} ADD COLUMN ${column} ${type} NULL`);
}

export async function createIndex(runner: QueryRunner, table: string, name: string, columns: string[]): Promise<void> {
  await runner.query(`CREATE INDEX ${name} ON ${table} (${columns.join(", ")})`);
}

export async function dropIndex(runner: QueryRunner, table: string, name: string): Promise<void> {
  const isSqlite = runner.dataSource.options.type === "better-sqlite3";
  await runner.query(isSqlite ? `DROP INDEX ${name}` : `DROP INDEX ${name} ON ${table}`);
}

/** A column more on a table that has rows, with this value in each of them. Nullable: SQLite adds no other without a default. */
export async function addFilledColumn(runner: QueryRunner, table: string, column: string, type: string, value: number): Promise<void> {
  await addColumn(runner, table, column, type);
  await runner.query(`UPDATE ${table} SET ${column} = ${String(value)}`);
}

export async function dropColumns(runner: QueryRunner, table: string, columns: string[]): Promise<void> {
  for (const column of columns) await runner.query(`ALTER TABLE ${table} DROP COLUMN ${column}`);
}

/**
 * Another CHECK of the same name, on a table that no other refers to. SQLite can't change one: there the table is made
 * anew by its draft, which says all that it has, and its rows are copied.
 */
export async function replaceCheck(runner: QueryRunner, table: string, name: string, draft: TableDraft): Promise<void> {
  if (runner.dataSource.options.type !== "better-sqlite3") {
    await runner.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
    await runner.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${draft.checks?.[name] ?? "1 = 0"})`);
    return;
  }
  const columns = Object.keys(draft.columns).join(", ");
  await createTable(runner, `new_${table}`, draft);
  await runner.query(`INSERT INTO new_${table} (${columns}) SELECT ${columns} FROM ${table}`);
  await runner.query(`DROP TABLE ${table}`);
  await runner.query(`ALTER TABLE new_${table} RENAME TO ${table}`);
}

/** `replaceCheck` for a table with indexes: on SQLite their names are free only once the old table is gone. */
export async function replaceCheckAndIndexes(runner: QueryRunner, table: string, name: string, { indexes = {}, ...draft }: TableDraft): Promise<void> {
  await replaceCheck(runner, table, name, draft);
  if (runner.dataSource.options.type !== "better-sqlite3") return;
  for (const [index, columns] of Object.entries(indexes)) await createIndex(runner, table, index, columns);
}

/**
 * Triggers by which the store itself refuses an UPDATE or a DELETE, of every row or of those that `when` is true of (the
 * row is OLD). On MariaDB and MySQL with a binary log the account that migrates needs `log_bin_trust_function_creators`.
 */
export async function refuseChanges(runner: QueryRunner, table: string, because: string, when = "1 = 1"): Promise<void> {
  for (const event of ["UPDATE", "DELETE"]) {
    const name = `tr_${table}_${event.toLowerCase()}`;
    await runner.query(runner.dataSource.options.type === "better-sqlite3"
      ? `CREATE TRIGGER ${name} BEFORE ${event} ON ${table} WHEN ${when} BEGIN SELECT RAISE(ABORT, '${because}'); END`
      : `CREATE TRIGGER ${name} BEFORE ${event} ON ${table} FOR EACH ROW IF ${when} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${because}'; END IF`);
  }
}

/** On SQLite, REPLACE fires no trigger of DELETE: there a row that is known can't be put in again either. */
export async function refuseReplacing(runner: QueryRunner, table: string, because: string, known: string): Promise<void> {
  if (runner.dataSource.options.type !== "better-sqlite3") return;
  await runner.query(`CREATE TRIGGER tr_${table}_insert BEFORE INSERT ON ${table} WHEN ${known} BEGIN SELECT RAISE(ABORT, '${because}'); END`);
}

export async function allowChanges(runner: QueryRunner, table: string): Promise<void> {
  for (const event of ["update", "delete", "insert"]) await runner.query(`DROP TRIGGER IF EXISTS tr_${table}_${event}`);
}
