import { AsyncLocalStorage } from "node:async_hooks";
import { HeaderMap } from "@apollo/server";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { DatabaseUnavailable } from "../foundation/database/DatabaseUnavailable.js";
import type { Log } from "../foundation/desk.js";
import { Refusal, Unauthenticated } from "../foundation/refusals.js";
import { RequestRefusal, requestErrorCodes, type RequestErrorCode } from "../foundation/requestRefusals.js";
import { errorTable, type Language } from "./errorTable.js";
import { MOST } from "./limitTable.js";
import { withoutValue } from "./withoutValue.js";
import { worded } from "./wording.js";

/** What an error's wording needs to know of its request; errors may arise before there is a context. */
export const requestScope = new AsyncLocalStorage<{ requestId: string; language: Language; notes?: RequestNotes }>();

/** What is noted of a request for whoever watches from outside: words of the schema and of closed lists alone. */
export interface RequestNotes {
  type: "query" | "mutation" | "subscription" | "none";
  /** `invalid` until its document is known to be valid. */
  operation: string;
  /** Codes among its `userErrors`, and among its top-level errors. */
  refusals: Set<string> | undefined;
  errors: Set<string> | undefined;
}

/** What the world is told of an error: one code of the closed list, words in the request's language, what to do, facts. */
export interface Told {
  status: number;
  message: string;
  extensions: { code: string; nextStep: string } & Record<string, unknown>;
}

/** What may be said of something expected; nothing of a fault. */
export function told(error: unknown, language: Language): Told | undefined {
  if (error instanceof Unauthenticated) {
    const { why, facts } = error;
    const { message, nextStep } = worded(wordsFor(why), language, facts);
    return { status: errorTable.UNAUTHENTICATED.status, message, extensions: { code: "UNAUTHENTICATED", reason: why, ...facts, nextStep } };
  }
  if (error instanceof RequestRefusal) {
    const { code, facts, detail } = error;
    const { message, nextStep } = worded(code, language, facts);
    return { status: errorTable[code].status, message: detail ?? message, extensions: { code, ...facts, nextStep } };
  }
  if (error instanceof Refusal) { // at a door without userErrors: a download
    const { message, nextStep } = worded(error.code, language, error.facts);
    return { status: 403, message, extensions: { code: error.code, nextStep } };
  }
  return undefined;
}

/** Of a fault nobody is told anything but that there was one; the request id leads to the log. */
export function toldOfFault(language: Language): Told {
  const { message, nextStep } = worded("INTERNAL_SERVER_ERROR", language);
  return { status: 500, message, extensions: { code: "INTERNAL_SERVER_ERROR", nextStep } };
}

/** A request that is refused before the executor sees it, as Apollo wants it. */
export function asGraphqlError(refusal: RequestRefusal): GraphQLError {
  const { code, facts: { retryAfter } } = refusal;
  const headers = new HeaderMap(retryAfter === undefined ? [] : [["retry-after", String(retryAfter)]]);
  return new GraphQLError(code, { originalError: refusal, extensions: { code, http: { status: errorTable[code].status, headers } } });
}

/** An error of the executor as it may leave the house. */
export function presentable(formatted: GraphQLFormattedError, error: unknown, log: Log): GraphQLFormattedError {
  const { requestId, language, notes } = requestScope.getStore() ?? { requestId: "none", language: "ja" as const };
  const cause = causeOf(error);
  const known = told(cause, language) ?? toldByGraphql(formatted, language);
  if (!known) log.error({ requestId, err: cause }, "a fault in a request");
  if (cause instanceof DatabaseUnavailable) log.error({ requestId, err: cause }, "the database can't be reached");
  const { message, extensions } = known ?? toldOfFault(language);
  if (notes) (notes.errors ??= new Set()).add(extensions.code);
  const { locations, path } = formatted;
  return { message, ...(known && locations ? { locations } : {}), ...(path ? { path } : {}), extensions: { ...extensions, requestId } };
}

/** What was thrown, by a resolver or before any was run. */
export function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError ? (error.originalError ?? error) : error;
}

const LONGEST_MESSAGE = 500; // what was sent may be in it

/** What graphql-js and Apollo say themselves of a malformed request, less what must not be repeated. */
function toldByGraphql({ message, extensions }: GraphQLFormattedError, language: Language): Omit<Told, "status"> | undefined {
  const code = requestErrorCodes.find((one) => one === extensions?.code);
  if (code === undefined || code === "INTERNAL_SERVER_ERROR") return undefined;
  if (code === "GRAPHQL_PARSE_FAILED" && message.includes("Document contains more that")) return told(new RequestRefusal("TOO_MANY_TOKENS", { limit: MOST.TOO_MANY_TOKENS }), language);
  const { message: general, nextStep } = worded(code, language);
  const isStackFull = code === "GRAPHQL_PARSE_FAILED" && !message.startsWith("Syntax Error: ");
  const said = isStackFull ? general : withoutValue(message);
  return { message: said.length > LONGEST_MESSAGE ? `${said.slice(0, LONGEST_MESSAGE)}…` : said, extensions: { code, nextStep } };
}

function wordsFor(why: Unauthenticated["why"]): RequestErrorCode | "PRESENTED_CERTIFICATE_EXPIRED" | "PRESENTED_CERTIFICATE_REVOKED" | "PRESENTED_CERTIFICATE_UNKNOWN" {
  return why === "CERTIFICATE_EXPIRED" || why === "CERTIFICATE_REVOKED" || why === "CERTIFICATE_UNKNOWN" ? `PRESENTED_${why}` : "UNAUTHENTICATED";
}
