import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import SqliteFile from "better-sqlite3";
import { QueryFailedError, type EntityManager } from "typeorm";
import configured from "../../ormconfig.js";
import { readConfig } from "../../src/foundation/config.js";
import { withinDeadline } from "../../src/foundation/deadline.js";
import type { Database, Reads } from "../../src/foundation/database/Database.js";
import { dataSourceFor } from "../../src/foundation/database/dataSource.js";
import { isDuplicate, isNodeFailure, isWorthRetrying, leavesOutcomeUnknown } from "../../src/foundation/database/errors.js";
import { bounds } from "../../src/foundation/database/execute.js";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import { engine, freshDatabase, type FreshDatabase } from "../support/engine.js";
import { freePort } from "../support/ThrowawayMariaDb.js";

const NOW = new Date("2026-11-24T01:00:00.000Z");
const aBank = (code: string, changes: Partial<Bank> = {}): Bank =>
  ({ id: newId(NOW), code, name: "証明信用金庫", ...ordinaryPolicy, isDemo: false, createdAt: NOW, ...changes });
const driverError = (facts: object) => new QueryFailedError("UPDATE", [], Object.assign(new Error("from the driver"), facts));
const deadlock = () => driverError({ errno: 1213, code: "ER_LOCK_DEADLOCK" });
const codes = async (reads: Reads) => (await reads.find(Bank, { order: { code: "ASC" } })).map(({ code }) => code);

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
beforeEach(() => db.transaction((tx) => tx.query("DELETE FROM banks")));

describe("a statement written by hand", () => {
  const VALUES = ["text", "+?", "", 0, 1, -7, 2 ** 40, null] as const;

  it("takes and gives values as they are, wherever they stand", async () => {
    for (const value of VALUES) {
      const [read] = await db.reads.query<{ value: unknown }[]>("SELECT ? AS value", [value]);
      expect(read?.value).toEqual(value);
    }
    await db.transaction(async (tx) => { for (const code of ["5", "05", "a"]) await tx.insert(Bank, aBank(code, { triesAllowed: 5 })); });
    const found = async (condition: string, ...params: unknown[]) => (await db.reads.query<{ code: string }[]>(`SELECT code FROM banks WHERE ${condition} ORDER BY code LIMIT ?`, [...params, 10])).map(({ code }) => code);
    expect(await found("code = ?", "5")).toEqual(["5"]); // a text is compared as one, a number as one
    expect(await found("code IN (?, ?)", "05", "a")).toEqual(["05", "a"]);
    expect(await found("code IN (?)", "05")).toEqual(["05"]);
    expect(await found("tries_allowed = ? AND code LIKE ?", 5, "%5")).toEqual(["05", "5"]);
    expect(await found("tries_allowed BETWEEN ? AND ?", 4, 5)).toHaveLength(3);
  });

  it("tells what was asked where it fails, and takes none of the values into its words", async () => {
    const failing = db.reads.query("SELECT nothing FROM banks WHERE code = ?", ["a secret"]);
    await expect(failing).rejects.toBeInstanceOf(QueryFailedError);
    await expect(failing).rejects.toMatchObject({ query: "SELECT nothing FROM banks WHERE code = ?", message: expect.not.stringContaining("a secret") as string });
  });
});

describe("a transaction", () => {
  it("of three hundred at once, a hundred of which fail, loses nothing, leaks nothing and is never seen unfinished", async () => {
    const counter = aBank("c", { triesAllowed: 0 });
    await db.transaction((tx) => tx.insert(Bank, counter));
    const attempt = (number: number) => db.transaction(async (tx) => {
      // Before and after the row and the counter agree; in between they don't, and the name says so.
      await tx.query("UPDATE banks SET tries_allowed = tries_allowed + 1, name = 'underway' WHERE id = ?", [counter.id]);
      await tx.insert(Bank, aBank(String(number)));
      await pause(1); // or SQLite would let nobody in between
      if (number % 3 === 0) throw new Error(`failed ${String(number)}`);
      await tx.query("UPDATE banks SET name = 'done' WHERE id = ?", [counter.id]);
      return number;
    });

    let isOver = false;
    const seen: { name: string; tries: number; rows: number }[] = [];
    const watch = async () => {
      while (!isOver) {
        seen.push(...await db.reads.query<typeof seen>(
          "SELECT c.name, c.tries_allowed AS tries, (SELECT COUNT(*) FROM banks b WHERE b.id <> c.id) AS `rows` FROM banks c WHERE c.id = ?", [counter.id]));
        await pause(1);
      }
    };
    const watching = watch();
    const results = await Promise.allSettled(Array.from({ length: 300 }, (_none, number) => attempt(number)));
    isOver = true;
    await watching;

    const failed = results.flatMap((result, number) => (result.status === "rejected" ? [[number, (result.reason as Error).message]] : []));
    expect(failed).toEqual(Array.from({ length: 100 }, (_none, index) => [index * 3, `failed ${String(index * 3)}`]));
    const kept = Array.from({ length: 300 }, (_none, number) => number).filter((number) => number % 3 !== 0).map(String);
    expect(await codes(db.reads)).toEqual([...kept, "c"].sort());
    expect(await db.reads.findOneBy(Bank, { id: counter.id })).toMatchObject({ triesAllowed: 200, name: "done" });
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.filter(({ name, tries, rows }) => name === "underway" || rows !== tries)).toEqual([]);
  }, 60_000);

  it("sees its own rows, which nobody else sees before its COMMIT", async () => {
    await db.transaction(async (tx) => {
      await tx.insert(Bank, aBank("1"));
      expect(await tx.countBy(Bank, {})).toBe(1);
      expect(await codes(db.reads)).toEqual([]);
    });
    expect(await codes(db.reads)).toEqual(["1"]);
  });

  it("inside a transaction is refused, and the outer one undone", async () => {
    const nested = db.transaction(async (tx) => {
      await tx.insert(Bank, aBank("1"));
      await db.transaction((inner) => inner.insert(Bank, aBank("2")));
    });
    await expect(nested).rejects.toThrow("a transaction inside a transaction");
    expect(await codes(db.reads)).toEqual([]);
  });

  it("inside a transaction is refused also behind other calls, and may follow it", async () => {
    const deep = async () => {
      await pause(1);
      return Promise.all([1].map(() => db.transaction(() => Promise.resolve())));
    };
    await expect(db.transaction(deep)).rejects.toThrow("a transaction inside a transaction");
    await db.transaction((tx) => tx.insert(Bank, aBank("1")));
    await db.transaction((tx) => tx.insert(Bank, aBank("2")));
    expect(await codes(db.reads)).toEqual(["1", "2"]);
  });

  it("that fails doesn't hold up the next one", async () => {
    const failing = db.transaction(() => Promise.reject(new Error("no")));
    const next = db.transaction((tx) => tx.insert(Bank, aBank("1")));
    await expect(failing).rejects.toThrow("no");
    await next;
    expect(await codes(db.reads)).toEqual(["1"]);
  });

  it("that throws before it does anything is undone like any other", async () => {
    await expect(db.transaction(() => { throw new Error("at once"); })).rejects.toThrow("at once");
    await expect(db.transaction((tx) => tx.insert(Bank, aBank("1")))).resolves.toBeTruthy();
  });

  it("that meets a duplicate key is not run again", async () => {
    const bank = aBank("1");
    await db.transaction((tx) => tx.insert(Bank, bank));
    let runs = 0;
    for (const twin of [{ ...bank, id: newId(NOW) }, { ...bank, code: "2" }]) {
      const refused = db.transaction((tx) => {
        runs += 1;
        return tx.insert(Bank, twin);
      });
      expect(isDuplicate(await refused.catch((error: unknown) => error))).toBe(true);
    }
    expect(runs).toBe(2);
  });

  it("may meet a duplicate key and go on", async () => {
    const bank = aBank("1");
    await db.transaction((tx) => tx.insert(Bank, bank));
    await db.transaction(async (tx) => {
      await tx.insert(Bank, { ...bank, id: newId(NOW) }).catch(() => undefined);
      await tx.insert(Bank, aBank("2"));
    });
    expect(await codes(db.reads)).toEqual(["1", "2"]);
  });

  it("keeps instants to the millisecond in UTC", async () => {
    const createdAt = new Date("2026-12-31T15:00:00.001Z");
    await db.transaction((tx) => tx.insert(Bank, aBank("1", { createdAt })));
    expect((await db.reads.findOneBy(Bank, { code: "1" }))?.createdAt).toEqual(createdAt);
    const before = await db.reads.query<unknown[]>("SELECT 1 FROM banks WHERE created_at <= ?", [db.instant(createdAt)]);
    const beyond = await db.reads.query<unknown[]>("SELECT 1 FROM banks WHERE created_at <= ?", [db.instant(new Date(createdAt.getTime() - 1))]);
    expect([before.length, beyond.length]).toEqual([1, 0]);
  });
});

describe("what is worth trying again", () => {
  it("runs the whole of the work again, from nothing", async () => {
    let runs = 0;
    const answer = await db.transaction(async (tx) => {
      runs += 1;
      expect(await tx.countBy(Bank, {})).toBe(0);
      await tx.insert(Bank, aBank("1"));
      if (runs < 4) throw deadlock();
      return runs;
    });
    expect(answer).toBe(4);
    expect(await codes(db.reads)).toEqual(["1"]);
  });

  it("isn't tried for ever: after twelve runs the error is thrown", async () => {
    let runs = 0;
    const error = deadlock();
    const hopeless = db.transaction(async (tx) => {
      runs += 1;
      await tx.insert(Bank, aBank("1"));
      throw error;
    });
    await expect(hopeless).rejects.toBe(error);
    expect(runs).toBe(12);
    expect(await codes(db.reads)).toEqual([]);
  });

  it.each([
    ["a fault of ours", new Error("fault")],
    ["a statement that is wrong", driverError({ errno: 1064 })],
    ["a lost outcome, which is no error of the work", driverError({ errno: 1180 })],
  ])("is not %s", async (_what, error) => {
    let runs = 0;
    await expect(db.transaction(() => {
      runs += 1;
      return Promise.reject(error);
    })).rejects.toBe(error);
    expect(runs).toBe(1);
  });
});

describe("a COMMIT without an answer", () => {
  type Fate = "committed" | "not committed";
  let restore: () => void;
  afterEach(() => { restore(); });

  /** The next COMMITs have these fates and then no answer; the ones after them are ordinary. */
  function silently(fates: Fate[], facts: object = { code: "ECONNRESET" }, takesMs = 0): void {
    const { commit } = bounds;
    restore = () => { bounds.commit = commit; };
    bounds.commit = async (runner) => {
      const fate = fates.shift();
      if (fate !== "not committed") await commit(runner);
      await pause(takesMs);
      if (fate !== undefined) throw driverError(facts);
    };
  }

  let runs: number;
  beforeEach(() => (runs = 0));
  const bank = aBank("1");
  const work = async (tx: EntityManager) => {
    runs += 1;
    await tx.insert(Bank, bank);
    return `run ${String(runs)}`;
  };
  const isDone = async (reads: Reads) => (await reads.countBy(Bank, { id: bank.id })) > 0;

  it.each([{ code: "ECONNRESET" }, { code: "PROTOCOL_CONNECTION_LOST", fatal: true }, { errno: 1047 }, { errno: 1053 }, { errno: 1180 }, { errno: 1927 }])(
    "that took effect (%j) is found, and its result given; nothing is done twice",
    async (facts) => {
      silently(["committed"], facts);
      await expect(db.transaction(work, { isDone })).resolves.toBe("run 1");
      expect(runs).toBe(1);
      expect(await codes(db.reads)).toEqual(["1"]);
    },
  );

  it("that took effect is found also when the request's time was over meanwhile", async () => {
    silently(["committed"], { code: "ECONNRESET" }, 200);
    await expect(withinDeadline(100, () => db.transaction(work, { isDone }))).resolves.toBe("run 1");
  });

  it("that took no effect is found out, and the work run again", async () => {
    silently(["not committed"]);
    await expect(db.transaction(work, { isDone })).resolves.toBe("run 2");
    expect(await codes(db.reads)).toEqual(["1"]);
  });

  it("several times over is resolved all the same", async () => {
    const before = db.figures().outcomesUnknown;
    silently(["not committed", "not committed", "committed"]);
    await expect(db.transaction(work, { isDone })).resolves.toBe("run 3");
    expect(db.figures().outcomesUnknown - before).toBe(3);
    expect(await codes(db.reads)).toEqual(["1"]);
  });

  it("that takes effect only after it was looked for is the answer when the second run meets its rows", async () => {
    silently(["committed"]);
    let looks = 0;
    const late = { isDone: async (reads: Reads) => ++looks > 1 && isDone(reads) };
    await expect(db.transaction(work, late)).resolves.toBe("run 1");
    expect([runs, looks]).toEqual([2, 2]);
    expect(await codes(db.reads)).toEqual(["1"]);
  });

  it.each(["committed", "not committed"] as const)("of work that can't be looked up (%s) is an error, and not run again", async (fate) => {
    silently([fate]);
    await expect(db.transaction(work)).rejects.toThrow("from the driver");
    expect(runs).toBe(1);
    expect(await codes(db.reads)).toEqual(fate === "committed" ? ["1"] : []);
  });

  it("isn't looked up where the answer was a plain no", async () => {
    silently(["not committed"], { errno: 1213 });
    let looks = 0;
    await expect(db.transaction(work, { isDone: () => Promise.resolve(++looks > 0) })).resolves.toBe("run 2");
    expect(looks).toBe(0);
  });
});

describe("the driver's errors", () => {
  const [again, node, unknown, duplicate] = ["worth retrying", "the node's", "outcome unknown", "duplicate"];
  it.each([
    ["a deadlock", { errno: 1213 }, [again]],
    ["a record that changed", { errno: 1020 }, [again]],
    ["a lock that was waited for in vain", { errno: 1205 }, [again]],
    ["a node that isn't ready", { errno: 1047 }, [again, node, unknown]],
    ["a node that shuts down", { errno: 1053 }, [again, node, unknown]],
    ["a connection that was killed", { errno: 1927 }, [again, node, unknown]],
    ["an error during COMMIT", { errno: 1180 }, [unknown]],
    ["a duplicate key", { errno: 1062, code: "ER_DUP_ENTRY" }, [duplicate]],
    ["a foreign key", { errno: 1452 }, []],
    ["a wrong statement", { errno: 1064 }, []],
    ["a wrong password", { errno: 1045 }, []],
    ["a name alone, since names are wrong for MariaDB", { code: "ER_LOCK_DEADLOCK" }, []],
    ["a number that is text", { errno: "1213" }, []],
    ...["PROTOCOL_CONNECTION_LOST", "ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN", "ECONNABORTED"]
      .map((code) => [code, { code }, [again, node, unknown]]),
    ["another fatal one of the protocol", { code: "PROTOCOL_SEQUENCE_TIMEOUT", fatal: true }, [again, node, unknown]],
    ["a statement on a connection already lost, which mysql2 gives no code", { fatal: true }, [again, node, unknown]],
    ["a refused log-in, which is fatal, too", { errno: 1045, code: "ER_ACCESS_DENIED_ERROR", fatal: true }, []],
    ["one of the protocol that isn't fatal", { code: "PROTOCOL_INCORRECT_PACKET_SEQUENCE" }, []],
    ["SQLite busy", { code: "SQLITE_BUSY" }, [again]],
    ["SQLite's snapshot gone stale", { code: "SQLITE_BUSY_SNAPSHOT" }, [again]],
    ["SQLite's unique index", { code: "SQLITE_CONSTRAINT_UNIQUE" }, [duplicate]],
    ["SQLite's primary key", { code: "SQLITE_CONSTRAINT_PRIMARYKEY" }, [duplicate]],
    ["SQLite's other constraints", { code: "SQLITE_CONSTRAINT_CHECK" }, []],
    ["SQLite's full disk", { code: "SQLITE_FULL" }, []],
    ["nothing in particular", {}, []],
  ] as [string, object, string[]][])("say of %s (%j) what it means: %j", (_what, facts, expected) => {
    const meaning = (error: unknown) => [
      ...(isWorthRetrying(error) ? [again] : []), ...(isNodeFailure(error) ? [node] : []),
      ...(leavesOutcomeUnknown(error) ? [unknown] : []), ...(isDuplicate(error) ? [duplicate] : []),
    ];
    expect(meaning(driverError(facts))).toEqual(expected);
    expect(meaning(Object.assign(new Error("bare"), facts))).toEqual(expected);
  });

  it.each([undefined, null, "ECONNRESET", 1213, new Error("1213")])("mean nothing where there is none: %p", (error) => {
    expect([isWorthRetrying(error), isNodeFailure(error), leavesOutcomeUnknown(error), isDuplicate(error)]).toEqual([false, false, false, false]);
  });
});

if (engine === "sqlite") {
  describe("on SQLite", () => {
    it("the reader can't write", async () => {
      for (const sql of ["INSERT INTO banks SELECT * FROM banks", "DELETE FROM banks", "DROP TABLE banks", "CREATE TABLE more (id TEXT)"]) {
        await expect(db.reads.query(sql)).rejects.toThrow("readonly");
      }
    });

    it("nothing acknowledged is lost with the power: the log is written ahead and through", async () => {
      const [mode] = await db.transaction((tx) => tx.query<{ journal_mode: string }[]>("PRAGMA journal_mode"));
      const [synchronous] = await db.transaction((tx) => tx.query<{ synchronous: number }[]>("PRAGMA synchronous"));
      expect([mode?.journal_mode, synchronous?.synchronous]).toEqual(["wal", 2]);
    });

    it("a start waits for another process that is just making the same file", async () => {
      const made = await freshDatabase();
      const maker = new SqliteFile(made.file);
      maker.exec("BEGIN IMMEDIATE; CREATE TABLE underway (id TEXT)");
      const finishing = pause(150).then(() => maker.exec("COMMIT").close());
      const [opened] = await Promise.all([openDatabase(made.source), finishing]);
      expect(await opened.reads.countBy(Bank, {})).toBe(0);
      await opened.close();
      await made.drop();
    });

    it("foreign keys are kept", async () => {
      const [keys] = await db.transaction((tx) => tx.query<{ foreign_keys: number }[]>("PRAGMA foreign_keys"));
      expect(keys?.foreign_keys).toBe(1);
    });
  });
}

if (engine === "mariadb") {
  describe("on a server", () => {
    const { port, name } = { port: Number(new URL(process.env.DATABASE_URL ?? "").port), name: () => new URL(fresh.url ?? "").pathname.slice(1) };
    const closing: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });

    /** The house's own way from a DATABASE_URL to its database, on the one that this file uses. */
    async function openAt(hosts: string, env: NodeJS.ProcessEnv = {}): Promise<Database> {
      const { database } = readConfig({ DATABASE_URL: `mysql://root@${hosts}/${name()}`, ...env });
      const { entities = [], migrations = [] } = configured.options;
      const opened = await openDatabase(await dataSourceFor(database, { entities: entities as never, migrations: migrations as never }));
      closing.push(() => opened.close());
      return opened;
    }

    /** A host that hands everything on to the server, until it dies: then it hangs up, and counts who still called. Or it freezes: it takes calls, and says nothing. */
    async function aHost() {
      const sockets = new Set<Socket>();
      const host = {
        port: 0, calls: 0, isDead: false, isFrozen: false, holdsUp: [] as number[], // milliseconds, of the next callers
        die: () => { host.isDead = true; for (const socket of sockets) socket.destroy(); },
        freeze: () => { host.isFrozen = true; for (const socket of sockets) socket.unpipe().pause(); },
      };
      const server: Server = createServer((socket) => {
        host.calls += 1;
        if (host.isDead) return void socket.destroy();
        sockets.add(socket.on("error", () => undefined));
        if (host.isFrozen) return;
        setTimeout(() => {
          const beyond = connect(port, "127.0.0.1");
          for (const [one, other] of [[socket, beyond], [beyond, socket]] as const) {
            sockets.add(one);
            one.on("error", () => undefined).on("close", () => other.destroy()).pipe(other);
          }
        }, host.holdsUp.shift() ?? 0);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      closing.push(() => new Promise((resolve) => { host.die(); server.close(resolve); }));
      host.port = (server.address() as AddressInfo).port;
      return host;
    }

    const local = (...ports: number[]) => ports.map((one) => `127.0.0.1:${String(one)}`).join(",");

    it("every connection is READ COMMITTED", async () => {
      const levels = await Promise.all(Array.from({ length: 30 }, () => db.transaction(async (tx) => {
        const rows = await tx.query<{ Value: string }[]>("SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')");
        await pause(10);
        return rows.map(({ Value }) => Value);
      })));
      expect(new Set(levels.flat())).toEqual(new Set(["READ-COMMITTED"]));
    });

    it("what is given up is struck by one at a time, and the connection's next borrower by nobody", async () => {
      const host = await aHost();
      const opened = await openAt(local(host.port), { SHOMEI_POOL_SIZE: "1" });
      await opened.reads.query("SELECT 1");
      host.holdsUp.push(900); // who comes to interrupt; another would be there sooner
      await expect(withinDeadline(300, () => opened.reads.query("SELECT SLEEP(5)"))).rejects.toMatchObject({ code: "REQUEST_TIMED_OUT" });
      const { readsRetried } = opened.figures();
      await opened.reads.query("SELECT SLEEP(1.5)");
      expect(opened.figures().readsRetried).toBe(readsRetried);
    });

    it("several hosts may be named, and the first be dead", async () => {
      const opened = await openAt(local(await freePort(), port));
      expect(opened.engine).toBe("mariadb");
      await opened.transaction((tx) => tx.insert(Bank, aBank("1")));
      expect(await codes(opened.reads)).toEqual(["1"]);
    });

    it("no host at all is an error", async () => {
      await expect(openAt(local(await freePort(), await freePort()))).rejects.toThrow("DATABASE_URL");
    });

    it("connections that are killed between transactions aren't missed", async () => {
      await Promise.all([1, 2, 3].map((number) => db.transaction((tx) => tx.insert(Bank, aBank(String(number))))));
      await killAll();
      await db.transaction((tx) => tx.insert(Bank, aBank("4")));
      expect(await codes(db.reads)).toEqual(["1", "2", "3", "4"]);
      await killAll();
      expect(await codes(db.reads)).toEqual(["1", "2", "3", "4"]);
    });

    it("a connection that is killed under a transaction is one more run of it", async () => {
      let runs = 0;
      await db.transaction(async (tx) => {
        runs += 1;
        await tx.insert(Bank, aBank("1"));
        if (runs === 1) await killAll();
        await tx.insert(Bank, aBank("2"));
      });
      expect(runs).toBe(2);
      expect(await codes(db.reads)).toEqual(["1", "2"]);
    });

    it("also when the driver has noticed before the next statement, or before COMMIT", async () => {
      for (const goesOn of [true, false]) {
        let runs = 0;
        const bank = aBank(goesOn ? "1" : "2");
        await db.transaction(
          async (tx) => {
            runs += 1;
            await tx.insert(Bank, bank);
            if (runs > 1) return;
            await killAll();
            await pause(50);
            if (goesOn) await tx.countBy(Bank, {});
          },
          { isDone: async (reads) => (await reads.countBy(Bank, { id: bank.id })) > 0 },
        );
        expect(runs).toBe(2);
      }
      expect(await codes(db.reads)).toEqual(["1", "2"]);
    });

    it("a read under which the connection is killed is asked again", async () => {
      await db.transaction((tx) => tx.insert(Bank, aBank("1")));
      const answer = db.reads.query<{ code: string }[]>("SELECT code, SLEEP(0.3) AS slept FROM banks");
      await pause(100);
      await killAll();
      expect(await answer).toMatchObject([{ code: "1", slept: 0 }]);
    });

    it("a transaction sees what others have committed meanwhile, and never what they haven't", async () => {
      await db.transaction(async (tx) => {
        expect(await tx.countBy(Bank, {})).toBe(0);
        const other = await openAt(local(port));
        const runner = fresh.source.createQueryRunner();
        await runner.startTransaction();
        await runner.manager.insert(Bank, aBank("1"));
        expect(await tx.countBy(Bank, {})).toBe(0);
        await runner.commitTransaction();
        await runner.release();
        expect(await tx.countBy(Bank, {})).toBe(1);
        expect(await codes(other.reads)).toEqual(["1"]);
      });
    });

    it("the first host that answers serves alone", async () => {
      const [first, second] = [await aHost(), await aHost()];
      const opened = await openAt(local(first.port, second.port));
      const calls = second.calls;
      await Promise.all(Array.from({ length: 20 }, () => opened.transaction((tx) => tx.query("SELECT 1"))));
      expect(first.calls).toBeGreaterThan(0);
      expect(second.calls).toBe(calls);
    });

    it("a host that dies is left out until it answers, and then is the first again", async () => {
      const [first, second] = [await aHost(), await aHost()];
      const opened = await openAt(local(first.port, second.port));
      await opened.transaction((tx) => tx.insert(Bank, aBank("1")));
      first.die();
      for (let number = 2; number < 9; number++) await opened.transaction((tx) => tx.insert(Bank, aBank(String(number))));
      expect(await codes(opened.reads)).toHaveLength(8);
      expect(second.calls).toBeGreaterThan(0);

      first.isDead = false;
      await pause(700); // it is looked after twice a second
      const calls = second.calls;
      second.die();
      await opened.transaction((tx) => tx.insert(Bank, aBank("9")));
      expect(second.calls).toBe(calls);
      expect(await codes(opened.reads)).toHaveLength(9);
    });

    it("a host that freezes under what is asked of it is found out, and another one asked", async () => {
      const [first, second] = [await aHost(), await aHost()];
      const opened = await openAt(local(first.port, second.port));
      await opened.transaction((tx) => tx.insert(Bank, aBank("1")));
      first.freeze();
      const since = performance.now();
      const bank = aBank("2");
      await withinDeadline(10_000, () => Promise.all([
        opened.transaction((tx) => tx.insert(Bank, bank), { isDone: async (reads) => (await reads.countBy(Bank, { id: bank.id })) > 0 }),
        opened.reads.query("SELECT code FROM banks"),
      ]));
      expect(performance.now() - since).toBeLessThan(9_000);
      expect(await codes(opened.reads)).toEqual(["1", "2"]);
    });

    it("a host that is at work for long, and answers when it is asked, is left at it", async () => {
      const [first, second] = [await aHost(), await aHost()];
      const opened = await openAt(local(first.port, second.port));
      const calls = second.calls;
      expect(await opened.reads.query("SELECT SLEEP(3.5) AS slept")).toEqual([{ slept: 0 }]);
      expect(second.calls).toBe(calls);
    });

    it("a host that is dead from the start is called once and then left out", async () => {
      const [first, second] = [await aHost(), await aHost()];
      first.die();
      const opened = await openAt(local(first.port, second.port));
      const calls = first.calls;
      await Promise.all(Array.from({ length: 5 }, () => opened.transaction((tx) => tx.query("SELECT SLEEP(0.02)"))));
      expect(second.calls).toBeGreaterThan(4);
      expect(first.calls).toBeLessThanOrEqual(calls + 1); // it was looked after
    });

    it("a host that takes the call but can't serve (1047: no quorum) is left out, too", async () => {
      const [first, second] = [await aHost(), await aHost()];
      const opened = await openAt(local(first.port, second.port));
      const calls = second.calls;
      let runs = 0;
      await opened.transaction(() => (++runs === 1 ? Promise.reject(driverError({ errno: 1047 })) : Promise.resolve()));
      expect(runs).toBe(2);
      expect(second.calls).toBe(calls + 1);
    });

    it("so is one that answers a read with 1047", async () => {
      const [first, second] = [await aHost(), await aHost()];
      const opened = await openAt(local(first.port, second.port));
      const calls = second.calls;
      await opened.reads.query("SELECT @asked := 1");
      const once = "BEGIN NOT ATOMIC IF @asked IS NOT NULL THEN SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1047; END IF; SELECT 'another' AS host; END";
      expect(await opened.reads.query<object[][]>(once)).toMatchObject([[{ host: "another" }], {}]);
      expect(second.calls).toBe(calls + 1);
    });

    it("where no host serves that is DATABASE_UNAVAILABLE after a while, then at once, and all is well when one is back", async () => {
      const [first, second] = [await aHost(), await aHost()];
      const opened = await openAt(local(first.port, second.port));
      first.die();
      second.die();
      const now = performance.now.bind(performance);
      let later = 0;
      performance.now = () => now() + later;
      try {
        const waiting = opened.transaction((tx) => tx.insert(Bank, aBank("1")));
        await pause(300);
        later = 6_900;
        await expect(waiting).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE", facts: { retryAfter: 5 } });
        const calls = first.calls + second.calls;
        await expect(opened.reads.query("SELECT 1")).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
        expect(first.calls + second.calls).toBeLessThan(calls + 6); // each once, and whoever looks after them
      } finally {
        performance.now = now;
      }
      second.isDead = false;
      expect(await codes(opened.reads)).toEqual([]);
    });

    it("a request whose time is over while hosts fail is told that, not that it took too long", async () => {
      const [first, second] = [await aHost(), await aHost()];
      const opened = await openAt(local(first.port, second.port));
      first.die();
      second.die();
      await expect(withinDeadline(300, () => opened.reads.query("SELECT 1"))).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    });

    it("two that start at once on an empty database, each at another host first, migrate it once", async () => {
      const [first, second] = [await aHost(), await aHost()];
      const made = await freshDatabase();
      const at = (...ports: number[]) => openAt(local(...ports), { DATABASE_URL: `mysql://root@${local(...ports)}/${new URL(made.url ?? "").pathname.slice(1)}` });
      const opened = await Promise.all([at(first.port, second.port), at(second.port, first.port)]);
      for (const one of opened) expect(await codes(one.reads)).toEqual([]);
      closing.splice(closing.length - 2, 0, () => made.drop());
    });

    it("a pool of one connection is enough, also to migrate", async () => {
      const { port } = await aHost();
      const opened = await openAt(local(port), { SHOMEI_POOL_SIZE: "1" });
      await opened.transaction((tx) => tx.insert(Bank, aBank("1")));
      expect(await codes(opened.reads)).toEqual(["1"]);
    });

    it("a host that was left out is asked all the same where nothing else is left", async () => {
      const [first, second] = [await aHost(), await aHost()];
      const opened = await openAt(local(first.port, second.port));
      first.die();
      await opened.transaction((tx) => tx.insert(Bank, aBank("1")));
      first.isDead = false;
      second.die();
      await opened.transaction((tx) => tx.insert(Bank, aBank("2")));
      expect(await codes(opened.reads)).toEqual(["1", "2"]);
    });

    it("a death under load loses nothing that was acknowledged and does nothing twice", async () => {
      const [first, second] = [await aHost(), await aHost()];
      const opened = await openAt(local(first.port, second.port));
      const banks = Array.from({ length: 100 }, (_none, number) => aBank(String(number)));
      const all = Promise.all(banks.map((bank) => opened.transaction(
        (tx) => tx.insert(Bank, bank),
        { isDone: async (reads) => (await reads.countBy(Bank, { id: bank.id })) > 0 },
      )));
      await pause(15);
      first.die();
      await all;
      expect(await codes(opened.reads)).toEqual(banks.map(({ code }) => code).sort());
    });

    /** Every connection to this file's database. */
    async function killAll(): Promise<void> {
      const { createConnection } = await import("mysql2/promise");
      const connection = await createConnection({ host: "127.0.0.1", port, user: "root" });
      const [rows] = await connection.query("SELECT id FROM information_schema.processlist WHERE db = ?", [name()]);
      for (const { id } of rows as { id: number }[]) await connection.query(`KILL ${String(id)}`);
      await connection.end();
    }
  });
}
