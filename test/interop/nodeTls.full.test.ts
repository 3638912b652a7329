import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, createServer, type SecureContextOptions, type TLSSocket } from "node:tls";
import { parseSerialNumber } from "../../src/pki/serialNumber.js";
import { ListeningHouse, type Credentials, type Held } from "../support/ListeningHouse.js";
import { selfSigned } from "../support/Proxy.js";
import { keyKinds, LONG_MS, openBeforeManyRevocations, openRotated, openWithAwkwardSerials } from "../support/relyingParties.js";

/** The CRLs in this file, one by one: Node takes an array, and of several in one string it sees the first alone. */
const apart = (file: string) => readFileSync(file, "utf8").match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];

/** Somebody's TLS server, which demands a certificate of our CAs and greets whoever has one. */
class Greeter {
  private judged: (verdict: string) => void = () => undefined;

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    private readonly own: { certificate: string; key: string },
    private readonly ca: string,
  ) {}

  static async open(house: ListeningHouse, crl: string[] | string, { rejectUnauthorized = true } = {}): Promise<Greeter> {
    const own = await selfSigned("greeter.example", "IP:127.0.0.1");
    const ca = readFileSync(house.file("root.pem"), "utf8");
    const server = createServer({ cert: own.certificate, key: own.key, ca, crl, requestCert: true, rejectUnauthorized });
    const greeter = new Greeter(server, own, ca);
    server.on("secureConnection", (socket) => {
      greeter.judged(verdictOn(socket));
      socket.on("error", () => undefined);
      socket.end("good day");
    });
    server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => { greeter.judged(verdictOn(socket, error.code)); });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    server.unref();
    return greeter;
  }

  /** Node reads CRLs when it is told to, never by itself. */
  use(crl: string[]): void {
    this.server.setSecureContext({ cert: this.own.certificate, key: this.own.key, ca: this.ca, crl });
  }

  /** What the server makes of this client (OK, or the code of what is wrong), and what the client hears. */
  async meets(held: Held | null, issuing: string): Promise<{ verdict: string; heard: string }> {
    const verdict = new Promise<string>((resolve) => { this.judged = resolve; });
    const shown = held && { cert: readFileSync(held.certificate, "utf8") + readFileSync(issuing, "utf8"), key: readFileSync(held.key) };
    const { port } = this.server.address() as AddressInfo;
    const { heard } = await heardFrom(port, { ca: this.own.certificate, ...shown });
    return { verdict: await verdict, heard };
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** `code` is of what went wrong in the handshake; a client that is only sent away is, for Node, one that hung up. */
function verdictOn({ authorized, authorizationError }: TLSSocket, code = "NOT_SAID"): string {
  if (authorized) return "OK";
  const reason: unknown = authorizationError; // the code itself, whatever its type says; null where nothing was verified
  return typeof reason === "string" ? reason : code;
}

/** All that a Node client hears until the connection ends, and the code of what goes wrong. */
function heardFrom(port: number, options: SecureContextOptions): Promise<{ heard: string; code: string | undefined }> {
  return new Promise((resolve) => {
    let heard = "";
    let code: string | undefined;
    const socket = connect({ host: "127.0.0.1", port, ...options, timeout: 20_000 });
    socket.on("data", (data: Buffer) => { heard += data.toString(); });
    socket.on("error", (error: NodeJS.ErrnoException) => { code = error.code; });
    socket.on("timeout", () => { socket.destroy(); });
    socket.on("close", () => { resolve({ heard, code }); });
  });
}

const GREETED = { verdict: "OK", heard: "good day" };
const sentAway = (verdict: string) => ({ verdict, heard: "" });

describe.each(keyKinds)("Node, with a CA of $caKey and holders of $holderKey,", ({ caKey, holderKey }) => {
  let house: ListeningHouse;
  let shown: Credentials;
  let crls: string[];
  let issuing: string;
  beforeAll(async () => {
    house = await ListeningHouse.open({ caKey });
    shown = await house.credentials(holderKey);
    crls = apart(await house.crls());
    issuing = house.file("issuing.pem");
  }, LONG_MS);
  afterAll(() => house.close());

  it.each([
    ["accepts an active certificate", "active", "OK"],
    ["refuses a revoked one as revoked", "revoked", "CERT_REVOKED"],
    ["refuses an expired one as expired", "expired", "CERT_HAS_EXPIRED"],
    ["refuses another CA's of the same names: its issuer isn't there", "foreign", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["refuses one for another purpose for that purpose", "otherPurpose", "INVALID_PURPOSE"],
  ] as const)("as a server %s, and tells nothing to whom it refuses; where it is told to refuse nobody, it knows the same", async (_title, which, verdict) => {
    const [strict, lenient] = [await Greeter.open(house, crls), await Greeter.open(house, crls, { rejectUnauthorized: false })];
    expect(await strict.meets(shown[which], issuing)).toEqual(verdict === "OK" ? GREETED : sentAway(verdict));
    expect(await lenient.meets(shown[which], issuing)).toEqual({ verdict, heard: "good day" });
    await strict.close();
    await lenient.close();
  });

  it("as a server refuses whoever shows none, and a foreign one with its own CA beside it", async () => {
    const greeter = await Greeter.open(house, crls);
    expect(await greeter.meets(null, issuing)).toEqual(sentAway("ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE"));
    // Its root isn't there either, but of several complaints Node tells the last: there is no CRL of such a CA.
    expect(await greeter.meets(shown.foreign, house.file("foreign-issuing.pem"))).toEqual(sentAway("UNABLE_TO_GET_CRL"));
    await greeter.close();
  });

  it("as a server needs the lists of both CAs, in an array", async () => {
    for (const crl of [crls.slice(0, 1), crls.join("\n")]) {
      const greeter = await Greeter.open(house, crl);
      expect(await greeter.meets(shown.active, issuing)).toEqual(sentAway("UNABLE_TO_GET_CRL"));
      await greeter.close();
    }
  });

  it("as a server refuses what is revoked from the CRL on that it is given next", async () => {
    const soonRevoked = await house.somebody("soon-revoked", holderKey);
    const greeter = await Greeter.open(house, apart(await house.crls("before.pem")));
    expect(await greeter.meets(soonRevoked, issuing)).toEqual(GREETED);

    await house.revoke(soonRevoked.certificateId);

    greeter.use(apart(await house.crls("after.pem")));
    expect(await greeter.meets(soonRevoked, issuing)).toEqual(sentAway("CERT_REVOKED"));
    expect(await greeter.meets(shown.active, issuing)).toEqual(GREETED);
    await greeter.close();
  });

  it("as a client takes no holder for a server", async () => {
    const { active } = shown;
    const impostor = createServer({ cert: readFileSync(active.certificate, "utf8") + readFileSync(issuing, "utf8"), key: readFileSync(active.key) });
    await new Promise<void>((resolve) => impostor.listen(0, "127.0.0.1", resolve));
    impostor.unref();
    const { port } = impostor.address() as AddressInfo;
    expect(await heardFrom(port, { ca: readFileSync(house.file("root.pem")) })).toEqual({ heard: "", code: "INVALID_PURPOSE" });
    await new Promise((resolve) => impostor.close(resolve));
  });

  it("reads the certificate: issuer, subject in Japanese, serial, purpose, addresses", async () => {
    const certificate = new X509Certificate(shown.active.der);
    const issuer = new X509Certificate(readFileSync(issuing));
    expect([certificate.checkIssued(issuer), certificate.verify(issuer.publicKey), certificate.ca]).toEqual([true, true, false]);
    expect(certificate.subject).toBe("C=JP\nO=契約先001\nCN=経理太郎\nserialNumber=5120-taro001");
    expect(parseSerialNumber(certificate.serialNumber)).toBe((await house.house.certificate(shown.active.certificateId)).serialNumber);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(certificate.infoAccess).toBe(`OCSP - URI:${house.base}/ocsp\nCA Issuers - URI:${house.base}/pki/5120-1.cer`);
  });
});

it("Node finds awkward serials on the CRL, and takes none of their neighbours for them", async () => {
  const { listening: house, active, revoked } = await openWithAwkwardSerials();
  try {
    const greeter = await Greeter.open(house, apart(await house.crls()));
    for (const held of revoked) expect(await greeter.meets(held, house.file("issuing.pem"))).toEqual(sentAway("CERT_REVOKED"));
    for (const held of active) expect(await greeter.meets(held, house.file("issuing.pem"))).toEqual(GREETED);
    await greeter.close();
  } finally {
    await house.close();
  }
}, LONG_MS);

it("Node checks against an empty CRL, and finds the one that is meant among 20,000", async () => {
  const { listening: house, active, lost, fill } = await openBeforeManyRevocations();
  try {
    const issuing = house.file("issuing.pem");
    const greeter = await Greeter.open(house, apart(await house.crls("empty.pem")));
    for (const held of [active, lost]) expect(await greeter.meets(held, issuing)).toEqual(GREETED);

    await fill();

    greeter.use(apart(await house.crls("long.pem")));
    expect(await greeter.meets(active, issuing)).toEqual(GREETED);
    expect(await greeter.meets(lost, issuing)).toEqual(sentAway("CERT_REVOKED"));
    await greeter.close();
  } finally {
    await house.close();
  }
}, LONG_MS);

it("Node goes on accepting what the bank's CA issued before it was followed by another, each with its own CRL", async () => {
  const { listening: house, generations } = await openRotated();
  try {
    const greeter = await Greeter.open(house, apart(await house.crls()));
    for (const { issuing, active, revoked } of generations) {
      expect(await greeter.meets(active, issuing)).toEqual(GREETED);
      expect(await greeter.meets(revoked, issuing)).toEqual(sentAway("CERT_REVOKED"));
    }
    await greeter.close();
  } finally {
    await house.close();
  }
}, LONG_MS);
