import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { printed } from "./program.js";
import { freePort } from "./ThrowawayMariaDb.js";

const LONGEST_WAIT_MS = 20_000;
const ACCESS_LOG = "access.log";

/** What is changed of a file of docs/proxies. Each text must be there, or a test would run something else. */
export type Changes = readonly (readonly [from: string, to: string])[];

export function proxyFile(name: string, changes: Changes = []): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
    return text.replaceAll(from, to);
  }, readFileSync(join("docs/proxies", name), "utf8"));
}

/** Where the server is that the proxy stands before, its CAs' certificates (`chain.pem`) and their CRLs. */
export interface Behind {
  base: string;
  file(name: string): string;
  crls(): Promise<string>;
}

/** A proxy that isn't ours, with its own files in `dir`, run with a configuration of docs/proxies but for paths and ports. */
export class Proxy {
  private said = "";

  private constructor(
    private readonly child: ChildProcess,
    readonly dir: string,
    /** Where customers come. */
    readonly base: string,
    /** Where relying parties come. */
    readonly plain: string,
  ) {
    const listen = (chunk: Buffer) => (this.said += chunk.toString());
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
  }

  static async nginx(listening: Behind, file: string, changes: Changes = []): Promise<Proxy> {
    const { dir, secure, plain } = await surroundings(listening);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${dir}/${kind};`).join(" ");
    const config = join(dir, "nginx.conf");
    writeFileSync(config, proxyFile(file, [
      ...changes,
      ["user www-data;", `user ${userInfo().username};`],
      ["worker_processes auto;", "worker_processes 1;"],
      ["/run/nginx.pid", `${dir}/nginx.pid`],
      ["/var/log/nginx/access.log", join(dir, ACCESS_LOG)],
      ["/var/log/nginx/error.log", "stderr"],
      ["http {\n", `http {\n    ${temporary}\n`],
      ["/etc/nginx/shomei/", `${dir}/`],
      ["127.0.0.1:4000", new URL(listening.base).host], // before the ports below, one of which may begin with these digits
      ["listen 80;", `listen 127.0.0.1:${String(plain)};`],
      ["listen 443 ", `listen 127.0.0.1:${String(secure)} `],
    ]));
    return Proxy.start("nginx", ["-p", dir, "-c", config, "-e", "stderr", "-g", "daemon off;"], { dir, secure, plain });
  }

  static async haproxy(listening: Behind, changes: Changes = []): Promise<Proxy> {
    const { dir, secure, plain } = await surroundings(listening);
    const config = join(dir, "haproxy.cfg");
    writeFileSync(config, proxyFile("haproxy.cfg", [
      ...changes,
      ["    user haproxy\n    group haproxy\n", ""],
      ["log /dev/log local0", "log stdout format raw local0"],
      ["/etc/haproxy/shomei/", `${dir}/`],
      ["127.0.0.1:4000", new URL(listening.base).host],
      ["bind :80\n", `bind 127.0.0.1:${String(plain)}\n`],
      ["bind :443 ", `bind 127.0.0.1:${String(secure)} `],
    ]));
    return Proxy.start("haproxy", ["-db", "-f", config], { dir, secure, plain });
  }

  private static async start(name: string, args: string[], { dir, secure, plain }: Surroundings): Promise<Proxy> {
    const child = spawn(name, args, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: `${process.env.PATH ?? ""}:/usr/sbin` } });
    await once(child, "spawn");
    const proxy = new Proxy(child, dir, `https://127.0.0.1:${String(secure)}`, `http://127.0.0.1:${String(plain)}`);
    try {
      await eventually(async () => child.exitCode !== null || ((await isOpen(secure)) && (await isOpen(plain))));
      if (child.exitCode !== null) throw new Error(`${name} does not start: ${proxy.log}`);
      return proxy;
    } catch (error) {
      await proxy.stop();
      throw error;
    }
  }

  /** For curl and Node: what the proxy's own certificate is verified with. */
  get serverCertificate(): string {
    return join(this.dir, "server.pem");
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** What it wrote so far. */
  get log(): string {
    const accesses = join(this.dir, ACCESS_LOG); // nginx can't open a standard output that is a socket, as node's are
    return this.said + (existsSync(accesses) ? readFileSync(accesses, "utf8") : "");
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = once(this.child, "exit");
      this.child.kill("SIGTERM");
      const isGone = await Promise.race([gone.then(() => true), pause(LONGEST_WAIT_MS, false, { ref: false })]);
      if (!isGone) this.child.kill("SIGKILL");
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}

interface Surroundings {
  dir: string;
  secure: number;
  plain: number;
}

/** A folder with what the configurations speak of: the server's certificate and key, the CAs that sign clients', their CRLs. */
async function surroundings(listening: Behind): Promise<Surroundings> {
  const dir = mkdtempSync(join(tmpdir(), "shomei-proxy-"));
  const own = await selfSigned("bank.example", "IP:127.0.0.1");
  writeFileSync(join(dir, "server.pem"), own.certificate + own.key, { mode: 0o600 }); // HAProxy wants both in one
  writeFileSync(join(dir, "server.key"), own.key, { mode: 0o600 });
  writeFileSync(join(dir, "client-ca.pem"), readFileSync(listening.file("chain.pem")));
  writeFileSync(join(dir, "client-crl.pem"), readFileSync(await listening.crls()));
  return { dir, secure: await freePort(), plain: await freePort() };
}

/** A certificate of nobody's but its own, PEM. */
export async function selfSigned(commonName: string, ...names: string[]): Promise<{ certificate: string; key: string }> {
  const extensions = names.length > 0 ? ["-addext", `subjectAltName=${names.join(",")}`] : [];
  const made = await printed("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", `/CN=${commonName}`, "-keyout", "-", ...extensions,
  ]);
  const [key = "", certificate = ""] = made.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n/g) ?? [];
  return { certificate, key };
}

/** Tries until it neither throws nor comes to nothing; throws, with the last reason, where that takes too long. */
export async function eventually(attempt: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const { came, cause } = await attempt().then((came) => ({ came, cause: undefined }), (cause: unknown) => ({ came: false, cause }));
    if (cause === undefined && came !== false) return;
    if (performance.now() > end) throw new Error(`not within ${LONGEST_WAIT_MS} ms: ${attempt.toString()}`, { cause });
    await pause(25);
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => { socket.destroy(); resolve(true); }).once("error", () => { resolve(false); });
  });
}
