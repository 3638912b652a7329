import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { connect } from "node:tls";
import { signedCrl } from "../../src/pki/crl.js";
import { toPem } from "../../src/pki/pem.js";
import { expectRefusedByProxy, expectRefusedByShomei, itHoldsBehindAnyProxy, openBehindProxies, type Scene, type Unwelcome } from "../support/behindAnyProxy.js";
import { aCsr } from "../support/csr.js";
import { byNode, signInAs, signInOf } from "../support/customers.js";
import { codes } from "../support/graphql.js";
import { ListeningHouse, type Held } from "../support/ListeningHouse.js";
import { printed, program } from "../support/program.js";
import { eventually, Proxy, proxyFile, type Changes } from "../support/Proxy.js";
import { openTlsDoor, type TlsDoor } from "../support/tlsDoor.js";

let common: Omit<Scene, "proxy">;

beforeAll(async () => {
  common = await openBehindProxies("P-256", "RSA-3072");
});
afterAll(() => common.listening.close());

/** nginx, running for the tests of one group. */
function nginx(file: string, changes: () => Changes = () => []): () => Scene {
  let proxy: Proxy | undefined;
  beforeAll(async () => {
    proxy = await Proxy.nginx(common.listening, file, changes());
  });
  afterAll(() => proxy?.stop());
  return () => {
    if (!proxy) throw new Error("not started");
    return { ...common, proxy };
  };
}

const STRANGERS = `            if ($ssl_client_verify != "FAILED:certificate has expired") {\n`;
const leaveAllToShomei: Changes = [[STRANGERS, "            if ($host = nobody) {\n"]];

describe("nginx.conf", () => {
  const scene = nginx("nginx.conf");

  itHoldsBehindAnyProxy(scene);

  it.each<Unwelcome>(["revoked", "expired"])("leaves one that is %s to Shomei, which says since when", async (what) => {
    await expectRefusedByShomei(scene(), what);
  });

  it.each([
    ["foreign", "FAILED:unable to verify the first certificate"],
    ["otherPurpose", "FAILED:unsuitable certificate purpose"],
  ] as const)("turns away one that is %s", async (what, why) => {
    await expectRefusedByProxy(scene(), scene().shown[what], why);
  });

  it("resumes no session, so that every connection's certificate is verified", async () => {
    const { proxy, shown: { active } } = scene();
    const first = await sessionWith(proxy, active);
    expect(first.reused).toBe(false);
    expect((await sessionWith(proxy, active, first.session)).reused).toBe(false);
  });
});

describe("nginx.conf without the line on expired ones", () => {
  const scene = nginx("nginx.conf", () => leaveAllToShomei);

  it.each<Unwelcome>(["revoked", "expired", "foreign", "otherPurpose"])("leaves one that is %s to Shomei", async (what) => {
    await expectRefusedByShomei(scene(), what);
  });
});

describe("nginx.conf with optional_no_ca", () => {
  const scene = nginx("nginx.conf", () => [["ssl_verify_client      optional;", "ssl_verify_client      optional_no_ca;"]]);

  it("leaves strangers to Shomei, but what fails in another way still fails", async () => {
    await expectRefusedByShomei(scene(), "foreign");
    await expectRefusedByShomei(scene(), "revoked");
    await expectRefusedByProxy(scene(), scene().shown.otherPurpose, "FAILED:unsuitable certificate purpose");
  });
});

describe("nginx.conf with nginx-rfc9440.conf", () => {
  const scene = nginx("nginx.conf", () => [
    ...leaveAllToShomei,
    ["http {\n", `http {\n    include ${resolve("docs/proxies/nginx-rfc9440.conf")};\n`],
    ["proxy_set_header Client-Cert     $ssl_client_escaped_cert;", "proxy_set_header Client-Cert     $client_cert_rfc9440;"],
  ]);

  it.each([
    ["P-256", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["P-384", () => generateKeyPairSync("ec", { namedCurve: "P-384" })],
    ["RSA-2048", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["RSA-3072", () => generateKeyPairSync("rsa", { modulusLength: 3072 })],
    ["RSA-4096", () => generateKeyPairSync("rsa", { modulusLength: 4096 })],
  ])("passes on a certificate with a key of %s, whole", async (name, keys) => {
    const { listening, proxy } = scene();
    const user = await listening.house.aUser(listening.tenant.contract, { displayName: "渡邉　龍之介".repeat(3) });
    const pair = keys();
    const { x509 } = await listening.house.aCertificate(user, "ACTIVE", aCsr({ keys: pair }).pem);
    const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const der = x509 ?? Buffer.of();
    const held: Held = { der, certificate: listening.write(`${name}.pem`, toPem("CERTIFICATE", der)), key: listening.write(`${name}.key`, pem) };
    expect(await signInOf(proxy, user.loginId, { with: held })).toMatchObject({ viewer: { mayOnlyEnroll: false }, userErrors: [] });
  });

  it("makes of no certificate no header, and of one too long to be ours a header that is refused", async () => {
    const { listening, proxy, shown: { active } } = scene();
    expect(await signInOf(proxy, active.user.loginId)).toMatchObject({ userErrors: [{ code: "CERTIFICATE_REQUIRED" }] });

    const names = Array.from({ length: 100 }, (_, index) => `DNS:host-${String(index)}.a-rather-long-name.example`).join(",");
    const [certificate, key] = [listening.file("long.pem"), listening.file("long.key")];
    await printed("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=long", "-addext", `subjectAltName=${names}`, "-keyout", key, "-out", certificate]);
    const answer = await byNode(proxy, { ...signInAs(active.user.loginId), with: { certificate, key, der: Buffer.of() } });
    expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 400, codes: ["CLIENT_CERT_MALFORMED"] });
  });
});

const refusedByNginx = [
  ["revoked", "FAILED:certificate revoked"],
  ["expired", "FAILED:certificate has expired"],
  ["foreign", "FAILED:unable to verify the first certificate"],
  ["otherPurpose", "FAILED:unsuitable certificate purpose"],
] as const;

describe("nginx-crl.conf", () => {
  const scene = nginx("nginx-crl.conf");

  itHoldsBehindAnyProxy(scene);

  it.each(refusedByNginx)("refuses one that is %s", async (what, why) => {
    await expectRefusedByProxy(scene(), scene().shown[what], why);
  });

  it("refuses who is revoked once fetch-crls.sh has run; until then Shomei does", async () => {
    const { listening, proxy } = scene();
    const lost = await listening.somebody("stolen");
    expect(await signInOf(proxy, lost.user.loginId, { with: lost })).toMatchObject({ userErrors: [] });
    await listening.revoke(lost.certificateId);
    expect(await signInOf(proxy, lost.user.loginId, { with: lost })).toMatchObject({ userErrors: [{ code: "PRESENTED_CERTIFICATE_REVOKED" }] });

    expect(await fetchCrls(proxy, listening.base)).toMatchObject({ ok: true });
    await eventually(() => expectRefusedByProxy(scene(), lost, "FAILED:certificate revoked")); // an old worker may still take a connection
    expect(await signInOf(proxy, scene().shown.active.user.loginId, { with: scene().shown.active })).toMatchObject({ userErrors: [] });
  });

  it("is reloaded by fetch-crls.sh only for something new, and never gets a CRL that its CAs did not sign", async () => {
    const { listening, proxy } = scene();
    const reloads = () => proxy.log.split("reloaded").length - 1;
    expect(await fetchCrls(proxy, listening.base, "echo reloaded")).toMatchObject({ ok: true, out: "" });
    const had = readFileSync(join(proxy.dir, "client-crl.pem"), "utf8");

    const others = await ListeningHouse.open(); // another bank's, or a liar's
    try {
      expect(await fetchCrls(proxy, others.base, "echo reloaded")).toMatchObject({ ok: false, out: "" });
    } finally {
      await others.close();
    }
    expect(await fetchCrls(proxy, others.base, "echo reloaded")).toMatchObject({ ok: false, out: "" }); // nobody is there now
    expect(readFileSync(join(proxy.dir, "client-crl.pem"), "utf8")).toBe(had);
    expect(reloads()).toBe(0);
  });

  it("gets by fetch-crls.sh no list in another's place, and none that is older than the one before", async () => {
    const { listening, proxy } = scene();
    const had = readFileSync(join(proxy.dir, "client-crl.pem"), "utf8");
    const issuer = await listening.issuer();
    const times = { thisUpdate: new Date(Date.now() - 60_000), nextUpdate: new Date(Date.now() + 600_000) };
    const root = Buffer.from(await (await fetch(`${listening.base}/pki/root-1.crl`)).arrayBuffer());
    const swapped = await answering(root);
    expect(await fetchCrls(proxy, swapped.base, "echo reloaded")).toMatchObject({ ok: false, out: "" });
    swapped.close();

    writeFileSync(join(proxy.dir, `${issuer.label}.crl`), Buffer.concat(await signedCrl({ issuer, number: 1_000_000, ...times }, [])));
    expect(await fetchCrls(proxy, listening.base, "echo reloaded")).toMatchObject({ ok: false, out: "" });
    expect(readFileSync(join(proxy.dir, "client-crl.pem"), "utf8")).toBe(had);
    rmSync(join(proxy.dir, `${issuer.label}.crl`));
    expect(await fetchCrls(proxy, listening.base, "echo reloaded")).toMatchObject({ ok: true });
  });
});

/** A server on the way that answers for every CA with one list. */
async function answering(der: Buffer): Promise<{ base: string; close: () => void }> {
  const server = createServer((_request, response) => response.end(der)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { base: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, close: () => server.close() };
}

describe("nginx-crl.conf without the root's CRL", () => {
  const scene = nginx("nginx-crl.conf");

  it("refuses everybody: OpenSSL wants one of each CA", async () => {
    const { listening, proxy, shown: { active } } = scene();
    writeFileSync(join(proxy.dir, "client-crl.pem"), toPem("X509 CRL", await listening.crl("5120-1")));
    process.kill(proxy.pid, "SIGHUP");
    await eventually(() => expectRefusedByProxy(scene(), active, "FAILED:unable to get certificate CRL"));
  });
});

describe("nginx-crl.conf with CRLs that nobody fetched any more", () => {
  const scene = nginx("nginx-crl.conf", () => [["/etc/nginx/shomei/client-crl.pem;", `${common.listening.file("old-crls.pem")};`]]);

  it("refuses everybody", async () => {
    await expectRefusedByProxy(scene(), scene().shown.active, "FAILED:CRL has expired");
  });
});

describe("nginx-ocsp.conf", () => {
  const scene = nginx("nginx-ocsp.conf");

  itHoldsBehindAnyProxy(scene);

  it.each(refusedByNginx)("refuses one that is %s", async (what, why) => {
    await expectRefusedByProxy(scene(), scene().shown[what], why);
  });

  it("refuses who is revoked at the very next connection", async () => {
    const { listening, proxy } = scene();
    const lost = await listening.somebody("stolen-2");
    expect(await signInOf(proxy, lost.user.loginId, { with: lost })).toMatchObject({ userErrors: [] });
    await listening.revoke(lost.certificateId);
    await expectRefusedByProxy(scene(), lost, "FAILED:certificate revoked");
  });
});

describe("nginx-ocsp.conf with on", () => {
  const scene = nginx("nginx-ocsp.conf", () => [["ssl_ocsp               leaf;", "ssl_ocsp               on;"]]);

  it("refuses everybody: nobody answers for the CAs' own certificates", async () => {
    await expectRefusedByProxy(scene(), scene().shown.active, "FAILED:certificate status request failed");
  });
});

describe("nginx-ocsp.conf with a responder that is away", () => {
  const scene = nginx("nginx-ocsp.conf", () => [["ssl_ocsp_responder     http://127.0.0.1:4000/ocsp;", "ssl_ocsp_responder     http://127.0.0.1:9/ocsp;"]]);

  it("refuses everybody", async () => {
    await expectRefusedByProxy(scene(), scene().shown.active, "FAILED:certificate status request failed");
  });
});

describe("nginx on another machine, at the TLS door, with the lines of README.md", () => {
  let door: TlsDoor;
  beforeAll(async () => {
    door = await openTlsDoor(common.listening);
  });
  const scene = nginx("nginx.conf", () => [
    ["server 127.0.0.1:4000;", `server ${new URL(door.base).host}; # not 127.0.0.1:4000`],
    ["proxy_pass http://shomei;", "proxy_pass https://shomei;"],
    ["    proxy_http_version 1.1;\n", `    proxy_http_version 1.1;\n${fromAnotherMachine()}`],
    ["/etc/nginx/shomei/proxy.pem", door.proxy.certificate],
    ["/etc/nginx/shomei/proxy.key", door.proxy.key],
    ["/etc/nginx/shomei/server-ca.pem", door.serverCertificate],
  ]);
  afterAll(() => door.close());

  itHoldsBehindAnyProxy(scene);
});

it("the three differ in nothing but how they check and what they do with who doesn't pass", () => {
  const [first = [], ...rest] = ["nginx.conf", "nginx-crl.conf", "nginx-ocsp.conf"].map(settings);
  for (const other of rest) expect(other).toEqual(first);
});

/** What README.md adds to http {} for an nginx that connects from elsewhere. */
function fromAnotherMachine(): string {
  return /```nginx\n([\s\S]*?)```/.exec(proxyFile("README.md"))?.[1] ?? "";
}

/** Without remarks, the checks, and what is done with a certificate that doesn't pass. */
function settings(file: string): string[] {
  const text = proxyFile(file).replace(/location @refused \{[\s\S]*?\n {8}\}/, "");
  return text.split("\n").map((line) => line.replace(/#.*$/, "").trim()).filter((line) => line !== "" && !/^ssl_(?:crl|ocsp)/.test(line));
}

async function fetchCrls(proxy: Proxy, base: string, reload = `kill -HUP ${String(proxy.pid)}`) {
  const script = proxyFile("fetch-crls.sh", [
    ["PKI=http://127.0.0.1:4000/pki", `PKI=${base}/pki`],
    ["DIR=/etc/nginx/shomei", `DIR=${proxy.dir}`],
    ['RELOAD="systemctl reload nginx"', `RELOAD="${reload}"`],
  ]);
  return program("sh", ["-s"], script);
}

/** Connects, and waits for an answer: by then a session to resume would have come. */
async function sessionWith(proxy: Proxy, held: Held, session?: Buffer): Promise<{ reused: boolean; session: Buffer | undefined }> {
  const socket = connect({
    host: "127.0.0.1", port: Number(new URL(proxy.base).port), ca: readFileSync(proxy.serverCertificate), ...(session ? { session } : {}),
    cert: readFileSync(held.certificate), key: readFileSync(held.key), timeout: 20_000,
  });
  let given: Buffer | undefined;
  socket.on("session", (one) => (given = one));
  socket.on("timeout", () => socket.destroy(new Error("no answer")));
  await once(socket, "secureConnect");
  const reused = socket.isSessionReused();
  socket.write("GET /healthz HTTP/1.1\r\nHost: bank.example\r\nConnection: close\r\n\r\n");
  socket.resume();
  await once(socket, "end");
  socket.destroy();
  return { reused, session: given ?? socket.getSession() };
}
