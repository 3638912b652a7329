import { laneOf } from "../../src/graphql/laneOf.js";
import { savedOperations } from "../../src/http/savedOperations.js";

it.each([
  ["SIGN_IN", "mutation { signIn(input: {}) { sessionToken } }"],
  ["SIGN_IN", "mutation Anything { mine: signInOperator(input: {}) { sessionToken } }"],
  ["STOP", "mutation { signOut { userErrors { code } } }"],
  ["STOP", "mutation ($input: RevokeCertificateInput!) { revokeCertificate(input: $input) { ...told } } fragment told on RevokeCertificatePayload { message }"],
  ["STOP", "mutation { suspendUser(input: {}) { message } }"],
  ["STOP", "mutation { stopContract(input: {}) { message } }"],
])("is %s for %s", (lane, document) => {
  expect(laneOf(document)).toBe(lane);
  expect(laneOf(document)).toBe(lane); // also what is remembered
});

it.each([
  ["calls itself a sign-in", "query signIn { users(first: 100) { nodes { id } } }"],
  ["calls a field so", "mutation { signIn: reissueCertificate(input: {}) { message } }"],
  ["asks for something by the way", "mutation { signIn(input: {}) { sessionToken } reissueCertificate(input: {}) { message } }"],
  ["hides what it asks for", "mutation { ...all } fragment all on Mutation { signIn(input: {}) { sessionToken } }"],
  ["hides it in place", "mutation { ... { signOut { message } } }"],
  ["is a query of that name", "{ signIn { id } }"],
  ["is a subscription", "subscription { signIn { id } }"],
  ["isn't GraphQL", "mutation { signIn("],
  ["is long", `mutation { signIn(input: {}) { sessionToken } } #${"x".repeat(4_000)}`],
  ["has very many words", `mutation { signIn(input: {}) { ${"a ".repeat(300)} } }`],
  ["is a name that every object has", "mutation { constructor signIn }"],
])("is ORDINARY for a document that %s", (_what, document) => {
  expect(laneOf(document)).toBe("ORDINARY");
});

it("goes by the operation that is chosen", () => {
  const document = "mutation out { signOut { message } } query page { users(first: 100) { nodes { id } } }";
  expect([laneOf(document, "out"), laneOf(document, "page"), laneOf(document, "none"), laneOf(document)]).toEqual(["STOP", "ORDINARY", "ORDINARY", "ORDINARY"]);
});

it("knows the saved operations by what they do", () => {
  const urgent = savedOperations().filter(({ query }) => laneOf(query) !== "ORDINARY").map(({ name, query }) => `${name}: ${laneOf(query)}`);
  expect(urgent).toEqual(["01-sign-in: SIGN_IN", "07-revoke-certificate: STOP", "12-sign-out: STOP", "16-suspend-user: STOP", "19-stop-contract: STOP", "30-sign-in-operator: SIGN_IN"]);
});
