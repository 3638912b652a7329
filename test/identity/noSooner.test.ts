import { setTimeout as pause } from "node:timers/promises";
import { Refusal } from "../../src/foundation/refusals.js";
import { noSooner } from "../../src/identity/noSooner.js";

const FLOOR = 80; // ms
const took = async (work: () => Promise<unknown>) => {
  const start = performance.now(); // before the work's own
  await work().catch(() => undefined);
  return performance.now() - start;
};
const failing = async (after: number) => {
  await pause(after);
  throw new Refusal("SIGN_IN_FAILED");
};

it.each([0, 1, FLOOR / 2, FLOOR - 1])("a refusal that is known after %d ms leaves never before the floor", async (after) => {
  const several = Array.from({ length: 10 }, () => took(() => noSooner(FLOOR, () => failing(after))));
  for (const ms of await Promise.all(several)) expect(ms).toBeGreaterThanOrEqual(FLOOR);
});

it("one that is thrown at once, before anything is awaited, does neither", async () => {
  const thrown = () => { throw new Refusal("SIGN_IN_FAILED"); };
  expect(await took(() => noSooner(FLOOR, thrown))).toBeGreaterThanOrEqual(FLOOR);
});

it("one that takes longer leaves at once, as it is", async () => {
  const refusal = new Refusal("SIGN_IN_FAILED");
  const attempt = noSooner(1, async () => { await pause(20); throw refusal; });
  await expect(attempt).rejects.toBe(refusal);
});

it("a success doesn't wait", async () => {
  const start = performance.now();
  expect(await noSooner(60_000, () => Promise.resolve("in"))).toBe("in");
  expect(performance.now() - start).toBeLessThan(10_000);
});
