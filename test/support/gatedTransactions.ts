import type { EntityManager } from "typeorm";
import type { Database } from "../../src/foundation/database/Database.js";

/** The same database, within whose transactions some of what is asked is answered otherwise: as where somebody else comes in between. */
export function withTransactions(db: Database, otherwise: (tx: EntityManager) => Partial<EntityManager>): Database {
  const transaction: Database["transaction"] = (work, outcome) =>
    db.transaction((tx) => work(Object.assign(Object.create(tx) as EntityManager, otherwise(tx))), outcome);
  return { ...db, transaction };
}
