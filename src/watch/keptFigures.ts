import { setTimeout as pause } from "node:timers/promises";
import { SECOND, later } from "../foundation/clock.js";
import { withinDeadline } from "../foundation/deadline.js";
import type { Desk } from "../foundation/desk.js";

export interface Kept<T> {
  /** The newest that there are. */
  figures: T;
  at: Date;
}

export interface KeptFigures<T> {
  /** The newest figures, asked for anew where that is due; undefined where there never were any. Never throws, and doesn't take long. */
  newest(): Promise<Kept<T> | undefined>;
  /** Whether the last attempt brought some. */
  readonly isUp: boolean;
}

const LONGEST_WAIT_MS = 2 * SECOND; // whoever scrapes has little patience
/** What took long is asked for more seldom: of a hundred parts of the time it takes one at most. */
const PART = 100;

/**
 * Figures out of the database, however often they are asked for: gathered at most once every `everyMs`, by one at a time, in `longestMs`
 * at most. While they are gathered for long, or can't be, those from before are given.
 */
export function keptFigures<T>(desk: Desk, what: string, gather: () => Promise<T>, { everyMs, longestMs }: { everyMs: number; longestMs: number }): KeptFigures<T> {
  let kept: Kept<T> | undefined;
  let isUp = true;
  let next: Date | undefined;
  let running: Promise<void> | undefined;

  const ask = async () => {
    const at = desk.clock.now();
    const beganAt = performance.now();
    try {
      kept = { figures: await withinDeadline(longestMs, gather), at };
      isUp = true;
    } catch (error) {
      if (isUp) desk.log.warn({ err: error }, `${what} can't be asked of the database; those from before are shown`);
      isUp = false;
    }
    next = later(desk.clock.now(), Math.max(everyMs, PART * (performance.now() - beganAt)));
  };

  return {
    newest: async () => {
      const now = desk.clock.now();
      const isDue = next === undefined || now >= next || (kept !== undefined && now < kept.at); // or the clock was put back
      if (isDue) running ??= ask().finally(() => { running = undefined; });
      if (running) await Promise.race([running, pause(LONGEST_WAIT_MS, undefined, { ref: false })]);
      return kept;
    },
    get isUp() { return isUp; },
  };
}
