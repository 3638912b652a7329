import { pino } from "pino";
import { DAY, MINUTE } from "../../src/foundation/clock.js";
import type { RefusalCode } from "../../src/foundation/refusals.js";
import { openDoor } from "../../src/http/server.js";
import { Bank } from "../../src/identity/Bank.js";
import { Password } from "../../src/identity/Password.js";
import { hashPassword } from "../../src/identity/argon2.js";
import { Session } from "../../src/identity/Session.js";
import { recognize } from "../../src/identity/sessions.js";
import { signIn, type SignIn } from "../../src/identity/signIn.js";
import { signOut } from "../../src/identity/signOut.js";
import { User } from "../../src/identity/User.js";
import { deregisterUser } from "../../src/users/deregisterUser.js";
import { updateUser } from "../../src/users/updateUser.js";
import { graphql } from "../support/graphql.js";
import { House, ordinarySettings, PASSWORD, THE_MORNING, type Tenant } from "../support/House.js";
import { aPassword } from "../support/passwords.js";

const origin = { requestId: "test", address: "127.0.0.1" };
let house: House;
let tenant: Tenant;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
});

const enter = (changes: Partial<SignIn> = {}, desk = house.desk) =>
  signIn(desk, origin, null, { bankCode: "5120", loginId: tenant.taro.loginId, password: PASSWORD, ...changes });
const wrong = { password: "Wrong-pass-1" };
const loginPassword = () => house.db.reads.findOneBy(Password, { userId: tenant.taro.id, kind: "LOGIN" });

describe("signing in", () => {
  it("opens a session whose token is stored only as its hash", async () => {
    const { token, actor } = await enter();
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(actor).toMatchObject({ role: "PUBLIC", userId: tenant.taro.id, contractId: tenant.contract.id });
    expect(JSON.stringify(await house.snapshot())).not.toContain(token);
    expect(await recognize(house.desk, token, null, origin)).toMatchObject({ actor: { userId: tenant.taro.id } });
  });

  it("tells this sign-in's time and the previous one's", async () => {
    expect(await enter()).toMatchObject({ signedInAt: THE_MORNING, previousSignInAt: null });
    house.clock.advance(8 * MINUTE);
    expect(await enter()).toMatchObject({ signedInAt: house.clock.now(), previousSignInAt: THE_MORNING });
  });

  it("ends the session before: a user has one", async () => {
    const { token } = await enter();
    await enter();
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await house.db.reads.countBy(Session, { userId: tenant.taro.id, isCurrent: 1 })).toBe(1);
  });

  it("several times at once leaves one session", async () => {
    await Promise.allSettled(Array.from({ length: 5 }, () => enter()));
    expect(await house.db.reads.countBy(Session, { userId: tenant.taro.id, isCurrent: 1 })).toBe(1);
  });

  it("takes the ID in capitals and full width, and the password as it is", async () => {
    const fullWidth = tenant.taro.loginId.toUpperCase().replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
    await expect(enter({ loginId: ` ${fullWidth} ` })).resolves.toBeTruthy();
    await expect(enter({ password: PASSWORD.toUpperCase() })).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
  });

  it("keeps the password with argon2id and its parameters", async () => {
    expect((await loginPassword())?.hash).toMatch(/^\$argon2id\$v=19\$/);
    expect(await hashPassword(PASSWORD)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it("honours parameters stored with an older hash", async () => {
    const { hash } = await import("@node-rs/argon2");
    const weaker = await hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 });
    await house.db.transaction((tx) => tx.update(Password, { userId: tenant.taro.id, kind: "LOGIN" }, { hash: weaker }));
    await expect(enter()).resolves.toBeTruthy();
  });

  it("is written to the history", async () => {
    await enter();
    expect(await house.history(tenant.contract)).toMatchObject([{ action: "SIGN_IN", outcome: "SUCCEEDED", actorId: tenant.taro.id, requestId: "test", address: "127.0.0.1" }]);
  });
});

describe("a sign-in that is refused", () => {
  it.each([
    ["a wrong password", wrong],
    ["an unknown ID", { loginId: "nobody99" }],
    ["an ID of no possible form", { loginId: "'; DROP TABLE users --" }],
    ["a NUL and a lone surrogate", { loginId: "\u0000\uD800", password: "\u0000\uD800" }],
    ["an unknown bank", { bankCode: "9999" }],
    ["a bank code with a tail", { bankCode: "51200" }],
    ["an empty password", { password: "" }],
    ["a password of a megabyte", { password: "x".repeat(1_048_576) }],
    ["the right password with more behind it", { password: `${PASSWORD}${"x".repeat(200)}` }],
  ])("says the same for %s, opens nothing, and is on record", async (_what, changes) => {
    const { passwords: _, ...before } = await house.snapshot();
    const entries = (await house.history()).length;
    const error = await enter(changes).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "SIGN_IN_FAILED", path: undefined });
    const { passwords: __, ...after } = await house.snapshot();
    expect(after).toEqual(before);
    expect((await house.history()).slice(entries)).toMatchObject([{ action: "SIGN_IN", outcome: "REFUSED" }]);
  });

  it("takes as long for an unknown ID as for a wrong password", async () => {
    // The floor decides the time, so the work below it can't be seen. By the floor, not by a stopwatch on argon2.
    const desk = { ...house.desk, signInFloorMs: 400 };
    const time = async (changes: Partial<SignIn>) => {
      const start = performance.now();
      await enter(changes, desk).catch(() => undefined);
      return performance.now() - start;
    };
    const times = [await time(wrong), await time({ loginId: "nobody99" }), await time({ bankCode: "9999" })];
    for (const taken of times) expect(taken).toBeGreaterThanOrEqual(399);
  });

  it("does the same work for an unknown ID: a password is hashed all the same", async () => {
    const cpu = async (changes: Partial<SignIn>) => {
      const start = process.cpuUsage();
      for (let round = 0; round < 5; round++) await enter(changes).catch(() => undefined);
      return process.cpuUsage(start).user;
    };
    await cpu(wrong);
    const [unknown, mistaken] = [await cpu({ loginId: "nobody99" }), await cpu(wrong)];
    expect(unknown).toBeGreaterThan(mistaken / 3); // without the hash it is a twentieth
  });
});

describe("an ID that may not come in", () => {
  const suspended = () => house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { suspendedAt: THE_MORNING }));
  const deregistered = async () => deregisterUser(house.desk, await house.signedIn(tenant.master), { userId: tenant.taro.id, expectedVersion: 1 });
  const locked = () => aPassword(house, tenant.taro, "LOGIN", { tries: 6, lockedAt: THE_MORNING });
  const usedUp = () => aPassword(house, tenant.taro, "LOGIN", { tries: 6 });
  const nothing = () => Promise.resolve();

  const ways = [
    ["is unknown", nothing, { loginId: "nobody99" }, "NOT_FOUND"],
    ["is known, by a wrong password", nothing, wrong, "SIGN_IN_FAILED"],
    ["is locked, by the right password", locked, {}, "ID_LOCKED"],
    ["is locked, by a wrong password", locked, wrong, "ID_LOCKED"],
    ["has its tries used up a moment ago", usedUp, {}, "ID_LOCKED"],
    ["is suspended, by the right password", suspended, {}, "ID_SUSPENDED"],
    ["is suspended, by a wrong password", suspended, wrong, "SIGN_IN_FAILED"],
    ["is deregistered, by the password that was right", deregistered, {}, "ID_DEREGISTERED"],
    ["is deregistered, by a wrong password", deregistered, wrong, "ID_DEREGISTERED"],
  ] satisfies [string, () => Promise<unknown>, Partial<SignIn>, RefusalCode][];

  it("is answered alike, to the letter, in both languages, and not before the same time; only the history knows why", async () => {
    const FLOOR_MS = 60;
    const door = await openDoor({ ...house.desk, signInFloorMs: FLOOR_MS }, pino({ level: "silent" }), ordinarySettings);
    const query = "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken viewer { signedInAt } userErrors { code message nextStep path } } }";
    const answers = new Map<string, string[]>();
    for (const [way, given, changes, recordedAs] of ways) {
      tenant = await house.aTenant();
      await given();
      const input = { bankCode: "5120", loginId: tenant.taro.loginId, password: PASSWORD, ...changes };
      for (const language of ["ja", "en"]) {
        const start = performance.now();
        const { text } = await graphql(door, null, query, { input }, { "accept-language": language });
        expect(performance.now() - start).toBeGreaterThanOrEqual(FLOOR_MS - 1);
        expect([way, (await house.history()).at(-1)]).toMatchObject([way, { action: "SIGN_IN", outcome: "REFUSED", code: recordedAs }]);
        answers.set(text, [...(answers.get(text) ?? []), `${language}: ${way}`]);
      }
      expect(await house.db.reads.countBy(Session, { userId: tenant.taro.id })).toBe(0);
    }
    await door.close();
    expect([...answers.values()].map((those) => those.length)).toEqual([ways.length, ways.length]); // one answer a language
  });

  it.each([
    ["a suspension", suspended, "ID_SUSPENDED"],
    ["a deregistration", deregistered, "ID_DEREGISTERED"],
  ] as const)("isn't let in by a password that was checked before %s", async (_what, meanwhile, recordedAs) => {
    await expect(enter({}, justBeforeItIsDone(meanwhile))).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect(await house.db.reads.countBy(Session, { userId: tenant.taro.id, isCurrent: 1 })).toBe(0);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "SIGN_IN", outcome: "REFUSED", code: recordedAs });
  });

  it("isn't let in by a password that the Master replaced while it was checked", async () => {
    const master = await house.signedIn(tenant.master);
    const typed = { password: "Reset-pass-1", confirmation: "Reset-pass-1" };
    const reset = () => updateUser(house.desk, master, {
      userId: tenant.taro.id, expectedVersion: 1, passwords: { LOGIN: typed },
      certificateAction: "KEEP", reissueReason: "UNSPECIFIED", revocationReason: "UNSPECIFIED",
    });
    await aPassword(house, tenant.taro, "APPROVAL");
    await expect(enter({}, justBeforeItIsDone(reset))).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect(await house.db.reads.countBy(Session, { userId: tenant.taro.id, isCurrent: 1 })).toBe(0);
    expect((await house.history(tenant.contract)).slice(-2)).toMatchObject([{ action: "USER_UPDATE", outcome: "SUCCEEDED" }, { action: "SIGN_IN", outcome: "REFUSED" }]);
    await expect(enter({ password: typed.password })).resolves.toBeTruthy();
  });

  /** The desk at which this happens between the check of a password and the sign-in's own transaction, the third. */
  function justBeforeItIsDone(happens: () => Promise<unknown>): typeof house.desk {
    let transactions = 0;
    const transaction = (async (work, outcome) => {
      transactions += 1;
      if (transactions === 3) await happens();
      return house.db.transaction(work, outcome);
    }) as typeof house.db.transaction;
    return { ...house.desk, db: { ...house.db, transaction } };
  }
});

describe("six wrong entries in a row", () => {
  const sixWrong = async () => {
    for (let entry = 0; entry < 6; entry++) await expect(enter(wrong)).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
  };

  it("lock the ID: the right password is refused like a wrong one, and the history knows why", async () => {
    await sixWrong();
    expect(await loginPassword()).toMatchObject({ lockedAt: THE_MORNING });
    await expect(enter()).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ outcome: "REFUSED", code: "ID_LOCKED" });
    house.clock.advance(30 * DAY);
    await expect(enter()).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
  });

  it("must be in a row: a right one resets the count", async () => {
    for (let entry = 0; entry < 5; entry++) await enter(wrong).catch(() => undefined);
    await enter();
    for (let entry = 0; entry < 5; entry++) await enter(wrong).catch(() => undefined);
    await expect(enter()).resolves.toBeTruthy();
  });

  it("of one user stop nobody else", async () => {
    await sixWrong();
    await expect(enter({ loginId: tenant.hana.loginId })).resolves.toBeTruthy();
  });

  it("stay six when a hundred come at once, the right one among the last", async () => {
    const results = await Promise.allSettled(Array.from({ length: 100 }, (_, index) => enter(index === 99 ? {} : wrong)));
    expect(results.filter(({ status }) => status === "fulfilled")).toEqual([]);
    expect(await loginPassword()).toMatchObject({ tries: 6, lockedAt: THE_MORNING });
    const codes = (await house.history(tenant.contract)).map(({ code }) => code);
    expect(codes.filter((code) => code === "SIGN_IN_FAILED")).toHaveLength(6);
    expect(codes.filter((code) => code === "ID_LOCKED")).toHaveLength(94);
  }, 60_000);

  it("are the bank's policy", async () => {
    await house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, { triesAllowed: 2 }));
    await enter(wrong).catch(() => undefined);
    await enter(wrong).catch(() => undefined);
    await expect(enter()).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    await house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, { triesAllowed: 6 }));
  });
});

describe("a contract that signs in by certificate", () => {
  it("lets an ID without an active certificate in to look at itself and enroll", async () => {
    const strict = await house.aTenant({ signInMethod: "CERTIFICATE" });
    await house.aCertificate(strict.taro, "PENDING");
    expect((await enter({ loginId: strict.taro.loginId })).actor.role).toBe("ENROLLEE");
    expect((await enter({ loginId: strict.master.loginId })).actor.role).toBe("ENROLLEE");
  });

  it("refuses an ID with an active certificate that doesn't show it; the password was right all the same", async () => {
    const strict = await house.aTenant({ signInMethod: "CERTIFICATE" });
    await house.aCertificate(strict.taro, "ACTIVE");
    await expect(enter({ loginId: strict.taro.loginId })).rejects.toMatchObject({ code: "CERTIFICATE_REQUIRED" });
    await expect(enter({ loginId: strict.taro.loginId, ...wrong })).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
  });

  it.each(["REVOKED", "EXPIRED"] as const)("treats one that is %s as none", async (status) => {
    const strict = await house.aTenant({ signInMethod: "CERTIFICATE" });
    await house.aCertificate(strict.taro, status);
    expect((await enter({ loginId: strict.taro.loginId })).actor.role).toBe("ENROLLEE");
  });
});

describe("a session", () => {
  it("ends after the bank's idle time, to the millisecond", async () => {
    const { token } = await enter();
    house.clock.advance(15 * MINUTE);
    await expect(recognize(house.desk, token, null, origin)).resolves.toBeTruthy(); // and was used now
    house.clock.advance(15 * MINUTE + 1);
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "SESSION_EXPIRED" });
  });

  it("ends at its longest time, however busy", async () => {
    const { token, expiresAt } = await enter();
    for (let spent = 0; spent < 480; spent += 10) {
      await recognize(house.desk, token, null, origin);
      house.clock.advance(10 * MINUTE);
    }
    expect(house.clock.now()).toEqual(expiresAt);
    await expect(recognize(house.desk, token, null, origin)).resolves.toBeTruthy();
    house.clock.advance(1);
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "SESSION_EXPIRED" });
  });

  it("ends by signing out, which is on record", async () => {
    const { token, actor } = await enter();
    await signOut(house.desk, actor);
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "SIGN_OUT", outcome: "SUCCEEDED" });
  });

  it.each(["", "x", "A".repeat(43), "A".repeat(10_000), "../../etc/passwd"])("is not opened by the token %j", async (token) => {
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "UNKNOWN_SESSION" });
  });

  it("whose token differs in one character is another's or nobody's", async () => {
    const { token } = await enter();
    const forged = (token.startsWith("A") ? "B" : "A") + token.slice(1);
    await expect(recognize(house.desk, forged, null, origin)).rejects.toMatchObject({ why: "UNKNOWN_SESSION" });
  });
});

it("a fault before the answer is known is an attempt, too", async () => {
  const entries = (await house.history()).length;
  let isBroken = true;
  const db = { ...house.desk.db, transaction: ((work, outcome) => {
    if (!isBroken) return house.desk.db.transaction(work, outcome);
    isBroken = false;
    return Promise.reject(new Error("the disk is full"));
  }) as typeof house.desk.db.transaction };
  await expect(enter({}, { ...house.desk, db })).rejects.toThrow("the disk is full");
  expect((await house.history()).slice(entries)).toMatchObject([{ action: "SIGN_IN", outcome: "FAILED", actorLoginId: tenant.taro.loginId }]);
});

it("a new password is hashed by the same function that checks it", async () => {
  expect(await hashPassword("x")).toMatch(/^\$argon2id\$/);
});
