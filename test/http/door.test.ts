import { X509Certificate } from "node:crypto";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import type { Logger } from "pino";
import { Issuer } from "../../src/authorities/Issuer.js";
import { globalId } from "../../src/graphql/globalId.js";
import { savedOperations, type SavedOperation } from "../../src/http/savedOperations.js";
import { aCsr } from "../support/csr.js";
import { answerOf, graphql } from "../support/graphql.js";
import { House, PASSWORD } from "../support/House.js";
import { listeningLog } from "../support/listeningLog.js";

let house: House;
let door: FastifyInstance;
let log: Logger;
let lines: string[];

beforeAll(async () => {
  ({ log, lines } = listeningLog());
  house = await House.open({ log });
  door = await house.door(log);
});
afterAll(async () => {
  await door.close();
  await house.close();
});

const get = (url: string) => door.inject({ url });
const errorOf = (response: LightMyRequestResponse) => {
  expect(response.headers["content-type"]).toBe("application/json; charset=utf-8");
  const { errors } = answerOf(response);
  expect(errors).toHaveLength(1);
  expect(errors[0]?.extensions.requestId).toBe(response.headers["x-request-id"]);
  return { status: response.statusCode, code: errors[0]?.extensions.code };
};

describe("health", () => {
  it("/healthz says that the process lives", async () => {
    expect(await get("/healthz")).toMatchObject({ statusCode: 200, body: "{\"status\":\"alive\"}" });
  });

  it("/readyz says that it can serve", async () => {
    expect(await get("/readyz")).toMatchObject({ statusCode: 200, body: "{\"status\":\"ready\"}" });
  });

  it("/readyz is 503 when the database can't be read, says no more than that, and /healthz stays 200", async () => {
    const other = await House.open();
    const theirs = await other.door();
    await other.close();
    const answer = await theirs.inject({ url: "/readyz" });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ status: "not ready", reason: "the database can't be read" });
    expect(answer.headers["retry-after"]).toBe("5");
    expect((await theirs.inject({ url: "/healthz" })).statusCode).toBe(200);
    await theirs.close();
  });
});

describe("the CA certificates", () => {
  it.each([["root-1", "ROOT"], ["5120-1", "ISSUING"]])("/pki/%s.cer is the %s CA in DER, for anybody", async (name, kind) => {
    const response = await get(`/pki/${name}.cer`);
    expect(response.statusCode).toBe(200);
    expect(response.headers["content-type"]).toBe("application/pkix-cert"); // RFC 2585 §4.1
    expect(response.headers["cache-control"]).toBe("public, max-age=3600");
    const stored = await house.db.reads.findOneBy(Issuer, { name });
    expect(stored?.kind).toBe(kind);
    expect(response.rawPayload.equals(stored?.certificate ?? Buffer.alloc(0))).toBe(true);
    expect(new X509Certificate(response.rawPayload).ca).toBe(true);
  });

  it("lead from the issuing CA to the root", async () => {
    const read = async (name: string) => new X509Certificate((await get(`/pki/${name}.cer`)).rawPayload);
    const [issuing, root] = [await read("5120-1"), await read("root-1")];
    expect(issuing.verify(root.publicKey)).toBe(true);
    expect(issuing.checkIssued(root)).toBe(true);
  });

  it.each([
    "root-2.cer", "9999-1.cer", "root-1", "root-1.key", "root-1.pem", "ROOT-1.cer", "root-1.CER", ".cer", "root-1.cer.cer", "root_1.cer", "..%2Froot-1.cer", "..%2F..%2Fca%2Froot-1.cer",
    "root-1%00.cer", "%27%20OR%201=1%20--.cer", "%25.cer", "%E3%81%82.cer", `${"a".repeat(41)}.cer`, "root-1%0a.cer", "",
  ])("of another name are not there: /pki/%.40s", async (name) => {
    expect(errorOf(await get(`/pki/${name}`))).toEqual({ status: 404, code: "NOT_FOUND" });
  });
});

describe("a path that isn't there", () => {
  it.each(["/", "/graphql/", "/nope", "/graphiql/", "/graphiql/..%2f..%2fpackage.json", "/graphiql/start.ts", "/.env", "/data/ca/root-1.key", "/metrics/x"])(
    "is answered in the shape of every error: %s", async (path) => { expect(errorOf(await get(path))).toEqual({ status: 404, code: "NOT_FOUND" }); });

  it.each(["PUT", "DELETE", "PATCH"] as const)("nor is /graphql for %s", async (method) => {
    expect(errorOf(await door.inject({ method, url: "/graphql" }))).toEqual({ status: 404, code: "NOT_FOUND" });
  });

  it.each(["/pki/%E0%A4%A.cer", "/%", "/graphiql/%zz"])("or can't be decoded is BAD_REQUEST in the same shape: %s", async (path) => {
    expect(errorOf(await get(path))).toEqual({ status: 400, code: "BAD_REQUEST" });
  });
});

describe("GraphiQL", () => {
  const modules = ["start.js", "session.js", "signIn.js", "operationList.js", "editor.js", "dom.js", "documents.js"];
  const assets: Record<string, string> = {
    "page.css": "text/css; charset=utf-8", "graphiql.css": "text/css; charset=utf-8",
    "react.js": "text/javascript; charset=utf-8", "react-dom.js": "text/javascript; charset=utf-8", "graphiql.js": "text/javascript; charset=utf-8",
    ...Object.fromEntries(modules.map((name) => [name, "text/javascript; charset=utf-8"])), "operations.json": "application/json; charset=utf-8",
  };

  it("comes under a policy that lets nothing inline, nothing evaluated and no other host in", async () => {
    const paths = ["/graphiql", ...Object.keys(assets).map((name) => `/graphiql/${name}`)];
    const policies = await Promise.all(paths.map(async (path) => (await get(path)).headers["content-security-policy"]));
    expect(new Set(policies).size).toBe(1);
    const policy = Object.fromEntries(String(policies[0]).split("; ").map((directive) => directive.split(/ (.*)/) as [string, string]));
    expect(policy).toMatchObject({ "default-src": "'none'", "script-src": "'self'", "connect-src": "'self'", "frame-ancestors": "'none'", "base-uri": "'none'", "form-action": "'none'" });
    expect(String(policies[0])).not.toMatch(/unsafe|http|\*|\.|blob/);
  });

  it("is a page of this server alone: it names no other host and holds no script", async () => {
    const { statusCode, headers, body } = await get("/graphiql");
    expect(statusCode).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(body).not.toMatch(/https?:|\/\/|<style| style=| on\w+=/);
    for (const script of body.match(/<script[^]*?<\/script>/g) ?? ["none"]) expect(script).toMatch(/^<script (type="module" )?src="\/graphiql\/[\w.-]+"><\/script>$/);
    const named = Array.from(body.matchAll(/(?:src|href)="\/graphiql\/([^"]+)"/g), ([, name]) => name);
    expect(named.sort()).toEqual(["graphiql.css", "page.css", "start.js"]);
  });

  it("has a module for each that another names, and start.js is where they begin", async () => {
    const bodies = await Promise.all(modules.map(async (name) => (await get(`/graphiql/${name}`)).body));
    const named = bodies.flatMap((body) => Array.from(body.matchAll(/from "\.\/([^"]+)"/g), ([, name]) => name));
    expect(["start.js", ...new Set(named)].sort()).toEqual([...modules].sort());
  });

  it.each(Object.entries(assets))("has its %s as %s", async (name, type) => {
    const response = await get(`/graphiql/${name}`);
    expect(response).toMatchObject({ statusCode: 200, headers: { "content-type": type } });
    expect(response.rawPayload.length).toBeGreaterThan(20);
  });

  it("offers the saved operations with examples of their variables", async () => {
    const operations = (await get("/graphiql/operations.json")).json<SavedOperation[]>();
    expect(operations).toEqual(savedOperations());
    expect(operations).toHaveLength(44);
    for (const { variables } of operations) if (variables) expect(JSON.parse(variables)).toBeInstanceOf(Object);
  });

  it("keeps the token out of every store and address", async () => {
    for (const name of modules) {
      expect((await get(`/graphiql/${name}`)).body).not.toMatch(/localStorage|sessionStorage|document\.cookie|location\b|indexedDB|innerHTML|history\.|eval\(/);
    }
  });

  it("is not there where it wasn't asked for", async () => {
    const bare = await house.door(log, { graphiql: "nobody" });
    for (const path of ["/graphiql", ...Object.keys(assets).map((name) => `/graphiql/${name}`)]) {
      const response = await bare.inject({ url: path });
      expect(errorOf(response)).toEqual({ status: 404, code: "NOT_FOUND" });
    }
    expect(answerOf(await bare.inject({ method: "POST", url: "/graphql", payload: { query: "{ viewer { signedInAt } }" } })).data).toEqual({ viewer: null });
    await bare.close();
  });
});

it.each(["/graphql?query=x", "/graphiql", "/healthz", "/pki/root-1.cer", "/nope", "/%"])("every answer says how it is to be treated: %s", async (path) => {
  const { headers } = await get(path);
  expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-request-id": expect.any(String) as string });
  expect(headers).not.toHaveProperty("x-powered-by");
  expect(headers).not.toHaveProperty("server");
});

it.each(["%", "a b"])("a Host header that is none (%s) is refused before anything is done", async (host) => {
  const answer = await door.inject({ method: "POST", url: "/graphql", headers: { host }, payload: { query: "{ __typename }" } });
  expect(errorOf(answer)).toEqual({ status: 400, code: "BAD_REQUEST" });
});

it("an answer of /graphql is kept in no cache", async () => {
  for (const query of ["{ viewer { signedInAt } }", "{ nonsense }", "{ users { totalCount } }"]) {
    expect((await graphql(door, null, query)).headers["cache-control"]).toBe("no-store");
  }
});

describe("the log", () => {
  interface Told {
    signIn: { sessionToken: string };
    reissueCertificate: { enrollmentCode: string };
  }

  it("of a whole story holds no password, token, code, CSR or Authorization header, and still says what happened", async () => {
    const { master, taro, contract } = await house.aTenant();
    await house.aCertificate(taro);
    const told: string[] = [PASSWORD];
    const signIn = async (loginId: string, password = PASSWORD) => {
      told.push(password);
      const input = { bankCode: "5120", loginId, password };
      const { data } = await graphql<Told>(door, null, "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }", { input });
      return data.signIn.sessionToken;
    };
    const beginning = lines.length;

    const masters = await signIn(master.loginId);
    await signIn(taro.loginId, "Wrong-pass-1");
    const reissued = await graphql<Told>(door, masters, "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { enrollmentCode } }", {
      input: { userId: globalId("User", taro.id), expectedVersion: 1, registrationPassword: "Registration-pass-1" },
    });
    const { enrollmentCode } = reissued.data.reissueCertificate;
    const taros = await signIn(taro.loginId);
    const csr = aCsr().pem;
    const enroll = (input: object) => graphql(door, taros, "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { certificate { status pem } userErrors { code } } }", { input });
    await enroll({ csr, enrollmentCode: "WR0N-GC0D-E000-0000" });
    const enrolled = await enroll({ csr, enrollmentCode });
    expect(enrolled.data).toMatchObject({ enrollCertificate: { certificate: { status: "ACTIVE" } } });

    const secret = "In-the-address-1";
    await door.inject({ url: `/graphql?query=${encodeURIComponent(`mutation { signIn(input: { bankCode: "5120", loginId: "x", password: "${secret}" }) { sessionToken } }`)}` });
    await door.inject({ url: `/nope?password=${secret}`, headers: { authorization: `Bearer ${masters}`, cookie: `session=${masters}` } });
    await door.inject({ url: `/%?password=${secret}` });
    // Malformed, broken off, too long: what goes wrong isn't told with what was in it, either.
    await graphql(door, masters, "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }", { input: { password: secret } });
    await graphql(door, masters, `mutation { signIn(input: { password: "${secret}" }) { sessionToken } }`);
    await door.inject({ method: "POST", url: "/graphql", headers: { "content-type": "application/json" }, payload: `{"password":"${secret}"` });
    await door.inject({ method: "POST", url: "/graphql", headers: { "content-type": "application/json" }, payload: JSON.stringify({ query: `${secret}${"x".repeat(2_100_000)}` }) });

    const story = lines.slice(beginning).join("");
    const csrLines = csr.split("\n").filter((line) => line && !line.startsWith("-----"));
    const secrets = [...told, masters, taros, enrollmentCode, enrollmentCode.replaceAll("-", ""), "WR0N-GC0D-E000-0000", "Registration-pass-1", secret, ...csrLines, "Bearer", "-----BEGIN"];
    for (const one of secrets) expect(story).not.toContain(one);
    expect(story).not.toMatch(/"authorization"|"cookie"|"body"|"headers"/i);

    expect(lines.slice(beginning)).toHaveLength(12); // each request once, with its answer
    expect(story).toContain("\"path\":\"/graphql\"");
    expect(story).toContain("\"status\":413");
    expect(story).toContain(String(enrolled.headers["x-request-id"]));
    expect((await house.history(contract)).map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(expect.arrayContaining(["CERTIFICATE_ENROLL SUCCEEDED", "SIGN_IN REFUSED"]));
  });

  it("of a fault in a sign-in tells what failed, and neither the password nor its hash", async () => {
    const { taro } = await house.aTenant();
    const intact = house.db;
    const beginning = lines.length;
    house.desk.db = {
      ...intact,
      transaction: () => Promise.reject(Object.assign(new Error("the disk is full"), { query: "UPDATE passwords SET hash = ?", parameters: ["$argon2id$hash", PASSWORD] })),
    };
    const answer = await graphql(door, null, "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }", {
      input: { bankCode: "5120", loginId: taro.loginId, password: PASSWORD },
    }).finally(() => { house.desk.db = intact; });
    expect(answer.errors).toMatchObject([{ extensions: { code: "INTERNAL_SERVER_ERROR" } }]);
    const story = lines.slice(beginning).join("");
    expect(story).toContain("the disk is full");
    expect(story).toContain("UPDATE passwords SET hash = ?");
    expect(story).not.toContain("$argon2id");
    expect(story).not.toContain(PASSWORD);
  });
});
