import { gunzipSync, inflateSync } from "node:zlib";
import { refusalCodes } from "../../../src/foundation/refusals.js";
import { requestErrorCodes } from "../../../src/foundation/requestRefusals.js";
import type { GraphqlError } from "../graphql.js";

interface Response {
  statusCode: number;
  headers: Record<string, unknown>;
  rawPayload: Buffer;
}

const STATUSES = new Set([200, 400, 401, 403, 404, 405, 406, 413, 415, 429]);
const LONGEST_SHOWN = 2_000;
const CODES = new Set<string>([...requestErrorCodes, ...refusalCodes]);
CODES.delete("INTERNAL_SERVER_ERROR");

/** What only a fault, a driver or a library's helpfulness says. None of it stands in what is sent. */
const UNMASKED = [
  /^\s+at .+:\d+/m, /\\n\s+at /, /node_modules|node:internal|file:\/\//, /\bdist\/|\bsrc\//, /\.[cm]?[jt]s:\d+/, /\b(?:Type|Range|Reference|Syntax|Assertion|Query\w*)Error\b/, /Maximum call stack|is not a function|Cannot (?:read|set|convert|destructure)|\[object /,
  /SQLITE|better-sqlite|typeorm|mysql|mariadb|\bER_[A-Z]+|\bSELECT\b.*\bFROM\b|INSERT INTO|UPDATE `|near "|too many SQL/i, /Did you mean/, /\$argon2/,
];

/** Throws where an answer isn't one that may leave the house. Its codes, or "data". */
export function assertPresentable({ statusCode, headers, rawPayload }: Response, secrets: readonly string[]): string {
  const body = inflated(headers["content-encoding"], rawPayload);
  hold(STATUSES.has(statusCode), `a status ${String(statusCode)}`);
  hold(/^application\/(?:graphql-response\+)?json; charset=utf-8$/.test(String(headers["content-type"])), `no JSON: ${String(headers["content-type"])}`);
  const { data, errors, ...others } = JSON.parse(body) as { data?: unknown; errors?: GraphqlError[] };
  hold(Object.keys(others).every((key) => key === "extensions"), "more than GraphQL has");
  hold(errors === undefined ? data !== undefined && data !== null : errors.length > 0, "neither data nor errors");
  for (const error of errors ?? []) assertError(error, String(headers["x-request-id"]));

  const told = JSON.stringify([errors, userErrorsIn(data)]);
  for (const unmasked of UNMASKED) hold(!unmasked.test(told), `unmasked: ${String(unmasked)} in ${told.slice(0, LONGEST_SHOWN)}`);
  hold(!secrets.some((secret) => body.includes(secret)), "a secret");
  return errors ? [...new Set(errors.map(({ extensions: { code } }) => code))].sort().join("+") : "data";
}

/** What was answered, however it was compressed. */
function inflated(encoding: unknown, rawPayload: Buffer): string {
  return (encoding === "gzip" ? gunzipSync(rawPayload) : encoding === "deflate" ? inflateSync(rawPayload) : rawPayload).toString();
}

function assertError({ message, extensions }: GraphqlError, requestId: string): void {
  hold(typeof message === "string" && message !== "", "no message");
  hold(CODES.has(extensions.code), `a code that isn't in the list: ${extensions.code}`);
  hold(extensions.requestId === requestId && requestId !== "", "another request's id");
  hold(typeof extensions.nextStep === "string" && extensions.nextStep !== "", "no next step");
}

/** What looks like a user error, by whatever name; each with a code of the list. */
function userErrorsIn(data: unknown): unknown[] {
  if (typeof data !== "object" || data === null) return [];
  const { userErrors, ...others } = data as { userErrors?: unknown };
  const own = Array.isArray(userErrors) ? (userErrors as { code?: string }[]) : [];
  for (const { code } of own) hold(code === undefined || CODES.has(code), `a code that isn't in the list: ${String(code)}`);
  return [...own, ...Object.values(others).flatMap(userErrorsIn)];
}

function hold(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise);
}
