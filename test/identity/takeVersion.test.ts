import { Refusal } from "../../src/foundation/refusals.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank } from "../../src/identity/Bank.js";
import { takeVersion } from "../../src/identity/takeVersion.js";
import { User } from "../../src/identity/User.js";
import type { Actor } from "../../src/policy/Actor.js";
import { House, THE_MORNING, type Tenant } from "../support/House.js";

let house: House;
let anotherBank: Bank;
let ours: Tenant;
let neighbours: Tenant;
let foreigners: Tenant;
/** Which no contract should have. */
let secondMaster: User;

beforeAll(async () => {
  house = await House.open();
  anotherBank = { ...house.bank, id: newId(THE_MORNING), code: "5121" };
  await house.db.transaction((tx) => tx.insert(Bank, anotherBank));
  ours = await house.aTenant();
  secondMaster = await house.aUser(ours.contract, { kind: "MASTER" });
  neighbours = await house.aTenant();
  foreigners = await house.aTenant({ bank: anotherBank });
});
afterAll(() => house.close());
afterEach(() => house.db.transaction((tx) => tx.createQueryBuilder().update(User).set({ version: 1, deregisteredAt: null }).execute()));

const actors = {
  "a Master": () => house.signedIn(ours.master),
  "a Public ID": () => house.signedIn(ours.taro),
  "an enrollee": () => house.signedIn(ours.taro, { isEnrollOnly: true }),
  "a Master that may only enroll": () => house.signedIn(ours.master, { isEnrollOnly: true }),
  "a password changer": () => house.signedIn(ours.taro, { passwordsDue: "INITIAL" }),
  "a Master whose passwords are due": () => house.signedIn(ours.master, { passwordsDue: "INITIAL" }),
  "an operator": async () => house.atTheDesk(await house.anOperator()),
} satisfies Record<string, () => Promise<Actor>>;
type Who = keyof typeof actors;

const users = {
  "the Master": () => ours.master,
  "a second Master": () => secondMaster,
  "the Public ID": () => ours.taro,
  "another Public ID of the contract": () => ours.hana,
  "another contract's Master": () => neighbours.master,
  "another contract's Public ID": () => neighbours.taro,
  "another bank's Master": () => foreigners.master,
  "another bank's Public ID": () => foreigners.taro,
};
type Whose = keyof typeof users;

// Whose version each may take; and where only others' may be taken, as for a certificate (R1–R3).
const reach: [who: Who, whose: Whose[], ofOthersOnly: Whose[]][] = [
  ["a Master", ["the Master", "a second Master", "the Public ID", "another Public ID of the contract"], ["the Public ID", "another Public ID of the contract"]],
  ["a Public ID", ["the Public ID"], []],
  ["an enrollee", ["the Public ID"], []],
  ["a Master that may only enroll", ["the Master"], []],
  ["a password changer", ["the Public ID"], []],
  ["a Master whose passwords are due", ["the Master"], []],
  ["an operator", ["the Master", "a second Master", "another contract's Master"], ["the Master", "a second Master", "another contract's Master"]],
];

async function isTaken(actor: Actor, user: User, expectedVersion = 1, options?: { isOthersOnly: boolean }): Promise<boolean> {
  try {
    await house.db.transaction((tx) => takeVersion(tx, actor, { ...user }, expectedVersion, {}, options));
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "CONFLICT", path: ["expectedVersion"] });
    expect(error).toBeInstanceOf(Refusal);
    return false;
  }
}

const stored = (id: string) => house.db.reads.findOneBy(User, { id });

describe("the version of a user, by the WHERE alone, even if everything above it were wrong,", () => {
  it.each(reach)("is taken by %s of %j, and of nobody else", async (who, whose) => {
    const actor = await actors[who]();
    for (const [name, user] of Object.entries(users)) expect([name, await isTaken(actor, user())]).toEqual([name, whose.includes(name as Whose)]);
  });

  it.each(reach)("is taken by %s of %j, where others' certificates are meant of %j", async (who, _whose, ofOthersOnly) => {
    const actor = await actors[who]();
    for (const [name, user] of Object.entries(users)) {
      expect([name, await isTaken(actor, user(), 1, { isOthersOnly: true })]).toEqual([name, ofOthersOnly.includes(name as Whose)]);
    }
  });

  it.each(reach)("is never taken by %s of an ID that is deregistered", async (who, whose) => {
    const actor = await actors[who]();
    for (const name of whose) {
      const { id } = users[name]();
      await house.db.transaction((tx) => tx.update(User, { id }, { deregisteredAt: THE_MORNING }));
      const before = await house.snapshot();
      expect(await isTaken(actor, users[name]())).toBe(false);
      expect(await house.snapshot()).toEqual(before);
    }
  });

  it.each([0, 2, -1, 1.5, 2 ** 40])("is taken as it was seen, not as %d", async (expectedVersion) => {
    const actor = await actors["a Master"]();
    const user = { ...ours.taro };
    const before = await house.snapshot();
    await expect(house.db.transaction((tx) => takeVersion(tx, actor, user, expectedVersion, { displayName: "別人" }))).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await house.snapshot()).toEqual(before);
    expect(user).toEqual(ours.taro);
  });
});

describe("the version that is taken", () => {
  it("rises by one, with what changes, in the row and in the hand, and nothing else does", async () => {
    const actor = await actors["a Master"]();
    const user = { ...ours.taro };
    const before = await house.snapshot();
    await house.db.transaction((tx) => takeVersion(tx, actor, user, 1, { displayName: "経理次郎", suspendedAt: THE_MORNING }));
    expect(user).toEqual({ ...ours.taro, displayName: "経理次郎", suspendedAt: THE_MORNING, version: 2 });
    expect(await stored(user.id)).toMatchObject({ displayName: "経理次郎", suspendedAt: THE_MORNING, version: 2 });

    await house.db.transaction((tx) => takeVersion(tx, actor, user, 2, { displayName: ours.taro.displayName, suspendedAt: null }));
    expect((await stored(user.id))?.version).toBe(3);
    await house.db.transaction((tx) => tx.update(User, { id: user.id }, { version: 1 }));
    expect(await house.snapshot()).toEqual(before);
  });

  it("stays where it was when what follows fails", async () => {
    const actor = await actors["a Master"]();
    const before = await house.snapshot();
    await expect(house.db.transaction(async (tx) => {
      await takeVersion(tx, actor, { ...ours.taro }, 1);
      throw new Refusal("NOT_LOCKED");
    })).rejects.toMatchObject({ code: "NOT_LOCKED" });
    expect(await house.snapshot()).toEqual(before);
  });

  it("is one's, of any number that saw the same one at once, whoever they are", async () => {
    const master = await actors["a Master"]();
    const operators = await Promise.all(Array.from({ length: 5 }, () => actors["an operator"]()));
    const many = [master, master, master, master, master, ...operators];
    const taken = await Promise.all(many.map((actor) => isTaken(actor, ours.master)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect((await stored(ours.master.id))?.version).toBe(2);
  });

  it("doesn't hold up another user's", async () => {
    const actor = await actors["a Master"]();
    expect(await Promise.all([ours.taro, ours.hana].map((user) => isTaken(actor, user)))).toEqual([true, true]);
  });
});
