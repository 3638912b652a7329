import { setImmediate as aMoment } from "node:timers/promises";
import { withinDeadline } from "../../src/foundation/deadline.js";
import { fewAtOnce } from "../../src/foundation/fewAtOnce.js";

it("runs so many at a time, in their order, also after one that failed and one that waited too long", async () => {
  const inPlace = fewAtOnce(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = (index: number) => () => {
    begun.push(index);
    return new Promise<void>((resolve, reject) => { ends.push(() => { if (index === 0) reject(new Error("it fails")); else resolve(); }); });
  };
  const failing = inPlace(work(0));
  const second = inPlace(work(1));
  const impatient = withinDeadline(5, () => inPlace(work(2)));
  const others = [3, 4].map((index) => inPlace(work(index)));
  await expect(impatient).rejects.toMatchObject({ code: "REQUEST_TIMED_OUT" });
  expect(begun).toEqual([0, 1]);
  ends[0]?.();
  await expect(failing).rejects.toThrow("it fails");
  await aMoment();
  expect(begun).toEqual([0, 1, 3]);
  for (const index of [1, 2]) ends[index]?.();
  await aMoment();
  expect(begun).toEqual([0, 1, 3, 4]);
  ends[3]?.();
  await Promise.all([second, ...others]);
});
