import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { errorCatalog } from "../src/graphql/errorCatalog.js";
import { findMariaDb, ThrowawayMariaDb } from "./support/ThrowawayMariaDb.js";

// Runs the suite on the embedded database and, where a MariaDB server is found, on that too.
// --full: what takes longer or needs other programs (files named *.full.test.js); there nothing may be missing.
// Anything else is passed on to jest.

/** What doesn't touch the database, or is decided before it is asked, is the same on every one: it runs once. */
const WITHOUT_DATABASE = `dist/test/(${[
  "bench/",
  "calendar/(businessDays|readHolidayFile)",
  "cli/documents",
  "foundation/(config|fewAtOnce|text|japanTime|patience|refusals|secretBox|repeatedly)",
  "fuzz/certificateRequest",
  "galera/", // it brings its own
  "graphiql",
  "graphql/(attacks|breakingChanges|client|contract|deprecations|errorTable|laneOf|nullability|promised|structure|whoMayCall|withoutValue)",
  "history/(hashes|tampering)",
  "http/(clientCertificate|clientErrors|clients|door|flood|graphiql|graphqlCop|graphqlOverHttp|metrics|overload|slowClients|tlsDoor|turns)",
  "identity/(passwordAge|passwordRules|noSooner)",
  "interop/(gnutls|haproxy|java|nginx|nodeTls|nss)", // what they are given is the same bytes; openssl looks at both
  "notices/(noticeText|mailer)",
  "partner",
  "pki/",
  "policy/(rulebook|authorize|permissionTable|menu|deeds|questions)",
  "users/userForm",
  "watch/alerts",
].join("|")})`;

/** What takes its time on a server: on MariaDB it belongs to the full suite. */
const SLOW_ON_SERVER = ["http/pki", "validation/*", "authorities/*", "identity/presentedCertificate", "desk/decisionRaces", "graphql/operations"];

/** What shows the same on either, and takes its time: it runs on the one that banks have. */
const ON_SERVER_ALONE = "dist/test/rollingRestart";

/** What measures, or ends processes at random moments: it runs by itself. */
const ALONE = "dist/test/(fuzz/|history/sealers|http/(flood|overload|slowClients)|kill)";

const isFull = process.argv.includes("--full");
const passedOn = process.argv.slice(2).filter((argument) => argument !== "--full");
const results = mkdtempSync(join(tmpdir(), "shomei-results-"));
const seenCodes = join(results, "codes");
let runs = 0;
let passed = 0;
let failed = 0;
let hasFailed = false;

function runOn(name: string, url: string | undefined): void {
  process.stdout.write(`\n== ${isFull ? "full suite" : "suite"} on ${name}\n`);
  const which = isFull ? ["--testMatch=**/*.full.test.js"] : ["--testPathIgnorePatterns=\\.full\\.test\\.js$"];
  which.push(`--testPathIgnorePatterns=${url ? WITHOUT_DATABASE : ON_SERVER_ALONE}`);
  if (url && isFull) which.push(...SLOW_ON_SERVER.map((path) => `--testMatch=**/${path}.test.js`));
  if (url && !isFull && passedOn.length === 0) {
    which.push(...SLOW_ON_SERVER.map((path) => `--testPathIgnorePatterns=dist/test/${path.replace("*", "")}`));
    process.stdout.write(`(left to npm run test:full there: ${SLOW_ON_SERVER.join(", ")})\n`);
  }
  jest([...which, ...(isFull ? [`--testPathIgnorePatterns=${ALONE}`] : []), `--maxWorkers=${String(availableParallelism() + 1)}`], url); // one more than cores: some wait
  if (isFull) jest([...which, `--testPathIgnorePatterns=^(?!.*${ALONE})`, "--runInBand"], url);
}

function jest(which: string[], url: string | undefined): void {
  const file = join(results, `${String(++runs)}.json`);
  const { DATABASE_URL: _, ...env } = process.env;
  const { status } = spawnSync(process.execPath, ["node_modules/jest/bin/jest.js", ...passedOn, "--json", `--outputFile=${file}`, "--passWithNoTests", ...which], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...env,
      ...(url ? { DATABASE_URL: url } : {}),
      SHOMEI_TEST_COMPILE_AT: url ? "0" : "1", // queries are compiled from their first use on; on the other database never
      SHOMEI_SEEN_CODES: seenCodes,
      TZ: "America/New_York", // where clocks are turned
    },
  });
  hasFailed ||= status !== 0;
  if (!existsSync(file)) return; // nothing of this kind was asked for
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(file, "utf8")) as Record<string, number>;
  passed += numPassedTests ?? 0;
  failed += (numFailedTests ?? 0) + (numRuntimeErrorTestSuites ?? 0);
}

/** Each code of the closed list is one that a test has had from the server; one that nothing brings about any more is found here. */
function expectEveryCode(): void {
  const seen = new Set(readFileSync(seenCodes, "utf8").split("\n"));
  const unseen = errorCatalog.map(({ code }) => code).filter((code) => !seen.has(code));
  if (unseen.length === 0) return;
  process.stdout.write(`\nNo test was answered with ${unseen.join(", ")}\n`);
  failed += unseen.length;
  hasFailed = true;
}

runOn("SQLite", undefined);
if (!isFull && passedOn.length === 0) expectEveryCode();
const binary = findMariaDb();
if (binary) {
  const server = await ThrowawayMariaDb.start(binary);
  try {
    runOn("MariaDB", server.url);
  } finally {
    await server.stop();
  }
} else if (isFull || process.env.SHOMEI_REQUIRE_MARIADB === "1") {
  process.stdout.write("\nMariaDB is required here and there is no server binary.\n");
  hasFailed = true;
} else {
  process.stdout.write("\nSKIPPED: the suite on MariaDB. No server binary (mariadbd) was found.\n");
}

rmSync(results, { recursive: true, force: true });
process.stdout.write(`\n${String(passed)} passed, ${String(failed)} failed\n`);
process.exitCode = hasFailed || passed === 0 ? 1 : 0;
