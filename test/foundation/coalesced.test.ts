import fc from "fast-check";
import { coalesced } from "../../src/foundation/coalesced.js";

/** Work that goes on until it is told to end, and tells its callers which run they were given. */
function aWork() {
  const runs: PromiseWithResolvers<number>[] = [];
  const call = coalesced(() => {
    const run = Promise.withResolvers<number>();
    runs.push(run);
    return run.promise;
  });
  const end = (run: number) => {
    runs[run]?.resolve(run);
    return settled();
  };
  return { call, runs, end };
}

/** Until all that can happen without a run's end has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

it("gives a single caller a run of its own, each time", async () => {
  const { call, runs, end } = aWork();
  for (const run of [0, 1, 2]) {
    const called = call();
    await end(run);
    expect(await called).toBe(run);
  }
  expect(runs).toHaveLength(3);
});

it("gives those who come during a run the next one, together: never what was already under way", async () => {
  const { call, runs, end } = aWork();
  const first = call();
  const during = [call(), call(), call()];
  await settled();
  expect(runs).toHaveLength(1); // one at a time
  await end(0);
  expect(await first).toBe(0);
  expect(runs).toHaveLength(2);
  const later = [call(), call()];
  await end(1);
  expect(await Promise.all(during)).toEqual([1, 1, 1]);
  await end(2);
  expect(await Promise.all(later)).toEqual([2, 2]);
  expect(runs).toHaveLength(3);
});

it("tells a run's failure to those who were given that run, and goes on with the next", async () => {
  const { call, runs, end } = aWork();
  const [first, second] = [call(), call()];
  runs[0]?.reject(new Error("the first failed"));
  await expect(first).rejects.toThrow("the first failed");
  await end(1);
  expect(await second).toBe(1);
  const third = call();
  runs[2]?.reject(new Error("the third failed"));
  await expect(third).rejects.toThrow("the third failed");
  const fourth = call();
  await end(3);
  expect(await fourth).toBe(3);
});

it("whatever the order: one run at a time, each caller's began after its call, and no run is for nobody", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom("call", "end", "both"), { maxLength: 40 }), async (steps) => {
    let [begun, running, served] = [0, 0, 0];
    let endOne: (() => void) | undefined;
    const call = coalesced(async () => {
      const run = begun++;
      running += 1;
      expect(running).toBe(1);
      await new Promise<void>((resolve) => (endOne = resolve));
      running -= 1;
      return run;
    });
    const wanted: Promise<void>[] = [];
    const ask = () => {
      const before = begun; // runs that began already: none of them may be this caller's
      wanted.push(call().then((run) => {
        expect(run).toBeGreaterThanOrEqual(before);
        served = Math.max(served, run + 1);
      }));
    };
    for (const step of steps) {
      if (step !== "end") ask();
      if (step !== "call") endOne?.();
      if (step === "both") ask(); // as the run ends, before anything else happens
      await settled();
    }
    while (running > 0) {
      endOne?.();
      await settled();
    }
    await Promise.all(wanted);
    expect(served).toBe(begun);
  }));
});
