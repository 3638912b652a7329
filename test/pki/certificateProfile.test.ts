import { X509Certificate, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY, MINUTE, SECOND, later } from "../../src/foundation/clock.js";
import { clientCertificate, issuingCa, ocspSigner, signed, validityFrom, type Validity } from "../../src/pki/certificateProfile.js";
import { authority, makeIssuingCa, makeRoot, type Authority } from "../../src/pki/hierarchy.js";
import { holderName, issuingName, nameText, ocspSignerName } from "../../src/pki/names.js";
import { toPem } from "../../src/pki/pem.js";
import type { IssuingName } from "../../src/pki/profiles.js";
import { newSerialNumber } from "../../src/pki/serialNumber.js";
import { keySigner, newKey } from "../../src/pki/Signer.js";
import { openssl, opensslPrints } from "../support/openssl.js";

const NOW = new Date("2026-11-24T01:00:00.789Z");
const BANK = { name: "証明信用金庫" };
const CA = { name: "5120-1", bank: BANK };
const ROOTS_ADDRESSES = { crl: "http://pki.shomei.example/pki/root.crl", certificate: "http://pki.shomei.example/pki/root.cer" };
const ADDRESSES = {
  crl: "http://pki.shomei.example/pki/5120-1.crl", ocsp: "http://pki.shomei.example/ocsp", certificate: "http://pki.shomei.example/pki/5120-1.cer",
};
const HOLDER = { contractName: "株式会社サンプル商事", displayName: "経理　太郎", bankCode: "5120", loginId: "taro001" };
const holderKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsaKeys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const newRoot = (now = NOW) => makeRoot(keySigner(newKey("P-384")), now);
const newIssuing = (now = NOW) => makeIssuingCa(keySigner(newKey("P-256")), CA, root, ROOTS_ADDRESSES, now);

let root: Authority;
let issuing: Authority;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-profile-"));
  root = await newRoot();
  issuing = await newIssuing();
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

interface Leaf {
  serialNumber: string;
  holder: typeof HOLDER;
  key: KeyObject;
  validity: Validity;
  issuer: Authority;
}

/** A user's certificate; what isn't said is ordinary. */
function aLeaf({
  serialNumber = newSerialNumber(), holder = HOLDER, key = holderKeys.publicKey, issuer = issuing,
  validity = validityFrom(NOW, 365, issuer.name),
}: Partial<Leaf> = {}): Promise<Buffer> {
  const spki = key.export({ type: "spki", format: "der" });
  return signed(clientCertificate({ serialNumber, subject: holderName(holder), spki, ...validity }, issuer.name, ADDRESSES), "CLIENT", issuer);
}

/** OpenSSL's verdict on a chain up to the root, the strict one, at an instant. */
function verified(leaf: Buffer, { purpose = "sslclient", at = NOW, top = root, between = [issuing] } = {}) {
  const file = (name: string, der: Buffer) => {
    writeFileSync(join(dir, name), toPem("CERTIFICATE", der));
    return join(dir, name);
  };
  return openssl([
    "verify", "-x509_strict", "-purpose", purpose, "-attime", String(Math.floor(at.getTime() / SECOND)),
    "-no-CAfile", "-no-CApath", "-CAfile", file("root.pem", top.certificate),
    ...between.flatMap(({ certificate }, index) => ["-untrusted", file(`between${index}.pem`, certificate)]), file("leaf.pem", leaf),
  ]);
}

const shown = (certificate: Buffer, ...options: string[]) => opensslPrints(["x509", "-inform", "DER", "-noout", ...options], certificate);
const extensionsOf = (certificate: Buffer) =>
  [...shown(certificate, "-text").matchAll(/^ {12}(X509v3 [^:]+|[^ ][^:]+): ?(critical)?\s*$/gm)].map(([, name, critical]) => critical ? `${name ?? ""}, critical` : name);
const keyIdentifier = (certificate: Buffer, name: string) =>
  /(?:[0-9A-F]{2}:){19}[0-9A-F]{2}/.exec(shown(certificate, "-ext", name))?.[0];
const firstSecondOf = (certificate: Buffer) => new Date(new X509Certificate(certificate).validFrom);
const lastSecondOf = (certificate: Buffer) => new Date(new X509Certificate(certificate).validTo);

describe("S6: a user's certificate", () => {
  it("is verified by OpenSSL at its strictest, for signing in as a client", async () => {
    expect(verified(await aLeaf())).toMatchObject({ ok: true });
  });

  it("is refused for a server, for e-mail, for signing code and for stamping times", async () => {
    const leaf = await aLeaf();
    for (const purpose of ["sslserver", "smimesign", "smimeencrypt", "timestampsign", "crlsign"]) {
      expect(verified(leaf, { purpose }).ok).toBe(false);
    }
    expect(verified(leaf, { purpose: "sslserver" }).complaint).toMatch(/purpose/);
  });

  it("bears the very bytes that were prepared, signed by the issuer", async () => {
    const contents = { serialNumber: "0102", subject: holderName(HOLDER), spki: issuing.signer.publicKey, ...validityFrom(NOW, 1) };
    const prepared = clientCertificate(contents, issuing.name, ADDRESSES);
    const certificate = await signed(prepared, "CLIENT", issuing);
    expect(certificate.subarray(4, 4 + prepared.length)).toEqual(prepared);
    expect(new X509Certificate(certificate).verify(new X509Certificate(issuing.certificate).publicKey)).toBe(true);
  });

  it("is refused when an octet of it is changed, wherever that is", async () => {
    const leaf = await aLeaf();
    const issuer = new X509Certificate(issuing.certificate).publicKey;
    const isStillGood = (octets: Buffer) => {
      try {
        return new X509Certificate(octets).verify(issuer);
      } catch {
        return false;
      }
    };
    expect(isStillGood(leaf)).toBe(true);
    const stillGood = Array.from(leaf.keys()).filter((at) => {
      const tampered = Buffer.from(leaf);
      tampered[at] = (tampered[at] ?? 0) ^ 1;
      return isStillGood(tampered);
    });
    expect(stillGood).toEqual([]);

    const name = leaf.indexOf(Buffer.from(HOLDER.displayName));
    const renamed = Buffer.concat([leaf.subarray(0, name), Buffer.from("経理　次郎"), leaf.subarray(name + Buffer.byteLength("経理　太郎"))]);
    expect(verified(renamed)).toMatchObject({ ok: false, complaint: expect.stringContaining("signature failure") as string });
  });

  it("is refused under another CA of the same name, and without its issuing CA", async () => {
    const leaf = await aLeaf();
    expect(verified(leaf, { between: [await newIssuing()] }).complaint).toContain("unable to get local issuer");
    expect(verified(leaf, { top: await newRoot() }).complaint).toContain("unable to get local issuer");
    expect(verified(leaf, { between: [] }).complaint).toContain("unable to get local issuer");
  });

  it("is verified for an RSA holder, too", async () => {
    expect(verified(await aLeaf({ key: rsaKeys.publicKey }))).toMatchObject({ ok: true });
  });

  it("is verified under CAs with RSA keys, too", async () => {
    const signer = keySigner(rsaKeys.privateKey);
    const rsaRoot = await makeRoot(signer, NOW);
    const rsaIssuing = await makeIssuingCa(signer, CA, rsaRoot, ROOTS_ADDRESSES, NOW);
    const leaf = await aLeaf({ issuer: rsaIssuing });
    expect(verified(leaf, { top: rsaRoot, between: [rsaIssuing] })).toMatchObject({ ok: true });
    expect(shown(leaf, "-text")).toContain("sha256WithRSAEncryption");
  });

  it("is signed with SHA-256 under a P-256 CA, and the CA's own with SHA-384 under the P-384 root", async () => {
    expect(shown(await aLeaf(), "-text")).toContain("Signature Algorithm: ecdsa-with-SHA256");
    expect(shown(issuing.certificate, "-text")).toContain("Signature Algorithm: ecdsa-with-SHA384");
  });
});

describe("S4: a user's certificate", () => {
  let leaf: Buffer;
  let text: string;
  beforeAll(async () => {
    leaf = await aLeaf();
    text = shown(leaf, "-text");
  });

  it("is of version 3", () => {
    expect(text).toContain("Version: 3 (0x2)");
  });

  it("has seven extensions and no other; what a verifier must understand is critical", () => {
    expect(extensionsOf(leaf)).toEqual([
      "X509v3 Basic Constraints, critical", "X509v3 Key Usage, critical", "X509v3 Extended Key Usage",
      "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier", "X509v3 CRL Distribution Points", "Authority Information Access",
    ]);
  });

  it("is no CA's", () => {
    expect(shown(leaf, "-ext", "basicConstraints")).toContain("CA:FALSE");
    expect(new X509Certificate(leaf).ca).toBe(false);
  });

  it("is for digital signatures only", () => {
    expect(shown(leaf, "-ext", "keyUsage")).toMatch(/X509v3 Key Usage: critical\n +Digital Signature\n$/);
  });

  it("is for TLS clients only", () => {
    expect(shown(leaf, "-ext", "extendedKeyUsage")).toMatch(/X509v3 Extended Key Usage: *\n +TLS Web Client Authentication\n$/);
    expect(new X509Certificate(leaf).keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  });

  it("names its key, and its issuer's as the issuer's certificate names it", () => {
    const own = keyIdentifier(leaf, "subjectKeyIdentifier");
    expect(own).toBeTruthy();
    expect(keyIdentifier(leaf, "authorityKeyIdentifier")).toBe(keyIdentifier(issuing.certificate, "subjectKeyIdentifier"));
    expect(own).not.toBe(keyIdentifier(issuing.certificate, "subjectKeyIdentifier"));
    expect(shown(leaf, "-ext", "authorityKeyIdentifier")).not.toMatch(/DirName|serial/);
  });

  it("tells where its issuer's CRL, OCSP answers and certificate are, one http address each", () => {
    expect(shown(leaf, "-ext", "crlDistributionPoints").replace(/ +/g, " ")).toMatch(/: ?\n Full Name:\n URI:http:\/\/pki\.shomei\.example\/pki\/5120-1\.crl\n$/);
    expect(new X509Certificate(leaf).infoAccess).toBe(`OCSP - URI:${ADDRESSES.ocsp}\nCA Issuers - URI:${ADDRESSES.certificate}`);
    expect(shown(leaf, "-ocsp_uri").trim()).toBe(ADDRESSES.ocsp);
  });

  it("bears the holder's key", () => {
    expect(new X509Certificate(leaf).publicKey.equals(holderKeys.publicKey)).toBe(true);
  });

  it("names its issuer in the same octets as the issuer's certificate", () => {
    expect(leaf.includes(issuing.name.subject)).toBe(true);
    expect(issuing.certificate.includes(issuing.name.subject)).toBe(true);
  });
});

describe("S4: the subject, from our own data", () => {
  const typed = (certificate: Buffer) =>
    shown(certificate, "-subject", "-nameopt", "multiline,show_type,utf8,-esc_msb").split("\n").slice(1, -1).map((line) => line.trim().replace(/ +/g, " "));

  it("is in UTF-8, Japanese names too, with the country and the ID as printable strings", async () => {
    expect(typed(await aLeaf())).toEqual([
      "countryName = PRINTABLESTRING:JP",
      "organizationName = UTF8STRING:株式会社サンプル商事",
      "commonName = UTF8STRING:経理　太郎",
      "serialNumber = PRINTABLESTRING:5120-taro001",
    ]);
  });

  it.each([
    "ABC, Inc.", "\"ABC\"", "A+B=C", "#1, O=Other, CN=root", "back\\slash", "<a;b>", " around ", "𠮷野家", "🏦", "ﾃｽﾄ", "e\u0301",
    "C=US/O=Evil/CN=x", "字".repeat(60),
  ])("keeps %j whole", async (name) => {
    const leaf = await aLeaf({ holder: { ...HOLDER, contractName: name, displayName: name } });
    const { subject } = new X509Certificate(leaf).toLegacyObject();
    expect({ ...subject }).toEqual({ C: "JP", O: name, CN: name, serialNumber: "5120-taro001" });
    expect(verified(leaf)).toMatchObject({ ok: true });
  });

  it("is told in the text form of RFC 4514", async () => {
    const leaf = await aLeaf({ holder: { ...HOLDER, contractName: "ABC, Inc." } });
    expect(nameText(leaf, "subjectName")).toBe("C=JP, O=ABC\\, Inc., CN=経理　太郎, serialNumber=5120-taro001");
    expect(nameText(leaf, "issuerName")).toBe("C=JP, O=証明信用金庫, CN=Shomei Issuing CA 5120-1");
  });
});

describe("S6: the serial number of a certificate is exactly the reserved one:", () => {
  it.each([
    ["17 octets", "7f0102030405060708090a0b0c0d0e0f10"],
    ["one octet", "01"],
    ["with its top bit set, and positive", "80000000000000000000000000000001"],
    ["all bits set, and positive", "ff".repeat(19)],
    ["20 octets", `7f${"ff".repeat(19)}`],
  ])("%s", async (_what, serialNumber) => {
    const leaf = await aLeaf({ serialNumber });
    expect(shown(leaf, "-serial").trim()).toBe(`serial=${serialNumber.toUpperCase()}`);
    expect(new X509Certificate(leaf).serialNumber.toLowerCase()).toBe(serialNumber);
    expect(verified(leaf)).toMatchObject({ ok: true });
  });
});

describe("S5: the validity", () => {
  it("of N days counts both ends: one second less, in whole seconds, from five minutes ago", () => {
    const { notBefore, notAfter } = validityFrom(NOW, 365);
    expect(notBefore).toEqual(new Date("2026-11-24T00:55:00.000Z"));
    expect(notAfter).toEqual(new Date("2027-11-24T00:54:59.000Z"));
    expect((notAfter.getTime() - notBefore.getTime()) / SECOND + 1).toBe(365 * 86_400);
  });

  it("stands in the certificate as it was reckoned", async () => {
    const leaf = await aLeaf();
    expect([firstSecondOf(leaf), lastSecondOf(leaf)]).toEqual([new Date("2026-11-24T00:55:00Z"), new Date("2027-11-24T00:54:59Z")]);
  });

  // OpenSSL's X509_cmp_time takes the last second itself for over; RFC 5280 counts it.
  it("begins at its first second and is over after its last", async () => {
    const leaf = await aLeaf({ validity: { notBefore: NOW, notAfter: later(NOW, DAY) } });
    const [first, last] = [firstSecondOf(leaf), lastSecondOf(leaf)];
    expect(verified(leaf, { at: first })).toMatchObject({ ok: true });
    expect(verified(leaf, { at: later(last, -SECOND) })).toMatchObject({ ok: true });
    expect(verified(leaf, { at: later(first, -SECOND) }).complaint).toContain("not yet valid");
    expect(verified(leaf, { at: later(last, SECOND) }).complaint).toContain("has expired");
  });

  it("never goes beyond the issuer's own end, to the second", async () => {
    const end = issuing.name.notAfter;
    expect(validityFrom(NOW, 20_000, issuing.name).notAfter).toEqual(end);
    const late = validityFrom(later(end, -10 * MINUTE), 365, issuing.name);
    expect(late.notAfter).toEqual(end);
    expect(lastSecondOf(await aLeaf({ validity: late }))).toEqual(lastSecondOf(issuing.certificate));
  });

  it("isn't written where it would: neither beyond the issuer's nor of no time at all", async () => {
    const { notBefore, notAfter } = validityFrom(NOW, 365);
    const beyond = { notBefore, notAfter: later(issuing.name.notAfter, SECOND) };
    await expect(async () => aLeaf({ validity: beyond })).rejects.toThrow("beyond the issuer's");
    await expect(async () => aLeaf({ validity: { notBefore: notAfter, notAfter: notBefore } })).rejects.toThrow("none at all");
    await expect(async () => aLeaf({ validity: { notBefore, notAfter: notBefore } })).rejects.toThrow("none at all");
  });

  it("of more than three years isn't signed", async () => {
    await expect(aLeaf({ validity: validityFrom(NOW, 3 * 366, issuing.name) })).resolves.toBeTruthy();
    await expect(aLeaf({ validity: validityFrom(NOW, 3 * 366 + 1, issuing.name) })).rejects.toThrow("validityLength: longer than 1098 days");
  });

  it("of a certificate that an expired CA should issue doesn't exist", async () => {
    const late = later(issuing.name.notAfter, DAY);
    await expect(async () => aLeaf({ validity: validityFrom(late, 365, issuing.name) })).rejects.toThrow("none at all");
  });

  it.each([
    ["2049-12-31T23:59:59Z", "UTCTIME", "491231235959Z", "2049-06-30T15:00:00.999Z", "490630150000Z"],
    ["2050-01-01T00:00:00Z", "GENERALIZEDTIME", "20500101000000Z", "2049-06-30T15:00:00.999Z", "490630150000Z"],
    ["2026-12-31T15:00:00.999Z", "UTCTIME", "261231150000Z", NOW, "261124010000Z"],
  ])("that ends at %s is written as %s %s", async (notAfter, type, digits, start, digitsOfStart) => {
    const forLong: IssuingName = { ...issuing.name, notAfter: new Date("2060-01-01T00:00:00Z") };
    const issuer = { ...issuing, name: forLong };
    const leaf = await aLeaf({ issuer, validity: { notBefore: new Date(start), notAfter: new Date(notAfter) } });
    const times = opensslPrints(["asn1parse", "-inform", "DER"], leaf).match(/(?:UTCTIME|GENERALIZEDTIME) *:\w+/g)?.map((time) => time.replace(/ /g, ""));
    expect(times).toEqual([`UTCTIME:${digitsOfStart}`, `${type}:${digits}`]);
    expect(lastSecondOf(leaf).getTime()).toBe(Math.floor(new Date(notAfter).getTime() / SECOND) * SECOND);
  });
});

describe("a CA of the house", () => {
  it("S6: is verified by OpenSSL at its strictest, the root by itself", () => {
    expect(verified(issuing.certificate, { purpose: "any", between: [] })).toMatchObject({ ok: true });
    expect(verified(root.certificate, { purpose: "any", between: [] })).toMatchObject({ ok: true });
  });

  it("an issuing one may issue to users and not make another CA", async () => {
    expect(shown(issuing.certificate, "-ext", "basicConstraints")).toMatch(/critical\n +CA:TRUE, pathlen:0\n$/);
    const signer = keySigner(newKey("P-256"));
    const contents = { serialNumber: "02", subject: issuingName("9999-1", { name: "偽" }), spki: signer.publicKey, ...validityFrom(NOW, 100) };
    const below = authority(await signed(issuingCa(contents, issuing.name, ADDRESSES), "ISSUING", issuing), signer);
    expect(verified(await aLeaf({ issuer: below }), { between: [below, issuing] }).complaint).toContain("path length constraint exceeded");
  });

  it("signs certificates and CRLs; an issuing one is for clients and OCSP answers only", () => {
    for (const { certificate } of [root, issuing]) {
      expect(shown(certificate, "-ext", "keyUsage")).toMatch(/critical\n +Certificate Sign, CRL Sign\n$/);
      expect(new X509Certificate(certificate).ca).toBe(true);
    }
    expect(shown(issuing.certificate, "-ext", "extendedKeyUsage")).toMatch(/\n +TLS Web Client Authentication, OCSP Signing\n$/);
    expect(extensionsOf(issuing.certificate)).toEqual([
      "X509v3 Basic Constraints, critical", "X509v3 Key Usage, critical", "X509v3 Extended Key Usage",
      "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier", "X509v3 CRL Distribution Points", "Authority Information Access",
    ]);
    expect(extensionsOf(root.certificate)).toEqual([
      "X509v3 Basic Constraints, critical", "X509v3 Key Usage, critical", "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier",
    ]);
  });

  it("an issuing one tells where the root's CRL and certificate are; the root, of which nobody else speaks, tells nothing", () => {
    expect(shown(issuing.certificate, "-ext", "crlDistributionPoints")).toContain(`URI:${ROOTS_ADDRESSES.crl}\n`);
    expect(new X509Certificate(issuing.certificate).infoAccess).toBe(`CA Issuers - URI:${ROOTS_ADDRESSES.certificate}`);
    expect(new X509Certificate(root.certificate).infoAccess).toBeUndefined();
  });

  it("names the key it was signed with; the root's is its own", () => {
    expect(keyIdentifier(issuing.certificate, "authorityKeyIdentifier")).toBe(keyIdentifier(root.certificate, "subjectKeyIdentifier"));
    expect(keyIdentifier(root.certificate, "authorityKeyIdentifier")).toBe(keyIdentifier(root.certificate, "subjectKeyIdentifier"));
  });

  it("S5: doesn't outlive the root", async () => {
    const late = later(root.name.notAfter, -DAY);
    const made = await newIssuing(late);
    expect(lastSecondOf(made.certificate)).toEqual(lastSecondOf(root.certificate));
    await expect(newIssuing(later(root.name.notAfter, DAY))).rejects.toThrow("none at all");
  });

  it("S1: has a serial of 17 octets", () => {
    for (const { certificate } of [root, issuing]) expect(new X509Certificate(certificate).serialNumber).toMatch(/^[0-7][0-9A-F]{33}$/);
  });

  it("opens with its own key and with no other", () => {
    expect(authority(issuing.certificate, issuing.signer).name).toEqual(issuing.name);
    expect(() => authority(issuing.certificate, keySigner(newKey("P-256")))).toThrow("not a pair");
  });

  it.each([
    ["P-521", generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey],
    ["Ed25519", generateKeyPairSync("ed25519").privateKey],
  ])("never has a key of kind %s", (_kind, key) => {
    expect(() => keySigner(key)).toThrow("a CA key must be");
  });
});

describe("S19: the OCSP signer of a CA", () => {
  const signer = keySigner(newKey("P-256"));
  let certificate: Buffer;
  beforeAll(async () => {
    const contents = { serialNumber: newSerialNumber(), subject: ocspSignerName("5120-1"), spki: signer.publicKey, ...validityFrom(NOW, 7) };
    certificate = await signed(ocspSigner(contents, issuing.name), "OCSP_SIGNER", issuing);
  });

  it("is verified by OpenSSL at its strictest, for answering OCSP requests and not for signing in", () => {
    expect(verified(certificate, { purpose: "ocsphelper" })).toMatchObject({ ok: true });
    expect(verified(certificate, { purpose: "sslclient" }).ok).toBe(false);
    expect(new X509Certificate(certificate).keyUsage).toEqual(["1.3.6.1.5.5.7.3.9"]);
    expect(new X509Certificate(certificate).ca).toBe(false);
  });

  it("needs no word on its own revocation: id-pkix-ocsp-nocheck, and no addresses", () => {
    expect(extensionsOf(certificate)).toEqual([
      "X509v3 Basic Constraints, critical", "X509v3 Key Usage, critical", "X509v3 Extended Key Usage",
      "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier", "OCSP No Check",
    ]);
    expect(new X509Certificate(certificate).infoAccess).toBeUndefined();
  });

  it("is of the issuing CA itself, named by its key", () => {
    expect(keyIdentifier(certificate, "authorityKeyIdentifier")).toBe(keyIdentifier(issuing.certificate, "subjectKeyIdentifier"));
    expect(nameText(certificate, "issuerName")).toBe(nameText(issuing.certificate, "subjectName"));
    expect(new X509Certificate(certificate).verify(new X509Certificate(issuing.certificate).publicKey)).toBe(true);
  });

  it("isn't signed for more than 31 days", async () => {
    const contents = { serialNumber: "03", subject: ocspSignerName("5120-1"), spki: signer.publicKey, ...validityFrom(NOW, 32) };
    await expect(signed(ocspSigner(contents, issuing.name), "OCSP_SIGNER", issuing)).rejects.toThrow("validityLength: longer than 31 days");
  });
});

describe("what breaks its profile", () => {
  it("is refused before the key is used, with all that is wrong", async () => {
    let signatures = 0;
    const spy = { ...issuing.signer, sign: (...parts: Uint8Array[]) => (signatures++, issuing.signer.sign(...parts)) };
    const subject = holderName({ ...HOLDER, displayName: "字".repeat(65) });
    const spki = holderKeys.publicKey.export({ type: "spki", format: "der" });
    const contents = { serialNumber: "00", subject, spki, ...validityFrom(NOW, 365) };
    const prepared = clientCertificate(contents, issuing.name, { ...ADDRESSES, crl: "https://pki.shomei.example/pki/5120-1.crl" });
    await expect(signed(prepared, "CLIENT", { ...issuing, signer: spy })).rejects.toMatchObject({
      name: "ProfileBreach",
      breaches: ["serialNumber: zero", "subjectLengths: 2.5.4.3 of 65 characters, not 1 to 64", "crlDistributionPoint: no absolute http address"],
    });
    expect(signatures).toBe(0);
  });
});
