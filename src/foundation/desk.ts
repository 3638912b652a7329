import type { Clock } from "./clock.js";
import type { Database } from "./database/Database.js";

/** What every use case is given: passed, never imported. */
export interface Desk {
  db: Database;
  clock: Clock;
  /** Faults and surprises, structured. Never a secret, never a request body. */
  log: Log;
}

export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
