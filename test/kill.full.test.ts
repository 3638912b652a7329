import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Certificate } from "../src/certificates/Certificate.js";
import { openDatabase } from "../src/foundation/database/openDatabase.js";
import type { Database } from "../src/foundation/database/Database.js";
import { UsageRecord } from "../src/history/UsageRecord.js";
import { Session } from "../src/identity/Session.js";
import { aCsr } from "./support/csr.js";
import { engine, freshDatabase, sibling, type FreshDatabase } from "./support/engine.js";
import { RunningServer } from "./support/RunningServer.js";

interface Acknowledged {
  serialNumber: string;
  status: "PENDING" | "ACTIVE";
  pem?: string;
}

const REISSUE = `mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) {
  enrollmentCode user { version } certificate { serialNumber } userErrors { code } } }`;
const ENROLL = `mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) {
  certificate { serialNumber pem } userErrors { code } } }`;

let dir: string;
let database: FreshDatabase;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-kill-"));
  database = await freshDatabase();
});
afterEach(async () => {
  RunningServer.stopAll();
  await database.drop();
  rmSync(dir, { recursive: true, force: true });
});

const start = (env: Record<string, string> = {}) =>
  RunningServer.start({ DATA_DIR: dir, SHOMEI_DEMO: "1", ...(database.url ? { DATABASE_URL: database.url } : {}), ...env });

/** Reissues one user's certificate and enrolls the new one, over and over, until the server is gone. */
async function load(server: RunningServer, master: string, loginId: string, acknowledged: Acknowledged[]): Promise<void> {
  try {
    const { nodes } = await server.ask<{ nodes: { id: string; version: number }[] }>(
      "users", "query ($text: String) { users(filter: { text: $text }) { nodes { id version } } }", { text: loginId }, master);
    const user = nodes[0];
    for (let version = user?.version ?? 1; ; version += 2) { // the reissue is a change of the user, and so is the acquisition
      const reissued = await server.ask<{ enrollmentCode: string; certificate: { serialNumber: string } }>(
        "reissueCertificate", REISSUE, { input: { userId: user?.id, expectedVersion: version } }, master);
      acknowledged.push({ serialNumber: reissued.certificate.serialNumber, status: "PENDING" });
      const holder = await server.signIn(loginId);
      const { certificate } = await server.ask<{ certificate: { serialNumber: string; pem: string } }>(
        "enrollCertificate", ENROLL, { input: { csr: aCsr().pem, enrollmentCode: reissued.enrollmentCode } }, holder);
      acknowledged.push({ ...certificate, status: "ACTIVE" });
    }
  } catch {
    // The server is gone.
  }
}

async function check(db: Database, acknowledged: Acknowledged[]): Promise<void> {
  const certificates = await db.reads.find(Certificate);
  const bySerial = new Map(certificates.map((certificate) => [certificate.serialNumber, certificate]));
  for (const { serialNumber, status, pem } of acknowledged) {
    const stored = bySerial.get(serialNumber);
    expect(stored).toBeDefined();
    if (status === "ACTIVE") expect(pem?.replace(/-----[A-Z ]+-----|\s/g, "")).toBe(stored?.x509?.toString("base64"));
  }

  const current = certificates.filter(({ isCurrent }) => isCurrent === 1).map(({ userId }) => userId);
  expect(new Set(current).size).toBe(current.length);
  expect(certificates.filter(({ state }) => state === "SIGNING")).toEqual([]); // the start finished what was underway
  const sessions = (await db.reads.findBy(Session, { isCurrent: 1 })).map(({ userId }) => userId);
  expect(new Set(sessions).size).toBe(sessions.length);

  // No deed without an entry: every certificate but the demo's own was opened by a recorded reissue.
  const reissues = await db.reads.findBy(UsageRecord, { action: "CERTIFICATE_REISSUE", outcome: "SUCCEEDED" });
  const opened = certificates.filter(({ id, predecessorId, userId }) => predecessorId !== null || reissues.some((entry) => entry.certificateId === id && entry.targetUserId === userId));
  expect(new Set(reissues.map(({ certificateId }) => certificateId))).toEqual(new Set(opened.map(({ id }) => id)));
}

it("killed −9 under load, the server has everything that it acknowledged, and no invariant is broken", async () => {
  const acknowledged: Acknowledged[] = [];
  for (let round = 0; round < 3; round++) {
    const server = await start();
    const master = await server.signIn("keir001");
    const loads = ["keir002", "keir003"].map((loginId) => load(server, master, loginId, acknowledged));
    while (acknowledged.length < 10 * (round + 1)) await pause(10);
    await pause(Math.random() * 50); // anywhere in a deed
    await server.stop("SIGKILL");
    await Promise.all(loads);
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(30);

  const last = await start(); // recovers
  await last.stop();
  const db = await openDatabase(engine === "sqlite" ? sibling({ database: join(dir, "shomei.sqlite") }) : database.source);
  try {
    await check(db, acknowledged);
  } finally {
    await db.close();
  }
}, 60_000);

it("told to stop, it finishes what runs, closes and exits 0", async () => {
  const server = await start();
  await server.query("{ __typename }", {}); // the connection is there
  const underway = server.signIn("keir001");
  await pause(20);
  const code = server.stop("SIGTERM");
  await expect(underway).resolves.toMatch(/^[\w-]{43}$/);
  expect(await code).toBe(0);
});

it("a second start finds its keys and its bank, and makes nothing twice", async () => {
  const first = await start();
  const root = await (await fetch(`${first.base}/pki/root-1.cer`)).bytes();
  await first.stop();
  const second = await start();
  expect(await (await fetch(`${second.base}/pki/root-1.cer`)).bytes()).toEqual(root);
  await second.stop();
});

it("what it makes under DATA_DIR is nobody else's to read", async () => {
  const data = join(dir, "data");
  const server = await start({ DATA_DIR: data });
  await server.stop();
  expect(statSync(data).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(data, "ca")).sort()).toEqual(["5120-1.key.pem", "history.key.pem", "passphrase", "root-1.key.pem"]);
  for (const folder of readdirSync(data, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => join(data, name))) {
    expect([folder, statSync(folder).mode & 0o777]).toEqual([folder, 0o700]);
    for (const name of readdirSync(folder).filter((name) => name !== "history-key.pem")) { // which is anybody's
      expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
  }
});

it("two started at once on one database come up together with the same keys", async () => {
  const [one, other] = await Promise.all([start(), start()]);
  const certificates = await Promise.all([one, other].map(async ({ base }) => (await fetch(`${base}/pki/5120-1.cer`)).bytes()));
  expect(certificates[0]).toEqual(certificates[1]);
  await Promise.all([one.stop(), other.stop()]);
});

it.each([
  [{ PORT: "http" }, "PORT: expected a whole number from 0 to 65535"],
  [{ DATABASE_URL: "postgres://x" }, "DATABASE_URL: expected mysql://"],
  [{ HOST: "0.0.0.0", SHOMEI_DEMO: "1" }, "SHOMEI_DEMO: expected 0 where HOST is not the loopback"],
])("with %j it doesn't start and says what is expected", async (env, message) => {
  await expect(RunningServer.start({ DATA_DIR: dir, ...env })).rejects.toThrow(`Shomei can't start: ${message}`);
});

it("the demo bank, once made, is served on the loopback only", async () => {
  const server = await start();
  await server.stop();
  await expect(start({ SHOMEI_DEMO: "0", HOST: "0.0.0.0", SHOMEI_PKI_URL: "http://pki.shinkin.example" })).rejects.toThrow("Shomei can't start: HOST: expected the loopback");
});

it("with another passphrase than the keys' it stops and says so", async () => {
  const server = await start();
  await server.stop();
  await expect(start({ SHOMEI_CA_PASSPHRASE: "another" })).rejects.toThrow(/can't be opened with this passphrase/);
});
