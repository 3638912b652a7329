import { createHash, createPublicKey, generateKeyPairSync, privateEncrypt, sign, verify } from "node:crypto";
import { DerError } from "../../../src/pki/derReader.js";
import { ecPublicKey, ecdsaSignature, rsaPublicKey, sha256DigestInfo } from "../../../src/pki/pkcs11/encoding.js";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const P256 = bytes("06 08 2a8648ce3d030107");

describe("what a token gives", () => {
  it.each([
    ["0102 0304", "3008 0202 0102 0202 0304"],
    ["8001 7fff", "3009 0203 008001 0202 7fff"],
    ["0001 0080", "3007 0201 01 0202 0080"],
    ["0000 0001", "3006 0201 00 0201 01"],
  ])("becomes a signature of shortest, positive integers: %s", (raw, der) => {
    expect(ecdsaSignature(bytes(raw))).toEqual(bytes(der));
  });

  it.each(["P-256", "P-384"])("becomes the signatures that node:crypto makes itself (%s)", (namedCurve) => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
    for (let round = 0; round < 600; round++) { // about two of them begin with a zero octet in r, two in s
      const message = Buffer.from(String(round));
      const raw = sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
      expect(verify("sha256", message, publicKey, ecdsaSignature(raw))).toBe(true);
    }
  });

  it("becomes a public key on a curve", () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spki = publicKey.export({ type: "spki", format: "der" });
    expect(ecPublicKey(P256, Buffer.concat([bytes("04 41"), spki.subarray(-65)]))).toEqual(spki);
  });

  it.each([
    ["stands there without its OCTET STRING", (point: Buffer) => point],
    ["is followed by anything", (point: Buffer) => Buffer.concat([bytes("04 41"), point, bytes("00")])],
    ["is cut off", (point: Buffer) => Buffer.concat([bytes("04 41"), point.subarray(1)])],
  ])("is refused where the point %s", (_what, change) => {
    const point = Buffer.concat([bytes("04"), Buffer.alloc(64, 1)]);
    expect(() => ecPublicKey(P256, change(point))).toThrow(DerError);
  });

  it("becomes an RSA public key, whether or not zeros stand in front", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { n = "", e = "" } = publicKey.export({ format: "jwk" });
    const [modulus, exponent] = [Buffer.from(n, "base64url"), Buffer.from(e, "base64url")];
    const spki = publicKey.export({ type: "spki", format: "der" });
    expect(rsaPublicKey(modulus, exponent)).toEqual(spki);
    expect(rsaPublicKey(Buffer.concat([bytes("0000"), modulus]), bytes("00010001"))).toEqual(spki);
    expect(createPublicKey({ key: rsaPublicKey(modulus, exponent), format: "der", type: "spki" }).equals(publicKey)).toBe(true);
  });
});

it("what a token pads and signs with RSA is the digest with the name of its algorithm", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const message = Buffer.from("message");
  const signature = privateEncrypt(privateKey, sha256DigestInfo(createHash("sha256").update(message).digest()));
  expect(verify("sha256", message, publicKey, signature)).toBe(true);
});
