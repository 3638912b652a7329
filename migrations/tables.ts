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
}

export async function createTable(runner: QueryRunner, name: string, draft: TableDraft): Promise<void> {
  const { columns, unique = {}, indexes = {}, checks = {}, references = {} } = draft;
  const isSqlite = runner.dataSource.options.type === "better-sqlite3";

  await runner.createTable(
    new Table({
      name,
      ...(isSqlite ? {} : { engine: "InnoDB" }),
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
