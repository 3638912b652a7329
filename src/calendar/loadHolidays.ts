import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { yearOf } from "../foundation/japanTime.js";
import { Bank } from "../identity/Bank.js";
import { performAs } from "../identity/performAs.js";
import type { Actor } from "../policy/Actor.js";
import { authorize } from "../policy/authorize.js";
import { BankHoliday } from "./ClosedDays.js";
import { readHolidayFile, type Holiday } from "./readHolidayFile.js";

export interface LoadHolidays {
  /** As `readHolidayFile` takes it. */
  csv: string;
  /** Adds the turn of the year, on which the national file says nothing and every bank is closed. */
  closesYearEnd: boolean;
}

export interface LoadedHolidays {
  days: number;
  firstDay: string;
  lastDay: string;
}

/**
 * The bank's holidays, from a file: each year that the file names is replaced whole, no other one is touched. Of two at
 * once the second replaces the first. Refuses with BANK_ONLY and what `readHolidayFile` says; then nothing changed.
 */
export function loadHolidays(desk: Desk, actor: Actor, { csv, closesYearEnd }: LoadHolidays): Promise<LoadedHolidays> {
  return performAs(desk, actor, { action: "HOLIDAYS_LOAD" }, async (tx, findings) => {
    const bank = await tx.findOneByOrFail(Bank, { id: actor.bankId });
    authorize(actor, "editCalendar", "Bank", { bankId: bank.id });
    const read = readHolidayFile(csv);
    const holidays = (closesYearEnd ? withYearEnd(read) : read).sort((one, other) => (one.day < other.day ? -1 : 1));

    const years = yearsOf(holidays);
    const former = await replaceHolidays(tx, bank, holidays, desk.clock.now());
    findings.before = { years, days: former.length, onlyThen: bounded(missingFrom(holidays, former)) };
    findings.after = { years, days: holidays.length, onlyNow: bounded(missingFrom(former, holidays)) };
    return { days: holidays.length, firstDay: holidays[0]?.day ?? "", lastDay: holidays.at(-1)?.day ?? "" };
  });
}

/** Of these days, those that aren't among the others, or have another name there: what the history says of a load. */
function missingFrom(others: readonly Holiday[], days: readonly Holiday[]): string[] {
  const known = new Set(others.map(inWords));
  return days.map(inWords).filter((words) => !known.has(words));
}

const MOST_TOLD = 100;

/** An entry's facts are a text of at most 65,535 octets on a server. */
function bounded(days: readonly string[]): string[] {
  return days.length <= MOST_TOLD ? [...days] : [...days.slice(0, MOST_TOLD), `and ${String(days.length - MOST_TOLD)} more`];
}

function inWords({ day, name }: Holiday): string {
  return `${day} ${name}`;
}

/** Puts these in place of all holidays of their years; tells which those were. */
export async function replaceHolidays(tx: EntityManager, { id: bankId }: Bank, holidays: readonly Holiday[], now: Date): Promise<Holiday[]> {
  // Holds the bank's row until COMMIT, on a cluster as well: of two files at once the second comes wholly after the first.
  await tx.update(Bank, { id: bankId }, { holidaysLoadedAt: now });
  const years = yearsOf(holidays);
  const former = (await tx.find(BankHoliday, { where: { bankId }, order: { day: "ASC" } })).filter(({ day }) => years.includes(yearOf(day)));
  await tx.createQueryBuilder().delete().from(BankHoliday)
    .where({ bankId }).andWhere("SUBSTR(day, 1, 4) IN (:...years)", { years: years.map(String) })
    .execute();
  await tx.insert(BankHoliday, holidays.map((holiday) => ({ bankId, ...holiday })));
  return former.map(({ day, name }) => ({ day, name }));
}

function yearsOf(holidays: readonly Holiday[]): number[] {
  return [...new Set(holidays.map(({ day }) => yearOf(day)))];
}

/** 銀行法施行令 §5: banks are closed from December 31 to January 3. What the file says of these days stays. */
function withYearEnd(holidays: readonly Holiday[]): Holiday[] {
  const named = new Set(holidays.map(({ day }) => day));
  const turn = yearsOf(holidays).flatMap((year) => ["01-02", "01-03", "12-31"].map((date) => `${String(year)}-${date}`));
  return [...holidays, ...turn.filter((day) => !named.has(day)).map((day) => ({ day, name: "銀行休業日" }))];
}
