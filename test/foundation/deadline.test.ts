import { setTimeout as pause } from "node:timers/promises";
import { createConnection } from "mysql2/promise";
import type { EntityManager } from "typeorm";
import { liftDeadline, throwIfPast, unlessPast, withinDeadline, withoutDeadline } from "../../src/foundation/deadline.js";
import { recordTurnedAway } from "../../src/history/audited.js";
import { User } from "../../src/identity/User.js";
import { engine } from "../support/engine.js";
import { House, type Tenant } from "../support/House.js";

const TIMED_OUT = { code: "REQUEST_TIMED_OUT", facts: { limit: 0.2 } };
const onServer = engine === "mariadb" ? it : it.skip;

let house: House;
let tenant: Tenant;
beforeAll(async () => {
  house = await House.open();
  tenant = await house.aTenant();
});
afterAll(async () => { await house.close(); });

const renamed = (displayName: string, then: (tx: EntityManager) => Promise<unknown> = () => Promise.resolve()) =>
  house.db.transaction(async (tx) => {
    await tx.update(User, { id: tenant.taro.id }, { displayName });
    await then(tx);
  });
const nameNow = async () => (await house.db.reads.findOneBy(User, { id: tenant.taro.id }))?.displayName;

/** A transaction that has changed Taro's row, until it is let go. */
async function holder(): Promise<{ letGo: () => Promise<void> }> {
  let [begun, letGo]: (() => void)[] = [];
  const hasBegun = new Promise<void>((resolve) => { begun = resolve; });
  const isLetGo = new Promise<void>((resolve) => { letGo = resolve; });
  const held = renamed("先客", async () => { begun?.(); await isLetGo; });
  await hasBegun;
  return { letGo: async () => { letGo?.(); await held; } };
}

describe("within a deadline", () => {
  it("work that takes as long as it may is done", async () => {
    expect(await withinDeadline(5_000, () => house.db.reads.countBy(User, { id: tenant.taro.id }))).toBe(1);
  });

  it("a read or a transaction that begins after it isn't begun", async () => {
    await expect(withinDeadline(200, async () => { await pause(250); return house.db.reads.countBy(User, {}); })).rejects.toMatchObject(TIMED_OUT);
    await expect(withinDeadline(200, async () => { await pause(250); return renamed("遅刻"); })).rejects.toMatchObject(TIMED_OUT);
    expect(await nameNow()).not.toBe("遅刻");
  });

  it("a transaction that is past it is rolled back instead of committed", async () => {
    await expect(withinDeadline(200, () => renamed("遅刻", () => pause(300)))).rejects.toMatchObject(TIMED_OUT);
    expect(await nameNow()).not.toBe("遅刻");
  });

  it("a transaction that waits for another one gives up, and leaves nothing behind", async () => {
    const { letGo } = await holder();
    const waiting = withinDeadline(200, () => renamed("遅刻"));
    const verdict = expect(waiting).rejects.toMatchObject(TIMED_OUT);
    if (engine === "sqlite") await pause(300); // there the turn comes first, and then it is too late
    else await verdict;
    await letGo();
    await verdict;
    expect(await nameNow()).toBe("先客");
    await renamed("次の人");
    expect(await nameNow()).toBe("次の人");
  });

  it("what was lifted, or is outside of it, goes on", async () => {
    expect(await withinDeadline(100, async () => { liftDeadline(); await pause(150); return house.db.reads.countBy(User, { id: tenant.taro.id }); })).toBe(1);
    expect(await withinDeadline(100, async () => { await pause(150); return withoutDeadline(() => house.db.reads.countBy(User, { id: tenant.taro.id })); })).toBe(1);
    await withinDeadline(100, async () => { await pause(150); expect(() => { throwIfPast(); }).toThrow(); });
  });

  it("any number may wait at once, without a warning", async () => {
    const warnings: string[] = [];
    const listen = ({ name }: Error) => void warnings.push(name);
    process.on("warning", listen);
    await withinDeadline(50, () => Promise.allSettled(Array.from({ length: 50 }, () => unlessPast(pause(5_000, undefined, { ref: false })))));
    await pause(0);
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });

  it("a wait ends with it, and what is waited for ends unheard", async () => {
    await expect(withinDeadline(50, () => unlessPast(pause(5_000, undefined, { ref: false })))).rejects.toMatchObject({ code: "REQUEST_TIMED_OUT" });
    await expect(withinDeadline(50, () => unlessPast(pause(100).then(() => Promise.reject(new Error("unheard")))))).rejects.toMatchObject({ code: "REQUEST_TIMED_OUT" });
    await pause(100);
  });
});

describe("the server's work for it", () => {
  const running = async (): Promise<number> => {
    const rows: { n: number | string }[] = await house.db.reads.query("SELECT COUNT(*) AS n FROM information_schema.processlist WHERE command = 'Query' AND info LIKE '%shomei_slow%' AND info NOT LIKE '%processlist%' AND db = DATABASE()");
    return Number(rows[0]?.n);
  };
  const SLOW = "SELECT /* shomei_slow */ COUNT(SHA2(seq, 512)) AS n FROM seq_1_to_200000000"; // MariaDB's sequence engine

  onServer("is ended, a read's", async () => {
    const beginning = performance.now();
    await expect(withinDeadline(200, () => house.db.reads.query(SLOW))).rejects.toMatchObject(TIMED_OUT);
    expect(performance.now() - beginning).toBeLessThan(3_000);
    expect(await running()).toBe(0);
  });

  onServer("is ended, a transaction's that waits for a row", async () => {
    const { letGo } = await holder();
    const beginning = performance.now();
    await expect(withinDeadline(200, () => renamed("遅刻"))).rejects.toMatchObject(TIMED_OUT);
    expect(performance.now() - beginning).toBeLessThan(3_000);
    await letGo();
  });

  onServer("strikes nobody else: connections that were interrupted are as good as others", async () => {
    for (let round = 0; round < 5; round++) {
      await Promise.allSettled(Array.from({ length: 10 }, () => withinDeadline(50, () => house.db.reads.query(SLOW))));
      const answers = await Promise.all(Array.from({ length: 50 }, () => house.db.reads.countBy(User, { id: tenant.taro.id })));
      expect(new Set(answers)).toEqual(new Set([1]));
    }
    expect(await running()).toBe(0);
  });

  onServer("where all connections are taken, the wait for one ends, and it comes back to the pool", async () => {
    const { letGo } = await holder();
    const blocked = Array.from({ length: 12 }, () => renamed("列"));
    await pause(100);
    await expect(withinDeadline(200, () => house.db.reads.countBy(User, {}))).rejects.toMatchObject(TIMED_OUT);
    await letGo();
    await Promise.all(blocked);
    expect(await house.db.reads.countBy(User, { id: tenant.taro.id })).toBe(1);
  });
});

describe("what a COMMIT has begun", () => {
  onServer("isn't stopped: a deed that waits in its COMMIT is done, however late", async () => {
    const other = await createConnection({ uri: house.database.url ?? "" });
    try {
      const deed = withinDeadline(400, () => renamed("間に合う", async () => { await other.query("FLUSH TABLES WITH READ LOCK"); })); // COMMITs wait for it
      await pause(900);
      await other.query("UNLOCK TABLES");
      await deed;
    } finally {
      await other.end();
    }
    expect(await nameNow()).toBe("間に合う");
  });
});

it("an attempt that is turned away is on record, however late it is", async () => {
  const attempt = { action: "SIGN_OUT", origin: { requestId: "late", address: null }, by: { userId: null, loginId: null, contractId: tenant.contract.id, bankId: house.bank.id } } as const;
  await withinDeadline(50, async () => { await pause(100); await recordTurnedAway(house.desk, attempt, "BAD_REQUEST"); });
  expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ requestId: "late", code: "BAD_REQUEST" });
});
