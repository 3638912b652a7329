import fc from "fast-check";
import type { Cursor } from "../../src/foundation/database/cursor.js";
import { folded } from "../../src/foundation/text.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import { newUser, User } from "../../src/identity/User.js";
import { UserGram } from "../../src/identity/UserGram.js";
import { insertUser } from "../../src/identity/userStore.js";
import { findUsers, type UserFilter, type UserOrder } from "../../src/users/readUsers.js";
import { updateUser } from "../../src/users/updateUser.js";
import { House, THE_MORNING, type DeskCaller, type Tenant } from "../support/House.js";

// For a whole bank users are found by pieces of their names. What is found must be what LIKE finds: whoever contains the text.

const seed = Math.trunc(Math.random() * 2 ** 31);
const USERS = 700; // more than are sorted by hand
const BY_LOGIN: UserOrder = { field: "LOGIN_ID", direction: "ASC" };
let house: House;
let tenant: Tenant;
let operator: DeskCaller;
let everybody: User[];

/** Few characters, so that pieces are shared and coincide by chance: also wide, half-width, capital and double ones, and LIKE's own. */
const characters = fc.constantFrom(..."経経理理部田中佐藤太郎ー aabbc01%_!\\'", "Ａ", "ｶ", "ガ", "ﾞ", "𠮷", "🙂", "㍿", "　");
const names = fc.array(characters, { minLength: 1, maxLength: 12 }).map((parts) => Array.from(parts.join("")).slice(0, 20).join(""));

beforeAll(async () => {
  house = await House.open();
  tenant = await house.aTenant();
  operator = await house.atTheDesk(await house.anOperator());
  const now = house.clock.now();
  const { contract } = tenant;
  const strangers = await aStrangersTenant();
  const drafts = fc.sample(names, { numRuns: USERS, seed }).map((displayName, index) => newUser({
    id: newId(now), bankId: contract.bankId, contractId: contract.id, loginId: `${"cab"[index % 3] ?? ""}${String((index * 37) % USERS).padStart(4, "0")}`, displayName, createdAt: now,
  }));
  await house.db.transaction(async (tx) => {
    for (const user of drafts) await insertUser(tx, user);
    for (const user of drafts.slice(0, 60)) await insertUser(tx, { ...user, id: newId(now), bankId: strangers.bank.id, contractId: strangers.contract.id });
  });
  everybody = [...drafts, tenant.master, tenant.taro, tenant.hana];
}, 60_000);
afterAll(() => house.close());

async function aStrangersTenant(): Promise<Tenant> {
  const bank: Bank = { id: newId(THE_MORNING), code: "1001", name: "他金庫", ...ordinaryPolicy, isDemo: false, createdAt: THE_MORNING };
  await house.db.transaction((tx) => tx.insert(Bank, bank));
  return house.aTenant({ bank });
}

const key = (user: { id: string; loginId: string }, { field }: UserOrder) => (field === "LOGIN_ID" ? user.loginId : user.id);
const expected = (text: string, order: UserOrder) => everybody
  .filter(({ searchText }) => searchText.includes(folded(text).trim()))
  .sort((one, other) => (key(one, order) < key(other, order) ? -1 : 1) * (order.direction === "ASC" ? 1 : -1))
  .map(({ loginId }) => loginId);

async function walked(filter: UserFilter, order: UserOrder, first: number): Promise<string[]> {
  const shown: string[] = [];
  for (let after: Cursor | null = null; ; ) {
    const { rows, hasNextPage } = await findUsers(house.desk, operator, filter, order, { first, after });
    shown.push(...rows.map(({ loginId }) => loginId));
    const last = rows.at(-1);
    if (!hasNextPage || !last) return shown;
    after = { key: key(last, order), id: last.id };
  }
}

describe("the operator's search", () => {
  const cut = fc.tuple(fc.nat(), fc.nat(), fc.nat({ max: 8 })).map(([who, from, length]) => {
    const text = Array.from(everybody[who % everybody.length]?.searchText ?? "");
    const start = from % text.length;
    return text.slice(start, start + 1 + length).join("");
  });
  const orders = fc.constantFrom<UserOrder>(...(["LOGIN_ID", "CREATED_AT"] as const).flatMap((field) => (["ASC", "DESC"] as const).map((direction) => ({ field, direction }))));

  it(`finds whoever contains the text, in order, page by page, and nobody else (seed ${seed})`, () => fc.assert(
    fc.asyncProperty(fc.oneof(cut, cut, names), orders, fc.constantFrom(7, 40, 1_000), async (text, order, first) => {
      expect(await walked({ text }, order, first)).toEqual(expected(text, order));
      const { count } = await findUsers(house.desk, operator, { text }, order, { first: 1, after: null });
      expect((await count()).total).toBe(expected(text, order).length);
    }),
    { numRuns: 150, seed },
  ), 60_000);

  it.each([["one character", "経"], ["two", "経理"], ["a login ID", "c0000"], ["a space within", "0 経"], ["nobody's", "龍王"], ["a hundred characters", "あ".repeat(100)]])(
    "finds for %s what a Master's search, by LIKE alone, finds in the contract", async (_what, text) => {
      const master = await house.signedIn(tenant.master);
      const { rows } = await findUsers(house.desk, master, { text }, BY_LOGIN, { first: 1_000, after: null });
      expect(await walked({ text, contractId: tenant.contract.id }, BY_LOGIN, 30)).toEqual(rows.map(({ loginId }) => loginId));
      expect(await walked({ text }, BY_LOGIN, 30)).toEqual(rows.map(({ loginId }) => loginId));
    });

  it("finds an ID by its new name, and by the former one no more", async () => {
    const master = await house.signedIn(tenant.master);
    const { hana } = tenant;
    expect(await walked({ text: "花子" }, BY_LOGIN, 20)).toEqual([hana.loginId]);
    await updateUser(house.desk, master, { userId: hana.id, expectedVersion: hana.version, displayName: "資材課長　鷲尾", passwords: {}, certificateAction: "KEEP", reissueReason: "UNSPECIFIED", revocationReason: "UNSPECIFIED" });
    expect(await walked({ text: "花子" }, BY_LOGIN, 20)).toEqual([]);
    for (const text of ["鷲", "鷲尾", "課長 鷲", "資材課長 鷲尾"]) expect(await walked({ text }, BY_LOGIN, 20)).toEqual([hana.loginId]);
    const kept = await house.db.reads.findBy(UserGram, { loginId: hana.loginId });
    expect(new Set(kept.map(({ gram }) => gram)).size).toBe(kept.length);
    expect(kept.filter(({ gram }) => gram.includes("花"))).toEqual([]);
    await house.db.transaction((tx) => tx.update(User, { id: hana.id }, { version: hana.version }));
  });
});
