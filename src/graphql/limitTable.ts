import type { RequestErrorCode } from "../foundation/requestRefusals.js";

/** How much a request may ask for, by the code that refuses more. docs/partners.md says the same. */
export const MOST = {
  /** Of a document, before it is understood. */
  TOO_MANY_TOKENS: 2_000,
  /** Of a whole document. */
  TOO_MANY_ALIASES: 30,
  TOO_MANY_DIRECTIVES: 30,
  /** As often as they are spread. */
  TOO_MANY_FRAGMENTS: 60,
  /** A name that a selection has already. */
  TOO_MANY_REPEATED_FIELDS: 60,
  /** Of the operation that is run. Levels of fields. */
  TOO_DEEP: 12,
  TOO_MANY_ROOT_FIELDS: 20,
  TOO_MANY_MUTATIONS: 1,
  /** Fields, list sizes counted; a page of 100 users with their certificates costs some 2,000. */
  TOO_COMPLEX: 5_000,
  /** Rows of a page. */
  PAGE_TOO_LONG: 100,
} as const satisfies Partial<Record<RequestErrorCode, number>>;

/** How many errors of a document are told. */
export const MOST_ERRORS = 5;
