/** What a contender does `count` times; it says how much CPU time its server took for all of it, in microseconds. */
export type Contender = (count: number) => Promise<number>;

/** Medians of several rounds in turn: in each, every contender runs once, and each time another one comes first. Microseconds a request. */
export async function inTurn<K extends string>(contenders: Record<K, Contender>, { rounds, warmUps, count }: { rounds: number; warmUps: number; count: number }): Promise<Record<K, number>> {
  const names = Object.keys(contenders) as K[];
  const measured = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    const shift = (round + warmUps) % names.length;
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      const each = (await contenders[name](count)) / count;
      if (round >= 0) measured.get(name)?.push(each);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(measured.get(name) ?? [])])) as Record<K, number>;
}

export function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
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
