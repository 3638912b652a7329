import { newContract } from "../../src/identity/Contract.js";
import { newUser, type Authority, type User } from "../../src/identity/User.js";
import { checkForm, type UserForm } from "../../src/users/userForm.js";

const NOW = new Date("2026-11-24T01:00:00.000Z");
const ids = { id: "user", bankId: "bank", contractId: "contract", loginId: "keir002", displayName: "経理担当役席者", createdAt: NOW };
const contract = newContract({ id: "contract", bankId: "bank", name: "カシマイ", adHocLimit: 5_000, createdAt: NOW });
const companies = new Set(["kashimai", "akatsuki"]);
const typed = { password: "Right-pass-1", confirmation: "Right-pass-1" };

/** An operator of whom nothing else is said. */
const operator = (facts: Partial<User> = {}) => newUser({ ...ids, ...facts });
const approver = (facts: Partial<User> = {}) => operator({ authority: "APPROVER", ...facts });
const master = (facts: Partial<User> = {}) => operator({ kind: "MASTER", authority: null, ...facts });

/** What is wrong with a form, as `field: CODE`, and how the fields would be. */
function check(form: Partial<UserForm>, user = operator()) {
  const { fields, refusals } = checkForm({ passwords: {}, ...form }, { user, contract, companies });
  return { fields, wrong: refusals.map(({ code, path }) => `${path?.join(".") ?? "?"}: ${code}`), refusals };
}

describe("利用者名", () => {
  it.each([
    ["a name", "経理担当者"], ["one letter", "A"], ["20 full-width characters", "字".repeat(20)], ["20 characters outside the BMP", "𠮷".repeat(20)],
    ["half-width kana", "ｹｲﾘ"], ["a space inside", "経理　太郎"], ["marks", "O'Brien <b>&amp;"], ["an emoji of several code points", "👩‍💻"],
  ])("may be %s", (_what, displayName) => {
    expect(check({ displayName })).toMatchObject({ wrong: [], fields: { displayName } });
  });

  it.each([
    ["nothing", "", "VALUE_REQUIRED"], ["a space", " ", "VALUE_REQUIRED"], ["full-width spaces", "　　", "VALUE_REQUIRED"],
    ["a space of no width", "\u200B", "VALUE_REQUIRED"], ["a letter that can't be seen", "\u3164", "VALUE_REQUIRED"], ["a line end", "\n", "VALUE_REQUIRED"],
    ["21 full-width characters", "字".repeat(21), "TEXT_TOO_LONG"], ["21 characters outside the BMP", "𠮷".repeat(21), "TEXT_TOO_LONG"],
    ["a million characters", "字".repeat(1_000_000), "TEXT_TOO_LONG"],
    ["a NUL", "経\u0000理", "INVALID_TEXT"], ["a tab", "経\t理", "INVALID_TEXT"], ["half a surrogate pair", "経\uD800", "INVALID_TEXT"],
    ["a mark that turns the reading direction", "\u202E理経", "INVALID_TEXT"],
    ["two lines", "経理\n太郎", "INVALID_TEXT"], ["two lines of another system", "経理\r太郎", "INVALID_TEXT"],
  ])("can't be %s", (_what, displayName, code) => {
    expect(check({ displayName }).wrong).toEqual([`displayName: ${code}`]);
  });
});

describe("利用権限", () => {
  it("OPERATOR may become APPROVER with an approval password, and not without", () => {
    expect(check({ authority: "APPROVER", passwords: { APPROVAL: typed } })).toMatchObject({ wrong: [], fields: { authority: "APPROVER" } });
    expect(check({ authority: "APPROVER" }).wrong).toEqual(["newApprovalPassword: PASSWORD_REQUIRED"]);
  });

  it("APPROVER may become OPERATOR, and stay what it is without a new password", () => {
    expect(check({ authority: "OPERATOR" }, approver())).toMatchObject({ wrong: [], fields: { authority: "OPERATOR" } });
    expect(check({ authority: "APPROVER" }, approver())).toMatchObject({ wrong: [], fields: { authority: "APPROVER" } });
  });

  it.each<[string, Authority | undefined, User]>([
    ["an operator that stays one", undefined, operator()], ["one that is to be one again", "OPERATOR", operator()], ["an approver that ceases to be one", "OPERATOR", approver()],
  ])("一般者権限では登録できません: refuses an approval password for %s", (_who, authority, user) => {
    expect(check({ ...(authority ? { authority } : {}), passwords: { APPROVAL: typed } }, user).wrong).toEqual(["newApprovalPassword: APPROVER_ONLY"]);
  });

  it("an approver may have another approval password", () => {
    expect(check({ passwords: { APPROVAL: typed } }, approver()).wrong).toEqual([]);
  });
});

describe("都度振込利用", () => {
  it("switched on asks for a transfer password; the limit is the bank's own until another is said", () => {
    expect(check({ adHocTransferEnabled: true, passwords: { TRANSFER: typed } })).toMatchObject({ wrong: [], fields: { adHocLimit: 0 } });
    expect(check({ adHocTransferEnabled: true }).wrong).toEqual(["newTransferPassword: PASSWORD_REQUIRED"]);
  });

  it("that is on stays on, with its limit and its password", () => {
    const user = operator({ adHocLimit: 300 });
    expect(check({}, user)).toMatchObject({ wrong: [], fields: { adHocLimit: 300 } });
    expect(check({ adHocTransferEnabled: true }, user)).toMatchObject({ wrong: [], fields: { adHocLimit: 300 } });
    expect(check({ passwords: { TRANSFER: typed } }, user).wrong).toEqual([]);
  });

  it("switched off takes the limit away", () => {
    expect(check({ adHocTransferEnabled: false }, operator({ adHocLimit: 300 }))).toMatchObject({ wrong: [], fields: { adHocLimit: null } });
  });

  it.each([
    ["that is off", undefined, operator()], ["that stays off", false, operator()], ["that is switched off by the same form", false, operator({ adHocLimit: 300 })],
  ])("%s refuses limit and password, each in its field", (_what, adHocTransferEnabled, user) => {
    const form = { adHocTransferLimit: 1, passwords: { TRANSFER: typed }, ...(adHocTransferEnabled === undefined ? {} : { adHocTransferEnabled }) };
    expect(check(form, user).wrong).toEqual(["adHocTransferLimit: AD_HOC_TRANSFER_OFF", "newTransferPassword: AD_HOC_TRANSFER_OFF"]);
    expect(check({ ...form, adHocTransferLimit: 0 }, user).wrong[0]).toBe("adHocTransferLimit: AD_HOC_TRANSFER_OFF");
  });
});

describe("都度振込取扱限度額", () => {
  const user = operator({ adHocLimit: 300 });

  it.each([0, 1, 4_999, 5_000])("may be %d thousand yen where the contract's is 5,000", (adHocTransferLimit) => {
    expect(check({ adHocTransferLimit }, user)).toMatchObject({ wrong: [], fields: { adHocLimit: adHocTransferLimit } });
  });

  it.each([-1, -0.5, 0.5, 4_999.5, 5_000.000_001, 5_001, 100_000, 2 ** 31, 2 ** 53, 1e308, -1e308, Number.MIN_VALUE, Infinity, -Infinity, NaN])("can't be %d", (adHocTransferLimit) => {
    const { wrong, refusals } = check({ adHocTransferLimit }, user);
    expect(wrong).toEqual(["adHocTransferLimit: LIMIT_NOT_ALLOWED"]);
    expect(refusals[0]?.facts).toEqual({ most: 5_000 }); // what the refusal's words name
  });
});

describe("変更期間 and アラーム期間", () => {
  const user = operator({ passwordMaxAgeDays: 90, passwordWarnDays: 14 });

  it.each([
    ["as they were where nothing is said", {}, 90, 14],
    ["another maximum above the warning", { passwordMaxAgeDays: 15 }, 15, 14],
    ["another warning below the maximum", { passwordWarnDays: 89 }, 90, 89],
    ["the shortest there is", { passwordMaxAgeDays: 1, passwordWarnDays: 0 }, 1, 0],
    ["the longest there is", { passwordMaxAgeDays: 3_650, passwordWarnDays: 3_649 }, 3_650, 3_649],
    ["a maximum without a warning", { passwordMaxAgeDays: 30, passwordWarnDays: null }, 30, null],
    ["never, which takes the warning along", { passwordMaxAgeDays: null }, null, null],
    ["never, said twice", { passwordMaxAgeDays: null, passwordWarnDays: null }, null, null],
  ])("are %s", (_what, form, passwordMaxAgeDays, passwordWarnDays) => {
    expect(check(form, user)).toMatchObject({ wrong: [], fields: { passwordMaxAgeDays, passwordWarnDays } });
  });

  it.each([
    ["no day at all", { passwordMaxAgeDays: 0, passwordWarnDays: null }, ["passwordMaxAgeDays: DAYS_NOT_ALLOWED"]],
    ["negative days", { passwordMaxAgeDays: -30, passwordWarnDays: -7 }, ["passwordMaxAgeDays: DAYS_NOT_ALLOWED", "passwordWarnDays: DAYS_NOT_ALLOWED"]],
    ["half days", { passwordMaxAgeDays: 30.5, passwordWarnDays: 7.5 }, ["passwordMaxAgeDays: DAYS_NOT_ALLOWED", "passwordWarnDays: DAYS_NOT_ALLOWED"]],
    ["more than ten years", { passwordMaxAgeDays: 3_651, passwordWarnDays: 3_651 }, ["passwordMaxAgeDays: DAYS_NOT_ALLOWED", "passwordWarnDays: DAYS_NOT_ALLOWED"]],
    ["beyond all counting", { passwordMaxAgeDays: 1e308, passwordWarnDays: NaN }, ["passwordMaxAgeDays: DAYS_NOT_ALLOWED", "passwordWarnDays: DAYS_NOT_ALLOWED"]],
    ["a warning as long as the maximum", { passwordMaxAgeDays: 30, passwordWarnDays: 30 }, ["passwordWarnDays: WARN_NOT_BEFORE_MAX"]],
    ["a warning longer than it", { passwordMaxAgeDays: 30, passwordWarnDays: 31 }, ["passwordWarnDays: WARN_NOT_BEFORE_MAX"]],
    ["a maximum at the warning that stays", { passwordMaxAgeDays: 14 }, ["passwordWarnDays: WARN_NOT_BEFORE_MAX"]],
    ["a warning at the maximum that stays", { passwordWarnDays: 90 }, ["passwordWarnDays: WARN_NOT_BEFORE_MAX"]],
    ["a warning of what never comes", { passwordMaxAgeDays: null, passwordWarnDays: 7 }, ["passwordWarnDays: WARN_NOT_BEFORE_MAX"]],
  ])("can't be %s", (_what, form, wrong) => {
    expect(check(form, user).wrong).toEqual(wrong);
  });

  it("of somebody whose passwords never expire take no warning alone", () => {
    expect(check({ passwordWarnDays: 7 }).wrong).toEqual(["passwordWarnDays: WARN_NOT_BEFORE_MAX"]);
  });
});

describe("利用企業", () => {
  it.each([[[]], [["kashimai"]], [["akatsuki", "kashimai"]], [["kashimai", "kashimai"]]])("may be %j of the contract's", (companyIds) => {
    expect(check({ companyIds }).wrong).toEqual([]);
  });

  it("that aren't the contract's don't exist, each at its place", () => {
    expect(check({ companyIds: ["kashimai", "another contract's", "akatsuki", ""] }).wrong).toEqual(["companyIds.1: NOT_FOUND", "companyIds.3: NOT_FOUND"]);
  });

  it("beyond what a screen could have offered are refused without a place for each", () => {
    expect(check({ companyIds: Array<string>(60_000).fill("none") }).wrong).toHaveLength(100);
  });
});

describe("備考", () => {
  it.each([
    ["nothing", null], ["200 full-width characters", "字".repeat(200)], ["two lines", "PC故障\nのため"],
  ])("may be %s", (_what, note) => { expect(check({ note }).wrong).toEqual([]); });

  it.each([
    ["201 characters", "字".repeat(201), "TEXT_TOO_LONG"], ["a NUL", "a\u0000", "INVALID_TEXT"], ["half a surrogate pair", "\uDC00", "INVALID_TEXT"],
  ])("can't be %s", (_what, note, code) => { expect(check({ note }).wrong).toEqual([`note: ${code}`]); });
});

describe("a Master's own form", () => {
  it("has a name, companies and the ages of its passwords", () => {
    const form = { displayName: "管理者", companyIds: ["kashimai"], passwordMaxAgeDays: 90, passwordWarnDays: 7 };
    expect(check(form, master())).toMatchObject({ wrong: [], fields: { displayName: "管理者", authority: null, adHocLimit: null, passwordMaxAgeDays: 90, passwordWarnDays: 7 } });
  });

  it.each([
    ["an authority", { authority: "APPROVER" as const }, "authority"], ["even the lesser one", { authority: "OPERATOR" as const }, "authority"],
    ["ad hoc transfers", { adHocTransferEnabled: true }, "adHocTransferEnabled"], ["a limit", { adHocTransferLimit: 0 }, "adHocTransferLimit"],
    ["an approval password", { passwords: { APPROVAL: typed } }, "newApprovalPassword"], ["a transfer password", { passwords: { TRANSFER: typed } }, "newTransferPassword"],
  ])("can't have %s: a Master administers", (_what, form, field) => {
    expect(check(form, master())).toMatchObject({ wrong: [`${field}: NOT_FOR_MASTER`], fields: { authority: null, adHocLimit: null } });
  });

  it("may say that it makes no ad hoc transfers", () => { expect(check({ adHocTransferEnabled: false }, master()).wrong).toEqual([]); });
});

describe("the whole form", () => {
  it("where nothing is said stays as it is, whoever's it is", () => {
    for (const user of [operator(), approver({ adHocLimit: 300 }), master({ passwordMaxAgeDays: 90, passwordWarnDays: 7 })]) {
      const { displayName, authority, adHocLimit, passwordMaxAgeDays, passwordWarnDays } = user;
      expect(check({}, user)).toMatchObject({ wrong: [], fields: { displayName, authority, adHocLimit, passwordMaxAgeDays, passwordWarnDays } });
    }
  });

  it("with every field wrong says all of it at once, each with its field", () => {
    expect(check({
      displayName: "", authority: "OPERATOR", adHocTransferLimit: -1.5, passwordMaxAgeDays: 0, passwordWarnDays: -1,
      passwords: { APPROVAL: typed, TRANSFER: typed }, companyIds: ["none"], note: "\u0000",
    }).wrong).toEqual([
      "displayName: VALUE_REQUIRED", "adHocTransferLimit: AD_HOC_TRANSFER_OFF", "passwordMaxAgeDays: DAYS_NOT_ALLOWED", "passwordWarnDays: DAYS_NOT_ALLOWED",
      "newApprovalPassword: APPROVER_ONLY", "newTransferPassword: AD_HOC_TRANSFER_OFF", "companyIds.0: NOT_FOUND", "note: INVALID_TEXT",
    ]);
  });

  it("of a Master with every field wrong, too", () => {
    expect(check({
      displayName: "字".repeat(21), authority: "APPROVER", adHocTransferEnabled: true, adHocTransferLimit: 1, passwordMaxAgeDays: 7, passwordWarnDays: 7,
      passwords: { APPROVAL: typed, TRANSFER: typed }, companyIds: [""],
    }, master()).wrong).toEqual([
      "displayName: TEXT_TOO_LONG", "authority: NOT_FOR_MASTER", "adHocTransferEnabled: NOT_FOR_MASTER", "adHocTransferLimit: NOT_FOR_MASTER",
      "passwordWarnDays: WARN_NOT_BEFORE_MAX", "newApprovalPassword: NOT_FOR_MASTER", "newTransferPassword: NOT_FOR_MASTER", "companyIds.0: NOT_FOUND",
    ]);
  });
});
