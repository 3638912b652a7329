import { Refusal } from "../foundation/refusals.js";
import { folded } from "../foundation/text.js";
import type { Bank } from "./Bank.js";
import { LONGEST_PASSWORD } from "./passwords.js";

/** A new password as it was typed, twice. */
export interface NewPassword {
  password: string;
  /** 確認用. */
  confirmation: string | null;
}

type Rules = Pick<Bank, "passwordShortest" | "passwordLongest" | "passwordAllowsMarks">;

/**
 * Which of the bank's rules a new password breaks, each with the field at fault: `path` for the password itself,
 * `confirmationPath` for its second entry. Without a login ID there is none that it could contain. Whether it was used
 * before is `wasUsed`'s to say.
 */
export function brokenRules(
  { password, confirmation }: NewPassword,
  loginId: string | null,
  { passwordShortest, passwordLongest, passwordAllowsMarks }: Rules,
  path: string[],
  confirmationPath: string[],
): Refusal[] {
  const refusals: Refusal[] = [];
  const most = Math.min(passwordLongest, LONGEST_PASSWORD); // a longer one could never be proven
  if (!/^[\x21-\x7e]*$/.test(password)) refusals.push(new Refusal("PASSWORD_CHARACTERS_NOT_ALLOWED", { path }));
  else if (!passwordAllowsMarks && /[^a-z0-9]/i.test(password)) refusals.push(new Refusal("PASSWORD_MARKS_NOT_ALLOWED", { path }));
  if (password.length < passwordShortest) refusals.push(new Refusal("PASSWORD_TOO_SHORT", { path, facts: { least: passwordShortest } }));
  if (password.length > most) refusals.push(new Refusal("PASSWORD_TOO_LONG", { path, facts: { most } }));
  if (!/[a-z]/i.test(password) || !/[0-9]/.test(password)) refusals.push(new Refusal("PASSWORD_NEEDS_BOTH_KINDS", { path }));
  if (loginId !== null && folded(password).includes(loginId)) refusals.push(new Refusal("PASSWORD_IS_LOGIN_ID", { path }));
  if (confirmation !== password) refusals.push(new Refusal("PASSWORD_MISMATCH", { path: confirmationPath }));
  return refusals;
}
