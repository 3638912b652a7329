import { generateKeyPairSync } from "node:crypto";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Certificate } from "../../src/certificates/Certificate.js";
import { Session } from "../../src/identity/Session.js";
import { toPem } from "../../src/pki/pem.js";
import { aCsr } from "../support/csr.js";
import { thumbprintOf } from "../support/forged.js";
import { answerOf, graphql } from "../support/graphql.js";
import { House, THE_MORNING, type Caller, type Tenant } from "../support/House.js";
import { listeningLog } from "../support/listeningLog.js";

let house: House;
let tenant: Tenant;
let active: Certificate;
let der: Buffer;
let hanas: Buffer;
let taro: Caller;
/** Behind a proxy on the loopback; and one that knows of no proxy. */
let proxied: FastifyInstance;
let bare: FastifyInstance;
let lines: string[];

const behindLoopback = { proxies: { loopback: true, certificates: new Set<string>() } };

beforeAll(async () => {
  const listening = listeningLog();
  lines = listening.lines;
  house = await House.open({ log: listening.log });
  proxied = await house.door(listening.log, behindLoopback);
  bare = await house.door(listening.log);
  tenant = await house.aTenant({ signInMethod: "CERTIFICATE" });
  active = await house.aCertificate(tenant.taro);
  der = active.x509 ?? Buffer.of();
  hanas = (await house.aCertificate(tenant.hana)).x509 ?? Buffer.of();
});
afterAll(async () => {
  await Promise.all([proxied.close(), bare.close()]);
  await house.close();
});
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  taro = await house.signedIn(tenant.taro, { boundTo: thumbprintOf(der) });
});

const rfc9440 = (bytes = der) => `:${bytes.toString("base64")}:`;
const pem = (bytes = der) => toPem("CERTIFICATE", bytes);
/** As nginx's $ssl_client_escaped_cert: everything but unreserved characters, upper-case digits. */
const escaped = (text: string) => encodeURIComponent(text);
const query = "{ viewer { user { loginId } } }";

interface Sent {
  door?: FastifyInstance;
  method?: "GET" | "POST" | "OPTIONS" | "HEAD";
  from?: string;
  headers?: Record<string, string | string[]>;
}

/** As Taro, whose token is worth something with his certificate alone: whether it was taken shows in the answer. */
const send = ({ door = proxied, method = "POST", from = "127.0.0.1", headers = {} }: Sent) => door.inject({
  method, remoteAddress: from, url: method === "POST" ? "/graphql" : `/graphql?query=${encodeURIComponent(query)}`,
  headers: { authorization: `Bearer ${taro.token}`, "apollo-require-preflight": "1", ...headers },
  ...(method === "POST" ? { payload: { query } } : {}),
});

const TAKEN = { data: { viewer: { user: { loginId: "taro001" } } } };

async function expectRefusedAtTheDoor(sent: Sent, code: string): Promise<void> {
  const [before, entries, said] = [await house.snapshot(), (await house.history()).length, lines.length];
  const response = await send(sent);
  expect(response.statusCode).toBe(400);
  expect(response.headers["x-request-id"]).toEqual(expect.any(String));
  if (sent.method !== "HEAD") {
    const { errors, data, text } = answerOf(response);
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([{ extensions: { code, requestId: response.headers["x-request-id"] } }]);
    expect(text).not.toMatch(/stack|node_modules|\.js:|MII/);
  }
  expect(await house.snapshot()).toEqual(before);
  expect((await house.history()).length).toBe(entries);
  expect(lines.slice(said).join("")).not.toMatch(/MII|a fault/); // the log has that it came, not what it was
}

async function expectTaken(headers: Record<string, string | string[]>, sent: Sent = {}): Promise<void> {
  const response = await send({ ...sent, headers });
  expect([response.statusCode, response.json()]).toMatchObject([200, TAKEN]);
}

describe("Client-Cert from anybody but a proxy that is named", () => {
  const values: [string, () => string | string[]][] = [
    ["right", () => rfc9440()], ["right, as nginx escapes it", () => escaped(pem())], ["empty", () => ""], ["malformed", () => "whatever"],
    ["doubled", () => [rfc9440(), rfc9440()]],
  ];
  const doors: [string, () => Sent][] = [
    ["where none is named", () => ({ door: bare })],
    ["where one on the loopback is named, from elsewhere", () => ({ from: "192.0.2.9" })],
  ];
  const methods = ["GET", "POST", "OPTIONS", "HEAD"] as const;
  const all = doors.flatMap((where) => values.flatMap((value) => methods.map((method) => [value[0], method, where[0], value[1], where[1]] as const)));

  it.each(all)("that is %s is refused, and not overlooked, by %s %s", async (_value, method, _where, value, where) => {
    await expectRefusedAtTheDoor({ ...where(), method, headers: { "client-cert": value() } }, "CLIENT_CERT_NOT_TRUSTED");
  });

  it.each(["10.0.0.1", "192.168.0.1", "126.255.255.255", "128.0.0.1", "::ffff:10.0.0.1", "::2", "fe80::1", "2001:db8::7f00:1"])("is not believed from %j", async (from) => {
    await expectRefusedAtTheDoor({ from, headers: { "client-cert": rfc9440() } }, "CLIENT_CERT_NOT_TRUSTED");
  });

  it.each([
    ["x-forwarded-for", "127.0.0.1"], ["x-real-ip", "127.0.0.1"], ["forwarded", "for=127.0.0.1"], ["host", "localhost"], ["via", "1.1 127.0.0.1"],
  ])("isn't believed for saying %s: %s", async (name, value) => {
    await expectRefusedAtTheDoor({ from: "192.0.2.9", headers: { "client-cert": rfc9440(), [name]: value } }, "CLIENT_CERT_NOT_TRUSTED");
  });

  it.each(["client-cert", "Client-Cert", "CLIENT-CERT", "cLiEnT-cErT"])("may be spelled %s", async (name) => {
    await expectRefusedAtTheDoor({ door: bare, headers: { [name]: rfc9440() } }, "CLIENT_CERT_NOT_TRUSTED");
  });

  it("is refused before anything of the request is read, be it no JSON at all", async () => {
    const response = await bare.inject({ method: "POST", url: "/graphql", headers: { "content-type": "application/json", "client-cert": rfc9440() }, payload: "{" });
    expect(answerOf(response)).toMatchObject({ status: 400, errors: [{ extensions: { code: "CLIENT_CERT_NOT_TRUSTED" } }] });
  });
});

describe("Client-Cert from the proxy on the loopback", () => {
  it.each(["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])("is believed from %s", async (from) => {
    await expectTaken({ "client-cert": rfc9440() }, { from });
  });

  it.each([
    ["by RFC 9440", () => rfc9440()],
    ["as nginx escapes it", () => escaped(pem())],
    ["escaped in small letters", () => escaped(pem()).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
    ["escaped only where it must be", () => pem().replaceAll("\n", "%0A")],
    ["escaped without a line's end at its end", () => escaped(pem().trimEnd())],
    ["in PEM on one line", () => escaped(`-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`)],
  ])("is the client's certificate: %s", async (_form, value) => {
    await expectTaken({ "client-cert": value() });
    await expectTaken({ "client-cert": value() }, { method: "GET" });
  });

  it.each(["Client-Cert", "CLIENT-CERT"])("may be spelled %s", (name) => expectTaken({ [name]: rfc9440() }));

  it("of another holder is another's", async () => {
    const response = await send({ headers: { "client-cert": rfc9440(hanas) } });
    expect(answerOf(response)).toMatchObject({ status: 401, errors: [{ extensions: { reason: "WRONG_CERTIFICATE" } }] });
  });

  it("that isn't there is no certificate, and not the proxy's word for one", async () => {
    expect(answerOf(await send({}))).toMatchObject({ status: 401, errors: [{ extensions: { reason: "WRONG_CERTIFICATE" } }] });
  });

  it.each(["client_cert", "Client_Cert", "client-cert-chain", "x-client-cert", "ssl-client-cert", "x-ssl-client-cert", "x-forwarded-client-cert"])(
    "is another header than %s, which says nothing", async (name) => {
      expect(answerOf(await send({ headers: { [name]: rfc9440() } }))).toMatchObject({ status: 401, errors: [{ extensions: { reason: "WRONG_CERTIFICATE" } }] });
    });

  it("wins nothing from what stands beside it under a name that is like it", () => expectTaken({ "client-cert": rfc9440(), client_cert: rfc9440(hanas), "client-cert-chain": rfc9440(hanas) }));

  const base64 = () => der.toString("base64");
  const cut = (text: string, what: string) => `${text.slice(0, 40)}${what}${text.slice(40)}`;
  it.each([
    ["empty", () => ""],
    ["a blank", () => " "],
    ["two colons", () => "::"],
    ["two colons and a blank", () => ": :"],
    ["a word", () => "certificate"],
    ["without its colons", () => base64()],
    ["without its first colon", () => `${base64()}:`],
    ["without its last colon", () => `:${base64()}`],
    ["with a blank in it", () => `:${cut(base64(), " ")}:`],
    ["with a tab in it", () => `:${cut(base64(), "\t")}:`],
    ["with a line's end in it", () => `:${cut(base64(), "\n")}:`],
    ["with too much padding", () => `:${base64()}=:`],
    ["with padding in the middle", () => `:${cut(base64(), "=")}:`],
    ["without the padding that it needs", () => rfc9440(Buffer.concat([der, Buffer.alloc((4 - (der.length % 3)) % 3 || 1)])).replaceAll("=", "")],
    ["in the alphabet for addresses", () => rfc9440(Buffer.of(0xfb, 0xff, 0xfe)).replaceAll("+", "-").replaceAll("/", "_")],
    ["with a parameter behind it", () => `${rfc9440()};a=1`],
    ["with a semicolon behind it", () => `${rfc9440()};`],
    ["with a blank behind it", () => `${rfc9440()} `],
    ["as a string", () => `"${base64()}"`],
    ["as a list of one", () => `(${rfc9440()})`],
    ["twice on a line", () => `${rfc9440()}, ${rfc9440()}`],
    ["twice on a line without a blank", () => `${rfc9440()},${rfc9440(hanas)}`],
    ["on two lines", () => [rfc9440(), rfc9440()]],
    ["on two lines, one of them empty", () => [rfc9440(), ""]],
    ["on two lines, the first one empty", () => ["", rfc9440()]],
    ["on two lines, two of two holders", () => [rfc9440(hanas), rfc9440()]],
    ["on two lines, in both forms", () => [rfc9440(), escaped(pem())]],
    ["an octet longer", () => rfc9440(Buffer.concat([der, Buffer.of(0)]))],
    ["an octet shorter", () => rfc9440(der.subarray(0, -1))],
    ["two certificates in a row", () => rfc9440(Buffer.concat([der, hanas]))],
    ["PEM as octets", () => rfc9440(Buffer.from(pem()))],
    ["no certificate but octets", () => rfc9440(Buffer.from("certificate"))],
    ["a public key", () => rfc9440(generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }))],
    ["a CSR", () => rfc9440(aCsr().der)],
    ["of 100,000 octets", () => rfc9440(Buffer.alloc(100_000, der))],
    ["of 100,000 colons", () => ":".repeat(100_000)],
    ["of 100,000 percent signs", () => `-----BEGIN CERTIFICATE-----${"%".repeat(100_000)}`],
    ["of a million lines in PEM", () => `-----BEGIN CERTIFICATE-----%0A${"%0A".repeat(1_000_000)}x`],
    ["PEM that isn't escaped and has real lines", () => pem().trimEnd().replaceAll("\n", " ")],
    ["PEM with CRLF", () => escaped(pem().replaceAll("\n", "\r\n"))],
    ["PEM with tabs as nginx's $ssl_client_cert has them", () => pem().trimEnd().replaceAll("\n", "\n\t")],
    ["PEM of two certificates", () => escaped(pem() + pem(hanas))],
    ["PEM of two certificates between one pair of lines", () => escaped(`-----BEGIN CERTIFICATE-----\n${base64()}\n${hanas.toString("base64")}\n-----END CERTIFICATE-----\n`)],
    ["PEM with something behind the padding", () => escaped(`-----BEGIN CERTIFICATE-----\n${base64().replace(/=*$/, "==")}AAAA\n-----END CERTIFICATE-----\n`)],
    ["PEM with an octet behind it", () => escaped(pem(Buffer.concat([der, Buffer.of(0)])))],
    ["PEM with a remark before it", () => escaped(`subject=x\n${pem()}`)],
    ["PEM with a header in it", () => escaped(pem().replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n"))],
    ["PEM with something behind it", () => escaped(`${pem()}x`)],
    ["PEM without an end", () => escaped(pem().replace(/-----END[^]*$/, ""))],
    ["PEM of nothing", () => escaped("-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n")],
    ["escaped twice", () => escaped(escaped(pem()))],
    ["with an escape that is none", () => `${escaped(pem())}%zz`],
    ["with an escape that is cut off", () => `${escaped(pem())}%`],
    ["with escaped octets that are no UTF-8", () => `${escaped(pem())}%ff`],
    ["a trusted certificate, as OpenSSL calls it", () => escaped(pem().replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE"))],
    ["a CSR in PEM", () => escaped(aCsr().pem)],
    ["a CSR under a certificate's label", () => escaped(toPem("CERTIFICATE", aCsr().der))],
    ["a private key", () => escaped(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString())],
    ["a private key behind the certificate", () => escaped(pem() + generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString())],
  ])("is refused %s", async (_what, value) => {
    await expectRefusedAtTheDoor({ headers: { "client-cert": value() } }, "CLIENT_CERT_MALFORMED");
  });

  it("is refused malformed by every method", async () => {
    for (const method of ["GET", "OPTIONS", "HEAD"] as const) await expectRefusedAtTheDoor({ method, headers: { "client-cert": "" } }, "CLIENT_CERT_MALFORMED");
  });

  it("is either the certificate or refused, whatever one of its characters becomes", async () => {
    const right = rfc9440();
    for (let index = 0; index < right.length; index += 41) {
      for (const character of [":", "=", "%", " ", ",", "A", "\u0001"]) {
        const changed = `${right.slice(0, index)}${character}${right.slice(index + 1)}`;
        if (changed === right) continue;
        const { statusCode } = await send({ headers: { "client-cert": changed } });
        expect([400, 401]).toContain(statusCode); // another's certificate or none; never Taro's, never a fault
      }
    }
  });
});

describe("the client's address", () => {
  /** The address that the history has for a deed of somebody whose requests come so. */
  async function addressOf(sent: Omit<Sent, "method">): Promise<string | null | undefined> {
    const { door = proxied, from = "127.0.0.1", headers = {} } = sent;
    const { token } = await house.signedIn(tenant.master);
    const response = await door.inject({
      method: "POST", url: "/graphql", remoteAddress: from, headers: { authorization: `Bearer ${token}`, ...headers },
      payload: { query: "mutation { signOut { userErrors { code } } }" },
    });
    expect(response.json()).toMatchObject({ data: { signOut: { userErrors: [] } } });
    return (await house.history(tenant.contract)).at(-1)?.address;
  }

  it.each([
    ["one", "203.0.113.7", "203.0.113.7"],
    ["the last of several: those before it are what the client said", "127.0.0.1, 198.51.100.1, 203.0.113.7", "203.0.113.7"],
    ["the last line's, of several", ["198.51.100.1", "203.0.113.7"], "203.0.113.7"],
    ["one of IPv6", "2001:db8::7", "2001:db8::7"],
    ["one with blanks", "  203.0.113.7  ", "203.0.113.7"],
  ])("is the one that the proxy says: %s", async (_what, value, address) => {
    expect(await addressOf({ headers: { "x-forwarded-for": value } })).toBe(address);
  });

  it.each([
    "", ",", "203.0.113.7,", "unknown", "_hidden", "203.0.113.7:4711", "[2001:db8::7]", "203.0.113.256", "localhost", "1", "203.0.113.7 198.51.100.1",
    "' OR 1=1 --", "<script>", "fe80::1%eth0", `fe80::1%${"a".repeat(60)}`, "x".repeat(10_000),
  ])("isn't what is no address: %.40j", async (value) => {
    expect(await addressOf({ headers: { "x-forwarded-for": value } })).toBe("127.0.0.1");
  });

  it.each([
    ["where no proxy is named", () => ({ door: bare }), "127.0.0.1"],
    ["from elsewhere than the proxy", () => ({ from: "192.0.2.9" }), "192.0.2.9"],
  ])("isn't what anybody else says of itself: %s", async (_what, sent, address) => {
    expect(await addressOf({ ...sent(), headers: { "x-forwarded-for": "203.0.113.7" } })).toBe(address);
  });

  it("stands in the session and in the history of a sign-in", async () => {
    const other = await house.aTenant();
    await graphql(proxied, null, "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }",
      { input: { bankCode: "5120", loginId: other.taro.loginId, password: "Right-pass-1" } }, { "x-forwarded-for": "203.0.113.7" });
    expect(await house.db.reads.findOneBy(Session, { userId: other.taro.id })).toMatchObject({ address: "203.0.113.7" });
    expect(await house.history(other.contract)).toMatchObject([{ action: "SIGN_IN", outcome: "SUCCEEDED", address: "203.0.113.7" }]);
  });
});

describe("over a real connection", () => {
  let open: FastifyInstance[];
  beforeAll(async () => {
    open = [await house.door(undefined, behindLoopback), await house.door()];
    await Promise.all(open.map((door) => door.listen({ host: "127.0.0.1", port: 0 })));
  });
  afterAll(() => Promise.all(open.map((door) => door.close())));

  /** Writes these octets and reads until the server is done. */
  function talk(door: FastifyInstance | undefined, text: string): Promise<string> {
    const { port } = door?.server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1").setTimeout(20_000, () => { socket.destroy(new Error("no answer")); });
      let said = "";
      socket.on("data", (chunk) => (said += chunk.toString()));
      socket.on("end", () => { resolve(said); });
      socket.on("error", (error) => { if (said) resolve(said); else reject(error); }); // it may close before it has read everything
      socket.write(text, "latin1");
    });
  }

  const request = (headers: string[], start = "POST /graphql HTTP/1.1", body = JSON.stringify({ query })) => [
    start, "Host: shomei.example", "Connection: close", "Content-Type: application/json", `Authorization: Bearer ${taro.token}`,
    `Content-Length: ${body.length}`, ...headers, "", body,
  ].join("\r\n");
  const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  const codeOf = (answer: string) => /"code":"(\w+)"/.exec(answer)?.[1];

  it("one line is believed from the proxy, and from nobody else", async () => {
    const [believed, refused] = [await talk(open[0], request([`Client-Cert: ${rfc9440()}`])), await talk(open[1], request([`Client-Cert: ${rfc9440()}`]))];
    expect(statusOf(believed)).toBe(200);
    expect(believed).toContain(JSON.stringify(TAKEN).slice(0, -1));
    expect([statusOf(refused), codeOf(refused)]).toEqual([400, "CLIENT_CERT_NOT_TRUSTED"]);
  });

  it("blanks around the value are HTTP's own", async () => {
    expect(statusOf(await talk(open[0], request([`Client-Cert:  \t${rfc9440()}  `])))).toBe(200);
  });

  it.each([
    ["two lines", () => [`Client-Cert: ${rfc9440()}`, `client-cert: ${rfc9440()}`]],
    ["two lines, the second one empty", () => [`Client-Cert: ${rfc9440()}`, "Client-Cert:"]],
    ["two lines, one far behind the other", () => [`Client-Cert: ${rfc9440()}`, "X-One: 1", "X-Two: 2", `CLIENT-CERT: ${rfc9440(hanas)}`]],
    ["one line with a comma", () => [`Client-Cert: ${rfc9440()}, ${rfc9440()}`]],
    ["nothing", () => ["Client-Cert:"]],
  ])("%s are refused", async (_what, headers) => {
    const answer = await talk(open[0], request(headers()));
    expect([statusOf(answer), codeOf(answer)]).toEqual([400, "CLIENT_CERT_MALFORMED"]);
  });

  it.each([
    ["folded over two lines", () => [`Client-Cert: ${rfc9440().slice(0, 40)}`, ` ${rfc9440().slice(40)}`]],
    ["with a blank before its colon", () => [`Client-Cert : ${rfc9440()}`]],
    ["with a NUL in it", () => [`Client-Cert: ${rfc9440()}\u0000`]],
    ["too long for a header", () => [`Client-Cert: ${rfc9440(Buffer.alloc(13_000, der))}`]],
  ])("%s is refused before it gets here, and says nothing of the house", async (_what, headers) => {
    const answer = await talk(open[0], request(headers()));
    expect([400, 431]).toContain(statusOf(answer));
    expect(answer).not.toContain(tenant.taro.loginId);
    expect(answer).not.toMatch(/stack|node_modules|\.js:/);
  });

  it("a trailer says nothing", async () => {
    const chunk = JSON.stringify({ query });
    const answer = await talk(open[0], [
      "POST /graphql HTTP/1.1", "Host: shomei.example", "Connection: close", "Content-Type: application/json", "Transfer-Encoding: chunked",
      "Trailer: Client-Cert", `Authorization: Bearer ${taro.token}`, "", chunk.length.toString(16), chunk, "0", `Client-Cert: ${rfc9440()}`, "", "",
    ].join("\r\n"));
    expect(statusOf(answer)).toBe(401);
  });

  it("the second request on a connection is looked at like the first", async () => {
    const first = request([`Client-Cert: ${rfc9440()}`]).replace("Connection: close\r\n", "");
    const answer = await talk(open[0], first + request([`Client-Cert: ${rfc9440(hanas)}`]));
    expect(Array.from(answer.matchAll(/HTTP\/1\.1 (\d{3})/g), ([, status]) => status)).toEqual(["200", "401"]);
  });
});
