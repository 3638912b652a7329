import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findMariaDb, ThrowawayMariaDb } from "./support/ThrowawayMariaDb.js";

// Runs the suite on the embedded database and, where a MariaDB server is found, on that too.
// --full: what takes longer or needs other programs (files named *.full.test.js); there nothing may be missing.
// Anything else is passed on to jest.

/** What doesn't touch the database, or is decided before it is asked, is the same on every one: it runs once. */
const WITHOUT_DATABASE = `dist/test/(${[
  "calendar/(businessDays|readHolidayFile)",
  "foundation/(config|text|japanTime|refusals|secretBox|repeatedly|addresses)",
  "fuzz/certificateRequest",
  "graphql/(attacks|breakingChanges|client|contract|deprecations|errorTable|nullability|promised|structure|whoMayCall|withoutValue)",
  "history/(hashes|tampering)",
  "http/(clientCertificate|clients|door|graphqlOverHttp|slowClients|tlsDoor)",
  "identity/(passwordAge|passwordRules|noSooner)",
  "notices/(noticeText|mailer)",
  "partner",
  "pki/",
  "policy/(rulebook|authorize|permissionTable|menu|deeds|questions)",
  "users/userForm",
].join("|")})`;

/** What takes its time on a server: on MariaDB it belongs to the full suite. */
const SLOW_ON_SERVER = ["http/pki", "validation/*", "authorities/*", "identity/presentedCertificate", "desk/decisionRaces", "graphql/operations"];

const isFull = process.argv.includes("--full");
const passedOn = process.argv.slice(2).filter((argument) => argument !== "--full");
const results = mkdtempSync(join(tmpdir(), "shomei-results-"));
let passed = 0;
let failed = 0;
let hasFailed = false;

function runOn(name: string, url: string | undefined): void {
  process.stdout.write(`\n== ${isFull ? "full suite" : "suite"} on ${name}\n`);
  const file = join(results, `${name.replace(/\W/g, "")}.json`);
  const which = isFull ? ["--testMatch=**/*.full.test.js", "--runInBand"] : ["--testPathIgnorePatterns=\\.full\\.test\\.js$", "--maxWorkers=100%"];
  if (url) which.push(`--testPathIgnorePatterns=${WITHOUT_DATABASE}`);
  if (url && isFull) which.push(...SLOW_ON_SERVER.map((path) => `--testMatch=**/${path}.test.js`));
  if (url && !isFull && passedOn.length === 0) {
    which.push(...SLOW_ON_SERVER.map((path) => `--testPathIgnorePatterns=dist/test/${path.replace("*", "")}`));
    process.stdout.write(`(left to npm run test:full there: ${SLOW_ON_SERVER.join(", ")})\n`);
  }
  const { DATABASE_URL: _, ...env } = process.env;
  const { status } = spawnSync(process.execPath, ["node_modules/jest/bin/jest.js", ...passedOn, "--json", `--outputFile=${file}`, ...which], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...env,
      ...(url ? { DATABASE_URL: url } : {}),
      TZ: "America/New_York", // where clocks are turned
      NODE_OPTIONS: "--experimental-vm-modules --disable-warning=ExperimentalWarning",
    },
  });
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(file, "utf8")) as Record<string, number>;
  passed += numPassedTests ?? 0;
  failed += (numFailedTests ?? 0) + (numRuntimeErrorTestSuites ?? 0);
  hasFailed ||= status !== 0;
}

runOn("SQLite", undefined);
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
process.exitCode = hasFailed ? 1 : 0;
