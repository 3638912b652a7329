import { mkdirSync } from "node:fs";
import { parseSerialNumber } from "../../src/pki/serialNumber.js";
import { ListeningHouse, type Credentials } from "../support/ListeningHouse.js";
import { printed, program } from "../support/program.js";
import { keyKinds, LONG_MS, MANY, openBeforeManyRevocations, openRotated, openWithAwkwardSerials } from "../support/relyingParties.js";

// certutil knows the CRLs that were imported by crlutil, and fetches nothing. vfychain, over NSS's PKIX library, fetches the
// CRL and asks by OCSP at the addresses in the certificate itself. Where nothing answers, it says "revoked", too
// (failIfNoInfo): so what is refused as revoked is refused without that flag as well, and what is accepted, with it.

const REVOKED = "Peer's Certificate has been revoked.";
const HARD = ["-s", "failIfNoInfo"];

/** A database of NSS's own, for which the root is the only one who is trusted. */
class NssDatabase {
  private constructor(private readonly house: ListeningHouse, private readonly db: string) {}

  static async make(house: ListeningHouse, name: string, cas = [house.file("issuing.pem")]): Promise<NssDatabase> {
    mkdirSync(house.file(name));
    const nss = new NssDatabase(house, `sql:${house.file(name)}`);
    await printed("certutil", ["-N", "-d", nss.db, "--empty-password"]);
    await nss.learn("root", house.file("root.pem"), "TC,,");
    for (const [index, ca] of cas.entries()) await nss.learn(`issuing-${String(index)}`, ca);
    return nss;
  }

  learn(nickname: string, certificate: string, trust = ",,"): Promise<string> {
    return printed("certutil", ["-A", "-d", this.db, "-n", nickname, "-t", trust, "-i", certificate]);
  }

  import(crl: Buffer) {
    return program("crlutil", ["-I", "-d", this.db, "-i", this.house.write("import.crl", crl)]);
  }

  shownCrl(nickname: string): Promise<string> {
    return printed("crlutil", ["-L", "-d", this.db, "-n", nickname]);
  }

  /** certutil's verdict, by the CRLs that it was given, signatures checked. */
  async verified(certificate: string, usage: "C" | "V" = "C"): Promise<string> {
    await this.learn(certificate, certificate);
    const { ok, out, complaint } = await program("certutil", ["-V", "-d", this.db, "-n", certificate, "-u", usage, "-e"]);
    const said = out + complaint;
    expect(ok).toBe(said === "certutil: certificate is valid\n");
    return ok ? "OK" : (/certificate is invalid: (.+)/.exec(said)?.[1] ?? said);
  }

  /** vfychain's verdict on a client's certificate, by what the house answers now. */
  async verifiedLive(certificate: string, by: "crl" | "ocsp", flags = HARD): Promise<string> {
    const { ok, complaint } = await program("vfychain", ["-d", this.db, "-pp", "-u", "0", "-g", "leaf", "-m", by, ...flags, "-a", certificate]);
    expect(ok).toBe(complaint === "Chain is good!\n");
    return ok ? "OK" : (/ERROR -\d+: (.+)/.exec(complaint)?.[1] ?? complaint);
  }

  /** What ocspclnt is told, which asks by POST. */
  async asked(certificate: string): Promise<string> {
    await this.learn(certificate, certificate);
    const { out, complaint } = await program("ocspclnt", ["-d", this.db, "-S", certificate]);
    if (/^Check of certificate ".+" succeeded\.$/m.test(out)) return "OK";
    return /failed\. {2}Reason:\n(.+)/.exec(out)?.[1] ?? out + complaint;
  }

  /** A request, as a file, with the service locator that only NSS writes (RFC 6960 §4.4.6). */
  async request(certificate: string): Promise<string> {
    await this.learn(certificate, certificate);
    const file = this.house.file("nss-request.der");
    await printed("bash", ["-c", 'ocspclnt -d "$0" -r "$1" -L > "$2"', this.db, certificate, file]);
    return file;
  }
}

/** The serials that crlutil shows, in our form: in lines of octets, a short one as a number. */
function serialsIn(shown: string): (string | undefined)[] {
  return [...shown.matchAll(/Serial Number:(?: (-?\d+) \(|\s+((?:[0-9a-f]{2}:?\s*)+))/g)]
    .map(([, number, octets]) => parseSerialNumber(octets?.replace(/\s/g, "") ?? Number(number).toString(16)));
}

describe.each(keyKinds)("NSS, with a CA of $caKey and holders of $holderKey,", ({ caKey, holderKey }) => {
  let house: ListeningHouse;
  let shown: Credentials;
  let nss: NssDatabase;
  beforeAll(async () => {
    house = await ListeningHouse.open({ caKey });
    shown = await house.credentials(holderKey);
    nss = await NssDatabase.make(house, "nss");
    for (const label of [undefined, "root-1"]) expect(await nss.import(await house.crl(label))).toMatchObject({ ok: true });
  }, LONG_MS);
  afterAll(() => house.close());

  it.each([
    ["accepts an active certificate", "active", "OK"],
    ["refuses a revoked one as revoked", "revoked", REVOKED],
    ["refuses an expired one as expired", "expired", "Peer's Certificate has expired."],
    ["refuses another CA's of the same names: its issuer isn't known", "foreign", "Peer's Certificate issuer is not recognized."],
    ["refuses one for another purpose for its type", "otherPurpose", "Certificate type not approved for application."],
  ] as const)("%s, by the CRLs that it imported", async (_title, which, verdict) => {
    expect(await nss.verified(shown[which].certificate)).toBe(verdict);
  });

  it("refused the revoked one by the CRL: without, it would have been accepted", async () => {
    const without = await NssDatabase.make(house, "nss-without");
    expect(await without.verified(shown.revoked.certificate)).toBe("OK");
  });

  it("lets nobody be a server with a holder's certificate", async () => {
    const complaints = { "P-256": "Certificate type not approved for application.", "RSA-3072": "Certificate key usage inadequate for attempted operation." };
    expect(await nss.verified(shown.active.certificate, "V")).toBe(complaints[holderKey]);
  });

  it("imports a CRL only of a CA that it knows", async () => {
    const strangers = await NssDatabase.make(house, "nss-strangers", [house.file("foreign-issuing.pem")]);
    const { ok, complaint } = await strangers.import(await house.crl());
    expect({ ok, complaint }).toEqual({ ok: false, complaint: expect.stringContaining("unable to import CRL") as string });
  });

  it("reads the CRL: version, serial, reason, number", async () => {
    const { serialNumber } = await house.house.certificate(shown.revoked.certificateId);
    const text = await nss.shownCrl("issuing-0");
    expect(serialsIn(text)).toEqual([serialNumber]);
    expect(text).toContain("Version: 2 (0x1)");
    expect(text).toMatch(/Name: CRL reason code\n +Data: 1 \(0x1\)\n/);
    expect(text).toMatch(/Name: CRL Number\n +Data: 1 \(0x1\)\n/);
  });

  it.each(["crl", "ocsp"] as const)("accepts and refuses the same by what the house answers now, by %s", async (by) => {
    const live = await NssDatabase.make(house, `nss-${by}`);
    expect(await live.verifiedLive(shown.active.certificate, by)).toBe("OK");
    expect(await live.verifiedLive(shown.revoked.certificate, by, [])).toBe(REVOKED);
    expect(await live.verifiedLive(shown.expired.certificate, by)).toBe("Peer's Certificate has expired.");
    expect(await live.verifiedLive(shown.otherPurpose.certificate, by)).toBe("Certificate type not approved for application.");
    // Its issuer's key identifier is in none of the CAs that it knows: a CA's own certificate is the last that it complains of.
    expect(await live.verifiedLive(shown.foreign.certificate, by)).toBe("Certificate extension not found.");
  });

  it("needs nothing that it can't get: a CRL that it may not fetch is no CRL", async () => {
    const live = await NssDatabase.make(house, "nss-offline");
    expect(await live.verifiedLive(shown.active.certificate, "crl", ["-s", "forbidFetching,failIfNoInfo"])).not.toBe("OK");
  });

  it("sees a revocation on the very next answer, and on the next CRL that it imports", async () => {
    const { certificate, certificateId } = await house.somebody("soon-revoked", holderKey);
    await house.letTimePass(); // NSS knows a newer CRL by its date alone: it takes no other of the same second
    expect([await nss.asked(certificate), await nss.verifiedLive(certificate, "ocsp")]).toEqual(["OK", "OK"]);

    await house.revoke(certificateId);

    expect([await nss.asked(certificate), await nss.verifiedLive(certificate, "ocsp", [])]).toEqual([REVOKED, REVOKED]);
    expect((await nss.import(await house.crl())).ok).toBe(true); // over the older one
    expect(await nss.verified(certificate)).toBe(REVOKED);
  });

  it("is answered where its request says whom to ask further", async () => {
    const request = await nss.request(shown.active.certificate);
    const { ok, complaint, out } = await program("openssl", [
      "ocsp", "-reqin", request, "-url", `${house.base}/ocsp`, "-issuer", house.file("issuing.pem"), "-CAfile", house.file("root.pem"), "-text",
    ]);
    expect({ ok, complaint }).toEqual({ ok: true, complaint: "Response verify OK\n" });
    expect(out).toMatch(/OCSP Service Locator[^]+Cert Status: good\n/);
  });
});

it("NSS finds awkward serials on the CRL and by OCSP, positive, and takes none of their neighbours for them", async () => {
  const { listening: house, active, revoked, serials } = await openWithAwkwardSerials();
  try {
    const [imported, live] = [await NssDatabase.make(house, "nss"), await NssDatabase.make(house, "nss-live")];
    expect((await imported.import(await house.crl())).ok).toBe(true);
    for (const { certificate } of revoked) {
      expect([await imported.verified(certificate), await live.asked(certificate), await live.verifiedLive(certificate, "crl", [])]).toEqual([REVOKED, REVOKED, REVOKED]);
    }
    for (const { certificate } of active) {
      expect([await imported.verified(certificate), await live.asked(certificate), await live.verifiedLive(certificate, "crl")]).toEqual(["OK", "OK", "OK"]);
    }
    expect(serialsIn(await imported.shownCrl("issuing-0")).sort()).toEqual([...serials].sort());
  } finally {
    await house.close();
  }
}, LONG_MS);

it("NSS checks against an empty CRL, and finds the one that is meant among 20,000", async () => {
  const { listening: house, active, lost, fill } = await openBeforeManyRevocations();
  try {
    const nss = await NssDatabase.make(house, "nss");
    expect((await nss.import(await house.crl())).ok).toBe(true);
    for (const { certificate } of [active, lost]) expect(await nss.verified(certificate)).toBe("OK");

    await house.letTimePass();
    await fill();

    expect((await nss.import(await house.crl())).ok).toBe(true);
    expect([await nss.verified(active.certificate), await nss.verified(lost.certificate)]).toEqual(["OK", REVOKED]);
    expect(serialsIn(await nss.shownCrl("issuing-0"))).toHaveLength(MANY);

    // What it fetches by itself may have 512 KB: with more than some 10,000 entries it has no CRL at all. OCSP is what is left.
    const live = await NssDatabase.make(house, "nss-live");
    expect(await live.verifiedLive(active.certificate, "crl")).not.toBe("OK");
    expect([await live.verifiedLive(active.certificate, "ocsp"), await live.verifiedLive(lost.certificate, "ocsp", [])]).toEqual(["OK", REVOKED]);
  } finally {
    await house.close();
  }
}, LONG_MS);

it("NSS goes on verifying what the bank's CA issued before it was followed by another, each with its own CRL and OCSP", async () => {
  const { listening: house, generations } = await openRotated();
  try {
    const nss = await NssDatabase.make(house, "nss", generations.map(({ issuing }) => issuing));
    for (const { active, revoked } of generations) {
      expect([await nss.verifiedLive(active.certificate, "crl"), await nss.verifiedLive(active.certificate, "ocsp")]).toEqual(["OK", "OK"]);
      expect([await nss.verifiedLive(revoked.certificate, "crl", []), await nss.verifiedLive(revoked.certificate, "ocsp", [])]).toEqual([REVOKED, REVOKED]);
    }
  } finally {
    await house.close();
  }
}, LONG_MS);

it("NSS refuses, where it must know, what it can't ask about since the house is away", async () => {
  const house = await ListeningHouse.open();
  try {
    const { certificate } = await house.somebody("active");
    const nss = await NssDatabase.make(house, "nss");
    await house.door.close();
    for (const by of ["crl", "ocsp"] as const) {
      expect(await nss.verifiedLive(certificate, by)).not.toBe("OK");
      expect(await nss.verifiedLive(certificate, by, [])).toBe("OK"); // it was for that alone
    }
  } finally {
    await house.close();
  }
}, LONG_MS);
