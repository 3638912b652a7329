import type { DataSource } from "typeorm";
import { openDatabase } from "../src/foundation/database/openDatabase.js";
import { newId } from "../src/foundation/ids.js";
import { Bank, ordinaryPolicy } from "../src/identity/Bank.js";
import { Contract, newContract } from "../src/identity/Contract.js";
import { newUser, User } from "../src/identity/User.js";
import { engine, freshDatabase, sibling, type FreshDatabase } from "./support/engine.js";

const NOW = new Date("2026-11-24T01:00:00.000Z");
let fresh: FreshDatabase;
let source: DataSource;

async function anEmptyDatabase(): Promise<void> {
  fresh = await freshDatabase();
  source = fresh.source;
  await source.initialize();
}

async function dropIt(): Promise<void> {
  if (source.isInitialized) await source.destroy();
  await fresh.drop();
}

/** What TypeORM would still change so that the tables be what the entities say. */
async function drift(): Promise<string[]> {
  return (await source.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);
}

async function tables(): Promise<string[]> {
  const found: { name: string }[] = await source.query(engine === "sqlite"
    ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()");
  return found.map(({ name }) => name).sort();
}

/** Another process on the same database. */
function another(): DataSource {
  return sibling({ database: fresh.file ?? new URL(fresh.url ?? "").pathname.slice(1) });
}

const bank: Bank = { id: newId(NOW), code: "5120", name: "証明信用金庫", ...ordinaryPolicy, isDemo: false, createdAt: NOW };
const contract = newContract({ id: newId(NOW), bankId: bank.id, name: "契約先", createdAt: NOW });
const user = newUser({
  id: newId(NOW), bankId: bank.id, contractId: contract.id, loginId: "keir002", displayName: "経理", kind: "MASTER", authority: null, createdAt: NOW,
});

describe("the migrations", () => {
  beforeEach(anEmptyDatabase);
  afterEach(dropIt);

  it("make of an empty database what the entities say, to the last index", async () => {
    expect(await drift()).not.toEqual([]);
    await source.runMigrations({ transaction: "each" });
    expect(await drift()).toEqual([]);
    expect(await tables()).toEqual([
      "alerts", "approval_requests", "bank_holidays", "bank_operators", "banks", "certificates", "certified_keys", "closed_days", "companies",
      "contracts", "crl_parts", "crls", "former_passwords", "idempotency_keys", "issuers", "migrations", "ocsp_signers", "operator_sessions",
      "passwords", "sessions", "usage_history", "user_companies", "users",
    ]);
  });

  it("can be undone to the last table, and run again", async () => {
    const { length } = await source.runMigrations({ transaction: "each" });
    for (let step = 0; step < length; step++) await source.undoLastMigration({ transaction: "each" });
    expect(await tables()).toEqual(["migrations"]);
    expect(await source.runMigrations({ transaction: "each" })).toHaveLength(length);
    expect(await drift()).toEqual([]);
  });

  it("have nothing to do at the second start, and leave what is stored", async () => {
    await source.destroy();
    const db = await openDatabase(source);
    await db.transaction((tx) => tx.insert(Bank, bank));
    await db.close();

    const second = another();
    const reopened = await openDatabase(second);
    expect(await reopened.reads.findBy(Bank, {})).toEqual([bank]);
    expect(await second.runMigrations()).toEqual([]);
    expect(await second.showMigrations()).toBe(false);
    await reopened.close();
  });
});

describe("the tables", () => {
  beforeAll(async () => {
    await anEmptyDatabase();
    await source.runMigrations({ transaction: "each" });
  });
  afterAll(dropIt);
  beforeEach(async () => {
    for (const table of ["users", "contracts", "banks"]) await source.query(`DELETE FROM ${table}`);
    await source.manager.insert(Bank, bank);
    await source.manager.insert(Contract, contract);
    await source.manager.insert(User, user);
  });

  it.each([
    ["case", "KEIR002"], ["the case of one letter", "Keir002"], ["width", "ｋeir002"], ["an accent", "kéir002"], ["a leading space", " keir002"],
    ["kana's width", "ｶ", "カ"], ["kana's kind", "か", "カ"], ["kana's marks", "か", "が"], ["kana's size", "つ", "っ"],
    ["kanji that look alike", "高", "髙"], ["a variation selector", "葛", "葛\u{E0100}"], ["emoji", "🙂", "🙃"], ["a ligature", "ﬁ", "fi"], ["sharp s", "ß", "ss"],
  ])("tell texts apart that differ in %s: %j", async (_what, one, other = "keir002") => {
    await source.manager.update(User, { id: user.id }, { loginId: other });
    const found = (loginId: string) => source.manager.countBy(User, { loginId });
    expect([await found(one), await found(other)]).toEqual([0, 1]);
    await source.manager.insert(User, { ...user, id: newId(NOW), loginId: one }); // the unique index tells them apart, too
    expect([await found(one), await found(other)]).toEqual([1, 1]);
  });

  it("sort text by code point", async () => {
    const loginIds = ["B", "a", "A", "b", "_", "0", "ア", "ｱ", "あ"];
    await source.manager.insert(User, loginIds.map((loginId): User => ({ ...user, id: newId(NOW), loginId })));
    const sorted = await source.manager.find(User, { order: { loginId: "ASC" } });
    expect(sorted.map(({ loginId }) => loginId)).toEqual([...loginIds, user.loginId].sort());
  });

  it("keep what people write, to the character", async () => {
    const displayName = "𠮷野\u{E0100}🙂ｶﾞ\\'\"%";
    await source.manager.update(User, { id: user.id }, { displayName });
    expect((await source.manager.findOneBy(User, { id: user.id }))?.displayName).toBe(displayName);
  });

  it.each([
    ["the same login ID twice in a bank", { ...user, id: newId(NOW) }],
    ["a kind that there isn't", { ...user, id: newId(NOW), loginId: "other", kind: "ADMIN" as never }],
    ["an authority that there isn't", { ...user, id: newId(NOW), loginId: "other", authority: "OWNER" as never }],
    ["a contract that there isn't", { ...user, id: newId(NOW), loginId: "other", contractId: newId(NOW) }],
    ["nothing where something must be", { ...user, id: newId(NOW), loginId: "other", displayName: null as never }],
  ])("refuse %s", async (_what, row) => {
    await expect(source.manager.insert(User, row)).rejects.toThrow(/constraint|duplicate|cannot be null/i);
    expect(await source.manager.countBy(User, {})).toBe(1);
  });

  it("refuse to lose what others refer to", async () => {
    await expect(source.manager.delete(Contract, { id: contract.id })).rejects.toThrow(/foreign key/i);
  });
});
