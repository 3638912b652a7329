import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SHARE_ENV, Worker } from "node:worker_threads";
import type { TokenSettings } from "../../src/pki/pkcs11/Token.js";

const LIBRARIES = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"];
const SO_PIN = "87654321";

/** SoftHSM2 with tokens of its own in a temporary folder. Throws where it isn't installed. One a process. */
export class SoftHsm {
  readonly module: string;
  readonly configuration: string;
  private readonly dir = mkdtempSync(join(tmpdir(), "shomei-softhsm-"));

  private constructor() {
    const module = LIBRARIES.find((path) => existsSync(path));
    if (!module) throw new Error("SoftHSM2 isn't installed");
    this.module = module;
    this.configuration = join(this.dir, "softhsm2.conf");
    mkdirSync(join(this.dir, "tokens"));
    writeFileSync(this.configuration, `directories.tokendir = ${join(this.dir, "tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  }

  static async start(): Promise<SoftHsm> {
    const softHsm = new SoftHsm();
    // Jest gives a test a copy of the environment; a library in C reads the process's own, which this thread shares.
    const setting = new Worker(`process.env.SOFTHSM2_CONF = ${JSON.stringify(softHsm.configuration)}`, { eval: true, env: SHARE_ENV });
    await new Promise((resolve, reject) => setting.once("exit", resolve).once("error", reject));
    return softHsm;
  }

  /** A new token with this label. */
  makeToken(label: string, pin: string): TokenSettings {
    const { status, stderr, error } = spawnSync("softhsm2-util", ["--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", pin], {
      env: { ...process.env, SOFTHSM2_CONF: this.configuration }, encoding: "utf8",
    });
    if (error) throw error;
    if (status !== 0) throw new Error(stderr);
    return { module: this.module, token: label, pin };
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
