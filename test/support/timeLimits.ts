import { addEventHandler } from "jest-circus";

// jest-light-runner doesn't end a test that hangs, and doesn't know of a test's own limit: here each has one, and fails behind it.
// Nor does it run what is defined while a test runs, or hand on a test's `done` here: both are refused.

const LIMIT = 30_000; // ms, where a test or a hook says no other

let isRunning = false;
addEventHandler((event, state) => {
  if (event.name !== "add_test" && event.name !== "add_hook") return;
  if (isRunning) throw new Error("defined while a test or a hook runs");
  if ((event.fn as (() => unknown) | undefined)?.length) throw new Error("takes a callback: give a promise");
  if (event.name === "add_test") limit(state.currentDescribeBlock.children.at(-1), event.timeout);
  if (event.name === "add_hook") limit(state.currentDescribeBlock.hooks.at(-1), event.timeout);
});

function limit(added: object | undefined, ms = LIMIT): void {
  const work = added as { fn?: () => unknown } | undefined;
  if (work?.fn) work.fn = limited(work.fn, ms);
}

/** The same work, which fails where it takes longer. */
export function limited(work: () => unknown, ms: number): () => Promise<void> {
  return async () => {
    const { promise: tooLong, reject } = Promise.withResolvers<never>();
    isRunning = true;
    const timer = setTimeout(() => { reject(new Error(`took longer than ${String(ms)} ms`)); }, ms);
    try {
      await Promise.race([tooLong, work()]);
    } finally {
      clearTimeout(timer);
      isRunning = false;
    }
  };
}
