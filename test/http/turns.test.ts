import { withinDeadline } from "../../src/foundation/deadline.js";
import { openTurns, type Turns } from "../../src/http/turns.js";

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
const ofOne = (atOnce: number) => openTurns({ atOnce, underWay: 0, waiting: 1_000 });

it("lets so many of one be under way, the next when one of them is done, and another's at once", async () => {
  const turns = ofOne(2);
  const [one, two, three, others] = [aWork(), aWork(), aWork(), aWork()];
  const all = [turns.run("a", one.run), turns.run("a", two.run), turns.run("a", three.run), turns.run("b", others.run)];
  await aMoment();
  expect([one, two, three, others].map(({ hasBegun }) => hasBegun)).toEqual([true, true, false, true]);
  expect(turns.figures()).toEqual({ underWay: 3, waiting: 1, shed: 0 });
  two.end();
  await aMoment();
  expect(three.hasBegun).toBe(true);
  for (const work of [one, three, others]) work.end();
  await Promise.all(all);
  expect(turns.figures()).toEqual({ underWay: 0, waiting: 0, shed: 0 });
});

it("gives each turn to one, also when two are done at the same moment", async () => {
  const turns = ofOne(2);
  const works = Array.from({ length: 6 }, aWork);
  const all = works.map(({ run }) => turns.run("a", run));
  for (const begun of [2, 4, 6]) {
    await aMoment();
    expect(works.filter(({ hasBegun }) => hasBegun)).toHaveLength(begun);
    for (const { end } of works.slice(begun - 2, begun)) end();
  }
  await Promise.all(all);
  expect(turns.figures()).toEqual({ underWay: 0, waiting: 0, shed: 0 });
});

it("gives the turn on where the work fails, and past those who waited too long", async () => {
  const turns = ofOne(1);
  const [first, last] = [aWork(), aWork()];
  const running = turns.run("a", () => first.run().then(() => { throw new Error("it fails"); }));
  const impatient = withinDeadline(10, () => turns.run("a", () => Promise.resolve("never run")));
  const patient = turns.run("a", last.run);
  await expect(impatient).rejects.toMatchObject({ code: "REQUEST_TIMED_OUT" });
  first.end();
  await expect(running).rejects.toThrow("it fails");
  await aMoment();
  expect(last.hasBegun).toBe(true);
  last.end();
  await patient;
  expect(turns.figures()).toEqual({ underWay: 0, waiting: 0, shed: 0 });
});

it("lets as many pass as there are where it is told so", async () => {
  const works = Array.from({ length: 50 }, aWork);
  const turns = ofOne(0);
  const all = works.map(({ run }) => turns.run("a", run));
  await aMoment();
  expect(works.every(({ hasBegun }) => hasBegun)).toBe(true);
  for (const { end } of works) end();
  await Promise.all(all);
});

describe("of everybody", () => {
  /** What became of each: `w` waits, `r` runs, `s` was shed, `d` is done. */
  function theRoom(turns: Turns) {
    const asked: { whose: string; fate: string; end: () => void }[] = [];
    return {
      ask: (...whose: string[]) => {
        for (const one of whose) {
          const work = aWork();
          const entry = { whose: one, fate: "w", end: work.end };
          asked.push(entry);
          turns.run(one, () => {
            entry.fate = "r";
            return work.run();
          }).then(() => { entry.fate = "d"; }, (error: unknown) => {
            entry.fate = (error as { code?: string }).code === "OVERLOADED" ? "s" : "?";
          });
        }
      },
      fates: async () => {
        await aMoment();
        return asked.map(({ whose, fate }) => `${whose}${fate}`).join(" ");
      },
      endOne: () => { asked.find(({ fate }) => fate === "r")?.end(); },
    };
  }

  it("so many are under way, and the addresses that wait are called in turn", async () => {
    const turns = openTurns({ atOnce: 0, underWay: 1, waiting: 10 });
    const room = theRoom(turns);
    room.ask("a", "a", "a", "b", "c", "b");
    expect(await room.fates()).toBe("ar aw aw bw cw bw");
    room.endOne();
    expect(await room.fates()).toBe("ad ar aw bw cw bw");
    room.endOne();
    expect(await room.fates()).toBe("ad ad aw br cw bw");
    room.endOne();
    expect(await room.fates()).toBe("ad ad aw bd cr bw");
    room.endOne();
    expect(await room.fates()).toBe("ad ad ar bd cd bw");
    room.endOne();
    expect(await room.fates()).toBe("ad ad ad bd cd br");
    room.endOne();
    expect(await room.fates()).toBe("ad ad ad bd cd bd");
    expect(turns.figures()).toEqual({ underWay: 0, waiting: 0, shed: 0 });
  });

  it("no place stays empty because the address that is first has as many as it may", async () => {
    const room = theRoom(openTurns({ atOnce: 1, underWay: 2, waiting: 10 }));
    room.ask("a", "b", "a", "a", "c");
    expect(await room.fates()).toBe("ar br aw aw cw");
    room.ask("d");
    room.endOne();
    expect(await room.fates()).toBe("ad br ar aw cw dw");
  });

  it("so many wait; one more is refused at once, with when to come again", async () => {
    const turns = openTurns({ atOnce: 0, underWay: 1, waiting: 2 });
    const room = theRoom(turns);
    room.ask("a", "b", "c");
    expect(turns.isFullFor("d")).toBe(true);
    await expect(turns.run("d", () => Promise.resolve())).rejects.toMatchObject({ code: "OVERLOADED", facts: { retryAfter: 2 } });
    expect(await room.fates()).toBe("ar bw cw");
    expect(turns.figures()).toEqual({ underWay: 1, waiting: 2, shed: 1 });
    room.endOne();
    await aMoment();
    expect(turns.isFullFor("d")).toBe(false);
  });

  it("the longest line loses its newest to whoever has a shorter one, so that nobody fills the room", async () => {
    const turns = openTurns({ atOnce: 0, underWay: 1, waiting: 4 });
    const room = theRoom(turns);
    room.ask("a", "a", "a", "a", "a");
    expect([turns.isFullFor("a"), turns.isFullFor("b")]).toEqual([true, false]);
    room.ask("a", "b", "b", "c");
    // The flooder's sixth is refused itself; then b and c take what was its.
    expect(await room.fates()).toBe("ar aw as as as as bw bw cw");
    expect(turns.figures()).toEqual({ underWay: 1, waiting: 4, shed: 4 });
  });

  it("who has a place free isn't refused, however long the others' lines are", async () => {
    const turns = openTurns({ atOnce: 1, underWay: 2, waiting: 2 });
    const room = theRoom(turns);
    room.ask("a", "a", "a", "a");
    expect([turns.isFullFor("a"), turns.isFullFor("b")]).toEqual([true, false]);
    room.ask("b");
    expect(await room.fates()).toBe("ar aw aw as br");
  });

  it("who leaves the line at its deadline makes room for another", async () => {
    const turns = openTurns({ atOnce: 0, underWay: 1, waiting: 1 });
    const room = theRoom(turns);
    room.ask("a");
    await expect(withinDeadline(10, () => turns.run("b", () => Promise.resolve()))).rejects.toMatchObject({ code: "REQUEST_TIMED_OUT" });
    room.ask("c");
    expect(await room.fates()).toBe("ar cw");
  });
});

it("looks who else came where it was at it for long: those are counted before the next one is served", async () => {
  const turns = openTurns({ atOnce: 0, underWay: 0, waiting: 0 });
  const order: string[] = [];
  const serve = (name: string, milliseconds: number) => turns.run("a", () => {
    order.push(name);
    for (const end = performance.now() + milliseconds; performance.now() < end;); // as SQLite does it: all at once
    return Promise.resolve();
  });
  setImmediate(() => order.push("the loop's next turn"));
  await Promise.all([serve("short", 0), serve("long", 20), serve("behind it", 0)]);
  expect(order).toEqual(["short", "long", "the loop's next turn", "behind it"]);
});
