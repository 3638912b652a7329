import { ApolloServer } from "@apollo/server";
import type { FastifyInstance } from "fastify";
import { getOperationAST, parse, type DocumentNode, type OperationDefinitionNode } from "graphql";
import { documentStore } from "../../src/graphql/apollo.js";
import { openExecutor, type Executor } from "../../src/graphql/executor.js";
import { fieldsWrittenOut, measuredWithinLimits } from "../../src/graphql/limits.js";
import { houseSchema } from "../../src/graphql/schema.js";
import type { FrontDesk } from "../../src/graphql/RequestContext.js";
import { House, type Caller, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;
let master: Caller;
let compiling: FastifyInstance;
let plain: FastifyInstance;
beforeAll(async () => {
  house = await House.open();
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
  await house.aCertificate(tenant.taro);
  compiling = await house.door(undefined, { compileAt: 1 });
  plain = await house.door(undefined, { compileAt: 0 });
});
afterAll(async () => {
  await compiling.close();
  await plain.close();
  await house.close();
});

const answerOf = async (door: FastifyInstance, query: string, variables: object = {}, headers: object = {}) => {
  const answer = await door.inject({
    method: "POST", url: "/graphql", payload: { query, variables },
    headers: { "authorization": `Bearer ${master.token}`, "x-request-id": "the-same", ...headers },
  });
  const { date: _, ...others } = answer.headers;
  return { statusCode: answer.statusCode, headers: others, text: answer.body, body: JSON.parse(answer.body) as unknown };
};

function operationOf(text: string): [DocumentNode, OperationDefinitionNode] {
  const document = parse(text);
  const operation = getOperationAST(document);
  if (!operation) throw new Error("no operation");
  return [document, operation];
}

/** Whether it is after its first use, whatever comes of that. */
async function isReady({ gateway, ready }: Executor, text: string): Promise<boolean> {
  const { executor } = await gateway.load({} as never);
  const [document] = operationOf(text);
  if (!executor) throw new Error("no executor");
  await executor({ document, request: { query: text }, context: {} } as never);
  return ready(text) !== undefined;
}

const USERS = `query ($first: Int, $filter: UserFilter, $orderBy: UserOrder, $full: Boolean = false) {
  users(first: $first, filter: $filter, orderBy: $orderBy) {
    totalCount nodes { ...F again: loginId certificate @include(if: $full) { serialNumber holder { loginId } } companies { name } }
  }
}
fragment F on User { __typename id ... on Node { id } displayName @skip(if: $full) status lastSignInAt }`;

describe("a compiled query answers to the letter as graphql-js does", () => {
  it.each([
    ["lists, fragments, aliases", USERS, {}],
    ["directives", USERS, { full: true }],
    ["the defaults of input fields", USERS, { orderBy: { field: "CREATED_AT" } }],
    ["enums in lists", USERS, { filter: { status: ["ACTIVE", "LOCKED"], kind: "PUBLIC" }, orderBy: { field: "LOGIN_ID", direction: "DESC" } }],
    ["a variable that isn't of its type", USERS, { first: "ten" }],
    ["an enum value that isn't there", USERS, { filter: { kind: "GUEST" } }],
    ["a page that is too long", USERS, { first: 101 }],
    ["a refusal of a scalar", "query ($s: SerialNumber) { certificate(serialNumber: $s) { id } }", { s: "not hexadecimal" }],
    ["what isn't there", "query ($id: ID!) { user(id: $id) { id } node(id: $id) { __typename } }", { id: "usr_01J00000000000000000000000" }],
    ["an interface", "query ($id: ID!) { node(id: $id) { __typename id ... on User { loginId } } }", { id: "TARO" }],
    ["who is signed in", "{ viewer { signedInAt user { loginId viewerCanReissueCertificate viewerCannotReissueCertificateReasons } } }", {}],
    ["the schema", "{ __schema { queryType { name } } __type(name: \"User\") { fields { name } } }", {}],
    ["a name that an object has already", "{ viewer { __proto__: mayOnlyEnroll constructor: signedInAt } }", {}],
    ["a number beyond all numbers, which JSON would take for null", "query ($first: Int) { users(first: $first) { nodes { id } } }", { first: null }],
    ["variables that nobody declared", "query ($first: Int = 2) { users(first: $first) { nodes { loginId } } }", { junk: { more: [1, 2] } }],
    ["an operation that has to be chosen", "query A { viewer { signedInAt } } query B { viewer { signedInAt } }", {}],
  ])("%s", async (_what, query, variables) => {
    const asked = JSON.parse(JSON.stringify(variables).replace("TARO", `usr_${tenant.taro.id}`)) as object;
    const expected = await answerOf(plain, query, asked);
    for (let use = 0; use < 3; use++) expect(await answerOf(compiling, query, asked)).toEqual(expected);
  });

  it.each(["*/*", "application/json", "application/graphql-response+json", "application/graphql-response+json, application/json;q=0.9", "text/html", "", "application/json;callbackSpec=1.0, application/json;q=0.5"])("whoever accepts “%s”", async (accept) => {
    const expected = await answerOf(plain, USERS, {}, { accept });
    for (let use = 0; use < 2; use++) expect(await answerOf(compiling, USERS, {}, { accept })).toEqual(expected);
  });

  it("with its name, and without variables", async () => {
    const asked = (door: FastifyInstance) => door.inject({
      method: "POST", url: "/graphql", headers: { authorization: `Bearer ${master.token}` }, payload: { query: "query Who { viewer { mayOnlyEnroll } }", operationName: "Who", variables: null },
    });
    const expected = await asked(plain);
    for (let use = 0; use < 2; use++) expect((await asked(compiling)).body).toBe(expected.body);
  });

  it("and Apollo isn't asked any more, unless there is an error to tell", async () => {
    const byApollo = jest.spyOn(ApolloServer.prototype, "executeHTTPGraphQLRequest");
    const query = "query Known($serial: SerialNumber) { certificate(serialNumber: $serial) { id } }";
    const asked = async (...serials: string[]) => {
      byApollo.mockClear();
      for (const serial of serials) await answerOf(compiling, query, { serial });
      return byApollo.mock.calls.length;
    };
    expect(await asked("01")).toBe(1);
    expect(await asked("01", "02", "03")).toBe(0);
    expect(await asked("not hexadecimal", "04")).toBe(1);
    byApollo.mockRestore();
  });

  it("nor of a mutation, which answers to the letter as well, is run once whatever comes of it, and whose password nobody keeps", async () => {
    const byApollo = jest.spyOn(ApolloServer.prototype, "executeHTTPGraphQLRequest");
    const query = "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { certificate { status } userErrors { code path } } }";
    const { version: before } = tenant.taro;
    const asked = async (door: FastifyInstance, expectedVersion: unknown, bearer = master.token) => {
      byApollo.mockClear();
      const entries = (await house.history()).length;
      const answer = await answerOf(door, query, { input: { userId: `usr_${tenant.taro.id}`, expectedVersion } }, { authorization: `Bearer ${bearer}` });
      return { answer, byApollo: byApollo.mock.calls.length, entries: (await house.history()).length - entries };
    };
    for (const [version, bearer, isError] of [[before + 7, master.token, false], ["none", master.token, true], [before, "nobody's", true]] as const) {
      const expected = await asked(plain, version, bearer);
      await asked(compiling, version, bearer);
      expect(await asked(compiling, version, bearer)).toEqual({ ...expected, byApollo: isError ? 1 : 0 });
    }
    expect(await asked(compiling, before)).toMatchObject({ byApollo: 0, entries: 1, answer: { body: { data: { reissueCertificate: { certificate: { status: "PENDING" }, userErrors: [] } } } } });

    const written = `mutation { signIn(input: { bankCode: "5120", loginId: "${tenant.hana.loginId}", password: "s3cret" }) { userErrors { code } } }`;
    for (let use = 0; use < 2; use++) {
      byApollo.mockClear();
      await answerOf(compiling, written);
      expect(byApollo).toHaveBeenCalledTimes(1);
    }
    byApollo.mockRestore();
  });

  it("of variables as they were sent: 1e999 is no null, and what is nested beyond all measure is passed over", async () => {
    const query = "query ($first: Int, $text: String) { users(first: $first, filter: { text: $text }) { nodes { version } } }";
    const sent = async (door: FastifyInstance, variables: string) => {
      const { statusCode, body } = await door.inject({
        method: "POST", url: "/graphql", headers: { "authorization": `Bearer ${master.token}`, "content-type": "application/json", "x-request-id": "the-same" },
        payload: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
      });
      return { statusCode, body };
    };
    for (const variables of ['{"first":null}', '{"first":1e999}', '{"text":"Infinity\\u0000"}', '{"text":1e999}', `{"first":1,"deep":${"[".repeat(20_000)}${"]".repeat(20_000)}}`]) {
      const expected = await sent(plain, variables);
      expect(expected.body).not.toContain("INTERNAL_SERVER_ERROR");
      for (let use = 0; use < 2; use++) expect(await sent(compiling, variables)).toEqual(expected);
    }
  });

  it("compiles nothing that would be written out beyond measure: its fragments stand wherever they are spread", async () => {
    const executor = openExecutor(await houseSchema(), 1);
    const fragments = Array.from({ length: 3 }, (_, depth) => `fragment F${String(depth)} on User { ${Array.from({ length: 8 }, (_none, field) => `a${String(field)}: certificate { holder { ...F${String(depth + 1)} } }`).join(" ")} }`);
    const text = `query { viewer { user { ...F0 } } } ${fragments.join(" ")} fragment F3 on User { id }`;
    expect(text.length).toBeLessThan(2_000);
    expect(fieldsWrittenOut(...operationOf(text))).toBeGreaterThan(500);
    expect(await isReady(executor, text)).toBe(false);
    expect(await isReady(executor, "{ viewer { user { id } } }")).toBe(true);
  });

  it("compiles nothing that is mostly comments: they would stay with it, and no limit of tokens counts them", async () => {
    const executor = openExecutor(await houseSchema(), 1);
    expect(await isReady(executor, `{ viewer { user { id } } }${"#\n".repeat(5_000)}`)).toBe(false);
    expect(await isReady(executor, `{ viewer { user { id } } }${"#\n".repeat(4_000)}`)).toBe(true);
  });

  it("measures the same variables of a document once, but keeps nothing long: not by a default either", async () => {
    const schema = await houseSchema();
    const kept = (text: string, variables: Record<string, unknown>) => {
      const [document, operation] = operationOf(text);
      const [one, again] = [0, 1].map(() => measuredWithinLimits(schema, document, operation, { ...variables }));
      expect(again).toEqual(one);
      return one === again && one?.coerced;
    };
    const byDefault = (statuses: string) => `query ($first: Int, $status: [UserStatus!] = [${statuses}]) { users(first: $first, filter: { status: $status }) { totalCount } }`;
    expect(kept(byDefault("LOCKED"), { first: 3 })).toEqual({ first: 3, status: ["LOCKED"] });
    expect(kept(byDefault("LOCKED, ".repeat(200)), { first: 3 })).toBe(false);
    expect(kept(byDefault("LOCKED"), { first: 3, status: Array(200).fill("LOCKED") })).toBe(false);
  });

  it("keeps no password: neither a mutation's variables nor a mutation with its values in it", async () => {
    const [document, operation] = operationOf("mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }");
    const input = { bankCode: "5120", loginId: "keir001", password: "s3cret" };
    const schema = await houseSchema();
    const [one, again] = [0, 1].map(() => measuredWithinLimits(schema, document, operation, { input }));
    expect(again).toEqual(one);
    expect(again).not.toBe(one);

    const store = documentStore();
    const [written] = operationOf('mutation { signIn(input: { bankCode: "5120", loginId: "keir001", password: "s3cret" }) { sessionToken } }');
    const [asked] = operationOf('{ users(filter: { text: "keir001" }) { nodes { id } } }');
    for (const [key, text] of Object.entries({ document, written, asked })) await store.set(key, text);
    expect(await Promise.all(["document", "written", "asked"].map((key) => store.get(key)))).toEqual([document, undefined, asked]);
  });

  it("keeps of good documents no more than so many characters, comments and all", async () => {
    const executor = openExecutor(await houseSchema(), 1);
    const long = (number: number) => `query A${String(number)} { viewer { user { id } } }${"#\n".repeat(4_000)}`;
    for (let number = 0; number < 200; number++) await isReady(executor, long(number));
    expect(executor.ready(long(0))).toBeUndefined(); // 200 are 45,000 fields' worth
    expect(executor.ready(long(199))).toBeDefined();
  });

  it("keeps no more small ones than their programs allow, which take something each, whatever is asked", async () => {
    const executor = openExecutor(await houseSchema(), 1);
    const small = (number: number) => `query A${String(number)} { __typename }`;
    for (let number = 0; number < 1_000; number++) await isReady(executor, small(number));
    expect(executor.ready(small(0))).toBeUndefined();
    expect(executor.ready(small(999))).toBeDefined();
  });

  it("no mutations that put out what took its time to compile", async () => {
    const executor = openExecutor(await houseSchema(), 1);
    const query = "{ viewer { user { id } } }";
    await isReady(executor, query);
    const mutation = (number: number) => `mutation A${String(number)} { signOut { userErrors { code } } }${"#\n".repeat(4_000)}`;
    for (let number = 0; number < 100; number++) await isReady(executor, mutation(number)).catch(() => undefined); // nobody is signed in
    expect([query, mutation(0), mutation(99)].map((text) => executor.ready(text) !== undefined)).toEqual([true, false, true]);
  });

  it("with what nobody knows in its extensions, or a body that is none", async () => {
    for (const payload of [{ query: USERS, extensions: { more: 1 } }, { query: USERS, extensions: {} }, { query: USERS, extensions: null }, { query: USERS, extensions: "{}" }, { query: USERS, variables: [] }, { query: USERS, operationName: 1 }]) {
      const [expected, compiled] = await Promise.all([plain, compiling].map(async (door) => (await door.inject({
        method: "POST", url: "/graphql", headers: { "authorization": `Bearer ${master.token}`, "x-request-id": "the-same" }, payload,
      })).body));
      expect(compiled).toBe(expected);
    }
  });

  it.each(["Other", "", "A"])("an operation that is asked for by the name “%s”, whether or not it is there", async (operationName) => {
    const asked = (door: FastifyInstance) => door.inject({
      method: "POST", url: "/graphql", headers: { "authorization": `Bearer ${master.token}`, "x-request-id": "the-same" },
      payload: { query: "query A { viewer { mayOnlyEnroll } } query B { viewer { passwordsDue } }", operationName },
    });
    const expected = await asked(plain);
    const isThere = operationName === "A";
    expect(expected.json()).toMatchObject(isThere ? { data: { viewer: { mayOnlyEnroll: false } } } : { errors: [{ extensions: { code: "OPERATION_RESOLUTION_FAILURE" } }] });
    for (let use = 0; use < 2; use++) expect((await asked(compiling)).body).toBe(expected.body);
  });

  it("nobody signed in", async () => {
    const expected = await answerOf(plain, USERS, {}, { authorization: "Bearer nothing" });
    expect(expected).toMatchObject({ body: { errors: [{ extensions: { code: "UNAUTHENTICATED" }, path: ["users"], locations: [{ line: 2, column: 3 }] }] } });
    expect(await answerOf(compiling, USERS, {}, { authorization: "Bearer nothing" })).toEqual(expected);
  });

  it("a fault deep inside: masked, in its place, and the others have their answers", async () => {
    const reads = { ...house.db.reads, query: (sql: string, params: unknown[]) => (sql.includes("predecessor_id IN") ? Promise.reject(new Error("broken")) : house.db.reads.query(sql, params)) };
    const desk = { ...house.desk, db: { ...house.db, reads } } as FrontDesk as typeof house.desk;
    const { openDoor } = await import("../../src/http/server.js");
    const { ordinarySettings } = await import("../support/House.js");
    const { pino } = await import("pino");
    const doors = await Promise.all([0, 1].map((compileAt) => openDoor(desk, pino({ level: "silent" }), { ...ordinarySettings, compileAt })));
    const query = "{ users { nodes { loginId certificate { serialNumber successor { id } } } } }";
    const [expected, compiled] = await Promise.all(doors.map((door) => answerOf(door, query)));
    expect(expected).toMatchObject({ body: { data: { users: { nodes: [{}, {}, {}] } }, errors: [{ extensions: { code: "INTERNAL_SERVER_ERROR" } }] } });
    expect(compiled).toEqual(expected);

    const reissue = "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { certificate { status successor { id } } userErrors { code } } }";
    const [, broken = plain] = doors;
    const asked = (expectedVersion: number) => answerOf(broken, reissue, { input: { userId: `usr_${tenant.hana.id}`, expectedVersion } });
    await asked(tenant.hana.version + 7); // from now on it is known
    const entries = (await house.history()).length;
    expect(await asked(tenant.hana.version)).toMatchObject({ body: {
      data: { reissueCertificate: { certificate: { status: "PENDING", successor: null }, userErrors: [] } },
      errors: [{ path: ["reissueCertificate", "certificate", "successor"], extensions: { code: "INTERNAL_SERVER_ERROR" } }],
    } });
    expect(await house.history()).toHaveLength(entries + 1); // Apollo told it, and didn't do it again
    await Promise.all(doors.map((door) => door.close()));
  });
});
