import type { FastifyInstance } from "fastify";
import { globalId } from "../../src/graphql/globalId.js";
import { Password } from "../../src/identity/Password.js";
import { codes, graphql } from "../support/graphql.js";
import { House, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

let house: House;
let door: FastifyInstance;
let tenant: Tenant;
let master: Caller;

beforeAll(async () => {
  house = await House.open();
  door = await house.door();
});
afterAll(async () => {
  await door.close();
  await house.close();
});
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
});

const send = (payload: object, by: Caller | null = master) =>
  door.inject({ method: "POST", url: "/graphql", headers: { accept: "application/graphql-response+json", ...(by ? { authorization: `Bearer ${by.token}` } : {}) }, payload });
const recorded = async () => (await house.history(tenant.contract)).map(({ action, outcome, code }) => ({ action, outcome, code }));
const MALFORMED = { action: "CERTIFICATE_REISSUE", outcome: "REFUSED", code: "BAD_REQUEST" };
const REISSUE = '{ reissueCertificate(input: { userId: "x", expectedVersion: 1, reason: $r }) { userErrors { code } } }';

describe("an attempt can't be hidden from the history", () => {
  it.each([
    ["plainly", `mutation M($r: ReissueReason!) ${REISSUE}`],
    ["in an inline fragment", `mutation M($r: ReissueReason!) { ... on Mutation ${REISSUE} }`],
    ["in a fragment", `mutation M($r: ReissueReason!) { ...F } fragment F on Mutation ${REISSUE}`],
    ["in a fragment of a fragment", `mutation M($r: ReissueReason!) { ...E } fragment E on Mutation { ...F } fragment F on Mutation ${REISSUE}`],
  ])("written %s", async (_how, query) => {
    const answer = await send({ query, variables: { r: "NOPE" } });
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
    expect(await recorded()).toEqual([MALFORMED]);
  });

  it("nor by a session that is over", async () => {
    await house.signedIn(tenant.master); // replaces it
    const answer = await send({ query: `mutation { ...F } fragment F on Mutation ${REISSUE.replace("$r", "LOST")}` });
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED", reason: "SESSION_ENDED" } }] });
    expect(await recorded()).toEqual([{ ...MALFORMED, code: "UNAUTHENTICATED" }]);
  });

  it("and what wasn't attempted isn't in it: the document's other operation counts for nothing", async () => {
    const query = `query Q($n: Int!) { users(first: $n) { totalCount } } mutation M($r: ReissueReason!) ${REISSUE}`;
    await send({ query, operationName: "Q", variables: { n: "many" } });
    expect(await recorded()).toEqual([]);
  });

  it("fragments in a circle are refused, and recorded all the same", async () => {
    const query = "mutation { ...A } fragment A on Mutation { ...B } fragment B on Mutation { ...A reissueCertificate(input: {}) { message } }";
    expect((await send({ query })).statusCode).toBe(400);
    expect(await recorded()).toEqual([MALFORMED]);
  });
});

describe("filters", () => {
  it.each([
    ["users", "status", "[UserStatus!]", "ACTIVE"],
    ["users", "certificateStatus", "[CertificateStatus!]", "ACTIVE"],
    ["certificates", "status", "[CertificateStatus!]", "ACTIVE"],
    ["usageHistory", "action", "[UsageAction!]", "SIGN_IN"],
    ["usageHistory", "outcome", "[UsageOutcome!]", "REFUSED"],
  ])("of %s by %s bear a value a hundred thousand times as once", async (list, field, type, value) => {
    const { errors } = await graphql(door, master, `query ($v: ${type}) { ${list}(filter: { ${field}: $v }) { totalCount } }`, { v: Array(100_000).fill(value) });
    expect(errors).toEqual([]);
  });

  it("that allow nothing find nothing", async () => {
    const { data } = await graphql<{ users: { totalCount: number } }>(door, master, "{ users(filter: { certificateStatus: [] }) { totalCount } }");
    expect(data.users.totalCount).toBe(0);
  });

  it("by a NUL are refused, and don't find everybody", async () => {
    expect(codes(await graphql(door, master, "query ($t: String) { users(filter: { text: $t }) { totalCount } }", { t: "\u0000" }))).toEqual(["BAD_USER_INPUT"]);
  });
});

it("an ID whose tries are used up is shown as locked, however that came about", async () => {
  await house.db.transaction((tx) => tx.update(Password, { userId: tenant.taro.id, kind: "LOGIN" }, { tries: 6, lockedAt: null }));
  const query = "{ all: users { nodes { loginId status } } locked: users(filter: { status: [LOCKED] }) { nodes { loginId } } active: users(filter: { status: [ACTIVE] }) { totalCount } }";
  const { data } = await graphql<{ all: { nodes: { loginId: string; status: string }[] }; locked: { nodes: object[] }; active: { totalCount: number } }>(door, master, query);
  expect(data.all.nodes.find(({ loginId }) => loginId === tenant.taro.loginId)).toMatchObject({ status: "LOCKED" });
  expect(data.locked.nodes).toEqual([{ loginId: tenant.taro.loginId }]);
  expect(data.active.totalCount).toBe(2);
});

it("a browser at /graphql is shown no page that asks others", async () => {
  const { body, headers } = await door.inject({ url: "/graphql", headers: { accept: "text/html" } });
  expect(body).not.toMatch(/<script|https?:\/\//);
  expect(String(headers["content-type"])).not.toContain("text/html");
});

it("GraphiQL has its policy however its address is spelled", async () => {
  for (const url of ["/graphiql", "/%67raphiql", "/graphiql?x"]) {
    const { statusCode, headers } = await door.inject({ url });
    expect([statusCode, headers["content-security-policy"]]).toEqual([200, expect.stringContaining("default-src 'none'")]);
  }
});

it("asking for a document that nobody registered is no fault", async () => {
  const answer = await send({ extensions: { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } } });
  expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } }] });
  const odd = await send({ query: "{ viewer { signedInAt } }", extensions: { persistedQuery: { version: 1, sha256Hash: {} } } });
  expect(odd.body).not.toContain("INTERNAL_SERVER_ERROR");
});

it("a null where a value is needed deep inside is bad input, not too complex", async () => {
  const query = "query ($d: OrderDirection = ASC) { users(orderBy: { field: LOGIN_ID, direction: $d }) { totalCount } }";
  expect(codes(await graphql(door, master, query, { d: null }))).toEqual(["BAD_USER_INPUT"]);
});

it("an unknown id and a foreign one are refused to the letter alike", async () => {
  const stranger = await house.aTenant();
  const certificate = await house.aCertificate(stranger.taro);
  const reissue = "mutation ($id: ID!) { reissueCertificate(input: { userId: $id, expectedVersion: 1 }) { user { id } userErrors { code message nextStep path } } }";
  const revoke = "mutation ($id: ID!) { revokeCertificate(input: { certificateId: $id, reason: SUPERSEDED }) { user { id } userErrors { code message nextStep path } } }";
  const nobodys = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  const answers = await Promise.all([
    graphql(door, master, reissue, { id: globalId("User", stranger.taro.id) }),
    graphql(door, master, reissue, { id: globalId("User", nobodys) }),
    graphql(door, master, revoke, { id: globalId("Certificate", certificate.id) }),
    graphql(door, master, revoke, { id: globalId("Certificate", nobodys) }),
  ]);
  const [foreignUser, unknownUser, foreignCertificate, unknownCertificate] = answers.map(({ text }) => text);
  expect(foreignUser).toBe(unknownUser);
  expect(foreignCertificate).toBe(unknownCertificate);
});
