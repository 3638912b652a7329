import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { lexicographicSortSchema, printSchema } from "graphql";
import { errorsDocument } from "../graphql/errorCatalog.js";
import { permissionTable } from "../policy/permissionTable.js";
import { houseSchema } from "../graphql/schema.js";

// `npm run schema`: writes the contract, docs/errors.md and README's permission table from the code. With --check it only compares.

const TABLE = /(<!-- permissions -->\n)[\s\S]*?(\n<!-- \/permissions -->)/;

const readme = readFileSync("README.md", "utf8");
const files = {
  "schema/schema.graphql": `${printSchema(lexicographicSortSchema(await houseSchema()))}\n`,
  "docs/errors.md": errorsDocument(),
  "README.md": readme.replace(TABLE, `$1${permissionTable()}$2`),
};

for (const [file, text] of Object.entries(files)) {
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    process.stderr.write(`${file} is not what the code says: run "npm run schema" and look at the difference\n`);
    process.exitCode = 1;
  }
}
