import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunningServer } from "./support/RunningServer.js";
import { freshDatabase } from "./support/engine.js";

/** The shell blocks of README's first five minutes, in their order. */
function firstFiveMinutes(): string {
  const section = /## The first five minutes([\s\S]*?)\n## /.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
  return Array.from(section.matchAll(/```sh\n([\s\S]*?)```/g), ([, block]) => block).join("\n");
}

it("README's first five minutes work, copied as they stand; so does npm run demo", async () => {
  const folder = mkdtempSync(join(tmpdir(), "shomei-readme-"));
  const database = await freshDatabase();
  const server = await RunningServer.start({ DATA_DIR: join(folder, "data"), SHOMEI_DEMO: "1", ...(database.url ? { DATABASE_URL: database.url } : {}) });
  try {
    const script = firstFiveMinutes().replace("http://127.0.0.1:4000", server.base);
    const said = execFileSync("bash", ["-euo", "pipefail", "-c", script], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    expect(said).toContain("お客様IDの変更が終了しました。このお客様IDは「keir002」です。");
    expect(said).toContain('"serialNumber":"40d3f10ed5f8b9da51d20dee830eca8b19","status":"REVOKED"');
    expect(said).toContain("keir002.pem: OK");

    const told = execFileSync(process.execPath, ["dist/src/cli/demo.js", server.base], { encoding: "utf8" });
    expect(told).toContain("keir002.pem: OK");
    expect(told).toContain("OWN_CERTIFICATE");
  } finally {
    await server.stop();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
