/** What `work` gives, unless it takes longer: then it rejects. The work itself isn't stopped, and its end isn't missed as a fault. */
export function withinTime<T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { reject(new Error(`${what} takes longer than ${String(milliseconds / 1_000)} s`)); }, milliseconds);
    timer.unref(); // a process that has nothing else to do isn't kept for it
    work.then(resolve, reject).finally(() => { clearTimeout(timer); });
  });
}
