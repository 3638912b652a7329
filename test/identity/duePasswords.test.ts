import type { FastifyInstance } from "fastify";
import { later } from "../../src/foundation/clock.js";
import { globalId } from "../../src/graphql/globalId.js";
import { houseSchema } from "../../src/graphql/schema.js";
import { changePasswords, type PasswordChange } from "../../src/identity/changePasswords.js";
import type { PasswordKind } from "../../src/identity/Password.js";
import { recognize } from "../../src/identity/sessions.js";
import { signIn } from "../../src/identity/signIn.js";
import { User } from "../../src/identity/User.js";
import { registerUser } from "../../src/users/registerUser.js";
import { updateUser, type UpdateUser } from "../../src/users/updateUser.js";
import { aCsr } from "../support/csr.js";
import { everyMutation } from "../support/everyMutation.js";
import { graphql } from "../support/graphql.js";
import { House, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";
import { aPassword, passwordOf } from "../support/passwords.js";

const origin = { requestId: "test", address: "127.0.0.1" };
const NEXT = "Second-pass-2";
let house: House;
let door: FastifyInstance;
let tenant: Tenant;
let master: Caller;

beforeAll(async () => {
  house = await House.open();
  door = await house.door();
});
afterAll(async () => {
  await door.close();
  await house.close();
});
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
});

const enter = ({ loginId } = tenant.taro, password = PASSWORD) => signIn(house.desk, origin, null, { bankCode: "5120", loginId, password });
const to = (kind: PasswordKind, next = NEXT, current = PASSWORD): PasswordChange => ({ kind, current, next, confirmation: next });
const setAge = (passwordMaxAgeDays: number, passwordWarnDays: number | null = null) =>
  house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { passwordMaxAgeDays, passwordWarnDays }));
const edit = (changes: Partial<UpdateUser>, expectedVersion = 1) => updateUser(house.desk, master, {
  userId: tenant.hana.id, expectedVersion, passwords: {}, certificateAction: "KEEP", reissueReason: "UNSPECIFIED", revocationReason: "UNSPECIFIED", ...changes,
});

describe("the first sign-in", () => {
  let newcomer: User;
  beforeEach(async () => {
    const typed = { password: PASSWORD, confirmation: PASSWORD };
    ({ user: newcomer } = await registerUser(house.desk, master, {
      loginId: `new${tenant.taro.loginId}`.slice(0, 12), displayName: "新人", authority: "APPROVER", passwords: { LOGIN: typed, REGISTRATION: typed, APPROVAL: typed },
    }));
  });

  it("is one to change the passwords at, and says so", async () => {
    const { actor, passwordsDue, token } = await enter(newcomer);
    expect({ role: actor.role, passwordsDue }).toEqual({ role: "PASSWORD_CHANGER", passwordsDue: "INITIAL" });
    expect(await recognize(house.desk, token, null, origin)).toMatchObject({ actor: { role: "PASSWORD_CHANGER" }, passwordsDue: "INITIAL" });
  });

  it.each<[string, PasswordKind[]]>([
    ["the login password alone", ["LOGIN"]],
    ["all but one", ["LOGIN", "APPROVAL"]],
  ])("changes all of them as one unit, or nothing: %s isn't enough", async (_what, kinds) => {
    const { actor } = await enter(newcomer);
    const before = await house.snapshot();
    await expect(changePasswords(house.desk, actor, kinds.map((kind) => to(kind)))).rejects.toMatchObject({ code: "PASSWORD_CHANGE_REQUIRED", path: ["passwords"] });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "PASSWORDS_CHANGE", outcome: "REFUSED", code: "PASSWORD_CHANGE_REQUIRED", actorRole: "PASSWORD_CHANGER" });
  });

  it("changes nothing where one of them is refused, and says all at once what is wrong", async () => {
    const { actor } = await enter(newcomer);
    const before = await house.snapshot();
    const refusal = await changePasswords(house.desk, actor, [to("LOGIN"), to("APPROVAL", "short")]).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "PASSWORD_TOO_SHORT", path: ["passwords", "1", "next"],
      also: [{ code: "PASSWORD_NEEDS_BOTH_KINDS" }, { code: "PASSWORD_CHANGE_REQUIRED", path: ["passwords"] }],
    });
    expect(await house.snapshot()).toEqual(before);
  });

  it("can't end with the passwords that the Master chose", async () => {
    const { actor } = await enter(newcomer);
    const kept = (["LOGIN", "REGISTRATION", "APPROVAL"] as const).map((kind) => to(kind, PASSWORD));
    await expect(changePasswords(house.desk, actor, kept)).rejects.toMatchObject({ code: "PASSWORD_USED_BEFORE", also: [{ code: "PASSWORD_USED_BEFORE" }, { code: "PASSWORD_USED_BEFORE" }] });
  });

  it("becomes a full one with the change, the session and its token the same; the next has nothing to change", async () => {
    const { actor, token } = await enter(newcomer);
    await changePasswords(house.desk, actor, [to("LOGIN"), to("REGISTRATION"), to("APPROVAL")]);
    expect(await recognize(house.desk, token, null, origin)).toMatchObject({ actor: { role: "PUBLIC", sessionId: actor.sessionId }, passwordsDue: null });
    expect(await enter(newcomer, NEXT)).toMatchObject({ actor: { role: "PUBLIC" }, passwordsDue: null });
  });

  it("is the same again where it ended without the change", async () => {
    await enter(newcomer);
    expect((await enter(newcomer)).passwordsDue).toBe("INITIAL");
  });
});

describe("whose passwords are due", () => {
  const callers = {
    "a Public ID": () => house.signedIn(tenant.hana, { passwordsDue: "INITIAL" }),
    "a Master": () => house.signedIn(tenant.master, { passwordsDue: "FORCED" }),
  };

  it.each(Object.entries(callers))("may do nothing but change them and sign out, by any mutation that there is: %s", async (_who, open) => {
    const certificate = await house.aCertificate(tenant.hana, "PENDING");
    const caller = await open();
    const known = {
      userId: globalId("User", tenant.taro.id), certificateId: globalId("Certificate", certificate.id),
      csr: aCsr().pem, enrollmentCode: "0000-0000-0000-0000", registrationPassword: "Wrong-pass-1", // no try is taken of either
    };
    const free = ["signIn", "signInOperator", "signOut", "changePasswords"];
    const mutations = everyMutation(await houseSchema(), known).filter(({ name }) => !free.includes(name));
    expect(mutations.length).toBeGreaterThanOrEqual(18);
    for (const { name, query, variables } of mutations) {
      const [before, entries] = [await house.snapshot(), (await house.history()).length];
      const { data, errors } = await graphql(door, caller, query, variables);
      expect([name, errors, data]).toEqual([name, [], { [name]: { userErrors: [{ code: "PASSWORD_CHANGE_REQUIRED" }] } }]);
      expect([name, await house.snapshot()]).toEqual([name, before]);
      expect([name, (await house.history()).slice(entries)]).toMatchObject([name, [
        { outcome: "REFUSED", code: "PASSWORD_CHANGE_REQUIRED", actorId: caller.userId, actorRole: "PASSWORD_CHANGER", after: null },
      ]]);
    }
  });

  it("reads itself, its own certificate and its contract's name, and nothing else", async () => {
    const [own] = [await house.aCertificate(tenant.hana), await house.aCertificate(tenant.taro)];
    const caller = await callers["a Public ID"]();
    const { data, errors } = await graphql(door, caller, `query ($taro: ID!, $hana: ID!) {
      viewer { passwordsDue mayOnlyEnroll menu { code } user { loginId } contract { name } }
      users { nodes { loginId } } taro: user(id: $taro) { loginId } hana: user(id: $hana) { loginId passwords { kind } }
      certificates { edges { node { serialNumber } } } usageHistory { nodes { id } }
    }`, { taro: globalId("User", tenant.taro.id), hana: globalId("User", tenant.hana.id) });
    expect(errors).toEqual([]);
    const { loginId } = tenant.hana;
    expect(data).toEqual({
      viewer: { passwordsDue: "INITIAL", mayOnlyEnroll: false, menu: [], user: { loginId }, contract: { name: tenant.contract.name } },
      users: { nodes: [{ loginId }] }, taro: null, hana: { loginId, passwords: [{ kind: "LOGIN" }, { kind: "REGISTRATION" }] },
      certificates: { edges: [{ node: { serialNumber: own.serialNumber } }] }, usageHistory: { nodes: [] },
    });
  });

  it("as a Master sees nobody but itself", async () => {
    const { data } = await graphql(door, await callers["a Master"](), "{ users { nodes { loginId } } usageHistory { nodes { id } } viewer { menu { code } } }");
    expect(data).toEqual({ users: { nodes: [{ loginId: tenant.master.loginId }] }, usageHistory: { nodes: [] }, viewer: { menu: [] } });
  });

  it("may sign out", async () => {
    const caller = await callers["a Public ID"]();
    const { data } = await graphql(door, caller, "mutation { signOut { userErrors { code } } }");
    expect(data).toEqual({ signOut: { userErrors: [] } });
    await expect(recognize(house.desk, caller.token, null, origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
  });

  it("goes on as whoever it is, on the same token, as soon as they are changed", async () => {
    const caller = await callers["a Master"]();
    const input = { passwords: [to("LOGIN")] };
    const changed = await graphql(door, caller, "mutation ($input: ChangePasswordsInput!) { changePasswords(input: $input) { user { version passwords { due } } message userErrors { code } } }", { input });
    expect(changed.data).toEqual({ changePasswords: {
      user: { version: 2, passwords: [{ due: null }, { due: null }] }, message: expect.stringContaining(tenant.master.loginId) as string, userErrors: [],
    } });
    const { data } = await graphql(door, caller, "{ viewer { passwordsDue } users { nodes { loginId } } }");
    expect(data).toMatchObject({ viewer: { passwordsDue: null }, users: { nodes: [{}, {}, {}] } });
  });
});

it("who lacks the certificate, too, changes the passwords first, then acquires it", async () => {
  const strict = await house.aTenant({ signInMethod: "CERTIFICATE" });
  await aPassword(house, strict.taro, "LOGIN", { changeDue: "INITIAL" });
  const { enrollmentCode } = await house.aCertificate(strict.taro, "PENDING");
  const { token } = await enter(strict.taro);
  const enroll = () => graphql(door, token, "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { certificate { status } userErrors { code } } }", {
    input: { csr: aCsr().pem, enrollmentCode },
  });
  const viewer = async () => (await graphql(door, token, "{ viewer { passwordsDue mayOnlyEnroll } }")).data;

  expect(await viewer()).toEqual({ viewer: { passwordsDue: "INITIAL", mayOnlyEnroll: false } });
  expect((await enroll()).data).toEqual({ enrollCertificate: { certificate: null, userErrors: [{ code: "PASSWORD_CHANGE_REQUIRED" }] } });
  const input = { passwords: [to("LOGIN")] };
  await graphql(door, token, "mutation ($input: ChangePasswordsInput!) { changePasswords(input: $input) { userErrors { code } } }", { input });
  expect(await viewer()).toEqual({ viewer: { passwordsDue: null, mayOnlyEnroll: true } });
  expect((await enroll()).data).toEqual({ enrollCertificate: { certificate: { status: "ACTIVE" }, userErrors: [] } });
});

describe("a change that the Master forces", () => {
  it("is due at the next sign-in, of every password; the session of now goes on", async () => {
    const hana = await house.signedIn(tenant.hana);
    await edit({ forcePasswordChange: true });
    expect(await recognize(house.desk, hana.token, null, origin)).toMatchObject({ actor: { role: "PUBLIC" } });
    const { actor, passwordsDue } = await enter(tenant.hana);
    expect(passwordsDue).toBe("FORCED");
    await expect(changePasswords(house.desk, actor, [to("LOGIN")])).rejects.toMatchObject({ code: "PASSWORD_CHANGE_REQUIRED" });
    await changePasswords(house.desk, actor, [to("LOGIN"), to("REGISTRATION")]);
    expect(await enter(tenant.hana, NEXT)).toMatchObject({ actor: { role: "PUBLIC" }, passwordsDue: null });
  });

  it("is due no more where the Master takes it back", async () => {
    await edit({ forcePasswordChange: true });
    await edit({ forcePasswordChange: false }, 2);
    expect((await enter(tenant.hana)).passwordsDue).toBeNull();
  });

  it("in a session that was open before, too, changes all that are due or none", async () => {
    const hana = await house.signedIn(tenant.hana);
    await edit({ forcePasswordChange: true });
    await expect(changePasswords(house.desk, hana, [to("LOGIN")])).rejects.toMatchObject({ code: "PASSWORD_CHANGE_REQUIRED" });
    await expect(changePasswords(house.desk, hana, [to("LOGIN"), to("REGISTRATION")])).resolves.toBeTruthy();
    expect((await enter(tenant.hana, NEXT)).passwordsDue).toBeNull();
  });
});

describe("the maximum age", () => {
  const LAST_INSTANT = new Date("2027-02-22T14:59:59.999Z"); // the 90th day after the 24th of November ends in Japan

  it("is found out at the sign-in: in the last millisecond of the last day not yet, in the next it is over", async () => {
    await setAge(90);
    house.clock.moveTo(LAST_INSTANT);
    expect(await enter()).toMatchObject({ actor: { role: "PUBLIC" }, passwordsDue: null });
    house.clock.advance(1);
    expect(await enter()).toMatchObject({ actor: { role: "PASSWORD_CHANGER" }, passwordsDue: "EXPIRED" });
  });

  it("throws nobody out of a session in which it ends", async () => {
    await setAge(90);
    house.clock.moveTo(LAST_INSTANT);
    const { token } = await enter();
    house.clock.advance(1);
    expect(await recognize(house.desk, token, null, origin)).toMatchObject({ actor: { role: "PUBLIC" } });
  });

  it("asks for those alone that are too old, and begins anew with the change", async () => {
    await setAge(90);
    house.clock.moveTo(LAST_INSTANT);
    await aPassword(house, tenant.taro, "REGISTRATION"); // set today
    house.clock.advance(1);
    const { actor } = await enter();
    await changePasswords(house.desk, actor, [to("LOGIN")]);
    expect((await enter(tenant.taro, NEXT)).passwordsDue).toBeNull();
    house.clock.moveTo(new Date("2027-05-24T14:59:59.999Z")); // 90 days after the 23rd of February
    expect((await passwordOf(house, tenant.taro, "LOGIN"))?.setAt).toEqual(later(LAST_INSTANT, 1));
    expect((await enter(tenant.taro, NEXT)).passwordsDue).toBe("EXPIRED"); // of the registration password, a day before
  });

  it("is warned of on the screen from the first instant of the warning days in Japan", async () => {
    await setAge(90, 7);
    const shown = async () => {
      const taro = await house.signedIn(tenant.taro); // anew: a session doesn't idle for months
      const { data } = await graphql(door, taro, "{ viewer { passwordsDue user { passwords { kind due expiresAt isExpiringSoon } } } }");
      return (data as { viewer: { user: { passwords: object[] } } }).viewer.user.passwords[0];
    };
    const facts = { kind: "LOGIN", due: null, expiresAt: LAST_INSTANT.toISOString() };
    house.clock.moveTo(new Date("2027-02-14T14:59:59.999Z"));
    expect(await shown()).toEqual({ ...facts, isExpiringSoon: false });
    house.clock.advance(1);
    expect(await shown()).toEqual({ ...facts, isExpiringSoon: true });
    house.clock.moveTo(later(LAST_INSTANT, 1));
    expect(await shown()).toEqual({ ...facts, due: "EXPIRED", isExpiringSoon: true });
  });
});

it("of several reasons the weightiest is said", async () => {
  await setAge(1);
  house.clock.advance(7 * 86_400_000);
  expect((await enter()).passwordsDue).toBe("EXPIRED");
  await aPassword(house, tenant.taro, "REGISTRATION", { changeDue: "FORCED" });
  expect((await enter()).passwordsDue).toBe("FORCED");
  await aPassword(house, tenant.taro, "APPROVAL", { changeDue: "INITIAL" });
  expect((await enter()).passwordsDue).toBe("INITIAL");
});

it("a password that is due and locked waits for the Master: the others can't be changed without it", async () => {
  await aPassword(house, tenant.taro, "LOGIN", { changeDue: "INITIAL" });
  await aPassword(house, tenant.taro, "REGISTRATION", { changeDue: "INITIAL", tries: 6, lockedAt: THE_MORNING });
  const { actor } = await enter();
  await expect(changePasswords(house.desk, actor, [to("LOGIN"), to("REGISTRATION")])).rejects.toMatchObject({ code: "PASSWORD_LOCKED" });
  await expect(changePasswords(house.desk, actor, [to("LOGIN")])).rejects.toMatchObject({ code: "PASSWORD_CHANGE_REQUIRED" });
});
