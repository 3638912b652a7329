import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { program } from "./program.js";
import { scratchFolder } from "./scratch.js";

const PROVIDERS = ["/usr/lib/galera/libgalera_smm.so", "/usr/lib/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so"];
const LONGEST_WAIT_MS = 120_000; // a node that comes back runs a long script first
const ASKED_EVERY_MS = 100;

/** A node that is silent for two seconds is out: the default's five would make the tests longer, and less a busy machine lose its nodes. */
const PATIENCE = "evs.keepalive_period=PT0.5S;evs.inactive_check_period=PT0.5S;evs.suspect_timeout=PT2S;evs.inactive_timeout=PT4S;evs.install_timeout=PT4S";
/** Small: three of them lie in memory, and the tests write little. */
const SMALL = ["--innodb-log-file-size=16M", "--innodb-buffer-pool-size=64M", "--max-connections=300"];
const NEEDED = ["--binlog-format=ROW", "--default-storage-engine=InnoDB", "--innodb-autoinc-lock-mode=2", "--wsrep-on=ON", "--wsrep-sst-method=rsync", "--wsrep-slave-threads=2"];

/** rsync carries a node's state only where all of it belongs to the server's own account. */
const isRoot = process.getuid?.() === 0;
const asMysql = isRoot ? ["--user=mysql"] : [];

interface Node {
  dir: string;
  ports: { sql: number; group: number; ist: number; sst: number };
  child?: ChildProcess;
}

/** A three-node MariaDB Galera cluster on the loopback, whose nodes can be killed, cut off and frozen; gone when it is stopped. */
export class GaleraCluster {
  private constructor(
    private readonly binary: string,
    private readonly provider: string,
    private readonly dir: string,
    readonly nodes: readonly Node[],
  ) {}

  static async start(binary: string): Promise<GaleraCluster> {
    const provider = PROVIDERS.find(existsSync);
    if (!provider) throw new Error("Galera's provider isn't installed (Debian: galera-4)");
    const dir = scratchFolder("shomei-galera-");
    if (isRoot) execFileSync("chown", ["mysql:mysql", dir]);
    const ports = await quietPorts(12);
    const nodes = [0, 1, 2].map((number): Node => {
      const [sql = 0, group = 0, ist = 0, sst = 0] = ports.slice(number * 4);
      return { dir: join(dir, `node${String(number)}`), ports: { sql, group, ist, sst } };
    });
    const cluster = new GaleraCluster(binary, provider, dir, nodes);
    process.once("exit", cluster.vanish).once("SIGTERM", () => process.exit(1));
    try {
      await cluster.bootstrap();
      nodes.forEach((_node, number) => { cluster.spawn(number); });
      await cluster.isWhole();
      return cluster;
    } catch (error) {
      const logs = nodes.map((node) => readFileSync(`${node.dir}.log`, "utf8").slice(-3_000)).join("\n\n");
      await cluster.stop();
      throw new Error(`the cluster does not start\n${logs}`, { cause: error });
    }
  }

  /** For DATABASE_URL: all nodes, in this order. */
  url(database: string, ...order: number[]): string {
    return `mysql://root@${order.map((number) => `127.0.0.1:${String(this.node(number).ports.sql)}`).join(",")}/${database}`;
  }

  /** One statement at one node: what that one holds, of a database once it has applied all that was committed. */
  async ask<Row>(number: number, sql: string, database?: string): Promise<Row[]> {
    const connection = await createConnection({
      host: "127.0.0.1", port: this.node(number).ports.sql, user: "root", connectTimeout: 2_000, timezone: "Z", ...(database ? { database } : {}),
    });
    try {
      if (database) await connection.query("SET SESSION wsrep_sync_wait = 1");
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows as Row[];
    } finally {
      connection.destroy();
    }
  }

  async status(number: number, name: string): Promise<string> {
    const [row] = await this.ask<{ Value: string }>(number, `SHOW GLOBAL STATUS LIKE '${name}'`);
    return row?.Value ?? "";
  }

  /** Ends a node as a power failure does. */
  async kill(number: number): Promise<void> {
    const { child } = this.node(number);
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** Starts a killed node where its own log ends; from there the others tell it what it missed. */
  async restart(number: number): Promise<void> {
    const { complaint } = await program(this.binary, [...this.options(number), "--wsrep-recover"]);
    const position = /Recovered position: *(\S+)/.exec(complaint)?.[1];
    if (position === undefined) throw new Error(`node ${String(number)} doesn't find its position\n${complaint.slice(-3_000)}`);
    this.spawn(number, [`--wsrep-start-position=${position}`]);
  }

  /** Cuts a node off from the others; its clients still reach it. */
  async cutOff(number: number): Promise<void> {
    await this.ask(number, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'");
  }

  async reconnect(number: number): Promise<void> {
    await this.ask(number, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'");
  }

  /** Stops a node in the middle of whatever it does: it takes calls and answers nothing. */
  freeze(number: number): void {
    this.node(number).child?.kill("SIGSTOP");
  }

  thaw(number: number): void {
    this.node(number).child?.kill("SIGCONT");
  }

  /** Waits until each of these nodes serves, as one of so many. */
  async isWhole(numbers: readonly number[] = [0, 1, 2], size = numbers.length): Promise<void> {
    await this.until(numbers, async (number) => await this.status(number, "wsrep_ready") === "ON" && await this.status(number, "wsrep_cluster_size") === String(size)
      && await this.status(number, "wsrep_local_state_comment") === "Synced");
  }

  /** Waits until each of these nodes knows that it may not serve. */
  async isWithoutQuorum(numbers: readonly number[]): Promise<void> {
    await this.until(numbers, async (number) => await this.status(number, "wsrep_cluster_status") !== "Primary");
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((_node, number) => this.kill(number))); // nobody needs its data any more
    process.removeListener("exit", this.vanish);
    this.vanish();
  }

  /** Also where the tests themselves are ended: three databases would stay in memory. */
  private readonly vanish = (): void => {
    for (const { child } of this.nodes) child?.kill("SIGKILL");
    rmSync(this.dir, { recursive: true, force: true });
  };

  private async until(numbers: readonly number[], isSo: (number: number) => Promise<boolean>): Promise<void> {
    const end = Date.now() + LONGEST_WAIT_MS;
    for (const number of numbers) {
      while (!(await isSo(number).catch(() => false))) {
        if (Date.now() > end) throw new Error(`node ${String(number)} doesn't get there\n${readFileSync(`${this.node(number).dir}.log`, "utf8").slice(-3_000)}`);
        await pause(ASKED_EVERY_MS);
      }
    }
  }

  /**
   * Makes the first node's data, and the others' from it: three that stopped together at one position, each of which
   * remembers the same last view. Such nodes find together by themselves (pc.recovery), and no state has to be carried.
   */
  private async bootstrap(): Promise<void> {
    const [first, ...others] = this.nodes;
    if (!first) return;
    execFileSync("mariadb-install-db", [
      "--no-defaults", `--datadir=${first.dir}`, "--auth-root-authentication-method=normal", "--skip-test-db", ...asMysql, ...SMALL.slice(0, 1),
    ], { stdio: "ignore" });
    const child = this.spawn(0, ["--wsrep-new-cluster"]);
    await this.isWhole([0]);
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
    rmSync(join(first.dir, "galera.cache"));
    const members = this.nodes.map(() => randomUUID());
    const view = ["#vwbeg", `view_id: 3 ${members[0] ?? ""} 3`, "bootstrap: 0", ...members.map((member) => `member: ${member} 0`), "#vwend"];
    for (const { dir } of others) execFileSync("cp", ["-a", first.dir, dir]);
    this.nodes.forEach(({ dir }, number) => {
      writeFileSync(join(dir, "gvwstate.dat"), [`my_uuid: ${members[number] ?? ""}`, ...view, ""].join("\n"));
      if (isRoot) execFileSync("chown", ["-R", "mysql:mysql", dir]);
    });
  }

  private spawn(number: number, more: string[] = []): ChildProcess {
    const node = this.node(number);
    const log = openSync(`${node.dir}.log`, "a");
    node.child = spawn(this.binary, [...this.options(number), ...more], { stdio: ["ignore", log, log] });
    return node.child;
  }

  private options(number: number): string[] {
    const { dir, ports } = this.node(number);
    const group = this.nodes.map((node) => `127.0.0.1:${String(node.ports.group)}`).join(",");
    return [
      "--no-defaults", `--datadir=${dir}`, `--socket=${dir}.socket`, `--pid-file=${dir}.pid`, `--port=${String(ports.sql)}`, "--bind-address=127.0.0.1",
      ...asMysql, ...SMALL, ...NEEDED, `--wsrep-provider=${this.provider}`, "--wsrep-cluster-name=shomei", `--wsrep-cluster-address=gcomm://${group}`,
      `--wsrep-node-name=node${String(number)}`, "--wsrep-node-address=127.0.0.1", `--wsrep-sst-receive-address=127.0.0.1:${String(ports.sst)}`,
      `--wsrep-provider-options=base_host=127.0.0.1;base_port=${String(ports.group)};gmcast.listen_addr=tcp://127.0.0.1:${String(ports.group)};`
        + `ist.recv_addr=127.0.0.1:${String(ports.ist)};gcache.size=32M;${PATIENCE}`,
    ];
  }

  private node(number: number): Node {
    const node = this.nodes[number];
    if (!node) throw new Error(`no node ${String(number)}`);
    return node;
  }
}

/** Ports that are free, and below those that outgoing connections get: a node that was killed must find its own free again. */
async function quietPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(12_000, 32_000);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once("error", () => { resolve(false); }).listen(port, "127.0.0.1", () => { resolve(true); });
    });
    if (isFree) await new Promise((resolve) => probe.close(resolve));
    if (isFree) ports.add(port);
  }
  return [...ports];
}
