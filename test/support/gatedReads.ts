import type { Database, Reads } from "../../src/foundation/database/Database.js";

type Query = (sql: string, params?: unknown[]) => Promise<unknown>;

/** The same database, where something happens around the hand-written statements that are read by: a wait, a failure. */
export function withReads(db: Database, around: (sql: string, query: () => Promise<unknown>, params?: unknown[]) => Promise<unknown>): Database {
  const real = db.reads.query.bind(db.reads) as Query;
  const query: Query = (sql, params) => around(sql, () => real(sql, params), params);
  const reads = Object.assign(Object.create(db.reads) as object, { query }) as Reads;
  return { ...db, reads };
}
