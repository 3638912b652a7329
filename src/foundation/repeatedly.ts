import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "./desk.js";

export interface Repeated {
  /** Ends it: no further run begins, and the one that is under way is waited for. */
  stop(): Promise<void>;
}

const LONGEST_PAUSE_MS = 30_000;

/**
 * Runs `work` over and over, `everyMs` between two runs, none where it answers that there is more (true), in the background. A run that fails is logged, once until one
 * succeeds again, and the pauses grow meanwhile.
 */
export function repeatedly(work: () => Promise<unknown>, everyMs: number, what: string, log: Log): Repeated {
  const ending = new AbortController();
  const run = async () => {
    for (let failures = 0; !ending.signal.aborted; ) {
      try {
        const isMore = await work();
        failures = 0;
        if (isMore === true) continue;
      } catch (error) {
        if (failures++ === 0) log.error({ err: error }, `${what} failed and is tried again`);
      }
      await pause(Math.min(everyMs * 2 ** Math.min(failures, 10), Math.max(LONGEST_PAUSE_MS, everyMs)), undefined, { ref: false, signal: ending.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: () => {
      ending.abort();
      return running;
    },
  };
}
