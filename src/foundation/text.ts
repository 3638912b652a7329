import { Refusal } from "./refusals.js";

/**
 * Free text as it may be stored: well-formed Unicode without control characters but line ends and
 * without marks that turn the reading direction, at most `maxLength` characters. SQLite ignores lengths and MariaDB replaces lone surrogates, so it is decided here.
 */
export function checkedText(text: string, maxLength: number, path: string[]): string {
  if (!isStorable(text)) throw new Refusal("INVALID_TEXT", { path });
  if (charactersIn(text) > maxLength) throw new Refusal("TEXT_TOO_LONG", { path, facts: { most: maxLength } });
  return text;
}

export function isStorable(text: string): boolean {
  return text.isWellFormed() && !/[\u0000-\u0009\u000B\u000C\u000E-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/.test(text);
}

function charactersIn(text: string): number {
  return Array.from(text).length;
}

/** One form for what looks alike: half and full width, upper and lower case. For comparing, never for showing. */
export function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

const LONGEST_SEARCHED = 100; // characters, what the columns hold

/** `folded`, for a column that is searched. Folding may lengthen (㍿ is four characters then): the rest isn't found, no more. */
export function searchable(text: string): string {
  return Array.from(folded(text)).slice(0, LONGEST_SEARCHED).join("");
}
