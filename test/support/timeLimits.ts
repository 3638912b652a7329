import { setImmediate as aMoment } from "node:timers/promises";
import { addEventHandler } from "jest-circus";

// jest-light-runner doesn't end a test that hangs, and doesn't know of a test's own limit: here each has one, and fails behind it.
// Nor does it run what is defined while a test runs, or hand on a test's `done` here: both are refused.
// An error that nobody catches, a rejection that nobody waits for, would end its process, and every test of the file: it fails the test.

const LIMIT = 30_000; // ms, where a test or a hook says no other

/** How the test or hook that is running is made to fail. */
let failRunning: ((error: Error) => void) | undefined;

process.on("uncaughtException", (error) => { // rejections, too
  if (!failRunning) throw error;
  failRunning(error);
});

addEventHandler((event, state) => {
  if (event.name !== "add_test" && event.name !== "add_hook") return;
  if (failRunning) throw new Error("defined while a test or a hook runs");
  if ((event.fn as (() => unknown) | undefined)?.length) throw new Error("takes a callback: give a promise");
  if (event.name === "add_test") limit(state.currentDescribeBlock.children.at(-1), event.timeout);
  if (event.name === "add_hook") limit(state.currentDescribeBlock.hooks.at(-1), event.timeout);
});

function limit(added: object | undefined, ms = LIMIT): void {
  const work = added as { fn?: () => unknown } | undefined;
  if (work?.fn) work.fn = limited(work.fn, ms);
}

/** The same work, which fails where it takes longer, or where something goes wrong beside it. */
export function limited(work: () => unknown, ms: number): () => Promise<void> {
  return async () => {
    const { promise: failed, reject } = Promise.withResolvers<never>();
    const outer = failRunning;
    failRunning = reject;
    const timer = setTimeout(() => { reject(new Error(`took longer than ${String(ms)} ms`)); }, ms);
    try {
      await Promise.race([failed, work()]);
      await Promise.race([failed, aMoment()]); // what it left lying shows only now
    } finally {
      failRunning = outer;
      clearTimeout(timer);
    }
  };
}
