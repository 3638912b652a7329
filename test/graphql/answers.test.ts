import type { FastifyInstance } from "fastify";
import { getNamedType, type GraphQLSchema } from "graphql";
import { globalId } from "../../src/graphql/globalId.js";
import { houseSchema } from "../../src/graphql/schema.js";
import { questions } from "../../src/policy/questions.js";
import { abilityOf, mayEver } from "../../src/policy/rulebook.js";
import { aBusyBank, type BusyBank } from "../support/aBusyBank.js";
import { everyField } from "../support/everyField.js";
import { everyMutation } from "../support/everyMutation.js";
import { codes, graphql } from "../support/graphql.js";
import { House } from "../support/House.js";

// Nullability as it is kept: a field that is never null is answered to whoever is shown its object; a refusal brings nothing else.

let house: House;
let door: FastifyInstance;
let schema: GraphQLSchema;
let bank: BusyBank;
const certificates = new Map<string, string>();

beforeAll(async () => {
  house = await House.open();
  door = await house.door();
  schema = await houseSchema();
  bank = await aBusyBank(house, 2);
  await house.seal();
  const { data } = await graphql<{ users: { nodes: { id: string; certificate: { id: string } | null }[] } }>(door, bank.operator, "{ users(first: 100) { nodes { id certificate { id } } } }");
  for (const { id, certificate } of data.users.nodes) if (certificate) certificates.set(id, certificate.id);
});
afterAll(async () => {
  await door.close();
  await house.close();
});

type Reader = Exclude<keyof BusyBank, "tenants" | "strangers">;
const customers: Reader[] = ["master", "taro", "enrollee", "passwordChanger"];
const itself = (reader: Reader) => globalId("User", bank[reader].userId);
const anId = (kind: "master" | "taro") => globalId("User", bank.tenants[1]?.[kind].id ?? "");

describe("what is no Node is answered whole, without a fault,", () => {
  it.each(customers)("to the %s", async (reader) => {
    const answer = await graphql(door, bank[reader], `query ($id: ID!) { viewer ${everyField(schema, "Viewer")} userPowers(userId: $id) ${everyField(schema, "UserPowers")}
      calendar(from: "2026-11-24", until: "2026-11-30") ${everyField(schema, "Calendar")} }`, { id: itself(reader) });
    expect(answer).toMatchObject({ errors: [], data: { viewer: {}, userPowers: {}, calendar: { days: { length: 7 } } } });
  });

  it("to a Master that asks what a reissue will do", async () => {
    const answer = await graphql(door, bank.master, `query ($id: ID!) { reissuePreview(userId: $id) ${everyField(schema, "ReissuePreview")} }`, { id: itself("taro") });
    expect(answer).toMatchObject({ errors: [], data: { reissuePreview: { holder: { id: itself("taro") }, endingCertificates: [{}], endingSessions: [{}] } } });
  });

  it("to the bank's staff", async () => {
    const answer = await graphql(door, bank.operator, `query ($master: ID!, $taro: ID!) { bankViewer ${everyField(schema, "BankViewer")}
      userPowers(userId: $taro) ${everyField(schema, "UserPowers")} reissuePreview(userId: $master) ${everyField(schema, "ReissuePreview")}
      calendar(from: "2026-11-24", until: "2026-11-30") ${everyField(schema, "Calendar")} historyVerification ${everyField(schema, "HistoryVerification")} }`,
    { master: anId("master"), taro: anId("taro") });
    expect(answer).toMatchObject({ errors: [], data: { bankViewer: {}, userPowers: {}, reissuePreview: {}, calendar: {}, historyVerification: { isWhole: true } } });
  });
});

// What each query is asked for: something of the reader's own, or what the reader may do something to.
const own = (reader: Reader) => (reader === "operator" ? anId("taro") : itself(reader));
const asked: Record<string, (reader: Reader) => string> = {
  user: (reader) => `(id: "${own(reader)}")`,
  userPowers: (reader) => `(userId: "${own(reader)}")`,
  certificate: (reader) => `(id: "${certificates.get(own(reader === "master" ? "taro" : reader)) ?? ""}")`,
  reissuePreview: (reader) => `(userId: "${reader === "operator" ? anId("master") : reader === "master" ? itself("taro") : itself(reader)}")`,
  contract: (reader) => `(id: "${globalId("Contract", bank[reader].contractId ?? bank.tenants[1]?.contract.id ?? "")}")`,
  calendar: (reader) => `(from: "2026-11-24", until: "2026-11-24"${reader === "operator" ? `, contractId: "${globalId("Contract", bank.tenants[1]?.contract.id ?? "")}"` : ""})`,
  node: (reader) => `(id: "${own(reader)}")`,
};

describe.each(Object.entries(questions))("the query %s", (name, needs) => {
  const ask = (reader: Reader | null) => {
    const type = getNamedType(schema.getQueryType()?.getFields()[name]?.type)?.name ?? "";
    const selection = type.endsWith("Connection") ? "{ totalCount }" : "{ __typename }";
    return graphql(door, reader && bank[reader], `{ shown: ${name}${asked[name]?.(reader ?? "master") ?? ""} ${selection} }`);
  };

  it("shows something to exactly those that its description names", async () => {
    for (const reader of [...customers, "operator"] as const) {
      const { errors, data: { shown } } = await ask(reader);
      expect([reader, errors]).toEqual([reader, []]);
      const isSomething = shown !== null && (shown as { totalCount?: number }).totalCount !== 0;
      if (typeof needs !== "string") expect([reader, isSomething]).toEqual([reader, mayEver(abilityOf(bank[reader]), needs.rule, needs.on)]);
    }
  });

  it("answers whoever isn't signed in just where its description says anyone", async () => {
    expect(codes(await ask(null))).toEqual(needs === "NOTHING" ? [] : ["UNAUTHENTICATED"]);
  });
});

it("a refusal of any mutation leaves nothing but its errors", async () => {
  const mutations = everyMutation(schema, {}).filter(({ name }) => name !== "signOut"); // which is never refused
  expect(mutations.length).toBeGreaterThan(20);
  for (const { name, query, variables } of mutations) {
    const payload = getNamedType(schema.getMutationType()?.getFields()[name]?.type)?.name ?? "";
    const answer = await graphql<Record<string, object>>(door, bank.enrollee, query.replace("{ userErrors { code } }", everyField(schema, payload, 1)), variables);
    expect([name, answer.errors]).toEqual([name, []]);
    const { __typename: _, userErrors, ...rest } = answer.data[name] as { __typename: string; userErrors: object[] };
    expect([name, userErrors.length]).toEqual([name, 1]);
    expect([name, Object.values(rest).filter((value) => value !== null)]).toEqual([name, []]);
  }
});
