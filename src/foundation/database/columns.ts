import { Column, PrimaryColumn, type ColumnOptions } from "typeorm";

// Columns that mean the same on SQLite, MariaDB and MySQL: no defaults, no auto-increment, UTC milliseconds.

/**
 * A column that came when its table had rows already, filled by its migration: only in the table may it be NULL, because
 * SQLite adds no other without a default.
 */
export const added = (options: ColumnOptions): ColumnOptions => ({ ...options, nullable: true });

export const IdColumn = () => PrimaryColumn({ type: "char", length: 26 });
export const ReferenceColumn = (options: ColumnOptions = {}) => Column({ type: "char", length: 26, ...options });
export const TextColumn = (length: number, options: ColumnOptions = {}) => Column({ type: "varchar", length, ...options });
export const LongTextColumn = (options: ColumnOptions = {}) => Column({ type: "text", ...options });
export const InstantColumn = (options: ColumnOptions = {}) => Column({ type: "datetime", precision: 3, ...options });
export const NumberColumn = (options: ColumnOptions = {}) => Column({ type: "integer", ...options });
export const BytesColumn = (options: ColumnOptions = {}) => Column({ type: "blob", ...options });
/** 1 or NULL: with a unique index, at most one row of its owner bears it. */
export const OnlyOneColumn = (name: string) => Column({ type: "integer", nullable: true, name });
export const FlagColumn = (options: ColumnOptions = {}) => Column({ type: "boolean", ...options });

