/** One line of a bench: what a request costs one contender on one database. */
export interface Figure {
  name: string;
  engine?: "SQLite" | "MariaDB";
  contender: string;
  /** CPU time (user and system) that the serving process took for a request; the median of the rounds. */
  microseconds: number;
  /** How many that is a second on one core. */
  perSecond?: number;
  /** To the limit that the target names. */
  ratio?: number;
  target?: { atMost?: number; atLeast?: number };
  note?: string;
}
