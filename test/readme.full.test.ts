import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunningServer } from "./support/RunningServer.js";
import { freshDatabase } from "./support/engine.js";

const readme = readFileSync("README.md", "utf8");

/** What stands under a heading of README's. */
function section(heading: string): string {
  return readme.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
}

/** The shell blocks in it, in their order. `start` are those that start the server. */
function blocks(text: string, kind: "" | " start" = ""): string[] {
  return Array.from(text.matchAll(/```sh( start)?\n([\s\S]*?)```/g)).flatMap(([, given = "", block = ""]) => (given === kind ? [block] : []));
}

const sh = (script: string, cwd: string) =>
  execFileSync("bash", ["-euo", "pipefail", "-c", script], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

it("README's first five minutes and its desk work, copied as they stand; so does npm run demo", async () => {
  const folder = mkdtempSync(join(tmpdir(), "shomei-readme-"));
  const database = await freshDatabase();
  const server = await RunningServer.start({ DATA_DIR: join(folder, "data"), SHOMEI_DEMO: "1", ...(database.url ? { DATABASE_URL: database.url } : {}) });
  try {
    const said = sh(blocks(section("The first five minutes")).join("\n").replace("http://127.0.0.1:4000", server.base), folder);
    expect(said).toContain("お客様IDの変更が終了しました。このお客様IDは「keir002」です。");
    expect(said).toContain('"serialNumber":"40d3f10ed5f8b9da51d20dee830eca8b19","status":"REVOKED"');
    expect(said).toContain("keir002.pem: OK");

    const [preamble = ""] = blocks(section("The first five minutes"));
    const desk = sh([preamble, ...blocks(section("ID maintenance, and the bank's desk"))].join("\n").replace("http://127.0.0.1:4000", server.base), folder);
    const answers = desk.trim().split(/\n+/);
    expect(answers.map((answer) => Array.from(answer.matchAll(/"code":"(\w+)"/g), ([, code]) => code))).toEqual([
      [], [], [], // registered, due, changed
      ["VALUE_REQUIRED", "AD_HOC_TRANSFER_OFF", "WARN_NOT_BEFORE_MAX", "APPROVER_ONLY", "PASSWORD_MISMATCH"], [],
      [], ["CONTRACT_STOPPED"], // the emergency stop
      [], ["SAME_OPERATOR"], [], // the bank's two
    ]);
    expect(desk).toContain('"passwordsDue":"INITIAL"');
    expect(answers.at(-1)).toContain('"status":"APPROVED","contract":{"status":"ACTIVE"}');

    const safe = sh([preamble, ...blocks(section("ID maintenance, and the bank's desk")).slice(0, 1), ...blocks(section("A reissue that nobody else can use"))].join("\n").replace("http://127.0.0.1:4000", server.base), folder);
    expect(safe.match(/"code":"\w+"/g)).toBeNull();
    expect(safe).toContain('"isLastApprover":true,"holdsPowers":true');
    expect(safe).toContain('"mayApprove":false,"whyNotApprove":["ON_HOLD"]');
    expect(safe).toContain("承認と都度振込の保留を解除しました。このお客様IDは「keir002」です。");
    expect(safe).toContain('"kind":"REISSUE_REPEATED"');
    expect(safe).toContain("shomei/5120/");
    const proven = execFileSync(process.execPath, ["dist/src/cli/verifyHistory.js", "--file", join(folder, "usage-history.jsonl"), "--key", join(folder, "history-key.pem")], { encoding: "utf8" });
    expect(proven).toMatch(/^whole: \d+ entries of bank 5120 \(a contract's own, with proofs\)\n$/);

    const told = execFileSync(process.execPath, ["dist/src/cli/demo.js", server.base], { encoding: "utf8" });
    expect(told).toContain("keir002.pem: OK");
    expect(told).toContain("OWN_CERTIFICATE");
  } finally {
    await server.stop();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);

it("README's sign-in by certificate works, copied as it stands", async () => {
  const folder = mkdtempSync(join(tmpdir(), "shomei-readme-"));
  const database = await freshDatabase();
  const [start = ""] = blocks(section("Signing in by certificate"), " start");
  const [makesCertificate = "", startsServer = ""] = start.split("\n");
  sh(makesCertificate, folder);
  expect(startsServer).toBe("SHOMEI_TLS_PORT=4443 SHOMEI_TLS_CERT_FILE=server.pem SHOMEI_TLS_KEY_FILE=server.key npm start");
  const server = await RunningServer.start({
    DATA_DIR: join(folder, "data"), SHOMEI_DEMO: "1", ...(database.url ? { DATABASE_URL: database.url } : {}),
    SHOMEI_TLS_PORT: "0", SHOMEI_TLS_CERT_FILE: join(folder, "server.pem"), SHOMEI_TLS_KEY_FILE: join(folder, "server.key"),
  });
  try {
    const secure = /With client certificates: https:\/\/127\.0\.0\.1:(\d+)\/graphql/.exec(server.said)?.[1] ?? "";
    const [preamble = ""] = blocks(section("The first five minutes"));
    const script = [preamble, ...blocks(section("Signing in by certificate"))].join("\n")
      .replace("http://127.0.0.1:4000", server.base).replace("https://localhost:4443", `https://localhost:${secure}`);
    const said = sh(script, folder);
    expect(said).toContain('"loginId":"keir102"');
    expect(said).toContain('"reason":"WRONG_CERTIFICATE"');
    expect(said).toMatch(/keir101\.pem: OK\n[\s\S]*keir101\.pem: good/);
  } finally {
    await server.stop();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
