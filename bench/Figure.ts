/** One line of the results: what one contender costs, and what is asked of it. */
export interface Figure {
  /** What is done, and for a target its stable name. */
  name: string;
  engine?: "SQLite" | "MariaDB";
  contender: string;
  /** CPU time that the serving process takes for one, user and system, the median of the rounds. */
  microseconds: number;
  perSecond?: number;
  /** To the contender that the target names, or to ours. */
  ratio?: number;
  target?: { atMost?: number; atLeast?: number };
  note?: string;
}

/** Whether the figure is as good as it is asked to be; what nothing is asked of is. */
export function isMet({ ratio, perSecond, target }: Figure): boolean {
  if (target?.atMost !== undefined) return ratio !== undefined && ratio <= target.atMost;
  if (target?.atLeast !== undefined) return perSecond !== undefined && perSecond >= target.atLeast;
  return true;
}
