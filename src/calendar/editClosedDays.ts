import { In } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { isDay } from "../foundation/japanTime.js";
import { Refusal, refuseAll } from "../foundation/refusals.js";
import { checkedText } from "../foundation/text.js";
import { Contract } from "../identity/Contract.js";
import { performAs } from "../identity/performAs.js";
import { demandPassword, proveRegistrationPassword, refuseWrongPassword } from "../identity/registrationPassword.js";
import type { Actor } from "../policy/Actor.js";
import { authorize, authorizeRole } from "../policy/authorize.js";
import { ClosedDay } from "./ClosedDays.js";

export interface EditClosedDays {
  /** A day that is there already gets the new name. */
  add: readonly { day: string; name: string }[];
  /** One that isn't there is no error: it is as it should be. */
  remove: readonly string[];
  note?: string | null;
  /** When the bank's policy asks for it. */
  registrationPassword?: string | null;
}

const MOST_CHANGES = 100;
const LONGEST_NAME = 60;

/**
 * カレンダー管理: the contract's own closed days, by its Master, all changes or none. It needs no version: what is said of one
 * day has nothing to do with another, and a Master has one session, whose deeds come one after the other. Refuses with
 * MASTER_ONLY, the registration password's codes and, all at once, what is wrong with the form (DATE_INVALID, GIVEN_TWICE,
 * VALUE_REQUIRED, INVALID_TEXT, TEXT_TOO_LONG); with TOO_MANY_AT_ONCE for more than 100 changes.
 */
export function editClosedDays(desk: Desk, actor: Actor, input: EditClosedDays): Promise<void> {
  const { add, remove, note = null, registrationPassword = null } = input;
  const prepare = () => proveRegistrationPassword(desk, actor, "editCalendar", "Contract", registrationPassword);

  return performAs(desk, actor, { action: "CLOSED_DAYS_EDIT", note, prepare }, async (tx, findings, { prepared: password }) => {
    authorizeRole(actor, "editCalendar", "Contract");
    refuseWrongPassword(password);
    const { id: contractId, bankId } = await tx.findOneByOrFail(Contract, { id: actor.contractId ?? "" });
    authorize(actor, "editCalendar", "Contract", { contractId, bankId });
    demandPassword(password);
    checkForm(input);

    const days = [...remove, ...add.map(({ day }) => day)];
    const former = await tx.findBy(ClosedDay, { contractId, day: In(days) });
    await tx.delete(ClosedDay, { contractId, day: In(days) });
    if (add.length > 0) await tx.insert(ClosedDay, add.map(({ day, name }) => ({ contractId, day, name })));
    findings.before = namesOn(days, former);
    findings.after = namesOn(days, add);
  });
}

function checkForm({ add, remove }: EditClosedDays): void {
  const changes = add.length + remove.length;
  if (changes === 0) throw new Refusal("VALUE_REQUIRED", { path: ["add"] });
  if (changes > MOST_CHANGES) throw new Refusal("TOO_MANY_AT_ONCE", { path: ["add"], facts: { most: MOST_CHANGES } });

  const seen = new Set<string>();
  const refusals = [
    ...add.flatMap(({ day, name }, index) => [
      ...refusalsOf(() => { checkDay(day, seen, ["add", String(index), "day"]); }),
      ...refusalsOf(() => { checkName(name, ["add", String(index), "name"]); }),
    ]),
    ...remove.flatMap((day, index) => refusalsOf(() => { checkDay(day, seen, ["remove", String(index)]); })),
  ];
  refuseAll(refusals);
}

function checkDay(day: string, seen: Set<string>, path: string[]): void {
  if (!isDay(day) || day < "2000-01-01" || day > "2099-12-31") throw new Refusal("DATE_INVALID", { path });
  if (seen.has(day)) throw new Refusal("GIVEN_TWICE", { path });
  seen.add(day);
}

function checkName(name: string, path: string[]): void {
  if (name.trim() === "") throw new Refusal("VALUE_REQUIRED", { path });
  if (/[\n\r]/.test(name)) throw new Refusal("INVALID_TEXT", { path }); // a name is one line
  checkedText(name, LONGEST_NAME, path);
}

function refusalsOf(check: () => void): Refusal[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [error];
  }
}

/** What each of the days is called; null for one that isn't closed. */
function namesOn(days: readonly string[], closed: readonly { day: string; name: string }[]): Record<string, string | null> {
  const names = new Map(closed.map(({ day, name }) => [day, name]));
  return Object.fromEntries(days.map((day) => [day, names.get(day) ?? null]));
}
