import { createHash, generateKeyPairSync } from "node:crypto";
import { readCertificateRequest } from "../../../src/pki/certificateRequest.js";
import { bitString, integer, nothing, octetString, oid, sequence, tlv } from "../../../src/pki/der.js";
import { enterDer } from "../../../src/pki/derReader.js";
import { publicKey } from "../../../src/pki/lints/publicKey.js";
import { aCsr } from "../../support/csr.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made, rsaSpki, rsaSpkiOf, withValue } from "../../support/tbs.js";

/** A client's with this key, and with the identifier of this key. */
const withKey = (spki: Buffer) => {
  const fields = enterDer(spki, 0x30);
  fields.read();
  const bits = fields.read(0x03).content.subarray(1);
  const identifier = octetString(createHash("sha1").update(bits).digest());
  return withValue(changed(made("CLIENT"), { publicKey: spki }), "subjectKeyIdentifier", identifier);
};

const ecSpki = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).publicKey.export({ type: "spki", format: "der" });
const P256 = oid("1.2.840.10045.3.1.7");
const ecKey = (point: Buffer, ...parameters: Buffer[]) => sequence(sequence(oid("1.2.840.10045.2.1"), ...parameters), bitString(point));
const point = ecSpki("P-256").subarray(-65);
const offTheCurve = Buffer.concat([point.subarray(0, -1), Buffer.of((point.at(-1) ?? 0) ^ 1)]);
const compressed = Buffer.concat([Buffer.of(2 + ((point.at(-1) ?? 0) & 1)), point.subarray(1, 33)]);
const hybrid = Buffer.concat([Buffer.of(6 + ((point.at(-1) ?? 0) & 1)), point.subarray(1)]);

const rsaKey = (bits: Buffer) => sequence(sequence(oid("1.2.840.113549.1.1.1"), nothing), bitString(bits));
const UNKNOWN = "neither P-256 nor P-384 by name, nor RSA with NULL";
const NO_MODULUS = "a modulus that is negative, zero or begins with a needless zero";
const MODULUS = Buffer.alloc(256, 0xff);
const modulus = (octets: Buffer) => tlv(0x02, octets);
const good = modulus(Buffer.concat([Buffer.of(0), MODULUS]));

describe("S9: the rule of the public key", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(publicKey);
  });

  it.each<[string, Buffer]>([
    ["P-256", ecSpki("P-256")], ["P-384", ecSpki("P-384")],
    ...[2048, 2049, 3072, 4096, 8192].map((bits): [string, Buffer] => [`RSA of ${bits} bits`, rsaSpki(bits)]),
  ])("lets %s pass", async (_what, spki) => {
    expect(await breachesOf(withKey(spki))).toEqual([]);
  });

  it.each([
    ["P-256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["P-384", generateKeyPairSync("ec", { namedCurve: "P-384" })],
    ["RSA", generateKeyPairSync("rsa", { modulusLength: 2048 })],
  ])("lets a key of kind %s pass as it is taken from a CSR", async (_kind, keys) => {
    expect(await breachesOf(withKey(readCertificateRequest(aCsr({ keys }).pem).spki))).toEqual([]);
  });

  it.each([
    ["P-521", ecSpki("P-521"), UNKNOWN],
    ["secp256k1", ecSpki("secp256k1"), UNKNOWN],
    ["Ed25519", generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }), UNKNOWN],
    ["EC without a curve", ecKey(point), UNKNOWN],
    ["EC with a NULL", ecKey(point, nothing), UNKNOWN],
    ["EC with something behind the curve", ecKey(point, P256, nothing), UNKNOWN],
    ["a compressed point", ecKey(compressed, P256), "no uncompressed point"],
    ["a hybrid point", ecKey(hybrid, P256), "no uncompressed point"],
    ["the point at infinity", ecKey(Buffer.of(0), P256), "no uncompressed point"],
    ["no point", ecKey(Buffer.alloc(0), P256), "no uncompressed point"],
    ["P-384's point on P-256", ecKey(ecSpki("P-384").subarray(-97), P256), "no uncompressed point"],
    ["a point off its curve", ecKey(offTheCurve, P256), "no point on its curve"],
    ["RSA of 2047 bits", rsaSpki(2047), "RSA of 2047 bits"],
    ["RSA of 1024 bits", rsaSpki(1024), "RSA of 1024 bits"],
    ["RSA of 8193 bits", rsaSpki(8193), "RSA of 8193 bits"],
    ["RSA with e=3", rsaSpki(2048, integer(3)), "an exponent other than 65537"],
    ["RSA with e=65537 in needless octets", rsaSpki(2048, tlv(0x02, Buffer.of(0, 1, 0, 1))), "an exponent other than 65537"],
    ["RSA without NULL", sequence(sequence(oid("1.2.840.113549.1.1.1")), bitString(sequence(good, integer(65_537)))), UNKNOWN],
    ["RSA of an even modulus", rsaSpkiOf(modulus(Buffer.concat([Buffer.of(0), MODULUS.subarray(1), Buffer.of(0xfe)]))), "an even modulus"],
    ["RSA of a negative modulus", rsaSpkiOf(modulus(MODULUS)), NO_MODULUS],
    ["RSA of a modulus behind needless zeros", rsaSpkiOf(modulus(Buffer.concat([Buffer.of(0, 0), MODULUS]))), NO_MODULUS],
    ["RSA of no modulus", rsaSpkiOf(modulus(Buffer.alloc(0))), NO_MODULUS],
    ["RSA-PSS", sequence(sequence(oid("1.2.840.113549.1.1.10")), bitString(sequence(good, integer(65_537)))), UNKNOWN],
  ])("refuses %s", async (_what, spki, breach) => {
    expect(await breachesOf(withKey(spki))).toEqual([`publicKey: ${breach}`]);
  });

  it.each([
    ["RSA that isn't DER within", rsaKey(Buffer.of(0x30, 0x80))],
    ["RSA with something behind the exponent", rsaKey(sequence(good, integer(65_537), nothing))],
  ])("refuses %s", async (_what, spki) => {
    expect(await breachesOf(withKey(spki))).toEqual([expect.stringMatching(/^publicKey: /)]);
  });

  it("refuses a key of broken octets as no DER of a certificate", async () => {
    const spki = sequence(sequence(oid("1.2.840.10045.2.1"), P256), tlv(0x03, Buffer.of(1), point));
    expect(await breachesOf(changed(made("CLIENT"), { publicKey: spki }))).toEqual(["der: a public key that isn't of whole octets"]);
  });
});
