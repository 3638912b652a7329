import { anyOf, instantOf } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import { passwordKinds, type Password, type PasswordDue, type PasswordKind } from "../identity/Password.js";
import { isExpiringSoon, passwordDue, passwordExpiry } from "../identity/passwordAge.js";
import type { Actor } from "../policy/Actor.js";
import { whereFor } from "../policy/whereFor.js";

/** How one of a user's passwords stands. Never anything of the password itself. */
export interface PasswordFacts {
  kind: PasswordKind;
  isLocked: boolean;
  setAt: Date;
  due: PasswordDue | null;
  expiresAt: Date | null;
  isExpiringSoon: boolean;
}

interface PasswordRow {
  user_id: string;
  kind: PasswordKind;
  is_locked: number;
  set_at: Date | string;
  change_due: Password["changeDue"];
  password_max_age_days: number | null;
  password_warn_days: number | null;
}

/** The passwords of each user, in the form's order. Users that the actor may not read have none. */
export async function passwordsOf(desk: Desk, actor: Actor, userIds: readonly string[]): Promise<PasswordFacts[][]> {
  const scope = whereFor(actor, "read", "User", { userId: "u.id", userKind: "u.kind", contractId: "u.contract_id", bankId: "u.bank_id" });
  const rows: PasswordRow[] = await desk.db.reads.query(
    `SELECT p.user_id, p.kind, p.set_at, p.change_due, u.password_max_age_days, u.password_warn_days,
            CASE WHEN p.locked_at IS NOT NULL OR p.tries >= b.tries_allowed THEN 1 ELSE 0 END AS is_locked
       FROM passwords p JOIN users u ON u.id = p.user_id JOIN banks b ON b.id = u.bank_id
      WHERE ${scope.sql} AND ${anyOf("u.id", userIds)}`,
    [...scope.params, ...userIds],
  );
  const now = desk.clock.now();
  return userIds.map((userId) => rows.filter((row) => row.user_id === userId)
    .sort((a, b) => passwordKinds.indexOf(a.kind) - passwordKinds.indexOf(b.kind))
    .map((row) => factsOfRow(row, now)));
}

function factsOfRow(row: PasswordRow, now: Date): PasswordFacts {
  const password = { setAt: instantOf(row.set_at), changeDue: row.change_due };
  const rule = { passwordMaxAgeDays: row.password_max_age_days, passwordWarnDays: row.password_warn_days };
  return {
    kind: row.kind,
    isLocked: row.is_locked === 1,
    setAt: password.setAt,
    due: passwordDue(password, rule, now),
    expiresAt: passwordExpiry(password, rule),
    isExpiringSoon: isExpiringSoon(password, rule, now),
  };
}
