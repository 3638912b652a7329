import { BankHoliday } from "../../src/calendar/ClosedDays.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import { openIssuers } from "../../src/authorities/openIssuers.js";
import { demoEnrollmentCodes, seedDemoBank, seedDemoContracts } from "../../src/demo/demoBank.js";
import type { Database } from "../../src/foundation/database/Database.js";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import { BankOperator } from "../../src/identity/BankOperator.js";
import { Contract } from "../../src/identity/Contract.js";
import { User } from "../../src/identity/User.js";
import { newSerialNumber } from "../../src/pki/serialNumber.js";
import type { Vault } from "../../src/pki/Vault.js";
import { freshDatabase, type FreshDatabase } from "../support/engine.js";
import { caSettings, memoryVault, PASSWORD, silence, THE_MORNING } from "../support/House.js";
import { secretBox } from "../../src/foundation/secretBox.js";
import { StoppedClock } from "../support/StoppedClock.js";

let database: FreshDatabase;
let db: Database;

beforeEach(async () => {
  database = await freshDatabase();
  db = await openDatabase(database.source);
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

/** As many processes as it takes for them to meet, all at the same step. */
const atOnce = (step: () => Promise<void>) => Promise.all(Array.from({ length: 6 }, step));

it("is made once and whole by however many processes start at the same moment", async () => {
  const ground = { db, clock: new StoppedClock(THE_MORNING), log: silence };
  await atOnce(() => seedDemoBank(ground));
  const issuers = await openIssuers(ground, caSettings());
  const desk = { ...ground, issuers, newSerialNumber, blockedKeys: new Set<string>(), secrets: secretBox("test") };
  await atOnce(() => seedDemoContracts(desk, PASSWORD));

  expect(await db.reads.countBy(Bank, {})).toBe(1);
  expect(await db.reads.countBy(Contract, {})).toBe(2);
  expect(await db.reads.countBy(BankHoliday, {})).toBe(63);
  const users = await db.reads.find(User, { order: { loginId: "ASC" } });
  expect(users.map(({ loginId }) => loginId)).toEqual(["keir001", "keir002", "keir003", ...Object.keys(demoEnrollmentCodes)]);
  const operators = await db.reads.find(BankOperator, { order: { loginId: "ASC" } });
  expect(operators.map(({ loginId, displayName }) => [loginId, displayName])).toEqual([["desk001", "窓口担当者"], ["desk002", "窓口役席者"]]);
  const states = (await db.reads.find(Certificate)).map(({ state }) => state);
  expect(states.sort()).toEqual(["ACTIVE", "PENDING", "PENDING"]);
});

describe("a bank 5120 that is there already", () => {
  let vault: Vault;
  beforeEach(() => {
    vault = memoryVault();
  });
  const start = async () => {
    const ground = { db, clock: new StoppedClock(THE_MORNING), log: silence };
    await atOnce(() => seedDemoBank(ground));
    const issuers = await openIssuers(ground, caSettings(vault));
    await atOnce(() => seedDemoContracts({ ...ground, issuers, newSerialNumber, blockedKeys: new Set<string>(), secrets: secretBox("test") }, PASSWORD));
  };
  const shown = async () => ({
    operators: (await db.reads.find(BankOperator, { order: { loginId: "ASC" } })).map(({ loginId }) => loginId),
    holidays: await db.reads.countBy(BankHoliday, {}), contracts: await db.reads.countBy(Contract, {}), users: await db.reads.countBy(User, {}),
  });

  it("as the demo's of before there were operators and holidays gets both at the next start, and nothing twice", async () => {
    await start();
    const whole = await shown();
    await db.transaction(async (tx) => {
      await tx.query("DELETE FROM bank_operators");
      await tx.query("DELETE FROM bank_holidays");
      await tx.update(Bank, { code: "5120" }, { holidaysLoadedAt: null });
    });
    await start();
    expect(await shown()).toEqual(whole);
    await start();
    expect(await shown()).toEqual(whole);
  });

  it("as the demo's whose staff loaded other holidays, and have operators of their own, keeps those", async () => {
    await start();
    await db.transaction(async (tx) => {
      await tx.query("DELETE FROM bank_holidays");
      await tx.query("DELETE FROM bank_operators WHERE login_id = 'desk002'");
    });
    await start();
    expect(await shown()).toMatchObject({ operators: ["desk001"], holidays: 0 });
  });

  it("as somebody else's gets neither", async () => {
    const bank: Bank = { id: newId(THE_MORNING), code: "5120", name: "別の信用金庫", ...ordinaryPolicy, isDemo: false, createdAt: THE_MORNING };
    await db.transaction((tx) => tx.insert(Bank, bank));
    await atOnce(() => seedDemoBank({ db, clock: new StoppedClock(THE_MORNING), log: silence }));
    expect(await db.reads.findOneBy(Bank, { code: "5120" })).toEqual(bank);
    await start();
    expect(await shown()).toEqual({ operators: [], holidays: 0, contracts: 0, users: 0 });
  });
});
