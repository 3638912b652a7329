import type { FastifyInstance } from "fastify";
import { byRfc9440, expectRefusedByProxy, expectRefusedByShomei, itHoldsBehindAnyProxy, openBehindProxies, type Scene, type Unwelcome } from "../support/behindAnyProxy.js";
import { byCurl, byNode, signInAs, signInOf, WHO_AM_I } from "../support/customers.js";
import { codes } from "../support/graphql.js";
import { Proxy, type Changes } from "../support/Proxy.js";
import { openTlsDoor, portOf, SHOMEI, type TlsDoor } from "../support/tlsDoor.js";

let common: Omit<Scene, "proxy">;

beforeAll(async () => {
  common = await openBehindProxies("RSA-3072", "P-256");
});
afterAll(() => common.listening.close());

/** HAProxy, running for the tests of one group. */
function haproxy(changes: () => Changes = () => []): () => Scene {
  let proxy: Proxy | undefined;
  beforeAll(async () => {
    proxy = await Proxy.haproxy(common.listening, changes());
  });
  afterAll(() => proxy?.stop());
  return () => {
    if (!proxy) throw new Error("not started");
    return { ...common, proxy };
  };
}

const LEFT_TO_SHOMEI = "!{ ssl_c_verify 0 10 12 23 }";

describe("haproxy.cfg", () => {
  const scene = haproxy();

  itHoldsBehindAnyProxy(scene);

  it.each<Unwelcome>(["revoked", "expired"])("leaves one that is %s to Shomei, which says since when", async (what) => {
    await expectRefusedByShomei(scene(), what);
  });

  it.each([["foreign", "21"], ["otherPurpose", "26"]] as const)("turns away one that is %s", async (what, why) => {
    await expectRefusedByProxy(scene(), scene().shown[what], why);
  });
});

describe("haproxy.cfg with only the 0", () => {
  const scene = haproxy(() => [[LEFT_TO_SHOMEI, "!{ ssl_c_verify 0 }"]]);

  it.each([["revoked", "23"], ["expired", "10"], ["foreign", "21"], ["otherPurpose", "26"]] as const)("refuses one that is %s", async (what, why) => {
    await expectRefusedByProxy(scene(), scene().shown[what], why);
  });

  it("lets in who is revoked after it read its CRLs, and Shomei refuses", async () => {
    const { listening, proxy } = scene();
    const lost = await listening.somebody("lost");
    await listening.revoke(lost.certificateId);
    expect(await signInOf(proxy, lost.user.loginId, { with: lost })).toMatchObject({ userErrors: [{ code: "PRESENTED_CERTIFICATE_REVOKED" }] });
  });
});

describe("haproxy.cfg with CRLs that nobody fetched any more", () => {
  const scene = haproxy(() => [["/etc/haproxy/shomei/client-crl.pem", common.listening.file("old-crls.pem")]]);

  it("lets the bank's own through, and Shomei decides", async () => {
    const { proxy, shown } = scene();
    expect(await signInOf(proxy, shown.active.user.loginId, { with: shown.active })).toMatchObject({ userErrors: [] });
    await expectRefusedByShomei(scene(), "revoked");
    await expectRefusedByShomei(scene(), "otherPurpose");
    await expectRefusedByProxy(scene(), shown.foreign, "21");
  });
});

describe("haproxy.cfg without that rule", () => {
  const scene = haproxy(() => [[LEFT_TO_SHOMEI, "{ ssl_c_verify 0 }"]]);

  it.each<Unwelcome>(["revoked", "expired", "foreign", "otherPurpose"])("leaves one that is %s to Shomei", async (what) => {
    await expectRefusedByShomei(scene(), what);
  });
});

describe("haproxy.cfg without …-ignore-err", () => {
  const scene = haproxy(() => [[" ca-ignore-err all crt-ignore-err all", ""]]);

  it.each<Unwelcome>(["revoked", "expired", "foreign", "otherPurpose"])("cuts the handshake of one that is %s, and the user learns nothing", async (what) => {
    const { proxy, shown } = scene();
    const sent = { ...signInAs(shown.active.user.loginId), with: shown[what] };
    await expect(byNode(proxy, sent)).rejects.toThrow(/^(?!no JSON)/); // a reset, or an alert: that is a race
    await expect(byCurl(proxy, sent)).rejects.toThrow(/curl: \(\d+\)/);
    expect(await signInOf(proxy, shown.active.user.loginId, { with: shown.active })).toMatchObject({ userErrors: [] });
  });
});

describe("HAProxy on another machine, at the TLS door", () => {
  let door: TlsDoor;
  beforeAll(async () => {
    door = await openTlsDoor(common.listening);
  });
  const scene = haproxy(() => [
    ["    server shomei 127.0.0.1:4000\n", "    # not on 127.0.0.1:4000\n"],
    [`# server shomei ${SHOMEI}:4443 `, `server shomei ${new URL(door.base).host} `],
    ["/etc/haproxy/shomei/proxy.pem", door.proxy.both],
    ["/etc/haproxy/shomei/server-ca.pem", door.serverCertificate],
  ]);
  afterAll(() => door.close());

  itHoldsBehindAnyProxy(scene);

  it("is believed for its certificate's sake; nobody else is, with another's or with none", async () => {
    const { shown: { active }, other } = scene();
    const headers = ["Client-Cert", byRfc9440(active.der)];
    const { sessionToken: token } = await signInOf(door, active.user.loginId, { with: door.proxy, headers });
    expect(await byNode(door, { query: WHO_AM_I, token: token ?? "", with: door.proxy, headers })).toMatchObject({ status: 200, errors: [] });

    for (const stranger of [undefined, other, active]) {
      const answer = await byNode(door, { query: WHO_AM_I, token: token ?? "", with: stranger, headers });
      expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 400, codes: ["CLIENT_CERT_NOT_TRUSTED"] });
    }
  });
});

describe("Shomei without a proxy in its configuration", () => {
  let door: FastifyInstance;
  beforeAll(async () => {
    door = await common.listening.house.door();
    await door.listen({ host: "127.0.0.1", port: 0 });
  });
  afterAll(() => door.close());

  it("refuses Client-Cert from whoever sends it, and does nothing", async () => {
    const { listening: { house }, shown: { active } } = common;
    const before = { stored: await house.snapshot(), history: await house.history() };
    for (const value of [byRfc9440(active.der), ""]) {
      const response = await fetch(`http://127.0.0.1:${String(portOf(door))}/graphql`, {
        method: "POST", headers: { "content-type": "application/json", "client-cert": value }, body: JSON.stringify(signInAs(active.user.loginId)),
      });
      expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 400, body: { errors: [{ extensions: { code: "CLIENT_CERT_NOT_TRUSTED" } }] } });
    }
    expect({ stored: await house.snapshot(), history: await house.history() }).toEqual(before);
  });
});
