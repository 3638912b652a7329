import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import autocannon, { type Result } from "autocannon";
import { ask, fieldOf } from "../support/ask.js";
import { RunningServer } from "../support/RunningServer.js";

const UNDER_WAY = 8;
const WAITING = 24;
/** More than are under way, fewer than would be shed. */
const BUSY = 16;
/** More than may be there at all. */
const TOO_MANY = 3 * (UNDER_WAY + WAITING);
/** Of a single request at 80 % of what is possible, on a slow machine that others use, too. */
const LONGEST_P99_MS = 2_000;
/** Of a sign-in, or of a revocation, beside a flood. */
const LONGEST_URGENT_MS = 8_000;
const MOST_GROWTH_MB = 256;

let dir: string;
let server: RunningServer;
let token: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-overload-"));
  server = await RunningServer.start({
    DATA_DIR: dir, SHOMEI_DEMO: "1", SHOMEI_REQUESTS_UNDER_WAY: String(UNDER_WAY), SHOMEI_REQUESTS_WAITING: String(WAITING), SHOMEI_SIGN_IN_FLOOR_MS: "0",
  });
  token = await server.signIn("keir001");
}, 60_000);
afterAll(() => {
  RunningServer.stopAll();
  rmSync(dir, { recursive: true, force: true });
});

const PAGE = "{ users(first: 20) { nodes { id version loginId displayName status certificate { serialNumber status notAfter } } } }";
const SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken userErrors { code } } }";
const REVOKE = "mutation ($id: ID!) { revokeCertificate(input: { certificateId: $id, reason: KEY_COMPROMISE }) { certificate { status } userErrors { code } } }";

/** Pages of users, for so many seconds; by so many at once, or so many a second. */
function pages(seconds: number, connections: number, overallRate?: number): Promise<Result> {
  return autocannon({
    url: `${server.base}/graphql`, method: "POST", duration: seconds, connections, ...(overallRate === undefined ? {} : { overallRate: Math.ceil(overallRate) }),
    headers: { "content-type": "application/json", "authorization": `Bearer ${token}` }, body: JSON.stringify({ query: PAGE }),
  });
}

const memoryMb = () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(server.child.pid)}/status`, "utf8"))?.[1]) / 1_024;

/** A user whose first certificate waits to be acquired. */
async function aPendingCertificate(loginId: string): Promise<string> {
  const input = {
    loginId, displayName: "経理担当者", authority: "OPERATOR", newLoginPassword: "Hajimete-1", newLoginPasswordConfirmation: "Hajimete-1",
    newRegistrationPassword: "Hajimete-2", newRegistrationPasswordConfirmation: "Hajimete-2",
  };
  const { certificate } = await server.ask<{ certificate: { id: string } }>("registerUser", "mutation ($input: RegisterUserInput!) { registerUser(input: $input) { certificate { id } } }", { input }, token);
  return certificate.id;
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; came: T }> {
  const begun = performance.now();
  const came = await work();
  return { ms: performance.now() - begun, came };
}

it("beyond what it can do it sheds, while sign-ins and revocations pass; below, nobody waits long; and afterwards all is as before", async () => {
  const certificates: string[] = [];
  for (const loginId of ["keir901", "keir902", "keir903", "keir904"]) certificates.push(await aPendingCertificate(loginId));

  await pages(1, BUSY); // what is loaded at the first time isn't measured
  const most = await pages(3, BUSY);
  const capacity = most.requests.average;
  expect([most.non2xx, most.errors]).toEqual([0, 0]);

  const eased = await pages(4, BUSY, 0.8 * capacity);
  expect([eased.non2xx, eased.errors]).toEqual([0, 0]);
  expect(eased.latency.p99).toBeLessThan(LONGEST_P99_MS);

  const before = memoryMb();
  const flooding = pages(8, TOO_MANY, 3 * capacity);
  const urgent: { ms: number; came: unknown }[] = [];
  for (const [index, id] of certificates.entries()) {
    const loginId = index % 2 === 0 ? "keir002" : "keir003";
    urgent.push(await timed(async () => fieldOf(await ask(server.base, { query: SIGN_IN, variables: { input: { bankCode: "5120", loginId, password: "Shomei-demo-1" } } }), "signIn")));
    urgent.push(await timed(async () => fieldOf(await ask(server.base, { query: REVOKE, variables: { id }, token }), "revokeCertificate")));
  }
  const grown = memoryMb() - before;
  const flooded = await flooding;
  const after = await timed(() => ask(server.base, { query: PAGE, token }));

  const told = [
    `capacity ${capacity.toFixed()}/s`, `at 80 %: p50 ${String(eased.latency.p50)} ms, p99 ${String(eased.latency.p99)} ms`,
    `at 300 %: ${String(flooded["2xx"])} served, ${String(flooded.non2xx)} shed in ${String(flooded.duration)} s`,
    `sign-ins and revocations meanwhile: ${urgent.map(({ ms }) => ms.toFixed()).join(", ")} ms`, `memory +${grown.toFixed()} MB`, `afterwards ${after.ms.toFixed()} ms`,
  ];
  process.stderr.write(`${told.join("; ")}\n`);
  expect(flooded.non2xx).toBeGreaterThan(flooded.duration); // it did shed
  expect(Object.keys(flooded.statusCodeStats ?? {}).sort()).toEqual(["200", "503"]);
  expect(flooded.errors).toBe(0); // everybody was answered
  expect(flooded["2xx"] / flooded.duration).toBeGreaterThan(capacity / 2); // and it went on serving
  for (const { came } of urgent) expect(came).toMatchObject({ userErrors: [] });
  expect(Math.max(...urgent.map(({ ms }) => ms))).toBeLessThan(LONGEST_URGENT_MS);
  expect(grown).toBeLessThan(MOST_GROWTH_MB);
  fieldOf(after.came, "users");
  expect(after.ms).toBeLessThan(LONGEST_P99_MS);
  expect(server.said).toContain("more requests than can be served");
  expect(server.said).not.toMatch(/a fault/);
}, 90_000);

it("what is shed says when to come again", async () => {
  const flooding = pages(2, TOO_MANY);
  const state = { isOver: false };
  void flooding.then(() => { state.isOver = true; });
  let shed;
  while (!shed && !state.isOver) {
    const told = await ask(server.base, { query: PAGE, token });
    if (told.status !== 200) shed = told;
  }
  await flooding;
  expect(shed).toMatchObject({ status: 503, headers: { "retry-after": "2" } });
  expect(shed?.text).toContain('"code":"OVERLOADED"');
});
