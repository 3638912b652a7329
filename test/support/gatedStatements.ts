import type { QueryRunner } from "typeorm";
import type { Database } from "../../src/foundation/database/Database.js";
import { withTransactions } from "./gatedTransactions.js";

interface AnyConnection {
  prepare(sql: string): unknown;
  query(...args: unknown[]): unknown;
}

/** The same database, within whose transactions these statements find that somebody else came first: they change no row. */
export function withOvertaken(db: Database, isOvertaken: (sql: string) => boolean): Database {
  const overtaken = (connection: AnyConnection) => Object.assign(Object.create(connection) as AnyConnection, {
    prepare: (sql: string) => (isOvertaken(sql) ? { reader: false, run: () => ({ changes: 0 }) } : connection.prepare(sql)),
    query: (...args: unknown[]) => {
      const [statement, answer] = args as [string | { sql: string }, (error: null, result: { affectedRows: number }) => void];
      if (typeof statement === "string" || !isOvertaken(statement.sql)) return connection.query(...args); // TypeORM's own, or another one
      answer(null, { affectedRows: 0 });
    },
  });
  return withTransactions(db, ({ queryRunner }) => ({
    queryRunner: Object.assign(Object.create(queryRunner ?? null) as QueryRunner, {
      connect: async () => overtaken((await queryRunner?.connect()) as AnyConnection),
    }),
  }));
}
