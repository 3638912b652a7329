import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { generate } from "@graphql-codegen/cli";
import config from "../../schema/codegen.js";

const FOLDER = "schema/client";

const committed = () => Object.fromEntries(readdirSync(FOLDER).map((name) => [`${FOLDER}/${name}`, readFileSync(`${FOLDER}/${name}`, "utf8")]));

it("schema/client is what the generator makes of the contract and the saved operations; else: npm run client", async () => {
  const generated = (await generate({ ...config, silent: true }, false)) as { filename: string; content: string }[];
  expect(committed()).toEqual(Object.fromEntries(generated.map(({ filename, content }) => [filename, content])));
});

it("the manifest has every saved operation, under the hash that its document carries", () => {
  const { [`${FOLDER}/graphql.ts`]: code = "", [`${FOLDER}/persisted-documents.json`]: json = "{}" } = committed();
  const manifest = JSON.parse(json) as Record<string, string>;
  for (const [id, document] of Object.entries(manifest)) expect(id).toBe(`sha256:${createHash("sha256").update(document).digest("hex")}`);
  expect(Array.from(code.matchAll(/\{"hash":"(\S+)"\}/g), ([, hash]) => hash)).toEqual(Object.keys(manifest));
  expect(Object.keys(manifest)).toHaveLength(readdirSync("schema/operations").length);
});
