/** How often something took how long: counted by upper bounds, so that it costs the same however often it happens. */
export interface Tally {
  /** Upper bounds in seconds, rising; what is above the last one is in none of them. */
  readonly bounds: readonly number[];
  /** How many were at most each bound and above the one before. */
  readonly counts: readonly number[];
  readonly count: number;
  /** Seconds. */
  readonly sum: number;
}

/** From a cached answer to a request that is given up. */
export const ordinaryBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** A tally that begins at nothing, and by which it is added to. */
export function openTally(bounds: readonly number[] = ordinaryBounds): Tally & { add: (seconds: number) => void } {
  const counts = bounds.map(() => 0);
  const tally = {
    bounds, counts, count: 0, sum: 0,
    add: (seconds: number) => {
      tally.count++;
      tally.sum += seconds;
      for (let index = 0; index < bounds.length; index++) {
        if (seconds > (bounds[index] ?? Infinity)) continue;
        counts[index] = (counts[index] ?? 0) + 1;
        return;
      }
    },
  };
  return tally;
}
