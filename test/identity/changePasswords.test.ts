import { hash } from "@node-rs/argon2";
import type { EntityManager } from "typeorm";
import { DAY } from "../../src/foundation/clock.js";
import type { Refusal, RefusalCode } from "../../src/foundation/refusals.js";
import { Bank } from "../../src/identity/Bank.js";
import { changePasswords, type PasswordChange } from "../../src/identity/changePasswords.js";
import { Contract } from "../../src/identity/Contract.js";
import { passwordKinds, type PasswordKind } from "../../src/identity/Password.js";
import { recognize } from "../../src/identity/sessions.js";
import { signIn } from "../../src/identity/signIn.js";
import { User } from "../../src/identity/User.js";
import type { Actor } from "../../src/policy/Actor.js";
import { deregisterUser } from "../../src/users/deregisterUser.js";
import { withTransactions } from "../support/gatedTransactions.js";
import { graphql } from "../support/graphql.js";
import { House, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";
import { listeningLog } from "../support/listeningLog.js";
import { aPassword, formerPasswordsOf, passwordOf } from "../support/passwords.js";

const origin = { requestId: "test", address: "127.0.0.1" };
const NEXT = "Second-pass-2";
let house: House;
let tenant: Tenant;
let taro: Caller;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
  for (const kind of passwordKinds) await aPassword(house, tenant.taro, kind);
  taro = await house.signedIn(tenant.taro);
});

const to = (kind: PasswordKind, next = NEXT, changes: Partial<PasswordChange> = {}): PasswordChange => ({ kind, current: PASSWORD, next, confirmation: next, ...changes });
const wrong = { current: "Wrong-pass-1" };
const change = (...changes: PasswordChange[]) => changePasswords(house.desk, taro, changes);
const enter = (password: string) => signIn(house.desk, origin, null, { bankCode: "5120", loginId: tenant.taro.loginId, password });
const stored = (kind: PasswordKind) => passwordOf(house, tenant.taro, kind);
const entries = async () => (await house.history(tenant.contract)).filter(({ action }) => action === "PASSWORDS_CHANGE");
const setPolicy = (policy: Partial<Bank>) => house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, policy));
const faultsOf = (refusal: Refusal) => Object.fromEntries([refusal, ...refusal.also].map(({ path, code }) => [path?.join(".") ?? "", code]));
const refusalOf = (attempt: Promise<unknown>) => attempt.then(() => { throw new Error("not refused"); }, (error: unknown) => error as Refusal);

/** Refused with all of these at once, by their paths; nothing is changed, and one entry says so. */
async function refused(faults: Record<string, RefusalCode>, ...changes: PasswordChange[]): Promise<void> {
  const [before, known] = [await house.snapshot(), (await entries()).length];
  const refusal = await refusalOf(change(...changes));
  expect(faultsOf(refusal)).toEqual(faults);
  const after = await house.snapshot();
  if (JSON.stringify(after) !== JSON.stringify(before)) expect(after).toEqual(before); // Jest takes its time to find so much alike
  expect((await entries()).slice(known)).toMatchObject([{ outcome: "REFUSED", code: refusal.code, actorId: taro.userId, targetUserId: taro.userId, after: null }]);
}

describe("a change of one's own password", () => {
  it("lets the ID in with the new one from now on, and with the old one no more", async () => {
    house.clock.advance(DAY / 24 / 6);
    expect(await change(to("LOGIN"))).toMatchObject({ version: 2 });
    expect(await stored("LOGIN")).toMatchObject({ setAt: house.clock.now(), tries: 0, lockedAt: null, changeDue: null });
    expect((await stored("LOGIN"))?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await expect(enter(PASSWORD)).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    await expect(enter(NEXT)).resolves.toBeTruthy();
  });

  it.each(passwordKinds)("of the kind %s leaves the other three as they are", async (kind) => {
    const others = passwordKinds.filter((each) => each !== kind);
    const before = await Promise.all(others.map(stored));
    await change(to(kind));
    expect(await Promise.all(others.map(stored))).toEqual(before);
  });

  it("ends nothing: the session goes on, and everybody else's", async () => {
    const [master, hana] = [await house.signedIn(tenant.master), await house.signedIn(tenant.hana)];
    const { users: _, passwords: __, former_passwords: ___, ...before } = await house.snapshot();
    await change(...passwordKinds.map((kind) => to(kind)));
    for (const { token } of [taro, master, hana]) await expect(recognize(house.desk, token, null, origin)).resolves.toBeTruthy();
    const { users: ____, passwords: _____, former_passwords: ______, ...after } = await house.snapshot();
    expect(after).toEqual(before);
  });

  it("of all four is one unit: one version, one entry that says which, and of the passwords nothing", async () => {
    await change(...passwordKinds.map((kind) => to(kind)));
    expect(await house.db.reads.findOneBy(User, { id: taro.userId })).toMatchObject({ version: 2 });
    const [entry, ...more] = await entries();
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ outcome: "SUCCEEDED", code: null, actorRole: "PUBLIC", targetUserId: taro.userId, targetLoginId: taro.loginId });
    const masked = { loginPassword: "********", registrationPassword: "********", approvalPassword: "********", transferPassword: "********" };
    expect(JSON.parse(entry?.before ?? "")).toEqual({ version: 1, ...masked });
    expect(JSON.parse(entry?.after ?? "")).toEqual({ version: 2, ...masked });
  });

  it("makes a form that the Master opened before an old one", async () => {
    await change(to("LOGIN"));
    const master = await house.signedIn(tenant.master);
    await expect(deregisterUser(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1 })).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("is a Master's to do, too", async () => {
    const master = await house.signedIn(tenant.master);
    await expect(changePasswords(house.desk, master, [to("LOGIN")])).resolves.toMatchObject({ id: master.userId, version: 2 });
  });

  it("takes any of the marks, and any length that the policy allows", async () => {
    for (const next of ["Aa1!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "1234567a", `a1${"x".repeat(62)}`]) {
      await aPassword(house, tenant.taro, "LOGIN");
      await change(to("LOGIN", next));
      await expect(enter(next)).resolves.toBeTruthy();
      taro = await house.signedIn(tenant.taro);
    }
  });
});

describe("a new password that breaks the bank's rules is refused with each of them", () => {
  it.each<[string, PasswordChange[], Record<string, RefusalCode>]>([
    ["seven characters", [to("LOGIN", "Pass-12")], { "passwords.0.next": "PASSWORD_TOO_SHORT" }],
    ["65 characters", [to("LOGIN", `a1${"x".repeat(63)}`)], { "passwords.0.next": "PASSWORD_TOO_LONG" }],
    ["letters alone", [to("LOGIN", "Passwords")], { "passwords.0.next": "PASSWORD_NEEDS_BOTH_KINDS" }],
    ["digits alone", [to("LOGIN", "12345678")], { "passwords.0.next": "PASSWORD_NEEDS_BOTH_KINDS" }],
    ["a blank", [to("LOGIN", "Pass word 1")], { "passwords.0.next": "PASSWORD_CHARACTERS_NOT_ALLOWED" }],
    ["full width", [to("LOGIN", "Ｐassword-1")], { "passwords.0.next": "PASSWORD_CHARACTERS_NOT_ALLOWED" }],
    ["a NUL", [to("LOGIN", "Password-1\u0000")], { "passwords.0.next": "PASSWORD_CHARACTERS_NOT_ALLOWED" }],
    ["the one in use", [to("LOGIN", PASSWORD)], { "passwords.0.next": "PASSWORD_USED_BEFORE" }],
    ["a second entry that differs", [to("LOGIN", NEXT, { confirmation: `${NEXT} ` })], { "passwords.0.confirmation": "PASSWORD_MISMATCH" }],
    ["a second entry that was left empty", [to("LOGIN", NEXT, { confirmation: "" })], { "passwords.0.confirmation": "PASSWORD_MISMATCH" }],
    ["several faults in several passwords", [to("LOGIN", "Pass-12", { confirmation: "" }), to("APPROVAL"), to("TRANSFER", "Passwords")], {
      "passwords.0.next": "PASSWORD_TOO_SHORT", "passwords.0.confirmation": "PASSWORD_MISMATCH", "passwords.2.next": "PASSWORD_NEEDS_BOTH_KINDS",
    }],
    ["a kind given twice", [to("LOGIN"), to("APPROVAL"), to("LOGIN", "Third-pass-3")], { "passwords.2.kind": "GIVEN_TWICE" }],
    ["more than there are", Array.from({ length: 5 }, () => to("LOGIN")), { passwords: "GIVEN_TWICE" }],
    ["nothing at all", [], { passwords: "PASSWORD_REQUIRED" }],
  ])("%s", async (_what, changes, faults) => refused(faults, ...changes));

  it.each(["", "x", "9"])("all that are broken by %j", async (around) => {
    const refusal = await refusalOf(change(to("LOGIN", around)));
    const codes = [refusal, ...refusal.also].map(({ code }) => code);
    expect(codes).toEqual(["PASSWORD_TOO_SHORT", "PASSWORD_NEEDS_BOTH_KINDS"]);
  });

  it("the login ID in it, in any case", async () => {
    await refused({ "passwords.0.next": "PASSWORD_IS_LOGIN_ID" }, to("LOGIN", `!${tenant.taro.loginId.toUpperCase()}!`));
  });

  it("with the figures of its policy", async () => {
    await setPolicy({ passwordShortest: 10, passwordLongest: 12 });
    try {
      expect(await refusalOf(change(to("LOGIN", "Pass-1234")))).toMatchObject({ code: "PASSWORD_TOO_SHORT", facts: { least: 10 } });
      expect(await refusalOf(change(to("LOGIN", "Pass-12345678")))).toMatchObject({ code: "PASSWORD_TOO_LONG", facts: { most: 12 } });
      await change(to("LOGIN", "Pass-12345"));
    } finally {
      await setPolicy({ passwordShortest: 8, passwordLongest: 64 });
    }
  });
});

describe("the last passwords", () => {
  const names = ["First-pass-1", "Second-pass-2", "Third-pass-3", "Fourth-pass-4", "Fifth-pass-5"] as const;
  afterEach(() => setPolicy({ passwordsRemembered: 1 }));
  /** Changes from the first to each in turn; `current` is the last one that went through. */
  const walk = async (...path: string[]) => {
    const [first = PASSWORD, ...rest] = path;
    await aPassword(house, tenant.taro, "LOGIN", {}, first);
    let current = first;
    for (const next of rest) {
      await change(to("LOGIN", next, { current }));
      current = next;
    }
    return (next: string) => change(to("LOGIN", next, { current }));
  };
  const USED = { code: "PASSWORD_USED_BEFORE", path: ["passwords", "0", "next"] };

  it("can't be used again: where one is remembered, the one in use, and the one before can", async () => {
    const next = await walk(names[0], names[1]);
    await expect(next(names[1])).rejects.toMatchObject({ ...USED, facts: { remembered: 1 } });
    await expect(next(names[0])).resolves.toBeTruthy();
    expect((await formerPasswordsOf(house, tenant.taro)).length).toBeLessThanOrEqual(1); // no more than can matter
  });

  it("can't be used again: where three are remembered, the one in use and the two before", async () => {
    await setPolicy({ passwordsRemembered: 3 });
    const next = await walk(names[0], names[1], names[2], names[3]);
    for (const used of [names[3], names[2], names[1]]) await expect(next(used)).rejects.toMatchObject({ ...USED, facts: { remembered: 3 } });
    await expect(next(names[0])).resolves.toBeTruthy();
    expect((await formerPasswordsOf(house, tenant.taro)).length).toBeLessThanOrEqual(3);
  });

  it("can be used again at once where the policy remembers none", async () => {
    await setPolicy({ passwordsRemembered: 0 });
    const next = await walk(names[0], names[1]);
    await expect(next(names[1])).resolves.toBeTruthy();
    expect(await formerPasswordsOf(house, tenant.taro)).toEqual([]);
  });

  it("that is due can't be kept, even where the policy remembers none", async () => {
    await setPolicy({ passwordsRemembered: 0 });
    await aPassword(house, tenant.taro, "LOGIN", { changeDue: "INITIAL" }, names[0]);
    await expect(change(to("LOGIN", names[0], { current: names[0] }))).rejects.toMatchObject({ ...USED, facts: { remembered: 1 } });
    await expect(change(to("LOGIN", names[1], { current: names[0] }))).resolves.toBeTruthy();
  });

  it("are forgotten as far as a stricter policy became a laxer one", async () => {
    await setPolicy({ passwordsRemembered: 3 });
    const next = await walk(names[0], names[1], names[2]);
    await setPolicy({ passwordsRemembered: 1 });
    await next(names[1]);
    expect((await formerPasswordsOf(house, tenant.taro)).length).toBeLessThanOrEqual(1); // no more than can matter
  });

  it("are each kind's own, and each ID's", async () => {
    await setPolicy({ passwordsRemembered: 3 });
    await walk(names[0], names[1]);
    await change(to("APPROVAL", names[0]));
    const hana = await house.signedIn(tenant.hana);
    await expect(changePasswords(house.desk, hana, [to("LOGIN", names[0])])).resolves.toBeTruthy();
  });

  it("are only told to whoever knows the one in use", async () => {
    await setPolicy({ passwordsRemembered: 3 });
    await walk(names[0], names[1]);
    expect(faultsOf(await refusalOf(change(to("LOGIN", names[0], wrong))))).toEqual({ "passwords.0.current": "PASSWORD_WRONG" });
  });
});

describe("a kind of password that the ID hasn't", () => {
  it.each<[string, PasswordKind, Partial<User>, RefusalCode]>([
    ["an operator's approval password", "APPROVAL", { authority: "OPERATOR" }, "APPROVER_ONLY"],
    ["the transfer password where 都度振込 isn't used", "TRANSFER", {}, "AD_HOC_TRANSFER_OFF"],
    ["a Master's approval password", "APPROVAL", { kind: "MASTER", authority: null }, "NOT_FOR_MASTER"],
    ["a Master's transfer password", "TRANSFER", { kind: "MASTER", authority: null }, "NOT_FOR_MASTER"],
    ["an approver's of before there were any", "APPROVAL", { authority: "APPROVER" }, "NOT_FOUND"],
    ["a transfer password that was never set", "TRANSFER", { adHocLimit: 0 }, "NOT_FOUND"],
  ])("is refused by its name, beside what else is wrong: %s", async (_what, kind, facts, code) => {
    tenant = { ...tenant, taro: await house.aUser(tenant.contract, facts) };
    taro = await house.signedIn(tenant.taro);
    await refused({ "passwords.0.kind": code, "passwords.1.next": "PASSWORD_TOO_SHORT" }, to(kind), to("LOGIN", "Pass-12"));
  });
});

describe("six wrong entries in a row of one kind", () => {
  const sixWrong = async (kind: PasswordKind) => {
    for (let entry = 0; entry < 6; entry++) await expect(change(to(kind, NEXT, wrong))).rejects.toMatchObject({ code: "PASSWORD_WRONG", path: ["passwords", "0", "current"] });
  };

  it.each(passwordKinds)("lock the %s password and none of the other three", async (kind) => {
    await sixWrong(kind);
    expect(await stored(kind)).toMatchObject({ tries: 6, lockedAt: THE_MORNING });
    await refused({ "passwords.0.current": "PASSWORD_LOCKED" }, to(kind));

    const others = passwordKinds.filter((each) => each !== kind);
    for (const each of others) expect(await stored(each)).toMatchObject({ tries: 0, lockedAt: null });
    await expect(change(...others.map((each) => to(each)))).resolves.toBeTruthy();
  });

  it.each(passwordKinds)("of %s stop the sign-in only where that is the kind, and end no session", async (kind) => {
    await sixWrong(kind);
    await expect(recognize(house.desk, taro.token, null, origin)).resolves.toBeTruthy();
    if (kind === "LOGIN") await expect(enter(PASSWORD)).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    else await expect(enter(PASSWORD)).resolves.toBeTruthy();
  });

  it("count together with those at the sign-in: it is one password", async () => {
    for (let entry = 0; entry < 3; entry++) await change(to("LOGIN", NEXT, wrong)).catch(() => undefined);
    for (let entry = 0; entry < 3; entry++) await enter("Wrong-pass-1").catch(() => undefined);
    await refused({ "passwords.0.current": "PASSWORD_LOCKED" }, to("LOGIN"));
    await expect(enter(PASSWORD)).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
  });

  it("must be in a row: a right one resets the count, also where the new one is refused", async () => {
    for (let entry = 0; entry < 5; entry++) await change(to("APPROVAL", NEXT, wrong)).catch(() => undefined);
    await expect(change(to("APPROVAL", "short"))).rejects.toMatchObject({ code: "PASSWORD_TOO_SHORT" });
    expect(await stored("APPROVAL")).toMatchObject({ tries: 0 });
    for (let entry = 0; entry < 5; entry++) await change(to("APPROVAL", NEXT, wrong)).catch(() => undefined);
    await expect(change(to("APPROVAL"))).resolves.toBeTruthy();
  });

  it.each(["LOGIN", "TRANSFER"] as const)("stay six of %s when a hundred come at once", async (kind) => {
    const results = await Promise.all(Array.from({ length: 100 }, (_, index) => refusalOf(change(to(kind, NEXT, index === 99 ? {} : wrong)))));
    expect(results.filter(({ code }) => code === "PASSWORD_WRONG")).toHaveLength(6);
    expect(results.filter(({ code }) => code === "PASSWORD_LOCKED")).toHaveLength(94);
    expect(await stored(kind)).toMatchObject({ tries: 6, lockedAt: THE_MORNING });
    expect((await entries()).filter(({ outcome }) => outcome === "REFUSED")).toHaveLength(100);
  }, 60_000);

  it("come together with what is wrong of the new ones, and with the other kinds' wrong ones", async () => {
    const refusal = await refusalOf(change(to("LOGIN", "Passwords", { ...wrong, confirmation: "" }), to("REGISTRATION", NEXT, wrong), to("APPROVAL", "1")));
    expect([refusal, ...refusal.also].map(({ code, path }) => [path?.join("."), code])).toEqual([
      ["passwords.0.current", "PASSWORD_WRONG"], ["passwords.0.next", "PASSWORD_NEEDS_BOTH_KINDS"], ["passwords.0.confirmation", "PASSWORD_MISMATCH"],
      ["passwords.1.current", "PASSWORD_WRONG"],
      ["passwords.2.next", "PASSWORD_TOO_SHORT"], ["passwords.2.next", "PASSWORD_NEEDS_BOTH_KINDS"],
    ]);
    expect(await Promise.all(passwordKinds.map(stored))).toMatchObject([{ tries: 1 }, { tries: 1 }, { tries: 0 }, { tries: 0 }]);
    expect(JSON.parse((await entries()).at(-1)?.before ?? "")).toMatchObject({
      refused: expect.arrayContaining(["passwords.0.current: PASSWORD_WRONG", "passwords.1.current: PASSWORD_WRONG"]) as string[],
    });
  });

  it("of several kinds in one request lock each of them", async () => {
    for (const kind of passwordKinds) await aPassword(house, tenant.taro, kind, { tries: 5 });
    await change(...passwordKinds.map((kind) => to(kind, NEXT, wrong))).catch(() => undefined);
    expect(await Promise.all(passwordKinds.map(stored))).toMatchObject(passwordKinds.map(() => ({ tries: 6, lockedAt: THE_MORNING })));
  });

  it("say of a locked one also what is wrong with the new one", async () => {
    await aPassword(house, tenant.taro, "LOGIN", { tries: 6, lockedAt: THE_MORNING });
    await refused({ "passwords.0.current": "PASSWORD_LOCKED", "passwords.0.next": "PASSWORD_TOO_SHORT" }, to("LOGIN", "Pass-12"));
  });

  it("of more than there are kinds aren't looked at, and give no try back", async () => {
    await aPassword(house, tenant.taro, "LOGIN", { tries: 3 });
    for (const current of [wrong.current, PASSWORD]) {
      await refused({ passwords: "GIVEN_TWICE" }, ...[...passwordKinds, "LOGIN" as const].map((kind) => to(kind, NEXT, { current })));
    }
    expect(await stored("LOGIN")).toMatchObject({ tries: 3 });
  });

  it("of a kind given twice count once", async () => {
    await change(to("LOGIN", NEXT, wrong), to("LOGIN", NEXT, wrong)).catch(() => undefined);
    expect(await stored("LOGIN")).toMatchObject({ tries: 1 });
  });
});

describe("five wrong entries and the right one at once", () => {
  it.each([0, 3, 5])("lock nothing, whichever comes first: they are never six (the right one as number %d)", async (place) => {
    // The right one's check takes longest, so that all the wrong ones are told before.
    const slow = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 6, parallelism: 1 });
    await aPassword(house, tenant.taro, "LOGIN", { hash: slow });
    const all = await Promise.allSettled(Array.from({ length: 6 }, (_, index) => enter(index === place ? PASSWORD : "Wrong-pass-1")));
    expect(all.map(({ status }) => status === "fulfilled")).toEqual(Array.from({ length: 6 }, (_, index) => index === place));
    expect(await stored("LOGIN")).toMatchObject({ lockedAt: null });
    await expect(enter(PASSWORD)).resolves.toBeTruthy();
  });
});

describe("a change that comes at the wrong time", () => {
  it("while the contract is stopped is refused, and no try is taken or given back", async () => {
    await aPassword(house, tenant.taro, "LOGIN", { tries: 3 });
    await house.db.transaction((tx) => tx.update(Contract, { id: tenant.contract.id }, { stoppedAt: THE_MORNING }));
    for (const current of [wrong.current, PASSWORD]) await refused({ "": "CONTRACT_STOPPED" }, to("LOGIN", NEXT, { current }));
    expect(await stored("LOGIN")).toMatchObject({ tries: 3 });
  });

  it("after somebody else changed the ID in between is a conflict, of no field that it has", async () => {
    const findBefore = (tx: EntityManager) => (async (...args: Parameters<EntityManager["findOneByOrFail"]>) => {
      const found = await tx.findOneByOrFail(...args);
      return found instanceof User ? { ...found, version: found.version - 1 } : found; // as it was before
    }) as EntityManager["findOneByOrFail"];
    const desk = { ...house.desk, db: withTransactions(house.db, (tx) => ({ findOneByOrFail: findBefore(tx) })) };
    const refusal = await refusalOf(changePasswords(desk, taro, [to("LOGIN")]));
    expect(refusal).toMatchObject({ code: "CONFLICT", path: undefined });
  });

  it("of ten at once is done once; the others change nothing, and each is on record", async () => {
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => change(to("LOGIN", `Race-pass-${String(index)}`))));
    const won = results.findIndex(({ status }) => status === "fulfilled");
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) if (result.status === "rejected") expect((result.reason as Refusal).code).toMatch(/^(CONFLICT|PASSWORD_WRONG|PASSWORD_LOCKED)$/);
    expect(await house.db.reads.findOneBy(User, { id: taro.userId })).toMatchObject({ version: 2 });
    expect((await entries()).map(({ outcome }) => outcome).sort()).toEqual([...Array<string>(9).fill("REFUSED"), "SUCCEEDED"]);
    await aPassword(house, tenant.taro, "LOGIN", { ...(await stored("LOGIN")), tries: 0, lockedAt: null });
    await expect(enter(`Race-pass-${String(won)}`)).resolves.toBeTruthy();
  });

  it("is the session's that lasts: one that ended changes nothing", async () => {
    await house.signedIn(tenant.taro); // replaces it
    const before = await house.snapshot();
    await expect(change(to("LOGIN"))).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await house.snapshot()).toEqual(before);
    expect((await entries()).at(-1)).toMatchObject({ outcome: "REFUSED", code: "UNAUTHENTICATED" });
  });

  it("is refused while the contract is stopped", async () => {
    await house.db.transaction((tx) => tx.update(Contract, { id: tenant.contract.id }, { stoppedAt: THE_MORNING }));
    const before = await house.snapshot();
    await expect(change(to("LOGIN", NEXT, wrong))).rejects.toMatchObject({ code: "CONTRACT_STOPPED" }); // nor is a try taken
    expect(await house.snapshot()).toEqual(before);
    expect((await entries()).at(-1)).toMatchObject({ outcome: "REFUSED", code: "CONTRACT_STOPPED" });
  });
});

it.each<[string, () => Promise<Actor>, RefusalCode]>([
  ["an operator's: it isn't a contract's ID", async () => house.atTheDesk(await house.anOperator()), "HOLDER_ONLY"],
  ["for whoever signed in without the certificate that is required: a password alone changes no password", () => house.signedIn(tenant.hana, { isEnrollOnly: true }), "CERTIFICATE_REQUIRED"],
])("is not %s; no try is taken", async (_whose, caller, code) => {
  const actor = await caller();
  const before = await house.snapshot();
  await expect(changePasswords(house.desk, actor, [to("LOGIN", NEXT, wrong)])).rejects.toMatchObject({ code });
  expect(await house.snapshot()).toEqual(before);
  expect((await house.history()).at(-1)).toMatchObject({ action: "PASSWORDS_CHANGE", outcome: "REFUSED", code, actorId: actor.userId, actorRole: actor.role });
});

it("no password, neither right nor wrong nor new, is in an answer, in the history, in a log or anywhere in the database", async () => {
  const { log, lines } = listeningLog("trace");
  const door = await house.door(log);
  const typed = { right: PASSWORD, wrong: "Mistaken-pass-9", next: "Brand-new-pass-8", refused: "nodigitsinhere" };
  const send = (passwords: PasswordChange[]) =>
    graphql(door, taro, "mutation ($input: ChangePasswordsInput!) { changePasswords(input: $input) { message userErrors { code message nextStep path } } }", { input: { passwords } });
  try {
    const answers = [
      await send([to("LOGIN", typed.refused, { current: typed.wrong, confirmation: typed.next })]),
      await send([to("LOGIN", typed.next), to("APPROVAL", typed.next, { current: typed.wrong })]),
      await send([to("LOGIN", typed.next), to("APPROVAL", typed.next)]),
      await graphql(door, taro, `mutation { changePasswords(input: { passwords: [{ kind: LOGIN, current: "${typed.right}", next: "${typed.next}" }] }) { message } }`),
    ];
    expect(answers.map(({ data }) => (data as { changePasswords?: { userErrors: { code: string }[] } } | undefined)?.changePasswords?.userErrors.length)).toEqual([3, 1, 0, undefined]);
    const everything = [...answers.map(({ text }) => text), JSON.stringify(await house.history()), JSON.stringify(await house.snapshot()), ...lines];
    for (const secret of Object.values(typed)) for (const text of everything) expect(text).not.toContain(secret);
    expect(lines.length).toBeGreaterThan(0);
  } finally {
    await door.close();
  }
});
