import { registerOperator } from "../../src/desk/registerOperator.js";
import { resetOperator } from "../../src/desk/resetOperator.js";
import { unlockOperator } from "../../src/desk/unlockOperator.js";
import { OperatorError } from "../../src/foundation/OperatorError.js";
import { BankOperator, OperatorSession } from "../../src/identity/BankOperator.js";
import { recognize } from "../../src/identity/sessions.js";
import { signInOperator } from "../../src/identity/signInOperator.js";
import { anotherBank } from "../support/Counter.js";
import { House, THE_MORNING } from "../support/House.js";

const origin = { requestId: "test", address: null };
let house: House;
let made = 0;
let loginId: string;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(() => {
  house.clock.moveTo(THE_MORNING);
  loginId = `desk${String(++made).padStart(3, "0")}`;
});

const register = (typed: Partial<Pick<BankOperator, "loginId" | "displayName">> = {}, bank = house.bank) =>
  registerOperator(house.desk, bank, { loginId, displayName: "窓口担当者", ...typed });
const signIn = (password: string, next?: string) => signInOperator(house.desk, origin, null, {
  bankCode: "5120", loginId, password, newPassword: next === undefined ? null : { password: next, confirmation: next },
});
const refused = async (work: () => Promise<unknown>, message: string) => {
  const [before, entries] = [await house.snapshot(), (await house.history()).length];
  await expect(work()).rejects.toThrow(new OperatorError(message));
  expect(await house.snapshot()).toEqual(before);
  expect(await house.history()).toHaveLength(entries);
};

describe("a registered operator", () => {
  it("signs in with the password that was said once and one of its own choice, both stored only as their hashes", async () => {
    const { operator, password } = await register({ loginId: ` ${loginId.toUpperCase()} `, displayName: " 窓口担当者 " });
    expect(operator).toMatchObject({ loginId, displayName: "窓口担当者", bankId: house.bank.id });
    expect(password).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
    await expect(signIn(password)).rejects.toMatchObject({ code: "NEW_PASSWORD_REQUIRED", path: ["newPassword"] });
    await expect(signIn(password, "My-own-choice-1")).resolves.toMatchObject({ actor: { userId: operator.id } });
    await expect(signIn(password)).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    await expect(signIn("My-own-choice-1")).resolves.toMatchObject({ actor: { userId: operator.id } });
    for (const kept of [await house.snapshot(), await house.history()]) for (const secret of [password, "My-own-choice-1"]) expect(JSON.stringify(kept)).not.toContain(secret);
  });

  it("has a password of its own", async () => {
    const { password } = await register();
    loginId = `desk${String(++made).padStart(3, "0")}`;
    expect((await register()).password).not.toBe(password);
  });

  it("is on record, in its bank's history", async () => {
    await register();
    const entry = (await house.history()).at(-1);
    expect(entry).toMatchObject({ action: "OPERATOR_REGISTER", outcome: "SUCCEEDED", bankId: house.bank.id, contractId: null, actorId: null, requestId: "command:operator" });
    expect(JSON.parse(entry?.after ?? "")).toEqual({ operator: loginId, displayName: "窓口担当者" });
  });

  it("may have another bank's operator's ID, and no colleague's", async () => {
    await register();
    await register({}, await anotherBank(house));
    await refused(() => register({ loginId: loginId.toUpperCase() }), `bank 5120 has, or had, an operator ${loginId}: a login ID never comes back`);
  });
});

it.each(["", "desk1", "deskdesk", "12345678", "desk-001", "desk0010010010", "' OR 1=1"])("nobody is registered as %j", async (typed) => {
  await refused(() => register({ loginId: typed }), "a login ID has 6 to 12 letters and digits, at least one of each");
});

it.each(["", " ", "字".repeat(21), "a\u0000b"])("nobody is registered by the name %j", async (displayName) => {
  await refused(() => register({ displayName }), "a name has 1 to 20 characters");
});

describe("an operator that is unlocked", () => {
  it("signs in with the password that it had; on record", async () => {
    const { operator, password } = await register();
    for (let entry = 0; entry < 6; entry++) await signIn("Wrong-pass-1").catch(() => undefined);
    await expect(signIn(password)).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    await unlockOperator(house.desk, house.bank, loginId.toUpperCase());
    expect((await house.history()).at(-1)).toMatchObject({ action: "OPERATOR_UNLOCK", outcome: "SUCCEEDED", bankId: house.bank.id, actorId: null });
    expect(await house.db.reads.findOneBy(BankOperator, { id: operator.id })).toMatchObject({ tries: 0, lockedAt: null });
    await expect(signIn(password, "My-own-choice-1")).resolves.toBeTruthy();
  });

  it("must be locked, and there", async () => {
    await register();
    await refused(() => unlockOperator(house.desk, house.bank, loginId), `${loginId} isn't locked`);
    await refused(() => unlockOperator(house.desk, house.bank, "nobody99"), "bank 5120 has no operator nobody99");
    const elsewhere = await anotherBank(house);
    await refused(() => unlockOperator(house.desk, elsewhere, loginId), `bank ${elsewhere.code} has no operator ${loginId}`);
  });
});

describe("an operator that is reset", () => {
  it("signs in with the new first password and no other, which it changes at once; the lock is lifted, the session over", async () => {
    const { operator, password: first } = await register();
    const { token } = await signIn(first, "My-own-choice-1");
    await house.db.transaction((tx) => tx.update(BankOperator, { id: operator.id }, { tries: 6, lockedAt: THE_MORNING }));
    const { password } = await resetOperator(house.desk, house.bank, loginId.toUpperCase());
    expect(password).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
    expect((await house.history()).at(-1)).toMatchObject({
      action: "OPERATOR_RESET", outcome: "SUCCEEDED", bankId: house.bank.id, contractId: null, actorId: null, requestId: "command:operator", after: JSON.stringify({ operator: loginId }),
    });
    expect(await house.db.reads.findOneBy(BankOperator, { id: operator.id })).toMatchObject({ tries: 0, lockedAt: null, changeDue: "INITIAL" });
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await house.db.reads.find(OperatorSession, { where: { operatorId: operator.id } })).toMatchObject([{ isCurrent: null, endReason: "PASSWORD_RESET" }]);
    for (const former of [first, "My-own-choice-1"]) await expect(signIn(former, "Another-choice-1")).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    await expect(signIn(password)).rejects.toMatchObject({ code: "NEW_PASSWORD_REQUIRED" });
    const before = await house.db.reads.findOneBy(BankOperator, { id: operator.id });
    await expect(signIn(password, "My-own-choice-1")).rejects.toMatchObject({ code: "PASSWORD_USED_BEFORE", path: ["newPassword"] }); // it may be known
    expect(await house.db.reads.findOneBy(BankOperator, { id: operator.id })).toEqual({ ...before, tries: 0 });
    await expect(signIn(password, "Another-choice-1")).resolves.toMatchObject({ actor: { userId: operator.id } });
    for (const kept of [await house.snapshot(), await house.history()]) expect(JSON.stringify(kept)).not.toContain(password);
  });

  it("must be there", async () => {
    await refused(() => resetOperator(house.desk, house.bank, "nobody99"), "bank 5120 has no operator nobody99");
    await register();
    const elsewhere = await anotherBank(house);
    await refused(() => resetOperator(house.desk, elsewhere, loginId), `bank ${elsewhere.code} has no operator ${loginId}`);
  });
});
