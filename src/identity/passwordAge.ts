import type { EntityManager } from "typeorm";
import { endOfJapaneseDay } from "../foundation/japanTime.js";
import { Password, passwordDues, type PasswordDue } from "./Password.js";
import type { User } from "./User.js";

type AgeRule = Pick<User, "passwordMaxAgeDays" | "passwordWarnDays">;

/** The last instant before a password must be changed: the end of a day in Japan. Null where it never must. */
export function passwordExpiry({ setAt }: Pick<Password, "setAt">, { passwordMaxAgeDays }: AgeRule): Date | null {
  return passwordMaxAgeDays === null ? null : endOfJapaneseDay(setAt, passwordMaxAgeDays);
}

/** アラーム期間: from the start of which on the holder is told that the password will expire. */
export function isExpiringSoon(password: Pick<Password, "setAt">, rule: AgeRule, now: Date): boolean {
  const { passwordMaxAgeDays: most, passwordWarnDays: warn } = rule;
  return most !== null && warn !== null && now > endOfJapaneseDay(password.setAt, most - warn - 1);
}

/** Why this password must be changed before anything else; null where it needn't. */
export function passwordDue(password: Pick<Password, "setAt" | "changeDue">, rule: AgeRule, now: Date): PasswordDue | null {
  if (password.changeDue !== null) return password.changeDue;
  const expiry = passwordExpiry(password, rule);
  return expiry !== null && now > expiry ? "EXPIRED" : null;
}

/** Why a user's passwords are due, the weightiest reason; null where none is. */
export async function passwordsDueOf(tx: EntityManager, user: User, now: Date): Promise<PasswordDue | null> {
  const dues = (await tx.findBy(Password, { userId: user.id })).map((password) => passwordDue(password, user, now));
  return passwordDues.find((due) => dues.includes(due)) ?? null;
}
