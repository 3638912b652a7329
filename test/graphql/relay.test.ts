import type { FastifyInstance } from "fastify";
import { getNamedType, getNullableType, isListType, isObjectType, isScalarType, type GraphQLObjectType, type GraphQLSchema } from "graphql";
import { houseSchema } from "../../src/graphql/schema.js";
import { aBusyBank, type BusyBank } from "../support/aBusyBank.js";
import { codes, graphql } from "../support/graphql.js";
import { House } from "../support/House.js";

// Relay's GraphQL Cursor Connections Specification and Global Object Identification Specification, their sections in brackets.

const ROWS = 7;
let house: House;
let door: FastifyInstance;
let schema: GraphQLSchema;
let bank: BusyBank;

beforeAll(async () => {
  house = await House.open();
  door = await house.door();
  schema = await houseSchema();
  bank = await aBusyBank(house, ROWS);
});
afterAll(async () => {
  await door.close();
  await house.close();
});

const objects = () => Object.values(schema.getTypeMap()).filter(isObjectType);
const connections = () => objects().filter(({ name }) => name.endsWith("Connection"));
const fieldsReturningOne = () => objects().flatMap((type) => Object.values(type.getFields())
  .filter((field) => getNamedType(field.type).name.endsWith("Connection"))
  .map((field) => ({ path: `${type.name}.${field.name}`, field })));

describe("introspection", () => {
  const TYPE = "query ($name: String!) { __type(name: $name) { name kind fields { name type { name kind ofType { name kind } } } } }";
  const nonNull = (kind: string, name: string) => ({ name: null, kind: "NON_NULL", ofType: { name, kind } });
  const nullable = (kind: string, name: string) => ({ name, kind, ofType: null });

  it("shows PageInfo with its four fields [Connections §5.1]", async () => {
    expect((await ask(TYPE, { name: "PageInfo" })).data).toEqual({ __type: { name: "PageInfo", kind: "OBJECT", fields: expect.arrayContaining([
      { name: "hasNextPage", type: nonNull("SCALAR", "Boolean") }, { name: "hasPreviousPage", type: nonNull("SCALAR", "Boolean") },
      { name: "startCursor", type: nullable("SCALAR", "String") }, { name: "endCursor", type: nullable("SCALAR", "String") },
    ]) as object } });
  });

  it("shows Node with an id and nothing else [Identification §2.1]", async () => {
    expect((await ask(TYPE, { name: "Node" })).data).toEqual({ __type: { name: "Node", kind: "INTERFACE", fields: [{ name: "id", type: nonNull("SCALAR", "ID") }] } });
  });

  it("shows the root field node(id: ID!): Node [Identification §2.2]", async () => {
    const { data } = await ask<{ __schema: { queryType: { fields: { name: string }[] } } }>(
      "{ __schema { queryType { fields { name type { name kind } args { name type { kind ofType { name kind } } } } } } }");
    expect(data.__schema.queryType.fields.find(({ name }) => name === "node")).toEqual({
      name: "node", type: { name: "Node", kind: "INTERFACE" }, args: [{ name: "id", type: { kind: "NON_NULL", ofType: { name: "ID", kind: "SCALAR" } } }],
    });
  });
});

describe("every connection type", () => {
  it("has pageInfo: PageInfo! and edges, a list of an edge type [Connections §2.1]", () => {
    expect(connections().length).toBeGreaterThanOrEqual(7);
    for (const type of connections()) {
      const { pageInfo, edges } = type.getFields();
      expect([type.name, String(pageInfo?.type)]).toEqual([type.name, "PageInfo!"]);
      expect([type.name, isListType(edges && getNullableType(edges.type))]).toEqual([type.name, true]);
      expect(edgeOf(type).name).toMatch(/Edge$/);
    }
  });

  it("has edges with a node that is no list and a cursor that is written as a String [Connections §3.1]", () => {
    for (const { node, cursor } of connections().map((type) => edgeOf(type).getFields())) {
      expect(isListType(node && getNullableType(node.type))).toBe(false);
      expect(isScalarType(cursor && getNullableType(cursor.type)) && String(cursor?.type)).toMatch(/^String!?$/);
    }
  });

  it("is what is called a Connection, an Edge or PageInfo, and nothing else is called so [Connections §1]", () => {
    const called = Object.keys(schema.getTypeMap()).filter((name) => /(Connection|Edge|^PageInfo)$/.test(name));
    expect(called.sort()).toEqual([...connections().flatMap((type) => [type.name, edgeOf(type).name]), "PageInfo"].sort());
  });

  it("is asked for with first and after wherever it is returned [Connections §4]", () => {
    for (const { path, field } of fieldsReturningOne()) {
      const types = Object.fromEntries(field.args.map(({ name, type }) => [name, String(type)]));
      expect([path, types]).toEqual([path, expect.objectContaining({ first: "Int", after: "String" })]);
    }
  });
});

interface Connection {
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  totalCount: number;
  isTotalCountCapped: boolean;
}

const SELECTION = "{ edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount isTotalCountCapped }";
const root = (name: string): [string, () => { token: string }] => [`{ at: ${name}($page) ${SELECTION} }`, () => bank.operator];

// Every field that returns a connection: where it is asked for, and by whom.
const places: Record<string, [query: string, by: () => { token: string }]> = {
  "Query.users": root("users"),
  "Query.certificates": root("certificates"),
  "Query.contracts": root("contracts"),
  "Query.usageHistory": root("usageHistory"),
  "Query.alerts": root("alerts"),
  "Query.notices": root("notices"),
  "Query.approvalRequests": root("approvalRequests"),
  "User.certificates": [`{ users(first: 1, orderBy: {field: LOGIN_ID, direction: DESC}, filter: {text: "taro001"}) { nodes { at: certificates($page) ${SELECTION} } } }`, () => bank.master],
  "Viewer.changesSinceLastSignIn": [`{ viewer { at: changesSinceLastSignIn($page) ${SELECTION} } }`, () => bank.master],
};

it("every field that returns a connection is walked here", () => { expect(fieldsReturningOne().map(({ path }) => path).sort()).toEqual(Object.keys(places).sort()); });

describe.each(Object.entries(places))("a walk along %s", (_path, [query, by]) => {
  const send = (first: number, after: string | null = null) =>
    graphql(door, by(), query.replace("$page", `first: ${String(first)}, after: ${JSON.stringify(after)}`));
  const page = async (first: number, after: string | null = null) => {
    const answer = await send(first, after);
    expect(answer.errors).toEqual([]);
    return connectionIn(answer.data);
  };

  it("meets every node once, in the list's order, and ends exactly at the end", async () => {
    const whole = await page(100);
    expect(whole.totalCount).toBe(whole.edges.length);
    expect(whole.isTotalCountCapped).toBe(false);
    expect(whole.edges.length).toBeGreaterThanOrEqual(ROWS);

    const met: Connection["edges"] = [];
    for (let after: string | null = null, isMore = true; isMore;) {
      const { edges, nodes, pageInfo, totalCount } = await page(3, after);
      expect(edges.length).toBeGreaterThan(0);
      expect(nodes).toEqual(edges.map(({ node }) => node));
      expect(pageInfo.startCursor).toBe(edges[0]?.cursor);
      expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
      expect(pageInfo.hasPreviousPage).toBe(after !== null); // what the cursor stands for is there [Connections §5.1]
      expect(totalCount).toBe(whole.totalCount);
      met.push(...edges);
      expect(pageInfo.hasNextPage).toBe(met.length < whole.totalCount);
      [after, isMore] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    expect(met).toEqual(whole.edges); // the cursors too: a row's is the same on whichever page it stands
    expect(new Set(met.map(({ node }) => node.id)).size).toBe(met.length);
    expect(new Set(met.map(({ cursor }) => cursor)).size).toBe(met.length);
    for (const { cursor } of met) expect(cursor).toMatch(/^\S+$/);
  });

  it("knows whether there is more when a page ends with the last row but one, or with the last", async () => {
    const { totalCount, edges } = await page(100);
    expect((await page(totalCount - 1)).pageInfo.hasNextPage).toBe(true);
    expect((await page(totalCount)).pageInfo.hasNextPage).toBe(false);
    const last = edges.at(-1)?.cursor ?? null;
    expect(await page(3, last)).toMatchObject({ edges: [], nodes: [], pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null } });
  });

  it.each([[-1, "BAD_USER_INPUT"], [0, "BAD_USER_INPUT"], [101, "PAGE_TOO_LONG"]])("refuses first: %s as %s", async (first, code) => { expect(codes(await send(first))).toEqual([code]); });

  it("refuses what is no cursor", async () => { expect(codes(await send(3, "the third"))).toEqual(["BAD_USER_INPUT"]); });
});

function ask<Data>(query: string, variables: object = {}) {
  return graphql<Data>(door, bank.operator, query, variables);
}

function edgeOf(type: GraphQLObjectType): GraphQLObjectType {
  const edge = getNamedType(type.getFields().edges?.type);
  if (!isObjectType(edge)) throw new Error(`${type.name} has no edges`);
  return edge;
}

/** What was asked for as `at`, however deep it stands. */
function connectionIn(data: unknown): Connection {
  if (typeof data !== "object" || data === null) throw new Error("no connection");
  return Object.hasOwn(data, "at") ? (data as { at: Connection }).at : connectionIn(Object.values(data)[0]);
}
