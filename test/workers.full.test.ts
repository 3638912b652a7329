import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import type { Database } from "../src/foundation/database/Database.js";
import { openDatabase } from "../src/foundation/database/openDatabase.js";
import { openSafekeeping } from "../src/foundation/safekeeping.js";
import { chainsIn, verifyChain } from "../src/history/verifyHistory.js";
import { UsageRecord } from "../src/history/UsageRecord.js";
import { Notice } from "../src/notices/Notice.js";
import { Crl } from "../src/validation/Crl.js";
import { aCsr } from "./support/csr.js";
import { ask, fieldOf } from "./support/ask.js";
import { childrenOf } from "./support/childrenOf.js";
import { freshDatabase, sibling, type FreshDatabase } from "./support/engine.js";
import { publicKeyIn } from "./support/publicKeyIn.js";
import { RunningServer } from "./support/RunningServer.js";
import { shownCrl } from "./support/shownCrl.js";

const WORKERS = 3;
const TRIES = 5;

let dir: string;
let database: FreshDatabase;
let db: Database;
let smtp: SMTPServer;
let server: RunningServer;
let token: string;
const arrived = new Map<string, number>();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-workers-"));
  database = await freshDatabase();
  smtp = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onData: (stream, _session, done) => {
      let content = "";
      stream.on("data", (chunk: Buffer) => (content += chunk.toString("utf8")));
      stream.on("end", () => {
        const id = /^Message-ID: <([0-9A-Z]{26})@/m.exec(content)?.[1] ?? "none";
        arrived.set(id, (arrived.get(id) ?? 0) + 1);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  server = await RunningServer.start({
    DATA_DIR: dir, SHOMEI_DEMO: "1", SHOMEI_WORKERS: String(WORKERS), SHOMEI_SIGN_INS_PER_ID: String(TRIES), SHOMEI_SIGN_IN_FLOOR_MS: "0",
    SHOMEI_CRL_INTERVAL_SECONDS: "0", SHOMEI_LOG_LEVEL: "info",
    SHOMEI_SMTP_URL: `smtp://127.0.0.1:${String((smtp.server.address() as AddressInfo).port)}`, SHOMEI_MAIL_FROM: "no-reply@shinkin.example",
    ...(database.url ? { DATABASE_URL: database.url } : {}),
  });
  db = await openDatabase(sibling(database.url ? { database: new URL(database.url).pathname.slice(1) } : { database: join(dir, "shomei.sqlite") }));
  token = await server.signIn("keir001");
}, 120_000);
afterAll(async () => {
  RunningServer.stopAll();
  await db.close();
  await database.drop();
  await new Promise<void>((resolve) => { smtp.close(resolve); });
  rmSync(dir, { recursive: true, force: true });
});

/** Each on a connection of its own, which is another worker's than the one before. */
const sent = (query: string, variables: object = {}) => ask(server.base, { query, variables, token });
const REISSUE = "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { user { version } enrollmentCode certificate { id } userErrors { code } } }";
interface Reissued { user: { version: number } | null; certificate: { id: string } | null; userErrors: object[] }
const aUser = async (loginId: string) => {
  const { nodes } = fieldOf<{ nodes: { id: string; version: number }[] }>(await sent("query ($text: String) { users(filter: { text: $text }) { nodes { id version } } }", { text: loginId }), "users");
  return { userId: nodes[0]?.id ?? "", expectedVersion: nodes[0]?.version ?? 0 };
};

it("all workers serve, behind one line that says where", async () => {
  expect(server.said.match(/Shomei is ready at/g)).toHaveLength(1);
  await Promise.all(Array.from({ length: 12 }, () => sent("{ __typename }")));
  const pids = () => new Set([...server.said.matchAll(/"pid":(\d+),.*request completed/g)].map(([, pid]) => Number(pid)));
  for (let looks = 0; looks < 50 && pids().size < WORKERS; looks++) await pause(100); // the log is written now and then
  expect([...pids()].sort()).toEqual(childrenOf(server.child.pid).sort());
  expect(pids().size).toBe(WORKERS);
});

it("all workers' figures are told by whichever is asked", async () => {
  const counted = async () => {
    const text = await (await fetch(`${server.base}/metrics`, { headers: { connection: "close" } })).text();
    return Number(/^shomei_graphql_requests_total\{[^}]*operation="viewer"[^}]*\} (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  await Promise.all(Array.from({ length: 12 }, () => sent("{ viewer { signedInAt } }")));
  for (let asked = 0; asked < WORKERS; asked++) expect(await counted()).toBe(12);
});

it("one idempotency key that comes to several at once is one deed", async () => {
  for (let round = 0; round < 5; round++) {
    const input = { ...(await aUser("keir003")), idempotencyKey: randomUUID() };
    const answers = (await Promise.all([1, 2, 3].map(() => sent(REISSUE, { input })))).map((told) => fieldOf<Reissued>(told, "reissueCertificate"));
    expect(answers).toMatchObject(answers.map(() => ({ userErrors: [], certificate: { id: answers[0]?.certificate?.id } })));
    expect(await aUser("keir003")).toEqual({ userId: input.userId, expectedVersion: input.expectedVersion + 1 });
  }
  expect(await db.reads.countBy(UsageRecord, { action: "CERTIFICATE_REISSUE", outcome: "SUCCEEDED" })).toBe(5);
});

it("the tries for an ID are as many as through one", async () => {
  const secondsLeft = 60 - (Date.now() / 1_000) % 60;
  if (secondsLeft < 15) await pause(secondsLeft * 1_000 + 100); // all within one minute
  const input = { bankCode: "5120", loginId: "nobody1", password: "Wrong-pass-1" };
  const answers = await Promise.all(Array.from({ length: 4 * TRIES }, () => sent("mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }", { input })));
  expect(answers.filter(({ text }) => text.includes("SIGN_IN_FAILED"))).toHaveLength(TRIES);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(3 * TRIES);
});

it("CRL numbers only go up, and none is given twice", async () => {
  const numbers: number[] = [];
  const fetched = async () => shownCrl(Buffer.from(await (await fetch(`${server.base}/pki/5120-1.crl`, { headers: { connection: "close" } })).arrayBuffer())).number;
  for (let round = 0; round < 3; round++) {
    const { enrollmentCode } = fieldOf<{ enrollmentCode: string }>(await sent(REISSUE, { input: await aUser("keir002") }), "reissueCertificate"); // which ends an active one
    const holder = await server.signIn("keir002");
    await server.ask("enrollCertificate", "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { certificate { serialNumber } } }", { input: { csr: aCsr().pem, enrollmentCode } }, holder);
    const together = await Promise.all([fetched(), fetched(), fetched(), fetched()]);
    expect(Math.min(...together)).toBeGreaterThanOrEqual(Math.max(0, ...numbers));
    numbers.push(...together);
  }
  const stored = (await db.reads.find(Crl)).map(({ issuerId, number }) => `${issuerId} ${String(number)}`);
  expect(new Set(stored).size).toBe(stored.length);
  expect(new Set(numbers).size).toBe(3);
});

it("each mail is sent once", async () => {
  for (let waited = 0; waited < 300 && (await db.reads.countBy(Notice, { state: "QUEUED" })) > 0; waited++) await pause(100);
  const notices = await db.reads.find(Notice);
  expect(notices.length).toBeGreaterThan(15);
  expect([...arrived].toSorted()).toEqual(notices.map(({ id }) => [id, 1]).toSorted());
});

it("one that dies is followed by another, and the others go on serving", async () => {
  const before = childrenOf(server.child.pid);
  process.kill(before[0] ?? 0, "SIGKILL");
  while (!server.said.includes("a worker died")) await pause(10); // what it was being handed at that moment went with it
  for (let round = 0; round < 10; round++) expect((await sent("{ __typename }")).status).toBe(200);
  for (let waited = 0; waited < 400 && !(childrenOf(server.child.pid).length === WORKERS && !childrenOf(server.child.pid).includes(before[0] ?? 0)); waited++) await pause(50);
  expect(childrenOf(server.child.pid)).toHaveLength(WORKERS);
  expect(server.said).toMatch(/"signal":"SIGKILL".*a worker died; another one takes its place/);
}, 60_000);

it("told to stop, all finish and the leader exits 0; the history is one whole chain", async () => {
  expect(await server.stop()).toBe(0);
  const kept = openSafekeeping(join(dir, "safekeeping"));
  const key = publicKeyIn(join(dir, "safekeeping", "history-key.pem"));
  let verified = 0;
  for (const chainId of await chainsIn(db.reads)) {
    const verdict = await verifyChain(db.reads, chainId, key, { kept: kept.checkpoints(chainId) });
    expect(verdict.wrong).toBeNull();
    verified += verdict.verified;
  }
  expect(verified).toBe(await db.reads.countBy(UsageRecord, {}));
});
