import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { RunningServer } from "../support/RunningServer.js";

const SIGN_INS = 5;
const LIMIT = 600;
/** What it may take beside a flood; by itself it takes a tenth. The flooders take a processor, too. */
const USUAL_MS = 1_000;
/** Bodies are read and parsed before their request waits for its turn. */
const USUAL_BESIDE_LONG_BODIES_MS = 3_000;
/** The first one, until the flooder's number for the minute is spent: what it sends is read and refused on the same thread. */
const LONGEST_MS = 8_000;

let dir: string;
let server: RunningServer;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-flood-"));
  server = await RunningServer.start({ DATA_DIR: dir, SHOMEI_DEMO: "1", SHOMEI_REQUESTS_PER_ADDRESS: String(LIMIT), SHOMEI_SIGN_INS_PER_ID: "100", SHOMEI_REQUESTS_AT_ONCE: "4" });
  await server.signIn("keir001"); // what is loaded at the first time isn't the flood's
});
afterAll(() => {
  RunningServer.stopAll();
  rmSync(dir, { recursive: true, force: true });
});

interface Told {
  status: number;
  retryAfter: string | undefined;
  text: string;
}

const SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken userErrors { code } } }";
const signInOf = (loginId: string, password: string) => JSON.stringify({ query: SIGN_IN, variables: { input: { bankCode: "5120", loginId, password } } });

function post(localAddress: string, agent: Agent, body: string | Buffer): Promise<Told> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.base}/graphql`, { method: "POST", localAddress, agent, headers: { "content-type": "application/json" } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).on("error", reject).on("end", () => {
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"], text });
      });
    });
    sent.on("error", reject).end(body);
  });
}

/** So many at once from this address, for as long as the work takes; a connection that was cut is opened again. */
async function floodDuring(work: Promise<unknown>, address: string, atOnce: number, body: (index: number) => string | Buffer): Promise<Told[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const state = { isOver: false };
  void work.finally(() => { state.isOver = true; }).catch(() => undefined);
  const answers: Told[] = [];
  let index = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (!state.isOver) {
      try {
        answers.push(await post(address, agent, body(index++)));
      } catch {
        await pause(20);
      }
    }
  }));
  agent.destroy();
  return answers;
}

/** How long sign-ins of another take, one after the other. */
async function signInsOfAnother(): Promise<number[]> {
  const agent = new Agent();
  const times: number[] = [];
  for (let count = 0; count < SIGN_INS; count++) {
    await pause(200);
    const beginning = performance.now();
    const { status, text } = await post("127.0.0.1", agent, signInOf("keir001", "Shomei-demo-1"));
    times.push(performance.now() - beginning);
    expect([status, text]).toEqual([200, expect.stringContaining("\"userErrors\":[]")]);
  }
  return times;
}

let flooders = 0;
// Made once: it is the server that is to be busy.
const LONG = Buffer.from(JSON.stringify({ query: "{ __typename }", variables: { text: "x".repeat(2_000_000) } }));
const TOO_LONG = Buffer.from(JSON.stringify({ query: "x".repeat(2_200_000) }));

// Each from an address of its own: a minute's number is spent by one flood.
it.each<[string, number, (index: number) => string | Buffer]>([
  ["cheap queries", 100, () => JSON.stringify({ query: "{ __typename }" })],
  ["documents that are refused for what they would cost", 100, (index) => JSON.stringify({ query: `{ viewer { ${"... { signedInAt } ".repeat(300)} a${String(index)}: signedInAt } users(first: 100) { nodes { certificates(first: 100) { nodes { holder { certificates { nodes { id } } } } } } } }` })],
  ["wrong passwords for one ID", 100, () => signInOf("keir002", "Wrong-pass-1")],
  ["wrong passwords for many IDs", 100, (index) => signInOf(`nobody${String(index % 1_000)}`, "Wrong-pass-1")],
  ["bodies of nearly 2 MB", 20, () => LONG],
  ["bodies that are too long", 20, () => TOO_LONG],
])("a flood of %s stops nobody else's sign-in", async (what, atOnce, body) => {
  const signIns = signInsOfAnother();
  const [answers, times] = await Promise.all([floodDuring(signIns, `127.0.1.${String(++flooders)}`, atOnce, body), signIns]);
  const refused = answers.filter(({ status }) => status === 429);
  process.stderr.write(`${what}: ${String(answers.length)} answers, ${String(refused.length)} of them 429; sign-ins of another: ${times.map((time) => time.toFixed()).join(", ")} ms\n`);
  const sorted = times.toSorted((a, b) => a - b);
  expect(sorted[Math.floor(SIGN_INS / 2)]).toBeLessThan(body(0) === LONG ? USUAL_BESIDE_LONG_BODIES_MS : USUAL_MS);
  expect(sorted.at(-1)).toBeLessThan(LONGEST_MS);
  expect(answers.filter(({ status, text }) => status >= 500 && !/"REQUEST_TIMED_OUT"|"OVERLOADED"/.test(text))).toEqual([]); // a flooder waits for itself, to the end, or is one too many
  for (const { retryAfter, text } of refused) {
    expect(Number(retryAfter)).toBeGreaterThan(0);
    expect(Number(retryAfter)).toBeLessThanOrEqual(60);
    expect(text).toContain("\"code\":\"RATE_LIMITED\"");
  }
  expect(answers.length - refused.length).toBeLessThanOrEqual(2 * LIMIT); // the minute may turn meanwhile
  expect(server.said).not.toMatch(/a fault/);
}, 60_000);
