import { Agent } from "node:https";
import { DAY, later } from "../../src/foundation/clock.js";
import { Alert } from "../../src/history/Alert.js";
import { toPem } from "../../src/pki/pem.js";
import { byCurl, byNode, signInAs, signInOf, WHO_AM_I, type Customer } from "./customers.js";
import { codes } from "./graphql.js";
import { ListeningHouse, type Credentials, type Enrolled, type Held, type HolderKey } from "./ListeningHouse.js";
import { eventually, type Proxy } from "./Proxy.js";

export interface Scene {
  listening: ListeningHouse;
  proxy: Proxy;
  shown: Credentials;
  /** Somebody else, with a key of another kind. */
  other: Enrolled;
}

/** A house that takes the loopback for its proxy. `old-crls.pem` beside its other files are CRLs that are out of date. */
export async function openBehindProxies(holderKey: HolderKey, othersKey: HolderKey): Promise<Omit<Scene, "proxy">> {
  const listening = await ListeningHouse.open({ door: { proxies: { loopback: true, certificates: new Set() } } });
  const { clock } = listening.house;
  const now = clock.now();
  clock.moveTo(later(now, -60 * DAY));
  await listening.crls("old-crls.pem");
  clock.moveTo(now);
  return { listening, shown: await listening.credentials(holderKey), other: await listening.somebody("other", othersKey) };
}

const customers: [string, Customer][] = [["curl", byCurl], ["Node", byNode]];

/** What holds behind every proxy. */
export function itHoldsBehindAnyProxy(scene: () => Scene): void {
  it.each(customers)("lets a certificate's holder sign in with %s, and go on with the token", async (_name, by) => {
    const { proxy, shown: { active }, other } = scene();
    for (const held of [active, other]) {
      const { sessionToken, viewer, userErrors } = await signInOf(proxy, held.user.loginId, { with: held }, by);
      expect({ viewer, userErrors }).toMatchObject({ viewer: { mayOnlyEnroll: false, user: { loginId: held.user.loginId } }, userErrors: [] });
      const { status, data } = await by(proxy, { query: WHO_AM_I, token: sessionToken ?? "", with: held });
      expect({ status, data }).toMatchObject({ status: 200, data: { viewer: { user: { loginId: held.user.loginId } } } });
    }
  });

  it.each(customers)("refuses that token with another's certificate and with none (%s)", async (_name, by) => {
    const { proxy, shown: { active }, other } = scene();
    const { sessionToken: token } = await signInOf(proxy, active.user.loginId, { with: active });
    for (const held of [undefined, other]) {
      const answer = await by(proxy, { query: WHO_AM_I, token: token ?? "", with: held });
      expect(answer).toMatchObject({ status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } });
      expect(codes(answer)).toEqual(["UNAUTHENTICATED"]);
      expect(answer.text).not.toContain(active.user.loginId);
    }
  });

  it("lets who has no certificate yet sign in without one, to acquire it and for nothing else", async () => {
    const { listening, proxy, shown: { active } } = scene();
    const newcomer = await listening.house.aUser(listening.tenant.contract, { displayName: "経理四郎" });
    expect(await signInOf(proxy, newcomer.loginId)).toMatchObject({ viewer: { mayOnlyEnroll: true }, userErrors: [] });
    expect(await signInOf(proxy, active.user.loginId)).toMatchObject({ viewer: null, userErrors: [{ code: "CERTIFICATE_REQUIRED" }] });
  });

  it.each(forgeries)("never lets through what a client itself says is its certificate: %s", async (_what, forge) => {
    const { listening, proxy, shown: { active }, other } = scene();
    const { sessionToken: token } = await signInOf(proxy, active.user.loginId, { with: active });
    const headers = forge(active.der);
    const { passwords: _, ...before } = await listening.house.snapshot();

    for (const by of [byNode, byCurl]) {
      for (const thief of [undefined, other]) {
        const stolen = await by(proxy, { query: WHO_AM_I, token: token ?? "", with: thief, headers });
        expect(stolen.status).toBe(401);
        const { userErrors } = await signInOf(proxy, active.user.loginId, { with: thief, headers }, by);
        expect(userErrors).toMatchObject([{ code: thief ? "PRESENTED_CERTIFICATE_OF_ANOTHER" : "CERTIFICATE_REQUIRED" }]);
      }
    }

    const { passwords: __, ...after } = await listening.house.snapshot();
    expect(after).toEqual(before);
  });

  it("passes on its request's id and the one address that it saw, whatever the client says", async () => {
    const { listening: { house, tenant }, proxy, shown: { active } } = scene();
    const headers = ["X-Forwarded-For", "203.0.113.9", "x-forwarded-for", "203.0.113.10, 203.0.113.11", "X-Request-Id", "made-up"];
    const { headers: { "x-request-id": id } } = await byNode(proxy, { ...signInAs(active.user.loginId), with: active, headers });
    const requestId = String(id);
    expect(requestId).toMatch(/^[0-9a-f-]{32,36}$/);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "SIGN_IN", outcome: "SUCCEEDED", requestId, address: "127.0.0.1" });
    await eventually(() => Promise.resolve(proxy.log.includes(requestId)));
  });

  it("a revocation ends the session at the next request, on the same connection, whatever the proxy knows", async () => {
    const { listening, proxy } = scene();
    const lost = await listening.somebody("lost");
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const { data } = await byNode<{ signIn: { sessionToken: string } }>(proxy, { ...signInAs(lost.user.loginId), with: lost }, agent);
      const request = { query: WHO_AM_I, token: data.signIn.sessionToken, with: lost };
      expect(await byNode(proxy, request, agent)).toMatchObject({ status: 200, errors: [] });
      await listening.revoke(lost.certificateId);
      const answer = await byNode(proxy, request, agent);
      expect(answer).toMatchObject({ status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } });
    } finally {
      agent.destroy();
    }
  });

  it("gives relying parties CRLs, CA certificates and OCSP without TLS, and nobody anything else", async () => {
    const { proxy, listening, shown: { active } } = scene();
    const crl = await fetch(`${proxy.plain}/pki/5120-1.crl`);
    expect(Buffer.from(await crl.arrayBuffer())).toEqual(await listening.crl("5120-1"));
    const ocsp = await fetch(`${proxy.plain}/ocsp`, { method: "POST", headers: { "content-type": "application/ocsp-request" }, body: "no request" });
    expect(Buffer.from(await ocsp.arrayBuffer()).toString("hex")).toBe("30030a0101"); // malformedRequest

    const headers = { "client-cert": byRfc9440(active.der), "content-type": "application/json" };
    const graphql = await fetch(`${proxy.plain}/graphql`, { method: "POST", redirect: "manual", headers, body: JSON.stringify({ query: WHO_AM_I }) });
    expect([graphql.status, graphql.headers.get("location")?.startsWith("https://")]).toEqual([301, true]);
  });
}

/** The certificates that lead nowhere. */
export type Unwelcome = Exclude<keyof Credentials, "active">;

/** The proxy lets it through, and Shomei refuses it: in its own words, on record, and with an alert for one that is revoked. */
export async function expectRefusedByShomei({ listening: { house }, proxy, shown }: Scene, what: Unwelcome): Promise<void> {
  const held = shown[what];
  const { code, words } = refusals[what];
  const certificateId = "certificateId" in held ? held.certificateId : null;
  const alerts = () => house.db.reads.countBy(Alert, { certificateId: certificateId ?? "" });
  const raised = await alerts();

  const answer = await signInOf(proxy, shown.active.user.loginId, { with: held });
  expect(answer).toMatchObject({ sessionToken: null, viewer: null, userErrors: [{ code }] });
  expect(answer.userErrors[0]?.message).toMatch(words);
  expect((await house.history()).at(-1)).toMatchObject({ action: "SIGN_IN", outcome: "REFUSED", code, certificateId, address: "127.0.0.1" });
  if (what === "revoked" && raised === 0) expect(await alerts()).toBe(1);
  expect(await byNode(proxy, { query: WHO_AM_I, with: held })).toMatchObject({ status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } });
}

const unknown = { code: "PRESENTED_CERTIFICATE_UNKNOWN", words: /当金庫が発行したログイン用の電子証明書ではありません/ };
const refusals: Record<Unwelcome, { code: string; words: RegExp }> = {
  revoked: { code: "PRESENTED_CERTIFICATE_REVOKED", words: /\d{4}年\d+月\d+日.*に失効しています（理由：.+）/ },
  expired: { code: "PRESENTED_CERTIFICATE_EXPIRED", words: /\d{4}年\d+月\d+日.*に有効期限が切れています/ },
  foreign: unknown,
  otherPurpose: unknown,
};

/** The proxy refuses it by itself, says so in its log, and Shomei hears nothing of it. */
export async function expectRefusedByProxy({ listening: { house }, proxy, shown: { active } }: Scene, held: Held, why: string): Promise<void> {
  const before = { stored: await house.snapshot(), records: (await house.history()).length };
  const answer = await byNode(proxy, { ...signInAs(active.user.loginId), with: held });
  expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 403, codes: ["CLIENT_CERT_REFUSED"] });
  expect({ stored: await house.snapshot(), records: (await house.history()).length }).toEqual(before);

  const requestId = answer.errors[0]?.extensions.requestId ?? "no id";
  const line = () => proxy.log.split("\n").find((one) => one.includes(requestId));
  await eventually(() => Promise.resolve(line() !== undefined));
  expect(line()?.endsWith(` ${why}`) ? why : line()).toBe(why);
}

export const byRfc9440 = (der: Buffer) => `:${der.toString("base64")}:`;
const escaped = (der: Buffer) => encodeURIComponent(toPem("CERTIFICATE", der)).replace(/%2B/g, "+");

const forgeries: [string, (der: Buffer) => string[]][] = [
  ["by RFC 9440", (der) => ["Client-Cert", byRfc9440(der)]],
  ["as nginx escapes it", (der) => ["Client-Cert", escaped(der)]],
  ["in other letters", (der) => ["cLIENT-cERT", byRfc9440(der)]],
  ["with an underscore", (der) => ["Client_Cert", byRfc9440(der)]],
  ["twice, in two forms", (der) => ["Client-Cert", byRfc9440(der), "CLIENT-CERT", escaped(der)]],
  ["empty and full", (der) => ["Client-Cert", "", "client-cert", byRfc9440(der)]],
  ["with its chain", (der) => ["Client-Cert", byRfc9440(der), "Client-Cert-Chain", byRfc9440(der)]],
  ["as the connection's own affair", (der) => ["Client-Cert", byRfc9440(der), "Connection", "close, Client-Cert"]],
];
