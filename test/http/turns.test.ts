import { withinDeadline } from "../../src/foundation/deadline.js";
import { openTurns } from "../../src/http/turns.js";

/** Work that lasts until it is ended, and that is known to have begun. */
function aWork() {
  const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
  const work = {
    hasBegun: false,
    end: () => { end(undefined); },
    run: () => {
      work.hasBegun = true;
      return ended;
    },
  };
  return work;
}
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 20));

it("lets so many of one be under way, the next when one of them is done, and another's at once", async () => {
  const inTurn = openTurns(2);
  const [one, two, three, others] = [aWork(), aWork(), aWork(), aWork()];
  const all = [inTurn("a", one.run), inTurn("a", two.run), inTurn("a", three.run), inTurn("b", others.run)];
  await aMoment();
  expect([one, two, three, others].map(({ hasBegun }) => hasBegun)).toEqual([true, true, false, true]);
  expect(inTurn.waiting()).toBe(1);
  two.end();
  await aMoment();
  expect(three.hasBegun).toBe(true);
  for (const work of [one, three, others]) work.end();
  await Promise.all(all);
  expect(inTurn.waiting()).toBe(0);
});

it("gives each turn to one, also when two are done at the same moment", async () => {
  const inTurn = openTurns(2);
  const works = Array.from({ length: 6 }, aWork);
  const all = works.map(({ run }) => inTurn("a", run));
  for (const begun of [2, 4, 6]) {
    await aMoment();
    expect(works.filter(({ hasBegun }) => hasBegun)).toHaveLength(begun);
    for (const { end } of works.slice(begun - 2, begun)) end();
  }
  await Promise.all(all);
});

it("gives the turn on where the work fails, and past those who waited too long", async () => {
  const inTurn = openTurns(1);
  const [first, last] = [aWork(), aWork()];
  const running = inTurn("a", () => first.run().then(() => { throw new Error("it fails"); }));
  const impatient = withinDeadline(10, () => inTurn("a", () => Promise.resolve("never run")));
  const patient = inTurn("a", last.run);
  await expect(impatient).rejects.toMatchObject({ code: "REQUEST_TIMED_OUT" });
  first.end();
  await expect(running).rejects.toThrow("it fails");
  await aMoment();
  expect(last.hasBegun).toBe(true);
  last.end();
  await patient;
});

it("lets as many pass as there are where it is told so", async () => {
  const works = Array.from({ length: 50 }, aWork);
  const all = works.map(({ run }) => openTurns(0)("a", run));
  expect(works.every(({ hasBegun }) => hasBegun)).toBe(true);
  for (const { end } of works) end();
  await Promise.all(all);
});
