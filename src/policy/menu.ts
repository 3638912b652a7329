import type { Actor } from "./Actor.js";
import { abilityOf, mayEver, type RuleAction, type SubjectName } from "./rulebook.js";

/** 【管理機能】's items, in the manual's order, and what each lets one do: whoever may, sees it. */
const needs = {
  ID_MAINTENANCE: ["register", "User"],
  ID_UNLOCK: ["unlock", "User"],
  CALENDAR: ["editCalendar", "Contract"],
  USAGE_HISTORY: ["read", "UsageRecord"],
  CONTRACT_STOP: ["stop", "Contract"],
} as const satisfies Record<string, readonly [RuleAction, SubjectName]>;
export type MenuItem = keyof typeof needs;
export const menuItems = Object.keys(needs) as MenuItem[];

/** The items that this person may use, by the rulebook. It is a contract's menu: the bank's staff, of no contract, has none. */
export function menuFor(actor: Actor): MenuItem[] {
  if (actor.contractId === null) return [];
  return menuItems.filter((item) => mayEver(abilityOf(actor), needs[item][0], needs[item][1]));
}
