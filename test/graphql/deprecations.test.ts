import { buildSchema } from "graphql";
import { houseSchema } from "../../src/graphql/schema.js";
import { deprecationFaults } from "../support/deprecationFaults.js";

const GOOD = "Use `displayName` instead. Deprecated 2026-11-28, removed not before 2027-05-28.";

describe("a deprecation", () => {
  it("of the contract says since when, until when at least, and what replaces it", async () => { expect(deprecationFaults(await houseSchema())).toEqual([]); });

  it.each([
    GOOD,
    `${GOOD} It was never shown in full.`,
    GOOD.replace("displayName", "Company.name"),
    GOOD.replace("displayName", "Query.user.id"),
    GOOD.replace("displayName", "Kind.PUBLIC"),
  ])("may say: %s", (reason) => { expect(faultsOf(reason)).toEqual([]); });

  const form = "say: Use `…` instead. Deprecated YYYY-MM-DD, removed not before YYYY-MM-DD.";
  it.each([
    ["nothing", "No longer supported", form],
    ["an empty reason", "", form],
    ["no date", "Use `displayName` instead.", form],
    ["no date of its removal", "Use `displayName` instead. Deprecated 2026-11-28.", form],
    ["no replacement", "Deprecated 2026-11-28, removed not before 2027-05-28.", form],
    ["a replacement that isn't marked as one", GOOD.replaceAll("`", ""), form],
    ["a replacement that there isn't", GOOD.replace("displayName", "fullName"), "`fullName` isn't there, or is deprecated itself"],
    ["a part of a type that hasn't it", GOOD.replace("displayName", "Company.shoeSize"), "`Company.shoeSize` isn't there, or is deprecated itself"],
    ["itself", GOOD.replace("displayName", "nick"), "`nick` isn't there, or is deprecated itself"],
    ["a day that there isn't", GOOD.replace("2026-11-28", "2026-11-31"), "a date that there isn't"],
    ["a removal on a day that there isn't", GOOD.replace("2027-05-28", "2027-02-29"), "a date that there isn't"],
    ["dates as nobody else writes them", GOOD.replace("2026-11-28", "28.11.2026"), "a date that there isn't"],
    ["a removal before it", GOOD.replace("2027-05-28", "2026-05-28"), "removed within 180 days"],
    ["a removal too soon", GOOD.replace("2027-05-28", "2027-05-26"), "removed within 180 days"],
  ])("is found where it says %s", (_what, reason, fault) => { expect(faultsOf(reason)).toEqual([`User.nick: ${fault}`]); });

  it("is found wherever one can stand", () => {
    expect(deprecationFaults(buildSchema(`
      type Query { user(id: ID, name: String @deprecated): User }
      interface Named { name: String @deprecated }
      type User { nick: String @deprecated }
      input Filter { a: Int b: Int @deprecated(reason: "${GOOD.replace("displayName", "a")}") c: Int @deprecated(reason: "${GOOD.replace("displayName", "b")}") }
      enum Kind { MASTER @deprecated PUBLIC }
    `))).toEqual([
      `Query.user.name: ${form}`, `Named.name: ${form}`, `User.nick: ${form}`, "Filter.c: `b` isn't there, or is deprecated itself", `Kind.MASTER: ${form}`,
    ]);
  });
});

function faultsOf(reason: string): string[] {
  return deprecationFaults(buildSchema(`
    type Query { user(id: ID): User company: Company }
    type User { displayName: String nick: String @deprecated(reason: ${JSON.stringify(reason)}) kind: Kind }
    type Company { name: String }
    enum Kind { MASTER PUBLIC }
  `));
}
