import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RunningServer } from "../support/RunningServer.js";
import { scratchFolder } from "../support/scratch.js";

let folder: string;
let server: RunningServer;
beforeAll(async () => {
  folder = scratchFolder("shomei-documents-");
  server = await RunningServer.start({ DATA_DIR: folder, SHOMEI_TRUSTED_ONLY: "partner-example" });
}, 60_000);
afterAll(async () => { await server.stop(); });

const MANIFEST = "schema/client/persisted-documents.json";
const documents = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/src/cli/documents.js", ...words], { env: { ...process.env, DATABASE_URL: "", DATA_DIR: folder }, encoding: "utf8" });
  return { status, stdout, stderr };
};
const idOf = (operation: string) => Object.entries(JSON.parse(readFileSync(MANIFEST, "utf8")) as Record<string, string>).find(([, text]) => text.includes(operation))?.[0] ?? "";
const send = async (body: object): Promise<{ data?: object; errors?: { extensions: { code: string } }[] }> => {
  const headers = { "content-type": "application/json", "apollographql-client-name": "partner-example" };
  return (await fetch(`${server.base}/graphql`, { method: "POST", headers, body: JSON.stringify(body) })).json() as never;
};
const codeOf = async (body: object) => (await send(body)).errors?.[0]?.extensions.code;
const signIn = () => ({ documentId: idOf("mutation SignIn("), variables: { input: { bankCode: "5120", loginId: "keir001", password: "Shomei-demo-1" } } });

it("registers a code generator's manifest with a server that runs, which then takes it and nothing else of that client, until it is removed", async () => {
  expect(await codeOf(signIn())).toBe("PERSISTED_QUERY_NOT_FOUND");
  expect(documents("register", "partner-example", MANIFEST)).toMatchObject({ status: 0, stdout: "partner-example: 44 operations are registered.\n", stderr: "" });
  expect(documents("list").stdout).toMatch(/^partner-example {2}[0-9a-f]{64} {2}SignIn {2}\d{4}-\d{2}-\d{2}$/m);

  expect(await send(signIn())).toMatchObject({ data: { signIn: { userErrors: [] } } });
  expect(await codeOf({ query: "{ __typename }" })).toBe("DOCUMENT_NOT_TRUSTED");

  expect(documents("remove", "partner-example", idOf("query Users(").replace("sha256:", ""))).toMatchObject({ status: 0, stdout: "partner-example: 1 operations were removed.\n" });
  expect(await codeOf({ documentId: idOf("query Users(") })).toBe("PERSISTED_QUERY_NOT_FOUND");
  expect(documents("remove", "partner-example").status).toBe(0);
  expect(documents("list")).toMatchObject({ status: 0, stdout: "" });
}, 60_000);

it.each([
  ["a document that the server wouldn't serve", { query: "query Q { shoeSize }" }, /Cannot query field/],
  ["one with too many aliases", { query: `query Q { viewer { ${Array.from({ length: 40 }, (_, index) => `a${String(index)}: signedInAt`).join(" ")} } }` }, /TOO_MANY_ALIASES/],
  ["one without a name", { query: "{ viewer { signedInAt } }" }, /one operation, with a name/],
  ["one that is no GraphQL", { query: "{" }, /Syntax Error/],
])("refuses %s, and says which", async (_what, { query }, why) => {
  const file = join(folder, "manifest.json");
  const { createHash } = await import("node:crypto");
  writeFileSync(file, JSON.stringify({ [createHash("sha256").update(query).digest("hex")]: query }));
  expect(documents("register", "partner-example", file)).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(why) as string });
});

it.each([[[]], [["register"]], [["register", "a"]], [["register", "a", "b", "c"]], [["forget", "a"]], [["list", "a"]]])("says how it is used after %j", (words) => {
  expect(documents(...words)).toMatchObject({ status: 2, stderr: expect.stringContaining("npm run documents -- register <client>") as string });
});

it("says which file can't be read", () => { expect(documents("register", "a", "nowhere.json")).toMatchObject({ status: 2, stderr: "nowhere.json: can't be read\n" }); });
