import { changePasswords } from "../../src/identity/changePasswords.js";
import { recognize } from "../../src/identity/sessions.js";
import { Session } from "../../src/identity/Session.js";
import { signIn } from "../../src/identity/signIn.js";
import { User } from "../../src/identity/User.js";
import { findUsers, usersByIds } from "../../src/users/readUsers.js";
import { resumeUser } from "../../src/users/resumeUser.js";
import { suspendUser } from "../../src/users/suspendUser.js";
import { House, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";
import { describeMastersDeed } from "../support/mastersDeed.js";
import { aPassword, passwordOf } from "../support/passwords.js";

const origin = { requestId: "test", address: "127.0.0.1" };
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

const suspend = ({ id: userId } = tenant.taro) => suspendUser(house.desk, master, { userId });
const resume = (expectedVersion = 2, { id: userId } = tenant.taro) => resumeUser(house.desk, master, { userId, expectedVersion });
const enter = ({ loginId } = tenant.taro, password = PASSWORD) => signIn(house.desk, origin, null, { bankCode: "5120", loginId, password });
const stored = ({ id } = tenant.taro) => house.db.reads.findOneBy(User, { id });
const statusOf = async ({ id } = tenant.taro) => (await usersByIds(house.desk, master, [id]))[0]?.status;
const isSuspended = (user: User) => house.db.transaction((tx) => tx.update(User, { id: user.id }, { suspendedAt: THE_MORNING }));

describe("who may suspend: it", () => {
  describeMastersDeed(() => house, {
    action: "USER_SUSPEND", perform: (actor, input) => suspendUser(house.desk, actor, input), given: () => Promise.resolve(), operatorIsTold: "MASTER_ONLY", isUrgent: true,
  });
});

describe("who may resume: it", () => {
  describeMastersDeed(() => house, {
    action: "USER_RESUME", perform: (actor, input) => resumeUser(house.desk, actor, input), given: isSuspended, operatorIsTold: "MASTER_ONLY",
  });
});

describe("a suspension", () => {
  it("ends the ID's session at once, and it can't sign in until it is resumed", async () => {
    const taro = await house.signedIn(tenant.taro);
    expect(await suspend()).toMatchObject({ version: 2, suspendedAt: THE_MORNING });
    await expect(recognize(house.desk, taro.token, null, origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await house.db.reads.findOneBy(Session, { id: taro.sessionId })).toMatchObject({ isCurrent: null, endReason: "SUSPENDED", endedAt: THE_MORNING });
    await expect(enter()).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "SIGN_IN", outcome: "REFUSED", code: "ID_SUSPENDED", actorId: tenant.taro.id });
    expect(await statusOf()).toBe("SUSPENDED");

    expect(await resume()).toMatchObject({ version: 3, suspendedAt: null });
    await expect(enter()).resolves.toMatchObject({ actor: { role: "PUBLIC" } });
    expect(await statusOf()).toBe("ACTIVE");
  });

  it("can't be outrun: whoever sits in the ID's session may raise its version as it likes", async () => {
    const taro = await house.signedIn(tenant.taro);
    await changePasswords(house.desk, taro, [{ kind: "LOGIN", current: PASSWORD, next: "Another-pass-1", confirmation: "Another-pass-1" }]);
    const [suspended] = await Promise.all([
      suspend(),
      changePasswords(house.desk, taro, [{ kind: "LOGIN", current: "Another-pass-1", next: "A-third-pass-1", confirmation: "A-third-pass-1" }]).catch(() => undefined),
    ]);
    expect(suspended).toMatchObject({ suspendedAt: THE_MORNING });
    await expect(recognize(house.desk, taro.token, null, origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    const entry = (await house.history(tenant.contract)).find(({ action }) => action === "USER_SUSPEND");
    const { version } = JSON.parse(entry?.before ?? "") as { version: number };
    expect(version).toBeGreaterThanOrEqual(2);
    expect(JSON.parse(entry?.after ?? "")).toEqual({ version: version + 1, suspendedAt: THE_MORNING.toISOString() });
    expect(suspended.version).toBe(version + 1);
  });

  it("stops nobody else", async () => {
    const hana = await house.signedIn(tenant.hana);
    await suspend();
    await expect(recognize(house.desk, hana.token, null, origin)).resolves.toBeTruthy();
    await expect(recognize(house.desk, master.token, null, origin)).resolves.toBeTruthy();
    await expect(enter(tenant.hana)).resolves.toBeTruthy();
  });

  it("leaves the certificate and the passwords as they are", async () => {
    const certificate = await house.aCertificate(tenant.taro);
    const { users: _, sessions: __, ...before } = await house.snapshot();
    await suspend();
    const { users: ___, sessions: ____, ...after } = await house.snapshot();
    expect(after).toEqual(before);
    expect(await house.certificate(certificate.id)).toMatchObject({ state: "ACTIVE" });
  });

  it("is an entry of the history, with what was and what became; so is its end", async () => {
    await suspend();
    await resume();
    const [suspension, end] = (await house.history(tenant.contract)).slice(-2);
    expect(suspension).toMatchObject({ action: "USER_SUSPEND", outcome: "SUCCEEDED" });
    expect(JSON.parse(suspension?.before ?? "")).toEqual({ suspendedAt: null, version: 1 });
    expect(JSON.parse(suspension?.after ?? "")).toEqual({ suspendedAt: THE_MORNING.toISOString(), version: 2 });
    expect(end).toMatchObject({ action: "USER_RESUME", outcome: "SUCCEEDED" });
    expect(JSON.parse(end?.before ?? "")).toEqual({ suspendedAt: THE_MORNING.toISOString(), version: 2 });
    expect(JSON.parse(end?.after ?? "")).toEqual({ suspendedAt: null, version: 3 });
  });

  it("of an ID that is suspended already is refused, and so is the end of none", async () => {
    await expect(resume(1)).rejects.toMatchObject({ code: "NOT_SUSPENDED" });
    await suspend();
    await expect(suspend()).rejects.toMatchObject({ code: "ALREADY_SUSPENDED" });
    expect(await stored()).toMatchObject({ version: 2, suspendedAt: THE_MORNING });
    expect((await house.history(tenant.contract)).map(({ code }) => code)).toEqual(["NOT_SUSPENDED", null, "ALREADY_SUSPENDED"]);
  });

  it("stands beside six wrong entries: each keeps the ID out by itself, and neither lifts the other", async () => {
    await aPassword(house, tenant.taro, "LOGIN", { tries: 6, lockedAt: THE_MORNING });
    expect(await statusOf()).toBe("LOCKED");
    await suspend();
    expect(await statusOf()).toBe("SUSPENDED");
    await resume();
    expect(await statusOf()).toBe("LOCKED");
    await expect(enter()).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect(await passwordOf(house, tenant.taro, "LOGIN")).toMatchObject({ tries: 6, lockedAt: THE_MORNING });
  });

  it("counts the right password's try as right, and a wrong one's as wrong", async () => {
    await suspend();
    await enter(tenant.taro, "Wrong-pass-1").catch(() => undefined);
    expect(await passwordOf(house, tenant.taro, "LOGIN")).toMatchObject({ tries: 1 });
    await enter().catch(() => undefined);
    expect(await passwordOf(house, tenant.taro, "LOGIN")).toMatchObject({ tries: 0 });
  });

  it("keeps the ID in the Master's list, with its status", async () => {
    await suspend();
    const { rows } = await findUsers(house.desk, master, {}, { field: "LOGIN_ID", direction: "ASC" }, { first: 20, after: null });
    expect(rows.find(({ id }) => id === tenant.taro.id)).toMatchObject({ status: "SUSPENDED", version: 2 });
    const only = await findUsers(house.desk, master, { status: ["SUSPENDED"] }, { field: "LOGIN_ID", direction: "ASC" }, { first: 20, after: null });
    expect(only.rows.map(({ id }) => id)).toEqual([tenant.taro.id]);
  });
});
