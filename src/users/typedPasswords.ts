import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { Refusal } from "../foundation/refusals.js";
import { Bank } from "../identity/Bank.js";
import { Password, passwordKinds, type PasswordKind } from "../identity/Password.js";
import { brokenRules, type NewPassword } from "../identity/passwordRules.js";
import { hashPassword } from "../identity/argon2.js";
import { storePassword, wasUsed, type HashedPassword } from "../identity/storePassword.js";
import type { User } from "../identity/User.js";

/** The new passwords of a form, typed twice each; none where the field was left empty. */
export type TypedPasswords = Partial<Record<PasswordKind, NewPassword>>;

/** Where a form says them. */
export const passwordFields: Record<PasswordKind, string> = {
  LOGIN: "newLoginPassword", REGISTRATION: "newRegistrationPassword", APPROVAL: "newApprovalPassword", TRANSFER: "newTransferPassword",
};

export interface CheckedPasswords {
  hashed: HashedPassword[];
  refusals: Refusal[];
  /**
   * Those that were used before. To be said only of a form that is right in everything else: else a form that is wrong on
   * purpose would tell, at no cost and as often as one likes, whether a guess is somebody's password.
   */
  repeated: Refusal[];
}

export const noPasswords = (): CheckedPasswords => ({ hashed: [], refusals: [], repeated: [] });

/**
 * Holds new passwords against the bank's rules and hashes the good ones, before the deed's transaction because that takes
 * its time. `holder` is whose they are to be: of a new ID there is nothing yet that they could repeat.
 */
export async function checkPasswords(
  desk: Desk,
  bank: Bank,
  typed: TypedPasswords,
  holder: { id: string | null; loginId: string | null },
): Promise<CheckedPasswords> {
  const checked = noPasswords();
  for (const kind of passwordKinds) {
    const password = typed[kind];
    if (!password) continue;
    const field = passwordFields[kind];
    const broken = brokenRules(password, holder.loginId, bank, [field], [`${field}Confirmation`]);
    if (broken.length > 0) checked.refusals.push(...broken);
    else await checkOne(desk, bank, kind, password.password, holder.id, checked);
  }
  return checked;
}

async function checkOne(desk: Desk, bank: Bank, kind: PasswordKind, password: string, userId: string | null, checked: CheckedPasswords): Promise<void> {
  const remembered = bank.passwordsRemembered;
  const stored = userId === null ? null : await desk.db.reads.findOneBy(Password, { userId, kind });
  if (userId !== null && (await wasUsed(desk.db.reads, userId, kind, password, remembered))) {
    checked.repeated.push(new Refusal("PASSWORD_USED_BEFORE", { path: [passwordFields[kind]], facts: { remembered } }));
  }
  checked.hashed.push({ kind, hash: await hashPassword(password), seen: stored?.hash ?? null });
}

/** Stores what a Master set for somebody. */
export async function storeSetPasswords(tx: EntityManager, user: User, hashed: readonly HashedPassword[], now: Date): Promise<void> {
  const { passwordsRemembered: remembered } = await tx.findOneByOrFail(Bank, { id: user.bankId });
  for (const password of hashed) await storePassword(tx, user.id, password, { isOwn: false, remembered, now });
}
