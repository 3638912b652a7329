import type { FastifyInstance } from "fastify";
import { House } from "../support/House.js";

// What graphql-cop looks for (github.com/dolevf/graphql-cop, lib/tests), asked as it asks and judged as it judges, of a server as
// it comes where others reach it: the schema and GraphiQL are for the bank's operators.

let house: House;
let door: FastifyInstance;
beforeAll(async () => {
  house = await House.open();
  door = await house.door(undefined, { introspection: "operators", graphiql: "operators" });
});
afterAll(async () => {
  await door.close();
  await house.close();
});

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
}
const post = async (query: string): Promise<Answer> => (await door.inject({ method: "POST", url: "/graphql", payload: { query, operation: "cop" } })).json();
const get = async (query: string) => (await door.inject({ url: `/graphql?${new URLSearchParams({ query }).toString()}` })).json<Answer>();

it.each<[check: string, severity: string, isFound: () => Promise<boolean>]>([
  ["Alias overloading: 101 aliases", "HIGH", async () => (await post(`query cop { ${Array.from({ length: 101 }, (_, index) => `alias${String(index)}: __typename`).join(" ")} }`)).data?.alias100 !== undefined],
  ["Array-based batch: ten queries in one request", "HIGH", async () => Array.isArray((await door.inject({ method: "POST", url: "/graphql", payload: Array(10).fill({ query: "query cop { __typename }" }) })).json())],
  ["Directive overloading: ten errors of one field", "HIGH", async () => (await post("query { __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }")).errors?.length === 10],
  ["Field duplication: 500 times the same one", "HIGH", async () => (await post(`query cop { ${"__typename \n".repeat(500)} }`)).data?.__typename !== undefined],
  ["Circular query by introspection", "HIGH", async () => ((await post("query { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }")).data?.__schema) !== undefined],
  ["Circular fragment", "HIGH", async () => !("errors" in (await post("query { __schema { ...A } } fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }")))],
  ["Introspection", "HIGH", async () => ((await post("query { __schema { types { name fields { name } } } }")).data?.__schema) !== undefined],
  ["Field suggestions", "LOW", async () => JSON.stringify(await post("query { __schema { directive } }")).includes("Did you mean")],
  ["GraphQL IDE", "LOW", async () => {
    const pages = await Promise.all(["/graphiql", "/playground", "/console", "/graphql"].map(async (url) => (await door.inject({ url, headers: { accept: "text/html" } })).body));
    return pages.some((page) => ["graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground"].some((word) => page.includes(word)));
  }],
  ["GET method query support", "MEDIUM", async () => (await get("query cop { __typename }")).data?.__typename !== undefined],
  ["Mutation by GET", "MEDIUM", async () => (await get("mutation { __typename }")).data?.__typename !== undefined],
  ["POST of what is no JSON", "MEDIUM", async () => {
    const answer = await door.inject({ method: "POST", url: "/graphql", headers: { "content-type": "application/x-www-form-urlencoded" }, payload: "query=query%20%7B__typename%7D" });
    return answer.json<Answer>().data?.__typename !== undefined;
  }],
  ["Trace mode", "INFO", async () => /tracing|stacktrace|"exception"/i.test(JSON.stringify(await post("query { __typename }")))],
  ["Unhandled errors", "INFO", async () => /stacktrace|"exception"/i.test(JSON.stringify(await post("qwerty cop { abc }")))],
])("graphql-cop finds no fault: %s (%s)", async (_check, _severity, isFound) => { expect(await isFound()).toBe(false); });

it("the circular query isn't answered for those either who may ask for the schema", async () => {
  const operator = await house.atTheDesk(await house.anOperator());
  const query = "query { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }";
  const answer = await door.inject({ method: "POST", url: "/graphql", headers: { authorization: `Bearer ${operator.token}` }, payload: { query } });
  expect(answer.json<Answer>().errors?.[0]?.extensions).toMatchObject({ code: "GRAPHQL_VALIDATION_FAILED" });
});
