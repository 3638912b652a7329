import type { Cursor } from "./cursor.js";
import type { Reads } from "./Database.js";

export type Direction = "ASC" | "DESC";

export interface PageRequest {
  first: number;
  after: Cursor | null;
}

/** A condition with its parameters. */
export interface Condition {
  sql: string;
  params: unknown[];
}

/** A part of a list. */
export interface Arm extends Condition {
  /** Where it is read from, if not as the list says: by an index of its own. */
  from?: string;
}

/** A list as hand-written SQL. Everything in it but the parameters is ours. */
export interface ListStatement {
  select: string;
  from: string;
  /** What they are counted from, if not from there: by an index that has what is asked for. */
  countFrom?: string;
  where: string[];
  params: unknown[];
  /**
   * Alternatives of which no two hold for the same row, one of them for each. Each is a statement of its own, with an index
   * in the list's order: an OR of them would have all their rows sorted, however many there are.
   */
  arms?: readonly Arm[];
  /** A unique order: the column that people sort by, then the id. Both hold text. UNIQUE: no two rows of the list have the same in the column. */
  order: { column: string; id: string; direction: Direction; isUnique?: boolean };
}

export interface Count {
  /** At most MOST_COUNTED. */
  total: number;
  /** There are more than `total` says. */
  isCapped: boolean;
}

export interface Page<Row> {
  rows: Row[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  /** How many there are in all; counted only when asked, and once. */
  count: () => Promise<Count>;
}

/** Rows. What is beyond isn't counted: a count takes as long as there are rows, and nobody pages through so many. */
export const MOST_COUNTED = 10_000;

/** One page after a cursor: the thousandth costs what the first does, and nothing is shown twice or left out by inserts. */
export async function keysetPage<Row>(reads: Reads, statement: ListStatement, { first, after }: PageRequest): Promise<Page<Row>> {
  const keyset = after === null ? EVERYTHING : beyond(statement.order, after);
  const { select, order } = statement;
  const { sql, params } = statementOf(statement, select, keyset, inOrder(order, (column) => column), first + 1);
  const isUnion = armsOf(statement).length > 1;
  const rows: Row[] = isUnion
    ? await reads.query(`${sql} ${inOrder(order, inResult)} LIMIT ?`, [...params, first + 1])
    : await reads.query(sql, params);

  let counted: Promise<Count> | undefined;
  return {
    rows: rows.slice(0, first),
    hasNextPage: rows.length > first,
    hasPreviousPage: after !== null,
    count: () => (counted ??= countUpTo(reads, statement)),
  };
}

const EVERYTHING: Condition = { sql: "", params: [] };

async function countUpTo(reads: Reads, statement: ListStatement): Promise<Count> {
  const { from, countFrom = from } = statement;
  const { sql, params } = statementOf({ ...statement, from: countFrom }, "1 AS one", EVERYTHING, "", MOST_COUNTED + 1);
  const [row]: { total: number | string }[] = await reads.query(`SELECT COUNT(*) AS total FROM (${sql}) counted`, params);
  const total = Number(row?.total ?? 0);
  return { total: Math.min(total, MOST_COUNTED), isCapped: total > MOST_COUNTED };
}

/** The arms' statements, each no longer than it must be, as one. */
function statementOf(statement: ListStatement, select: string, keyset: Condition, order: string, limit: number): Condition {
  const arms = armsOf(statement).map((arm) => {
    const conditions = [...statement.where, arm.sql, keyset.sql].filter((sql) => sql !== "");
    return {
      sql: `SELECT ${select} FROM ${arm.from ?? statement.from} WHERE ${conditions.join(" AND ")} ${order} LIMIT ?`,
      params: [...statement.params, ...arm.params, ...keyset.params, limit],
    };
  });
  const [only] = arms;
  if (only && arms.length === 1) return only;
  return {
    sql: arms.map(({ sql }, index) => `SELECT * FROM (${sql}) arm${String(index)}`).join(" UNION ALL "),
    params: arms.flatMap(({ params }) => params),
  };
}

function armsOf({ arms }: ListStatement): readonly Arm[] {
  return arms === undefined ? [EVERYTHING] : arms.length === 0 ? [{ sql: "1 = 0", params: [] }] : arms;
}

function beyond({ column, id, direction, isUnique = false }: ListStatement["order"], after: Cursor): Condition {
  const beyond = direction === "ASC" ? ">" : "<";
  if (column === id) return { sql: `${id} ${beyond} ?`, params: [after.id] };
  if (isUnique) return { sql: `${column} ${beyond} ?`, params: [after.key] };
  // The first half is what an index is entered by.
  return { sql: `${column} ${beyond}= ? AND (${column} ${beyond} ? OR ${id} ${beyond} ?)`, params: [after.key, after.key, after.id] };
}

function inOrder({ column, id, direction, isUnique = false }: ListStatement["order"], named: (column: string) => string): string {
  return `ORDER BY ${named(column)} ${direction}${column === id || isUnique ? "" : `, ${named(id)} ${direction}`}`;
}

/** As a column of the result is named. */
function inResult(column: string): string {
  return column.slice(column.indexOf(".") + 1);
}
