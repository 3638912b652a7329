import { readFileSync } from "node:fs";
import type { EntityManager } from "typeorm";
import { replaceHolidays } from "../calendar/loadHolidays.js";
import { readHolidayFile } from "../calendar/readHolidayFile.js";
import type { Bank } from "../identity/Bank.js";

/** Of the years whose equinoxes have been proclaimed (官報, each February for the next year), with the turns of the year. */
export function japaneseHolidays(): string {
  return readFileSync(new URL("../../../src/calendar/japaneseHolidays.csv", import.meta.url), "utf8"); // from dist/src/demo/
}

/** What the demo bank's staff would have loaded. */
export async function seedDemoHolidays(tx: EntityManager, bank: Bank, now: Date): Promise<void> {
  await replaceHolidays(tx, bank, readHolidayFile(japaneseHolidays()), now);
}
