/**
 * The closed list of what can be wrong with a request itself: it goes out among the top-level `errors`, never as a
 * `userError`. Part of the contract like `refusalCodes`: a code is never renamed and never changes its meaning. What
 * people read stands in `graphql/errorTable.ts`.
 */
export const requestErrorCodes = [
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "BATCH_NOT_ALLOWED",
  "CLIENT_CERT_MALFORMED",
  "CLIENT_CERT_NOT_TRUSTED",
  "DATABASE_UNAVAILABLE",
  "DOCUMENT_NOT_TRUSTED",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "HEADERS_TOO_LARGE",
  "INTERNAL_SERVER_ERROR",
  "INTROSPECTION_CLOSED",
  "OPERATION_RESOLUTION_FAILURE",
  "OVERLOADED",
  "PAGE_TOO_LONG",
  "PAYLOAD_TOO_LARGE",
  "PERSISTED_QUERY_NOT_FOUND",
  "RATE_LIMITED",
  "REQUEST_TIMED_OUT",
  "REQUEST_TIMEOUT",
  "TOO_COMPLEX",
  "TOO_DEEP",
  "TOO_MANY_ALIASES",
  "TOO_MANY_DIRECTIVES",
  "TOO_MANY_FRAGMENTS",
  "TOO_MANY_MUTATIONS",
  "TOO_MANY_REPEATED_FIELDS",
  "TOO_MANY_ROOT_FIELDS",
  "TOO_MANY_TOKENS",
  "UNAUTHENTICATED",
  "UNSUPPORTED_MEDIA_TYPE",
] as const;

export type RequestErrorCode = (typeof requestErrorCodes)[number];

/** What stands beside the code: a limit and what the request had; whose limit it is. */
export type RequestFacts = Readonly<Record<string, number | string>>;

/** A request that goes no further, whoever sent it. `detail` is for the client's developer and replaces the general words. */
export class RequestRefusal extends Error {
  constructor(
    readonly code: RequestErrorCode,
    readonly facts: RequestFacts = {},
    readonly detail?: string,
  ) {
    super(detail ?? code);
    this.name = "RequestRefusal";
  }
}
