import { performance } from "node:perf_hooks";
import type { FastifyInstance } from "fastify";
import { getIntrospectionQuery } from "graphql";
import { costOf } from "../support/fuzz/costOf.js";
import { codes, graphql, type Answer } from "../support/graphql.js";
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

const ask = (query: string) => graphql(door, master, query);
const times = (count: number, one: (index: number) => string) => Array.from({ length: count }, (_, index) => one(index)).join(" ");
const refusal = ({ status, errors }: Answer) => ({ status, told: errors.map(({ extensions: { code, ...facts } }) => ({ code, ...(facts as object) })) });

/** Each with its code and its figures, and what is one less passes. */
describe.each([
  ["aliases", "TOO_MANY_ALIASES", 30, (count: number) => `{ viewer { ${times(count, (index) => `a${String(index)}: signedInAt`)} } }`],
  ["directives", "TOO_MANY_DIRECTIVES", 30, (count: number) => `{ viewer { ${times(count, () => "... @include(if: true) { signedInAt }")} } }`],
  ["fragments", "TOO_MANY_FRAGMENTS", 60, (count: number) => `{ viewer { ${times(count, () => "...V")} } } fragment V on Viewer { signedInAt }`],
  ["repeated fields", "TOO_MANY_REPEATED_FIELDS", 60, (count: number) => `{ viewer { signedInAt ${times(count, () => "signedInAt")} } }`],
  ["repeated fields in inline fragments", "TOO_MANY_REPEATED_FIELDS", 60, (count: number) => `{ viewer { signedInAt ${times(count, (index) => (index % 2 === 0 ? "... { signedInAt }" : "... on Viewer { ... { signedInAt } }"))} } }`],
  ["root fields", "TOO_MANY_ROOT_FIELDS", 20, (count: number) => `{ ${times(count, () => "__typename")} }`],
])("too many %s", (_what, code, limit, document) => {
  it(`are ${code} beyond ${String(limit)}, once and with both figures`, async () => {
    expect(refusal(await ask(document(limit + 1)))).toMatchObject({ status: 400, told: [{ code, limit, actual: limit + 1 }] });
    expect(codes(await ask(document(limit)))).toEqual([]);
  });
});

it("tokens are counted before anything is understood", async () => {
  expect(refusal(await ask(`{ viewer { ${"signedInAt ".repeat(2_000)} } }`))).toMatchObject({ status: 400, told: [{ code: "TOO_MANY_TOKENS", limit: 2_000 }] });
});

describe("a document that is made to be expensive", () => {
  const CIRCLE = 49;
  it.each([
    ["fragments in a large circle", `{ viewer { user { ...F0 } } } ${times(CIRCLE, (index) => `fragment F${String(index)} on User { ...F${String((index + 1) % CIRCLE)} certificate { holder { id } } }`)}`, "GRAPHQL_VALIDATION_FAILED"],
    ["a fragment within itself", "{ viewer { user { ...A } } } fragment A on User { certificate { holder { ...A } } }", "GRAPHQL_VALIDATION_FAILED"],
    ["repeated fields, each with fields", `{ ${times(280, () => "viewer { user { id } }")} }`, "TOO_MANY_REPEATED_FIELDS"],
    ["conflicting aliases", `{ viewer { ${times(300, () => "a: signedInAt a: previousSignInAt")} } }`, "TOO_MANY_ALIASES"],
    ["a hundred unknown directives", `{ __typename ${"@aa".repeat(100)} }`, "TOO_MANY_DIRECTIVES"],
    ["fragments in a mesh", `{ viewer { user { ...F0 } } } ${times(19, (index) => `fragment F${String(index)} on User { id ${times(3, (step) => `...F${String(index + step + 1)}`)} }`)} ${times(3, (index) => `fragment F${String(index + 19)} on User { id }`)}`, "TOO_COMPLEX"],
  ])("with %s is answered in no time, and never as a fault", async (_what, query, code) => {
    const beginning = performance.now();
    const answer = await ask(query);
    expect(performance.now() - beginning).toBeLessThan(500);
    expect([...new Set(codes(answer))]).toEqual([code]);
  });

  it("is told at most five of its errors, and that there are more", async () => {
    const { errors } = await ask(`{ ${times(15, (index) => `unknown${String(index)}`)} }`);
    expect(errors).toHaveLength(6);
    expect(errors.at(-1)?.message).toMatch(/Too many validation errors/);
  });
});

it.each([["lists", "{ users(first: ".concat("[".repeat(1_990))], ["objects", "{ users(first: ".concat("{a:".repeat(660))], ["fields", "{a".repeat(990)]])(
  "of %s that are nested until the parser's stack is full, no more is said than that it can't be read", async (_what, query) => {
    const { status, errors, text } = await ask(query);
    expect([status, errors.map(({ extensions }) => extensions.code)]).toEqual([400, ["GRAPHQL_PARSE_FAILED"]]);
    expect(text).not.toContain("stack");
  });

describe("a name of 2 MB", () => {
  const LONG = "n".repeat(2_000_000);
  it.each<[string, string, object, string]>([
    ["for a field", `{ ${LONG} }`, {}, "GRAPHQL_VALIDATION_FAILED"],
    ["for a value of an enum", `{ alerts(filter: { kind: [${LONG}] }) { totalCount } }`, {}, "GRAPHQL_VALIDATION_FAILED"],
    ["for one, as a text", `{ alerts(filter: { kind: ["${LONG}"] }) { totalCount } }`, {}, "GRAPHQL_VALIDATION_FAILED"],
    ["for one in a variable", "query ($f: AlertFilter) { alerts(filter: $f) { totalCount } }", { f: { kind: [LONG] } }, "BAD_USER_INPUT"],
    ["for a field of a variable", "query ($f: AlertFilter) { alerts(filter: $f) { totalCount } }", { f: { [LONG]: 1 } }, "BAD_USER_INPUT"],
  ])("%s is compared with nothing", async (_where, query, variables, code) => {
    const { milliseconds } = await costOf(2_000_000, () => query, (document) => graphql(door, master, document, variables));
    expect(milliseconds).toBeLessThan(200);
    const { status, errors, text } = await graphql(door, master, query, variables);
    expect([status, errors.map(({ extensions }) => extensions.code)]).toEqual([400, [code]]);
    expect(text.length).toBeLessThan(1_000);
  });
});

describe("a list of a million values that don't fit", () => {
  const QUERY = "query ($kinds: [AlertKind!]) { alerts(filter: { kind: $kinds }) { totalCount } }";

  it.each([51, 900_000])("are bad input and no fault, told once: %i", async (count) => {
    const answer = await graphql(door, master, QUERY, { kinds: Array<number>(count).fill(0) });
    expect(refusal(answer)).toMatchObject({ status: 400, told: [{ code: "BAD_USER_INPUT" }] });
    expect(answer.errors).toMatchObject([{ message: "Variable \"$kinds\" got an invalid value at \"kinds[0]\"." }]);
  });

  it("are looked at no further than the first of them", async () => {
    const { milliseconds } = await costOf(900_000, (count) => Array<number>(count).fill(0), (kinds) => graphql(door, master, QUERY, { kinds }));
    expect(milliseconds).toBeLessThan(1_000); // it is parsed and taken in; each looked at, it was more than a minute
  });

  it("are each told where they are few", async () => {
    expect(codes(await graphql(door, master, QUERY, { kinds: [0, 0, 0, 0, 0] }))).toEqual(Array(5).fill("BAD_USER_INPUT"));
  });
});

it("what GraphiQL asks of the schema stays within every limit", async () => {
  expect(codes(await ask(getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true, directiveIsRepeatable: true })))).toEqual([]);
});

describe("introspection", () => {
  const SCHEMA = "{ __schema { queryType { name } } }";
  const asked = async (introspection: "all" | "operators" | "nobody", by: Parameters<typeof graphql>[1], query = SCHEMA) => {
    const other = await house.door(undefined, { introspection });
    try {
      return await graphql(other, by, query);
    } finally {
      await other.close();
    }
  };

  it("is everybody's, the bank's operators' or nobody's, as it is set", async () => {
    const operator = await house.atTheDesk(await house.anOperator());
    const closed = { status: 403, told: [{ code: "INTROSPECTION_CLOSED" }] };
    expect(codes(await asked("all", null))).toEqual([]);
    expect(codes(await asked("operators", operator))).toEqual([]);
    for (const by of [null, master]) expect(refusal(await asked("operators", by))).toMatchObject(closed);
    for (const by of [null, master, operator]) expect(refusal(await asked("nobody", by))).toMatchObject(closed);
  });

  it.each(["{ __type(name: \"User\") { name } }", "{ ...S } fragment S on Query { __schema { types { name } } }", "{ a: __schema { types { name } } viewer { signedInAt } }"])(
    "can't be had in another way: %s", async (query) => {
      expect(codes(await asked("nobody", master, query))).toEqual(["INTROSPECTION_CLOSED"]);
    });

  it("closed stays closed for a document that the executor has kept, and opens it to those who may", async () => {
    const operator = await house.atTheDesk(await house.anOperator());
    const other = await house.door(undefined, { introspection: "operators" });
    try {
      for (const by of [master, operator, master, operator]) expect(codes(await graphql(other, by, SCHEMA))).toEqual(by === master ? ["INTROSPECTION_CLOSED"] : []);
    } finally {
      await other.close();
    }
  });

  it("closed leaves __typename, which every client asks for", async () => {
    expect((await asked("nobody", null, "{ __typename }")).data).toEqual({ __typename: "Query" });
  });
});

it("there are no subscriptions, which is no fault", async () => {
  expect(codes(await ask("subscription { __typename }"))).toEqual(["GRAPHQL_VALIDATION_FAILED"]);
});

it("a page too long is refused before the deed beside it is done", async () => {
  const { taro } = await house.aTenant();
  const query = `mutation { suspendUser(input: { userId: "usr_${taro.id}" }) { user { certificates(first: 101) { totalCount } } userErrors { code } } }`;
  expect(refusal(await ask(query))).toMatchObject({ status: 400, told: [{ code: "PAGE_TOO_LONG", limit: 100, actual: 101 }] });
});
