import type { EntityManager } from "typeorm";
import { Refusal, refuseAll } from "../../src/foundation/refusals.js";

const refusalOf = (refusals: Refusal[]): Refusal => {
  try {
    refuseAll(refusals);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("not refused");
};
const wrong = (count: number, consequence?: () => Promise<void>) => Array.from({ length: count }, (_, index) =>
  new Refusal("NOT_FOUND", { path: [String(index)], facts: { index }, recordedAs: "ID_LOCKED", ...(consequence ? { consequence } : {}) }));

it("nothing that is wrong refuses nothing", () => {
  expect(() => { refuseAll([]); }).not.toThrow();
});

it.each([[1, 1], [2, 2], [100, 100], [101, 100], [60_000, 100]])("of %d refusals the first is the one, and at most a hundred are said", (count, said) => {
  const refusal = refusalOf(wrong(count));
  expect(refusal).toMatchObject({ code: "NOT_FOUND", recordedAs: "ID_LOCKED", path: ["0"], facts: { index: 0 } });
  expect([refusal, ...refusal.also].map(({ path }) => path)).toEqual(Array.from({ length: said }, (_, index) => [String(index)]));
});

it("what each changes is changed, also of those that aren't said: a guess counts", async () => {
  let counted = 0;
  const refusal = refusalOf(wrong(150, async () => { counted += 1; await Promise.resolve(); }));
  await refusal.consequence?.({} as EntityManager);
  expect(counted).toBe(150);
});
