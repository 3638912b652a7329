import { randomInt } from "node:crypto";
import { heapInUse } from "./heapInUse.js";
import { Random } from "./Random.js";

/**
 * Anew each time; SHOMEI_FUZZ_SEED repeats the choices of a run of which the seed was printed. Keys, serial numbers and
 * signatures are new ones nevertheless, so a failure prints its input as well.
 */
const seed = Number(process.env.SHOMEI_FUZZ_SEED ?? randomInt(2 ** 32));

/** One input: what kind of making it comes from, and how it is shown where it does harm. */
export interface Fuzzed {
  kind: string;
  shown: () => string;
}

interface Run<Input extends Fuzzed> {
  /** What is fuzzed, for the figures that are printed. */
  name: string;
  rounds: number;
  /** How many are under way at the same time. */
  atOnce?: number;
  make: (random: Random, round: number) => Input;
  /** Says in one word what came of it; throws where that must not be. */
  check: (input: Input, round: number) => string | Promise<string>;
}

export interface Figures {
  /** How many of this kind (of all kinds, where none is given) had such an outcome. */
  count(outcome: RegExp, kind?: string): number;
  /** Octets still held after each quarter of the run. */
  heap: number[];
}

/** Feeds inputs, one after the other, all of them made from the seed. A failure tells seed, round and input. */
export async function fuzz<Input extends Fuzzed>({ name, rounds, atOnce = 1, make, check }: Run<Input>): Promise<Figures> {
  const outcomes = new Map<string, number>();
  const heap: number[] = [];
  const started = performance.now();
  const once = async (round: number) => {
    const input = make(new Random(seed, round), round);
    try {
      return `${input.kind}: ${await check(input, round)}`;
    } catch (cause) {
      throw new Error(`SHOMEI_FUZZ_SEED=${String(seed)}, round ${String(round)}, ${input.kind}: ${input.shown()}`, { cause });
    }
  };

  for (let start = 0; start < rounds; start += atOnce) {
    const end = Math.min(start + atOnce, rounds);
    for (const outcome of await Promise.all(Array.from({ length: end - start }, (_, index) => once(start + index)))) {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    if (Math.floor((end * 4) / rounds) > heap.length) heap.push(await heapInUse());
  }
  print(name, rounds, performance.now() - started, outcomes, heap);
  return {
    count: (wanted, kind) => [...outcomes].reduce((sum, [outcome, times]) => {
      const [itsKind, what = ""] = outcome.split(/: (.*)/s);
      return (kind === undefined || itsKind === kind) && wanted.test(what) ? sum + times : sum;
    }, 0),
    heap,
  };
}

/** By how much more is held at the end than after the quarter when it was least; the first one makes what is made once. */
export function growthOf({ heap }: Figures): number {
  return (heap.at(-1) ?? Infinity) - Math.min(...heap);
}

function print(name: string, rounds: number, milliseconds: number, outcomes: Map<string, number>, heap: number[]): void {
  const counts = [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([outcome, times]) => `\n  ${String(times).padStart(6)} ${outcome}`);
  const held = heap.map((octets) => (octets / 2 ** 20).toFixed(1)).join(", ");
  process.stderr.write(`\n${name}: ${String(rounds)} rounds in ${(milliseconds / 1000).toFixed(1)} s, SHOMEI_FUZZ_SEED=${String(seed)}; held after each quarter: ${held} MB${counts.join("")}\n`);
}
