import { askedOf, foundBank, loadBank } from "../../bench/growth/loadBank.js";
import { Population, sizeOf } from "../../bench/growth/population.js";
import { questions, type Asked } from "../../bench/growth/questions.js";
import type { Database } from "../../src/foundation/database/Database.js";
import { MOST_COUNTED, type Page } from "../../src/foundation/database/keysetPage.js";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import { findHistory } from "../../src/history/readHistory.js";
import { engine, freshDatabase, type FreshDatabase } from "../support/engine.js";
import { THE_MORNING } from "../support/House.js";
import { plansOf } from "../support/plans.js";

// What is asked of a bank must cost what is shown of it, however large it is. Here it is small, and the plans are looked at:
// the times, at a million users, are `bench/growth.ts`.

let fresh: FreshDatabase;
let db: Database;
let asked: Asked;
const USERS = 2_000;
const A_PAGE = 21; // rows, one of them only looked at

beforeAll(async () => {
  fresh = await freshDatabase();
  db = await openDatabase(fresh.source);
  const population = new Population(sizeOf(USERS), THE_MORNING);
  await foundBank(db, population);
  await loadBank(population, fresh.file === undefined ? { url: fresh.url ?? "" } : { file: fresh.file }, false, () => undefined);
  if (engine === "mariadb") await db.transaction((tx) => tx.query("ANALYZE TABLE users, user_grams, passwords, certificates, usage_history, contracts, approval_requests, alerts, notices"));
  asked = await askedOf(db, population);
}, 120_000);
afterAll(async () => {
  await db.close();
  await fresh.drop();
});

const each = questions.map(({ name, ...question }) => [name, question] as const);

it.each(each)("%s: is gone about by indexes, without a scan and without sorting more than a page", async (_name, { ask, by }) => {
  const plans = await plansOf(db, (spied) => ask({ ...asked, desk: { ...asked.desk, db: spied } }));
  expect(plans.length).toBeGreaterThan(0);
  for (const { statement, text } of plans) expect({ statement, wrong: engine === "sqlite" ? wrongOnSqlite(text) : wrongOnServer(text) }).toEqual({ statement, wrong: [] });
  const goneBy = plans.map(({ text }) => text).join("\n");
  if (by === "PIECES") expect(goneBy).toMatch(/SEARCH g USING PRIMARY KEY \(bank_id=\? AND gram=\?\)\n.*SEARCH u|^ref g PRIMARY\neq_ref u/m);
  else if (by !== undefined) expect(goneBy).toMatch(new RegExp(`\\b(${by}${by === "ix_certificates_user" ? "|uq_certificates_current" : ""})\\b`));
});

/** Scans of what a part of the statement has made are of a page's length; what is sorted is a page, or as few as that. */
function wrongOnSqlite(text: string): string[] {
  const lines = text.split("\n");
  const isMerged = /MERGE|COMPOUND/.test(text);
  return lines.filter((line) => {
    if (line.startsWith("SCAN")) return !/^SCAN (arm\d+|g\d+|counted)$/.test(line);
    if (line.includes("TEMP B-TREE")) return !isMerged && !text.includes("SEARCH g USING PRIMARY KEY"); // parts in their order; fewer than are worth an index
    return line.startsWith("SEARCH") && !/USING (COVERING )?INDEX|USING PRIMARY KEY/.test(line);
  });
}

function wrongOnServer(text: string): string[] {
  return text.split("\n").filter((line) => {
    const [, sorted] = /^filesort of (\d+)/.exec(line) ?? [];
    return sorted === undefined ? /^(ALL|index) (?!<)/.test(line) && !IN_ORDER.test(line) : Number(sorted) > A_PAGE;
  });
}

/** By the primary key, which is the order of what has but one bank: it ends with the page. */
const IN_ORDER = /^index [anr] PRIMARY$/;

// Rows that are looked at, by what MariaDB says having run the statement; SQLite says nothing of it.
(engine === "mariadb" ? it.each(each.filter(([, { isWalk, isCount }]) => !isWalk && !isCount)) : it.skip.each(each))("%s: looks at little more than it shows", async (_name, { ask, asks = A_PAGE }) => {
  const plans = await plansOf(db, (spied) => ask({ ...asked, desk: { ...asked.desk, db: spied } }));
  expect(plans.reduce((sum, { examined }) => sum + examined, 0)).toBeLessThan(asks * 6); // a user, its bank, its password, its certificate
});

it.each(each.filter(([, { isVain, isCount }]) => !isVain && !isCount))("%s: shows something", async (_name, { ask }) => {
  const found = await ask(asked) as Page<unknown> | object | null;
  expect(found !== null && "rows" in found ? found.rows.length : Number(found !== null)).toBeGreaterThan(0);
});

it("counts no further than ten thousand, and says so", async () => {
  const { count } = await findHistory(asked.desk, asked.operator, {}, { first: 1, after: null });
  expect(await count()).toEqual({ total: MOST_COUNTED, isCapped: true });
  const [counted] = (await plansOf(db, async (spied) => (await findHistory({ ...asked.desk, db: spied }, asked.operator, {}, { first: 1, after: null })).count())).slice(1);
  if (engine === "mariadb") expect(counted?.examined).toBeLessThanOrEqual(MOST_COUNTED + 1);
});
