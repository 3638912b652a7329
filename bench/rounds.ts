/** What a contender does `count` times; it says how much CPU time its server took for all of it, in microseconds. */
export type Contender = (count: number) => Promise<number>;

/** What came of rounds in turn. Machines are faster in some than in others: so there are many short ones, and who is compared is compared round by round. */
export interface Measured<K extends string> {
  /** Microseconds a request, the median of the rounds. */
  each: Readonly<Record<K, number>>;
  /** How many times as long as `other` this one took, the median of the rounds. */
  ratio: (one: K, other: K) => number;
}

/** Several rounds in turn: in each, every contender runs once, and each time another one comes first. */
export async function inTurn<K extends string>(contenders: Record<K, Contender>, { rounds, warmUps, count }: { rounds: number; warmUps: number; count: number }): Promise<Measured<K>> {
  const names = Object.keys(contenders) as K[];
  const measured = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    const shift = (round + warmUps) % names.length;
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      const each = (await contenders[name](count)) / count;
      if (round >= 0) measured.get(name)?.push(each);
    }
  }
  const of = (name: K) => measured.get(name) ?? [];
  return {
    each: Object.fromEntries(names.map((name) => [name, median(of(name))])) as Record<K, number>,
    ratio: (one, other) => median(of(one).map((took, round) => took / (of(other)[round] ?? NaN))),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

/** A contender's part of a figure: what one took, and how many times as long as `other`. */
export function compared<K extends string>({ each, ratio }: Measured<K>, one: K, other: K): { microseconds: number; perSecond: number; ratio: number } {
  return { microseconds: each[one], perSecond: perSecond(each[one]), ratio: ratio(one, other) };
}

/** The CPU time of this process, user and system, while `work` runs. */
export async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Does something `count` times, so many at once. */
export async function atOnce(count: number, lanes: number, one: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: lanes }, async () => {
    while (next < count) await one(next++);
  }));
}

export function perSecond(microseconds: number): number {
  return Math.round(1e6 / microseconds);
}
