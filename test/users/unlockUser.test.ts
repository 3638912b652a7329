import type { Customer } from "../../src/policy/Actor.js";
import { Bank } from "../../src/identity/Bank.js";
import { changePasswords } from "../../src/identity/changePasswords.js";
import { passwordKinds, type PasswordKind } from "../../src/identity/Password.js";
import { recognize } from "../../src/identity/sessions.js";
import { signIn } from "../../src/identity/signIn.js";
import { passwordsOf } from "../../src/users/readPasswords.js";
import { findUsers, usersByIds } from "../../src/users/readUsers.js";
import { unlockUser } from "../../src/users/unlockUser.js";
import { House, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";
import { describeMastersDeed } from "../support/mastersDeed.js";
import { aPassword, passwordOf } from "../support/passwords.js";

const origin = { requestId: "test", address: "127.0.0.1" };
const LOCKED = { tries: 6, lockedAt: THE_MORNING };
let house: House;
let tenant: Tenant;
let master: Caller;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
});

const unlock = (passwordKind: PasswordKind = "LOGIN", expectedVersion = 1) =>
  unlockUser(house.desk, master, { userId: tenant.taro.id, expectedVersion, passwordKind });
const enter = (password = PASSWORD) => signIn(house.desk, origin, null, { bankCode: "5120", loginId: tenant.taro.loginId, password });
const everyPassword = async (facts: object = {}) => {
  for (const kind of passwordKinds) await aPassword(house, tenant.taro, kind, facts);
};
const shownAsLocked = async (actor: Customer = master) =>
  Object.fromEntries(((await passwordsOf(house.desk, actor, [tenant.taro.id]))[0] ?? []).map(({ kind, isLocked }) => [kind, isLocked]));
const statusOf = async () => (await usersByIds(house.desk, master, [tenant.taro.id]))[0]?.status;

describe("who may unlock: it", () => {
  describeMastersDeed(() => house, {
    action: "USER_UNLOCK",
    perform: (actor, input) => unlockUser(house.desk, actor, { ...input, passwordKind: "LOGIN" }),
    given: (user) => aPassword(house, user, "LOGIN", LOCKED),
    operatorIsTold: "APPROVAL_REQUIRED", // of a Master's, by two of them
  });
});

describe("an unlocking", () => {
  it("lets the ID sign in again with the password that it had", async () => {
    for (let entry = 0; entry < 6; entry++) await enter("Wrong-pass-1").catch(() => undefined);
    await expect(enter()).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect(await statusOf()).toBe("LOCKED");

    expect(await unlock()).toMatchObject({ version: 2 });
    expect(await statusOf()).toBe("ACTIVE");
    expect(await passwordOf(house, tenant.taro, "LOGIN")).toMatchObject({ tries: 0, lockedAt: null });
    await expect(enter()).resolves.toBeTruthy();
  });

  it("gives six tries again, and no more", async () => {
    await aPassword(house, tenant.taro, "LOGIN", LOCKED);
    await unlock();
    for (let entry = 0; entry < 5; entry++) await enter("Wrong-pass-1").catch(() => undefined);
    await expect(enter()).resolves.toBeTruthy();
    for (let entry = 0; entry < 6; entry++) await enter("Wrong-pass-1").catch(() => undefined);
    await expect(enter()).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
  });

  it.each(passwordKinds)("of %s leaves the other three as they are", async (kind) => {
    await everyPassword(LOCKED);
    const before = Object.fromEntries(await Promise.all(passwordKinds.map(async (each) => [each, await passwordOf(house, tenant.taro, each)] as const)));
    await unlock(kind);
    for (const each of passwordKinds) {
      const left = { ...before[each], ...(each === kind ? { tries: 0, lockedAt: null } : {}) };
      expect(await passwordOf(house, tenant.taro, each)).toEqual(left);
    }
    expect(await shownAsLocked()).toEqual({ LOGIN: true, REGISTRATION: true, APPROVAL: true, TRANSFER: true, [kind]: false });
    expect(await statusOf()).toBe(kind === "LOGIN" ? "ACTIVE" : "LOCKED");
  });

  it.each(passwordKinds)("of %s is refused where that one isn't locked, whatever the others are", async (kind) => {
    await everyPassword(LOCKED);
    await aPassword(house, tenant.taro, kind, { tries: 5 });
    const before = await house.snapshot();
    await expect(unlock(kind)).rejects.toMatchObject({ code: "NOT_LOCKED", path: ["passwordKind"] });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "USER_UNLOCK", outcome: "REFUSED", code: "NOT_LOCKED", targetUserId: tenant.taro.id });
  });

  it.each(["APPROVAL", "TRANSFER"] as const)("of %s is refused alike for an ID that has none", async (kind) => {
    await expect(unlock(kind)).rejects.toMatchObject({ code: "NOT_LOCKED" });
  });

  it("is possible as soon as the tries are used up, before anybody wrote down since when", async () => {
    await aPassword(house, tenant.taro, "LOGIN", { tries: 6, lockedAt: null });
    expect(await statusOf()).toBe("LOCKED");
    expect(await shownAsLocked()).toEqual({ LOGIN: true, REGISTRATION: false });
    const { rows } = await findUsers(house.desk, master, { status: ["LOCKED"] }, { field: "LOGIN_ID", direction: "ASC" }, { first: 20, after: null });
    expect(rows.map(({ id }) => id)).toEqual([tenant.taro.id]);
    await unlock();
    await expect(enter()).resolves.toBeTruthy();
  });

  it("goes by the bank's policy: what six allow, three don't", async () => {
    await aPassword(house, tenant.taro, "LOGIN", { tries: 3 });
    await expect(unlock()).rejects.toMatchObject({ code: "NOT_LOCKED" });
    await house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, { triesAllowed: 3 }));
    try {
      expect(await statusOf()).toBe("LOCKED");
      await unlock();
    } finally {
      await house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, { triesAllowed: 6 }));
    }
  });

  it("ends nobody's session", async () => {
    await aPassword(house, tenant.taro, "REGISTRATION", LOCKED);
    const taro = await house.signedIn(tenant.taro);
    await unlock("REGISTRATION");
    for (const { token } of [taro, master]) await expect(recognize(house.desk, token, null, origin)).resolves.toBeTruthy();
  });

  it("lets what was due stay due", async () => {
    await aPassword(house, tenant.taro, "LOGIN", { ...LOCKED, changeDue: "FORCED" });
    await unlock();
    expect((await enter()).passwordsDue).toBe("FORCED");
  });

  it("is an entry of the history that says which password", async () => {
    await aPassword(house, tenant.taro, "REGISTRATION", LOCKED);
    await unlock("REGISTRATION");
    const entry = (await house.history(tenant.contract)).at(-1);
    expect(JSON.parse(entry?.before ?? "")).toEqual({ lockedPassword: "REGISTRATION", version: 1 });
    expect(JSON.parse(entry?.after ?? "")).toEqual({ lockedPassword: null, version: 2 });
  });

  it("lets the ID change that password again", async () => {
    await aPassword(house, tenant.taro, "REGISTRATION", LOCKED);
    const taro = await house.signedIn(tenant.taro);
    const change = () => changePasswords(house.desk, taro, [{ kind: "REGISTRATION", current: PASSWORD, next: "Another-pass-2", confirmation: "Another-pass-2" }]);
    await expect(change()).rejects.toMatchObject({ code: "PASSWORD_LOCKED" });
    await unlock("REGISTRATION");
    await expect(change()).resolves.toBeTruthy();
  });
});

it("a locked ID sees for itself which password is locked, and nobody else's", async () => {
  await everyPassword();
  await aPassword(house, tenant.taro, "TRANSFER", LOCKED);
  const taro = await house.signedIn(tenant.taro);
  expect(await shownAsLocked(taro)).toEqual({ LOGIN: false, REGISTRATION: false, APPROVAL: false, TRANSFER: true });
  expect(await shownAsLocked(await house.signedIn(tenant.hana))).toEqual({});
});
