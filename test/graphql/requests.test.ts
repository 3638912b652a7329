import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { Certificate } from "../../src/certificates/Certificate.js";
import { DAY, MINUTE } from "../../src/foundation/clock.js";
import type { Database, Reads } from "../../src/foundation/database/Database.js";
import { newId } from "../../src/foundation/ids.js";
import { globalId } from "../../src/graphql/globalId.js";
import type { FrontDesk } from "../../src/graphql/RequestContext.js";
import { openDoor } from "../../src/http/server.js";
import { Password } from "../../src/identity/Password.js";
import { answerOf, codes, graphql, type Answer, type GraphqlError } from "../support/graphql.js";
import { House, ordinarySettings, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

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

const REISSUE = "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { user { version } userErrors { code message nextStep path } } }";
const REVOKE = "mutation ($input: RevokeCertificateInput!) { revokeCertificate(input: $input) { userErrors { code } } }";
const ENROLL = "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { userErrors { code } } }";
const SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken viewer { previousSignInAt } userErrors { code message } } }";
const VIEWER = "{ viewer { user { loginId } previousSignInAt } }";
const NOBODYS = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

const taro = () => globalId("User", tenant.taro.id);
const reissueInput = (changes: object = {}) => ({ userId: taro(), expectedVersion: 1, reason: "LOST", ...changes });
const signInInput = (changes: object = {}) => ({ bankCode: house.bank.code, loginId: tenant.taro.loginId, password: PASSWORD, ...changes });
const ask = <Data = Record<string, unknown>>(query: string, variables: object = {}, by: Caller | string | null = master) =>
  graphql<Data>(door, by, query, variables);
const post = (payload: string, headers: Record<string, string> = {}) =>
  door.inject({ method: "POST", url: "/graphql", headers: { "content-type": "application/json", ...headers }, payload });

describe("a malformed mutation", () => {
  const asked = (query: string, input: () => object | null): [string, () => object] => [query, () => ({ input: input() })];

  it.each([
    ["an unknown reason", ...asked(REISSUE, () => reissueInput({ reason: "BORED" })), "CERTIFICATE_REISSUE"],
    ["an explicit null as reason", ...asked(REISSUE, () => reissueInput({ reason: null })), "CERTIFICATE_REISSUE"],
    ["no version", ...asked(REISSUE, () => ({ userId: taro() })), "CERTIFICATE_REISSUE"],
    ["a version in quotes", ...asked(REISSUE, () => reissueInput({ expectedVersion: "1" })), "CERTIFICATE_REISSUE"],
    ["half a version", ...asked(REISSUE, () => reissueInput({ expectedVersion: 1.5 })), "CERTIFICATE_REISSUE"],
    ["a version beyond 32 bits", ...asked(REISSUE, () => reissueInput({ expectedVersion: 2 ** 31 })), "CERTIFICATE_REISSUE"],
    ["an object as id", ...asked(REISSUE, () => reissueInput({ userId: { $ne: "" } })), "CERTIFICATE_REISSUE"],
    ["a list of ids", ...asked(REISSUE, () => reissueInput({ userId: [taro(), taro()] })), "CERTIFICATE_REISSUE"],
    ["a number as note", ...asked(REISSUE, () => reissueInput({ note: 5 })), "CERTIFICATE_REISSUE"],
    ["an idempotency key that is no UUID", ...asked(REISSUE, () => reissueInput({ idempotencyKey: "1" })), "CERTIFICATE_REISSUE"],
    ["a field that there isn't", ...asked(REISSUE, () => reissueInput({ predecessorId: taro() })), "CERTIFICATE_REISSUE"],
    ["no input", ...asked(REISSUE, () => null), "CERTIFICATE_REISSUE"],
    ["an unknown revocation reason", ...asked(REVOKE, () => ({ certificateId: globalId("Certificate", NOBODYS), reason: "REMOVE_FROM_CRL" })), "CERTIFICATE_REVOKE"],
    ["no revocation reason", ...asked(REVOKE, () => ({ certificateId: globalId("Certificate", NOBODYS) })), "CERTIFICATE_REVOKE"],
    ["no CSR", ...asked(ENROLL, () => ({ enrollmentCode: "0000-0000-0000-0000" })), "CERTIFICATE_ENROLL"],
    ["no password", ...asked(SIGN_IN, () => signInInput({ password: undefined })), "SIGN_IN"],
  ])("with %s is BAD_USER_INPUT, changes nothing and is on record", async (_what, query, variables, action) => {
    const [before, entries] = [await house.snapshot(), (await house.history()).length];
    const answer = await ask(query, variables());
    expect(answer).toMatchObject({ status: 400, data: undefined });
    expect(new Set(codes(answer))).toEqual(new Set(["BAD_USER_INPUT"]));
    expect(answer.text).not.toMatch(/Did you mean/);
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history()).slice(entries)).toMatchObject([{
      action, outcome: "REFUSED", code: "BAD_REQUEST", actorId: master.userId, actorLoginId: master.loginId, contractId: master.contractId,
      requestId: answer.errors[0]?.extensions.requestId, address: "127.0.0.1",
    }]);
  });

  it.each([
    ["an unknown reason", "mutation { reissueCertificate(input: { userId: \"x\", expectedVersion: 1, reason: BORED }) { message } }"],
    ["a missing field", "mutation { reissueCertificate(input: { userId: \"x\" }) { message } }"],
    ["an unknown result", "mutation { reissueCertificate(input: { userId: \"x\", expectedVersion: 1 }) { privateKey } }"],
    ["no selection", "mutation { reissueCertificate(input: { userId: \"x\", expectedVersion: 1 }) }"],
    ["fragments in a circle", "mutation { reissueCertificate(input: { userId: \"x\", expectedVersion: 1 }) { ...A } } fragment A on ReissueCertificatePayload { ...B } fragment B on ReissueCertificatePayload { ...A }"],
  ])("with %s in the document is GRAPHQL_VALIDATION_FAILED and on record", async (_what, query) => {
    const entries = (await house.history()).length;
    const answer = await ask(query);
    expect(answer.status).toBe(400);
    expect(new Set(codes(answer))).toEqual(new Set(["GRAPHQL_VALIDATION_FAILED"]));
    expect((await house.history()).slice(entries)).toMatchObject([{ action: "CERTIFICATE_REISSUE", outcome: "REFUSED", code: "BAD_REQUEST" }]);
  });

  it.each([
    ["nobody", () => null],
    ["a forged token", () => "A".repeat(43)],
  ])("by %s is refused alike and leaves no record, for there is nobody to record", async (_who, by) => {
    const entries = (await house.history()).length;
    expect(codes(await ask(REISSUE, { input: reissueInput({ reason: "BORED" }) }, by()))).toEqual(["BAD_USER_INPUT"]);
    expect(codes(await ask(SIGN_IN, { input: { bankCode: house.bank.code } }, by()))[0]).toBe("BAD_USER_INPUT");
    expect((await house.history()).length).toBe(entries);
  });

  it("without an end is GRAPHQL_PARSE_FAILED", async () => {
    expect(await ask("mutation { reissueCertificate(")).toMatchObject({ status: 400, errors: [{ extensions: { code: "GRAPHQL_PARSE_FAILED" } }] });
  });

  it.each(["", "x", "usr_", `usr_${NOBODYS}0`, NOBODYS, `cert_${NOBODYS}`, `usr_${NOBODYS.toLowerCase()}`, "usr_' OR 1=1 --", "usr_\u0000", "💣".repeat(5_000)])(
    "for the malformed id %j is NOT_FOUND like one that nobody has", async (userId) => {
      const answer = await ask<{ reissueCertificate: object }>(REISSUE, { input: reissueInput({ userId }) });
      const nobodys = await ask<{ reissueCertificate: object }>(REISSUE, { input: reissueInput({ userId: globalId("User", NOBODYS) }) });
      expect(answer.status).toBe(200);
      expect(answer.data.reissueCertificate).toMatchObject({ user: null, userErrors: [{ code: "NOT_FOUND" }] });
      expect(answer.data).toEqual(nobodys.data);
      expect((await house.history(tenant.contract)).slice(-2)).toMatchObject([{ outcome: "REFUSED", code: "NOT_FOUND" }, { code: "NOT_FOUND" }]);
    });
});

describe("a malformed query", () => {
  it.each(["", "x", "usr_", "%", `usr_${NOBODYS}`, "\u0000", "ctr_\ud800"])("for the id %j is null", async (id) => {
    const answer = await ask("query ($id: ID!) { node(id: $id) { id } user(id: $id) { id } certificate(id: $id) { id } }", { id });
    expect(answer).toMatchObject({ status: 200, data: { node: null, user: null, certificate: null }, errors: [] });
  });

  it.each([
    ["an unknown status", "query ($v: UserFilter) { users(filter: $v) { totalCount } }", { status: ["ACTIV"] }],
    ["a number as text", "query ($v: UserFilter) { users(filter: $v) { totalCount } }", { text: 5 }],
    ["a serial that is no number", "query ($v: SerialNumber) { certificate(serialNumber: $v) { id } }", "40d3zz"],
    ["an empty serial", "query ($v: SerialNumber) { certificate(serialNumber: $v) { id } }", ""],
    ["a serial of zero", "query ($v: SerialNumber) { certificate(serialNumber: $v) { id } }", "0x00"],
    ["a serial of 21 octets", "query ($v: SerialNumber) { certificate(serialNumber: $v) { id } }", "01".repeat(21)],
    ["a day that there isn't", "query ($v: UsageHistoryFilter) { usageHistory(filter: $v) { totalCount } }", { from: "2026-02-30T00:00:00Z" }],
    ["a text as first", "query ($v: Int) { users(first: $v) { totalCount } }", "many"],
  ])("with %s is BAD_USER_INPUT, without a hint at what there is", async (_what, query, v) => {
    const answer = await ask(query, { v });
    expect(answer.status).toBe(400);
    expect(new Set(codes(answer))).toEqual(new Set(["BAD_USER_INPUT"]));
    expect(answer.text).not.toMatch(/Did you mean|"ACTIVE"/);
  });

  it.each([
    ["{ certificates(first: 1) { totalCounts } }"], ["{ viewr { signedInAt } }"], ["{ users(frist: 1) { totalCount } }"],
    ["{ users(filter: { staus: [ACTIVE] }) { totalCount } }"], ["{ users(filter: { status: [ACTIV] }) { totalCount } }"],
    ["query ($f: UserFiltr) { users(filter: $f) { totalCount } }"], ["{ node(id: \"x\") { ... on Usr { loginId } } }"], ["{ viewer @skp(if: true) { signedInAt } }"],
    ["{ ...viewerFeld } fragment viewerField on Query { viewer { signedInAt } }"],
  ])("is told that it is wrong and not what would be right: %s", async (query) => {
    const answer = await ask(query);
    expect(answer.status).toBe(400);
    expect(new Set(codes(answer))).toEqual(new Set(["GRAPHQL_VALIDATION_FAILED"]));
    expect(answer.text).not.toMatch(/did you mean/i);
  });

  it.each(["users", "certificates", "usageHistory"])("of %s with fewer than one row is BAD_USER_INPUT, with more than a hundred PAGE_TOO_LONG", async (list) => {
    const page = (first: number | null) => ask(`query ($first: Int) { ${list}(first: $first) { totalCount } }`, { first });
    for (const first of [0, -1, -(2 ** 31)]) {
      expect(await page(first)).toMatchObject({ data: null, errors: [{ path: [list], extensions: { code: "BAD_USER_INPUT" } }] });
    }
    for (const first of [101, 2 ** 31 - 1]) {
      expect(await page(first)).toMatchObject({ status: 400, data: undefined, errors: [{ extensions: { code: "PAGE_TOO_LONG", limit: 100, actual: first } }] });
    }
    for (const first of [1, 100, null]) expect(codes(await page(first))).toEqual([]);
  });

  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  it.each(["", "x", "%%%", encoded(null), encoded({}), encoded(["a"]), encoded(["a", 1]), encoded(["a", "b", "c"]), encoded(["\ud800", "b"])])(
    "with the broken cursor %j is BAD_USER_INPUT", async (after) => {
      for (const list of ["users", "certificates", "usageHistory"]) {
        expect(codes(await ask(`query ($after: String) { ${list}(after: $after) { totalCount } }`, { after }))).toEqual(["BAD_USER_INPUT"]);
      }
    });

  it("with a search text that is too long or no Unicode is BAD_USER_INPUT", async () => {
    for (const text of ["x".repeat(101), "\ud800"]) {
      expect(codes(await ask("query ($text: String) { users(filter: { text: $text }) { totalCount } }", { text }))).toEqual(["BAD_USER_INPUT"]);
    }
  });
});

describe("a token", () => {
  const unauthenticated = (answer: Answer, reason: string) => {
    // GraphQL over HTTP: a well-formed request was answered, and the answer is that nobody is there.
    expect(answer).toMatchObject({ status: 200, errors: [{ extensions: { code: "UNAUTHENTICATED", reason } }] });
    expect(Object.values((answer.data as object | null) ?? {}).filter(Boolean)).toEqual([]);
  };
  /** Of a token that was good once, it is on record whose mutations were turned away; of any other there is nobody to record. */
  const everywhere = async (by: string, reason: string, former?: Caller) => {
    const [before, entries] = [await house.snapshot(), (await house.history()).length];
    unauthenticated(await ask(VIEWER, {}, by), reason);
    unauthenticated(await ask("{ users { totalCount } }", {}, by), reason);
    unauthenticated(await ask("{ node(id: \"x\") { id } }", {}, by), reason);
    unauthenticated(await ask(REISSUE, { input: reissueInput() }, by), reason);
    unauthenticated(await ask("mutation { signOut { userErrors { code } } }", {}, by), reason);
    expect(await house.snapshot()).toEqual(before);
    const turnedAway = former && { actorId: former.userId, contractId: former.contractId, outcome: "REFUSED", code: "UNAUTHENTICATED", after: null };
    const recorded = turnedAway ? [{ ...turnedAway, action: "CERTIFICATE_REISSUE" }, { ...turnedAway, action: "SIGN_OUT" }] : [];
    expect((await house.history()).slice(entries)).toMatchObject(recorded);
  };

  it("is good until it idled a quarter of an hour, and not a millisecond longer", async () => {
    house.clock.advance(15 * MINUTE);
    expect(codes(await ask(VIEWER))).toEqual([]);
    house.clock.advance(15 * MINUTE + 1);
    await everywhere(master.token, "SESSION_EXPIRED", master);
  });

  it("ends after eight hours, however busy it was", async () => {
    for (let minutes = 0; minutes < 480; minutes += 15) {
      expect(codes(await ask(VIEWER))).toEqual([]);
      house.clock.advance(15 * MINUTE);
    }
    expect(codes(await ask(VIEWER))).toEqual([]);
    house.clock.advance(1);
    await everywhere(master.token, "SESSION_EXPIRED", master);
  });

  it("is worth nothing after a sign-out", async () => {
    await ask("mutation { signOut { userErrors { code } } }");
    await everywhere(master.token, "SESSION_ENDED", master);
  });

  it("is worth nothing once the same ID signed in elsewhere", async () => {
    const later = await house.signedIn(tenant.master);
    await everywhere(master.token, "SESSION_ENDED", master);
    expect(codes(await ask(VIEWER, {}, later))).toEqual([]);
  });

  it("is worth nothing once its holder's certificate was reissued", async () => {
    const holder = await house.signedIn(tenant.taro);
    await ask(REISSUE, { input: reissueInput() });
    await everywhere(holder.token, "SESSION_ENDED", holder);
  });

  it("that is forged opens nothing", () => everywhere("A".repeat(43), "UNKNOWN_SESSION"));
  it("that differs by its last sign opens nothing", () => everywhere(`${master.token.slice(0, -1)}${master.token.endsWith("A") ? "E" : "A"}`, "UNKNOWN_SESSION"));
  it("that is its own stored hash opens nothing", async () => {
    const [row] = await house.db.reads.query<{ token_hash: string }[]>("SELECT token_hash FROM sessions WHERE id = ?", [master.sessionId]);
    await everywhere(row?.token_hash ?? "", "UNKNOWN_SESSION");
  });
  it.each(["x", "' OR 1=1 --", "%", "x".repeat(5_000), "null"])("that is garbage opens nothing: %.20s", (token) => everywhere(token, "UNKNOWN_SESSION"));

  it.each(["", "Bearer", "Bearer ", "Basic bWFzdGVyOnBhc3M=", "Token TOKEN", "Bearer TOKEN extra", "TOKEN", "Bearer TOKEN, Bearer TOKEN"])(
    "in another shape opens nothing: %j", async (header) => {
      const authorization = header.replaceAll("TOKEN", master.token);
      unauthenticated(answerOf(await post(JSON.stringify({ query: VIEWER }), { authorization })), "UNKNOWN_SESSION");
    });

  it.each(["Bearer", "bearer", "BEARER"])("may be announced as %s (RFC 9110 §11.1: case doesn't count)", async (scheme) => {
    const answer = answerOf(await post(JSON.stringify({ query: VIEWER }), { authorization: `${scheme} ${master.token}` }));
    expect(answer).toMatchObject({ data: { viewer: { user: { loginId: master.loginId } } }, errors: [] });
  });

  it("in the address, a cookie or the body opens nothing", async () => {
    const response = await door.inject({
      method: "POST", url: `/graphql?access_token=${master.token}`, headers: { cookie: `sessionToken=${master.token}` },
      payload: { query: VIEWER, extensions: { sessionToken: master.token } },
    });
    expect(answerOf(response).data).toEqual({ viewer: null });
  });

  it("that is worth nothing doesn't keep anybody from signing in anew", async () => {
    const answer = await ask<SignedIn>(SIGN_IN, { input: signInInput() }, "A".repeat(43));
    expect(answer).toMatchObject({ data: { signIn: { sessionToken: expect.any(String) as string, userErrors: [] } }, errors: [] });
  });
});

interface SignedIn {
  signIn: { sessionToken: string; viewer: { previousSignInAt: string | null } };
}

it("tells when the ID had signed in before, as the new session and at every look", async () => {
  const signIn = async () => (await ask<SignedIn>(SIGN_IN, { input: signInInput() }, null)).data.signIn;
  expect((await signIn()).viewer.previousSignInAt).toBeNull();
  house.clock.advance(DAY);
  expect((await signIn()).viewer.previousSignInAt).toBe(THE_MORNING.toISOString());
  house.clock.advance(MINUTE);
  await ask(SIGN_IN, { input: signInInput({ password: "Wrong-pass-1" }) }, null);
  const { sessionToken, viewer } = await signIn();
  expect(viewer.previousSignInAt).toBe(new Date(THE_MORNING.getTime() + DAY).toISOString()); // a failure is no sign-in
  expect((await ask(VIEWER, {}, sessionToken)).data).toMatchObject({ viewer });
});

describe("the language", () => {
  const answersIn = async (header: string | undefined) => {
    const headers = header === undefined ? undefined : { "accept-language": header };
    const refusal = await graphql<{ reissueCertificate: { userErrors: { code: string; message: string; nextStep: string }[] } }>(
      door, master, REISSUE, { input: reissueInput({ userId: globalId("User", tenant.master.id) }) }, headers);
    const nobody = await graphql(door, null, "{ users { totalCount } }", {}, headers);
    const [error] = refusal.data.reissueCertificate.userErrors;
    expect(error?.code).toBe("OWN_CERTIFICATE");
    expect(codes(nobody)).toEqual(["UNAUTHENTICATED"]);
    expect([refusal.headers["content-language"], nobody.headers["content-language"]]).toEqual(Array(2).fill(/[ぁ-ん]/.test(error?.message ?? "") ? "ja" : "en"));
    expect(nobody.headers.vary).toBe("accept, accept-language, accept-encoding");
    return [error?.message, error?.nextStep, nobody.errors[0]?.message, nobody.errors[0]?.extensions.nextStep];
  };
  const japanese = ["管理者の電子証明書は、管理者ご自身では再発行・失効できません。", "当金庫へご連絡ください。", "ログインしていないか、セッションが終了しています。", "ログインしてください。"];
  const english = ["A Master can't reissue or revoke its own certificate.", "Contact the bank.", "Nobody is signed in, or the session has ended.", "Sign in."];

  it.each([undefined, "ja", "ja-JP,ja;q=0.9,en;q=0.8", "fr", "", "*", "en;q=0", ";;;", "x".repeat(2_000)])("is Japanese for Accept-Language %.40j", async (header) => {
    expect(await answersIn(header)).toEqual(japanese);
  });
  it.each(["en", "en-US,en;q=0.9", "EN", "fr,en;q=0.5,ja;q=0.1"])("is English for Accept-Language %j", async (header) => {
    expect(await answersIn(header)).toEqual(english);
  });
  it("of a reissue is the manual's", async () => {
    const message = async (language: string) => (await graphql<{ reissueCertificate: { message: string } }>(door, master,
      "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { message } }",
      { input: reissueInput({ expectedVersion: language === "ja" ? 1 : 2 }) }, { "accept-language": language })).data.reissueCertificate.message;
    expect(await message("ja")).toBe(`お客様IDの変更が終了しました。このお客様IDは「${tenant.taro.loginId}」です。`);
    expect(await message("en")).toBe(`The customer ID has been changed. This customer ID is "${tenant.taro.loginId}".`);
  });
});

describe("a fault", () => {
  const SECRET = "ER_NO_SUCH_TABLE: SELECT secret_column FROM hidden_table";
  const lines: string[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  let broken: FastifyInstance;

  /** A house whose statements that `breaks` fail. */
  const breaking = (breaks: (sql: string) => boolean, changes: Partial<FrontDesk> = {}) => {
    const { reads } = house.db;
    const query: Reads["query"] = (sql: string, parameters?: unknown[]) => (breaks(sql) ? Promise.reject(new Error(SECRET)) : reads.query(sql, parameters));
    const db: Database = {
      engine: house.db.engine,
      reads: {
        query, find: (...given) => reads.find(...given), findBy: (...given) => reads.findBy(...given),
        findOneBy: (...given) => reads.findOneBy(...given), countBy: (...given) => reads.countBy(...given),
      },
      transaction: (work, outcome) => house.db.transaction(work, outcome),
      instant: (instant) => house.db.instant(instant),
      figures: () => house.db.figures(),
      close: () => Promise.resolve(),
    };
    return openDoor({ ...house.desk, db, log, ...changes }, log, { ...ordinarySettings, graphiql: "nobody" });
  };
  const isMasked = (answer: Answer, message = /システムエラーが発生しました/) => {
    expect(answer.errors).toHaveLength(1);
    const [error] = answer.errors as [GraphqlError];
    expect(error.message).toMatch(message);
    expect(error.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR", nextStep: expect.stringMatching(/要求番号|request id/) as string, requestId: answer.headers["x-request-id"] });
    expect(answer.text).not.toMatch(/SELECT|hidden_table|ER_NO|stack|\.js|node_modules|Error:/);
    const logged = lines.filter((line) => line.includes(String(answer.headers["x-request-id"])) && line.includes("hidden_table"));
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatch(/"stack":/);
  };
  afterEach(() => broken.close());

  it("of the database in a query goes out as nothing but a request id, and is logged with everything", async () => {
    broken = await breaking((sql) => sql.includes("FROM users u"));
    isMasked(await graphql(broken, master, "{ users { totalCount } }"));
    isMasked(await graphql(broken, master, "{ users { totalCount } }", {}, { "accept-language": "en" }), /^Something went wrong on our side/);
  });

  it("before anybody is recognized goes out as the same", async () => {
    broken = await breaking(() => true);
    const answer = await graphql(broken, master, VIEWER);
    isMasked(answer);
    expect(answer.status).toBe(500);
  });

  it("in one field leaves the others their answers", async () => {
    const { id: certificateId } = await house.aCertificate(tenant.taro);
    broken = await breaking((sql) => sql.includes("c.predecessor_id IN"));
    const answer = await graphql<{ user: object }>(broken, master, "query ($id: ID!) { user(id: $id) { loginId certificate { id successor { id } } } }", { id: taro() });
    expect(answer.data).toEqual({ user: { loginId: tenant.taro.loginId, certificate: { id: `cert_${certificateId}`, successor: null } } });
    isMasked(answer);
  });

  it("in a mutation undoes all of it, and is on record as a failure", async () => {
    await house.aCertificate(tenant.taro);
    broken = await breaking(() => false, { newSerialNumber: () => { throw new Error(SECRET); } });
    const before = await house.snapshot();
    const answer = await graphql(broken, master, REISSUE, { input: reissueInput() });
    isMasked(answer);
    expect(answer.data).toEqual({ reissueCertificate: null });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({
      action: "CERTIFICATE_REISSUE", outcome: "FAILED", code: "INTERNAL_ERROR", requestId: answer.headers["x-request-id"],
    });
  });
});

describe("a request that asks for too much", () => {
  const refused = (answer: Answer, code: string) => { expect(answer).toMatchObject({ status: 400, data: undefined, errors: [{ extensions: { code } }] }); };
  const nested = (levels: number) => `{ ${"certificate { holder { ".repeat((levels - 2) / 2)}id${" } }".repeat((levels - 2) / 2)} }`;
  const viewerNested = (levels: number) => `{ viewer { user ${nested(levels)} } }`;

  it("in depth is TOO_DEEP beyond twelve levels, also through fragments", async () => {
    expect(codes(await ask(viewerNested(10).replace(/id(?= })/, "certificate { id }")))).toEqual([]); // twelve
    refused(await ask(viewerNested(12)), "TOO_DEEP");
    refused(await ask(`{ viewer { user { ...A } } } fragment A on User ${nested(12)}`), "TOO_DEEP");
    refused(await ask(`{ viewer { user { ... on User ${nested(12)} } } }`), "TOO_DEEP");
  });

  it("in rows is TOO_COMPLEX, by the page that is asked for", async () => {
    const query = "query ($users: Int, $certificates: Int) { users(first: $users) { nodes { certificates(first: $certificates) { nodes { id } } } } }";
    expect(codes(await ask(query, { users: 100, certificates: 10 }))).toEqual([]);
    refused(await ask(query, { users: 100, certificates: 100 }), "TOO_COMPLEX");
    const { errors: [error] } = await ask(query, { users: 100, certificates: 100 });
    expect(error?.extensions).toMatchObject({ limit: 5_000, actual: 20_201 });
  });

  it("in tokens is refused before it is understood", async () => {
    refused(await ask(`{ ${"viewer { signedInAt } ".repeat(500)} }`), "TOO_MANY_TOKENS");
    refused(await ask(`{ viewer { ${"signedInAt ".repeat(1_996)} } }`), "TOO_MANY_TOKENS");
  });

  it("by spreading fragments that spread fragments takes no time to be refused", async () => {
    const fragments = Array.from({ length: 60 }, (_, index) => `fragment f${String(index)} on Query { ...f${String(index + 1)} ...f${String(index + 1)} }`);
    const bomb = `{ ...f0 } ${fragments.join(" ")} fragment f60 on Query { viewer { signedInAt } }`;
    const beginning = performance.now();
    refused(await ask(bomb), "TOO_MANY_FRAGMENTS");
    expect(performance.now() - beginning).toBeLessThan(2_000);
    refused(await ask(bomb.replace("{ ...f0 }", "mutation { ...f0 }").replaceAll("on Query", "on Mutation").replace("viewer { signedInAt }", "signOut { userErrors { code } }")), "TOO_MANY_FRAGMENTS");
  });

  it("of a hundred sign-ins at once tries none of them", async () => {
    const input = signInInput({ password: "Wrong-pass-1" });
    const signIns = Array.from({ length: 100 }, (_, index) => `a${String(index)}: signIn(input: $input) { sessionToken }`).join(" ");
    const two = signIns.slice(0, signIns.indexOf("a2:"));
    const attempt = (selection: string, fragments = "") => ask(`mutation ($input: SignInInput!) { ${selection} } ${fragments}`, { input }, null);
    const [before, entries] = [await house.snapshot(), (await house.history()).length];
    refused(await attempt(signIns), "TOO_MANY_ALIASES");
    refused(await attempt("...All", `fragment All on Mutation { ${signIns} }`), "TOO_MANY_ALIASES");
    refused(await attempt(`... on Mutation { ${two} }`), "TOO_MANY_MUTATIONS");
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history()).length).toBe(entries);
    expect(await house.db.reads.findOneBy(Password, { userId: tenant.taro.id, kind: "LOGIN" })).toMatchObject({ tries: 0 });
  });

  it("of two reissues does neither, and is on record", async () => {
    const one = (alias: string, id: string) => `${alias}: reissueCertificate(input: { userId: "${globalId("User", id)}", expectedVersion: 1 }) { message }`;
    const before = await house.snapshot();
    refused(await ask(`mutation { ${one("a", tenant.taro.id)} ${one("b", tenant.hana.id)} }`), "TOO_MANY_MUTATIONS");
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "CERTIFICATE_REISSUE", outcome: "REFUSED", code: "BAD_REQUEST" });
  });

  it("is not what GraphiQL asks of the schema", async () => {
    const { getIntrospectionQuery } = await import("graphql");
    expect(codes(await ask(getIntrospectionQuery(), {}, null))).toEqual([]);
  });
});

describe("a request that a browser could be made to send", () => {
  const body = JSON.stringify({ query: "mutation { signOut { userErrors { code } } }" });
  const stays = async () => { expect(codes(await ask(VIEWER))).toEqual([]); };
  const get = (query: string, headers: Record<string, string> = {}) =>
    door.inject({ url: `/graphql?query=${encodeURIComponent(query)}`, headers: { authorization: `Bearer ${master.token}`, ...headers } });

  it.each([
    ["text/plain", 400], ["application/x-www-form-urlencoded", 415], ["multipart/form-data; boundary=x", 415], ["", 415],
  ])("as %j is refused before it is understood", async (type, status) => {
    const answer = answerOf(await post(body, { "content-type": type, "authorization": `Bearer ${master.token}` }));
    expect(answer).toMatchObject({ status, data: undefined, errors: [{ extensions: { code: status === 400 ? "BAD_REQUEST" : "UNSUPPORTED_MEDIA_TYPE" } }] });
    await stays();
  });

  it("by GET without a header of its own is refused", async () => {
    expect(answerOf(await get(VIEWER))).toMatchObject({ status: 400, data: undefined, errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });

  it("by GET with such a header may query", async () => {
    expect(answerOf(await get(VIEWER, { "apollo-require-preflight": "1" }))).toMatchObject({ status: 200, data: { viewer: { user: { loginId: master.loginId } } } });
  });

  it("by GET never changes anything", async () => {
    const answer = answerOf(await get("mutation { signOut { userErrors { code } } }", { "apollo-require-preflight": "1" }));
    expect(answer).toMatchObject({ status: 405, data: undefined, errors: [{ extensions: { code: "BAD_REQUEST" } }] });
    await stays();
  });

  it("as a batch is refused", async () => {
    const answer = answerOf(await post(`[${body},${body}]`, { authorization: `Bearer ${master.token}` }));
    expect(answer).toMatchObject({ status: 400, data: undefined, errors: [{ extensions: { code: "BATCH_NOT_ALLOWED" } }] });
    await stays();
  });

  it("gets no leave to be read by another origin", async () => {
    const response = await door.inject({ method: "OPTIONS", url: "/graphql", headers: { origin: "https://evil.example", "access-control-request-method": "POST" } });
    expect(Object.keys(response.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(response.statusCode).toBe(400);
  });
});

describe("a body", () => {
  it.each(["{", "", "null", "5", "\"query\"", "{}", "{\"query\":5}", "{\"query\":\"\"}", "{\"query\":\"{ viewer { signedInAt } }\",\"variables\":\"x\"}", "{\"query\":\"{ viewer { signedInAt } }\",\"__proto__\":{\"x\":1}}"])(
    "that is no GraphQL request is BAD_REQUEST: %j", async (payload) => {
      expect(answerOf(await post(payload))).toMatchObject({ status: 400, errors: [{ extensions: { code: "BAD_REQUEST" } }] });
    });

  it("over two megabytes is PAYLOAD_TOO_LARGE", async () => {
    const answer = answerOf(await post(JSON.stringify({ query: VIEWER, variables: { x: "x".repeat(2 * 1024 * 1024) } })));
    expect(answer).toMatchObject({ status: 413, errors: [{ extensions: { code: "PAYLOAD_TOO_LARGE", requestId: answer.headers["x-request-id"] } }] });
  });

  it("with a CSR of a megabyte is CSR_MALFORMED, changes nothing and is on record without it", async () => {
    const holder = await house.signedIn(tenant.taro);
    const { enrollmentCode } = await house.aCertificate(tenant.taro, "PENDING");
    const before = await house.snapshot();
    const answer = await ask(ENROLL, { input: { csr: "A".repeat(1024 * 1024), enrollmentCode } }, holder);
    expect(answer).toMatchObject({ status: 200, data: { enrollCertificate: { userErrors: [{ code: "CSR_MALFORMED" }] } }, errors: [] });
    expect(await house.snapshot()).toEqual(before);
    const entry = (await house.history(tenant.contract)).at(-1);
    expect(entry).toMatchObject({ action: "CERTIFICATE_ENROLL", outcome: "REFUSED", code: "CSR_MALFORMED", actorId: tenant.taro.id });
    expect(JSON.stringify(entry).length).toBeLessThan(1_000);
  });
});

describe("a request id", () => {
  it.each(["a", "trace-1.2_3", "x".repeat(64)])("that is well formed is kept, in the answer, its errors and the history: %s", async (given) => {
    const answer = await graphql(door, null, "{ users { totalCount } }", {}, { "x-request-id": given });
    expect(answer.headers["x-request-id"]).toBe(given);
    expect(answer.errors[0]?.extensions.requestId).toBe(given);
    const malformed = await graphql(door, null, "{ usrs }", {}, { "x-request-id": given });
    expect(malformed.errors[0]?.extensions.requestId).toBe(given);
    await graphql(door, master, REISSUE, { input: reissueInput({ expectedVersion: 9 }) }, { "x-request-id": given });
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ requestId: given, code: "CONFLICT" });
  });

  it.each(["", "x".repeat(65), "a b", "a\"b", "{\"a\":1}", "あ", "<script>"])("that isn't is replaced: %.20j", async (given) => {
    const answer = await graphql(door, null, "{ users { totalCount } }", {}, { "x-request-id": given });
    expect(answer.headers["x-request-id"]).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(answer.errors[0]?.extensions.requestId).toBe(answer.headers["x-request-id"]);
  });

  it("is another one for each request that brings none", async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, async () => (await ask(VIEWER)).headers["x-request-id"]));
    expect(new Set(ids).size).toBe(5);
  });
});

describe("one thing", () => {
  it("of each kind is found by its id", async () => {
    const certificate = await house.aCertificate(tenant.taro);
    const record = (await house.history(tenant.contract)).at(-1);
    const kinds = [["User", tenant.taro.id], ["Certificate", certificate.id], ["Contract", tenant.contract.id], ["UsageRecord", record?.id ?? ""]] as const;
    for (const [kind, ulid] of kinds) {
      const id = globalId(kind, ulid);
      expect((await ask("query ($id: ID!) { node(id: $id) { __typename id } }", { id })).data).toEqual({ node: { __typename: kind, id } });
    }
    for (const [kind] of kinds) expect((await ask("query ($id: ID!) { node(id: $id) { id } }", { id: globalId(kind, NOBODYS) })).data).toEqual({ node: null });
  });

  it("by its serial number is found however that is written, and given out in one form", async () => {
    const { id, serialNumber } = await house.aCertificate(tenant.taro);
    const spellings = [
      serialNumber, serialNumber.toUpperCase(), `0x${serialNumber}`, `0X${serialNumber.toUpperCase()}`, `00${serialNumber}`, ` ${serialNumber} `,
      serialNumber.replace(/..(?=.)/g, "$&:"), serialNumber.toUpperCase().replace(/..(?=.)/g, "$& "), `0${serialNumber}`,
    ];
    for (const spelling of spellings) {
      const answer = await ask("query ($s: SerialNumber) { certificate(serialNumber: $s) { id serialNumber } }", { s: spelling });
      expect(answer.data).toEqual({ certificate: { id: globalId("Certificate", id), serialNumber } });
    }
    expect((await ask(`{ certificate(serialNumber: "${serialNumber.toUpperCase()}") { serialNumber } }`)).data).toEqual({ certificate: { serialNumber } });
  });

  it("by id and serial number together is found only where both are its own", async () => {
    const [one, other] = [await house.aCertificate(tenant.taro, "PENDING"), await house.aCertificate(tenant.hana, "PENDING")];
    const both = (serialNumber: string) => ask("query ($id: ID, $s: SerialNumber) { certificate(id: $id, serialNumber: $s) { serialNumber } }", { id: globalId("Certificate", one.id), s: serialNumber });
    expect((await both(one.serialNumber)).data).toEqual({ certificate: { serialNumber: one.serialNumber } });
    expect((await both(other.serialNumber)).data).toEqual({ certificate: null });
    expect((await ask("{ certificate { id } }")).data).toEqual({ certificate: null });
  });
});

interface UsersPage {
  users: { totalCount: number; pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }; nodes: { loginId: string }[] };
}
const USERS = `query ($first: Int, $after: String, $filter: UserFilter, $orderBy: UserOrder) {
  users(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { loginId }
  }
}`;
const usersPage = async (variables: object, by: Caller = master) => {
  const answer = await ask<UsersPage>(USERS, variables, by);
  expect(answer.errors).toEqual([]);
  return answer.data.users;
};
const loginIds = async (filter: object, orderBy?: object) => {
  const { nodes, totalCount } = await usersPage({ filter, orderBy, first: 100 });
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ loginId }) => loginId);
};

describe("the list of users", () => {
  it("is filtered by the certificate's status, derived at this instant", async () => {
    const holders = { PENDING: "pending", ENROLLMENT_EXPIRED: "toolate", ACTIVE: "active1", EXPIRED: "expired", REVOKED: "revoked" } as const;
    for (const [status, name] of Object.entries(holders) as [keyof typeof holders, string][]) {
      await house.aCertificate(await house.aUser(tenant.contract, { loginId: `${name}${tenant.taro.loginId.slice(-3)}` }), status);
    }
    for (const [status, name] of Object.entries(holders)) {
      expect(await loginIds({ certificateStatus: [status] })).toEqual([`${name}${tenant.taro.loginId.slice(-3)}`]);
    }
    expect(await loginIds({ certificateStatus: ["ACTIVE", "PENDING"] })).toHaveLength(2);
    expect(await loginIds({ certificateStatus: [] })).toEqual([]);
    house.clock.advance(14 * MINUTE);
    await house.db.transaction((tx) => tx.update(Certificate, { contractId: tenant.contract.id, state: "PENDING" }, { enrollmentDeadline: THE_MORNING }));
    expect(await loginIds({ certificateStatus: ["PENDING"] })).toEqual([]);
    expect(await loginIds({ certificateStatus: ["ENROLLMENT_EXPIRED"] })).toHaveLength(2);
  });

  it("is filtered by the ID's own status", async () => {
    for (let wrong = 0; wrong < 6; wrong++) await ask(SIGN_IN, { input: signInInput({ password: "Wrong-pass-1" }) }, null);
    expect(await loginIds({ status: ["LOCKED"] })).toEqual([tenant.taro.loginId]);
    expect(await loginIds({ status: ["ACTIVE"] })).toEqual([tenant.hana.loginId, tenant.master.loginId]);
    expect(await loginIds({ status: ["ACTIVE", "LOCKED"] })).toHaveLength(3);
    expect(await loginIds({ status: [] })).toEqual([]);
    expect(await loginIds({ status: ["LOCKED"], text: "花子" })).toEqual([]);
  });

  it.each([
    ["経理", ["hana", "taro"]], ["花子", ["hana"]], ["理太", ["taro"]], ["TARO", ["taro"]], ["ｔａｒｏ", ["taro"]], ["ＨＡＮＡ", ["hana"]],
    ["アカツキ", ["kana"]], ["ｱｶﾂｷ", ["kana"]], ["ガ", ["kana"]], ["ｶﾞ", ["kana"]], ["ABC", ["wide"]], ["ａｂｃ", ["wide"]],
    ["100%", ["percent"]], ["%", ["percent"]], ["％", ["percent"]], ["_", ["under"]], ["＿", ["under"]], ["!", ["bang"]], ["！", ["bang"]], ["\\", ["slash"]], ["'", ["quote"]],
    ["髙", ["taka"]], ["𠮷", ["yoshi"]], ["%' OR '1'='1", []], ["存在しない", []], ["か\u3099", ["hira"]],
  ])("is searched for %j in any width and case, with no sign of special meaning", async (text, found) => {
    await aCast();
    const names = await loginIds({ text });
    expect(names).toEqual(found.map((name) => expect.stringMatching(new RegExp(`^${name}`)) as string));
  });

  let cast: { tenant: Tenant; master: Caller } | undefined;
  /** A contract with somebody of every spelling; nobody changes it, so it is made once. */
  async function aCast(): Promise<void> {
    if (!cast) {
      const names = { kana: "アカツキガス", wide: "ＡＢＣ商事", percent: "100%", under: "a_b", bang: "よし!", slash: "a\\b", quote: "O'Hara", taka: "髙橋", yoshi: "𠮷野", hira: "がま" };
      for (const [loginId, displayName] of Object.entries(names)) await house.aUser(tenant.contract, { loginId: `${loginId}9`.padEnd(8, "0"), displayName });
      cast = { tenant, master };
    }
    ({ tenant, master } = cast);
  }

  it("is sorted by login ID or by age, either way", async () => {
    const byName = [tenant.hana.loginId, tenant.master.loginId, tenant.taro.loginId];
    const byAge = [tenant.master.loginId, tenant.taro.loginId, tenant.hana.loginId];
    expect(await loginIds({})).toEqual(byName);
    expect(await loginIds({}, { field: "LOGIN_ID" })).toEqual(byName);
    expect(await loginIds({}, { field: "LOGIN_ID", direction: "DESC" })).toEqual([...byName].reverse());
    expect(await loginIds({}, { field: "CREATED_AT", direction: "ASC" })).toEqual(byAge);
    expect(await loginIds({}, { field: "CREATED_AT", direction: "DESC" })).toEqual([...byAge].reverse());
  });

  it.each([["LOGIN_ID", "ASC"], ["LOGIN_ID", "DESC"], ["CREATED_AT", "ASC"], ["CREATED_AT", "DESC"]])(
    "by %s %s is walked page by page, every row once, whoever is added between", async (field, direction) => {
      for (let index = 0; index < 8; index++) await house.aUser(tenant.contract, { loginId: `user${String(10 + index)}` + newId(THE_MORNING).slice(-4).toLowerCase() });
      const there = await loginIds({});
      const walked: string[] = [];
      let after: string | null = null;
      for (let page = 0; ; page++) {
        const { nodes, pageInfo, totalCount }: UsersPage["users"] = await usersPage({ first: 3, after, orderBy: { field, direction } });
        expect(totalCount).toBe(11 + page);
        expect(pageInfo.hasPreviousPage).toBe(page > 0);
        walked.push(...nodes.map(({ loginId }) => loginId));
        if (!pageInfo.hasNextPage) break;
        expect(nodes).toHaveLength(3);
        await house.aUser(tenant.contract, { loginId: `added${String(page)}` + newId(THE_MORNING).slice(-4).toLowerCase() });
        after = pageInfo.endCursor;
      }
      expect(new Set(walked).size).toBe(walked.length);
      expect(there.filter((loginId) => !walked.includes(loginId))).toEqual([]);
    });

  it("counts all that fit, not the page", async () => {
    expect(await usersPage({ first: 1 })).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    expect(await usersPage({ first: 1, filter: { text: "経理" } })).toMatchObject({ totalCount: 2 });
    expect(await usersPage({ first: 3 })).toMatchObject({ pageInfo: { hasNextPage: false } });
  });

  it("after its last row is empty and has no cursors", async () => {
    const { pageInfo } = await usersPage({ first: 100 });
    expect(await usersPage({ after: pageInfo.endCursor })).toEqual({
      totalCount: 3, nodes: [], pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
  });

  it("after a cursor of another contract or another list shows the caller's own rows and no one else's", async () => {
    const stranger = await house.aTenant();
    const theirs = await usersPage({ first: 1 }, await house.signedIn(stranger.master));
    const record = await ask<{ certificates: { pageInfo: { endCursor: string | null } } }>("{ certificates { pageInfo { endCursor } } }");
    for (const after of [theirs.pageInfo.endCursor, record.data.certificates.pageInfo.endCursor]) {
      const { nodes } = await usersPage({ after });
      expect([tenant.hana.loginId, tenant.master.loginId, tenant.taro.loginId]).toEqual(expect.arrayContaining(nodes.map(({ loginId }) => loginId)));
    }
  });
});

it("the list of certificates is walked page by page, also inside a user", async () => {
  for (let version = 1; version <= 4; version++) await ask(REISSUE, { input: reissueInput({ expectedVersion: version }) });
  const inside = (after: string | null) => ask<{ user: { certificates: Page } }>(
    "query ($id: ID!, $after: String) { user(id: $id) { certificates(first: 3, after: $after) { totalCount nodes { id status } pageInfo { hasNextPage endCursor } } } }", { id: taro(), after });
  const { certificates: first } = (await inside(null)).data.user;
  const { certificates: second } = (await inside(first.pageInfo.endCursor)).data.user;
  expect(first).toMatchObject({ totalCount: 4, nodes: [{ status: "PENDING" }, { status: "REVOKED" }, { status: "REVOKED" }], pageInfo: { hasNextPage: true } });
  expect(second).toMatchObject({ totalCount: 4, nodes: [{ status: "REVOKED" }], pageInfo: { hasNextPage: false } });
  expect(new Set([...first.nodes, ...second.nodes].map(({ id }) => id)).size).toBe(4);
});

interface Page {
  totalCount: number;
  nodes: { id: string; status: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

it("the history is filtered by who, whom, what, outcome and when", async () => {
  await ask(REISSUE, { input: reissueInput() });
  house.clock.advance(MINUTE);
  await ask(REISSUE, { input: reissueInput() }); // CONFLICT: it is version 2 by now
  const entries = async (filter: object) => {
    const answer = await ask<{ usageHistory: { nodes: { outcome: string; code: string | null }[] } }>(
      "query ($filter: UsageHistoryFilter) { usageHistory(filter: $filter) { nodes { outcome code } } }", { filter });
    return answer.data.usageHistory.nodes.map(({ outcome, code }) => code ?? outcome);
  };
  expect(await entries({})).toEqual(["CONFLICT", "SUCCEEDED"]);
  expect(await entries({ outcome: ["REFUSED"] })).toEqual(["CONFLICT"]);
  expect(await entries({ from: new Date(THE_MORNING.getTime() + 1).toISOString() })).toEqual(["CONFLICT"]);
  expect(await entries({ from: THE_MORNING.toISOString(), until: new Date(THE_MORNING.getTime() + MINUTE).toISOString() })).toEqual(["SUCCEEDED"]);
  expect(await entries({ until: "2026-11-24T10:00:00.001+09:00" })).toEqual(["SUCCEEDED"]);
  expect(await entries({ actorId: globalId("User", tenant.master.id), targetUserId: taro(), action: ["CERTIFICATE_REISSUE"] })).toHaveLength(2);
  expect(await entries({ actorId: taro() })).toEqual([]);
  expect(await entries({ action: ["SIGN_IN", "SIGN_OUT"] })).toEqual([]);
  expect(await entries({ targetUserId: "x" })).toEqual([]);
});
