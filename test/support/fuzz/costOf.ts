const ROUNDS = 5;
/** How long a round lasts at least, in milliseconds: the system counts a thread's time in ticks of 4. */
const LONG_ENOUGH = 48;
const MOST_TIMES = 48;
/** Below this nobody is kept waiting, however it grows. */
const NOTICEABLE = 1;

interface Cost {
  /** Of the largest input: the thread's own time on a processor, in milliseconds; the least of some rounds. */
  milliseconds: number;
  /** How often the price of a quarter of it goes into that: 4 where the work grows with the length, 16 where with its square. */
  timesAQuarter: number;
}

/** What it costs to take in `make(octets)`, and how that grows. It isn't the clock that is asked: other tests run at the same time. */
export async function costOf<Input>(octets: number, make: (octets: number) => Input, takeIn: (input: Input) => unknown): Promise<Cost> {
  const [whole, quarter] = [make(octets), make(Math.floor(octets / 4))];
  const least = { whole: Infinity, quarter: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    least.whole = Math.min(least.whole, await meanOf(() => takeIn(whole)));
    least.quarter = Math.min(least.quarter, await meanOf(() => takeIn(quarter)));
  }
  return { milliseconds: least.whole, timesAQuarter: least.whole / Math.max(least.quarter, NOTICEABLE) };
}

async function meanOf(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  for (let times = 1; ; times++) {
    await work();
    const { user, system } = process.threadCpuUsage(before);
    const spent = (user + system) / 1000;
    if (spent >= LONG_ENOUGH || times === MOST_TIMES) return spent / times;
  }
}
