import type { FastifyInstance } from "fastify";
import { savedOperations } from "../../src/http/savedOperations.js";
import { codes, type GraphqlError } from "../support/graphql.js";
import { House, type Tenant } from "../support/House.js";

let house: House;
let door: FastifyInstance;
let ours: Tenant;

beforeAll(async () => {
  house = await House.open();
  door = await house.door(undefined, { graphiql: "operators" });
  ours = await house.aTenant();
});
afterAll(async () => {
  await door.close();
  await house.close();
});

const get = (path: string, token?: string) => door.inject({ url: `/graphiql${path}`, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
const refusalOf = async (token?: string) => {
  const response = await get("/operations.json", token);
  expect(response.headers["content-type"]).toBe("application/json; charset=utf-8");
  expect(response.body).not.toContain("mutation");
  return [response.statusCode, ...codes(response.json<{ errors: GraphqlError[] }>())];
};

describe("GraphiQL for the banks' operators", () => {
  it("gives one of them the saved operations, for its own eyes", async () => {
    const response = await get("/operations.json", (await house.atTheDesk(await house.anOperator())).token);
    expect(response).toMatchObject({ statusCode: 200, headers: { "cache-control": "no-store" } });
    expect(response.json()).toEqual(savedOperations());
  });

  it.each([
    ["nobody", () => Promise.resolve(undefined)],
    ["a token that nobody was given", () => Promise.resolve(`desk_${"x".repeat(43)}`)],
    ["an operator who signed in again since", async () => {
      const operator = await house.anOperator();
      const { token } = await house.atTheDesk(operator);
      await house.atTheDesk(operator);
      return token;
    }],
  ])("gives %s none: UNAUTHENTICATED", async (_who, token) => {
    expect(await refusalOf(await token())).toEqual([401, "UNAUTHENTICATED"]);
  });

  it.each(["master", "taro"] as const)("gives %s of a contract none: BANK_ONLY", async (who) => {
    expect(await refusalOf((await house.signedIn(ours[who])).token)).toEqual([403, "BANK_ONLY"]);
  });

  it("offers on its page their sign-in alone, and shows no list and no editor yet", async () => {
    const { statusCode, body } = await get("");
    expect(statusCode).toBe(200);
    expect(body).toContain('<input type="hidden" name="kind" value="BANK_OPERATOR">');
    expect(body).not.toMatch(/利用者|CUSTOMER|type="radio"/);
    expect(body).toContain("<main hidden>");
  });
});

it("GraphiQL for all lets customers and operators sign in on its page", async () => {
  const open = await house.door(undefined, { graphiql: "all" });
  const { body } = await open.inject({ url: "/graphiql" });
  expect(body.match(/name="kind" value="\w+"/g)).toEqual(['name="kind" value="CUSTOMER"', 'name="kind" value="BANK_OPERATOR"']);
  expect((await open.inject({ url: "/graphiql/operations.json" })).statusCode).toBe(200);
  await open.close();
});

it.each(["all", "operators"] as const)("the page for %s never takes a password where a browser would keep or send it wrongly", async (graphiql) => {
  const one = await house.door(undefined, { graphiql });
  const { body } = await one.inject({ url: "/graphiql" });
  const fields = Array.from(body.matchAll(/<input [^>]*name="(\w*[pP]assword\w*)"[^>]*>/g), ([field]) => field);
  expect(fields).toHaveLength(3);
  for (const field of fields) expect(field).toMatch(/type="password" autocomplete="(current|new)-password"/);
  expect(body).toMatch(/<form id="sign-in" method="post"/); // were its script missing, a GET would put the password into the address
  await one.close();
});
