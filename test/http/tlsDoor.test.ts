import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import type { FastifyInstance } from "fastify";
import { Issuer } from "../../src/authorities/Issuer.js";
import { globalId } from "../../src/graphql/globalId.js";
import type { DoorSettings } from "../../src/http/server.js";
import { hopeFor } from "../../src/http/tls.js";
import { Alert } from "../../src/history/Alert.js";
import type { User } from "../../src/identity/User.js";
import { toPem } from "../../src/pki/pem.js";
import { aCsr } from "../support/csr.js";
import { thumbprintOf } from "../support/forged.js";
import { answerOf, type Answer } from "../support/graphql.js";
import { PASSWORD, type Caller } from "../support/House.js";
import { ListeningHouse, type Credentials, type Held } from "../support/ListeningHouse.js";
import { opensslPrints } from "../support/openssl.js";
import { RunningServer } from "../support/RunningServer.js";

let listening: ListeningHouse;
let door: FastifyInstance;
let credentials: Credentials;
let server: { certificate: string; key: string };
/** The proxy's own certificate: made by itself, known by its thumbprint. */
let proxy: Pair;

interface Pair {
  cert: string;
  key: string;
}

beforeAll(async () => {
  listening = await ListeningHouse.open();
  credentials = await listening.credentials();
  server = ownCertificate("server", "subjectAltName=IP:127.0.0.1");
  proxy = { cert: ownCertificate("proxy", "extendedKeyUsage=clientAuth").certificate, key: readFileSync(listening.file("proxy.own.key"), "utf8") };
  door = await aDoor({ proxies: { loopback: true, certificates: new Set([thumbprintOf(new X509Certificate(proxy.cert).raw)]) } });
});
afterAll(async () => {
  await door.close();
  await listening.close();
});
afterEach(() => { RunningServer.stopAll(); });

/** By OpenSSL, so that nothing of ours makes what is to be kept apart from ours. */
function ownCertificate(name: string, extension: string): { certificate: string; key: string } {
  const [key, certificate] = [listening.file(`${name}.own.key`), listening.file(`${name}.own.pem`)];
  opensslPrints([
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", `/CN=${name}`,
    "-addext", extension, "-keyout", key, "-out", certificate,
  ]);
  return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
}

async function aDoor(settings: Partial<DoorSettings>): Promise<FastifyInstance> {
  const issuers = (await listening.house.db.reads.find(Issuer)).map(({ certificate }) => toPem("CERTIFICATE", certificate));
  const opened = await listening.house.door(undefined, { tls: { port: 0, ...server, issuers }, ...settings });
  await opened.listen({ host: "127.0.0.1", port: 0 });
  return opened;
}

const port = () => (door.server.address() as AddressInfo).port;
const pairOf = ({ certificate, key }: Held): Pair => ({ cert: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") });

interface Sent {
  as?: Pair | null;
  by?: Caller | string | null;
  headers?: Record<string, string>;
  agent?: Agent;
  tls?: ConnectionOptions;
  variables?: object;
}

/** One request as a browser sends it, on a connection of its own unless an agent keeps one. */
function ask<Data = Record<string, unknown>>(query: string, { as = null, by = null, headers = {}, agent, tls = {}, variables = {} }: Sent = {}): Promise<Answer<Data> & { isReused: boolean }> {
  const token = typeof by === "string" ? by : by?.token;
  return new Promise((resolve, reject) => {
    const sent = request({
      host: "127.0.0.1", port: port(), path: "/graphql", method: "POST", ca: server.certificate, agent: agent ?? false, timeout: 20_000,
      headers: { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...as, ...tls,
    }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => { resolve({ ...answerOf<Data>({ statusCode: response.statusCode ?? 0, headers: response.headers, body }), isReused: sent.reusedSocket }); });
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer"))).on("error", reject);
    sent.end(JSON.stringify({ query, variables }));
  });
}

const VIEWER = "{ viewer { user { loginId } } }";
const SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken userErrors { code message } } }";
interface SignedIn {
  signIn: { sessionToken: string | null; userErrors: { code: string; message: string }[] };
}
const signIn = (user: User, sent: Sent = {}) => ask<SignedIn>(SIGN_IN, { ...sent, variables: { input: { bankCode: "5120", loginId: user.loginId, password: PASSWORD } } });
const bound = (user: User, { der }: Held) => listening.house.signedIn(user, { boundTo: thumbprintOf(der) });

describe("a client certificate over our own TLS", () => {
  it("that is active lets its holder in, and the session works with it alone", async () => {
    const { user, ...held } = credentials.active;
    const { status, data } = await signIn(user, { as: pairOf(held) });
    expect([status, data.signIn.userErrors]).toEqual([200, []]);
    const by = data.signIn.sessionToken;
    expect(await ask(VIEWER, { as: pairOf(held), by })).toMatchObject({ status: 200, data: { viewer: { user: { loginId: user.loginId } } } });
    expect(await ask(VIEWER, { by })).toMatchObject({ status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' }, errors: [{ extensions: { reason: "WRONG_CERTIFICATE" } }] });
    expect((await listening.house.history(listening.tenant.contract)).findLast(({ action }) => action === "SIGN_IN")).toMatchObject({
      outcome: "SUCCEEDED", certificateId: credentials.active.certificateId, address: "127.0.0.1",
    });
  });

  it.each([
    ["revoked", "PRESENTED_CERTIFICATE_REVOKED", "CERTIFICATE_REVOKED"],
    ["expired", "PRESENTED_CERTIFICATE_EXPIRED", "CERTIFICATE_EXPIRED"],
    ["foreign", "PRESENTED_CERTIFICATE_UNKNOWN", "CERTIFICATE_UNKNOWN"],
    ["otherPurpose", "PRESENTED_CERTIFICATE_UNKNOWN", "CERTIFICATE_UNKNOWN"],
  ] as const)("that is %s gets a clear answer, not a reset: %s at the sign-in, %s at anything else", async (which, code, reason) => {
    const as = pairOf(credentials[which]);
    const refused = await signIn(listening.tenant.taro, { as });
    expect(refused).toMatchObject({ status: 200, data: { signIn: { sessionToken: null, userErrors: [{ code }] } } });
    const asked = await ask("{ __schema { queryType { name } } }", { as });
    expect(asked).toMatchObject({ status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' }, errors: [{ extensions: { code: "UNAUTHENTICATED", reason } }] });
    expect(asked.text).not.toMatch(/stack|node_modules|\.js:/);
    expect((await listening.house.history()).findLast(({ action }) => action === "SIGN_IN")).toMatchObject({ outcome: "REFUSED", code });
  });

  it("that is revoked has raised an alert", async () => {
    expect(await listening.house.db.reads.countBy(Alert, { certificateId: credentials.revoked.certificateId })).toBe(1);
  });

  it("that a server made for itself is nobody's here", async () => {
    const self = ownCertificate("self", "extendedKeyUsage=clientAuth");
    expect(await ask(VIEWER, { as: { cert: self.certificate, key: self.key } })).toMatchObject({ status: 401, errors: [{ extensions: { reason: "CERTIFICATE_UNKNOWN" } }] });
  });

  it("isn't taken without its key: it can't be shown to us at all", async () => {
    const cert = pairOf(credentials.active).cert;
    const { key } = pairOf(credentials.revoked);
    await expect(ask(VIEWER, { as: { cert, key } })).rejects.toThrow(/key values mismatch/);
  });

  it("isn't needed to sign in and enroll; with it, once acquired, its holder is let in", async () => {
    const { house, tenant } = listening;
    const user = await house.aUser(tenant.contract, { loginId: "saburo03" });
    const { enrollmentCode } = await house.aCertificate(user, "PENDING");
    const first = await signIn(user);
    expect(first.data.signIn.userErrors).toEqual([]);
    const csr = aCsr();
    const enroll = "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { certificate { status pem } userErrors { code } } }";
    const { data } = await ask<{ enrollCertificate: { certificate: { pem: string } } }>(enroll, { by: first.data.signIn.sessionToken, variables: { input: { csr: csr.pem, enrollmentCode } } });
    expect(data).toMatchObject({ enrollCertificate: { certificate: { status: "ACTIVE" }, userErrors: [] } });
    const as = { cert: data.enrollCertificate.certificate.pem, key: csr.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    const { sessionToken } = (await signIn(user, { as })).data.signIn;
    expect(await ask(VIEWER, { as, by: sessionToken })).toMatchObject({ status: 200, data: { viewer: { user: { loginId: "saburo03" } } } });
    expect((await signIn(user)).data.signIn.userErrors).toMatchObject([{ code: "CERTIFICATE_REQUIRED" }]);
  });

  it("that is revoked between two requests of one connection is refused at the second", async () => {
    const { house, tenant } = listening;
    const user = await house.aUser(tenant.contract, { loginId: "shiro004" });
    const held = await listening.enrolled(user, "shiro");
    const [by, as, agent] = [await bound(user, held), pairOf(held), new Agent({ keepAlive: true, maxSockets: 1 })];
    try {
      expect(await ask(VIEWER, { as, by, agent })).toMatchObject({ status: 200, isReused: false, data: { viewer: { user: { loginId: "shiro004" } } } });
      expect(await ask(VIEWER, { as, by, agent })).toMatchObject({ status: 200, isReused: true });
      await listening.revoke(held.certificateId);
      expect(await ask(VIEWER, { as, by, agent })).toMatchObject({ status: 401, isReused: true, errors: [{ extensions: { reason: "CERTIFICATE_REVOKED" } }] });
    } finally {
      agent.destroy();
    }
  });
});

describe.each(["TLSv1.2", "TLSv1.3"] as const)("a session of %s that is taken up again", (version) => {
  const tls: ConnectionOptions = { minVersion: version, maxVersion: version };

  /** What the server gave for taking this connection up again, after one request on it. */
  async function sessionOf(as: Pair | null): Promise<Buffer> {
    const given: Buffer[] = [];
    const socket = connect({ host: "127.0.0.1", port: port(), ca: server.certificate, ...as, ...tls });
    socket.on("session", (session) => given.push(session));
    await say(socket);
    const [session] = given;
    if (!session) throw new Error("no session was given");
    return session;
  }

  /** One request on this socket; the status and whether the TLS session was an earlier one's. */
  function say(socket: TLSSocket, by?: Caller): Promise<{ status: number; isReused: boolean }> {
    return new Promise((resolve, reject) => {
      const body = JSON.stringify({ query: VIEWER });
      let said = "";
      socket.setTimeout(20_000, () => { socket.destroy(new Error("no answer")); });
      socket.on("data", (chunk: Buffer) => (said += chunk.toString()));
      socket.on("end", () => { resolve({ status: Number(said.slice(9, 12)), isReused: socket.isSessionReused() }); }).on("error", reject);
      socket.write(`POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n${by ? `Authorization: Bearer ${by.token}\r\n` : ""}Content-Length: ${body.length}\r\n\r\n${body}`);
    });
  }
  const again = (session: Buffer, as: Pair | null, by?: Caller) => say(connect({ host: "127.0.0.1", port: port(), ca: server.certificate, session, ...as, ...tls }), by);

  it("is whose it was: another's certificate beside it carries nobody else in", async () => {
    const { house, tenant } = listening;
    const user = await house.aUser(tenant.contract);
    const other = await listening.enrolled(user, `other-${version}`);
    const [mine, theirs] = [await bound(credentials.active.user, credentials.active), await bound(user, other)];
    const session = await sessionOf(pairOf(credentials.active));
    expect(await again(session, pairOf(other), mine)).toEqual({ status: 200, isReused: true });
    expect(await again(session, pairOf(other), theirs)).toEqual({ status: 401, isReused: true });
    expect(await again(session, null, theirs)).toEqual({ status: 401, isReused: true });
  });

  it("that began without a certificate gets none", async () => {
    const by = await bound(credentials.active.user, credentials.active);
    const session = await sessionOf(null);
    expect(await again(session, pairOf(credentials.active), by)).toEqual({ status: 401, isReused: true });
    expect(await again(session, null)).toEqual({ status: 200, isReused: true });
  });

  it("is refused once its certificate is revoked", async () => {
    const { house, tenant } = listening;
    const user = await house.aUser(tenant.contract);
    const held = await listening.enrolled(user, `revoked-${version}`);
    const by = await bound(user, held);
    const session = await sessionOf(pairOf(held));
    expect(await again(session, pairOf(held), by)).toEqual({ status: 200, isReused: true });
    await listening.revoke(held.certificateId);
    expect(await again(session, pairOf(held), by)).toEqual({ status: 401, isReused: true });
    expect(await again(session, null, by)).toEqual({ status: 401, isReused: true });
  });
});

describe("the handshake", () => {
  it("is none below TLS 1.2", async () => {
    const old = (version: "TLSv1" | "TLSv1.1" | "TLSv1.2"): ConnectionOptions => ({ minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" });
    expect((await ask(VIEWER, { tls: old("TLSv1.2") })).status).toBe(200);
    for (const version of ["TLSv1", "TLSv1.1"] as const) await expect(ask(VIEWER, { tls: old(version) })).rejects.toThrow(/protocol version/);
  });

  it("names the house's CAs, so that a browser offers the right certificate, and takes up a new one", async () => {
    expect(await namesOffered()).toEqual(["Shomei Issuing CA 5120-1", "Shomei Root CA 1"]);
    const issuers = (await listening.house.db.reads.find(Issuer)).map(({ certificate }) => toPem("CERTIFICATE", certificate));
    hopeFor(door, { port: 0, ...server, issuers: [...issuers, proxy.cert] });
    expect(await namesOffered()).toEqual(["Shomei Issuing CA 5120-1", "Shomei Root CA 1", "proxy"]);
    hopeFor(door, { port: 0, ...server, issuers });
    expect(await namesOffered()).toHaveLength(2);
  });
});

/** The CAs by which the door asks for a certificate. */
async function namesOffered(): Promise<string[]> {
  const finished = promisify(execFile)("openssl", ["s_client", "-connect", `127.0.0.1:${port()}`, "-CAfile", listening.file("server.own.pem"), "-nameopt", "utf8"], { timeout: 20_000 });
  finished.child.stdin?.end();
  const { stdout } = await finished;
  const named = /Acceptable client certificate CA names\n([^]*?)\n(?:Requested|Client)/.exec(stdout)?.[1]?.split("\n") ?? [];
  return named.map((name) => /CN ?= ?(.*)$/.exec(name)?.[1] ?? "").sort();
}

describe("Client-Cert at the TLS door", () => {
  const header = ({ der }: { der: Buffer }) => ({ "client-cert": `:${der.toString("base64")}:` });

  it("is believed from the proxy whose certificate is named", async () => {
    const by = await bound(credentials.active.user, credentials.active);
    expect(await ask(VIEWER, { as: proxy, by, headers: header(credentials.active) })).toMatchObject({ status: 200, data: { viewer: { user: { loginId: credentials.active.user.loginId } } } });
    expect(await ask(VIEWER, { as: proxy, by, headers: header(credentials.revoked) })).toMatchObject({ status: 401, errors: [{ extensions: { reason: "CERTIFICATE_REVOKED" } }] });
    expect(await ask(VIEWER, { as: proxy, by, headers: { "client-cert": "" } })).toMatchObject({ status: 400, errors: [{ extensions: { code: "CLIENT_CERT_MALFORMED" } }] });
  });

  it("the proxy's own certificate is nobody's: without the header its clients have none", async () => {
    expect(await ask(VIEWER, { as: proxy })).toMatchObject({ status: 200, data: { viewer: null } });
    const by = await bound(credentials.active.user, credentials.active);
    expect(await ask(VIEWER, { as: proxy, by })).toMatchObject({ status: 401, errors: [{ extensions: { reason: "WRONG_CERTIFICATE" } }] });
  });

  it("the proxy says where its clients are", async () => {
    const { house, tenant } = listening;
    const by = await house.signedIn(tenant.master);
    await ask("mutation { signOut { userErrors { code } } }", { as: proxy, by, headers: { "x-forwarded-for": "203.0.113.7" } });
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "SIGN_OUT", address: "203.0.113.7" });
  });

  it.each([
    ["without a certificate of its own, though it comes over the loopback", () => null],
    ["with its own active one", () => pairOf(credentials.active)],
    ["with a revoked one", () => pairOf(credentials.revoked)],
    ["with another that is made like the proxy's", () => { const { certificate, key } = ownCertificate("proxy2", "extendedKeyUsage=clientAuth"); return { cert: certificate, key }; }],
  ])("is refused from a client %s", async (_what, as) => {
    const by = await bound(credentials.active.user, credentials.active);
    const before = await listening.house.snapshot();
    const answer = await ask(VIEWER, { as: as(), by, headers: header(credentials.active) });
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: "CLIENT_CERT_NOT_TRUSTED" } }] });
    expect(answer.text).not.toMatch(/stack|node_modules|\.js:/);
    expect(await listening.house.snapshot()).toEqual(before);
  });
});

describe("a door for relying parties alone", () => {
  const paths = ["/graphql", "/graphql?query={__typename}", "/graphiql", "/graphiql/start.js", "/graphiql/operations.json"];

  it("has CRLs, CA certificates, OCSP and health, and no desk behind it", async () => {
    const plain = await listening.house.door(undefined, { isForRelyingParties: true });
    try {
      const { label } = await listening.issuer();
      for (const path of ["/healthz", "/readyz", `/pki/${label}.crl`, `/pki/${label}.cer`, "/pki/root-1.crl"]) expect((await plain.inject({ url: path })).statusCode).toBe(200);
      const ocsp = await plain.inject({ method: "POST", url: "/ocsp", headers: { "content-type": "application/ocsp-request" }, payload: Buffer.of() });
      expect([ocsp.statusCode, ocsp.headers["content-type"]]).toEqual([200, "application/ocsp-response"]);
      for (const url of paths) {
        for (const method of ["GET", "POST", "OPTIONS", "HEAD"] as const) expect((await plain.inject({ method, url })).statusCode).toBe(404);
      }
    } finally {
      await plain.close();
    }
  });

  it("is what a house that others reach has beside its TLS door; there, the desk is", async () => {
    const dir = mkdtempSync(join(tmpdir(), "shomei-doors-"));
    try {
      // An address of this machine alone that isn't one by which it calls itself the loopback.
      const running = await RunningServer.start({
        HOST: "127.0.0.2", DATA_DIR: dir, SHOMEI_DEMO: "0", SHOMEI_TLS_PORT: "0",
        SHOMEI_TLS_CERT_FILE: listening.file("server.own.pem"), SHOMEI_TLS_KEY_FILE: listening.file("server.own.key"),
      });
      const plain = /For relying parties: (http:\/\/127\.0\.0\.2:\d+)\/pki, \1\/ocsp\n/.exec(running.said)?.[1] ?? "";
      expect((await fetch(`${plain}/healthz`)).status).toBe(200);
      expect((await fetch(`${plain}/pki/root-1.cer`)).status).toBe(200);
      for (const path of paths) expect((await fetch(`${plain}${path}`)).status).toBe(404);
      const secure = Number(/^https:\/\/127\.0\.0\.2:(\d+)$/.exec(running.base)?.[1]);
      const tls = { host: "127.0.0.2", port: secure, checkServerIdentity: () => undefined };
      expect(await ask(VIEWER, { tls })).toMatchObject({ status: 200, data: { viewer: null } });
      expect(await ask(VIEWER, { tls, as: pairOf(credentials.active) })).toMatchObject({ status: 401, errors: [{ extensions: { reason: "CERTIFICATE_UNKNOWN" } }] }); // of another house
      expect(await running.stop()).toBe(0);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

it("a reissue over TLS with the Master's certificate ends the holder's connection's session at its next request", async () => {
  const { house, tenant } = listening;
  const user = await house.aUser(tenant.contract, { loginId: "goro0005" });
  const [held, masters] = [await listening.enrolled(user, "goro"), await listening.enrolled(tenant.master, "master")];
  const [goro, master] = [await bound(user, held), await bound(tenant.master, masters)];
  expect((await ask(VIEWER, { as: pairOf(held), by: goro })).status).toBe(200);
  const reissue = "mutation ($id: ID!) { reissueCertificate(input: { userId: $id, expectedVersion: 1, reason: LOST }) { userErrors { code } } }";
  expect(await ask(reissue, { as: pairOf(masters), by: master, variables: { id: globalId("User", user.id) } })).toMatchObject({ data: { reissueCertificate: { userErrors: [] } } });
  expect(await ask(VIEWER, { as: pairOf(held), by: goro })).toMatchObject({ status: 401, errors: [{ extensions: { reason: "CERTIFICATE_REVOKED", revocationReason: "KEY_COMPROMISE" } }] });
});
