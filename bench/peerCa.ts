import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { scratchFolder } from "../test/support/scratch.js";

const MICROSECONDS_A_TICK = 10_000; // USER_HZ is 100 on every Linux
const LOOKS = 200;

/** A CA of P-256 as openssl makes it, for the programs that we are measured beside; and their CPU time. */
export class PeerCa {
  private readonly dir = scratchFolder("shomei-bench-");
  private readonly children: ChildProcess[] = [];
  readonly certificate = this.file("ca.pem");
  readonly key = this.file("ca.key");
  readonly index = this.file("index.txt");
  readonly config = this.file("cfssl.json");
  /** One that this CA has issued. */
  readonly issued = this.file("issued.pem");

  constructor() {
    this.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", this.key, "-out", this.certificate, "-days", "30", "-subj", "/C=JP/O=Peer/CN=Peer CA");
    writeFileSync(this.index, "");
    writeFileSync(this.file("serial"), "1000\n");
    writeFileSync(this.config, JSON.stringify({ signing: { default: { usages: ["client auth"], expiry: "8760h" } } }));
    writeFileSync(this.file("ca.cnf"), [
      "[ca]", "default_ca = peer", "[peer]", `database = ${this.index}`, `serial = ${this.file("serial")}`, `new_certs_dir = ${this.dir}`, `certificate = ${this.certificate}`,
      `private_key = ${this.key}`, "default_md = sha256", "default_days = 365", "policy = any", "unique_subject = no", "[any]", "commonName = optional",
    ].join("\n"));
    this.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", this.file("issued.key"), "-out", this.file("issued.csr"), "-subj", "/CN=issued");
    this.openssl("ca", "-batch", "-config", this.file("ca.cnf"), "-in", this.file("issued.csr"), "-out", this.issued, "-notext");
  }

  file(name: string): string {
    return join(this.dir, name);
  }

  openssl(...args: string[]): Buffer {
    return execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] });
  }

  opensslCa(csr: string): void {
    writeFileSync(this.file("in.csr"), csr);
    this.openssl("ca", "-batch", "-config", this.file("ca.cnf"), "-in", this.file("in.csr"), "-subj", "/CN=somebody", "-out", this.file("out.pem"), "-notext");
  }

  /** Starts a program that listens, and waits until it does: by trying, or by what it says (openssl ocsp never gets over a client that only tries). */
  async serve(program: string, args: string[], ready: { port: number } | { says: RegExp }): Promise<ChildProcess> {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], cwd: this.dir });
    this.children.push(child);
    let said = "";
    for (const output of [child.stdout, child.stderr]) output.on("data", (text: Buffer) => { said = (said + text.toString()).slice(-2_000); });
    for (let look = 0; look < LOOKS; look++) {
      if ("says" in ready ? ready.says.test(said) : await isListening(ready.port)) return child;
      await pause(50);
    }
    throw new Error(`${program} doesn't listen: ${said}`);
  }

  /** The CPU time that another process takes while `work` runs. Microseconds, in ticks of 10,000. */
  async cpuOf({ pid }: ChildProcess, work: () => Promise<unknown>): Promise<number> {
    const before = ticks(pid ?? 0, [13, 14]);
    await work();
    return (ticks(pid ?? 0, [13, 14]) - before) * MICROSECONDS_A_TICK;
  }

  /** The CPU time of processes that this one starts and waits for. */
  cpuOfRuns(count: number, run: (index: number) => void): number {
    const before = ticks(process.pid, [15, 16]);
    for (let index = 0; index < count; index++) run(index);
    return (ticks(process.pid, [15, 16]) - before) * MICROSECONDS_A_TICK;
  }

  close(): void {
    for (const child of this.children) child.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Fields of /proc/<pid>/stat, counted from 0; the name before them is in brackets. */
function ticks(pid: number, fields: number[]): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
  const behindName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.reduce((sum, field) => sum + Number(behindName[field - 2]), 0);
}

/** Whether this program can be run; where it can't, that is said. */
export function isHere(program: string): boolean {
  const { error } = spawnSync(program, ["version"], { stdio: "ignore" });
  if (error) console.error(`without ${program}: it can't be run`);
  return !error;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => { socket.destroy(); resolve(true); });
    socket.once("error", () => { resolve(false); });
  });
}
