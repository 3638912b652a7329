import { unlessPast } from "./deadline.js";

/** Runs each work it is given, so many at a time, in the order in which they came. Whoever is past its deadline while it waits leaves. */
export function fewAtOnce(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting = new Set<() => void>();
  let free = places;

  const place = async () => {
    if (free > 0) {
      free--;
      return;
    }
    const { promise: called, resolve } = Promise.withResolvers<undefined>();
    const call = () => { resolve(undefined); };
    waiting.add(call);
    try {
      await unlessPast(called);
    } catch (error) {
      if (waiting.delete(call)) throw error; // else it was called at that very moment, and gives its place on
    }
  };

  return async (work) => {
    await place();
    try {
      return await work();
    } finally {
      const [next] = waiting;
      if (next) {
        waiting.delete(next);
        next();
      } else {
        free++;
      }
    }
  };
}
