import { folded } from "../foundation/text.js";

/** The stored form of a typed login ID: half width, lower case. Undefined where it can't be one. */
export function loginIdOf(typed: string): string | undefined {
  const loginId = folded(typed.slice(0, 40)).trim();
  return /^[a-z0-9]{6,12}$/.test(loginId) ? loginId : undefined;
}

/** The same for one that is to be registered: at least a letter and a digit. */
export function newLoginIdOf(typed: string): string | undefined {
  const loginId = typed.length > 40 ? undefined : loginIdOf(typed); // what is cut off was meant, too
  return loginId !== undefined && /[a-z]/.test(loginId) && /[0-9]/.test(loginId) ? loginId : undefined;
}
