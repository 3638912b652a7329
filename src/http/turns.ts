import { currentDeadline, unlessPast } from "../foundation/deadline.js";

/** Runs `work` when it is the turn of whoever it is for; while it waits, its deadline runs. */
export interface InTurn {
  <T>(whose: string, work: () => Promise<T>): Promise<T>;
  /** How many wait at this moment. */
  waiting: () => number;
}

/**
 * Lets so many requests of each be under way at the same time, the others in the order in which they came; 0 is as many as
 * there are. So whoever sends hundreds at once waits for itself, and not everybody for it.
 */
export function openTurns(atOnce: number): InTurn {
  const lines = new Map<string, { running: number; waiting: Set<() => void> }>();

  const inTurn = async <T>(whose: string, work: () => Promise<T>): Promise<T> => {
    if (atOnce === 0) return work();
    const line = lines.get(whose) ?? { running: 0, waiting: new Set() };
    lines.set(whose, line);
    if (line.running < atOnce) line.running++;
    else await turnIn(line.waiting);
    try {
      return await work();
    } finally {
      const [next] = line.waiting;
      if (next) {
        line.waiting.delete(next); // it takes this one's place
        setImmediate(next); // what others sent meanwhile is read first
      } else if (--line.running === 0) {
        lines.delete(whose);
      }
    }
  };
  return Object.assign(inTurn, { waiting: () => [...lines.values()].reduce((sum, { waiting }) => sum + waiting.size, 0) });
}

/** Waits until it is called. Whoever is past its deadline leaves the line; who was called at that very moment takes its turn and so gives it on. */
async function turnIn(waiting: Set<() => void>): Promise<void> {
  const { promise: called, resolve } = Promise.withResolvers<undefined>();
  const call = () => { resolve(undefined); };
  waiting.add(call);
  try {
    await unlessPast(called, currentDeadline());
  } catch (error) {
    if (waiting.delete(call)) throw error;
  }
}
