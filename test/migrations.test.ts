import type { DataSource } from "typeorm";
import { IdMaintenance1790000000003 } from "../migrations/1790000000003-IdMaintenance.js";
import { Growth1790000000006 } from "../migrations/1790000000006-Growth.js";
import { QuickDeeds1790000000007 } from "../migrations/1790000000007-QuickDeeds.js";
import { openDatabase } from "../src/foundation/database/openDatabase.js";
import { newId } from "../src/foundation/ids.js";
import { UsageRecord } from "../src/history/UsageRecord.js";
import { Bank, ordinaryPolicy } from "../src/identity/Bank.js";
import { Contract, newContract } from "../src/identity/Contract.js";
import { Password } from "../src/identity/Password.js";
import { Session } from "../src/identity/Session.js";
import { newUser, User } from "../src/identity/User.js";
import { UserGram } from "../src/identity/UserGram.js";
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
      "alert_acknowledgements", "alerts", "approval_requests", "bank_holidays", "bank_operators", "banks", "certificates", "certified_keys", "closed_days", "companies",
      "contracts", "crl_parts", "crls", "former_passwords", "history_checkpoints", "history_heads", "history_seals", "history_tiles",
      "idempotency_keys", "issuers", "migrations", "notices", "ocsp_signers", "operator_sessions", "passwords", "pending_seals", "rate_counts", "sessions", "trusted_documents", "usage_history", "user_companies", "user_grams", "users",
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

describe("the third step, ID maintenance, on a database with rows in it", () => {
  beforeEach(anEmptyDatabase);
  afterEach(dropIt);

  const AT = "2026-11-24 01:00:00.000";
  const LATER = "2026-11-24 09:00:00.000";
  const oldUser = { bank_id: bank.id, contract_id: contract.id, display_name: "経理", version: 7, search_text: "経理", created_at: AT };
  const theirs = newId(NOW);
  const session = newId(NOW);
  /** As a server of the step before wrote them. */
  const rows: Record<string, Record<string, unknown>[]> = {
    banks: [{
      id: bank.id, code: "5120", name: "証明信用金庫", days_to_enroll: 90, validity_days: 730, tries_allowed: 5, session_idle_minutes: 10,
      session_longest_minutes: 240, asks_registration_password: true, is_demo: false, created_at: AT,
    }],
    contracts: [
      { id: contract.id, bank_id: bank.id, name: "カシマイ㈱ ＡＢＣ", sign_in_method: "CERTIFICATE", created_at: AT },
      { id: theirs, bank_id: bank.id, name: "㌖".repeat(60), sign_in_method: "PASSWORD", created_at: AT },
    ],
    users: [
      { ...oldUser, id: user.id, login_id: "keir001", kind: "MASTER", authority: null },
      { ...oldUser, id: newId(NOW), login_id: "keir002", kind: "PUBLIC", authority: "APPROVER" },
    ],
    passwords: [
      { user_id: user.id, kind: "LOGIN", hash: "$argon2id$1", tries: 5, locked_at: AT, set_at: AT },
      { user_id: user.id, kind: "REGISTRATION", hash: "$argon2id$2", tries: 0, locked_at: null, set_at: LATER },
    ],
    sessions: [{
      id: session, user_id: user.id, token_hash: "a".repeat(64), is_current: 1, is_enroll_only: false, signed_in_at: AT, previous_sign_in_at: null,
      last_used_at: AT, expires_at: LATER, ended_at: null, end_reason: null, address: "127.0.0.1", certificate_fingerprint: "b".repeat(64),
    }],
    usage_history: [{
      id: newId(NOW), bank_id: bank.id, contract_id: contract.id, at: AT, actor_id: user.id, actor_login_id: "keir001", action: "SIGN_IN",
      target_user_id: null, target_login_id: null, certificate_id: null, outcome: "SUCCEEDED", code: null, request_id: "r1", address: "127.0.0.1",
      note: null, facts_before: null, facts_after: "{\"version\":7}",
    }],
  };

  const stored = async (columns?: Record<string, Record<string, unknown>[]>) => Object.fromEntries(await Promise.all(Object.keys(rows).map(async (table) => {
    const wanted = columns ? Object.keys(columns[table]?.[0] ?? {}).join(", ") : "*";
    return [table, await source.query(`SELECT ${wanted} FROM ${table} ORDER BY 1, 2`)] as [string, Record<string, unknown>[]];
  })));

  /** The third step, and what builds on it. */
  const STEPS: (new () => object)[] = [IdMaintenance1790000000003, Growth1790000000006, QuickDeeds1790000000007];

  /** Up to the second step, and the rows of its time. */
  async function atTheSecondStep(): Promise<Record<string, Record<string, unknown>[]>> {
    await source.destroy();
    const { migrations } = source.options;
    const before = (migrations as (new () => object)[]).filter((step) => !STEPS.includes(step));
    const older = sibling({ database: fresh.file ?? new URL(fresh.url ?? "").pathname.slice(1), migrations: before });
    await older.initialize();
    await older.runMigrations({ transaction: "each" });
    for (const [table, ofTable] of Object.entries(rows)) {
      for (const row of ofTable) {
        const names = Object.keys(row);
        const values = Object.values(row).map((value) => (typeof value === "boolean" ? Number(value) : value));
        await older.query(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`, values);
      }
    }
    await older.destroy();
    await source.initialize();
    return stored();
  }

  it("keeps everything, and fills in what is new as it was until then", async () => {
    const before = await atTheSecondStep();
    expect((await source.runMigrations({ transaction: "each" })).map(({ name }) => name)).toEqual(["IdMaintenance1790000000003", "Growth1790000000006", "QuickDeeds1790000000007"]);

    expect(await stored(before)).toEqual(before);
    expect(await drift()).toEqual([]);
    const { code, name, daysToEnroll, createdAt, ...policy } = (await source.manager.findOneByOrFail(Bank, { id: bank.id }));
    expect({ code, name, daysToEnroll, createdAt }).toEqual({ code: "5120", name: "証明信用金庫", daysToEnroll: 90, createdAt: NOW });
    const { passwordShortest, passwordLongest, passwordAllowsMarks, passwordsRemembered, mostPublicIds, defaultAdHocLimit, approvalHours } = ordinaryPolicy;
    expect(policy).toMatchObject({ passwordShortest, passwordLongest, passwordAllowsMarks, passwordsRemembered, mostPublicIds, defaultAdHocLimit, approvalHours, triesAllowed: 5 });
    expect(await source.manager.findOneBy(Contract, { id: contract.id }))
      .toEqual(newContract({ id: contract.id, bankId: bank.id, name: "カシマイ㈱ ＡＢＣ", signInMethod: "CERTIFICATE", createdAt: NOW }));
    const folded = newContract({ id: theirs, bankId: bank.id, name: "㌖".repeat(60), createdAt: NOW }).searchText;
    expect((await source.manager.findOneBy(Contract, { id: theirs }))?.searchText).toBe(folded);
    expect(folded).toHaveLength(100);
    expect(await source.manager.findOneBy(User, { loginId: "keir002" })).toMatchObject({
      version: 7, adHocLimit: null, passwordMaxAgeDays: null, passwordWarnDays: null, suspendedAt: null, deregisteredAt: null, lastSignInAt: null,
    });
    expect(await source.manager.find(Password, { order: { kind: "ASC" } })).toMatchObject([
      { kind: "LOGIN", tries: 5, lockedAt: NOW, changeDue: null }, { kind: "REGISTRATION", tries: 0, lockedAt: null, changeDue: null },
    ]);
    expect(await source.manager.findOneBy(Session, { id: session })).toMatchObject({ isCurrent: 1, passwordsDue: null, certificateFingerprint: "b".repeat(64) });
    expect(await source.manager.find(UsageRecord)).toMatchObject([{ action: "SIGN_IN", actorRole: null, after: "{\"version\":7}" }]);
  });

  it("lets those be found who were there before there was a search by pieces", async () => {
    await atTheSecondStep();
    await source.runMigrations({ transaction: "each" });
    const grams = (await source.manager.findBy(UserGram, { bankId: bank.id, loginId: "keir002" })).map(({ gram }) => gram);
    expect(grams.sort()).toEqual(["経理", "経", "理"].sort());
  });

  it("lets in the passwords of the new kinds, and still none that there aren't, nor of nobody, nor one twice", async () => {
    await atTheSecondStep();
    await source.runMigrations({ transaction: "each" });
    const password = { userId: user.id, hash: "$argon2id$3", tries: 0, lockedAt: null, setAt: NOW, changeDue: "INITIAL" as const };
    await source.manager.insert(Password, [{ ...password, kind: "APPROVAL" }, { ...password, kind: "TRANSFER" }]);
    for (const wrong of [{ kind: "MASTER" as never }, { kind: "LOGIN" as const }, { kind: "LOGIN" as const, userId: newId(NOW) }]) {
      await expect(source.manager.insert(Password, { ...password, ...wrong })).rejects.toThrow(/constraint|duplicate/i);
    }
  });

  it("can be taken back: what is new is gone, and everything else as it was", async () => {
    const before = await atTheSecondStep();
    await source.runMigrations({ transaction: "each" });
    const password = { userId: user.id, hash: "$argon2id$3", tries: 0, lockedAt: null, setAt: NOW, changeDue: null };
    await source.manager.insert(Password, { ...password, kind: "TRANSFER" });
    for (const _ of STEPS) await source.undoLastMigration({ transaction: "each" });

    expect(await stored()).toEqual(before);
    await expect(source.query("INSERT INTO passwords (user_id, kind, hash, tries, set_at) VALUES (?, 'TRANSFER', 'x', 0, ?)", [user.id, AT])).rejects.toThrow(/constraint/i);
    await source.runMigrations({ transaction: "each" });
    expect(await stored(before)).toEqual(before);
    expect(await drift()).toEqual([]);
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
