import { BankHoliday } from "../../src/calendar/ClosedDays.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import { openIssuers } from "../../src/authorities/openIssuers.js";
import { demoEnrollmentCodes, seedDemoBank, seedDemoContracts } from "../../src/demo/demoBank.js";
import type { Database } from "../../src/foundation/database/Database.js";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import { Bank } from "../../src/identity/Bank.js";
import { BankOperator } from "../../src/identity/BankOperator.js";
import { Contract } from "../../src/identity/Contract.js";
import { User } from "../../src/identity/User.js";
import { newSerialNumber } from "../../src/pki/serialNumber.js";
import { freshDatabase, type FreshDatabase } from "../support/engine.js";
import { caSettings, PASSWORD, silence, THE_MORNING } from "../support/House.js";
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
  const desk = { ...ground, issuers, newSerialNumber, blockedKeys: new Set<string>() };
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
