import { setTimeout as pause } from "node:timers/promises";
import type { Database } from "../../src/foundation/database/Database.js";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import { openTally } from "../../src/foundation/tally.js";
import { engine, freshDatabase, type FreshDatabase } from "../support/engine.js";

let fresh: FreshDatabase;
let db: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  db = await openDatabase(fresh.source);
});
afterAll(async () => {
  await db.close();
  await fresh.drop();
});

it("counts what is committed, what is taken back, what is run again, and how long each takes", async () => {
  const before = db.figures();
  let runs = 0;
  await db.transaction(async (tx) => {
    await tx.query("SELECT 1");
    await pause(30);
    if (++runs < 3) throw Object.assign(new Error("deadlock"), { errno: 1213 });
  });
  await expect(db.transaction(() => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  const after = db.figures();
  expect(after.committed - before.committed).toBe(1);
  expect(after.rolledBack - before.rolledBack).toBe(3);
  expect(after.transactionsRetried - before.transactionsRetried).toBe(2);
  expect([after.readsRetried, after.outcomesUnknown]).toEqual([before.readsRetried, before.outcomesUnknown]);
  expect(after.durations.count).toBe(after.committed + after.rolledBack);
  expect(after.durations.sum).toBeGreaterThan(0.08);
});

it("tells who waits, for a connection or for the turn to write", async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<undefined>();
  const most = db.figures().pools[0]?.most ?? 1;
  const all = Array.from({ length: most + 3 }, () => db.transaction(() => held));
  await pause(engine === "sqlite" ? 20 : 300);
  const { pools, writersWaiting } = db.figures();
  if (engine === "sqlite") expect([pools, writersWaiting]).toEqual([[], 3]);
  else expect([pools, writersWaiting]).toEqual([[{ host: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string, inUse: most, idle: 0, most, waiting: 3 }], 0]);
  const waits = db.figures().waits.count;
  release(undefined);
  await Promise.all(all);
  expect(db.figures()).toMatchObject({ writersWaiting: 0 });
  expect(db.figures().waits.count - waits).toBe(3);
  for (const { inUse, waiting } of db.figures().pools) expect([inUse, waiting]).toEqual([0, 0]);
});

it("a tally puts each where it belongs, its bound included", () => {
  const tally = openTally([0.1, 1]);
  for (const seconds of [0, 0.1, 0.1001, 1, 5]) tally.add(seconds);
  expect(tally).toMatchObject({ counts: [2, 2], count: 5 });
  expect(tally.sum).toBeCloseTo(6.2001);
});
