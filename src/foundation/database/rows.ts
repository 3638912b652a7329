/** An instant as a hand-written statement returns it: a Date from MariaDB and MySQL, UTC text from SQLite. */
export function instantOf(value: Date | string): Date {
  return value instanceof Date ? value : new Date(`${value.replace(" ", "T")}Z`);
}

export function instantOrNull(value: Date | string | null): Date | null {
  return value === null ? null : instantOf(value);
}

/** `column IN (?, …)`, or nothing at all for an empty list. */
export function anyOf(column: string, values: readonly unknown[]): string {
  return values.length === 0 ? "1 = 0" : `${column} IN (${values.map(() => "?").join(", ")})`;
}

/** Rows in the order of their keys, null where a key has none: what a DataLoader wants. */
export function inOrderOf<Row>(keys: readonly string[], rows: readonly Row[], keyOf: (row: Row) => string | null): (Row | null)[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => byKey.get(key) ?? null);
}
