import { compared, inTurn } from "../../bench/rounds.js";

/** Takes so long for each, times what the machine is slower by in this round; the warm-up comes first. */
function contender(name: string, each: number, slowerBy: readonly number[], calls: string[]) {
  let round = 0;
  return (count: number) => {
    calls.push(name);
    return Promise.resolve(count * each * (slowerBy[round++] ?? NaN));
  };
}

it("takes turns, leaves warm-ups out, and compares round by round", async () => {
  const calls: string[] = [];
  const measured = await inTurn({
    ours: contender("ours", 3, [100, 1, 1, 2, 2, 2], calls),
    theirs: contender("theirs", 2, [1, 1, 1, 2, 1, 2], calls), // in one of the rounds the machine was slower for us alone
  }, { rounds: 5, warmUps: 1, count: 10 });
  expect(measured.each).toEqual({ ours: 6, theirs: 2 });
  expect([measured.ratio("ours", "theirs"), measured.ratio("theirs", "ours")]).toEqual([1.5, 2 / 3]);
  expect(compared(measured, "theirs", "theirs")).toEqual({ microseconds: 2, perSecond: 500_000, ratio: 1 });
  expect(calls.slice(0, 6)).toEqual(["ours", "theirs", "theirs", "ours", "ours", "theirs"]);
});
