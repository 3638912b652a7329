import type { EntityManager } from "typeorm";
import type { DatabaseFigures } from "./DatabaseFigures.js";

/** What is read outside a transaction. On SQLite by a connection that can't write. */
export type Reads = Pick<EntityManager, "query" | "find" | "findBy" | "findOneBy" | "countBy">;

/** How a transaction whose COMMIT got no answer is found again. */
export interface Outcome {
  isDone: (reads: Reads) => Promise<boolean>;
}

/** For work that may take effect twice without harm: it is simply run again. */
export const repeatable: Outcome = { isDone: () => Promise.resolve(false) };

/**
 * The one way to the data. Nobody else holds a DataSource.
 *
 * `transaction` runs `work` in one transaction: all of it or nothing. On a conflict or a lost connection the whole of
 * `work` runs again, so it must change nothing outside the database. Transactions can't be nested.
 */
export interface Database {
  readonly engine: "sqlite" | "mariadb" | "mysql";
  readonly reads: Reads;
  transaction<T>(work: (tx: EntityManager) => Promise<T>, outcome?: Outcome): Promise<T>;
  /** How an instant is bound in hand-written SQL. */
  instant(at: Date): Date | string;
  /** How it is doing, for whoever watches from outside. Asks the database nothing. */
  figures(): DatabaseFigures;
  close(): Promise<void>;
}
