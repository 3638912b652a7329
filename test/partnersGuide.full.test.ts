import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { partnersFolder } from "./support/partnersFolder.js";
import { RunningServer } from "./support/RunningServer.js";

// docs/partners.md, as it stands in the document: each walk in a folder of its own, all against one demo bank.

const guide = readFileSync("docs/partners.md", "utf8");

/** The blocks of a language, each with the file name that it bears. */
const blocks = (language: string) =>
  Array.from(guide.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)).flatMap(([, given, name = "", text = ""]) => (given === language ? [{ name, text }] : []));

const root = mkdtempSync(join(tmpdir(), "shomei-guide-"));
let server: RunningServer;

beforeAll(async () => { server = await RunningServer.start({ DATA_DIR: join(root, "data"), SHOMEI_DEMO: "1" }); });
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

function folderFor(walk: string): string {
  const folder = join(root, walk);
  mkdirSync(folder);
  return folder;
}

function run(cwd: string, program: string, ...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(program, args, { cwd, encoding: "utf8", env: { PATH: process.env.PATH, HOME: cwd, BASE: server.base } });
  if (status !== 0) throw new Error(`${program} ${String(status)}: ${stderr}${stdout}`);
  return stdout;
}

it("holds no block that is not run", () => {
  const fences = Array.from(guide.matchAll(/^```(\w.*)$/gm), ([, info]) => info);
  expect(new Set(fences)).toEqual(new Set(["sh", "ts shomei.ts", "ts walk.ts", "python"]));
});

it("walks from sign-in to enrollment with curl and openssl", () => {
  const said = run(folderFor("sh"), "bash", "-euo", "pipefail", "-c", blocks("sh").map(({ text }) => text).join("\n"));
  expect(said).toContain('"isLastApprover":true');
  expect(said).not.toMatch(/"code":"|"errors"/);
  expect(said.trim().split("\n").at(-1)).toBe("keir002.pem: OK");
});

it("walks from sign-in to enrollment in TypeScript, type-checked", () => {
  const folder = folderFor("ts");
  for (const { name, text } of blocks("ts")) writeFileSync(join(folder, name), text);
  for (const file of ["package.json", "tsconfig.json"]) cpSync(join("test/partner", file), join(folder, file));
  partnersFolder(folder);
  expect(readFileSync(join(folder, "shomei.ts"), "utf8")).toBe(readFileSync("test/partner/shomei.ts", "utf8"));

  run(folder, process.execPath, resolve("node_modules/.bin/tsc"), "-p", ".");
  const said = run(folder, process.execPath, "walk.ts");
  expect(said).toMatch(/^This is the last approver\.\n.*keir002.*\nkeir002\.pem: OK\n/);
});

it("walks from sign-in to enrollment in Python, with the standard library alone", () => {
  const [{ text } = { text: "" }] = blocks("python");
  const said = run(folderFor("python"), "python3", "-I", "-c", text);
  expect(said).toMatch(/^keir002\.pem: OK$/m);
  expect(said).toMatch(/^the last approver: True\nOWN_CERTIFICATE: .*bank/m);
});
