import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { FastifyInstance } from "fastify";
import { globalId } from "../../src/graphql/globalId.js";
import { aCsr } from "../support/csr.js";
import { engine } from "../support/engine.js";
import { graphql } from "../support/graphql.js";
import { House, PASSWORD, type Tenant } from "../support/House.js";

const exporter = new InMemorySpanExporter();
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };

let house: House;
let door: FastifyInstance;
let tenant: Tenant;

beforeAll(async () => {
  house = await House.open();
  door = await house.door();
  tenant = await house.aTenant();
});
beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  exporter.reset();
});
afterEach(stopTracing);
afterAll(async () => {
  await door.close();
  await house.close();
});

function stopTracing(): void {
  for (const api of [context, propagation, trace]) api.disable();
}

/** The spans of a request, whose own is the first. */
function spans(): [ReadableSpan, ...ReadableSpan[]] {
  const all = exporter.getFinishedSpans();
  const server = all.find(({ kind }) => kind === SpanKind.SERVER);
  if (!server) throw new Error("no span of a request");
  return [server, ...all.filter((span) => span !== server)];
}
const parentOf = ({ parentSpanContext }: ReadableSpan) => parentSpanContext?.spanId;
const SIGN_IN = "mutation Hana_keiri ($input: SignInInput!) { signIn(input: $input) { sessionToken userErrors { code } } }";

it("a request is a span under the client's, named by the schema, with its transaction and its statements under it", async () => {
  const { master } = tenant;
  const answer = await graphql(door, null, SIGN_IN, { input: { bankCode: "5120", loginId: master.loginId, password: PASSWORD } }, PARENT);
  const [server, ...below] = spans();
  expect(server.name).toBe("mutation signIn");
  expect([server.spanContext().traceId, parentOf(server), server.parentSpanContext?.isRemote]).toEqual([TRACE, "b7ad6b7169203331", true]);
  expect(server.attributes).toEqual({
    "http.request.method": "POST", "http.route": "/graphql", "url.path": "/graphql", "http.response.status_code": 200,
    "graphql.operation.type": "mutation", "graphql.operation.name": "signIn", "shomei.request_id": answer.headers["x-request-id"],
  });
  expect(server.status.code).toBe(SpanStatusCode.UNSET);

  const transactions = below.filter(({ name }) => name === "db.transaction");
  expect(transactions.map(parentOf)).toContain(server.spanContext().spanId);
  const inside = below.filter((span) => transactions.some((one) => one.spanContext().spanId === parentOf(span)));
  const statements = inside.map(({ name, attributes }) => `${name} ${String(attributes["db.query.text"])}`);
  expect(statements).toEqual(expect.arrayContaining([expect.stringMatching(/^db\.query (BEGIN|START TRANSACTION)$/), expect.stringMatching(/^db\.query INSERT INTO .sessions/), "db.query COMMIT"]) as unknown);
  const reads = below.filter((span) => span.name === "db.query" && parentOf(span) === server.spanContext().spanId);
  expect(reads.length).toBeGreaterThan(0);
  expect(new Set(below.map((span) => span.spanContext().traceId))).toEqual(new Set([TRACE]));
});

it("signing is a span of its own, and sending a mail one that is part of no request", async () => {
  const { taro } = tenant;
  const { enrollmentCode } = await house.aCertificate(taro, "PENDING");
  const caller = await house.signedIn(taro);
  exporter.reset();
  const { data } = await graphql(door, caller, "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { certificate { status } } }", { input: { csr: aCsr().pem, enrollmentCode } });
  expect(data).toMatchObject({ enrollCertificate: { certificate: { status: "ACTIVE" } } });
  const [server, ...below] = spans();
  const signing = below.find(({ name }) => name === "certificate.sign");
  expect([signing && parentOf(signing), signing?.attributes]).toEqual([server.spanContext().spanId, { "shomei.issuer": "5120-1" }]);

  exporter.reset();
  await house.db.transaction((tx) => tx.query("UPDATE notices SET next_try_at = ?", [house.db.instant(house.clock.now())]));
  await house.db.transaction((tx) => tx.query("UPDATE users SET mail_address = 'hana@example.jp' WHERE mail_address IS NULL"));
  await house.mails();
  for (const span of exporter.getFinishedSpans()) expect([span.name, span.kind, parentOf(span)]).toEqual(["mail.send", SpanKind.CLIENT, undefined]);
});

it("nothing in any span says who, what with, or from where", async () => {
  const { master, taro } = tenant;
  const told = [PASSWORD, master.loginId, master.id, taro.id, taro.displayName, tenant.contract.id, "127.0.0.1", "Hana_keiri", "Wrong-pass-1"];
  await graphql(door, null, SIGN_IN, { input: { bankCode: "5120", loginId: master.loginId, password: "Wrong-pass-1" } });
  const caller = await house.signedIn(master);
  await graphql(door, caller, `query Hana_keiri { user(id: "${globalId("User", taro.id)}") { loginId displayName certificate { serialNumber } } }`);
  await graphql(door, caller, "{ users(first: 20, filter: {text: \"経理太郎\"}) { nodes { loginId } } }");
  await graphql(door, caller, "mutation ($id: ID!) { suspendUser(input: {userId: $id}) { userErrors { code } } }", { id: globalId("User", tenant.hana.id) });
  const all = JSON.stringify(exporter.getFinishedSpans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })));
  expect(exporter.getFinishedSpans().length).toBeGreaterThan(20);
  for (const secret of [...told, caller.token, globalId("User", taro.id)]) expect(all).not.toContain(secret);
});

describe("an error is told by its code alone", () => {
  it("a fault, whose message may name what was sent", async () => {
    const caller = await house.signedIn(tenant.master);
    const { reads } = house.db;
    const query = reads.query.bind(reads);
    Object.assign(reads, { query: (sql: string, ...others: []) => (sql.includes("FROM users") ? Promise.reject(new Error("Duplicate entry 'taro'")) : query(sql, ...others)) });
    await graphql(door, caller, "{ users { nodes { id } } }").finally(() => { Object.assign(reads, { query }); });
    const [server] = spans();
    expect(server).toMatchObject({ name: "query users", status: { code: SpanStatusCode.ERROR }, attributes: { "error.type": "INTERNAL_SERVER_ERROR" }, events: [] });
    expect(JSON.stringify([server.attributes, server.status])).not.toContain("taro");
  });

  it("what was refused is no fault of ours", async () => {
    await graphql(door, null, "{ users { nodes { id } } }");
    await door.inject({ method: "POST", url: "/graphql", payload: [{}] });
    const servers = exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.SERVER);
    expect(servers.map(({ name, status, attributes }) => [name, status.code, attributes["error.type"], attributes["http.response.status_code"]])).toEqual([
      ["query users", SpanStatusCode.UNSET, "UNAUTHENTICATED", 200], ["GraphQL Operation", SpanStatusCode.UNSET, "BATCH_NOT_ALLOWED", 400],
    ]);
  });

  it("a statement that failed, in a transaction that was taken back", async () => {
    const tracer = trace.getTracer("test");
    await tracer.startActiveSpan("around", async (span) => {
      await expect(house.db.transaction((tx) => tx.query("SELECT nonsense FROM nowhere"))).rejects.toThrow();
      span.end();
    });
    const failed = exporter.getFinishedSpans().filter(({ status }) => status.code === SpanStatusCode.ERROR).map(({ name }) => name);
    expect(failed).toEqual(["db.query", "db.transaction"]);
    expect(exporter.getFinishedSpans().map(({ attributes }) => attributes["db.query.text"])).toContain("ROLLBACK");
  });

  it("never by the message, also under the request", async () => {
    await trace.getTracer("test").startActiveSpan("around", async (span) => {
      await expect(house.db.transaction(() => Promise.reject(new Error("Duplicate entry 'taro'")))).rejects.toThrow();
      span.end();
    });
    const all = exporter.getFinishedSpans();
    expect(all.find(({ name }) => name === "db.transaction")?.attributes).toEqual({ "error.type": "Error" });
    expect(JSON.stringify(all.map(({ attributes, events, status }) => [attributes, events, status]))).not.toContain("taro");
  });
});

it("what the client doesn't trace (traceparent's flag) isn't recorded, nor is anything under it", async () => {
  const { AlwaysOnSampler, ParentBasedSampler } = await import("@opentelemetry/sdk-trace-base");
  stopTracing();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }), spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  const { status } = await graphql(door, null, "{ viewer { signedInAt } }", {}, { traceparent: `00-${TRACE}-b7ad6b7169203331-00` });
  expect([status, exporter.getFinishedSpans()]).toEqual([200, []]);
});

it("without an SDK nothing is recorded and a statement runs as its class has it", async () => {
  stopTracing();
  const { data } = await graphql(door, null, "{ viewer { signedInAt } }", {}, PARENT);
  await house.db.transaction(async (tx) => {
    expect(Object.hasOwn(tx.queryRunner ?? {}, "query")).toBe(false);
    await tx.query("SELECT 1");
  });
  expect([data, exporter.getFinishedSpans(), engine]).toEqual([{ viewer: null }, [], engine]);
});
