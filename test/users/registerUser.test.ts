import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import { stopContract } from "../../src/contracts/stopContract.js";
import { newId } from "../../src/foundation/ids.js";
import { Refusal } from "../../src/foundation/refusals.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import { changePasswords } from "../../src/identity/changePasswords.js";
import { Contract } from "../../src/identity/Contract.js";
import { Password, type PasswordKind } from "../../src/identity/Password.js";
import { recognize } from "../../src/identity/sessions.js";
import { signIn } from "../../src/identity/signIn.js";
import { newUser, User } from "../../src/identity/User.js";
import type { Actor } from "../../src/policy/Actor.js";
import { UserCompany } from "../../src/users/Company.js";
import { deregisterUser } from "../../src/users/deregisterUser.js";
import { registerUser, type RegisterUser } from "../../src/users/registerUser.js";
import { aCompany } from "../support/aCompany.js";
import { aCsr } from "../support/csr.js";
import { Notice } from "../../src/notices/Notice.js";
import { House, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

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

const INITIAL = { LOGIN: "Hajimete-1", REGISTRATION: "Hajimete-2", APPROVAL: "Hajimete-3", TRANSFER: "Hajimete-4" };
const typed = (password: string, confirmation: string | null = password) => ({ password, confirmation });
const everyPassword = Object.fromEntries(Object.entries(INITIAL).map(([kind, password]) => [kind, typed(password)]));

let made = 0;
/** A login ID that nobody has yet. */
const aFreeId = () => `keir${String(++made).padStart(4, "0")}`;
/** An operator with the two passwords that everybody has. */
const form = (changes: Partial<RegisterUser> = {}): RegisterUser => ({
  loginId: aFreeId(), displayName: "経理担当者", authority: "OPERATOR", passwords: { LOGIN: typed(INITIAL.LOGIN), REGISTRATION: typed(INITIAL.REGISTRATION) },
  ...changes,
});
const register = (changes: Partial<RegisterUser> = {}, actor: Actor = master) => registerUser(house.desk, actor, form(changes));
const setBank = (changes: Partial<Bank>) => house.db.transaction((tx) => tx.update(Bank, { id: house.bank.id }, changes));
const users = (contract = tenant.contract) => house.db.reads.countBy(User, { contractId: contract.id, kind: "PUBLIC" });

/** What is wrong with a registration, as `field: CODE`. */
async function wrongWith(attempt: Promise<unknown>): Promise<string[]> {
  const refusal: unknown = await attempt.then(() => undefined, (error: unknown) => error);
  if (!(refusal instanceof Refusal)) throw new Error("not refused", { cause: refusal });
  return [refusal, ...refusal.also].map(({ code, path }) => `${path?.join(".") ?? ""}: ${code}`);
}

/** The registration is refused with these, leaves nothing and is on record as refused with the first. */
async function refused(changes: Partial<RegisterUser>, wrong: string[], actor: Actor = master): Promise<void> {
  const [before, entries] = [await house.snapshot(), (await house.history()).length];
  expect(await wrongWith(register(changes, actor))).toEqual(wrong);
  expect(await house.snapshot()).toEqual(before);
  const recorded = (await house.history()).slice(entries);
  expect(recorded).toMatchObject([{
    action: "USER_REGISTER", actorId: actor.userId, outcome: "REFUSED", code: wrong[0]?.split(": ")[1], after: null, targetUserId: null, certificateId: null,
  }]);
  if (wrong.length > 1) expect(JSON.parse(recorded[0]?.before ?? "null")).toMatchObject({ refused: wrong });
}

describe("a registration", () => {
  it("makes a Public ID of the Master's contract with everything on the form, and opens its first certificate, as one unit", async () => {
    const [kashimai, akatsuki] = [await aCompany(house, tenant.contract, { code: "0010000001" }), await aCompany(house, tenant.contract, { code: "0000000002" })];
    const entries = (await house.history()).length;
    const loginId = aFreeId();
    const { user, certificate, enrollmentCode } = await register({
      loginId, displayName: "経理担当役席者", authority: "APPROVER", passwords: everyPassword, adHocTransferEnabled: true, adHocTransferLimit: 300,
      passwordMaxAgeDays: 90, passwordWarnDays: 14, companyIds: [akatsuki.id, kashimai.id, kashimai.id], note: "新入社員のため",
    });

    expect(await house.db.reads.findOneBy(User, { id: user.id })).toEqual(user);
    expect(user).toEqual({
      id: user.id, bankId: house.bank.id, contractId: tenant.contract.id, loginId, displayName: "経理担当役席者", kind: "PUBLIC", authority: "APPROVER",
      adHocLimit: 300, passwordMaxAgeDays: 90, passwordWarnDays: 14, version: 1, searchText: `${loginId} 経理担当役席者`, suspendedAt: null, deregisteredAt: null,
      lastSignInAt: null, mailAddress: null, mailChangedAt: null, powersHeldAt: null, powersHeldIn: null, createdAt: THE_MORNING,
    });
    expect((await house.db.reads.findBy(UserCompany, { userId: user.id })).map(({ companyId }) => companyId).sort()).toEqual([kashimai.id, akatsuki.id].sort());
    expect(await house.db.reads.findBy(Certificate, { userId: user.id })).toEqual([certificate]);
    expect(certificate).toMatchObject({ state: "PENDING", isCurrent: 1, predecessorId: null, holderKind: "PUBLIC", enrollmentDeadline: new Date("2027-02-12T14:59:59.999Z") });
    expect(enrollmentCode).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);

    const [entry, ...others] = (await house.history()).slice(entries);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      action: "USER_REGISTER", outcome: "SUCCEEDED", code: null, actorId: tenant.master.id, targetUserId: user.id, targetLoginId: loginId,
      certificateId: certificate.id, note: "新入社員のため", before: null,
    });
    expect(JSON.parse(entry?.after ?? "")).toEqual({
      version: 1, loginId, displayName: "経理担当役席者", authority: "APPROVER", mailAddress: null, adHocTransferLimit: 300, passwordMaxAgeDays: 90, passwordWarnDays: 14,
      companies: ["0000000002", "0010000001"], serialNumber: certificate.serialNumber, status: "PENDING",
    });
  });

  it("keeps its first passwords as hashes, each to be changed, and says none of them nor the code anywhere", async () => {
    const { user, enrollmentCode } = await register({ authority: "APPROVER", adHocTransferEnabled: true, passwords: everyPassword });
    const kept = await house.db.reads.findBy(Password, { userId: user.id });
    expect(Object.fromEntries(kept.map(({ kind, changeDue }) => [kind, changeDue]))).toEqual({ LOGIN: "INITIAL", REGISTRATION: "INITIAL", APPROVAL: "INITIAL", TRANSFER: "INITIAL" });
    for (const { hash, tries, lockedAt, setAt } of kept) expect([hash.slice(0, 10), tries, lockedAt, setAt]).toEqual(["$argon2id$", 0, null, THE_MORNING]);
    const everything = JSON.stringify([await house.history(), await house.snapshot(), user]);
    for (const secret of [...Object.values(INITIAL), enrollmentCode]) expect(everything).not.toContain(secret);
  });

  it("of the least there is makes an operator without powers, companies or an end of its passwords", async () => {
    const { user } = await register();
    expect(user).toMatchObject({ authority: "OPERATOR", adHocLimit: null, passwordMaxAgeDays: null, passwordWarnDays: null });
    expect(await house.db.reads.countBy(UserCompany, { userId: user.id })).toBe(0);
    expect(await house.db.reads.countBy(Password, { userId: user.id })).toBe(2);
  });

  it("changes nobody else, and the contract by its version alone", async () => {
    const before = await house.snapshot();
    const { user } = await register();
    const after = await house.snapshot();
    const others = (rows: unknown[] = []) => rows.filter((row) => !JSON.stringify(row).includes(user.id));
    for (const table of ["users", "passwords", "certificates", "sessions"]) expect(others(after[table])).toEqual(before[table]);
    expect((await house.db.reads.findOneBy(Contract, { id: tenant.contract.id }))).toEqual({ ...tenant.contract, version: 2 });
  });

  it("lets its holder in to change all of its passwords, and then to acquire its certificate with the code", async () => {
    const { user, certificate, enrollmentCode } = await register();
    const { token, passwordsDue } = await signIn(house.desk, master.origin, null, { bankCode: "5120", loginId: user.loginId, password: INITIAL.LOGIN });
    expect(passwordsDue).toBe("INITIAL");
    const actor = async () => (await recognize(house.desk, token, null, master.origin)).actor;
    const enroll = async () => enrollCertificate(house.desk, await actor(), { csr: aCsr().pem, enrollmentCode });

    await expect(enroll()).rejects.toMatchObject({ code: "PASSWORD_CHANGE_REQUIRED" });
    const change = (kind: PasswordKind, current: string, next: string) => ({ kind, current, next, confirmation: next });
    const [login, registration] = [change("LOGIN", INITIAL.LOGIN, "Jibun-no-1"), change("REGISTRATION", INITIAL.REGISTRATION, "Jibun-no-2")];
    await expect(changePasswords(house.desk, await actor(), [login])).rejects.toMatchObject({ code: "PASSWORD_CHANGE_REQUIRED" });
    await changePasswords(house.desk, await actor(), [login, registration]);
    expect(await enroll()).toMatchObject({ id: certificate.id, state: "ACTIVE", serialNumber: certificate.serialNumber });
  });
});

describe("the login ID", () => {
  const fullWidth = (text: string) => text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
  const taken = ["loginId: LOGIN_ID_TAKEN"];

  it.each([
    ["6 characters", "abcde1", "abcde1"], ["12 characters", "abcdefghijk2", "abcdefghijk2"], ["capitals", "CAPITALS3", "capitals3"],
    ["full width", "ｚｅｎｋａｋｕ４", "zenkaku4"], ["spaces around", "  spaces5　", "spaces5"],
  ])("of %s is stored in one form", async (_what, loginId, stored) => {
    const { user } = await register({ loginId });
    expect(user.loginId).toBe(stored);
    await expect(signIn(house.desk, master.origin, null, { bankCode: "5120", loginId, password: INITIAL.LOGIN })).resolves.toBeTruthy();
  });

  it.each([
    ["5 characters", "keir1"], ["13 characters", "keir000000001"], ["no digit", "keirikakari"], ["no letter", "0123456"], ["nothing", ""], ["spaces", "      "],
    ["a mark", "keir-001"], ["a space inside", "keir 001"], ["kana", "ケイリ００１"], ["an accent", "kéir001"], ["a NUL", "keir001\u0000"], ["half a surrogate pair", "keir001\uD800"],
    ["SQL", "x' OR '1'='1"], ["more behind forty characters", `${" ".repeat(33)}keir001x`], ["a letter that only looks like one", "kеir001"],
  ])("can't have %s", async (_what, loginId) => { await refused({ loginId }, ["loginId: LOGIN_ID_INVALID"]); });

  it("that is taken can't be registered again, whatever its case or width", async () => {
    await register({ loginId: "keir004" });
    for (const loginId of ["keir004", "KEIR004", "Keir004", "ｋｅｉｒ００４", "ＫＥＩＲ００４", " keir００４ "]) await refused({ loginId }, taken);
    await refused({ loginId: fullWidth(tenant.master.loginId.toUpperCase()) }, taken); // a Master's
  });

  it("of another contract of the bank is taken, too, and nothing more is said of it", async () => {
    const theirs = await house.aTenant();
    await refused({ loginId: theirs.taro.loginId }, taken);
    const [entry] = (await house.history(tenant.contract)).slice(-1);
    expect(JSON.stringify(entry)).not.toContain(theirs.contract.id);
    expect(JSON.stringify(entry)).not.toContain(theirs.taro.id);
  });

  it("of another contract is told as taken only by a form that is right otherwise; one of the own contract at once", async () => {
    const theirs = await house.aTenant();
    const [foreign, own] = [theirs.hana.loginId, tenant.hana.loginId];
    await refused({ loginId: foreign, displayName: "" }, ["displayName: VALUE_REQUIRED"]);
    await refused({ loginId: foreign, companyIds: ["x"] }, ["companyIds.0: NOT_FOUND"]);
    await refused({ loginId: foreign, passwords: { LOGIN: typed("x1"), REGISTRATION: typed(INITIAL.REGISTRATION) } }, ["newLoginPassword: PASSWORD_TOO_SHORT"]);
    await refused({ loginId: own, displayName: "" }, ["loginId: LOGIN_ID_TAKEN", "displayName: VALUE_REQUIRED"]);
    await refused({ loginId: foreign }, taken);
  });

  it("of one that was deregistered never comes back", async () => {
    const { user } = await register();
    await deregisterUser(house.desk, master, { userId: user.id, expectedVersion: 1 });
    await refused({ loginId: user.loginId }, taken);
    await refused({ loginId: user.loginId.toUpperCase() }, taken);
    const stranger = await house.signedIn((await house.aTenant()).master);
    await refused({ loginId: user.loginId }, taken, stranger);
  });

  it("is free in another bank, whoever has it here", async () => {
    const bank: Bank = { id: newId(THE_MORNING), code: "1001", name: "他金庫", ...ordinaryPolicy, isDemo: false, createdAt: THE_MORNING };
    const elsewhere = newUser({ id: newId(THE_MORNING), bankId: bank.id, contractId: tenant.contract.id, loginId: "kinko001", displayName: "他金庫", createdAt: THE_MORNING });
    await house.db.transaction(async (tx) => {
      await tx.insert(Bank, bank);
      await tx.insert(User, elsewhere);
    });
    await expect(register({ loginId: "kinko001" })).resolves.toBeTruthy();
  });
});

describe("a registration that is refused", () => {
  it.each([
    ["without passwords", { passwords: {} }, ["newLoginPassword: PASSWORD_REQUIRED", "newRegistrationPassword: PASSWORD_REQUIRED"]],
    ["of an approver without an approval password", { authority: "APPROVER" as const }, ["newApprovalPassword: PASSWORD_REQUIRED"]],
    ["with 都度振込 and without its password", { adHocTransferEnabled: true }, ["newTransferPassword: PASSWORD_REQUIRED"]],
    ["with a limit and without 都度振込", { adHocTransferLimit: 0 }, ["adHocTransferLimit: AD_HOC_TRANSFER_OFF"]],
    ["of an operator with an approval password", { passwords: everyPassword, adHocTransferEnabled: true }, ["newApprovalPassword: APPROVER_ONLY"]],
    ["without a name", { displayName: "　" }, ["displayName: VALUE_REQUIRED"]],
    ["with a note that is too long", { note: "字".repeat(201) }, ["note: TEXT_TOO_LONG"]],
  ])("%s leaves nothing", async (_what, changes, wrong) => { await refused(changes, wrong); });

  it("with every field wrong is told all of it at once, each with its path", async () => {
    await setBank({ mostPublicIds: 2 });
    const theirs = await aCompany(house, (await house.aTenant()).contract);
    await refused({
      loginId: "keir", displayName: "字".repeat(21), authority: "OPERATOR", adHocTransferEnabled: true, adHocTransferLimit: -1.5, passwordMaxAgeDays: 0.5,
      passwordWarnDays: 4_000, companyIds: [theirs.id], note: "\u0000",
      passwords: { LOGIN: typed("short", "other"), APPROVAL: typed(INITIAL.APPROVAL), TRANSFER: typed("パスワード1a") },
    }, [
      "loginId: LOGIN_ID_INVALID", ": TOO_MANY_USERS", "displayName: TEXT_TOO_LONG", "adHocTransferLimit: LIMIT_NOT_ALLOWED", "passwordMaxAgeDays: DAYS_NOT_ALLOWED",
      "passwordWarnDays: DAYS_NOT_ALLOWED", "newApprovalPassword: APPROVER_ONLY", "companyIds.0: NOT_FOUND", "note: INVALID_TEXT",
      "newRegistrationPassword: PASSWORD_REQUIRED", "newLoginPassword: PASSWORD_TOO_SHORT", "newLoginPassword: PASSWORD_NEEDS_BOTH_KINDS",
      "newLoginPasswordConfirmation: PASSWORD_MISMATCH", "newTransferPassword: PASSWORD_CHARACTERS_NOT_ALLOWED", "newTransferPassword: PASSWORD_TOO_SHORT",
    ]);
    await setBank({ mostPublicIds: 99 });
  });

  it("with a password that contains the very login ID, in any case or width of either", async () => {
    await refused({ loginId: "ＫＥＩＲ９００", passwords: { LOGIN: typed("Keir900-pass"), REGISTRATION: typed("x-kEIR900-x") } },
      ["newLoginPassword: PASSWORD_IS_LOGIN_ID", "newRegistrationPassword: PASSWORD_IS_LOGIN_ID"]);
  });

  it.each([
    ["a Public ID", async () => house.signedIn(tenant.taro), "MASTER_ONLY"],
    ["a Master without its certificate", async () => house.signedIn(tenant.master, { isEnrollOnly: true }), "CERTIFICATE_REQUIRED"],
    ["a Master whose passwords are due", async () => house.signedIn(tenant.master, { passwordsDue: "INITIAL" }), "PASSWORD_CHANGE_REQUIRED"],
    ["the bank's staff", async () => house.atTheDesk(await house.anOperator()), "MASTER_ONLY"],
  ])("by %s says nothing of its fields", async (_who, signedIn, code) => {
    const actor = await signedIn();
    await refused({}, [`: ${code}`], actor);
    await refused({ loginId: tenant.taro.loginId, displayName: "", passwords: {}, note: "\u0000" }, [`: ${code}`], actor);
  });

  it("by a session that ended meanwhile leaves nothing and is on record", async () => {
    await house.signedIn(tenant.master); // replaces it
    const before = await house.snapshot();
    await expect(register()).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "USER_REGISTER", outcome: "REFUSED", code: "UNAUTHENTICATED" });
  });

  it("during an emergency stop leaves nothing", async () => {
    await stopContract(house.desk, master, {});
    await refused({}, [": CONTRACT_STOPPED"]);
  });

  it("by a fault in the middle leaves nothing", async () => {
    const before = await house.snapshot();
    const desk = { ...house.desk, newSerialNumber: () => { throw new Error("no random numbers"); } };
    await expect(registerUser(desk, master, form())).rejects.toThrow("no random numbers");
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ outcome: "FAILED", code: "INTERNAL_ERROR", after: null });
  });
});

describe("where the bank asks for the registration password", () => {
  beforeEach(() => setBank({ asksRegistrationPassword: true }));
  afterEach(() => setBank({ asksRegistrationPassword: false }));
  const tries = async () => (await house.db.reads.findOneBy(Password, { userId: tenant.master.id, kind: "REGISTRATION" }))?.tries;

  it("the right one registers, none is refused", async () => {
    await refused({ loginId: "" }, ["registrationPassword: REGISTRATION_PASSWORD_REQUIRED"]);
    await expect(register({ registrationPassword: PASSWORD })).resolves.toBeTruthy();
  });

  it("a wrong one counts, also with a bad form, and says nothing of it", async () => {
    for (const changes of [{}, { loginId: tenant.taro.loginId }, { displayName: "", note: "\u0000" }]) {
      expect(await wrongWith(register({ ...changes, registrationPassword: "Wrong-pass-1" }))).toEqual(["registrationPassword: REGISTRATION_PASSWORD_WRONG"]);
    }
    expect(await tries()).toBe(3);
  });
});

describe("how many Public IDs a contract has", () => {
  afterEach(() => setBank({ mostPublicIds: 99 }));
  const tooMany = [": TOO_MANY_USERS"];

  it("is the bank's policy: one more is refused with the figure; a Master, a deregistered one and another contract's don't count", async () => {
    await setBank({ mostPublicIds: 3 }); // Taro, Hana
    const { user } = await register();
    await refused({}, tooMany);
    await expect(register()).rejects.toMatchObject({ facts: { most: 3 } });
    await expect(register({}, await house.signedIn((await house.aTenant()).master))).resolves.toBeTruthy();
    await deregisterUser(house.desk, master, { userId: user.id, expectedVersion: 1 });
    await register();
    await refused({}, tooMany);
  });

  it("is said beside what else is wrong", async () => {
    await setBank({ mostPublicIds: 2 });
    await refused({ loginId: tenant.taro.loginId }, ["loginId: LOGIN_ID_TAKEN", ...tooMany]);
  });

  it("is 99 where the bank says nothing else: the 100th is refused", async () => {
    const now = house.clock.now();
    const rows = Array.from({ length: 96 }, (_, index) => newUser({
      id: newId(now), bankId: house.bank.id, contractId: tenant.contract.id, loginId: `many${String(index)}x`, displayName: "利用者", createdAt: now,
    }));
    await house.db.transaction((tx) => tx.insert(User, rows));
    await register();
    expect(await users()).toBe(99);
    await refused({}, tooMany);
    await house.db.transaction((tx) => tx.update(User, { id: tenant.hana.id }, { deregisteredAt: now }));
    await register();
    await refused({}, tooMany);
  });

  it("holds with registrations at once for the last place: exactly one has it", async () => {
    await setBank({ mostPublicIds: 3 });
    // One Master has one session, which lets one deed through at a time; so two Masters, which no contract should have.
    const second = await house.signedIn(await house.aUser(tenant.contract, { kind: "MASTER", authority: null }));
    const results = await Promise.allSettled([register(), register({}, second), register(), register({}, second)]);
    expect(results.map((result) => (result.status === "fulfilled" ? "registered" : (result.reason as Refusal).code)).sort()).toEqual(["TOO_MANY_USERS", "TOO_MANY_USERS", "TOO_MANY_USERS", "registered"]);
    expect(await users()).toBe(3);
    const entries = (await house.history(tenant.contract)).filter(({ action }) => action === "USER_REGISTER");
    expect(entries.map(({ outcome }) => outcome).sort()).toEqual(["REFUSED", "REFUSED", "REFUSED", "SUCCEEDED"]);
  });
});

describe("of many at once", () => {
  it("lets one of twenty registrations of the same login ID through, in whatever spelling; the others leave nothing", async () => {
    const spellings = ["doji0001", "DOJI0001", "ｄｏｊｉ０００１", "Doji０００１"];
    const tenants = await Promise.all(Array.from({ length: 4 }, () => house.aTenant()));
    const masters = await Promise.all(tenants.map((other) => house.signedIn(other.master)));
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => register({ loginId: spellings[index % 4] ?? "" }, masters[index % 4] ?? master)));
    const lost = results.flatMap((result) => (result.status === "rejected" ? [(result.reason as Refusal).code] : []));
    expect(lost).toEqual(Array(19).fill("LOGIN_ID_TAKEN"));
    expect(await house.db.reads.countBy(User, { loginId: "doji0001" })).toBe(1);
    const entries = (await house.history()).filter(({ before, after }) => `${before ?? ""}${after ?? ""}`.includes("doji0001"));
    expect(entries.map(({ outcome }) => outcome).sort()).toEqual([...Array<string>(19).fill("REFUSED"), "SUCCEEDED"]);
    const { users: ids = [], certificates = [], passwords = [] } = await house.snapshot() as Record<string, { id: string; user_id: string }[]>;
    const known = new Set(ids.map(({ id }) => id));
    expect([...certificates, ...passwords].filter(({ user_id: holder }) => !known.has(holder))).toEqual([]);
  }, 60_000);

  it("lets twenty of different login IDs all through", async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => register({})));
    expect(results.filter(({ status }) => status === "rejected")).toEqual([]);
    expect(await users()).toBe(22);
  }, 60_000);
});

describe("where the bank sends codes by mail", () => {
  beforeEach(() => setBank({ sendsCodeByMail: true }));
  afterEach(() => setBank({ sendsCodeByMail: false }));

  it("a registration needs an address, which is said beside all else that is wrong", async () => {
    await refused({}, ["mailAddress: MAIL_ADDRESS_REQUIRED"]);
    const wrong = await wrongWith(register({ displayName: "" }));
    expect(wrong).toHaveLength(2);
    expect(wrong).toContain("mailAddress: MAIL_ADDRESS_REQUIRED");
  });

  it("the first code goes to the holder alone, and to nobody's screen", async () => {
    await house.db.transaction((tx) => tx.update(User, { id: tenant.master.id }, { mailAddress: "master@example.com" }));
    const { user, enrollmentCode } = await register({ mailAddress: "new@example.com" });
    expect(enrollmentCode).toBeNull();
    const notices = await house.db.reads.findBy(Notice, { userId: user.id });
    expect(notices.filter(({ kind }) => kind === "ENROLLMENT_CODE").map(({ mailAddress }) => mailAddress)).toEqual(["new@example.com"]);
    expect(notices.filter(({ secret }) => secret !== null).map(({ kind }) => kind)).toEqual(["ENROLLMENT_CODE"]);
    expect(notices.filter(({ kind }) => kind === "USER_REGISTERED").map(({ mailAddress }) => mailAddress).sort()).toEqual(["master@example.com", "new@example.com"]);
  });
});
