import type { FastifyInstance } from "fastify";
import { isObjectType, type GraphQLSchema } from "graphql";
import { kinds } from "../../src/graphql/globalId.js";
import { houseSchema } from "../../src/graphql/schema.js";
import { aBusyBank, type BusyBank } from "../support/aBusyBank.js";
import { everyField } from "../support/everyField.js";
import { codes, graphql } from "../support/graphql.js";
import { House } from "../support/House.js";

// Relay's Global Object Identification Specification: whatever has an id is refetched by it.

let house: House;
let door: FastifyInstance;
let schema: GraphQLSchema;
let bank: BusyBank;

beforeAll(async () => {
  house = await House.open();
  door = await house.door();
  schema = await houseSchema();
  bank = await aBusyBank(house, 2);
});
afterAll(async () => {
  await door.close();
  await house.close();
});

const withAnId = () => Object.values(schema.getTypeMap()).filter(isObjectType).filter((type) => type.getFields().id);
const all = (type: string) => everyField(schema, type);

it("everything that has an id is a Node, and every Node has a kind of id", () => {
  expect(withAnId().map(({ name }) => name).sort()).toEqual(Object.keys(kinds).sort());
  for (const type of withAnId()) {
    expect([type.name, type.getInterfaces().map(({ name }) => name)]).toEqual([type.name, ["Node"]]);
    expect(String(type.getFields().id?.type)).toBe("ID!");
  }
});

/** Where each reader first comes upon things. */
const readings: [string, () => { token: string }, () => string, types: string[]][] = [
  ["a Master", () => bank.master, () => `{ users { nodes ${all("User")} } certificates { nodes ${all("Certificate")} } alerts { nodes ${all("Alert")} }
    usageHistory { nodes ${all("UsageRecord")} } viewer { contract ${all("Contract")} c: contract { companies ${all("Company")} } } }`,
    ["Alert", "Certificate", "Company", "Contract", "UsageRecord", "User"]],
  ["a Public ID", () => bank.taro, () => `{ viewer { user ${all("User")} contract ${all("Contract")} u: user { companies ${all("Company")} certificates { nodes ${all("Certificate")} } } } }`,
    ["Certificate", "Company", "Contract", "User"]],
  ["an Enrollee", () => bank.enrollee, () => `{ viewer { user ${all("User")} contract ${all("Contract")} } }`, ["Contract", "User"]],
  ["a Password changer", () => bank.passwordChanger, () => `{ viewer { user ${all("User")} contract ${all("Contract")} } }`, ["Contract", "User"]],
  ["the bank's staff", () => bank.operator, () => `{ users(first: 5) { nodes ${all("User")} } certificates(first: 5) { nodes ${all("Certificate")} } alerts { nodes ${all("Alert")} }
    usageHistory(first: 5) { nodes ${all("UsageRecord")} } contracts { nodes ${all("Contract")} } c: contracts { nodes { companies ${all("Company")} } }
    notices { nodes ${all("Notice")} } approvalRequests { nodes ${all("ApprovalRequest")} } bankViewer { operator ${all("BankOperator")} } }`,
    ["Alert", "ApprovalRequest", "BankOperator", "Certificate", "Company", "Contract", "Notice", "UsageRecord", "User"]],
];

describe.each(readings)("what %s reads", (_who, by, query, types) => {
  it("is answered by its id just as where it was read, and to no stranger", async () => {
    const seen = thingsIn((await read(by(), query())).data);
    expect([...new Set(seen.map((thing) => thing.__typename))].sort()).toEqual(types);
    for (const thing of seen) {
      const again = `query ($id: ID!) { node(id: $id) { ... on ${thing.__typename} ${all(thing.__typename)} } }`;
      expect((await read(by(), again, { id: thing.id })).data).toEqual({ node: thing });
      for (const stranger of strangersTo(by(), thing)) expect((await read(stranger, again, { id: thing.id })).data).toEqual({ node: null });
      expect(codes(await graphql(door, null, again, { id: thing.id }))).toEqual(["UNAUTHENTICATED"]);
    }
  });
});

it("the readings come upon every type that has an id", () => {
  expect([...new Set(readings.flatMap(([, , , types]) => types))].sort()).toEqual(withAnId().map(({ name }) => name).sort());
});

/** The other contract's Master isn't one to what the staff reads of contracts: its own is among that. */
function strangersTo(reader: { token: string }, { __typename }: Thing): readonly { token: string }[] {
  const isBanks = ["ApprovalRequest", "BankOperator", "Notice"].includes(__typename);
  return reader === bank.operator && !isBanks ? [bank.strangers[1]] : [...bank.strangers, ...(isBanks ? [bank.master, bank.taro] : [])];
}

async function read(by: { token: string }, query: string, variables: object = {}) {
  const answer = await graphql(door, by, query, variables);
  expect(answer.errors).toEqual([]);
  return answer;
}

interface Thing {
  __typename: string;
  id: string;
}

/** Whatever was read whole; what another thing only points at has its id alone. */
function thingsIn(data: unknown): Thing[] {
  if (typeof data !== "object" || data === null) return [];
  if (Array.isArray(data)) return data.flatMap(thingsIn);
  const isThing = "id" in data && Object.keys(data).length > 2;
  return [...(isThing ? [data as Thing] : []), ...Object.values(data).flatMap(thingsIn)];
}
