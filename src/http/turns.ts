import { setImmediate as aTurnOfTheLoop } from "node:timers/promises";
import { currentDeadline, unlessPast } from "../foundation/deadline.js";
import { RequestRefusal } from "../foundation/requestRefusals.js";

/** How many requests go on at a time. */
export interface TurnSettings {
  /** Of one address; 0: as many as there are. */
  atOnce: number;
  /** Of everybody; 0: as many as there are. */
  underWay: number;
  /** How many may wait for their turn. */
  waiting: number;
}

export interface Turns {
  /** Runs `work` when it is the turn of whoever it is for; while it waits, its deadline runs. OVERLOADED where too many wait already. */
  run<T>(whose: string, work: () => Promise<T>): Promise<T>;
  /** Whether `run` would be refused now: for whoever can tell before it reads the request. */
  isFullFor(whose: string): boolean;
  figures(): { underWay: number; waiting: number; shed: number };
}

interface Line {
  running: number;
  waiting: Set<Waiter>;
}

interface Waiter {
  call: () => void;
  refuse: () => void;
  isRefused: boolean;
}

/** Long enough that the line is another one by then, short enough for a person at a screen. */
const RETRY_AFTER_SECONDS = 2;

const OVERLOADED = new RequestRefusal("OVERLOADED", { retryAfter: RETRY_AFTER_SECONDS }); // one for all: a trace for each would cost most just then

/** More came than can be served: nothing was done. */
export function overloaded(): RequestRefusal {
  return OVERLOADED;
}

/**
 * Lets so many requests of each address, and so many of all, be under way; the others wait, a bounded number, and each address
 * in turn is called. Beyond that number the newest of the longest line is refused: whoever sends hundreds at once waits for
 * itself and loses its own, and not everybody for it.
 */
export function openTurns({ atOnce, underWay, waiting: mostWaiting }: TurnSettings): Turns {
  const mostOfOne = atOnce || Infinity;
  const mostOfAll = underWay || Infinity;
  const lines = new Map<string, Line>();
  let running = 0;
  let waiting = 0;
  let shed = 0;

  const mayRun = (line: Line | undefined) => running < mostOfAll && (line?.running ?? 0) < mostOfOne;
  const isLongest = (line: Line | undefined) => (line?.waiting.size ?? 0) + 1 >= longest(lines).waiting.size;

  const begin = (line: Line) => {
    running++;
    line.running++;
  };
  const leave = (line: Line, waiter: Waiter) => {
    const wasThere = line.waiting.delete(waiter);
    if (wasThere) waiting--;
    return wasThere;
  };
  const refuseLastOf = (line: Line) => {
    const last = [...line.waiting].at(-1);
    if (!last) return;
    leave(line, last);
    shed++;
    last.refuse();
  };
  /** The place of one that is done goes to the next address that may have it. */
  const callNext = () => {
    for (const [whose, line] of lines) {
      if (line.waiting.size === 0 || !mayRun(line)) continue;
      const [next] = line.waiting;
      if (!next) continue;
      leave(line, next);
      begin(line);
      lines.delete(whose); // to the end: it was its turn
      lines.set(whose, line);
      setImmediate(next.call); // likewise
      return;
    }
  };

  const waitIn = async (line: Line) => {
    if (waiting >= mostWaiting) {
      if (isLongest(line)) {
        shed++;
        throw overloaded();
      }
      refuseLastOf(longest(lines));
    }
    const { promise: called, resolve, reject } = Promise.withResolvers<undefined>();
    const waiter: Waiter = {
      isRefused: false,
      call: () => { resolve(undefined); },
      refuse: () => {
        waiter.isRefused = true;
        reject(overloaded());
      },
    };
    line.waiting.add(waiter);
    waiting++;
    try {
      await unlessPast(called, currentDeadline());
    } catch (error) {
      // Whoever was called at the very moment of its deadline takes its turn, and so gives it on.
      if (waiter.isRefused || leave(line, waiter)) throw error;
    }
  };

  return {
    async run(whose, work) {
      const line = lines.get(whose) ?? { running: 0, waiting: new Set() };
      lines.set(whose, line);
      try {
        if (mayRun(line) && line.waiting.size === 0) {
          begin(line);
          if (hasBeenAtItFor(UNSEEN_MS)) await aTurnOfTheLoop(); // what others sent meanwhile is read first: else it would wait unseen and uncounted
        } else {
          await waitIn(line);
        }
      } catch (error) {
        forgetEmpty(lines, whose, line);
        throw error;
      }
      try {
        return await work();
      } finally {
        running--;
        line.running--;
        callNext();
        forgetEmpty(lines, whose, line);
      }
    },
    isFullFor(whose) {
      const line = lines.get(whose);
      return waiting >= mostWaiting && !(mayRun(line) && (line?.waiting.size ?? 0) === 0) && isLongest(line);
    },
    figures: () => ({ underWay: running, waiting, shed }),
  };
}

/** How long requests may be served one after the other, before it is looked again who else came. */
const UNSEEN_MS = 5;
let beganAt: number | undefined; // in this turn of the loop

/** Whether this turn of the loop has taken longer than that. */
function hasBeenAtItFor(milliseconds: number): boolean {
  const now = performance.now();
  if (beganAt === undefined) {
    beganAt = now;
    setImmediate(() => { beganAt = undefined; });
  }
  return now - beganAt > milliseconds;
}

const NOBODY: Line = { running: 0, waiting: new Set() };

function longest(lines: ReadonlyMap<string, Line>): Line {
  let found = NOBODY;
  for (const line of lines.values()) if (line.waiting.size > found.waiting.size) found = line;
  return found;
}

function forgetEmpty(lines: Map<string, Line>, whose: string, line: Line): void {
  if (line.running === 0 && line.waiting.size === 0 && lines.get(whose) === line) lines.delete(whose);
}
