import { anyOf } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import { japaneseDate, lastWholeJapaneseDay, yearOf } from "../foundation/japanTime.js";
import type { Actor } from "../policy/Actor.js";
import { whereFor } from "../policy/whereFor.js";
import { lastDayToAct, type Calendar } from "./businessDays.js";

/** From the first to the last, both of them days in Japan (YYYY-MM-DD). */
export interface DayRange {
  from: string;
  until: string;
}

/** A deadline of a contract's. */
export interface ContractDeadline {
  contractId: string;
  at: Date;
}

/**
 * The calendar of this contract, where the actor may read it; else null. Without a contract: of the actor's own, of the
 * bank alone for the bank's staff.
 */
export async function findCalendar(desk: Desk, actor: Actor, contractId: string | null, range: DayRange): Promise<Calendar | null> {
  const id = contractId ?? actor.contractId;
  if (id !== null) return (await calendarsOf(desk, actor, [id], range)).get(id) ?? null;
  const { sql, params } = whereFor(actor, "read", "Bank", { bankId: "h.bank_id" });
  return calendarFrom(await holidays(desk, sql, params, range), []);
}

/** In the order of the deadlines, the last business day that each leaves. Of contracts that the actor may not read: null. */
export async function lastDaysToAct(desk: Desk, actor: Actor, deadlines: readonly ContractDeadline[]): Promise<(string | null)[]> {
  const now = desk.clock.now();
  const [until = ""] = deadlines.map(({ at }) => lastWholeJapaneseDay(at)).sort().reverse();
  const contractIds = [...new Set(deadlines.map(({ contractId }) => contractId))];
  const calendars = await calendarsOf(desk, actor, contractIds, { from: japaneseDate(now), until });
  return deadlines.map(({ contractId, at }) => {
    const calendar = calendars.get(contractId);
    return calendar ? lastDayToAct(calendar, at, now) : null;
  });
}

/** By contract: those of them that the actor may read. Three statements, however many there are. */
async function calendarsOf(desk: Desk, actor: Actor, contractIds: readonly string[], range: DayRange): Promise<Map<string, Calendar>> {
  const scope = whereFor(actor, "read", "Contract", { contractId: "k.id", bankId: "k.bank_id" });
  const contracts: { id: string; bank_id: string }[] = await desk.db.reads.query(
    `SELECT k.id, k.bank_id FROM contracts k WHERE ${scope.sql} AND ${anyOf("k.id", contractIds)}`,
    [...scope.params, ...contractIds],
  );
  const [ids, bankIds] = [contracts.map(({ id }) => id), [...new Set(contracts.map(({ bank_id }) => bank_id))]];
  const [ofBanks, ofContracts] = await Promise.all([
    holidays(desk, anyOf("h.bank_id", bankIds), bankIds, range),
    closedDays(desk, ids, range),
  ]);
  const calendarOf = ({ id, bank_id }: (typeof contracts)[number]) =>
    calendarFrom(ofBanks.filter(({ owner }) => owner === bank_id), ofContracts.filter(({ owner }) => owner === id));
  return new Map(contracts.map((contract) => [contract.id, calendarOf(contract)]));
}

interface DayRow {
  owner: string;
  day: string;
  name: string;
}

/** Of the whole years that the range touches: a year without any holiday is one that wasn't loaded. */
function holidays({ db }: Desk, where: string, params: readonly string[], { from, until }: DayRange): Promise<DayRow[]> {
  return db.reads.query(
    `SELECT h.bank_id AS owner, h.day, h.name FROM bank_holidays h WHERE ${where} AND h.day BETWEEN ? AND ?`,
    [...params, `${from.slice(0, 4)}-01-01`, `${until.slice(0, 4)}-12-31`],
  );
}

function closedDays({ db }: Desk, contractIds: readonly string[], { from, until }: DayRange): Promise<DayRow[]> {
  return db.reads.query(
    `SELECT d.contract_id AS owner, d.day, d.name FROM closed_days d WHERE ${anyOf("d.contract_id", contractIds)} AND d.day BETWEEN ? AND ?`,
    [...contractIds, from, until],
  );
}

function calendarFrom(ofBank: readonly DayRow[], ofContract: readonly DayRow[]): Calendar {
  const namesByDay = (rows: readonly DayRow[]) => new Map(rows.map(({ day, name }) => [day, name]));
  return { bankHolidays: namesByDay(ofBank), closedDays: namesByDay(ofContract), knownYears: new Set(ofBank.map(({ day }) => yearOf(day))) };
}
