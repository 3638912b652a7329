import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import { stopContract } from "../../src/contracts/stopContract.js";
import type { Reads } from "../../src/foundation/database/Database.js";
import { newId } from "../../src/foundation/ids.js";
import { Refusal } from "../../src/foundation/refusals.js";
import { changesSince } from "../../src/history/changesSince.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import { Bank } from "../../src/identity/Bank.js";
import { changePasswords } from "../../src/identity/changePasswords.js";
import { Contract } from "../../src/identity/Contract.js";
import { FormerPassword, Password, type PasswordKind } from "../../src/identity/Password.js";
import { Session } from "../../src/identity/Session.js";
import { recognize } from "../../src/identity/sessions.js";
import { signIn } from "../../src/identity/signIn.js";
import { User } from "../../src/identity/User.js";
import type { Actor } from "../../src/policy/Actor.js";
import { UserCompany } from "../../src/users/Company.js";
import { deregisterUser } from "../../src/users/deregisterUser.js";
import { findUsers } from "../../src/users/readUsers.js";
import { resumeUser } from "../../src/users/resumeUser.js";
import { suspendUser } from "../../src/users/suspendUser.js";
import { unlockUser } from "../../src/users/unlockUser.js";
import { updateUser, type UpdateUser } from "../../src/users/updateUser.js";
import { Notice } from "../../src/notices/Notice.js";
import { aCompany } from "../support/aCompany.js";
import { aCsr } from "../support/csr.js";
import { House, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";
import { withOvertaken } from "../support/gatedStatements.js";
import { aPassword } from "../support/passwords.js";
import { rememberingLog } from "../support/rememberingLog.js";

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

/** Taro's form, with nothing on it but what is said here. */
const form = (changes: Partial<UpdateUser> = {}): UpdateUser => ({
  userId: tenant.taro.id, expectedVersion: 1, passwords: {}, certificateAction: "KEEP", reissueReason: "UNSPECIFIED", revocationReason: "UNSPECIFIED",
  ...changes,
});
const update = (changes: Partial<UpdateUser> = {}, actor: Actor = master, desk = house.desk) => updateUser(desk, actor, form(changes));
const typed = (password: string, confirmation: string | null = password) => ({ password, confirmation });

const row = async ({ id }: User = tenant.taro) => {
  const user = await house.db.reads.findOneBy(User, { id });
  if (!user) throw new Error("nobody");
  return user;
};
const passwords = async ({ id: userId }: User = tenant.taro) =>
  Object.fromEntries((await house.db.reads.findBy(Password, { userId })).map((password) => [password.kind, password])) as Partial<Record<PasswordKind, Password>>;
const dues = async (user?: User) => Object.fromEntries(Object.entries(await passwords(user)).map(([kind, { changeDue }]) => [kind, changeDue]));
const companiesOf = async ({ id: userId }: User) => (await house.db.reads.findBy(UserCompany, { userId })).map(({ companyId }) => companyId).sort();
const lastEntry = async () => {
  const entry = (await house.history(tenant.contract)).at(-1);
  if (!entry) throw new Error("no entry");
  const factsIn = (text: string | null) => JSON.parse(text ?? "null") as Record<string, unknown> | null;
  return { ...entry, before: factsIn(entry.before), after: factsIn(entry.after) };
};
const setBank = (changes: Partial<Bank>) => house.db.transaction((tx) => tx.update(Bank, { id: house.bank.id }, changes));

/** What is wrong with a form, as `field: CODE`. */
async function wrongWith(attempt: Promise<unknown>): Promise<string[]> {
  const refusal: unknown = await attempt.then(() => undefined, (error: unknown) => error);
  if (!(refusal instanceof Refusal)) throw new Error("not refused", { cause: refusal });
  return [refusal, ...refusal.also].map(({ code, path }) => `${path?.join(".") ?? ""}: ${code}`);
}

/** The form is refused with these, changes nothing and is on record as refused with the first. */
async function refused(changes: Partial<UpdateUser>, wrong: string[], actor: Actor = master): Promise<void> {
  const [before, entries] = [await house.snapshot(), (await house.history()).length];
  expect(await wrongWith(update(changes, actor))).toEqual(wrong);
  expect(await house.snapshot()).toEqual(before);
  const recorded = (await house.history()).slice(entries);
  const code = wrong[0]?.split(": ")[1];
  expect(recorded).toMatchObject([{ action: "USER_UPDATE", actorId: actor.userId, outcome: "REFUSED", code, after: null }]);
  expect(recorded[0]?.before ?? null).toBe(wrong.length > 1 ? JSON.stringify({ refused: wrong }) : null);
}

describe("a form", () => {
  it("is registered as one unit: every field, the certificate included, one version, one entry with before and after", async () => {
    const [kashimai, akatsuki] = [await aCompany(house, tenant.contract, { code: "0010000001" }, [tenant.hana]), await aCompany(house, tenant.contract, { code: "0000000002" })];
    const old = await house.aCertificate(tenant.hana);
    const hana = await house.signedIn(tenant.hana);
    const entries = (await house.history()).length;

    const { user, certificate, revoked, enrollmentCode } = await update({
      userId: tenant.hana.id, displayName: "経理担当役席者", authority: "APPROVER", adHocTransferEnabled: true, adHocTransferLimit: 300,
      passwordMaxAgeDays: 90, passwordWarnDays: 14, forcePasswordChange: true, companyIds: [akatsuki.id, kashimai.id], note: "昇格のため",
      passwords: { APPROVAL: typed("Approve-me-1"), TRANSFER: typed("Transfer-me-1") }, certificateAction: "REISSUE", reissueReason: "LOST",
    });

    expect(user).toEqual(await row(tenant.hana));
    expect(user).toMatchObject({ version: 2, displayName: "経理担当役席者", authority: "APPROVER", adHocLimit: 300, passwordMaxAgeDays: 90, passwordWarnDays: 14 });
    expect(await dues(tenant.hana)).toEqual({ LOGIN: "FORCED", REGISTRATION: "FORCED", APPROVAL: "INITIAL", TRANSFER: "INITIAL" });
    expect(await companiesOf(tenant.hana)).toEqual([kashimai.id, akatsuki.id].sort());
    expect(certificate).toMatchObject({ state: "PENDING", predecessorId: old.id });
    expect(revoked).toMatchObject({ id: old.id, state: "REVOKED", revocationReason: "KEY_COMPROMISE" });
    expect(await house.currentCertificate(tenant.hana)).toMatchObject({ id: certificate?.id, state: "PENDING" });
    expect(enrollmentCode).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
    await expect(recognize(house.desk, hana.token, null, hana.origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });

    expect((await house.history()).length).toBe(entries + 1);
    const { before, after, ...entry } = await lastEntry();
    expect(entry).toMatchObject({
      action: "USER_UPDATE", outcome: "SUCCEEDED", code: null, actorId: tenant.master.id, targetUserId: tenant.hana.id, targetLoginId: tenant.hana.loginId,
      certificateId: certificate?.id, note: "昇格のため",
    });
    expect(before).toEqual({
      version: 1, displayName: "経理花子", authority: "OPERATOR", adHocTransferLimit: null, passwordMaxAgeDays: null, passwordWarnDays: null,
      forcePasswordChange: false, approvalPassword: null, transferPassword: null, companies: ["0010000001"],
      serialNumber: old.serialNumber, status: "ACTIVE", powersHeldAt: null,
    });
    expect(after).toEqual({
      version: 2, displayName: "経理担当役席者", authority: "APPROVER", adHocTransferLimit: 300, passwordMaxAgeDays: 90, passwordWarnDays: 14,
      forcePasswordChange: true, approvalPassword: "********", transferPassword: "********", companies: ["0000000002", "0010000001"],
      serialNumber: certificate?.serialNumber, status: "PENDING", reissueReason: "LOST", powersHeldAt: THE_MORNING.toISOString(),
    });
  });

  it("leaves what it doesn't say as it is, and says in the history that nothing changed but the version", async () => {
    await house.aCertificate(tenant.taro);
    await aCompany(house, tenant.contract, {}, [tenant.taro]);
    const taro = await house.signedIn(tenant.taro);
    const before = await house.snapshot();
    const { user, certificate, revoked, enrollmentCode } = await update();
    expect({ user, certificate, revoked, enrollmentCode }).toEqual({ user: { ...tenant.taro, version: 2 }, certificate: null, revoked: null, enrollmentCode: null });
    expect(await row()).toEqual({ ...tenant.taro, version: 2 });
    const after = await house.snapshot();
    expect({ ...after, users: [] }).toEqual({ ...before, users: [] });
    expect(await lastEntry()).toMatchObject({ outcome: "SUCCEEDED", certificateId: null });
    const { before: was, after: became } = await lastEntry();
    expect([was, became]).toEqual([{ version: 1 }, { version: 2 }]);
    await expect(recognize(house.desk, taro.token, null, taro.origin)).resolves.toBeTruthy();
  });

  it("that changes the name makes the ID findable by the new one, in any width", async () => {
    await update({ displayName: "ﾄｸﾒｲ担当" });
    const find = async (text: string) => (await findUsers(house.desk, master, { text }, { field: "LOGIN_ID", direction: "ASC" }, { first: 10, after: null })).rows.map(({ id }) => id);
    expect(await find("トクメイ")).toEqual([tenant.taro.id]);
    expect(await find("経理太郎")).toEqual([]);
    expect(await find(tenant.taro.loginId)).toEqual([tenant.taro.id]);
  });

  it.each(["字".repeat(20), "𠮷".repeat(20), "㌖".repeat(20), "ﷺ".repeat(20), "O'Brien, Inc.+CN=x", "👩‍💻 担当", "ｹｲﾘ ﾀﾛｳ"])("takes no name that the holder's certificate couldn't bear: %s", async (displayName) => {
    const { enrollmentCode } = await update({ displayName, certificateAction: "REISSUE" });
    const certificate = await enrollCertificate(house.desk, await house.signedIn(await row()), { csr: aCsr().pem, enrollmentCode });
    expect(certificate.state).toBe("ACTIVE");
  });

  it("keeps the limit within the contract's, and 0 as 0: the bank's own default", async () => {
    await update({ adHocTransferEnabled: true, passwords: { TRANSFER: typed("Transfer-me-1") } });
    expect((await row()).adHocLimit).toBe(0);
    await update({ expectedVersion: 2, adHocTransferLimit: 100_000 }); // the contract's
    expect((await row()).adHocLimit).toBe(100_000);
    await refused({ expectedVersion: 3, adHocTransferLimit: 100_001 }, ["adHocTransferLimit: LIMIT_NOT_ALLOWED"]);
    await house.db.transaction((tx) => tx.update(Contract, { id: tenant.contract.id }, { adHocLimit: 300_000 }));
    await update({ expectedVersion: 3, adHocTransferLimit: 300_000 });
    expect((await row()).adHocLimit).toBe(300_000);
  });

  it("doesn't keep a limit that is above the contract's since that was lowered, whether or not the form says it again", async () => {
    await update({ adHocTransferEnabled: true, adHocTransferLimit: 300, passwords: { TRANSFER: typed("Transfer-me-1") } });
    await house.db.transaction((tx) => tx.update(Contract, { id: tenant.contract.id }, { adHocLimit: 100 }));
    for (const changes of [{ displayName: "改名" }, { adHocTransferLimit: 300 }]) await refused({ expectedVersion: 2, ...changes }, ["adHocTransferLimit: LIMIT_NOT_ALLOWED"]);
    await update({ expectedVersion: 2, displayName: "改名", adHocTransferLimit: 100 });
    expect(await row()).toMatchObject({ displayName: "改名", adHocLimit: 100 });
  });
});

describe("passwords that a Master sets", () => {
  const secrets = { LOGIN: "Secret-login-1", REGISTRATION: "Secret-registration-1", APPROVAL: "Secret-approval-1", TRANSFER: "Secret-transfer-1" };
  const all = Object.fromEntries(Object.entries(secrets).map(([kind, secret]) => [kind, typed(secret)]));

  it("are stored as hashes, masked in the history and said nowhere", async () => {
    const { log, said } = rememberingLog();
    const answer = await update({ adHocTransferEnabled: true, passwords: all }, master, { ...house.desk, log });
    const { before, after } = await lastEntry();
    expect(after).toMatchObject({ loginPassword: "********", registrationPassword: "********", approvalPassword: "********", transferPassword: "********" });
    expect(before).toMatchObject({ loginPassword: "********", registrationPassword: "********", approvalPassword: null, transferPassword: null });
    const refusals = await wrongWith(update({ expectedVersion: 2, displayName: "", passwords: all }, master, { ...house.desk, log }));
    expect(refusals).toHaveLength(1); // the name alone: of a form that is wrong nothing is told about the passwords in use
    for (const [kind, entries] of Object.entries(all)) { // each is the one in use
      expect(await wrongWith(update({ expectedVersion: 2, passwords: { [kind]: entries } }))).toEqual([expect.stringMatching(/: PASSWORD_USED_BEFORE$/)]);
    }
    const everything = JSON.stringify([answer, said, refusals, await house.history(), await house.snapshot()]);
    for (const secret of Object.values(secrets)) expect(everything).not.toContain(secret);
    for (const { hash } of Object.values(await passwords())) {
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect(JSON.stringify([answer, said, await house.history()])).not.toContain(hash);
    }
  });

  it("a login password: the old one lets nobody in any more, the new one does, and the holder's session ends", async () => {
    const taro = await house.signedIn(tenant.taro);
    house.clock.advance(1_000);
    const now = house.clock.now();
    await update({ passwords: { LOGIN: typed(secrets.LOGIN) } });
    await expect(recognize(house.desk, taro.token, null, taro.origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await house.db.reads.findOneBy(Session, { id: taro.sessionId })).toMatchObject({ endReason: "PASSWORD_RESET", endedAt: now });
    expect(await passwords()).toMatchObject({ LOGIN: { setAt: now }, REGISTRATION: { setAt: THE_MORNING } }); // its age begins anew
    const enter = (password: string) => signIn(house.desk, taro.origin, null, { bankCode: "5120", loginId: taro.loginId, password });
    await expect(enter(PASSWORD)).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    await expect(enter(secrets.LOGIN)).resolves.toMatchObject({ passwordsDue: null });
  });

  it("any other leaves the holder's session", async () => {
    const taro = await house.signedIn(tenant.taro);
    await update({ passwords: { REGISTRATION: typed(secrets.REGISTRATION) } });
    await expect(recognize(house.desk, taro.token, null, taro.origin)).resolves.toBeTruthy();
  });

  it("lift no restriction: unlocking is another deed", async () => {
    await house.db.transaction((tx) => tx.update(Password, { userId: tenant.taro.id, kind: "LOGIN" }, { tries: 6, lockedAt: THE_MORNING }));
    await update({ passwords: { LOGIN: typed(secrets.LOGIN) } });
    expect((await passwords()).LOGIN).toMatchObject({ tries: 6, lockedAt: THE_MORNING, setAt: THE_MORNING });
  });

  it("must be changed by their holder where it never had one; what was due stays due", async () => {
    await house.db.transaction((tx) => tx.update(Password, { userId: tenant.taro.id, kind: "REGISTRATION" }, { changeDue: "INITIAL" }));
    await update({ passwords: { LOGIN: all.LOGIN, REGISTRATION: all.REGISTRATION, APPROVAL: all.APPROVAL } });
    expect(await dues()).toEqual({ LOGIN: null, REGISTRATION: "INITIAL", APPROVAL: "INITIAL" });
  });

  it.each([[undefined, null], [true, "FORCED"], [false, null]])("by which it approves or transfers must be changed each time; the others as 強制変更 says (%s)", async (forcePasswordChange, others) => {
    for (const kind of ["APPROVAL", "TRANSFER"] as const) await aPassword(house, tenant.taro, kind); // its own choice, none due
    await house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { adHocLimit: 300 }));
    await update({ passwords: all, ...(forcePasswordChange === undefined ? {} : { forcePasswordChange }) });
    expect(await dues()).toEqual({ LOGIN: others, REGISTRATION: others, APPROVAL: "INITIAL", TRANSFER: "INITIAL" });
  });

  it("強制変更あり makes all that aren't initial due, 強制変更なし takes that back and nothing else", async () => {
    await house.db.transaction((tx) => tx.update(Password, { userId: tenant.taro.id, kind: "REGISTRATION" }, { changeDue: "INITIAL" }));
    await update({ forcePasswordChange: true });
    expect(await dues()).toEqual({ LOGIN: "FORCED", REGISTRATION: "INITIAL" });
    expect(await lastEntry()).toMatchObject({ before: { forcePasswordChange: false }, after: { forcePasswordChange: true } });
    await update({ expectedVersion: 2 });
    expect(await dues()).toEqual({ LOGIN: "FORCED", REGISTRATION: "INITIAL" });
    await update({ expectedVersion: 3, forcePasswordChange: false });
    expect(await dues()).toEqual({ LOGIN: null, REGISTRATION: "INITIAL" });
    expect(await dues(tenant.hana)).toEqual({ LOGIN: null, REGISTRATION: null });
  });

  it("the approver's is dropped with the authority, and asked for anew with it", async () => {
    await update({ passwords: { APPROVAL: all.APPROVAL } });
    await update({ expectedVersion: 2, authority: "OPERATOR" });
    expect(Object.keys(await passwords()).sort()).toEqual(["LOGIN", "REGISTRATION"]);
    expect(await lastEntry()).toMatchObject({ before: { authority: "APPROVER", approvalPassword: "********" }, after: { authority: "OPERATOR", approvalPassword: null } });
    await refused({ expectedVersion: 3, authority: "APPROVER" }, ["newApprovalPassword: PASSWORD_REQUIRED"]);
    await refused({ expectedVersion: 3, authority: "APPROVER", passwords: { APPROVAL: all.APPROVAL } }, ["newApprovalPassword: PASSWORD_USED_BEFORE"]);
    await update({ expectedVersion: 3, authority: "APPROVER", passwords: { APPROVAL: typed("Another-one-9") } });
    expect((await passwords()).APPROVAL).toMatchObject({ changeDue: "INITIAL" });
  });

  it("the transfer password is dropped with 都度振込", async () => {
    await update({ adHocTransferEnabled: true, adHocTransferLimit: 300, passwords: { TRANSFER: all.TRANSFER } });
    await update({ expectedVersion: 2, adHocTransferEnabled: false });
    expect((await passwords()).TRANSFER).toBeUndefined();
    expect(await lastEntry()).toMatchObject({ before: { adHocTransferLimit: 300, transferPassword: "********" }, after: { adHocTransferLimit: null, transferPassword: null } });
    await refused({ expectedVersion: 3, adHocTransferEnabled: true }, ["newTransferPassword: PASSWORD_REQUIRED"]);
    await refused({ expectedVersion: 3, adHocTransferEnabled: true, passwords: { TRANSFER: all.TRANSFER } }, ["newTransferPassword: PASSWORD_USED_BEFORE"]);
    await update({ expectedVersion: 3, adHocTransferEnabled: true, passwords: { TRANSFER: typed("Another-one-9") } });
    expect((await passwords()).TRANSFER).toMatchObject({ changeDue: "INITIAL" });
  });

  it.each([
    ["too short", { LOGIN: typed("Short-1") }, ["newLoginPassword: PASSWORD_TOO_SHORT"]],
    ["entered differently the second time", { LOGIN: typed(secrets.LOGIN, "Secret-logon-1") }, ["newLoginPasswordConfirmation: PASSWORD_MISMATCH"]],
    ["entered once", { REGISTRATION: typed(secrets.REGISTRATION, null) }, ["newRegistrationPasswordConfirmation: PASSWORD_MISMATCH"]],
    ["the one in use", { REGISTRATION: typed(PASSWORD) }, ["newRegistrationPassword: PASSWORD_USED_BEFORE"]],
  ])("are refused where one is %s", async (_what, typedOnes, wrong) => {
    await refused({ displayName: "改名", passwords: typedOnes }, wrong);
  });

  it("are refused that contain the login ID, in any case", async () => {
    await refused({ passwords: { LOGIN: typed(`${tenant.taro.loginId.toUpperCase()}-x`) } }, ["newLoginPassword: PASSWORD_IS_LOGIN_ID"]);
    await refused({ passwords: { TRANSFER: typed("x") } }, [
      "newTransferPassword: AD_HOC_TRANSFER_OFF", "newTransferPassword: PASSWORD_TOO_SHORT", "newTransferPassword: PASSWORD_NEEDS_BOTH_KINDS",
    ]);
  });

  describe("where the bank remembers three", () => {
    beforeEach(() => setBank({ passwordsRemembered: 3 }));
    afterEach(() => setBank({ passwordsRemembered: 1 }));
    const set = async (password: string) => update({ expectedVersion: (await row()).version, passwords: { LOGIN: typed(password) } });

    it("none of the last three can be used again, the one before them can", async () => {
      await set("Second-pass-2");
      await set("Third-pass-3");
      for (const password of [PASSWORD, "Second-pass-2", "Third-pass-3"]) {
        expect(await wrongWith(set(password))).toEqual(["newLoginPassword: PASSWORD_USED_BEFORE"]);
      }
      await set("Fourth-pass-4");
      await set(PASSWORD);
      expect(await house.db.reads.countBy(FormerPassword, { userId: tenant.taro.id })).toBe(2); // no more are kept than are needed
      await setBank({ passwordsRemembered: 1 });
      await set("Fourth-pass-4"); // a bank that remembers less than it did forgets at once
      await setBank({ passwordsRemembered: 0 });
      await set("Fourth-pass-4");
      expect(await house.db.reads.countBy(FormerPassword, { userId: tenant.taro.id })).toBe(0);
    }, 20_000);

    it("one that is dropped stays remembered, with those before it", async () => {
      for (const [version, password] of [[1, "Approve-me-1"], [2, "Approve-me-2"]] as const) await update({ expectedVersion: version, passwords: { APPROVAL: typed(password) } });
      await update({ expectedVersion: 3, authority: "OPERATOR" });
      expect(await house.db.reads.countBy(FormerPassword, { userId: tenant.taro.id })).toBe(2);
      for (const password of ["Approve-me-1", "Approve-me-2"]) {
        await refused({ expectedVersion: 4, authority: "APPROVER", passwords: { APPROVAL: typed(password) } }, ["newApprovalPassword: PASSWORD_USED_BEFORE"]);
      }
    });

    it("beside another that was used before isn't told from one that wasn't: a form that is always refused tells no guess", async () => {
      await set("Second-pass-2");
      const guess = (password: string) => wrongWith(update({ expectedVersion: 2, passwords: { LOGIN: typed("Second-pass-2"), REGISTRATION: typed(password) } }));
      for (const password of [PASSWORD, "Another-guess-1"]) expect(await guess(password)).toEqual([": PASSWORD_USED_BEFORE"]);
      const told = (await house.history(tenant.contract)).slice(-2).map(({ code, before, after }) => ({ code, before, after }));
      expect(told[0]).toEqual(told[1]);
      expect(await row()).toMatchObject({ version: 2 });
    });

    it("another's, or another of one's own, may be the same", async () => {
      await set("Second-pass-2");
      await update({ expectedVersion: 2, passwords: { REGISTRATION: typed("Second-pass-2") } });
      await update({ userId: tenant.hana.id, passwords: { LOGIN: typed("Second-pass-2") } });
    });
  });
});

describe("whether a password is the one in use", () => {
  const theOneInUse = { LOGIN: typed(PASSWORD) };
  const aGuess = { LOGIN: typed("Only-a-guess-1") };

  it.each<[string, Partial<UpdateUser>, string[]]>([
    ["a field that is wrong", { displayName: "" }, ["displayName: VALUE_REQUIRED"]],
    ["a note that can't be kept", { note: "\u0000" }, ["note: INVALID_TEXT"]],
    ["a certificate that isn't there", { certificateAction: "REVOKE" }, ["certificateAction: NOTHING_TO_REVOKE"]],
    ["an older version", { expectedVersion: 0 }, ["expectedVersion: CONFLICT"]],
  ])("is not told by a form with %s", async (_what, wrong, told) => {
    for (const typedOnes of [theOneInUse, aGuess]) await refused({ passwords: typedOnes, ...wrong }, told);
  });

  it("is not told beside another password that is wrong", async () => {
    for (const typedOnes of [theOneInUse, aGuess]) {
      await refused({ passwords: { ...typedOnes, REGISTRATION: typed("Anders-1", "Andres-1") } }, ["newRegistrationPasswordConfirmation: PASSWORD_MISMATCH"]);
    }
  });

  it("has its price where it is told: a wrong guess is the password from then on, and on record", async () => {
    const taro = await house.signedIn(tenant.taro);
    await refused({ passwords: theOneInUse }, ["newLoginPassword: PASSWORD_USED_BEFORE"]);
    await update({ passwords: aGuess });
    expect(await lastEntry()).toMatchObject({ outcome: "SUCCEEDED", after: { version: 2, loginPassword: "********" } });
    await expect(recognize(house.desk, taro.token, null, taro.origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    const enter = (password: string) => signIn(house.desk, taro.origin, null, { bankCode: "5120", loginId: taro.loginId, password });
    await expect(enter(PASSWORD)).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    await expect(enter("Only-a-guess-1")).resolves.toBeTruthy();
  });

  it("isn't looked at before the registration password is proven, where the bank asks for it", async () => {
    let looks = 0;
    const find = ((...args: Parameters<Reads["find"]>) => {
      if (args[0] === FormerPassword) looks++;
      return house.db.reads.find(...args);
    }) as Reads["find"];
    const desk = { ...house.desk, db: { ...house.db, reads: Object.assign(Object.create(house.db.reads) as Reads, { find }) } };
    await setBank({ asksRegistrationPassword: true });
    try {
      const attempt = (registrationPassword?: string) =>
        wrongWith(update({ passwords: theOneInUse, ...(registrationPassword === undefined ? {} : { registrationPassword }) }, master, desk));
      expect(await attempt()).toEqual(["registrationPassword: REGISTRATION_PASSWORD_REQUIRED"]);
      expect(await attempt("Wrong-pass-1")).toEqual(["registrationPassword: REGISTRATION_PASSWORD_WRONG"]);
      await aPassword(house, tenant.master, "REGISTRATION", { tries: 6, lockedAt: THE_MORNING });
      expect(await attempt(PASSWORD)).toEqual(["registrationPassword: REGISTRATION_PASSWORD_LOCKED"]);
      expect(looks).toBe(0);
      await aPassword(house, tenant.master, "REGISTRATION");
      expect(await attempt(PASSWORD)).toEqual(["newLoginPassword: PASSWORD_USED_BEFORE"]);
      expect(looks).toBe(1);
    } finally {
      await setBank({ asksRegistrationPassword: false });
    }
  });
});

describe("利用企業", () => {
  it("are these and no others", async () => {
    const [a, b, c] = [await aCompany(house, tenant.contract, { code: "0000000001" }), await aCompany(house, tenant.contract, { code: "0000000002" }), await aCompany(house, tenant.contract, { code: "0000000003" })];
    await update({ companyIds: [a.id, b.id, b.id] });
    expect(await companiesOf(tenant.taro)).toEqual([a.id, b.id].sort());
    await update({ expectedVersion: 2, companyIds: [c.id, b.id] });
    expect(await companiesOf(tenant.taro)).toEqual([b.id, c.id].sort());
    expect(await lastEntry()).toMatchObject({ before: { companies: ["0000000001", "0000000002"] }, after: { companies: ["0000000002", "0000000003"] } });
    await update({ expectedVersion: 3 });
    expect(await companiesOf(tenant.taro)).toEqual([b.id, c.id].sort());
    await update({ expectedVersion: 4, companyIds: [] });
    expect(await companiesOf(tenant.taro)).toEqual([]);
  });

  it("of another contract don't exist, like those that nobody has", async () => {
    const [ours, theirs] = [await aCompany(house, tenant.contract), await aCompany(house, (await house.aTenant()).contract)];
    await refused({ companyIds: [theirs.id, ours.id, newId(THE_MORNING), "", "' OR 1=1 --", "\u0000"] },
      [0, 2, 3, 4, 5].map((index) => `companyIds.${String(index)}: NOT_FOUND`));
  });

  it("by the ten thousand are refused like one, and on record", async () => {
    const wrong = await wrongWith(update({ companyIds: Array.from({ length: 60_000 }, (_, index) => `cmp${String(index)}`) }));
    expect(wrong).toHaveLength(100);
    expect(await lastEntry()).toMatchObject({ outcome: "REFUSED", code: "NOT_FOUND" });
  });
});

describe("電子証明書", () => {
  it("失効する ends the certificate with its reason and the holder's session, and opens nothing", async () => {
    const old = await house.aCertificate(tenant.taro);
    const taro = await house.signedIn(tenant.taro);
    const { certificate, revoked, enrollmentCode, user } = await update({ certificateAction: "REVOKE", revocationReason: "AFFILIATION_CHANGED", displayName: "異動" });
    expect(certificate).toMatchObject({ id: old.id, state: "REVOKED", revocationReason: "AFFILIATION_CHANGED", revokedAt: THE_MORNING });
    expect({ revoked, enrollmentCode, version: user.version }).toEqual({ revoked: null, enrollmentCode: null, version: 2 });
    expect(await house.currentCertificate(tenant.taro)).toMatchObject({ id: old.id, state: "REVOKED" });
    expect(await house.db.reads.findOneBy(Session, { id: taro.sessionId })).toMatchObject({ isCurrent: null, endReason: "CERTIFICATE_REVOKED" });
    expect(await lastEntry()).toMatchObject({
      action: "USER_UPDATE", certificateId: old.id, before: { version: 1, serialNumber: old.serialNumber, status: "ACTIVE", revokedAt: null, displayName: "経理太郎" },
      after: { version: 2, serialNumber: old.serialNumber, status: "REVOKED", revokedAt: THE_MORNING.toISOString(), revocationReason: "AFFILIATION_CHANGED", displayName: "異動" },
    });
  });

  it("再発行する opens the first one of an ID that never had any, and its code really enrolls", async () => {
    const { certificate, revoked, enrollmentCode } = await update({ certificateAction: "REISSUE", reissueReason: "DEVICE_BROKEN" });
    expect(revoked).toBeNull();
    expect(await lastEntry()).toMatchObject({ before: { serialNumber: null, status: null }, after: { serialNumber: certificate?.serialNumber, status: "PENDING" } });
    const enrolled = await enrollCertificate(house.desk, await house.signedIn(tenant.taro), { csr: aCsr().pem, enrollmentCode });
    expect(enrolled).toMatchObject({ id: certificate?.id, state: "ACTIVE" });
    expect(JSON.stringify([await house.history(), await house.snapshot()])).not.toContain(enrollmentCode ?? "?");
  });

  it("失効する again raises the reason to keyCompromise and nothing else, as revokeCertificate does", async () => {
    const old = await house.aCertificate(tenant.taro, "REVOKED");
    await refused({ certificateAction: "REVOKE", revocationReason: "SUPERSEDED" }, ["certificateAction: ALREADY_REVOKED"]);
    const { certificate } = await update({ certificateAction: "REVOKE", revocationReason: "KEY_COMPROMISE" });
    expect(certificate).toMatchObject({ id: old.id, revocationReason: "KEY_COMPROMISE", revokedAt: old.revokedAt });
    await refused({ expectedVersion: 2, certificateAction: "REVOKE", revocationReason: "KEY_COMPROMISE" }, ["certificateAction: ALREADY_REVOKED"]);
  });

  it.each([["EXPIRED", "CERTIFICATE_EXPIRED"], ["ENROLLMENT_EXPIRED", "ENROLLMENT_EXPIRED"]] as const)("失効する of one that is %s is refused as revokeCertificate refuses it", async (status, code) => {
    await house.aCertificate(tenant.taro, status);
    await refused({ certificateAction: "REVOKE" }, [`certificateAction: ${code}`]);
  });

  it("失効する without any is refused, with the other fields", async () => {
    await refused({ certificateAction: "REVOKE", displayName: " " }, ["displayName: VALUE_REQUIRED", "certificateAction: NOTHING_TO_REVOKE"]);
  });

  it.each(["REISSUE", "REVOKE"] as const)("%s is undone with everything else where any field is refused", async (certificateAction) => {
    const old = await house.aCertificate(tenant.taro);
    const taro = await house.signedIn(tenant.taro);
    const good = { displayName: "改名", certificateAction };
    await refused({ ...good, displayName: "" }, ["displayName: VALUE_REQUIRED"]);
    await refused({ ...good, adHocTransferLimit: 0.5 }, ["adHocTransferLimit: AD_HOC_TRANSFER_OFF"]);
    await refused({ ...good, passwordWarnDays: 1 }, ["passwordWarnDays: WARN_NOT_BEFORE_MAX"]);
    await refused({ ...good, authority: "OPERATOR", passwords: { APPROVAL: typed("Approve-me-1") } }, ["newApprovalPassword: APPROVER_ONLY"]);
    await refused({ ...good, passwords: { LOGIN: typed("x1") } }, ["newLoginPassword: PASSWORD_TOO_SHORT"]);
    await refused({ ...good, companyIds: [newId(THE_MORNING)] }, ["companyIds.0: NOT_FOUND"]);
    await refused({ ...good, note: "\u0000" }, ["note: INVALID_TEXT"]);
    expect(await house.currentCertificate(tenant.taro)).toMatchObject({ id: old.id, state: "ACTIVE" });
    await expect(recognize(house.desk, taro.token, null, taro.origin)).resolves.toBeTruthy();
  });
});

describe("a form that is refused", () => {
  it("with every field wrong is told all of it at once, each with its path", async () => {
    await house.aCertificate(tenant.taro, "REVOKED");
    await refused({
      displayName: "字".repeat(21), authority: "OPERATOR", adHocTransferEnabled: true, adHocTransferLimit: 100_000.5, passwordMaxAgeDays: 0,
      passwordWarnDays: -1, companyIds: ["none"], note: "字".repeat(201), certificateAction: "REVOKE",
      passwords: { LOGIN: typed("short", "other"), REGISTRATION: typed(PASSWORD), APPROVAL: typed("Approve-me-1"), TRANSFER: typed("with space 1") },
    }, [
      "displayName: TEXT_TOO_LONG", "adHocTransferLimit: LIMIT_NOT_ALLOWED", "passwordMaxAgeDays: DAYS_NOT_ALLOWED", "passwordWarnDays: DAYS_NOT_ALLOWED",
      "newApprovalPassword: APPROVER_ONLY", "companyIds.0: NOT_FOUND", "note: TEXT_TOO_LONG",
      "newLoginPassword: PASSWORD_TOO_SHORT", "newLoginPassword: PASSWORD_NEEDS_BOTH_KINDS", "newLoginPasswordConfirmation: PASSWORD_MISMATCH",
      "newTransferPassword: PASSWORD_CHARACTERS_NOT_ALLOWED", "certificateAction: ALREADY_REVOKED",
    ]);
    expect((await lastEntry()).note).toBeNull();
  });

  it.each([
    ["another contract's", async () => (await house.aTenant()).taro.id],
    ["another contract's Master's", async () => (await house.aTenant()).master.id],
    ["nobody's", () => Promise.resolve(newId(THE_MORNING))],
    ["malformed", () => Promise.resolve("' OR 1=1 --")],
    ["empty", () => Promise.resolve("")],
  ])("for an id that is %s says that there is no such thing, and nothing of its fields", async (_whose, id) => {
    await refused({ userId: await id(), displayName: "", expectedVersion: 7, passwords: { LOGIN: typed("x") }, certificateAction: "REISSUE" }, [": NOT_FOUND"]);
  });

  it.each([
    ["a Public ID, for itself", async () => house.signedIn(tenant.taro), "MASTER_ONLY"],
    ["a Public ID, for another", async () => house.signedIn(tenant.hana), "MASTER_ONLY"],
    ["a Master without its certificate", async () => house.signedIn(tenant.master, { isEnrollOnly: true }), "CERTIFICATE_REQUIRED"],
    ["a Master whose passwords are due", async () => house.signedIn(tenant.master, { passwordsDue: "EXPIRED" }), "PASSWORD_CHANGE_REQUIRED"],
    ["the bank's staff", async () => house.atTheDesk(await house.anOperator()), "MASTER_ONLY"],
  ])("by %s is refused before anything on it is looked at", async (_who, signedIn, code) => {
    const actor = await signedIn();
    await refused({ displayName: "", passwords: { LOGIN: typed(PASSWORD) }, certificateAction: "REISSUE" }, [`: ${code}`], actor);
    await refused({ userId: newId(THE_MORNING) }, [`: ${code}`], actor);
  });

  it("by whoever may not edit this one has no password looked up, whosever it is", async () => {
    const asked: unknown[] = [];
    const findOneBy = ((entity: unknown, where: object) => {
      asked.push(entity);
      return house.db.reads.findOneBy(entity as typeof Password, where);
    }) as Reads["findOneBy"];
    const desk = { ...house.desk, db: { ...house.db, reads: Object.assign(Object.create(house.db.reads) as Reads, { findOneBy }) } };
    const lookedUp = async (actor: Actor) => {
      asked.length = 0;
      await update({ passwords: { LOGIN: typed("Another-pass-1") } }, actor, desk).catch(() => undefined);
      return asked.includes(Password);
    };
    expect(await lookedUp(await house.signedIn((await house.aTenant()).master))).toBe(false);
    expect(await lookedUp(await house.signedIn(tenant.hana))).toBe(false);
    expect(await lookedUp(await house.atTheDesk(await house.anOperator()))).toBe(false);
    expect(await lookedUp(master)).toBe(true);
  });

  it("for an ID that was deregistered says so", async () => {
    await deregisterUser(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1 });
    await refused({ expectedVersion: 2, certificateAction: "REISSUE", passwords: { LOGIN: typed("Another-pass-1") } }, [": ID_DEREGISTERED"]);
    await refused({ expectedVersion: 1 }, [": ID_DEREGISTERED"]);
  });

  it("by a session that ended meanwhile changes nothing and is on record", async () => {
    await house.signedIn(tenant.master); // replaces it
    const before = await house.snapshot();
    await expect(update({ displayName: "改名", certificateAction: "REISSUE" })).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await house.snapshot()).toEqual(before);
    expect(await lastEntry()).toMatchObject({ action: "USER_UPDATE", outcome: "REFUSED", code: "UNAUTHENTICATED", targetUserId: tenant.taro.id });
  });

  it("during an emergency stop is refused, the certificate's part included: revoking has its own way", async () => {
    const { id: certificateId } = await house.aCertificate(tenant.taro);
    await stopContract(house.desk, master, {});
    await refused({ displayName: "改名" }, [": CONTRACT_STOPPED"]);
    await refused({ certificateAction: "REVOKE" }, [": CONTRACT_STOPPED"]);
    await expect(revokeCertificate(house.desk, master, { certificateId, reason: "KEY_COMPROMISE" })).resolves.toBeTruthy();
  });

  it("by a fault in the middle leaves nothing behind and is on record as a fault", async () => {
    const issuers = { ...house.desk, newSerialNumber: () => { throw new Error("no random numbers"); } };
    const before = await house.snapshot();
    await expect(update({ displayName: "改名", certificateAction: "REISSUE" }, master, issuers)).rejects.toThrow("no random numbers");
    expect(await house.snapshot()).toEqual(before);
    expect(await lastEntry()).toMatchObject({ outcome: "FAILED", code: "INTERNAL_ERROR", after: null });
  });
});

describe("a Master's own form", () => {
  const own = (changes: Partial<UpdateUser>) => ({ userId: tenant.master.id, ...changes });

  it("has its name, its companies and the ages of its passwords", async () => {
    const company = await aCompany(house, tenant.contract);
    const { user } = await update(own({ displayName: "システム管理者", companyIds: [company.id], passwordMaxAgeDays: 60, passwordWarnDays: 10, forcePasswordChange: true }));
    expect(user).toMatchObject({ version: 2, displayName: "システム管理者", kind: "MASTER", authority: null, passwordMaxAgeDays: 60 });
    expect(await companiesOf(tenant.master)).toEqual([company.id]);
    expect(await dues(tenant.master)).toEqual({ LOGIN: "FORCED", REGISTRATION: "FORCED" });
    await expect(recognize(house.desk, master.token, null, master.origin)).resolves.toBeTruthy();
  });

  it.each(["REISSUE", "REVOKE"] as const)("R3: can't %s its own certificate, nor anything else by the same form", async (certificateAction) => {
    await house.aCertificate(tenant.master);
    await refused(own({ displayName: "システム管理者", certificateAction }), ["certificateAction: OWN_CERTIFICATE"]);
  });

  it("R3: not even where there is none, or one that is revoked", async () => {
    await refused(own({ certificateAction: "REVOKE" }), ["certificateAction: OWN_CERTIFICATE"]);
    await house.aCertificate(tenant.master, "REVOKED");
    await refused(own({ certificateAction: "REVOKE", revocationReason: "KEY_COMPROMISE" }), ["certificateAction: OWN_CERTIFICATE"]);
    await refused(own({ certificateAction: "REISSUE" }), ["certificateAction: OWN_CERTIFICATE"]);
  });

  it("sets none of its passwords, for none in use was asked for, and takes no powers", async () => {
    await refused(own({
      authority: "APPROVER", adHocTransferEnabled: true, adHocTransferLimit: 1, certificateAction: "REISSUE",
      passwords: { LOGIN: typed("Another-pass-1"), REGISTRATION: typed("x"), APPROVAL: typed("Approve-me-1"), TRANSFER: typed("Transfer-me-1") },
    }), [
      "authority: NOT_FOR_MASTER", "adHocTransferEnabled: NOT_FOR_MASTER", "adHocTransferLimit: NOT_FOR_MASTER", "newApprovalPassword: NOT_FOR_MASTER",
      "newTransferPassword: NOT_FOR_MASTER", "newLoginPassword: OWN_PASSWORD", "newRegistrationPassword: OWN_PASSWORD", "certificateAction: OWN_CERTIFICATE",
    ]);
  });
});

describe("an older form", () => {
  const changes = (actor: Actor = master, version = 1) => changesSince(house.desk, actor, tenant.taro.id, version);

  it.each([0, 2, -1, 2_147_483_647])("that shows version %d where it is 1 is a CONFLICT, whatever else is on it", async (expectedVersion) => {
    await refused({ expectedVersion, displayName: "", certificateAction: "REVOKE" }, ["expectedVersion: CONFLICT"]);
  });

  it("is told what changed meanwhile: what, by whom, when, newest first", async () => {
    const { id: certificateId } = await house.aCertificate(tenant.taro);
    await update({ displayName: "改名" });
    house.clock.advance(1_000);
    await revokeCertificate(house.desk, master, { certificateId, reason: "SUPERSEDED" });
    await reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 3, reason: "LOST" });
    await house.db.transaction((tx) => tx.update(Password, { userId: tenant.taro.id, kind: "REGISTRATION" }, { tries: 6, lockedAt: THE_MORNING }));
    await unlockUser(house.desk, master, { userId: tenant.taro.id, expectedVersion: 4, passwordKind: "REGISTRATION" });
    await changePasswords(house.desk, await house.signedIn(tenant.taro), [{ kind: "LOGIN", current: PASSWORD, next: "Another-pass-1", confirmation: "Another-pass-1" }]);
    await wrongWith(update({ expectedVersion: 6, displayName: "" })); // nothing came of it
    await update({ userId: tenant.hana.id, displayName: "花子" }); // somebody else's
    await refused({ displayName: "遅れて" }, ["expectedVersion: CONFLICT"]);

    expect((await changes()).map(({ action, actorLoginId, at }) => ({ action, actorLoginId, at }))).toEqual([
      { action: "PASSWORDS_CHANGE", actorLoginId: tenant.taro.loginId, at: house.clock.now() },
      { action: "USER_UNLOCK", actorLoginId: tenant.master.loginId, at: house.clock.now() },
      { action: "CERTIFICATE_REISSUE", actorLoginId: tenant.master.loginId, at: house.clock.now() },
      { action: "CERTIFICATE_REVOKE", actorLoginId: tenant.master.loginId, at: house.clock.now() },
      { action: "USER_UPDATE", actorLoginId: tenant.master.loginId, at: THE_MORNING },
    ]);
    expect(JSON.parse((await changes()).at(-1)?.after ?? "")).toEqual({ version: 2, displayName: "改名" });
    expect((await changes(master, 3)).map(({ action }) => action)).toEqual(["PASSWORDS_CHANGE", "USER_UNLOCK", "CERTIFICATE_REISSUE"]);
    expect(await changes(master, 6)).toEqual([]);
  });

  it("is told of a suspension, its end, an acquisition, and of an emergency stop", async () => {
    const { enrollmentCode } = await house.aCertificate(tenant.taro, "PENDING");
    await suspendUser(house.desk, master, { userId: tenant.taro.id });
    await resumeUser(house.desk, master, { userId: tenant.taro.id, expectedVersion: 2 });
    await enrollCertificate(house.desk, await house.signedIn(tenant.taro), { csr: aCsr().pem, enrollmentCode });
    await stopContract(house.desk, master);
    expect((await changes()).map(({ action }) => action)).toEqual(["CERTIFICATE_ENROLL", "USER_RESUME", "USER_SUSPEND"]);
    const { version } = await row(tenant.master);
    expect(version).toBe(2);
    expect((await changesSince(house.desk, master, tenant.master.id, 1)).map(({ action }) => action)).toEqual(["CONTRACT_STOP"]);
  });

  it.each(["REISSUE", "REVOKE", "KEEP"] as const)("that says %s of a certificate that its holder has acquired meanwhile ends nothing unseen", async (certificateAction) => {
    const { id, enrollmentCode } = await house.aCertificate(tenant.taro, "PENDING");
    await enrollCertificate(house.desk, await house.signedIn(tenant.taro), { csr: aCsr().pem, enrollmentCode });
    await refused({ certificateAction, displayName: "" }, ["expectedVersion: CONFLICT"]);
    expect(await house.certificate(id)).toMatchObject({ state: "ACTIVE", isCurrent: 1 });
    const [{ before, after, ...entry } = {} as UsageRecord, ...others] = await changes();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ action: "CERTIFICATE_ENROLL", actorId: tenant.taro.id, outcome: "SUCCEEDED" });
    expect(JSON.parse(before ?? "")).toMatchObject({ version: 1, status: "PENDING" });
    expect(JSON.parse(after ?? "")).toMatchObject({ version: 2, status: "ACTIVE" });
    await expect(update({ expectedVersion: 2, certificateAction })).resolves.toBeTruthy();
  });

  it("is told it also behind sixty sign-ins and sign-outs of that ID", async () => {
    await update({ displayName: "改名" });
    const [entry] = (await house.history(tenant.contract)).slice(-1);
    if (!entry) throw new Error("no entry");
    house.clock.advance(1_000);
    const comings = Array.from({ length: 60 }, (_, index): UsageRecord => ({
      ...entry, id: newId(house.clock.now()), action: index % 2 === 0 ? "SIGN_IN" : "SIGN_OUT", actorId: tenant.taro.id, before: null, after: null,
    }));
    await house.db.transaction((tx) => tx.insert(UsageRecord, comings));
    expect(await changes()).toMatchObject([{ id: entry.id, action: "USER_UPDATE" }]);
  });

  it("of a foreign user is told nothing, and so is whoever may not read the history", async () => {
    await update({ displayName: "改名" });
    expect(await changes()).toHaveLength(1);
    expect(await changes(await house.signedIn((await house.aTenant()).master))).toEqual([]);
    for (const actor of [await house.signedIn(tenant.taro), await house.signedIn(tenant.hana, { isEnrollOnly: true })]) expect(await changes(actor)).toEqual([]);
    expect(await changes(await house.signedIn(tenant.master, { passwordsDue: "FORCED" }))).toEqual([]);
  });
});

describe("where the bank asks for the registration password", () => {
  beforeEach(() => setBank({ asksRegistrationPassword: true }));
  afterEach(() => setBank({ asksRegistrationPassword: false }));
  const tries = async () => (await passwords(tenant.master)).REGISTRATION?.tries;

  it("the right one registers the form and leaves no try behind", async () => {
    await update({ displayName: "改名", registrationPassword: PASSWORD });
    expect(await tries()).toBe(0);
    expect((await row()).displayName).toBe("改名");
  });

  it("none is refused, and says nothing of the fields", () => refused({ displayName: "" }, ["registrationPassword: REGISTRATION_PASSWORD_REQUIRED"]));

  it("a wrong one counts, also with a bad form or for nobody; six restrict it, and then the right one is refused, too", async () => {
    const wrong = { registrationPassword: "Wrong-pass-1" };
    const attempts = [{ displayName: "改名" }, { displayName: "" }, { userId: newId(THE_MORNING) }, { expectedVersion: 9 }, { passwords: { LOGIN: typed("x") } }, { note: "\u0000" }];
    for (const attempt of attempts) expect(await wrongWith(update({ ...attempt, ...wrong }))).toEqual(["registrationPassword: REGISTRATION_PASSWORD_WRONG"]);
    expect(await tries()).toBe(6);
    expect((await passwords(tenant.master)).REGISTRATION?.lockedAt).toEqual(THE_MORNING);
    expect(await wrongWith(update({ registrationPassword: PASSWORD }))).toEqual(["registrationPassword: REGISTRATION_PASSWORD_LOCKED"]);
    expect(await row()).toEqual(tenant.taro);
    expect(JSON.stringify(await house.history())).not.toContain("Wrong-pass-1");
  });

  it("whoever may not edit loses no try and learns nothing about it", async () => {
    await refused({ registrationPassword: "Wrong-pass-1" }, [": MASTER_ONLY"], await house.signedIn(tenant.taro));
    expect((await passwords()).REGISTRATION?.tries).toBe(0);
  });
});

describe("of many at once", () => {
  /** After any race: one current certificate and session a user, one version a success, and every attempt on record. */
  async function expectSound(attempts: number, succeeded: number): Promise<void> {
    const { version } = await row();
    expect(version).toBe(1 + succeeded);
    expect(await house.db.reads.countBy(Certificate, { userId: tenant.taro.id, isCurrent: 1 })).toBeLessThanOrEqual(1);
    const entries = (await house.history(tenant.contract)).filter(({ targetUserId, action }) => targetUserId === tenant.taro.id && action !== "CERTIFICATE_ENROLL");
    expect(entries).toHaveLength(attempts);
    expect(entries.filter(({ outcome }) => outcome === "SUCCEEDED")).toHaveLength(succeeded);
  }

  it("lets one of twenty simultaneous forms win, whole; the others are conflicts, each on record", async () => {
    const companies = await Promise.all(Array.from({ length: 5 }, (_, index) => aCompany(house, tenant.contract, { code: `000000000${String(index)}` })));
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) =>
      update({ displayName: `担当${String(index)}`, passwordMaxAgeDays: 10 + index, companyIds: [companies[index % 5]?.id ?? ""], certificateAction: "REISSUE" })));
    const winner = results.findIndex(({ status }) => status === "fulfilled");
    const lost = results.filter((result) => result.status === "rejected").map((result) => (result.reason as { code?: string }).code);
    expect(lost).toEqual(Array(19).fill("CONFLICT"));
    expect(await row()).toMatchObject({ displayName: `担当${String(winner)}`, passwordMaxAgeDays: 10 + winner });
    expect(await companiesOf(tenant.taro)).toEqual([companies[winner % 5]?.id]);
    await expectSound(20, 1);
  }, 60_000);

  it.each(Array.from({ length: 4 }, (_, round) => round))("a form and a reissue: one wins, and nothing of the other is there (round %d)", async (round) => {
    const old = await house.aCertificate(tenant.taro);
    const revoke = () => update({ displayName: "改名", certificateAction: "REVOKE" });
    const reissue = () => reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST" });
    const results = await Promise.allSettled(round % 2 === 0 ? [revoke(), reissue()] : [reissue(), revoke()]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const isFormFirst = (await row()).displayName === "改名";
    expect((await house.currentCertificate(tenant.taro))?.id === old.id).toBe(isFormFirst);
    await expectSound(2, 1);
  });

  it("a form that sets a password and its holder who changes it: one wins", async () => {
    const taro = await house.signedIn(tenant.taro);
    const results = await Promise.allSettled([
      update({ passwords: { LOGIN: typed("Masters-choice-1") } }),
      changePasswords(house.desk, taro, [{ kind: "LOGIN", current: PASSWORD, next: "Taros-choice-1", confirmation: "Taros-choice-1" }]),
    ]);
    const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as { code?: string; why?: string }] : []));
    expect(reasons).toHaveLength(1);
    expect(["CONFLICT", "SESSION_ENDED"]).toContain(reasons[0]?.code ?? reasons[0]?.why);
    await expectSound(2, 1);
  });

  it.each(Array.from({ length: 3 }, (_, round) => round))("a form that reissues and a holder who enrolls: never two that are good (round %d)", async () => {
    const old = await house.aCertificate(tenant.taro, "PENDING");
    const taro = await house.signedIn(tenant.taro);
    const [form] = await Promise.allSettled([
      update({ displayName: "改名", certificateAction: "REISSUE" }),
      enrollCertificate(house.desk, taro, { csr: aCsr().pem, enrollmentCode: old.enrollmentCode }),
    ]);
    if (form.status === "rejected") {
      expect(form.reason).toMatchObject({ code: "CONFLICT", also: [] });
      expect([["expectedVersion"], ["certificateAction"]]).toContainEqual((form.reason as Refusal).path); // before the form's look, or after it
    }
    const kept = (await house.db.reads.findBy(Certificate, { userId: tenant.taro.id })).map(({ id, state, isCurrent }) => ({ isOld: id === old.id, state, isCurrent }));
    const reissued = [{ isOld: true, state: "REVOKED", isCurrent: null }, { isOld: false, state: "PENDING", isCurrent: 1 }];
    expect(kept).toEqual(form.status === "fulfilled" ? reissued : [{ isOld: true, state: "ACTIVE", isCurrent: 1 }]);
    expect(await row()).toMatchObject(form.status === "fulfilled" ? { version: 2, displayName: "改名" } : { version: 2, displayName: "経理太郎" });
  });

  it("a form whose certificate somebody else moves first is told that alone, whatever else is wrong with it", async () => {
    const { id } = await house.aCertificate(tenant.taro);
    const desk = { ...house.desk, db: withOvertaken(house.db, (sql) => sql.startsWith("UPDATE certificates")) };
    for (const certificateAction of ["REISSUE", "REVOKE"] as const) {
      expect(await wrongWith(update({ displayName: "", certificateAction }, master, desk))).toEqual(["certificateAction: CONFLICT"]);
    }
    expect(await row()).toEqual(tenant.taro);
    expect(await house.certificate(id)).toMatchObject({ state: "ACTIVE", isCurrent: 1 });
  });

  it("forms of different users don't stand in each other's way", async () => {
    await Promise.all([update({ displayName: "太郎" }), update({ userId: tenant.hana.id, displayName: "花子" }), update({ userId: tenant.master.id, displayName: "管理" })]);
    expect(await row()).toMatchObject({ version: 2, displayName: "太郎" });
    expect(await row(tenant.hana)).toMatchObject({ version: 2, displayName: "花子" });
  });
});

describe("mails of a form", () => {
  const notices = () => house.db.reads.findBy(Notice, { userId: tenant.taro.id });
  beforeEach(async () => {
    await house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { mailAddress: "taro@example.com" }));
  });

  it("tell of a limit that alone is changed", async () => {
    await house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { adHocLimit: 300 }));
    await update({ adHocTransferLimit: 200 });
    expect((await notices()).map(({ kind, facts }) => [kind, (JSON.parse(facts) as { changes: unknown }).changes])).toEqual([["POWERS_CHANGED", ["AD_HOC_LIMIT"]]]);
  });

  it("tell whoever had the address before that it is another's now", async () => {
    await update({ mailAddress: "thief@example.com" });
    expect((await notices()).map(({ kind, mailAddress }) => `${kind} ${mailAddress}`).sort()).toEqual(["MAIL_ADDRESS_CHANGED taro@example.com", "MAIL_ADDRESS_CHANGED thief@example.com"]);
  });

  it("bring the code to the address that was on record, not to one that the same form enters", async () => {
    await setBank({ sendsCodeByMail: true });
    try {
      const { enrollmentCode } = await update({ certificateAction: "REISSUE", reissueReason: "LOST", mailAddress: "thief@example.com" });
      expect(enrollmentCode).toBeNull();
      expect((await notices()).filter(({ kind }) => kind === "ENROLLMENT_CODE").map(({ mailAddress }) => mailAddress)).toEqual(["taro@example.com"]);
      expect((await row()).mailAddress).toBe("thief@example.com");
    } finally {
      await setBank({ sendsCodeByMail: false });
    }
  });

  it("tell of a certificate that the form revokes", async () => {
    const certificate = await house.aCertificate(tenant.taro);
    await update({ certificateAction: "REVOKE", revocationReason: "SUPERSEDED" });
    expect((await notices()).filter(({ kind }) => kind === "CERTIFICATE_REVOKED").map(({ certificateId }) => certificateId)).toEqual([certificate.id]);
  });
});
