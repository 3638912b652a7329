import { GraphQLError } from "graphql";
import { decodeCursor } from "../../foundation/database/cursor.js";
import type { PageRequest } from "../../foundation/database/keysetPage.js";
import { RequestRefusal } from "../../foundation/requestRefusals.js";
import { MOST } from "../limitTable.js";
import { isStorable } from "../../foundation/text.js";

export const DEFAULT_PAGE = 20;
export const LONGEST_PAGE = MOST.PAGE_TOO_LONG;

/** `first` and `after` as a page; PAGE_TOO_LONG beyond 100 rows, BAD_USER_INPUT for what else they can't be. */
export function pageRequest({ first, after }: { first?: number | null; after?: string | null }): PageRequest {
  const rows = first ?? DEFAULT_PAGE;
  if (rows > LONGEST_PAGE) throw new RequestRefusal("PAGE_TOO_LONG", { limit: LONGEST_PAGE, actual: rows });
  if (rows < 1) throw badInput(`first: from 1 to ${String(LONGEST_PAGE)}, not ${String(rows)}`);
  if (after === null || after === undefined) return { first: rows, after: null };
  const cursor = decodeCursor(after);
  if (!cursor) throw badInput("after: not a cursor of this list");
  return { first: rows, after: cursor };
}

/** Text that is searched for, or BAD_USER_INPUT. */
export function searchText(text: string | null | undefined): string | undefined {
  if (text === null || text === undefined) return undefined;
  if (!isStorable(text) || text.length > 100) throw badInput("text: at most 100 characters, no control characters");
  return text;
}

/** A choice from a closed list, each value once: what is said a thousand times is said once. */
export function chosen<T>(values: readonly T[] | null | undefined): T[] | undefined {
  return values ? [...new Set(values)] : undefined;
}

/** What no screen sends. */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT" } });
}
