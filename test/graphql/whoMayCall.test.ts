import { buildSchema, type GraphQLSchema } from "graphql";
import { describeOperations } from "../../src/graphql/describeOperations.js";
import { houseSchema } from "../../src/graphql/schema.js";
import { deeds } from "../../src/policy/deeds.js";
import { permission } from "../../src/policy/permissionTable.js";
import { questions } from "../../src/policy/questions.js";
import { whoIsShown, whoMayDo } from "../../src/policy/whoMayCall.js";

let schema: GraphQLSchema;

beforeAll(async () => {
  schema = await houseSchema();
});

const queries = () => Object.values(schema.getQueryType()?.getFields() ?? {});
const mutations = () => Object.values(schema.getMutationType()?.getFields() ?? {});
const lineOf = (name: string) => deeds[name] ?? { needs: "NOTHING" as const };

// What the rulebook comes to, in words written by hand.
const expected = {
  signIn: "May be called by: anyone.",
  signOut: "May be called by: whoever is signed in.",
  reissueCertificate: "May be called by: a Master (on a Public ID's); the bank's staff, by two (on the Master's).",
  revokeCertificate: "May be called by: a Master (on a Public ID's); the bank's staff (on a Public ID's, the Master's).",
  enrollCertificate: "May be called by: a Master (on its own); a Public ID (on its own); an Enrollee (on its own).",
  changePasswords: "May be called by: a Master (on itself); a Public ID (on itself); a Password changer (on itself).",
  updateUser: "May be called by: a Master (on itself, a Public ID).",
  unlockUser: "May be called by: a Master (on a Public ID); the bank's staff, by two (on the Master).",
  stopContract: "May be called by: a Master (on its own).",
  acknowledgeAlert: "May be called by: a Master (on its contract's); the bank's staff (on its bank's).",
  requestReissue: "May be called by: the bank's staff (on the Master's), for a colleague to approve.",
  requestStart: "May be called by: the bank's staff (on its bank's), for a colleague to approve.",
  approveRequest: "May be called by: the bank's staff (on a colleague's).",
  withdrawRequest: "May be called by: the bank's staff (on its own).",
  viewer: "May be called by: anyone.",
  node: "May be called by: whoever is signed in.",
  usageHistory: "May be called by: whoever is signed in. Shown to: a Master (its contract's); the bank's staff (its bank's).",
  notices: "May be called by: whoever is signed in. Shown to: the bank's staff (its bank's).",
  reissuePreview: "May be called by: whoever is signed in. Shown to: a Master (a Public ID's); the bank's staff (the Master's).",
};

describe("every query and every mutation", () => {
  it("says once, at its end, who may call it", () => {
    for (const { name, description } of [...queries(), ...mutations()]) {
      const said = description?.match(/May be called by: /g) ?? [];
      expect([name, said.length]).toEqual([name, 1]);
      const line = deeds[name];
      expect([name, description]).toEqual([name, expect.stringMatching(/\S{3}.* May be called by: (?!nobody)\S.*\.$/)]);
      expect(description?.endsWith(line ? whoMayDo(line) : whoIsShown(questions[name] ?? "NOTHING"))).toBe(true);
    }
  });

  it.each(Object.entries(expected))("%s: “%s”", (name, words) => {
    const field = [...queries(), ...mutations()].find((one) => one.name === name);
    expect(field?.description?.slice(-words.length - 2)).toMatch(/[.。] ./);
    expect(field?.description?.slice(-words.length)).toBe(words);
  });

  it("has its line in the policy, and every line its operation", () => {
    expect(Object.keys(questions).sort()).toEqual(queries().map(({ name }) => name).sort());
    expect(Object.keys(deeds).sort()).toEqual(mutations().map(({ name }) => name).sort());
  });

  it.each([
    ["type Query { viewer: Boolean } type Mutation { signIn: Boolean grantEverything: Boolean }", /deeds\.ts: grantEverything$/],
    ["type Query { viewer: Boolean everything: Boolean }", /questions\.ts: everything$/],
    ["type Query { toString: Boolean }", /questions\.ts: toString$/], // what every object has is no line
    ["type Query { viewer: Boolean } type Mutation { constructor: Boolean }", /deeds\.ts: constructor$/],
  ])("without a line stops the start: %s", (sdl, message) => {
    expect(() => { describeOperations(buildSchema(sdl)); }).toThrow(message);
  });
});

describe("another rulebook", () => {
  it("that lets a Public ID reissue its own says so", () => {
    const may: typeof permission = (role, action, subject, relation) =>
      role === "PUBLIC" && action === "reissue" && relation === "own" ? "yes" : permission(role, action, subject, relation);
    expect(whoMayDo(lineOf("reissueCertificate"), may)).toBe(
      "May be called by: a Master (on a Public ID's); a Public ID (on its own); the bank's staff, by two (on the Master's).");
  });

  it("in which one operator is enough says so, and leaves nothing to approve", () => {
    const may: typeof permission = (...cell) => (permission(...cell) === "by two" ? "yes" : permission(...cell));
    expect(whoMayDo(lineOf("reissueCertificate"), may)).toBe("May be called by: a Master (on a Public ID's); the bank's staff (on the Master's).");
    expect(whoMayDo(lineOf("requestReissue"), may)).toBe("May be called by: nobody.");
  });

  it("that is open across contracts and banks says so", () => {
    const may: typeof permission = (role) => (role === "MASTER" ? "yes" : "no");
    expect(whoIsShown({ rule: "read", on: "Contract" }, may)).toBe(
      "May be called by: whoever is signed in. Shown to: a Master (its own, a Public ID's, the Master's, a colleague's, another contract's, another bank's).");
  });

  it("that allows nothing leaves nobody", () => {
    expect(whoMayDo(lineOf("stopContract"), () => "no")).toBe("May be called by: nobody.");
    expect(whoIsShown({ rule: "read", on: "User" }, () => null)).toBe("May be called by: whoever is signed in. Shown to: nobody.");
  });
});
