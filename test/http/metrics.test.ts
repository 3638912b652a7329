import type { FastifyInstance, InjectOptions } from "fastify";
import { pino } from "pino";
import { RateLimited } from "../../src/foundation/rateLimits.js";
import { refusalCodes } from "../../src/foundation/refusals.js";
import { requestErrorCodes } from "../../src/foundation/requestRefusals.js";
import type { DoorSettings } from "../../src/http/server.js";
import type { MetricJson } from "../../src/watch/MetricJson.js";
import { metricTable } from "../../src/watch/metricTable.js";
import { metricsText } from "../../src/watch/metricsText.js";
import { openMeters, type Meters } from "../../src/watch/openMeters.js";
import { graphql } from "../support/graphql.js";
import { House, PASSWORD, type Tenant } from "../support/House.js";
import { aRequest, aSingle } from "../support/ocspRequest.js";
import { certIdOf } from "../support/shownOcsp.js";

let house: House;
let door: FastifyInstance;
let meters: Meters;
let tenant: Tenant;

beforeAll(async () => {
  house = await House.open();
  meters = openMeters(house.desk);
  door = await house.door(pino({ level: "silent" }), { meters });
  tenant = await house.aTenant();
});
afterAll(async () => {
  await door.close();
  await house.close();
});

const scrape = (options: InjectOptions = {}, at = door) => at.inject({ url: "/metrics", ...options });
const valuesOf = async (key: keyof typeof metricTable) => (await meters.json()).find(({ name }) => name === metricTable[key].name)?.values ?? [];
const valueOf = async (key: keyof typeof metricTable, labels: object = {}) =>
  (await valuesOf(key)).find((one) => one.metricName === undefined && Object.entries(labels).every(([label, value]) => one.labels[label] === value))?.value ?? 0;
const requests = (operation: string, outcome: string) => valueOf("requests", { operation, outcome });
/** By how much something grows. */
async function growth(of: () => Promise<number>, by: () => Promise<unknown>): Promise<number> {
  const before = await of();
  await by();
  return (await of()) - before;
}
const SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken userErrors { code } } }";

describe("a GraphQL request is counted by its root field and by what came of it", () => {
  const signIn = (password: string) => graphql(door, null, SIGN_IN, { input: { bankCode: "5120", loginId: tenant.master.loginId, password } });

  it("ok", async () => { expect(await growth(() => requests("signIn", "ok"), () => signIn(PASSWORD))).toBe(1); });

  it("refused, with the code", async () => {
    expect(await growth(() => valueOf("refusals", { code: "SIGN_IN_FAILED" }), async () => {
      expect(await growth(() => requests("signIn", "refused"), () => signIn("Wrong-pass-1"))).toBe(1);
    })).toBe(1);
  });

  it("refused, where nobody is signed in", async () => {
    expect(await growth(() => valueOf("errors", { code: "UNAUTHENTICATED" }), async () => {
      expect(await growth(() => requests("users", "refused"), () => graphql(door, null, "{ users { nodes { id } } }"))).toBe(1);
    })).toBe(1);
  });

  it("invalid: nothing that the schema knows, no JSON, more than the limits let", async () => {
    expect(await growth(() => requests("none", "invalid"), async () => {
      await graphql(door, null, "{ nonsense }");
      await graphql(door, null, "{");
      await door.inject({ method: "POST", url: "/graphql", headers: { "content-type": "application/json" }, payload: "{" });
      await door.inject({ method: "POST", url: "/graphql", payload: [{ query: "{ viewer { signedInAt } }" }] });
    })).toBe(4);
    const deep = `{ users { nodes ${"{ certificate { holder ".repeat(8)}{ id }${"} }".repeat(8)} } }`;
    expect(await growth(() => valueOf("errors", { code: "TOO_DEEP" }), async () => {
      expect(await growth(() => requests("users", "invalid"), () => graphql(door, null, deep))).toBe(1);
    })).toBe(1);
  });

  it("limited", async () => {
    const { rates } = house.desk;
    house.desk.rates = { takeHeld: () => false, take: () => Promise.reject(new RateLimited("ADDRESS", 1, 60, true)) };
    expect(await growth(() => requests("none", "limited"), () => graphql(door, null, "{ viewer { signedInAt } }"))).toBe(1);
    house.desk.rates = rates;
  });

  it("fault", async () => {
    const { reads } = house.db;
    const caller = await house.signedIn(tenant.master);
    const query = reads.query.bind(reads);
    Object.assign(reads, { query: (sql: string, ...others: []) => (sql.includes("FROM users") ? Promise.reject(new Error("the disk is full")) : query(sql, ...others)) });
    try {
      expect(await growth(() => requests("users", "fault"), () => graphql(door, caller, "{ users { nodes { id } } }"))).toBe(1);
    } finally {
      Object.assign(reads, { query });
    }
  });

  it("whatever it calls itself and its fields; through fragments; several, or introspection alone, by words of their own", async () => {
    expect(await growth(() => requests("viewer", "ok"), () => graphql(door, null, "query Keiri_taro { mine: viewer { signedInAt } }"))).toBe(1);
    expect(await growth(() => requests("viewer", "ok"), () => graphql(door, null, "query { ...a ... on Query { ...a } } fragment a on Query { viewer { signedInAt } }"))).toBe(1);
    expect(await growth(() => requests("several", "ok"), () => graphql(door, null, "{ viewer { signedInAt } errorCatalog { code } }"))).toBe(1);
    expect(await growth(() => requests("introspection", "ok"), () => graphql(door, null, "{ __schema { queryType { name } } __typename }"))).toBe(1);
  });

  it("and by how long it took", async () => {
    const count = async () => (await valuesOf("requestDurations")).find(({ metricName, labels }) => metricName?.endsWith("_count") && labels.operation === "viewer")?.value ?? 0;
    expect(await growth(count, () => graphql(door, null, "{ viewer { signedInAt } }"))).toBe(1);
  });
});

it("other answers are counted by route and class of status, never by path", async () => {
  expect(await growth(() => valueOf("http", { route: "/pki/:name.cer", status: "2xx" }), () => door.inject({ url: "/pki/root-1.cer" }))).toBe(1);
  expect(await growth(() => valueOf("http", { route: "none", status: "4xx" }), () => door.inject({ url: "/pki/nobody-9.cer" }))).toBe(1);
  expect(await growth(() => valueOf("http", { route: "none", status: "4xx" }), () => door.inject({ url: "/wp-admin/secret" }))).toBe(1);
  expect(await growth(() => valueOf("http", { route: "/healthz", status: "2xx" }), () => door.inject({ url: "/healthz" }))).toBe(1);
});

it("OCSP is counted by what was said of each certificate, and the signer's end is told", async () => {
  const { serialNumber, issuerId } = await house.aCertificate(tenant.taro);
  const issuer = await house.desk.issuers.open(issuerId);
  const ask = (payload: Buffer) => door.inject({ method: "POST", url: "/ocsp", headers: { "content-type": "application/ocsp-request" }, payload });
  expect(await growth(() => valueOf("ocsp", { status: "good" }), () => ask(aRequest({ singles: [aSingle(certIdOf(issuer, serialNumber))] })))).toBe(1);
  expect(await growth(() => valueOf("ocsp", { status: "unknown" }), () => ask(aRequest({ singles: [aSingle(certIdOf(issuer, "0102030405060708090a"))] })))).toBe(1);
  expect(await growth(() => valueOf("ocsp", { status: "malformed_request" }), () => ask(Buffer.from("x")))).toBe(1);
  expect(await valueOf("ocspSignerEnd", { issuer: "5120-1" })).toBeGreaterThan(6 * 86_400);
  house.clock.advance(2 * 3_600_000);
  expect(await valuesOf("ocspSignerEnd")).toEqual([]); // nobody asked: it needn't be renewed
});

it("nothing of it is named by a client or a customer: every label is of a closed list, and no name, ID or address occurs", async () => {
  const { text } = await metricsText([await meters.json()], undefined);
  const { master, taro, contract, bank } = tenant;
  for (const told of [master.loginId, master.id, taro.displayName, contract.id, contract.name, bank.name, bank.id, "Keiri_taro", "mine", "wp-admin", "127.0.0.1"]) expect(text).not.toContain(told);
  const codes = new Set<string>([...refusalCodes, ...requestErrorCodes]);
  for (const key of ["refusals", "errors"] as const) for (const { labels } of await valuesOf(key)) expect(codes).toContain(labels.code);
  expect(new Set((await valuesOf("requests")).map(({ labels }) => labels.type))).toEqual(new Set(["query", "mutation", "none"]));
});

describe("/metrics is there", () => {
  /** A door for relying parties is opened quickly; the rule is that of all doors. */
  const isThere = async (options: InjectOptions, settings: Partial<DoorSettings> = {}) => {
    const asked = await house.door(pino({ level: "silent" }), { meters, isForRelyingParties: true, ...settings });
    const { statusCode, body } = await scrape(options, asked);
    await asked.close();
    if (statusCode !== 200) expect([statusCode, body.includes("shomei_")]).toEqual([404, false]);
    return statusCode === 200;
  };
  const token = "a-token-of-the-bank-1";
  const bearing = (given: string) => ({ remoteAddress: "203.0.113.9", headers: { authorization: `Bearer ${given}` } });

  it("for this machine", async () => {
    expect(await isThere({ remoteAddress: "127.0.0.1" })).toBe(true);
    expect(await isThere({ remoteAddress: "::1" })).toBe(true);
  });

  it("for nobody else, as if there were no such path", async () => { expect(await isThere({ remoteAddress: "203.0.113.9" })).toBe(false); });

  it("nor for whom a proxy on this machine speaks, named or not", async () => {
    expect(await isThere({}, { proxies: { loopback: true, certificates: new Set() } })).toBe(false);
    for (const name of ["x-forwarded-for", "forwarded", "via", "x-real-ip", "x-forwarded-proto"]) expect(await isThere({ headers: { [name]: "1" } })).toBe(false);
  });

  it("for whoever bears the token, from anywhere", async () => {
    expect(await isThere(bearing(token), { metricsToken: token })).toBe(true);
    expect(await isThere(bearing(`${token}x`), { metricsToken: token })).toBe(false);
    expect(await isThere(bearing("undefined"))).toBe(false);
    expect(await isThere({ remoteAddress: "203.0.113.9" }, { metricsToken: token })).toBe(false);
  });

  it("at the whole door as at that of relying parties", async () => {
    expect((await scrape()).statusCode).toBe(200);
    expect((await scrape({ remoteAddress: "203.0.113.9" })).statusCode).toBe(404);
  });
});

it("it is Prometheus' text, or OpenMetrics where that is asked for, each time anew", async () => {
  for (let time = 0; time < 2; time++) {
    const plain = await scrape();
    expect(plain.headers).toMatchObject({ "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" });
    expect(plain.body).toContain("# TYPE shomei_graphql_requests_total counter\nshomei_graphql_requests_total{");
    const open = await scrape({ headers: { accept: "application/openmetrics-text; version=1.0.0,text/plain;q=0.5" } });
    expect(open.headers["content-type"]).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(open.body).toContain("# TYPE shomei_graphql_requests counter\nshomei_graphql_requests_total{");
    expect(open.body).toMatch(/\n# EOF\n$/);
  }
});

it("each metric of the table is told, with its labels and no others", async () => {
  const told = await meters.json();
  expect(told.map(({ name, type, help }) => ({ name, type, help }))).toEqual(Object.values(metricTable).map(({ name, type, help }) => ({ name, type, help })));
  for (const { labels, name } of Object.values(metricTable)) {
    for (const one of told.find((metric) => metric.name === name)?.values ?? []) expect(Object.keys(one.labels).filter((label) => label !== "le")).toEqual([...labels]);
  }
});

it("of several processes what each counts is added, and what all of them read in the database is told once", async () => {
  const process = (ok: number, active: number, up: number): MetricJson[] => [
    { name: "shomei_graphql_requests_total", help: "h", type: "counter", aggregator: metricTable.requests.together, values: [{ labels: { operation: "users" }, value: ok }] },
    { name: "shomei_certificates", help: "h", type: "gauge", aggregator: metricTable.certificates.together, values: [{ labels: { status: "active" }, value: active }] },
    { name: "shomei_database_up", help: "h", type: "gauge", aggregator: metricTable.databaseUp.together, values: [{ labels: {}, value: up }] },
  ];
  const { text } = await metricsText([process(3, 10, 1), process(4, 10, 0)], undefined);
  expect(text).toContain("shomei_graphql_requests_total{operation=\"users\"} 7\n");
  expect(text).toContain("shomei_certificates{status=\"active\"} 10\n");
  expect(text).toContain("shomei_database_up 0\n");
});
