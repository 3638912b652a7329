import type { FastifyInstance } from "fastify";
import { registerDocuments, removeDocuments, listDocuments } from "../../src/partners/registerDocuments.js";
import { sha256Of } from "../../src/partners/trustedDocuments.js";
import { SIGN_IN } from "../../src/http/graphiql/documents.js";
import { answerOf, codes, type Answer } from "../support/graphql.js";
import { House, type Caller } from "../support/House.js";

const VIEWER = "query Viewer { viewer { user { loginId } } }";
const SIGN_OUT = "mutation SignOut { signOut { userErrors { code } } }";
const UNREGISTERED = "query Other { viewer { signedInAt } }";
const manifest = (...documents: string[]) => JSON.stringify(Object.fromEntries(documents.map((document) => [sha256Of(document), document])));
const named = (document: string) => ({ name: /^\w+ (\w+)/.exec(document)?.[1] ?? "" });

let house: House;
let open: FastifyInstance;
let held: FastifyInstance;
let everybodyHeld: FastifyInstance;
let master: Caller;

beforeAll(async () => {
  house = await House.open();
  [open, held, everybodyHeld] = await Promise.all([house.door(), house.door(undefined, { trustedOnly: new Set(["front"]) }), house.door(undefined, { trustedOnly: "everybody" })]);
  await registerDocuments(house.desk, "front", manifest(VIEWER, SIGN_OUT), named);
});
afterAll(async () => {
  await Promise.all([open, held, everybodyHeld].map((door) => door.close()));
  await house.close();
});
beforeEach(async () => { master = await house.signedIn((await house.aTenant()).master); });

const headers = (client?: string, token = master.token) => ({ accept: "application/graphql-response+json", authorization: `Bearer ${token}`, ...(client === undefined ? {} : { "apollographql-client-name": client }) });
const post = async (door: FastifyInstance, payload: object, client?: string, token?: string): Promise<Answer> =>
  answerOf(await door.inject({ method: "POST", url: "/graphql", headers: headers(client, token), payload }));
const get = async (door: FastifyInstance, query: Record<string, string>, client?: string): Promise<Answer> =>
  answerOf(await door.inject({ url: `/graphql?${new URLSearchParams(query).toString()}`, headers: { "apollo-require-preflight": "1", ...headers(client) } }));
const hashOf = (document: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: sha256Of(document) } } });
const SEEN = () => ({ viewer: { user: { loginId: master.loginId } } });

describe("a registered document", () => {
  it("is run by its hash, as Apollo's and urql's clients send it and as documentId, by POST and by GET", async () => {
    expect((await post(open, hashOf(VIEWER), "front")).data).toEqual(SEEN());
    expect((await post(open, { documentId: `sha256:${sha256Of(VIEWER)}` }, "front")).data).toEqual(SEEN());
    expect((await get(open, { extensions: JSON.stringify(hashOf(VIEWER).extensions) }, "front")).data).toEqual(SEEN());
    expect((await get(open, { documentId: `sha256:${sha256Of(VIEWER)}` }, "front")).data).toEqual(SEEN());
  });

  it("is its client's alone", async () => {
    for (const client of ["another", "", undefined, "FRONT"]) expect(codes(await post(open, hashOf(VIEWER), client))).toEqual(["PERSISTED_QUERY_NOT_FOUND"]);
  });

  it("that is a mutation isn't run by GET", async () => {
    expect((await get(open, { documentId: `sha256:${sha256Of(SIGN_OUT)}` }, "front")).status).toBe(405);
    expect(codes(await post(open, { query: VIEWER }))).toEqual([]);
  });
});

describe("an unknown hash", () => {
  it("is PERSISTED_QUERY_NOT_FOUND in the words by which clients know to send the query itself, and that registers nothing", async () => {
    expect(await post(open, hashOf(UNREGISTERED), "front")).toMatchObject({ status: 200, errors: [{ message: "PersistedQueryNotFound", extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } }] });
    expect(codes(await post(open, { query: UNREGISTERED, ...hashOf(UNREGISTERED) }, "front"))).toEqual([]);
    expect(codes(await post(open, hashOf(UNREGISTERED), "front"))).toEqual(["PERSISTED_QUERY_NOT_FOUND"]);
  });

  it.each([
    ["that isn't the query's", { query: UNREGISTERED, ...hashOf(VIEWER) }],
    ["in no hexadecimal", { extensions: { persistedQuery: { version: 1, sha256Hash: "x".repeat(64) } } }],
    ["that is no text", { extensions: { persistedQuery: { version: 1, sha256Hash: 5 } } }],
    ["of another version", { extensions: { persistedQuery: { version: 2, sha256Hash: sha256Of(VIEWER) } } }],
    ["in a documentId of another kind", { documentId: "md5:0" }],
    ["in a documentId that is no text", { documentId: {} }],
  ])("%s is BAD_REQUEST", async (_what, payload) => { expect(await post(open, payload, "front")).toMatchObject({ status: 400, errors: [{ extensions: { code: "BAD_REQUEST" } }] }); });
});

describe("a client that is held to what it registered", () => {
  it("sends that, by hash or whole, and nothing else; which is decided before anything of it is read", async () => {
    expect((await post(held, hashOf(VIEWER), "front")).data).toEqual(SEEN());
    expect((await post(held, { query: VIEWER }, "front")).data).toEqual(SEEN());
    for (const query of [UNREGISTERED, `${VIEWER} `, "{ __typename }", "{", "x".repeat(100_000)]) {
      expect(await post(held, { query }, "front")).toMatchObject({ status: 403, data: undefined, errors: [{ extensions: { code: "DOCUMENT_NOT_TRUSTED" } }] });
    }
    expect(codes(await get(held, { query: UNREGISTERED }, "front"))).toEqual(["DOCUMENT_NOT_TRUSTED"]);
  });

  it("doesn't hold others", async () => {
    expect(codes(await post(held, { query: UNREGISTERED }, "another"))).toEqual([]);
    expect(codes(await post(held, { query: UNREGISTERED }))).toEqual([]);
  });

  it("is everybody where that is set, whatever it calls itself, but for the bank's own staff", async () => {
    for (const client of ["front", "another", undefined]) expect(codes(await post(everybodyHeld, { query: UNREGISTERED }, client))).toEqual(["DOCUMENT_NOT_TRUSTED"]);
    expect((await post(everybodyHeld, hashOf(VIEWER), "front")).data).toEqual(SEEN());
    expect(codes(await post(everybodyHeld, { query: SIGN_IN.signInOperator, variables: { input: { bankCode: "5120", loginId: "nobody", password: "x" } } }))).toEqual([]); // GraphiQL's own
    const operator = await house.atTheDesk(await house.anOperator());
    expect(codes(await post(everybodyHeld, { query: UNREGISTERED }, undefined, operator.token))).toEqual([]);
  });
});

describe("registering", () => {
  const register = (text: string, client = "partner") => registerDocuments(house.desk, client, text, (document) => (document.includes("shoeSize") ? { fault: "no such field" } : named(document)));
  const registered = async () => (await listDocuments(house.desk)).filter(({ client }) => client === "partner").map(({ name }) => name);

  it("takes a code generator's manifest, and Apollo's; what is there stays; each is on record", async () => {
    expect(await register(manifest(VIEWER))).toBe(1);
    expect(await register(JSON.stringify({ format: "apollo-persisted-query-manifest", version: 1, operations: [{ id: sha256Of(SIGN_OUT), name: "SignOut", type: "mutation", body: SIGN_OUT }] }))).toBe(1);
    expect(await register(manifest(VIEWER, SIGN_OUT))).toBe(2);
    expect(await register(JSON.stringify({ [`sha256:${sha256Of(VIEWER)}`]: VIEWER }))).toBe(1);
    expect(await registered()).toEqual(["SignOut", "Viewer"]);
    expect((await house.history()).at(-1)).toMatchObject({ action: "DOCUMENTS_REGISTER", outcome: "SUCCEEDED", actorId: null, after: '{"client":"partner","documents":1}' });
  });

  it("can be taken back, one or all, and within a minute the hash is unknown everywhere", async () => {
    await register(manifest(VIEWER, SIGN_OUT));
    expect(codes(await post(open, hashOf(VIEWER), "partner"))).toEqual([]);
    expect(await removeDocuments(house.desk, "partner", `SHA256:${sha256Of(VIEWER).toUpperCase()}`)).toBe(1);
    expect(codes(await post(open, hashOf(VIEWER), "partner"))).toEqual([]); // remembered
    house.clock.advance(60_000);
    expect(codes(await post(open, hashOf(VIEWER), "partner"))).toEqual(["PERSISTED_QUERY_NOT_FOUND"]);
    await removeDocuments(house.desk, "partner");
    expect(await registered()).toEqual([]);
    await expect(removeDocuments(house.desk, "partner")).rejects.toThrow("partner has registered no such document");
    expect((await house.history()).map(({ action }) => action)).toContain("DOCUMENTS_REMOVE");
  });

  it.each([
    ["that is no JSON", "{", /^no manifest/],
    ["that is empty", "{}", /^no manifest/],
    ["of lists", "[[1]]", /^no manifest/],
    ["of operations without bodies", '{"operations":[{"id":"x"}]}', /^no manifest/],
    ["of null", "null", /^no manifest/],
    ["with another hash", JSON.stringify({ ["0".repeat(64)]: VIEWER }), /not the SHA-256/],
    ["with one that doesn't fit the schema", manifest(VIEWER, "query Q { shoeSize }"), /no such field/],
  ])("refuses one %s, whole", async (_what, text, why) => {
    await expect(register(text)).rejects.toThrow(why);
    expect(await registered()).toEqual([]);
  });

  it.each(["", "a b", "*", "a,b", "x".repeat(65)])("refuses the name %j", async (client) => { await expect(register(manifest(VIEWER), client)).rejects.toThrow("a client's name"); });
});
