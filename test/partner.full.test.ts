import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { partnersFolder } from "./support/partnersFolder.js";
import { RunningServer } from "./support/RunningServer.js";

let folder: string;

/** The program, its copy of schema/client, and the packages that a partner would install; nothing else of ours. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shomei-partner-"));
  cpSync("test/partner", folder, { recursive: true });
  partnersFolder(folder, ["@peculiar/x509", "reflect-metadata"]);
});

afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

const node = (args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH, ...env } });

const typeCheck = () => node([resolve("node_modules/.bin/tsc"), "-p", "."]);

it("a partner's program passes the type check, and goes from sign-in to enrollment at the demo bank", async () => {
  expect(typeCheck()).toMatchObject({ stdout: "", status: 0 });

  const server = await RunningServer.start({ DATA_DIR: join(folder, "data"), SHOMEI_DEMO: "1" });
  try {
    const { stdout, stderr, status } = node(["story.ts"], { BASE: server.base });
    expect({ lines: stdout.trim().split("\n"), stderr, status }).toEqual({
      lines: [
        "keir001's own: OWN_CERTIFICATE, so the bank is told by telephone",
        "would end 40d3f10ed5f8b9da51d20dee830eca8b19; the last approver: true",
        "revoked 40d3f10ed5f8b9da51d20dee830eca8b19, opened PENDING",
        "the same key again: the same certificate, code not told again",
        "a screen of before: CONFLICT, so the user is read again",
        "after the sign-out: UNAUTHENTICATED",
        "a wrong code: ENROLLMENT_CODE_WRONG, so the code is asked for again",
        "acquired the opened one; for our key: true; issued by the bank: true",
      ],
      stderr: "",
      status: 0,
    });
  } finally {
    await server.stop();
  }
});

it("the type check finds what a partner gets wrong", () => {
  const program = readFileSync(join(folder, "story.ts"), "utf8");
  const mistakes = [
    ["{ csr, enrollmentCode }", "{ csr, enrolmentCode: enrollmentCode }", "'enrolmentCode' does not exist in type 'EnrollCertificateInput'"],
    ["reissued.enrollmentCode", "reissued.enrolmentCode", "Property 'enrolmentCode' does not exist"],
    ['reason: "DEVICE_BROKEN"', 'reason: "BROKEN"', `Type '"BROKEN"' is not assignable to type 'ReissueReason'`],
    ["OWN_CERTIFICATE:", "OWN_CERT:", "'OWN_CERT' does not exist in type"],
    ["preview?.isLastApprover", "preview.isLastApprover", "'preview' is possibly 'null'"],
    ["ReissuePreviewDocument, { userId: holder.id }", "ReissuePreviewDocument", "Expected 3 arguments, but got 2"],
    ["{ first: 1, filter", "{ frist: 1, filter", "'frist' does not exist in type"],
  ] as const;
  mistakes.forEach(([right, wrong], index) => {
    expect(program).toContain(right);
    writeFileSync(join(folder, `mistake-${String(index)}.ts`), program.replace(right, wrong));
  });

  const lines = typeCheck().stdout.split("\n").filter((line) => line.includes("error TS"));
  expect(mistakes.map((_, index) => lines.filter((line) => line.startsWith(`mistake-${String(index)}.ts`))))
    .toEqual(mistakes.map(([, , said]) => [expect.stringContaining(said) as string]));
  expect(lines).toHaveLength(mistakes.length);
});
