import { DAY, MINUTE } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { Refusal } from "../../src/foundation/refusals.js";
import { Bank } from "../../src/identity/Bank.js";
import { BankOperator, OperatorSession } from "../../src/identity/BankOperator.js";
import { Session } from "../../src/identity/Session.js";
import { recognize } from "../../src/identity/sessions.js";
import { signIn, type SignIn } from "../../src/identity/signIn.js";
import { signInOperator, type SignInOperator } from "../../src/identity/signInOperator.js";
import { signOut } from "../../src/identity/signOut.js";
import { anotherBank } from "../support/Counter.js";
import { House, PASSWORD, THE_MORNING, type Tenant } from "../support/House.js";

const origin = { requestId: "test", address: "127.0.0.1" };
let house: House;
let operator: BankOperator;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  operator = await house.anOperator();
});

const enter = (changes: Partial<SignInOperator> = {}, desk = house.desk) => signInOperator(desk, origin, null, { bankCode: "5120", loginId: operator.loginId, password: PASSWORD, ...changes });
const wrong = { password: "Wrong-pass-1" };
const stored = () => house.db.reads.findOneBy(BankOperator, { id: operator.id });
const itsEntries = async () => (await house.history()).filter(({ actorId }) => actorId === operator.id);

/** So many desks at which each has proven its password before the first is let in, which is a sign-in's third transaction. */
function desksInStep(count: number): (typeof house.desk)[] {
  let proven = 0;
  let letIn = (): void => undefined;
  const allProven = new Promise<void>((resolve) => { letIn = resolve; });
  return Array.from({ length: count }, () => {
    let transactions = 0;
    const transaction = (async (work, outcome) => {
      transactions += 1;
      if (transactions === 3 && ++proven === count) letIn();
      if (transactions === 3) await allProven;
      return house.db.transaction(work, outcome);
    }) as typeof house.db.transaction;
    return { ...house.desk, db: { ...house.db, transaction } };
  });
}

describe("an operator's sign-in", () => {
  it("opens a session of its own kind, whose token is stored only as its hash", async () => {
    const { sessions } = await house.snapshot();
    const { token, actor } = await enter();
    expect(token).toMatch(/^desk_[A-Za-z0-9_-]{43}$/);
    expect(actor).toMatchObject({ role: "BANK_OPERATOR", userId: operator.id, bankId: house.bank.id, contractId: null });
    const after = await house.snapshot();
    expect(JSON.stringify(after)).not.toContain(token);
    expect(after.sessions).toEqual(sessions);
    expect(await recognize(house.desk, token, null, origin)).toMatchObject({ actor, passwordsDue: null });
  });

  it("tells this sign-in's time and the previous one's", async () => {
    expect(await enter()).toMatchObject({ signedInAt: THE_MORNING, previousSignInAt: null });
    house.clock.advance(8 * MINUTE);
    expect(await enter()).toMatchObject({ signedInAt: house.clock.now(), previousSignInAt: THE_MORNING });
  });

  it("ends the session before: an operator has one", async () => {
    const { token } = await enter();
    await enter();
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "SESSION_ENDED", former: { userId: operator.id, role: "BANK_OPERATOR", contractId: null } });
    const sessions = await house.db.reads.find(OperatorSession, { where: { operatorId: operator.id }, order: { id: "ASC" } });
    expect(sessions).toMatchObject([{ isCurrent: null, endReason: "REPLACED" }, { isCurrent: 1, endReason: null }]);
  });

  it("several times at the same moment is no fault: each comes in, and one session is left", async () => {
    const results = await Promise.allSettled(desksInStep(6).map((desk) => enter({}, desk)));
    expect(results).toEqual(results.map(() => expect.objectContaining({ status: "fulfilled" }) as object));
    expect((await itsEntries()).map(({ outcome }) => outcome)).toEqual(Array(6).fill("SUCCEEDED"));
    expect(await house.db.reads.countBy(OperatorSession, { operatorId: operator.id, isCurrent: 1 })).toBe(1);
  });

  it("takes the ID in capitals and full width", async () => {
    const fullWidth = operator.loginId.toUpperCase().replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
    await expect(enter({ loginId: ` ${fullWidth} ` })).resolves.toBeTruthy();
  });

  it("is written to its bank's history, and to no contract's", async () => {
    await enter();
    expect(await itsEntries()).toMatchObject([{
      action: "OPERATOR_SIGN_IN", outcome: "SUCCEEDED", actorLoginId: operator.loginId, actorRole: "BANK_OPERATOR", bankId: house.bank.id, contractId: null,
      requestId: "test", address: "127.0.0.1",
    }]);
  });
});

describe("an operator's sign-in that is refused", () => {
  it.each([
    ["a wrong password", wrong],
    ["an unknown ID", { loginId: "nobody99" }],
    ["an ID of no possible form", { loginId: "'; DROP TABLE bank_operators --" }],
    ["a NUL and a lone surrogate", { loginId: "\u0000\uD800", password: "\u0000\uD800" }],
    ["an unknown bank", { bankCode: "9999" }],
    ["an empty password", { password: "" }],
    ["the right password with more behind it", { password: `${PASSWORD}${"x".repeat(200)}` }],
  ])("says the same for %s, opens nothing, and is on record", async (_what, changes) => {
    const { bank_operators: _, ...before } = await house.snapshot();
    const entries = (await house.history()).length;
    await expect(enter(changes)).rejects.toMatchObject({ code: "SIGN_IN_FAILED", path: undefined, facts: {} });
    const { bank_operators: __, ...after } = await house.snapshot();
    expect(after).toEqual(before);
    expect((await house.history()).slice(entries)).toMatchObject([{ action: "OPERATOR_SIGN_IN", outcome: "REFUSED", contractId: null, actorRole: "BANK_OPERATOR" }]);
  });

  it("says the same at another bank, whose ID it isn't", async () => {
    const { code } = await anotherBank(house);
    await expect(enter({ bankCode: code })).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
  });

  it("takes as long for an unknown ID as for a wrong password", async () => {
    const desk = { ...house.desk, signInFloorMs: 300 };
    for (const changes of [wrong, { loginId: "nobody99" }, { bankCode: "9999" }]) {
      const start = performance.now();
      await enter(changes, desk).catch(() => undefined);
      expect(performance.now() - start).toBeGreaterThanOrEqual(290);
    }
  });

  it("does the same work for an unknown ID: a password is hashed all the same", async () => {
    const cpu = async (changes: Partial<SignIn>) => {
      const start = process.cpuUsage();
      for (let round = 0; round < 4; round++) await enter(changes).catch(() => undefined);
      return process.cpuUsage(start).user;
    };
    await cpu(wrong);
    operator = await house.anOperator();
    expect(await cpu({ loginId: "nobody99" })).toBeGreaterThan((await cpu(wrong)) / 3);
  });
});

describe("six wrong entries in a row", () => {
  it("lock the operator: the right password is refused like a wrong one, and the history knows why", async () => {
    for (let entry = 0; entry < 6; entry++) await expect(enter(wrong)).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect(await stored()).toMatchObject({ tries: 6, lockedAt: THE_MORNING });
    house.clock.advance(30 * DAY);
    await expect(enter()).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    const codes = (await itsEntries()).map(({ code }) => code);
    expect(codes).toEqual([...Array<string>(6).fill("SIGN_IN_FAILED"), "ID_LOCKED"]);
  });

  it("must be in a row, and stop no colleague", async () => {
    for (let entry = 0; entry < 5; entry++) await enter(wrong).catch(() => undefined);
    await enter();
    expect(await stored()).toMatchObject({ tries: 0, lockedAt: null });
    await enter(wrong).catch(() => undefined);
    const colleague = await house.anOperator();
    await expect(enter({ loginId: colleague.loginId })).resolves.toBeTruthy();
  });

  it("stay six when thirty come at once, the right one among the last", async () => {
    const results = await Promise.allSettled(Array.from({ length: 30 }, (_, index) => enter(index === 29 ? {} : wrong)));
    expect(results.filter(({ status }) => status === "fulfilled")).toEqual([]);
    expect(await stored()).toMatchObject({ tries: 6, lockedAt: THE_MORNING });
  }, 60_000);

  it("are the bank's policy", async () => {
    const bank = await anotherBank(house, { triesAllowed: 1 });
    operator = await house.anOperator(bank);
    await enter({ bankCode: bank.code, ...wrong }).catch(() => undefined);
    expect(await stored()).toMatchObject({ lockedAt: THE_MORNING });
  });
});

describe("a password that whoever registered the operator knows", () => {
  const NEXT = "Second-pass-2";
  const renew = (next: string = NEXT, changes: Partial<SignInOperator> = {}, confirmation: string | null = next) =>
    enter({ newPassword: { password: next, confirmation }, ...changes });
  beforeEach(async () => {
    operator = await house.anOperator(house.bank, { changeDue: "INITIAL" });
  });

  /** Refused with these, each with its field: the password stays, nobody is in, and one entry says so. */
  async function refusedWith(attempt: () => Promise<unknown>, wrong: string[]): Promise<void> {
    const before = (await stored())?.hash;
    const refusal: unknown = await attempt().then(() => undefined, (error: unknown) => error);
    if (!(refusal instanceof Refusal)) throw new Error("not refused", { cause: refusal });
    expect([refusal, ...refusal.also].map(({ code, path }) => `${path?.join(".") ?? ""}: ${code}`)).toEqual(wrong);
    expect(await stored()).toMatchObject({ hash: before, changeDue: "INITIAL" });
    expect(await house.db.reads.countBy(OperatorSession, { operatorId: operator.id })).toBe(0);
    expect((await itsEntries()).at(-1)).toMatchObject({ action: "OPERATOR_SIGN_IN", outcome: "REFUSED", code: refusal.recordedAs, after: null });
  }

  it("lets nobody in but with a new one, which is the password from then on; on record, and nowhere to be read", async () => {
    await refusedWith(() => enter(), ["newPassword: NEW_PASSWORD_REQUIRED"]);
    await renew();
    expect(await stored()).toMatchObject({ changeDue: null, tries: 0, hash: expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/) as string });
    const entry = (await itsEntries()).at(-1);
    expect(entry).toMatchObject({ outcome: "SUCCEEDED", after: '{"passwordChanged":true}' });
    await expect(enter()).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    await expect(enter({ password: NEXT })).resolves.toBeTruthy();
    expect((await itsEntries()).at(-1)).toMatchObject({ outcome: "SUCCEEDED", after: null });
    for (const kept of [await house.snapshot(), await house.history()]) for (const secret of [NEXT, PASSWORD]) expect(JSON.stringify(kept)).not.toContain(secret);
  });

  it("is replaced by the bank's rules, all of them said at once", async () => {
    await refusedWith(() => renew("x", {}, "y"), ["newPassword: PASSWORD_TOO_SHORT", "newPassword: PASSWORD_NEEDS_BOTH_KINDS", "newPasswordConfirmation: PASSWORD_MISMATCH"]);
    await refusedWith(() => renew(NEXT, {}, null), ["newPasswordConfirmation: PASSWORD_MISMATCH"]);
    await refusedWith(() => renew(`${operator.loginId.toUpperCase()}-1a`), ["newPassword: PASSWORD_IS_LOGIN_ID"]);
    await refusedWith(() => renew(PASSWORD), ["newPassword: PASSWORD_USED_BEFORE"]);
  });

  it("is replaced by nobody who doesn't know it, and nothing is said of the new one then", async () => {
    await refusedWith(() => renew(NEXT, wrong), [": SIGN_IN_FAILED"]);
    await refusedWith(() => renew("x", wrong, "y"), [": SIGN_IN_FAILED"]);
    await house.db.transaction((tx) => tx.update(BankOperator, { id: operator.id }, { tries: 6, lockedAt: THE_MORNING }));
    await refusedWith(() => renew(), [": SIGN_IN_FAILED"]);
  });

  it("is replaced once by two at once: the one whose password it is then is in, the other is refused", async () => {
    const nexts = ["Second-pass-2", "Third-pass-3"];
    const desks = desksInStep(2);
    const results = await Promise.allSettled(nexts.map((next, index) => signInOperator(desks[index] ?? house.desk, origin, null, {
      bankCode: "5120", loginId: operator.loginId, password: PASSWORD, newPassword: { password: next, confirmation: next },
    })));
    const won = results.findIndex(({ status }) => status === "fulfilled");
    expect(results[1 - won]).toMatchObject({ status: "rejected", reason: { name: "Refusal", code: "SIGN_IN_FAILED", recordedAs: "SIGN_IN_FAILED" } });
    expect(await house.db.reads.countBy(OperatorSession, { operatorId: operator.id, isCurrent: 1 })).toBe(1);
    await expect(enter({ password: nexts[1 - won] ?? "" })).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    await expect(enter({ password: nexts[won] ?? "" })).resolves.toBeTruthy();
  });

  it("that nobody else knows any more may be replaced likewise, at any sign-in", async () => {
    await renew();
    await renew("Third-pass-3", { password: NEXT });
    await expect(enter({ password: "Third-pass-3" })).resolves.toBeTruthy();
  });
});

describe("customers and the bank's staff", () => {
  let tenant: Tenant;
  beforeEach(async () => {
    tenant = await house.aTenant();
  });

  it("have different doors: a customer's ID is unknown at the staff's, an operator's at the customers'", async () => {
    for (const { loginId } of [tenant.master, tenant.taro]) await expect(enter({ loginId })).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    const asCustomer = signIn(house.desk, origin, null, { bankCode: "5120", loginId: operator.loginId, password: PASSWORD });
    await expect(asCustomer).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect((await house.history()).slice(-3).map(({ code }) => code)).toEqual(["NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]);
  });

  it("of the same login ID are two, each with its own lock and session", async () => {
    operator = await house.anOperator(house.bank, { loginId: tenant.taro.loginId });
    for (let entry = 0; entry < 6; entry++) await enter(wrong).catch(() => undefined);
    const taro = await signIn(house.desk, origin, null, { bankCode: "5120", loginId: tenant.taro.loginId, password: PASSWORD });
    expect(taro.actor).toMatchObject({ role: "PUBLIC", userId: tenant.taro.id });
    await expect(enter()).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
  });

  it("have different tokens: none of one kind is ever one of the other", async () => {
    const master = await house.signedIn(tenant.master);
    const { token } = await enter();
    expect(await recognize(house.desk, master.token, null, origin)).toMatchObject({ actor: { role: "MASTER" } });
    for (const forged of [`desk_${master.token}`, token.replace("desk_", ""), token.replace("desk_", "DESK_"), ` ${token}`]) {
      await expect(recognize(house.desk, forged, null, origin)).rejects.toMatchObject({ why: "UNKNOWN_SESSION" });
    }
  });

  it("have different tables: an operator's hash among the customers' opens nothing", async () => {
    const master = await house.signedIn(tenant.master);
    const { actor } = await enter();
    const own = await house.db.reads.findOneBy(OperatorSession, { id: actor.sessionId });
    await house.db.transaction((tx) => tx.update(Session, { id: master.sessionId }, { tokenHash: own?.tokenHash ?? "" }));
    await house.db.transaction((tx) => tx.delete(OperatorSession, { id: actor.sessionId }));
    await expect(recognize(house.desk, master.token, null, origin)).rejects.toMatchObject({ why: "UNKNOWN_SESSION" });
  });

  it("a customer's certificate is none of an operator's", async () => {
    const { id, fingerprint } = await house.aCertificate(tenant.master);
    const holder = { userId: tenant.master.id, loginId: tenant.master.loginId, contractId: tenant.contract.id, bankId: tenant.bank.id };
    const presented = { status: "ACTIVE", thumbprint: fingerprint ?? "", certificateId: id, holder } as never;
    const { token } = await enter();
    await expect(recognize(house.desk, token, presented, origin)).rejects.toMatchObject({ why: "WRONG_CERTIFICATE" });
    await expect(recognize(house.desk, token, null, origin)).resolves.toBeTruthy();

    const attempt = (changes: Partial<SignInOperator> = {}) =>
      signInOperator(house.desk, origin, presented, { bankCode: "5120", loginId: operator.loginId, password: PASSWORD, ...changes });
    for (const changes of [{}, wrong, { loginId: "nobody99" }]) { // alike, whoever it is tried as
      await expect(attempt(changes)).rejects.toMatchObject({ code: "PRESENTED_CERTIFICATE_OF_ANOTHER", path: undefined, facts: {} });
      expect((await house.history()).at(-1)).toMatchObject({ action: "OPERATOR_SIGN_IN", outcome: "REFUSED", code: "PRESENTED_CERTIFICATE_OF_ANOTHER" });
    }
    expect(await house.db.reads.findOneBy(BankOperator, { id: operator.id })).toMatchObject({ tries: 0 }); // no try is taken
    await expect(recognize(house.desk, token, null, origin)).resolves.toBeTruthy(); // the session of before is the one
  });
});

describe("an operator's session", () => {
  it("ends after the bank's idle time, to the millisecond", async () => {
    const { token } = await enter();
    house.clock.advance(15 * MINUTE);
    await expect(recognize(house.desk, token, null, origin)).resolves.toBeTruthy(); // and was used now
    house.clock.advance(15 * MINUTE + 1);
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "SESSION_EXPIRED", former: { userId: operator.id } });
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

  it("is as long as its own bank says", async () => {
    const bank = await anotherBank(house, { sessionIdleMinutes: 1 });
    operator = await house.anOperator(bank);
    const { token } = await enter({ bankCode: bank.code });
    house.clock.advance(MINUTE + 1);
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "SESSION_EXPIRED" });
    expect(await house.db.reads.findOneBy(Bank, { id: bank.id })).toMatchObject({ sessionIdleMinutes: 1 });
  });

  it("ends by signing out, which is on record and ends no customer's", async () => {
    const { token, actor } = await enter();
    const { sessions } = await house.snapshot();
    await signOut(house.desk, actor);
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect((await house.snapshot()).sessions).toEqual(sessions);
    expect((await itsEntries()).at(-1)).toMatchObject({ action: "SIGN_OUT", outcome: "SUCCEEDED", targetUserId: null, actorRole: "BANK_OPERATOR" });
  });

  it.each(["desk_", `desk_${"A".repeat(43)}`, `desk_${"A".repeat(10_000)}`, newId(THE_MORNING)])("is not opened by the token %j", async (token) => {
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "UNKNOWN_SESSION" });
  });
});
