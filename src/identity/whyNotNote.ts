import { Refusal } from "../foundation/refusals.js";
import { checkedText } from "../foundation/text.js";

const LONGEST_NOTE = 200;

/** Why a note can't be kept beside a deed (INVALID_TEXT, TEXT_TOO_LONG); undefined where it can, and where there is none. */
export function whyNotNote(note: string | null | undefined): Refusal | undefined {
  if (note === null || note === undefined) return undefined;
  try {
    checkedText(note, LONGEST_NOTE, ["note"]);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
