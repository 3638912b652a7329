/**
 * `work` for many callers at once: each gets a run that began after its call, and those who wait share one. So there is
 * never more than one run at a time, and nobody is given what was already under way when it asked.
 */
export function coalesced<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  const start = (): Promise<T> => {
    next = undefined;
    const run = work().finally(() => {
      if (running === run) running = undefined;
    });
    running = run;
    return run;
  };
  return () => next ?? (running ? (next = running.then(start, start)) : start());
}
