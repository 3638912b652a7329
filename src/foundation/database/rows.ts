const ZERO = "0".charCodeAt(0);
const MILLISECONDS = "2026-11-28 12:34:56.789".length;

/** An instant as a statement returns it: UTC text. A driver that is asked otherwise gives a Date. */
export function instantOf(value: Date | string): Date {
  if (value instanceof Date) return value;
  if (value.length !== MILLISECONDS) return new Date(`${value.replace(" ", "T")}Z`);
  const two = (at: number) => (value.charCodeAt(at) - ZERO) * 10 + value.charCodeAt(at + 1) - ZERO; // a list has hundreds of them
  return new Date(Date.UTC(two(0) * 100 + two(2), two(5) - 1, two(8), two(11), two(14), two(17), two(20) * 10 + value.charCodeAt(22) - ZERO));
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
