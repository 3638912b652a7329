import { setTimeout as pause } from "node:timers/promises";

/** Whatever was found or not found on the way, a refusal leaves at the same time: no sooner than this after the beginning. */
export async function noSooner<T>(floorMs: number, attempt: () => Promise<T>): Promise<T> {
  const beginning = performance.now();
  const left = () => floorMs - (performance.now() - beginning);
  try {
    return await attempt();
  } catch (error) {
    while (left() > 0) await pause(Math.ceil(left())); // a timer may fire a little early
    throw error;
  }
}
