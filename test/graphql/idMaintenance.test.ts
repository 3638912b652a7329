import { Writable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { globalId } from "../../src/graphql/globalId.js";
import { Password } from "../../src/identity/Password.js";
import { User } from "../../src/identity/User.js";
import type { Company } from "../../src/users/Company.js";
import { aCompany } from "../support/aCompany.js";
import { aCsr } from "../support/csr.js";
import { codes, graphql, type Answer } from "../support/graphql.js";
import { House, PASSWORD, THE_MORNING, type Caller, type DeskCaller, type Tenant } from "../support/House.js";

let house: House;
let door: FastifyInstance;
let tenant: Tenant;
let master: Caller;
let logged = "";

beforeAll(async () => {
  house = await House.open();
  const log = new Writable({ write: (chunk: Buffer, _encoding, done) => { logged += chunk.toString(); done(); } });
  door = await house.door(pino({ level: "trace" }, log));
});
afterAll(async () => {
  await door.close();
  await house.close();
});
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  logged = "";
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
});

interface UserError {
  code: string;
  message: string;
  nextStep: string | null;
  path: string[] | null;
}
interface Payload {
  message: string | null;
  user: { version: number; displayName: string } | null;
  changesMeanwhile: { action: string; actorLoginId: string; at: string; before: string; after: string }[] | null;
  userErrors: UserError[];
}

const UPDATE = `mutation ($input: UpdateUserInput!) { updateUser(input: $input) {
  message enrollmentCode user { version displayName adHocTransferLimit passwordMaxAgeDays passwordWarnDays } certificate { status }
  changesMeanwhile { action actorLoginId at before after } userErrors { code message nextStep path }
} }`;
const REGISTER = "mutation ($input: RegisterUserInput!) { registerUser(input: $input) { message user { loginId version } userErrors { code message nextStep path } } }";
const ENGLISH = { "accept-language": "en" };

const input = (changes: object) => ({ input: { userId: globalId("User", tenant.taro.id), expectedVersion: 1, ...changes } });
const send = (changes: object, headers: Record<string, string> = {}) => graphql<{ updateUser: Payload }>(door, master, UPDATE, input(changes), headers);
const update = async (changes: object, headers: Record<string, string> = {}) => {
  const answer = await send(changes, headers);
  expect(answer).toMatchObject({ status: 200, errors: [] });
  return answer.data.updateUser;
};
const wrongIn = ({ userErrors }: { userErrors: UserError[] }) => userErrors.map(({ code, path }) => `${path?.join(".") ?? ""}: ${code}`);
const twice = (field: string, password: string) => ({ [field]: password, [`${field}Confirmation`]: password });
const taro = async () => house.db.reads.findOneBy(User, { id: tenant.taro.id });

/** A form on which nothing is right. */
const everyFieldWrong = () => ({
  displayName: "字".repeat(21), authority: "OPERATOR", adHocTransferEnabled: true, adHocTransferLimit: 1.5, passwordMaxAgeDays: 0.5, passwordWarnDays: -1,
  newLoginPassword: "short", newLoginPasswordConfirmation: "other", ...twice("newRegistrationPassword", PASSWORD), ...twice("newApprovalPassword", "Approve-me-1"),
  ...twice("newTransferPassword", `${tenant.taro.loginId.toUpperCase()}-1`), companyIds: ["x", globalId("Company", tenant.taro.id)], certificateAction: "REVOKE",
  note: "\u0000",
});

describe("a form with every field wrong", () => {
  const wrong = [
    "displayName: TEXT_TOO_LONG", "adHocTransferLimit: LIMIT_NOT_ALLOWED", "passwordMaxAgeDays: DAYS_NOT_ALLOWED", "passwordWarnDays: DAYS_NOT_ALLOWED",
    "newApprovalPassword: APPROVER_ONLY", "companyIds.0: NOT_FOUND", "companyIds.1: NOT_FOUND", "note: INVALID_TEXT",
    "newLoginPassword: PASSWORD_TOO_SHORT", "newLoginPassword: PASSWORD_NEEDS_BOTH_KINDS", "newLoginPasswordConfirmation: PASSWORD_MISMATCH",
    "newTransferPassword: PASSWORD_IS_LOGIN_ID", "certificateAction: NOTHING_TO_REVOKE",
  ];

  it("comes back with all of it at once, each with its path, and changes nothing", async () => {
    const before = await house.snapshot();
    const answer = await update(everyFieldWrong());
    expect(wrongIn(answer)).toEqual(wrong);
    expect(answer).toMatchObject({ message: null, user: null, changesMeanwhile: null });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "USER_UPDATE", outcome: "REFUSED", code: "TEXT_TOO_LONG" });
  });

  it("is told so in Japanese, with figures, unless another language is asked for", async () => {
    for (const language of [undefined, "fr", "ja, en;q=0.5"]) {
      const { userErrors } = await update(everyFieldWrong(), language ? { "accept-language": language } : {});
      expect(userErrors.map(({ message }) => message)).toEqual([
        "20文字以内で入力してください。", "都度振込取扱限度額は0から100,000までの整数（千円単位）で入力してください。", "日数は1から3,650までの整数で入力してください。",
        "日数は0から3,650までの整数で入力してください。", "一般者権限では登録できません。", "対象が見つかりません。", "対象が見つかりません。",
        "利用できない文字が含まれています。", "パスワードは8文字以上で入力してください。", "パスワードには英字と数字の両方が必要です。", "確認用のパスワードが一致しません。",
        "お客様ID（職員ID）を含むパスワードは登録できません。", "失効できる電子証明書がありません。",
      ]);
    }
  });

  it("is told so in English to whoever asks for it, under the same codes", async () => {
    const answer = await update(everyFieldWrong(), ENGLISH);
    expect(wrongIn(answer)).toEqual(wrong);
    expect(answer.userErrors.map(({ message }) => message)).toEqual([
      "The text may have at most 20 characters.", "The limit must be a whole number of thousands of yen, from 0 to 100,000.", "The days must be a whole number from 1 to 3,650.",
      "The days must be a whole number from 0 to 3,650.", "An operator can't have this: it is for approvers only.", "There is no such thing.", "There is no such thing.",
      "The text contains characters that can't be stored.", "The password needs at least 8 characters.", "The password needs a letter and a digit at least.",
      "The two entries of the new password differ.", "The password contains the login ID.", "There is no certificate to revoke.",
    ]);
  });

  it("of a registration comes back likewise", async () => {
    const { certificateAction: _, ...fields } = everyFieldWrong();
    const answer = await graphql<{ registerUser: Payload }>(door, master, REGISTER, { input: { ...fields, loginId: "keir", ...twice("newRegistrationPassword", "") } });
    expect(wrongIn(answer.data.registerUser)).toEqual([
      "loginId: LOGIN_ID_INVALID", "displayName: TEXT_TOO_LONG", "adHocTransferLimit: LIMIT_NOT_ALLOWED", "passwordMaxAgeDays: DAYS_NOT_ALLOWED",
      "passwordWarnDays: DAYS_NOT_ALLOWED", "newApprovalPassword: APPROVER_ONLY", "companyIds.0: NOT_FOUND", "companyIds.1: NOT_FOUND", "note: INVALID_TEXT",
      "newRegistrationPassword: PASSWORD_REQUIRED", "newLoginPassword: PASSWORD_TOO_SHORT", "newLoginPassword: PASSWORD_NEEDS_BOTH_KINDS",
      "newLoginPasswordConfirmation: PASSWORD_MISMATCH",
    ]);
    expect(answer.data.registerUser.user).toBeNull();
  });

  it("is a refusal, no malformed request: what isn't whole, or too large for any whole number", async () => {
    for (const adHocTransferLimit of [0.5, -1, -0.000_1, 100_001, 2 ** 31, 1e300]) {
      expect(wrongIn(await update({ adHocTransferEnabled: true, adHocTransferLimit, ...twice("newTransferPassword", "Soushin-1") }))).toEqual(["adHocTransferLimit: LIMIT_NOT_ALLOWED"]);
    }
    expect(await taro()).toEqual(tenant.taro);
  });
});

describe("what is left out of a form", () => {
  it("or null, or an empty password, changes nothing", async () => {
    const nothing = {
      displayName: null, authority: null, adHocTransferEnabled: null, adHocTransferLimit: null, forcePasswordChange: null, companyIds: null, note: null,
      ...twice("newLoginPassword", ""), newRegistrationPassword: null, newRegistrationPasswordConfirmation: "", newApprovalPassword: "",
    };
    await update({ adHocTransferEnabled: true, adHocTransferLimit: 300, ...twice("newTransferPassword", "Soushin-1"), forcePasswordChange: true });
    const stands = { ...tenant.taro, adHocLimit: 300 };
    const due = () => house.db.reads.countBy(Password, { userId: tenant.taro.id, changeDue: "FORCED" });
    expect((await update({ expectedVersion: 2, ...nothing })).userErrors).toEqual([]);
    expect([await taro(), await due()]).toEqual([{ ...stands, version: 3 }, 2]);
    expect((await update({ expectedVersion: 3 })).userErrors).toEqual([]);
    expect([await taro(), await due()]).toEqual([{ ...stands, version: 4 }, 2]);
  });

  it("of the days means as they were, and null means never", async () => {
    await update({ passwordMaxAgeDays: 90, passwordWarnDays: 14 });
    expect(await update({ expectedVersion: 2 })).toMatchObject({ user: { passwordMaxAgeDays: 90, passwordWarnDays: 14 } });
    expect(await update({ expectedVersion: 3, passwordWarnDays: null })).toMatchObject({ user: { passwordMaxAgeDays: 90, passwordWarnDays: null } });
    expect(await update({ expectedVersion: 4, passwordMaxAgeDays: null })).toMatchObject({ user: { passwordMaxAgeDays: null, passwordWarnDays: null } });
  });

  it("of a password is one of its two fields alone: refused, whichever it is", async () => {
    expect(wrongIn(await update({ newLoginPassword: "Another-pass-1" }))).toEqual(["newLoginPasswordConfirmation: PASSWORD_MISMATCH"]);
    expect(wrongIn(await update({ newLoginPasswordConfirmation: "Another-pass-1" }))).toContain("newLoginPasswordConfirmation: PASSWORD_MISMATCH");
    expect(await taro()).toEqual(tenant.taro);
  });
});

describe("the answer", () => {
  it("carries the completion message with the login ID, as the manual words it", async () => {
    const { loginId } = tenant.taro;
    expect((await update({ displayName: "改名" })).message).toBe(`お客様IDの変更が終了しました。このお客様IDは「${loginId}」です。`);
    expect((await update({ expectedVersion: 2 }, ENGLISH)).message).toContain(loginId);
  });

  it("to an older form is a CONFLICT with how it stands now and what changed meanwhile: what, by whom, when", async () => {
    await update({ displayName: "改名" });
    house.clock.advance(1_000);
    await update({ expectedVersion: 2, certificateAction: "REISSUE", ...twice("newLoginPassword", "Another-pass-1") });
    const before = await house.snapshot();
    const answer = await update({ displayName: "", certificateAction: "REVOKE" });
    expect(wrongIn(answer)).toEqual(["expectedVersion: CONFLICT"]);
    expect(answer).toMatchObject({ message: null, enrollmentCode: null, certificate: null, user: { version: 3, displayName: "改名" } });
    const { loginId } = tenant.master;
    expect(answer.changesMeanwhile).toMatchObject([
      { action: "USER_UPDATE", actorLoginId: loginId, at: "2026-11-24T01:00:01.000Z", before: expect.stringContaining('"loginPassword":"********"') as string },
      { action: "USER_UPDATE", actorLoginId: loginId, at: THE_MORNING.toISOString(), before: '{"displayName":"経理太郎","version":1}', after: '{"displayName":"改名","version":2}' },
    ]);
    expect(await house.snapshot()).toEqual(before);
    expect((await update({ expectedVersion: 2 })).changesMeanwhile).toHaveLength(1);
  });

  it("to a stranger's form is NOT_FOUND, with nothing of what changed", async () => {
    await update({ displayName: "改名" });
    const stranger = await house.signedIn((await house.aTenant()).master);
    const foreign = await graphql<{ updateUser: Payload }>(door, stranger, UPDATE, input({}));
    const nobodys = await graphql<{ updateUser: Payload }>(door, stranger, UPDATE, input({ userId: globalId("User", "01ARZ3NDEKTSV4RRFFQ69G5FAV") }));
    expect(foreign.data.updateUser).toMatchObject({ user: null, changesMeanwhile: null, userErrors: [{ code: "NOT_FOUND", path: null }] });
    expect(foreign.data).toEqual(nobodys.data);
  });
});

describe("a password on a form", () => {
  const SECRET = "Himitsu-no-1";
  const nowhere = async (...answers: Answer[]) => {
    for (const text of [...answers.map((answer) => answer.text), logged, JSON.stringify(await house.history()), JSON.stringify(await house.snapshot())]) expect(text).not.toContain(SECRET);
  };

  it("is in no answer, no log and no history, whether it is taken or refused", async () => {
    const typed = { ...twice("newLoginPassword", SECRET), registrationPassword: SECRET };
    const answers = [await send(typed), await send({ expectedVersion: 2, ...typed }), await send({ expectedVersion: 9, ...typed }), await send({ expectedVersion: 2, ...typed, displayName: "" })];
    expect(answers.map(({ data }) => data.updateUser.userErrors.length)).toEqual([0, 1, 1, 1]);
    expect(logged).not.toBe("");
    await nowhere(...answers);
  });

  it("is in none either where the request is malformed, which is on record", async () => {
    const answers = [
      await send({ ...twice("newLoginPassword", SECRET), expectedVersion: undefined }), await send({ ...twice("newLoginPassword", SECRET), shoeSize: 42 }),
      await send({ newLoginPassword: [SECRET, SECRET] }), await send({ newLoginPassword: { value: SECRET } }), await send({ ...twice("newLoginPassword", SECRET), authority: SECRET }),
      await send({ ...twice("newLoginPassword", SECRET), certificateAction: null }), await send({ ...twice("newLoginPassword", SECRET), adHocTransferLimit: "300" }),
    ];
    expect(answers.map(({ errors }) => errors[0]?.message)).toEqual([
      'Variable "$input" got an invalid value: Field "expectedVersion" of required type "Int!" was not provided.',
      'Variable "$input" got an invalid value: Field "shoeSize" is not defined by type "UpdateUserInput".',
      'Variable "$input" got an invalid value at "input.newLoginPassword".', 'Variable "$input" got an invalid value at "input.newLoginPassword".',
      'Variable "$input" got an invalid value at "input.authority".',
      'Variable "$input" got an invalid value at "input.certificateAction": Expected non-nullable type "CertificateAction!" not to be null.',
      'Variable "$input" got an invalid value at "input.adHocTransferLimit".',
    ]);
    for (const answer of answers) expect([answer.status, new Set(codes(answer))]).toEqual([400, new Set(["BAD_USER_INPUT"])]);
    expect((await house.history(tenant.contract)).slice(-7)).toMatchObject(Array(7).fill({ action: "USER_UPDATE", outcome: "REFUSED", code: "BAD_REQUEST" }));
    expect(await taro()).toEqual(tenant.taro);
    await nowhere(...answers);
  });

  it("is in none either of a registration", async () => {
    const form = { loginId: "himitsu001", displayName: "経理", authority: "OPERATOR", ...twice("newLoginPassword", SECRET), ...twice("newRegistrationPassword", SECRET) };
    const answers = [await graphql(door, master, REGISTER, { input: form }), await graphql(door, master, REGISTER, { input: form }), await graphql(door, master, REGISTER, { input: { ...form, loginId: undefined } })];
    expect(answers[0]?.data).toMatchObject({ registerUser: { user: { loginId: "himitsu001" }, userErrors: [] } });
    expect(answers[1]?.data).toMatchObject({ registerUser: { user: null, userErrors: [{ code: "LOGIN_ID_TAKEN" }] } });
    await nowhere(...answers);
  });
});

describe("利用企業", () => {
  const FIELDS = "name code branchCode branchName accountKind accountNumber services";
  let kashimai: Company;
  let akatsuki: Company;
  let theirs: Company;

  beforeEach(async () => {
    kashimai = await aCompany(house, tenant.contract, { code: "0010000001" }, [tenant.taro]);
    akatsuki = await aCompany(house, tenant.contract, {
      code: "0000000002", name: "アカツキ商事", branchCode: "007", branchName: "南支店", accountKind: "CURRENT", accountNumber: "0000001",
      offersBulkTransfer: false, offersPayroll: true, offersAdHocTransfer: false, offersDirectDebit: true,
    }, [tenant.taro, tenant.hana]);
    theirs = await aCompany(house, (await house.aTenant()).contract);
  });

  const seen = async (by: Caller | DeskCaller) => {
    const query = `query ($contract: ID!, $a: ID!, $b: ID!, $c: ID!) {
      contract(id: $contract) { companies { code } } a: node(id: $a) { id } b: node(id: $b) { id } c: node(id: $c) { id }
    }`;
    const ids = { a: globalId("Company", kashimai.id), b: globalId("Company", akatsuki.id), c: globalId("Company", theirs.id) };
    const { data, errors } = await graphql<Record<"a" | "b" | "c", { id: string } | null> & { contract: { companies: { code: string }[] } | null }>(
      door, by, query, { contract: globalId("Contract", tenant.contract.id), ...ids });
    expect(errors).toEqual([]);
    const found = (["a", "b", "c"] as const).filter((name) => data[name] !== null);
    for (const name of found) expect(data[name]).toEqual({ id: ids[name] });
    return { companies: data.contract?.companies.map(({ code }) => code), found };
  };

  it("of the contract are shown to its Master, by code, with their accounts and services, leading zeros included", async () => {
    const { data } = await graphql<{ viewer: { contract: { companies: object[] } } }>(door, master, `{ viewer { contract { companies { id ${FIELDS} } } } }`);
    expect(data.viewer.contract.companies).toEqual([
      {
        id: globalId("Company", akatsuki.id), name: "アカツキ商事", code: "0000000002", branchCode: "007", branchName: "南支店", accountKind: "CURRENT",
        accountNumber: "0000001", services: ["PAYROLL", "DIRECT_DEBIT"],
      },
      {
        id: globalId("Company", kashimai.id), name: "カシマイ", code: "0010000001", branchCode: "090", branchName: "本部090", accountKind: "ORDINARY",
        accountNumber: "0000900", services: ["BULK_TRANSFER", "PAYROLL", "AD_HOC_TRANSFER"],
      },
    ]);
  });

  it("are each found again by their id", async () => {
    const node = await graphql<{ node: object }>(door, master, `query ($id: ID!) { node(id: $id) { id ... on Company { ${FIELDS} } } }`, { id: globalId("Company", akatsuki.id) });
    expect(node.data.node).toMatchObject({ id: globalId("Company", akatsuki.id), code: "0000000002", accountNumber: "0000001", services: ["PAYROLL", "DIRECT_DEBIT"] });
  });

  it.each([
    ["the Master all of its contract's", () => house.signedIn(tenant.master), { companies: ["0000000002", "0010000001"], found: ["a", "b"] }],
    ["a Public ID those that it may act for", () => house.signedIn(tenant.hana), { companies: ["0000000002"], found: ["b"] }],
    ["another those that it may act for", () => house.signedIn(tenant.taro), { companies: ["0000000002", "0010000001"], found: ["a", "b"] }],
    ["a Public ID without its certificate none", () => house.signedIn(tenant.hana, { isEnrollOnly: true }), { companies: [], found: [] }],
    ["a Public ID whose passwords are due none", () => house.signedIn(tenant.hana, { passwordsDue: "INITIAL" }), { companies: [], found: [] }],
    ["a Master without its certificate none", () => house.signedIn(tenant.master, { isEnrollOnly: true }), { companies: [], found: [] }],
    ["the bank's staff those of every contract of the bank", async () => house.atTheDesk(await house.anOperator()), { companies: ["0000000002", "0010000001"], found: ["a", "b", "c"] }],
  ])("show %s", async (_who, signedIn, what) => {
    expect(await seen(await signedIn())).toEqual(what);
  });

  it.each<[string, () => Promise<Caller>, Record<"taro" | "hana", string[] | undefined>]>([
    ["its Master", () => house.signedIn(tenant.master), { taro: ["0000000002", "0010000001"], hana: ["0000000002"] }],
    ["the ID itself", () => house.signedIn(tenant.hana), { taro: undefined, hana: ["0000000002"] }],
    ["the ID itself without its certificate none", () => house.signedIn(tenant.hana, { isEnrollOnly: true }), { taro: undefined, hana: [] }],
    ["the ID itself whose passwords are due none", () => house.signedIn(tenant.hana, { passwordsDue: "FORCED" }), { taro: undefined, hana: [] }],
    ["a Master whose passwords are due none", () => house.signedIn(tenant.master, { passwordsDue: "FORCED" }), { taro: undefined, hana: undefined }],
  ])("that an ID may act for are shown to %s", async (_who, signedIn, what) => {
    const query = "query ($taro: ID!, $hana: ID!) { taro: user(id: $taro) { companies { code } } hana: user(id: $hana) { companies { code } } }";
    const ids = { taro: globalId("User", tenant.taro.id), hana: globalId("User", tenant.hana.id) };
    const { data } = await graphql<Record<"taro" | "hana", { companies: { code: string }[] } | null>>(door, await signedIn(), query, ids);
    expect({ taro: data.taro?.companies.map(({ code }) => code), hana: data.hana?.companies.map(({ code }) => code) }).toEqual(what);
  });

  it("show a Master of another contract nothing of ours", async () => {
    const stranger = await house.signedIn((await house.aTenant()).master);
    expect(await seen(stranger)).toEqual({ companies: undefined, found: [] });
  });

  it("are chosen on the form, by their ids, and shown with the user as they were chosen", async () => {
    const user = async () => {
      const query = "query ($id: ID!) { user(id: $id) { companies { code } } }";
      return (await graphql<{ user: { companies: { code: string }[] } }>(door, master, query, { id: globalId("User", tenant.taro.id) })).data.user.companies.map(({ code }) => code);
    };
    expect(await user()).toEqual(["0000000002", "0010000001"]);
    await update({ companyIds: [globalId("Company", kashimai.id)] });
    expect(await user()).toEqual(["0010000001"]);
    expect(wrongIn(await update({ expectedVersion: 2, companyIds: [globalId("Company", kashimai.id), globalId("Company", theirs.id), globalId("User", tenant.taro.id), kashimai.id] })))
      .toEqual(["companyIds.1: NOT_FOUND", "companyIds.2: NOT_FOUND", "companyIds.3: NOT_FOUND"]);
    expect(await user()).toEqual(["0010000001"]);
  });

  it("by the ten thousand are refused within a moment", async () => {
    const answer = await update({ companyIds: Array<string>(50_000).fill("cmp_") });
    expect(answer.userErrors).toHaveLength(100);
    expect(await house.db.reads.countBy(Password, { userId: tenant.taro.id })).toBe(2);
  });
});

describe("what else a form or a request can be refused for, as a client is told it", () => {
  it("a mail address that is none, and a mark where the bank has none", async () => {
    await house.setPolicy({ passwordAllowsMarks: false });
    const { userErrors } = await update({ mailAddress: "nobody", newLoginPassword: "Marked-pass-1", newLoginPasswordConfirmation: "Marked-pass-1" });
    expect(userErrors.map(({ code }) => code).sort()).toEqual(["MAIL_ADDRESS_INVALID", "PASSWORD_MARKS_NOT_ALLOWED"]);
    await house.setPolicy({ passwordAllowsMarks: true });
  });

  it("a CSR of which an octet was changed", async () => {
    const { enrollmentCode } = await house.aCertificate(tenant.taro, "PENDING");
    const csr = aCsr().der;
    csr[csr.length - 1] = (csr.at(-1) ?? 0) ^ 1;
    const answer = await graphql<{ enrollCertificate: Payload }>(door, await house.signedIn(tenant.taro), "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { userErrors { code } } }", {
      input: { csr: csr.toString("base64"), enrollmentCode },
    });
    expect(answer.data.enrollCertificate.userErrors).toEqual([{ code: "CSR_SIGNATURE_INVALID" }]);
  });
});
