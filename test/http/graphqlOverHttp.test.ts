import { createHash } from "node:crypto";
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { serverAudits } from "graphql-http";
import { answerOf, codes } from "../support/graphql.js";
import { House, type Caller } from "../support/House.js";

let house: House;
let door: FastifyInstance;
let master: Caller;

beforeAll(async () => {
  house = await House.open();
  door = await house.door();
  master = await house.signedIn((await house.aTenant()).master);
});
afterAll(async () => {
  await door.close();
  await house.close();
});

const QUERY = "{ viewer { user { loginId } } }";
const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
  door.inject({ method: "POST", url: "/graphql", headers: { "content-type": "application/json", ...headers }, payload });

describe("the audits of graphql-http", () => {
  /** A fetch through the door; where a GET sends no header that asks for a preflight, it gets one: CSRF prevention is on. */
  const fetchFn = async (input: string, { method = "GET", headers = {}, body }: { method?: "GET" | "POST"; headers?: Record<string, string>; body?: string } = {}) => {
    const url = new URL(input);
    const answer = await door.inject({
      method, url: `${url.pathname}${url.search}`, headers: { ...(method === "GET" ? { "apollo-require-preflight": "1" } : {}), ...headers }, ...(body === undefined ? {} : { payload: body }),
    });
    return new Response(answer.body, { status: answer.statusCode, headers: Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]) });
  };
  const audits = serverAudits({ url: "http://door/graphql", fetchFn });

  it("are 61", () => { expect(audits).toHaveLength(61); });
  it.each(audits.map((audit) => [audit.name, audit] as const))("%s", async (_name, audit) => {
    const { status, ...verdict } = await audit.fn();
    expect([status, "reason" in verdict ? verdict.reason : ""]).toEqual(["ok", ""]);
  });
});

describe("the status of a refused request", () => {
  const statusOf = async (query: string, accept?: string) => (await post(JSON.stringify({ query }), accept === undefined ? {} : { accept })).statusCode;

  it.each(["{", "{ shoeSize }", "{ users(first: \"x\") { totalCount } }"])("is 400 for whoever understands application/graphql-response+json, else 200: %s", async (query) => {
    expect(await statusOf(query, "application/graphql-response+json")).toBe(400);
    expect(await statusOf(query, "application/graphql-response+json, application/json;q=0.9")).toBe(400);
    for (const accept of ["application/json", "*/*", undefined]) expect(await statusOf(query, accept)).toBe(200);
  });
});

describe("compression", () => {
  const body = JSON.stringify({ query: QUERY });
  const ask = (payload: Buffer, encoding: string) => post(payload, { "authorization": `Bearer ${master.token}`, "content-encoding": encoding });

  it.each([["gzip", gzipSync], ["deflate", deflateSync], ["br", brotliCompressSync]] as const)("of a request as %s is understood", async (encoding, compressed) => {
    expect((await ask(compressed(body), encoding)).json()).toMatchObject({ data: { viewer: { user: { loginId: master.loginId } } } });
  });

  it("of a request is told in any case, and identity is none", async () => {
    for (const [payload, coding] of [[gzipSync(body), "GZIP"], [Buffer.from(body), "identity"], [Buffer.from(body), "Identity"]] as const) {
      expect((await ask(payload, coding)).json()).toMatchObject({ data: { viewer: { user: { loginId: master.loginId } } } });
    }
  });

  it("of a request in another way is UNSUPPORTED_MEDIA_TYPE, one that is broken BAD_REQUEST", async () => {
    expect(codes(answerOf(await ask(gzipSync(body), "compress")))).toEqual(["UNSUPPORTED_MEDIA_TYPE"]);
    expect(codes(answerOf(await ask(Buffer.from(body), "gzip")))).toEqual(["BAD_REQUEST"]);
    expect(codes(answerOf(await ask(gzipSync(body).subarray(0, 20), "gzip")))).toEqual(["BAD_REQUEST"]);
  });

  it("of a request hides no length: a bomb of 100 MB is cut at two", async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 2 ** 20, " "));
    const before = process.memoryUsage().arrayBuffers;
    const answer = answerOf(await ask(bomb, "gzip"));
    expect([answer.status, codes(answer)]).toEqual([413, ["PAYLOAD_TOO_LARGE"]]);
    expect(answer.errors[0]?.extensions).toMatchObject({ limit: 2 * 2 ** 20 });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 2 ** 20);
  });

  it("of an answer is there for who asks for it, where it is long enough, and says so to caches", async () => {
    const catalog = JSON.stringify({ query: "{ errorCatalog { code message nextStep } }" });
    const compressed = await post(catalog, { "accept-encoding": "gzip" });
    expect(compressed.headers).toMatchObject({ "content-encoding": "gzip", "vary": "accept, accept-language, accept-encoding" });
    const plain = await post(catalog);
    expect(plain.headers).not.toHaveProperty("content-encoding");
    expect(gunzipSync(compressed.rawPayload).toString()).toBe(plain.body);
    expect(compressed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 3);
    expect((await post(body, { "accept-encoding": "gzip" })).headers).not.toHaveProperty("content-encoding");
  });

  it("is not done to what a signature stands for", async () => {
    const { headers } = await door.inject({ url: "/pki/root-1.cer", headers: { "accept-encoding": "gzip" } });
    expect(headers).not.toHaveProperty("content-encoding");
  });
});

it("every answer has the request's id, also one to a door that isn't there", async () => {
  for (const [url, payload] of [["/graphql", "{"], ["/graphql", "[]"], ["/nowhere", "{}"], ["/graphql", JSON.stringify({ query: QUERY, extensions: { persistedQuery: { version: 1, sha256Hash: createHash("sha256").update("").digest("hex") } } })]] as const) {
    const answer = await door.inject({ method: "POST", url, headers: { "content-type": "application/json", "x-request-id": "partner-7" }, payload });
    expect(answer.headers["x-request-id"]).toBe("partner-7");
    if (answer.statusCode !== 200 || !answer.body.includes('"data"')) expect(answer.json()).toMatchObject({ errors: [{ extensions: { requestId: "partner-7" } }] });
  }
});

describe("the cost", () => {
  const costOf = async (query: string, variables: object = {}) => {
    const { extensions } = (await post(JSON.stringify({ query, variables }), { authorization: `Bearer ${master.token}` })).json<{ extensions?: { cost: unknown } }>();
    return extensions?.cost;
  };

  it("of a request stands in its answer: a field costs one, a list as much as the rows that are asked for", async () => {
    expect(await costOf("{ viewer { user { loginId } } }")).toEqual({ requested: 3, limit: 5_000 });
    expect(await costOf("{ users(first: 7) { nodes { id loginId } } }")).toEqual({ requested: 22, limit: 5_000 });
    expect(await costOf("query ($n: Int) { users(first: $n) { nodes { id loginId } } }", { n: 100 })).toEqual({ requested: 301, limit: 5_000 });
    expect(await costOf("{ users { nodes { id } } }")).toEqual({ requested: 41, limit: 5_000 });
  });

  it("isn't said where there is none: of a request that can't be run", async () => {
    expect(await costOf("query ($n: Int!) { users(first: $n) { totalCount } }")).toBeUndefined();
    expect(await costOf("{ shoeSize }")).toBeUndefined();
  });
});

it("a document with several operations needs the name of one", async () => {
  const query = "query A { viewer { signedInAt } } query B { __typename }";
  const named = async (operationName?: string) => answerOf(await post(JSON.stringify({ query, ...(operationName === undefined ? {} : { operationName }) }), { accept: "application/graphql-response+json" }));
  expect(codes(await named("B"))).toEqual([]);
  for (const name of [undefined, "C", ""]) expect(await named(name)).toMatchObject({ status: 400, errors: [{ extensions: { code: "OPERATION_RESOLUTION_FAILURE" } }] });
});
