import { refusalCodes } from "../foundation/refusals.js";
import { requestErrorCodes } from "../foundation/requestRefusals.js";

/** Codes as the answer had them, among its `userErrors` and among its top-level errors. */
export interface SeenCodes {
  refusals: ReadonlySet<string> | undefined;
  errors: ReadonlySet<string> | undefined;
}

/** The code of what is turned away because there is too much. */
export const OVERLOADED = "OVERLOADED";

const LIMITS = ["RATE_LIMITED", OVERLOADED, "REQUEST_TIMED_OUT"];

/** What came of a request: refused by a rule or to nobody in particular, not to be understood, too much, or our fault. */
export function outcomeOf({ refusals, errors }: SeenCodes, status: number): "ok" | "refused" | "invalid" | "limited" | "fault" {
  if (errors) {
    if (errors.has("INTERNAL_SERVER_ERROR")) return "fault";
    if (LIMITS.some((code) => errors.has(code))) return "limited";
    return errors.has("UNAUTHENTICATED") ? "refused" : "invalid";
  }
  if (status >= 500) return "fault";
  return refusals ? "refused" : "ok";
}

const codes: ReadonlySet<string> = new Set([...refusalCodes, ...requestErrorCodes]);

/** A code as a label: of the closed lists, or `other`. */
export function codeLabel(code: string): string {
  return codes.has(code) ? code : "other";
}
