import { foundBank, askedOf, loadBank } from "../../bench/growth/loadBank.js";
import { Population, sizeOf } from "../../bench/growth/population.js";
import { questions, type Asked } from "../../bench/growth/questions.js";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import type { Database } from "../../src/foundation/database/Database.js";
import { engine, freshDatabase, type FreshDatabase } from "../support/engine.js";
import { THE_MORNING } from "../support/House.js";
import { plansOf } from "../support/plans.js";

let fresh: FreshDatabase;
let db: Database;
let asked: Asked;

beforeAll(async () => {
  fresh = await freshDatabase();
  db = await openDatabase(fresh.source);
  const population = new Population(sizeOf(Number(process.env.GROWTH_USERS ?? 3000)), THE_MORNING);
  await foundBank(db, population);
  await loadBank(population, fresh.file === undefined ? { url: fresh.url ?? "" } : { file: fresh.file }, false, () => undefined);
  asked = await askedOf(db, population);
}, 600_000);
afterAll(async () => {
  await db.close();
  await fresh.drop();
});

it("dump", async () => {
  for (const { name, ask } of questions) {
    const plans = await plansOf(db, (spied) => ask({ ...asked, desk: { ...asked.desk, db: spied } }));
    process.stderr.write(`## ${name} [${engine}]\n${plans.map(({ text, examined }) => `   ${String(examined)}: ${text.replaceAll("\n", " | ")}`).join("\n")}\n`);
  }
}, 600_000);
