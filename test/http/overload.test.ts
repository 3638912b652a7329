import { connect } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { openLanes, type Lanes } from "../../src/http/lanes.js";
import { sha256Of } from "../../src/partners/trustedDocuments.js";
import { TrustedDocument } from "../../src/partners/TrustedDocument.js";
import { answerOf, codes, graphql } from "../support/graphql.js";
import { House, PASSWORD, type Tenant } from "../support/House.js";

let house: House;
let door: FastifyInstance;
let lanes: Lanes;
let tenant: Tenant;
const warnings: object[] = [];
const ends: (() => void)[] = [];

beforeAll(async () => {
  house = await House.open();
  tenant = await house.aTenant();
  lanes = openLanes({ atOnce: 0, underWay: 1, waiting: 1 }, { ...house.desk.log, warn: (facts) => { warnings.push(facts); } });
  door = await house.door(undefined, { lanes });
});
afterAll(async () => {
  await door.close();
  await house.close();
});

/** One is under way and one waits, of addresses of their own: the room is full. */
beforeEach(() => {
  for (const whose of ["198.51.100.1", "198.51.100.2"]) {
    void lanes.ORDINARY.run(whose, () => new Promise<void>((resolve) => { ends.push(resolve); }));
  }
});
const makeRoom = async () => {
  while (lanes.ORDINARY.figures().underWay > 0) {
    ends.shift()?.();
    await pause(1);
  }
};
afterEach(makeRoom);

const SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken userErrors { code } } }";
const theMaster = () => ({ input: { bankCode: "5120", loginId: tenant.master.loginId, password: PASSWORD } });
const users = () => graphql(door, null, "query signIn { users(first: 100) { nodes { id } } }");

it("refuses what is one too many with 503, Retry-After and the usual words, and says so to whoever runs the server", async () => {
  const begun = performance.now();
  const answer = await users();
  expect(performance.now() - begun).toBeGreaterThanOrEqual(249); // not at once: whoever asks again at once would take the time of all others. A timer may be 1 ms early
  expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "2", "content-language": "ja", "cache-control": "no-store" } });
  expect(answer.errors).toMatchObject([{ message: "ただいま混み合っています。処理は行われていません。", extensions: { code: "OVERLOADED", retryAfter: 2, nextStep: "2秒後に、もう一度送信してください。" } }]);
  await users();
  expect(warnings).toEqual([{ lane: "ORDINARY", underWay: 1, waiting: 1, shed: 1 }]); // once, however many
});

it("lets sign-ins and what stops something pass all the same", async () => {
  const signedIn = await graphql<{ signIn: { sessionToken: string; userErrors: object[] } }>(door, null, SIGN_IN, theMaster());
  expect(signedIn).toMatchObject({ status: 200, data: { signIn: { userErrors: [] } } });
  const { id } = await house.aCertificate(tenant.hana);
  const token = signedIn.data.signIn.sessionToken;
  const revoked = await graphql(door, token, "mutation ($id: ID!) { revokeCertificate(input: { certificateId: $id, reason: KEY_COMPROMISE }) { certificate { status } userErrors { code } } }", { id: `cert_${id}` });
  expect(revoked).toMatchObject({ status: 200, data: { revokeCertificate: { certificate: { status: "REVOKED" }, userErrors: [] } } });
  expect(await graphql(door, token, "mutation { signOut { userErrors { code } } }")).toMatchObject({ status: 200, data: { signOut: { userErrors: [] } } });
});

it.each<[string, Record<string, string>, (body: string) => Buffer | Readable]>([
  ["is compressed", { "content-encoding": "gzip" }, gzipSync],
  ["comes in chunks", { "transfer-encoding": "chunked" }, (body) => Readable.from([body])],
])("lets a sign-in pass that %s, though nobody knows how long it is before it is read, and nothing else that does", async (_, coding, written) => {
  const sent = async (query: string) => answerOf(await door.inject({
    method: "POST", url: "/graphql", headers: { "content-type": "application/json", ...coding }, payload: written(JSON.stringify({ query, variables: theMaster() })),
  }));
  expect(await sent(SIGN_IN)).toMatchObject({ status: 200, data: { signIn: { userErrors: [] } } });
  const refused = Array.from({ length: 16 }, () => sent("{ users { nodes { id } } }")); // as many as may be of one address
  await pause(100); // they are refused, and haven't been told
  expect(await sent(SIGN_IN)).toMatchObject({ status: 200, data: { signIn: { userErrors: [] } } });
  expect((await Promise.all(refused)).flatMap(codes)).toEqual(Array(16).fill("OVERLOADED"));
});

it("counts whoever doesn't wait for the refusal", async () => {
  const shed = async () => Number(/^shomei_requests_shed_total (\d+)$/m.exec((await door.inject("/metrics")).body)?.[1]);
  const before = await shed();
  const { port } = new URL(await door.listen({ host: "127.0.0.1", port: 0 }));
  const socket = connect(Number(port), "127.0.0.1");
  const body = '{"query":"{ users { nodes { id } } }"}';
  socket.write(`POST /graphql HTTP/1.1\r\nHost: door\r\nContent-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`);
  await pause(100);
  socket.destroy();
  await pause(300);
  expect(await shed()).toBe(before + 1);
});

it("knows a sign-in by the hash of its document, once that was asked for", async () => {
  const sha256 = sha256Of(SIGN_IN);
  await house.db.transaction((tx) => tx.insert(TrustedDocument, { client: "front", sha256, document: SIGN_IN, name: "signIn", registeredAt: house.clock.now() }));
  const byHash = async () => answerOf(await door.inject({ method: "POST", url: "/graphql", headers: { "apollographql-client-name": "front" }, payload: { documentId: `sha256:${sha256}`, variables: theMaster() } }));
  expect(codes(await byHash())).toEqual(["OVERLOADED"]);
  await house.desk.documents.find("front", sha256);
  expect((await byHash()).data).toMatchObject({ signIn: { userErrors: [] } });
});

it("reads neither a long body nor one by GET, and no download begins", async () => {
  const unread = [
    await door.inject({ method: "POST", url: "/graphql", headers: { "content-type": "application/json" }, payload: `{"query": ${" ".repeat(20_000)} this is no JSON` }),
    await door.inject({ url: "/graphql?query={__typename}", headers: { "apollo-require-preflight": "1" } }),
    await door.inject({ url: "/usage-history.csv" }),
  ].map(answerOf);
  expect(unread.map((answer) => [answer.status, ...codes(answer)])).toEqual(Array(3).fill([503, "OVERLOADED"]));
});

it("answers relying parties and whoever looks after the server as ever", async () => {
  const paths = ["/healthz", "/readyz", `/pki/root-1.crl`, "/pki/root-1.cer", "/graphiql"];
  expect(await Promise.all(paths.map(async (url) => (await door.inject({ url })).statusCode))).toEqual(paths.map(() => 200));
});

it("is as ever once there is room", async () => {
  await makeRoom();
  expect(await users()).toMatchObject({ status: 200, errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
});
