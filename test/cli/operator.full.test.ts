import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freshDatabase, type FreshDatabase } from "../support/engine.js";
import { RunningServer } from "../support/RunningServer.js";

let database: FreshDatabase;
let folder: string;
let server: RunningServer;

beforeAll(async () => {
  database = await freshDatabase();
  folder = mkdtempSync(join(tmpdir(), "shomei-operator-"));
  server = await RunningServer.start(environment());
});
afterAll(async () => {
  RunningServer.stopAll();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const environment = () => ({ DATA_DIR: join(folder, "data"), SHOMEI_DEMO: "1", ...(database.url ? { DATABASE_URL: database.url } : {}) });

/** Runs the command as `npm run operator` does, and tells how it ended. */
async function operator(...args: string[]): Promise<{ code: number; out: string; complaint: string }> {
  const { NODE_OPTIONS: _, DATABASE_URL: __, ...inherited } = process.env;
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["dist/src/cli/operator.js", ...args], { env: { ...inherited, ...environment() } });
    return { code: 0, out: stdout, complaint: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, complaint: stderr };
  }
}

interface SignedIn { sessionToken: string | null; userErrors: { code: string }[] }
const signIn = (loginId: string, password: string, newPassword?: string) =>
  server.ask<SignedIn>("signInOperator", "mutation ($input: SignInOperatorInput!) { signInOperator(input: $input) { sessionToken userErrors { code } } }", {
    input: { bankCode: "5120", loginId, password, ...(newPassword === undefined ? {} : { newPassword, newPasswordConfirmation: newPassword }) },
  });

describe("npm run operator, beside a running server", () => {
  const isIn = { sessionToken: expect.stringMatching(/^desk_/) as string, userErrors: [] };
  const isRefused = (code: string) => ({ sessionToken: null, userErrors: [{ code }] });

  it("registers one, who signs in with the password that was said and one of its own choice", async () => {
    const { code, out } = await operator("add", "5120", "desk003", "窓口 三郎");
    const said = /^desk003 is registered at bank 5120\. Its password, said this once, to be changed at the first sign-in: [0-9a-z-]{19}\n$/;
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(said) as string });
    const password = out.trim().split(" ").at(-1) ?? "";
    expect(await signIn("desk003", password)).toMatchObject(isRefused("NEW_PASSWORD_REQUIRED"));
    expect(await signIn("desk003", password, "My-own-choice-1")).toMatchObject(isIn);
  });

  it("lists them, and unlocks one that is locked", async () => {
    for (let entry = 0; entry < 6; entry++) await signIn("desk001", "Wrong-pass-1");
    expect(await operator("list", "5120")).toMatchObject({ code: 0, out: "desk001       窓口担当者  locked\ndesk002       窓口役席者\ndesk003       窓口 三郎\n" });
    expect(await operator("unlock", "5120", "desk001")).toMatchObject({ code: 0, out: "desk001 of bank 5120 is unlocked. Its password is what it was.\n" });
    expect(await signIn("desk001", "Shomei-demo-1")).toMatchObject({ userErrors: [] });
  }, 60_000);

  it("gives one a new first password, and takes another's access away for good", async () => {
    const { code, out } = await operator("reset", "5120", "desk003");
    const said = /^desk003 of bank 5120 has a new password, said this once, to be changed at the next sign-in: [0-9a-z-]{19}\n$/;
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(said) as string });
    expect(await signIn("desk003", "My-own-choice-1", "Another-choice-1")).toMatchObject(isRefused("SIGN_IN_FAILED"));
    expect(await signIn("desk003", out.trim().split(" ").at(-1) ?? "", "Another-choice-1")).toMatchObject(isIn);

    expect(await operator("remove", "5120", "desk003")).toMatchObject({ code: 0, out: "desk003 of bank 5120 can't sign in any more; what it requested is withdrawn.\n" });
    expect(await signIn("desk003", "Another-choice-1")).toMatchObject(isRefused("SIGN_IN_FAILED"));
    expect(await operator("list", "5120")).toMatchObject({ code: 0, out: "desk001       窓口担当者\ndesk002       窓口役席者\n" });
    expect(await operator("add", "5120", "desk003", "窓口 四郎")).toMatchObject({ code: 2, complaint: expect.stringContaining("has, or had, an operator desk003") as string });
  }, 60_000);

  it.each([
    ["without a command", [], "npm run operator -- list"],
    ["for what it doesn't know", ["lst"], 'unknown command "lst"\n\nnpm run operator -- list'],
    ["for a word too few", ["add", "5120", "desk009"], "add needs a name\n"],
    ["for a name in two words", ["add", "5120", "desk009", "窓口", "三郎"], "add takes a bank code, a login ID, a name and no more: 三郎\n"],
    ["for a bank that isn't there", ["list", "9999"], "there is no bank 9999"],
    ["for an ID that is taken", ["add", "5120", "DESK002", "誰か"], "bank 5120 has, or had, an operator desk002: a login ID never comes back"],
    ["for an ID that can't be one", ["add", "5120", "desk", "誰か"], "a login ID has 6 to 12 letters and digits, at least one of each"],
    ["for one that isn't locked", ["unlock", "5120", "desk002"], "desk002 isn't locked"],
    ["for one to reset that isn't there", ["reset", "5120", "nobody99"], "bank 5120 has no operator nobody99"],
    ["for one to remove that isn't there", ["remove", "5120", "nobody99"], "bank 5120 has no operator nobody99"],
    ["for an option that isn't there", ["list", "5120", "--all"], "Unknown option '--all'"],
  ])("refuses %s, in words and with exit code 2", async (_what, args, complaint) => {
    const { code, complaint: said } = await operator(...args);
    expect(code).toBe(2);
    expect(said).toContain(complaint);
    expect(said).not.toContain("    at ");
  });

  it.each([["--help"], ["help"]])("says how it is used: %s", async (word) => {
    expect(await operator(word)).toMatchObject({ code: 0, out: expect.stringMatching(/^npm run operator -- list/) as string, complaint: "" });
  });
});
