import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createConnection } from "mysql2/promise";
import { scratchFolder } from "./scratch.js";

/** The server binary, or undefined where there is none. */
export function findMariaDb(): string | undefined {
  const places = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", ...(process.env.PATH ?? "").split(":")];
  return places.map((place) => join(place, "mariadbd")).find(existsSync);
}

/** A MariaDB of its own on the loopback: data, socket and port that nobody else uses, gone when it is stopped. */
export class ThrowawayMariaDb {
  private constructor(
    private readonly child: ChildProcess,
    private readonly dir: string,
    readonly port: number,
  ) {}

  static async start(binary: string, port?: number, { dir = scratchFolder("shomei-mariadb-"), options = [] as string[] } = {}): Promise<ThrowawayMariaDb> {
    const asRoot = process.getuid?.() === 0 ? ["--user=root"] : [];
    execFileSync("mariadb-install-db", [
      "--no-defaults", `--datadir=${dir}/data`, "--auth-root-authentication-method=normal", "--skip-test-db", ...asRoot,
    ], { stdio: "ignore" });
    const chosen = port ?? (await freePort());
    const child = spawn(binary, [
      "--no-defaults", `--datadir=${dir}/data`, `--socket=${dir}/socket`, `--pid-file=${dir}/pid`, `--port=${String(chosen)}`,
      "--bind-address=127.0.0.1", "--max-connections=500", ...options, ...asRoot,
    ], { stdio: "ignore" });
    const server = new ThrowawayMariaDb(child, dir, chosen);
    await server.answers();
    return server;
  }

  get url(): string {
    return `mysql://root@127.0.0.1:${String(this.port)}/mysql`;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await gone;
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async answers(): Promise<void> {
    for (let look = 0; ; look++) {
      try {
        const connection = await createConnection({ host: "127.0.0.1", port: this.port, user: "root" });
        await connection.end();
        return;
      } catch (error) {
        if (look === 150 || this.child.exitCode !== null) throw new Error("MariaDB does not start", { cause: error });
        await pause(100);
      }
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
