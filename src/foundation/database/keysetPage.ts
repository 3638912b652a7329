import type { Cursor } from "./cursor.js";
import type { Reads } from "./Database.js";

export type Direction = "ASC" | "DESC";

export interface PageRequest {
  first: number;
  after: Cursor | null;
}

/** A list as hand-written SQL. Everything in it but the parameters is ours. */
export interface ListStatement {
  select: string;
  from: string;
  where: string[];
  params: unknown[];
  /** A unique order: the column that people sort by, then the id. Both hold text. */
  order: { column: string; id: string; direction: Direction };
}

export interface Page<Row> {
  rows: Row[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  /** How many there are in all; counted only when asked. */
  count: () => Promise<number>;
}

/** One page after a cursor: the thousandth costs what the first does, and nothing is shown twice or left out by inserts. */
export async function keysetPage<Row>(reads: Reads, statement: ListStatement, { first, after }: PageRequest): Promise<Page<Row>> {
  const { select, from, where, params, order } = statement;
  const { column, id, direction } = order;
  const beyond = direction === "ASC" ? ">" : "<";
  const isById = column === id;
  const keyset = isById ? `${id} ${beyond} ?` : `${column} ${beyond}= ? AND (${column} ${beyond} ? OR ${id} ${beyond} ?)`; // the first half is what an index is entered by
  const keysetParams = after === null ? [] : isById ? [after.id] : [after.key, after.key, after.id];
  const conditions = after === null ? where : [...where, keyset];

  const rows: Row[] = await reads.query(
    `SELECT ${select} FROM ${from} WHERE ${conditions.join(" AND ")}
      ORDER BY ${column} ${direction}${isById ? "" : `, ${id} ${direction}`} LIMIT ?`,
    [...params, ...keysetParams, first + 1],
  );
  return {
    rows: rows.slice(0, first),
    hasNextPage: rows.length > first,
    hasPreviousPage: after !== null,
    count: async () => {
      const counted: { total: number | string }[] = await reads.query(`SELECT COUNT(*) AS total FROM ${from} WHERE ${where.join(" AND ")}`, params);
      return Number(counted[0]?.total ?? 0);
    },
  };
}
