import fc from "fast-check";
import { readFileSync } from "node:fs";
import { DAY, MINUTE, SECOND, later } from "../../src/foundation/clock.js";
import { crlEntries, signedCrl, type CrlContents, type RevokedCertificate } from "../../src/pki/crl.js";
import { crlReasons } from "../../src/pki/crlReasons.js";
import { DerReader } from "../../src/pki/derReader.js";
import type { Authority } from "../../src/pki/hierarchy.js";
import { toPem } from "../../src/pki/pem.js";
import { newSerialNumber, serialOctets } from "../../src/pki/serialNumber.js";
import type { KeyKind } from "../../src/pki/Signer.js";
import { openssl, opensslPrints } from "../support/openssl.js";
import { NOW, Scratch, aHierarchy, aLeaf } from "../support/pki.js";

const scratch = new Scratch();
let root: Authority;
let issuing: Authority;
beforeAll(async () => {
  ({ root, issuing } = await aHierarchy("P-256"));
});
afterAll(() => {
  scratch.remove();
});

const revoked = (facts: Partial<RevokedCertificate> = {}): RevokedCertificate =>
  ({ serialNumber: newSerialNumber(), revokedAt: NOW, reason: "KEY_COMPROMISE", ...facts });

/** A whole CRL; what isn't said is ordinary. */
async function aCrl(entries: RevokedCertificate[][] = [], contents: Partial<CrlContents> = {}): Promise<Buffer> {
  return Buffer.concat(await signedCrl({ issuer: issuing, number: 1, thisUpdate: NOW, nextUpdate: later(NOW, 7 * DAY), ...contents }, entries.map(crlEntries)));
}

const shown = (crl: Buffer) => opensslPrints(["crl", "-inform", "DER", "-noout", "-text"], crl);
const serialsIn = (text: string) => [...text.matchAll(/Serial Number: (\S+)/g)].map(([, serial]) => serial);
const timesIn = (crl: Buffer) => opensslPrints(["asn1parse", "-inform", "DER"], crl).match(/(?:UTCTIME|GENERALIZEDTIME) *:\w+/g)?.map((found) => found.replace(/ /g, ""));

/** OpenSSL's verdict on a chain and the CRLs of both its issuers. */
function verified(leaf: Buffer, between: Authority, top: Authority, crls: Buffer[]) {
  const { ok, complaint } = openssl([
    "verify", "-x509_strict", "-crl_check_all", "-attime", String(NOW.getTime() / SECOND | 0), "-no-CAfile", "-no-CApath",
    "-CAfile", scratch.pem("root.pem", top.certificate), "-untrusted", scratch.pem("issuing.pem", between.certificate),
    "-CRLfile", scratch.file("crls.pem", crls.map((crl) => toPem("X509 CRL", crl)).join("")), scratch.pem("leaf.pem", leaf),
  ]);
  return ok ? "OK" : complaint;
}

describe.each<KeyKind>(["P-256", "P-384", "RSA-3072"])("the CRLs of CAs with %s keys", (kind) => {
  let top: Authority;
  let between: Authority;
  beforeAll(async () => {
    ({ root: top, issuing: between } = await aHierarchy(kind));
  });

  it("are signed by the CA, for OpenSSL, with entries and without", async () => {
    for (const entries of [[], [[revoked(), revoked()], [revoked()]]]) {
      const crl = scratch.file("one.crl", await aCrl(entries, { issuer: between }));
      const signer = scratch.pem("signer.pem", between.certificate);
      expect(openssl(["crl", "-inform", "DER", "-in", crl, "-noout", "-verify", "-CAfile", signer])).toMatchObject({ ok: true, complaint: "verify OK\n" });
    }
  });

  it("are not another CA's of the same name", async () => {
    const { issuing: namesake } = await aHierarchy(kind);
    const signer = scratch.pem("namesake.pem", namesake.certificate);
    const crl = scratch.file("one.crl", await aCrl([], { issuer: between }));
    expect(openssl(["crl", "-inform", "DER", "-in", crl, "-noout", "-verify", "-CAfile", signer]).complaint).toContain("verify failure");
  });

  it("S15: stop the revoked certificate and no other, at OpenSSL's strictest", async () => {
    const [lost, kept] = [newSerialNumber(), newSerialNumber()];
    const crls = [await aCrl([[revoked({ serialNumber: lost })]], { issuer: between }), await aCrl([], { issuer: top })];
    expect(verified(await aLeaf(between, kept), between, top, crls)).toBe("OK");
    expect(verified(await aLeaf(between, lost), between, top, crls)).toContain("certificate revoked");
    expect(verified(await aLeaf(between, kept), between, top, crls.slice(0, 1))).toContain("unable to get certificate CRL");
  });

  it("stop a revoked issuing CA and with it all that it issued", async () => {
    const serialNumber = opensslPrints(["x509", "-inform", "DER", "-noout", "-serial"], between.certificate).trim().slice("serial=".length).toLowerCase();
    const crls = [await aCrl([], { issuer: between }), await aCrl([[revoked({ serialNumber })]], { issuer: top })];
    expect(verified(await aLeaf(between), between, top, crls)).toContain("certificate revoked");
  });
});

describe("S12: a CRL", () => {
  it("is of version 2 and bears issuer, number, both dates and the issuer's key identifier, and nothing critical", async () => {
    const text = shown(await aCrl([[revoked()]], { number: 4_711 }));
    expect(text).toContain("Version 2 (0x1)");
    expect(text).toContain("Issuer: C = JP, O = ");
    expect(text).toContain("Last Update: Nov 24 01:00:00 2026 GMT");
    expect(text).toContain("Next Update: Dec  1 01:00:00 2026 GMT");
    expect(text).toMatch(/X509v3 CRL Number: \n +4711\n/);
    expect(text.replace(/:/g, "").toLowerCase()).toContain(issuing.name.subjectKeyIdentifier);
    expect([...text.matchAll(/X509v3 ([^:]+):/g)].map(([, name]) => name)).toEqual(["Authority Key Identifier", "CRL Number", "CRL Reason Code"]);
    expect(text).not.toContain("critical");
  });

  it("names its issuer in the same octets as the certificates do", async () => {
    expect((await aCrl()).includes(issuing.name.subject)).toBe(true);
  });

  it.each([1, 127, 128, 255, 256, 65_536, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER])("bears the number %d", async (number) => {
    const shownNumber = /CRL Number: \n +(\S+)\n/.exec(shown(await aCrl([], { number })))?.[1];
    expect(Number(shownNumber)).toBe(number);
  });

  it.each([0, -1, 1.5, NaN, 2 ** 53])("never has the number %d", async (number) => {
    await expect(aCrl([], { number })).rejects.toThrow(RangeError);
  });

  it.each([
    ["at the same instant", NOW], ["within the same second", later(NOW, 100)], ["earlier", later(NOW, -MINUTE)], ["at no instant", new Date(NaN)],
  ])("is never over %s as it begins", async (_when, nextUpdate) => {
    await expect(aCrl([], { nextUpdate })).rejects.toThrow(RangeError);
  });

  it("is handed out in pieces of which the entries' pages are the very ones that came in", async () => {
    const pages = [crlEntries([revoked()]), crlEntries([revoked(), revoked()])];
    const parts = await signedCrl({ issuer: issuing, number: 1, thisUpdate: NOW, nextUpdate: later(NOW, DAY) }, pages);
    expect(parts).toHaveLength(4);
    expect([parts[1] === pages[0], parts[2] === pages[1]]).toEqual([true, true]);
  });

  it("is strictly DER, down to the last element", async () => {
    const count = (bytes: Buffer): number => {
      const reader = new DerReader(bytes);
      let elements = 0;
      while (!reader.isAtEnd) {
        const { tag, content } = reader.read();
        elements += 1 + (tag & 0x20 ? count(content) : 0);
      }
      return elements;
    };
    expect(count(await aCrl([[revoked(), revoked({ reason: "UNSPECIFIED" })]]))).toBeGreaterThan(40);
  });
});

describe("S13: an entry of a CRL", () => {
  it("isn't there when nobody is revoked, nor is the list, however many empty pages there are", async () => {
    const crl = await aCrl([[], []]);
    expect(shown(crl)).toContain("No Revoked Certificates.");
    const tbs = new DerReader(crl).enter(0x30).enter(0x30);
    const tags: number[] = [];
    while (!tbs.isAtEnd) tags.push(tbs.read().tag);
    expect(tags).toEqual([0x02, 0x30, 0x30, 0x17, 0x17, 0xa0]);
  });

  it.each([
    ["KEY_COMPROMISE", "Key Compromise"], ["AFFILIATION_CHANGED", "Affiliation Changed"], ["SUPERSEDED", "Superseded"],
    ["CESSATION_OF_OPERATION", "Cessation Of Operation"], ["PRIVILEGE_WITHDRAWN", "Privilege Withdrawn"],
  ] as const)("tells %s as OpenSSL's %s", async (reason, words) => {
    expect(shown(await aCrl([[revoked({ reason })]]))).toMatch(new RegExp(`CRL entry extensions:\\n +X509v3 CRL Reason Code: \\n +${words}\\n`));
  });

  it("says nothing where the reason is unspecified", async () => {
    expect(shown(await aCrl([[revoked({ reason: "UNSPECIFIED" })]]))).not.toMatch(/entry extensions|Reason/);
  });

  it("knows no reason but ours: neither the unused 7 nor those of suspensions", () => {
    expect(Object.values(crlReasons)).toEqual([0, 1, 3, 4, 5, 9]);
  });

  it("has whole seconds, in two digits of the year through 2049 and in four from 2050, in the CRL's own dates, too", async () => {
    const [last, first] = [new Date("2049-12-31T23:59:59.999Z"), new Date("2050-01-01T00:00:00Z")];
    const crl = await aCrl([[revoked({ revokedAt: NOW }), revoked({ revokedAt: last }), revoked({ revokedAt: first })]], { thisUpdate: last, nextUpdate: later(first, DAY) });
    expect(timesIn(crl)).toEqual([
      "UTCTIME:491231235959Z", "GENERALIZEDTIME:20500102000000Z",
      "UTCTIME:261124010000Z", "UTCTIME:491231235959Z", "GENERALIZEDTIME:20500101000000Z",
    ]);
    expect(shown(crl)).toContain("Revocation Date: Jan  1 00:00:00 2050 GMT");
  });
});

describe("S16: the serial of an entry", () => {
  it.each([
    ["of one octet", "01"],
    ["of one octet with its top bit set", "80"],
    ["with its top bit set in the second octet", `01${"ff".repeat(16)}`],
    ["with its top bit set in the first", "80000000000000000000000000000001"],
    ["of 19 octets, all bits set", "ff".repeat(19)],
    ["of 20 octets, the largest", `7f${"ff".repeat(19)}`],
  ])("%s is positive and the same for OpenSSL", async (_what, serialNumber) => {
    expect(serialsIn(shown(await aCrl([[revoked({ serialNumber })]])))).toEqual([serialNumber.toUpperCase()]);
  });

  it("is read back from the entries whatever it is, with its date", () => {
    const aSerial = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((octets) => Buffer.from(octets).toString("hex"))
      .filter((serial) => !serial.startsWith("00") && serialOctets(serial).length <= 20);
    fc.assert(fc.property(fc.array(aSerial, { maxLength: 20 }), (serials) => {
      const reader = new DerReader(crlEntries(serials.map((serialNumber) => revoked({ serialNumber }))));
      const read: Buffer[] = [];
      while (!reader.isAtEnd) read.push(reader.enter(0x30).read(0x02).content);
      expect(read).toEqual(serials.map(serialOctets));
    }));
  });

  it.each(["", "00", "0001", "1", "xy", "01xy", "01 02", `80${"00".repeat(19)}`, "01".repeat(21), "01".repeat(200)])("is never %j", (serialNumber) => {
    expect(() => crlEntries([revoked({ serialNumber }), revoked()])).toThrow(RangeError);
  });

  it("is positive in each of 100,000 entries, and OpenSSL counts them all", async () => {
    const entries = Array.from({ length: 100_000 }, () => revoked());
    const pages = Array.from({ length: 10 }, (_page, index) => entries.slice(index * 10_000, (index + 1) * 10_000));
    const crl = scratch.file("large.crl", await aCrl(pages));
    const text = scratch.path("large.txt");
    opensslPrints(["crl", "-inform", "DER", "-in", crl, "-text", "-out", text, "-verify", "-CAfile", scratch.pem("signer.pem", issuing.certificate)]);
    const serials = serialsIn(readFileSync(text, "utf8"));
    expect(serials).toHaveLength(entries.length);
    expect(serials.every((serial, index) => serial?.toLowerCase() === entries[index]?.serialNumber)).toBe(true);
  }, 60_000);
});

it("a root's CRL is verified like an issuing CA's", async () => {
  const crl = scratch.file("root.crl", await aCrl([], { issuer: root }));
  expect(openssl(["crl", "-inform", "DER", "-in", crl, "-noout", "-verify", "-CAfile", scratch.pem("root.pem", root.certificate)]).complaint).toBe("verify OK\n");
});
