import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { connect as tlsConnect } from "node:tls";
import type { FastifyInstance } from "fastify";
import { ordinaryPatience } from "../../src/http/server.js";
import { House, ordinarySettings } from "../support/House.js";
import { selfSigned } from "../support/Proxy.js";
import { listeningLog } from "../support/listeningLog.js";

/** A tenth of the ordinary, and of the answer's a good deal less. */
const PATIENCE = { headers: 1_000, request: 2_000, unread: 1_000, lookedAfterEvery: 100 };
const DROP_MS = 100;
/** Beyond its time: until it is looked at, and on a busy machine. */
const LEEWAY_MS = 1_500;

const { log, lines } = listeningLog("warn");
let house: House;
let door: FastifyInstance;
let port: number;
const open = new Set<Socket>();

beforeAll(async () => {
  house = await House.open({ log });
  door = await house.door(log, { patience: PATIENCE, requestMs: 1_000 });
  await door.listen({ host: "127.0.0.1", port: 0 });
  ({ port } = door.server.address() as AddressInfo);
});
afterEach(() => {
  for (const socket of open) socket.destroy();
  open.clear();
  expect(lines).toEqual([]); // slow clients are no fault of ours
});
afterAll(async () => {
  await door.close();
  await house.close();
});

const BODY = JSON.stringify({ query: "{ viewer { signedInAt } }" });
const HEADERS = `POST /graphql HTTP/1.1\r\nHost: door\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;

interface Cut {
  milliseconds: number;
  /** All that came back. */
  said: string;
}

/** Connects, does this, and waits until the connection is cut. */
async function cutOf(act: (socket: Socket) => unknown, at = port): Promise<Cut> {
  const socket = connect(at, "127.0.0.1").on("error", () => undefined);
  open.add(socket);
  const beginning = performance.now();
  let said = "";
  socket.on("data", (bytes: Buffer) => (said += bytes.toString()));
  await once(socket, "connect");
  const closed = once(socket, "close");
  act(socket);
  await closed;
  return { milliseconds: performance.now() - beginning, said };
}

/** Writes this drop by drop, for as long as anybody takes it. */
function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => { if (at < text.length && socket.writable) socket.write(text.charAt(at++)); }, DROP_MS);
  socket.once("close", () => { clearInterval(timer); });
}

function errorIn({ said }: Cut): { status: number; type: string; extensions: Record<string, unknown> } {
  const [head = "", body = ""] = said.split("\r\n\r\n");
  const { errors } = JSON.parse(body) as { errors: { extensions: Record<string, unknown> }[] };
  const [, status] = head.split(" ");
  return { status: Number(status), type: /content-type: (.*)/i.exec(head)?.[1] ?? "", extensions: errors[0]?.extensions ?? {} };
}

const asked = async () => {
  const beginning = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: "POST", headers: { "content-type": "application/json" }, body: BODY });
  expect(await response.json()).toMatchObject({ data: { viewer: null } });
  return performance.now() - beginning;
};

const SLOW: [string, number, (socket: Socket) => unknown][] = [
  ["sends nothing at all", PATIENCE.headers, () => undefined],
  ["sends its headers drop by drop", PATIENCE.headers, (socket) => { drip(socket, HEADERS); }],
  ["sends half of its headers and falls silent", PATIENCE.headers, (socket) => socket.write(HEADERS.slice(0, 30))],
  ["sends its body drop by drop", PATIENCE.request, (socket) => { socket.write(HEADERS); drip(socket, BODY.replace("{", `{${" ".repeat(1_000)}`)); }],
  ["sends half of its body and falls silent", PATIENCE.request, (socket) => socket.write(HEADERS + BODY.slice(0, 10))],
  ["sends chunks without an end", PATIENCE.request, (socket) => { socket.write("POST /graphql HTTP/1.1\r\nHost: door\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"); drip(socket, "1\r\n{\r\n".repeat(1_000)); }],
];

it.each(SLOW)("a client that %s is told REQUEST_TIMEOUT, and cut in its time", async (_what, within, act) => {
  const cut = await cutOf(act);
  expect(errorIn(cut)).toMatchObject({ status: 408, type: "application/json; charset=utf-8", extensions: { code: "REQUEST_TIMEOUT", requestId: expect.any(String) as string, nextStep: expect.any(String) as string } });
  expect(cut.milliseconds).toBeGreaterThan(within * 0.9);
  expect(cut.milliseconds).toBeLessThan(within + LEEWAY_MS);
}, 15_000);

it("a client that falls silent after an answer is cut, too", async () => {
  const cut = await cutOf((socket) => socket.write(HEADERS + BODY + HEADERS.slice(0, 20)));
  expect(cut.said).toContain("HTTP/1.1 200");
  expect(cut.said).toContain("REQUEST_TIMEOUT");
  expect(cut.milliseconds).toBeLessThan(PATIENCE.headers + LEEWAY_MS);
});

it("a client that never reads its answer is cut", async () => {
  const long = "GET /graphiql/graphiql.js HTTP/1.1\r\nHost: door\r\n\r\n"; // more than a MB
  const accepted = once(door.server, "connection") as Promise<[Socket]>;
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  open.add(socket);
  socket.pause();
  const [theirs] = await accepted;
  for (let times = 0; times < 40; times++) socket.write(long);
  const beginning = performance.now();
  await once(theirs, "close");
  expect(performance.now() - beginning).toBeLessThan(2 * (PATIENCE.request + PATIENCE.unread) + LEEWAY_MS); // what lay in buffers was taken once more
}, 15_000);

it.each<[string, (socket: Socket) => unknown]>([
  ["before TLS", () => undefined],
  ["within TLS", (socket) => { tlsOver(socket); }],
])("a TLS door cuts, in the same time, who falls silent %s", async (_when, act) => {
  const { certificate, key } = await selfSigned("door");
  const secure = await house.door(log, { patience: PATIENCE, requestMs: 1_000, tls: { certificate, key, port: 0, issuers: [] } });
  await secure.listen({ host: "127.0.0.1", port: 0 });
  const cut = await cutOf(act, (secure.server.address() as AddressInfo).port);
  await secure.close();
  expect(cut.milliseconds).toBeGreaterThan(PATIENCE.headers * 0.9);
  expect(cut.milliseconds).toBeLessThan(PATIENCE.headers + LEEWAY_MS);
});

function tlsOver(socket: Socket): void {
  tlsConnect({ socket, rejectUnauthorized: false }).on("error", () => undefined).resume();
}

describe("what isn't HTTP", () => {
  it.each<[string, string, number, string]>([
    ["a greeting of another protocol", "EHLO door\r\n\r\n", 400, "BAD_REQUEST"],
    ["a TLS greeting", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000", 400, "BAD_REQUEST"],
    ["two lengths", `POST /graphql HTTP/1.1\r\nHost: door\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}`, 400, "BAD_REQUEST"],
    ["a length and chunks", `POST /graphql HTTP/1.1\r\nHost: door\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, "BAD_REQUEST"],
    ["chunks that aren't", `POST /graphql HTTP/1.1\r\nHost: door\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n`, 400, "BAD_REQUEST"],
    ["a header of 20 KB", `GET /graphql HTTP/1.1\r\nHost: door\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431, "HEADERS_TOO_LARGE"],
    ["a path of 20 KB", `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: door\r\n\r\n`, 431, "HEADERS_TOO_LARGE"],
  ])("%s is answered in our way and cut at once", async (_what, text, status, code) => {
    const cut = await cutOf((socket) => socket.write(text, "latin1"));
    expect(errorIn(cut)).toMatchObject({ status, type: "application/json; charset=utf-8", extensions: { code, nextStep: expect.any(String) as string } });
    expect(cut.milliseconds).toBeLessThan(LEEWAY_MS);
  });

  it("behind a request leaves that one its answer", async () => {
    const cut = await cutOf((socket) => { socket.write(HEADERS + BODY); setTimeout(() => socket.write("\u0000\u0001garbage\r\n\r\n"), 300); });
    expect(cut.said).toContain("\"viewer\":null");
    expect(cut.said).toContain("BAD_REQUEST");
  });
});

it("two hundred slow clients at once keep nobody waiting, and are all cut", async () => {
  const usual = Math.max(await asked(), await asked(), await asked());
  const cuts = Array.from({ length: 40 }).flatMap(() => SLOW.slice(0, 5).map(([, , act]) => cutOf(act)));
  await pause(300);
  const times: number[] = [];
  for (let index = 0; index < 10; index++) times.push(await asked());
  process.stderr.write(`beside 200 slow clients: at most ${Math.max(...times).toFixed()} ms; before ${usual.toFixed()} ms\n`);
  expect(Math.max(...times)).toBeLessThan(1_000);
  for (const cut of await Promise.all(cuts)) expect(cut.said).toContain("REQUEST_TIMEOUT");
  await pause(200);
  expect(await new Promise((resolve) => { door.server.getConnections((_error, count) => { resolve(count); }); })).toBeLessThan(10);
}, 15_000);

it("unless it is said otherwise, headers have 10 seconds, a whole request 30, and an answer that nobody takes 30 more than its making", async () => {
  expect(ordinaryPatience).toEqual({ headers: 10_000, request: 30_000, unread: 30_000, lookedAfterEvery: 2_000 });
  const ordinary = await house.door(log);
  expect(ordinary.server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000, timeout: Math.max(30_000, ordinarySettings.requestMs) + 30_000 });
  await ordinary.close();
});
