import type { Cursor } from "../../src/foundation/database/cursor.js";
import { MINUTE } from "../../src/foundation/clock.js";
import type { Direction } from "../../src/foundation/database/keysetPage.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import { Password } from "../../src/identity/Password.js";
import type { User } from "../../src/identity/User.js";
import type { Actor } from "../../src/policy/Actor.js";
import { certificateStatuses } from "../../src/policy/certificateLifecycle.js";
import { findUsers, usersByIds, type UserFacts, type UserFilter, type UserOrder } from "../../src/users/readUsers.js";
import { House, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

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

const BY_LOGIN: UserOrder = { field: "LOGIN_ID", direction: "ASC" };
const ALL = { first: 1_000, after: null };
const list = (filter: UserFilter = {}, order = BY_LOGIN, actor: Actor = master) => findUsers(house.desk, actor, filter, order, ALL);
const loginIds = (users: { loginId: string }[]) => users.map(({ loginId }) => loginId);
const found = async (filter: UserFilter, actor: Actor = master) => loginIds((await list(filter, BY_LOGIN, actor)).rows).sort();
const all = () => loginIds([tenant.master, tenant.taro, tenant.hana]).sort();

describe("the list of users", () => {
  it("shows a Master the IDs of its contract and nobody else's", async () => {
    await house.aTenant();
    expect(await found({})).toEqual(all());
  });

  it("shows nothing of another bank, even under the same login IDs", async () => {
    const bank: Bank = { id: newId(THE_MORNING), code: "1001", name: "他金庫", ...ordinaryPolicy, isDemo: false, createdAt: THE_MORNING };
    await house.db.transaction((tx) => tx.insert(Bank, bank));
    const elsewhere = await house.aTenant({ bank });
    await house.aUser(elsewhere.contract, { loginId: tenant.taro.loginId });
    expect(await found({})).toEqual(all());
    expect(await found({ text: elsewhere.taro.loginId })).toEqual([]);
  });

  it.each([["a Public ID", {}], ["a Public ID without its certificate", { isEnrollOnly: true }]])("shows %s itself alone", async (_who, how) => {
    const taro = await house.signedIn(tenant.taro, how);
    expect(await found({}, taro)).toEqual([tenant.taro.loginId]);
    expect(await found({ text: "hana" }, taro)).toEqual([]);
    expect(await (await list({}, BY_LOGIN, taro)).count()).toEqual({ total: 1, isCapped: false });
  });

  it("shows a Master without its certificate itself alone", async () => {
    expect(await found({}, await house.signedIn(tenant.master, { isEnrollOnly: true }))).toEqual([tenant.master.loginId]);
  });

  it("tells of each what is stored, and never a secret", async () => {
    const { rows } = await list({ text: tenant.taro.loginId });
    expect(rows).toEqual([{
      id: tenant.taro.id, bankId: house.bank.id, contractId: tenant.contract.id, version: 1,
      loginId: tenant.taro.loginId, displayName: "経理太郎", kind: "PUBLIC", authority: "APPROVER", status: "ACTIVE",
      adHocLimit: null, mailAddress: null, lastSignInAt: null, passwordMaxAgeDays: null, passwordWarnDays: null, whyNoCode: null,
      certificate: null, readAt: THE_MORNING,
    }]);
  });

  it("lists each user once, however many certificates it has had", async () => {
    const { id } = await house.aCertificate(tenant.taro, "REVOKED");
    await house.db.transaction((tx) => tx.query("UPDATE certificates SET is_current = NULL WHERE id = ?", [id]));
    await house.aCertificate(tenant.taro, "ACTIVE");
    expect(await found({})).toEqual(all());
    expect(await found({ certificateStatus: ["ACTIVE", "REVOKED"] })).toEqual([tenant.taro.loginId]);
  });
});

describe("its filters", () => {
  it("by status tell locked IDs from the others", async () => {
    await house.db.transaction((tx) => tx.update(Password, { userId: tenant.taro.id, kind: "LOGIN" }, { lockedAt: THE_MORNING }));
    await house.db.transaction((tx) => tx.update(Password, { userId: tenant.hana.id, kind: "REGISTRATION" }, { lockedAt: THE_MORNING }));
    expect(await found({ status: ["LOCKED"] })).toEqual([tenant.taro.loginId]);
    expect((await list({ status: ["LOCKED"] })).rows[0]?.status).toBe("LOCKED");
    expect(await found({ status: ["ACTIVE"] })).toEqual(loginIds([tenant.master, tenant.hana]).sort());
    expect(await found({ status: ["ACTIVE", "LOCKED"] })).toEqual(all());
    expect(await found({ status: [] })).toEqual([]);
  });

  it.each(certificateStatuses)("by certificate status find the user whose newest certificate is %s", async (status) => {
    const other = status === "ACTIVE" ? "PENDING" : "ACTIVE";
    await house.aCertificate(tenant.taro, status);
    await house.aCertificate(tenant.hana, other);
    expect(await found({ certificateStatus: [status] })).toEqual([tenant.taro.loginId]);
    expect(await found({ certificateStatus: [status, other] })).toEqual(loginIds([tenant.taro, tenant.hana]).sort());
  });

  it("by certificate status look at the newest certificate only, and at nobody who has none", async () => {
    const { id } = await house.aCertificate(tenant.taro, "REVOKED");
    await house.db.transaction((tx) => tx.query("UPDATE certificates SET is_current = NULL WHERE id = ?", [id]));
    await house.aCertificate(tenant.taro, "PENDING");
    expect(await found({ certificateStatus: ["REVOKED"] })).toEqual([]);
    expect(await found({ certificateStatus: [...certificateStatuses] })).toEqual([tenant.taro.loginId]);
    expect(await found({ certificateStatus: [] })).toEqual([]);
  });

  it("by certificate status follow the clock", async () => {
    const { enrollmentDeadline } = await house.aCertificate(tenant.taro, "PENDING");
    if (enrollmentDeadline === null) throw new Error("a pending certificate has a deadline");
    house.clock.moveTo(enrollmentDeadline);
    expect(await found({ certificateStatus: ["PENDING"] })).toEqual([tenant.taro.loginId]);
    house.clock.advance(1);
    expect(await found({ certificateStatus: ["PENDING"] })).toEqual([]);
    expect(await found({ certificateStatus: ["ENROLLMENT_EXPIRED"] })).toEqual([tenant.taro.loginId]);
  });

  it("all hold at once", async () => {
    await house.aCertificate(tenant.taro, "ACTIVE");
    await house.aCertificate(tenant.hana, "ACTIVE");
    await house.db.transaction((tx) => tx.update(Password, { userId: tenant.hana.id, kind: "LOGIN" }, { lockedAt: THE_MORNING }));
    expect(await found({ status: ["ACTIVE"], certificateStatus: ["ACTIVE"], text: "経理" })).toEqual([tenant.taro.loginId]);
    expect(await found({ status: ["ACTIVE"], certificateStatus: ["ACTIVE"], text: "花子" })).toEqual([]);
  });
});

describe("its search for text", () => {
  const names = {
    kana: "カナ　ガナ", half: "ﾊﾝｶｸ ｶﾞﾅ", wide: "Ｗｉｄｅ１２", percent: "100%OK", underscore: "a_b", bang: "wow!", backslash: "c:\\d",
    quote: "O'Neil\"s", kanji: "髙橋﨑", emoji: "𠮷野🙂",
  };
  let keir: User;

  beforeEach(async () => {
    const end = tenant.taro.loginId.slice(-3);
    for (const [index, displayName] of Object.values(names).entries()) {
      await house.aUser(tenant.contract, { loginId: `s${String(index)}-${end}`, displayName });
    }
    keir = await house.aUser(tenant.contract, { loginId: `keir${end}`, displayName: "Keir" });
  });

  it.each([
    ["the middle of a name", "ナ ガ", ["kana"]],
    ["half-width kana for full-width", "ｶﾅ", ["kana"]],
    ["half-width kana with their marks apart, wherever either is written", "ｶﾞﾅ", ["kana", "half"]],
    ["full-width kana for half-width", "ハンカク", ["half"]],
    ["full-width Latin letters", "ＷＩＤＥ", ["wide"]],
    ["what was pasted with spaces around it, full-width ones too", "　wide12 ", ["wide"]],
    ["lower case for full-width capitals, and digits", "wide12", ["wide"]],
    ["a percent sign that means itself", "%", ["percent"]],
    ["a full-width percent sign", "１００％", ["percent"]],
    ["an underscore that means itself", "_", ["underscore"]],
    ["an exclamation mark that means itself", "!", ["bang"]],
    ["a pattern that is none", "!%", []],
    ["another pattern that is none", "1%K", []],
    ["a letter where an underscore would stand", "a.b", []],
    ["a backslash", "\\", ["backslash"]],
    ["a backslash before what it might escape", "\\%", []],
    ["quotation marks", "o'neil\"", ["quote"]],
    ["SQL", "' OR '1'='1", []],
    ["rare kanji as they are written", "髙", ["kanji"]],
    ["the common form of a rare kanji, which is another", "高", []],
    ["characters beyond the basic plane", "𠮷", ["emoji"]],
    ["hiragana, which isn't katakana", "かな", []],
    ["nothing that there is", "nobody", []],
  ])("finds %s: %j", async (_what, text, keys) => {
    const expected = keys.map((key) => names[key as keyof typeof names]);
    expect((await list({ text })).rows.map(({ displayName }) => displayName).sort()).toEqual(expected.sort());
  });

  it.each(["keir", "KEIR", "ｋｅｉｒ", "Ｋeir", "eir"])("finds a login ID by %j", async (text) => {
    expect(await found({ text })).toEqual([keir.loginId]);
  });

  it("for no text finds everybody", async () => {
    expect(await found({ text: "" })).toEqual(await found({}));
  });
});

describe("its pages", () => {
  beforeEach(async () => {
    // Login IDs in another order than the IDs were made in; capitals and dots sort by code point.
    for (const name of ["m", "c", "zz", "a.b", "a", "ab", "a_b", "0", "b", "k"]) {
      await house.aUser(tenant.contract, { loginId: `${name}${tenant.taro.loginId.slice(-3)}` });
      house.clock.advance(MINUTE);
    }
  });

  const cursorOf = (user: UserFacts, { field }: UserOrder): Cursor => ({ key: field === "LOGIN_ID" ? user.loginId : user.id, id: user.id });
  const walk = async (order: UserOrder, first: number, between: () => Promise<unknown> = () => Promise.resolve()) => {
    const rows: UserFacts[] = [];
    for (let after: Cursor | null = null; ; ) {
      const page = await findUsers(house.desk, master, {}, order, { first, after });
      expect(page.rows.length).toBeLessThanOrEqual(first);
      expect(page.hasPreviousPage).toBe(after !== null);
      rows.push(...page.rows);
      expect(rows.length).toBeLessThan(100); // or it goes round in circles
      const last = page.rows.at(-1);
      if (!page.hasNextPage || !last) return rows;
      after = cursorOf(last, order);
      await between();
    }
  };

  const orders = (["LOGIN_ID", "CREATED_AT"] as const).flatMap((field) => (["ASC", "DESC"] as const).map((direction) => [field, direction] as const));

  it.each(orders)("by %s %s show each user exactly once, in order, whatever their size", async (field, direction) => {
    const key = (user: UserFacts) => (field === "LOGIN_ID" ? user.loginId : user.id);
    const sorted = (await list()).rows.sort((a, b) => (key(a) < key(b) ? -1 : 1) * (direction === "ASC" ? 1 : -1));
    expect(sorted).toHaveLength(13);
    for (const first of [1, 2, 5, 12, 13, 14]) expect(loginIds(await walk({ field, direction }, first))).toEqual(loginIds(sorted));
  });

  it("by CREATED_AT show whom was made first first", async () => {
    const made: { id: string }[] = await house.db.reads.query("SELECT id FROM users WHERE contract_id = ? ORDER BY created_at, id", [tenant.contract.id]);
    expect((await list({}, { field: "CREATED_AT", direction: "ASC" })).rows.map(({ id }) => id)).toEqual(made.map(({ id }) => id));
  });

  it.each(orders)("by %s %s show each user of before exactly once while others come", async (field, direction: Direction) => {
    const before = loginIds((await list()).rows);
    let added = 0;
    const rows = await walk({ field, direction }, 2, async () => {
      added += 1;
      const end = `${String(added)}${tenant.taro.loginId.slice(-3)}`;
      for (const name of ["0", "b", "zzz"]) if (added <= 6) await house.aUser(tenant.contract, { loginId: `${name}-${end}` });
    });
    const shown = loginIds(rows);
    expect(new Set(shown).size).toBe(shown.length);
    expect(shown.filter((loginId) => before.includes(loginId)).sort()).toEqual(before.sort());
  });

  it("know whether there is a next one, and count all only when asked", async () => {
    const whole = await findUsers(house.desk, master, {}, BY_LOGIN, { first: 13, after: null });
    expect(whole).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    const part = await findUsers(house.desk, master, { text: "経理" }, BY_LOGIN, { first: 1, after: null });
    expect(part).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(await part.count()).toEqual({ total: 2, isCapped: false });
    const [first] = part.rows;
    if (!first) throw new Error("an empty page");
    const next = await findUsers(house.desk, master, { text: "経理" }, BY_LOGIN, { first: 1, after: cursorOf(first, BY_LOGIN) });
    expect(next).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(await next.count()).toEqual({ total: 2, isCapped: false }); // of the list, not of what is left of it
  });

  it.each([["before all", ""], ["behind all", "\uFFFF"], ["that was forged", "' OR 1=1 --"]])("after a cursor %s stay inside the contract", async (_what, key) => {
    await house.aTenant();
    const { rows } = await findUsers(house.desk, master, {}, BY_LOGIN, { first: 1_000, after: { key, id: "" } });
    expect(rows.filter(({ contractId }) => contractId !== tenant.contract.id)).toEqual([]);
  });
});

describe("users by id", () => {
  it("come in the order that was asked for, null for what is foreign and for what is unknown, alike", async () => {
    const strangers = await house.aTenant();
    const { master: own, taro, hana } = tenant;
    const ids = [hana.id, strangers.taro.id, own.id, newId(THE_MORNING), "", "x", "' OR 1=1 --", taro.id, hana.id];
    const users = await usersByIds(house.desk, master, ids);
    expect(users.map((user) => user?.loginId ?? null))
      .toEqual([hana.loginId, null, own.loginId, null, null, null, null, taro.loginId, hana.loginId]);
  });

  it("are for a Public ID itself alone", async () => {
    const actor = await house.signedIn(tenant.taro);
    const users = await usersByIds(house.desk, actor, [tenant.master.id, tenant.taro.id, tenant.hana.id]);
    expect(users.map((user) => user?.id ?? null)).toEqual([null, tenant.taro.id, null]);
  });

  it("are none for none", async () => {
    expect(await usersByIds(house.desk, master, [])).toEqual([]);
  });
});
