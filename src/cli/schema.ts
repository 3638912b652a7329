import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { lexicographicSortSchema, printSchema } from "graphql";
import { systemClock } from "../foundation/clock.js";
import { japaneseDate } from "../foundation/japanTime.js";
import { errorsDocument } from "../graphql/errorCatalog.js";
import { houseSchema } from "../graphql/schema.js";
import { permissionTable } from "../policy/permissionTable.js";
import { withRelease } from "./changelog.js";
import { runCommand } from "./command.js";

// `npm run schema`: writes the contract, docs/errors.md and README's permission table from the code. With --check it only compares. With
// --release the contract becomes the one that partners have, and CHANGELOG's unreleased changes those of package.json's version.

const TABLE = /(<!-- permissions -->\n)[\s\S]*?(\n<!-- \/permissions -->)/;

function main(): Promise<void> {
  const { values: { check = false, release = false } } = parseArgs({ options: { check: { type: "boolean" }, release: { type: "boolean" } } });
  return check ? compare() : write(release);
}

async function compare(): Promise<void> {
  for (const [file, text] of Object.entries(await generated())) {
    if (read(file) === text) continue;
    process.stderr.write(`${file} is not what the code says: run "npm run schema" and look at the difference\n`);
    process.exitCode = 1;
  }
}

async function write(isRelease: boolean): Promise<void> {
  const files = await generated();
  if (isRelease) Object.assign(files, { "schema/released.graphql": files["schema/schema.graphql"], "CHANGELOG.md": releasedChangelog() });
  for (const [file, text] of Object.entries(files)) writeFileSync(file, text);
}

async function generated() {
  return {
    "schema/schema.graphql": `${printSchema(lexicographicSortSchema(await houseSchema()))}\n`,
    "docs/errors.md": errorsDocument(),
    "README.md": read("README.md").replace(TABLE, `$1${permissionTable()}$2`),
  };
}

function releasedChangelog(): string {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  return withRelease(read("CHANGELOG.md"), version, japaneseDate(systemClock.now()));
}

function read(file: string): string {
  return readFileSync(file, "utf8");
}

await runCommand(main);
