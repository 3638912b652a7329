import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { toPem } from "../src/pki/pem.js";
import { chainedReissues, repeatedReads } from "./support/chainedReissues.js";
import { freshDatabase, type FreshDatabase } from "./support/engine.js";
import { Proxy } from "./support/Proxy.js";
import { RunningServer } from "./support/RunningServer.js";
import { freePort } from "./support/ThrowawayMariaDb.js";
import { childrenOf } from "./support/childrenOf.js";

let dir: string;
let database: FreshDatabase;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-rolling-"));
  database = await freshDatabase();
});
afterEach(async () => {
  RunningServer.stopAll();
  await database.drop();
  rmSync(dir, { recursive: true, force: true });
});

const start = (env: Record<string, string>) => RunningServer.start({
  DATA_DIR: dir, SHOMEI_DEMO: "1", SHOMEI_DRAIN_SECONDS: "3", SHOMEI_SIGN_IN_FLOOR_MS: "0", ...(database.url ? { DATABASE_URL: database.url } : {}), ...env,
});

/** Constant load until the work is done: two that reissue, and some that read. */
async function loadDuring(callers: { base: string; agent: Agent | SecureAgent }[], token: string, work: () => Promise<void>) {
  const state = { isOver: false };
  const isOver = () => state.isOver;
  const reissuing = ["keir002", "keir003"].map((loginId, index) => {
    const { base, agent } = callers[index % callers.length] ?? { base: "", agent: new Agent() };
    return chainedReissues(base, { token, loginId, agent, isOver });
  });
  const reading = [...callers, ...callers].map(({ base, agent }) => repeatedReads(base, { token, agent, isOver }));
  try {
    await pause(500);
    await work();
    await pause(500);
  } finally {
    state.isOver = true;
  }
  const chains = await Promise.all(reissuing);
  const pages = await Promise.all(reading);
  for (const { agent } of callers) agent.destroy();
  return { certificateIds: chains.flatMap((chain) => chain.certificateIds), reads: pages.reduce((sum, { reads }) => sum + reads, 0), faults: [...chains, ...pages].flatMap(({ faults }) => faults) };
}

/** What was acknowledged is what the history has: none lost, none done twice. */
async function expectAsAcknowledged(server: RunningServer, token: string, certificateIds: string[]): Promise<void> {
  const recorded: string[] = [];
  for (let after: string | null = null, isMore = true; isMore; ) {
    const page: { nodes: { certificateId: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } = await server.ask(
      "usageHistory", "query ($after: String) { usageHistory(first: 100, after: $after, filter: { action: [CERTIFICATE_REISSUE] }) { nodes { certificateId } pageInfo { endCursor hasNextPage } } }", { after }, token);
    recorded.push(...page.nodes.map(({ certificateId }) => certificateId));
    [after, isMore] = [page.pageInfo.endCursor, page.pageInfo.hasNextPage];
  }
  expect(recorded.toSorted()).toEqual(certificateIds.toSorted());
}

it("SIGHUP replaces the workers one by one under load, and no request is lost", async () => {
  const server = await start({ SHOMEI_WORKERS: "2" });
  const token = await server.signIn("keir001");
  const before = childrenOf(server.child.pid);
  expect(before).toHaveLength(2);
  const callers = [1, 2].map(() => ({ base: server.base, agent: new Agent({ keepAlive: true }) }));
  const { certificateIds, reads, faults } = await loadDuring(callers, token, async () => {
    server.child.kill("SIGHUP");
    for (let now = before; now.length !== 2 || now.some((pid) => before.includes(pid)); now = childrenOf(server.child.pid)) await pause(50);
  });
  process.stderr.write(`SIGHUP: ${String(certificateIds.length)} reissues, ${String(reads)} reads, ${String(faults.length)} lost\n`);
  expect(faults).toEqual([]);
  expect(certificateIds.length).toBeGreaterThan(10);
  await expectAsAcknowledged(server, token, certificateIds);
  expect(await server.stop()).toBe(0);
}, 180_000);

it("behind nginx and HAProxy two servers are restarted one after the other under load, and no caller sees more than a delay", async () => {
  const ports = [String(await freePort()), String(await freePort())] as const;
  const behind = { SHOMEI_PROXIES: "loopback", SHOMEI_PKI_URL: `http://127.0.0.1:${ports[0]}` };
  const servers = [await start({ PORT: ports[0], ...behind }), await start({ PORT: ports[1], ...behind })];
  const base = servers[0]?.base ?? "";
  const [nginx, haproxy] = await Promise.all([
    Proxy.nginx(await filesFor(base), "nginx.conf", [["        server 127.0.0.1:4000;", `        server 127.0.0.1:4000 fail_timeout=1s; server 127.0.0.1:${ports[1]} fail_timeout=1s;`]]),
    Proxy.haproxy(await filesFor(base), [["    server shomei 127.0.0.1:4000\n", `    server shomei-1 127.0.0.1:4000\n    server shomei-2 127.0.0.1:${ports[1]}\n`]]),
  ]);
  const proxies = [nginx, haproxy];
  try {
    const token = await servers[0]?.signIn("keir001") ?? "";
    const callers = proxies.map((proxy) => ({ base: proxy.base, agent: new SecureAgent({ keepAlive: true, ca: readFileSync(proxy.serverCertificate) }) }));
    const { certificateIds, reads, faults } = await loadDuring(callers, token, async () => {
      for (const [index, port] of ports.entries()) {
        const stopping = servers[index]?.stop();
        let readiness = await fetch(`http://127.0.0.1:${port}/readyz`);
        while (readiness.ok) readiness = await fetch(`http://127.0.0.1:${port}/readyz`); // the signal is on its way
        expect([readiness.status, readiness.headers.get("connection"), await readiness.json()]).toEqual([503, "close", { status: "not ready", reason: "it is closing" }]);
        expect(await stopping).toBe(0);
        servers[index] = await start({ PORT: port, ...behind });
        while (!haproxy.log.includes(`Server shomei/shomei-${String(index + 1)} is UP`)) await pause(50);
        await pause(1_500); // nginx leaves it out no longer
      }
    });
    process.stderr.write(`nginx and HAProxy: ${String(certificateIds.length)} reissues, ${String(reads)} reads, ${String(faults.length)} lost\n`);
    expect(faults).toEqual([]);
    expect(certificateIds.length).toBeGreaterThan(10);
    if (servers[0]) await expectAsAcknowledged(servers[0], token, certificateIds);
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  }
}, 180_000);

/** What a proxy needs of a server that runs: the CAs, and their CRLs. */
async function filesFor(base: string) {
  const fetched = async (name: string) => Buffer.from(await (await fetch(`${base}/pki/${name}`)).arrayBuffer());
  const file = (name: string) => join(dir, name);
  writeFileSync(file("chain.pem"), toPem("CERTIFICATE", await fetched("5120-1.cer")) + toPem("CERTIFICATE", await fetched("root-1.cer")));
  writeFileSync(file("crls.pem"), toPem("X509 CRL", await fetched("5120-1.crl")) + toPem("X509 CRL", await fetched("root-1.crl")));
  return { base, file, crls: () => Promise.resolve(file("crls.pem")) };
}
