import { refusalCodes } from "../foundation/refusals.js";
import { requestErrorCodes } from "../foundation/requestRefusals.js";
import { errorTable, type ErrorCode, type ErrorEntry, type Language } from "./errorTable.js";

export interface CatalogEntry {
  code: ErrorCode;
  channel: "USER_ERROR" | "REQUEST_ERROR";
  /** Where nothing was executed; null for a `userError`, which comes with what was. */
  httpStatus: number | null;
  entry: ErrorEntry;
}

/** Every code that can come back, refusals first, each in its list's order. */
export const errorCatalog: readonly CatalogEntry[] = [
  ...refusalCodes.map((code) => ({ code, channel: "USER_ERROR" as const, httpStatus: null, entry: errorTable[code] })),
  ...requestErrorCodes.map((code) => ({ code, channel: "REQUEST_ERROR" as const, httpStatus: errorTable[code].status, entry: errorTable[code] })),
];

/** docs/errors.md. */
export function errorsDocument(): string {
  const tableOf = (channel: CatalogEntry["channel"], columns: string[], cells: (entry: CatalogEntry) => string[]) => [
    `| ${columns.join(" | ")} |`, `|${"---|".repeat(columns.length)}`,
    ...errorCatalog.filter((one) => one.channel === channel).map((one) => `| ${cells(one).map(escaped).join(" | ")} |`),
  ].join("\n");
  const words = ({ entry }: CatalogEntry) => [both(entry, "ja"), both(entry, "en"), entry.example];
  return `# Error codes
Made from \`src/graphql/errorTable.ts\` by \`npm run schema\`; the server tells the same by \`errorCatalog\`. A code is never renamed
and never changes its meaning; words may change. Each comes in the request's language (\`Accept-Language\`: ja, en). What stands in
braces is a fact, which stands beside the code as well.

## Refusals
What a person at a screen can bring about: in a payload's \`userErrors\`, each with \`code\`, \`message\`, \`nextStep\` and, where a field
is at fault, \`path\`. What is refused isn't done and stands in the usage history; a wrong password is counted.

${tableOf("USER_ERROR", ["code", "ja", "en", "for example"], (one) => [`\`${one.code}\``, ...words(one)])}

## Errors of a request
For the client's developer: among the top-level \`errors\`, with \`extensions\`: \`code\`, \`nextStep\`, \`requestId\` and the facts (of a
limit: \`limit\` and \`actual\`). The status is that of an answer in which nothing was executed. Where the client doesn't ask for
\`application/graphql-response+json\`, what would be 400 comes with 200, as GraphQL over HTTP has it. UNAUTHENTICATED is 401 where the
token doesn't belong to the certificate, and at downloads; else it stands in an answer with 200. A path that there isn't is answered
with 404 and NOT_FOUND, a download that is refused with 403 and the refusal's code.

${tableOf("REQUEST_ERROR", ["code", "HTTP", "ja", "en", "for example"], (one) => [`\`${one.code}\``, String(one.httpStatus), ...words(one)])}
`;
}

function both(entry: ErrorEntry, language: Language): string {
  const { message, nextStep } = entry[language];
  return language === "ja" ? `${message}${nextStep}` : `${message} ${nextStep}`;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
