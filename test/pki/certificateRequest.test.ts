import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Refusal } from "../../src/foundation/refusals.js";
import { readCertificateRequest } from "../../src/pki/certificateRequest.js";
import { bitString, integer, nothing, oid, sequence, tlv } from "../../src/pki/der.js";
import { makeRoot } from "../../src/pki/hierarchy.js";
import { toPem } from "../../src/pki/pem.js";
import { keySigner, newKey } from "../../src/pki/Signer.js";
import { aCsr } from "../support/csr.js";
import { opensslPrints } from "../support/openssl.js";

const LABEL = "CERTIFICATE REQUEST";
const ec = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve });
const rsa = (modulusLength: number, publicExponent = 65_537) => generateKeyPairSync("rsa", { modulusLength, publicExponent });

// Made once: RSA keys are slow.
const p256 = ec("P-256");
const p384 = ec("P-384");
const rsa2048 = rsa(2048);
const rsa3072 = rsa(3072);

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "shomei-csr-"));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

const spkiOf = (key: KeyObject) => key.export({ type: "spki", format: "der" });
const fingerprintOf = (key: KeyObject) => createHash("sha256").update(spkiOf(key)).digest("hex");
const refusedAs = (code: string) => expect.objectContaining({ name: "Refusal", code, path: ["csr"] }) as Error;

function expectRefused(text: string, code: string): void {
  expect(() => readCertificateRequest(text)).toThrow(refusedAs(code));
}

/** The fingerprint that a text was accepted with, or the code it was refused with. Anything else thrown is a fault. */
function outcome(text: string): string {
  try {
    return readCertificateRequest(text).fingerprint;
  } catch (error) {
    if (error instanceof Refusal && error.code.startsWith("CSR_")) return error.code;
    throw error;
  }
}

/** A request for what no library would write. */
function aRequest({ spki, algorithm = ecdsaWithSha256, signature }: {
  spki: Buffer;
  algorithm?: Buffer;
  signature: (info: Buffer) => Buffer;
}): string {
  const info = sequence(integer(0), sequence(), spki, tlv(0xa0));
  return toPem(LABEL, sequence(info, algorithm, bitString(signature(info))));
}

const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));
const sha256WithRsa = sequence(oid("1.2.840.113549.1.1.11"), nothing);
const P256 = oid("1.2.840.10045.3.1.7");
const ecKey = (point: Buffer, curve = P256) => sequence(sequence(oid("1.2.840.10045.2.1"), curve), bitString(point));
const rsaKey = (modulus: Buffer, exponent = integer(65_537), ...parameters: Buffer[]) =>
  sequence(sequence(oid("1.2.840.113549.1.1.1"), ...parameters), bitString(sequence(tlv(0x02, modulus), exponent)));
const signedBy = (key: KeyObject) => (info: Buffer) => sign("sha256", info, key);
const modulusOf = (key: KeyObject) => Buffer.concat([Buffer.of(0), Buffer.from(key.export({ format: "jwk" }).n ?? "", "base64url")]);
const pointOf = (key: KeyObject) => spkiOf(key).subarray(-65);

describe("S8, S9: a certificate request is read", () => {
  const keys = { "P-256": p256, "P-384": p384, "RSA-2048": rsa2048, "RSA-3072": rsa3072 };
  const all = Object.entries(keys).flatMap(([name, pair]) => (["sha256", "sha384", "sha512"] as const).map((hash) => ({ name, pair, hash })));

  it.each(all)("for a $name key, signed with $hash: its public key and its fingerprint", ({ pair, hash }) => {
    const { spki, fingerprint } = readCertificateRequest(aCsr({ keys: pair, hash }).pem);
    expect(spki).toEqual(spkiOf(pair.publicKey));
    expect(fingerprint).toBe(fingerprintOf(pair.publicKey));
  });

  const { pem, der } = aCsr({ keys: p256 });
  const base64 = der.toString("base64");
  it.each([
    ["with the label CERTIFICATE REQUEST", pem],
    ["with the label NEW CERTIFICATE REQUEST", toPem("NEW CERTIFICATE REQUEST", der)],
    ["as bare base64 on one line", base64],
    ["as bare base64 on many lines", base64.replace(/.{50}/g, "$&\r\n")],
    ["with Windows line ends", pem.replaceAll("\n", "\r\n")],
    ["with blank lines around it", `\n \t\n${pem}\n\n`],
    ["without line breaks", pem.replaceAll("\n", "")],
    ["in one long line", `-----BEGIN ${LABEL}-----\n${base64}\n-----END ${LABEL}-----`],
  ])("%s", (_how, text) => {
    expect(readCertificateRequest(text).fingerprint).toBe(fingerprintOf(p256.publicKey));
  });

  it.each([
    ["EC", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-sha384"]],
    ["EC with the old label", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-newhdr"]],
    ["EC with a subject of its own, extensions and a challenge", [
      "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-addext", "basicConstraints=critical,CA:TRUE",
      "-addext", "subjectAltName=DNS:bank.example", "-addext", "keyUsage=keyCertSign",
    ]],
  ])("as openssl makes it: %s. Of it only the key is taken", (_what, options) => {
    const text = opensslPrints(["req", "-new", "-nodes", "-keyout", join(dir, "key.pem"), "-subj", "/CN=somebody else", ...options]);
    const inIt = createPublicKey(opensslPrints(["req", "-pubkey", "-noout"], text));
    expect(readCertificateRequest(text)).toEqual({ spki: spkiOf(inIt), fingerprint: fingerprintOf(inIt) });
  });

  const modulus = modulusOf(rsa2048.publicKey);
  const canonical = rsaKey(modulus, integer(65_537), nothing);
  it.each([
    ["without parameters", rsaKey(modulus)],
    ["with a modulus whose top bit says that it is negative", rsaKey(modulus.subarray(1), integer(65_537), nothing)],
    ["with zeros before the modulus", rsaKey(Buffer.concat([Buffer.alloc(2), modulus]), integer(65_537), nothing)],
    ["with something behind the key", sequence(canonical.subarray(4, 19), bitString(Buffer.concat([canonical.subarray(24), Buffer.of(5, 0)])))],
  ])("never to another fingerprint where the key in it is written %s", (_how, spki) => {
    const text = aRequest({ spki, algorithm: sha256WithRsa, signature: signedBy(rsa2048.privateKey) });
    expect([fingerprintOf(rsa2048.publicKey), "CSR_KEY_NOT_ALLOWED"]).toContain(outcome(text));
  });

  it("with the NULL that some write for the parameters of ECDSA", () => {
    const algorithm = sequence(oid("1.2.840.10045.4.3.2"), nothing);
    const text = aRequest({ spki: spkiOf(p256.publicKey), algorithm, signature: signedBy(p256.privateKey) });
    expect(readCertificateRequest(text).fingerprint).toBe(fingerprintOf(p256.publicKey));
  });
});

describe("S8: as malformed is refused", () => {
  const { pem, der } = aCsr({ keys: p256 });
  const base64 = der.toString("base64");
  const inPem = (bytes: Buffer) => toPem(LABEL, bytes);

  it.each([
    ["nothing", ""],
    ["blanks", " \n\t"],
    ["a word", "hello"],
    ["1 MB", "A".repeat(1_048_576)],
    ["1 MB around a request", `${pem}${" ".repeat(1_048_576)}`],
    ["one octet too few", inPem(der.subarray(0, -1))],
    ["half of a request", inPem(der.subarray(0, der.length / 2))],
    ["one octet behind it", inPem(Buffer.concat([der, Buffer.of(0)]))],
    ["a second request behind it", inPem(Buffer.concat([der, der]))],
    ["two blocks", pem + pem],
    ["text before the block", `Subject: CN=x\n${pem}`],
    ["text behind the block", `${pem}thank you`],
    ["another label", toPem("CERTIFICATE", der)],
    ["labels that differ", pem.replace(`END ${LABEL}`, "END NEW CERTIFICATE REQUEST")],
    ["a block without an end", pem.replace(/-----END[\s\S]*/, "")],
    ["an empty block", inPem(Buffer.alloc(0))],
    ["base64url", der.toString("base64url")],
    ["base64 that isn't padded", `${base64}A`],
    ["a stray character in the base64", pem.replace("MI", "M!I")],
    ["a headed block", pem.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n")],
    ["an indefinite length", inPem(Buffer.concat([Buffer.of(0x30, 0x80), der.subarray(3), Buffer.of(0, 0)]))],
    ["a length of 4 GB", inPem(Buffer.from("3084ffffffff", "hex"))],
    ["a length in 127 octets", inPem(Buffer.concat([Buffer.of(0x30, 0xff), Buffer.alloc(127, 1)]))],
    ["NULL", inPem(nothing)],
    ["an empty SEQUENCE", inPem(sequence())],
    ["a public key alone", inPem(spkiOf(p256.publicKey))],
    ["NULs", "\u0000".repeat(100)],
    ["lone surrogates", "\uD800\uDC00\uD800"],
  ])("%s", (_what, text) => {
    expectRefused(text, "CSR_MALFORMED");
  });

  it("a certificate in its place, under any label", async () => {
    const { certificate } = await makeRoot(keySigner(newKey("P-384")), new Date("2026-11-24T01:00:00Z"));
    expectRefused(toPem("CERTIFICATE", certificate), "CSR_MALFORMED");
    expectRefused(toPem(LABEL, certificate), "CSR_MALFORMED");
    expectRefused(certificate.toString("base64"), "CSR_MALFORMED");
  });

  it("sequences inside sequences, thousands of them", () => {
    let nested = nothing;
    while (nested.length < 12_000) nested = sequence(nested);
    expectRefused(inPem(nested), "CSR_MALFORMED");
    expectRefused(inPem(sequence(nested, ecdsaWithSha256, bitString(Buffer.of(1)))).slice(0, 16_384), "CSR_MALFORMED");
  });

  it("a request of 16,385 characters, and one of 16,384 is not", () => {
    expect(readCertificateRequest(pem.padEnd(16_384)).fingerprint).toBe(fingerprintOf(p256.publicKey));
    expectRefused(pem.padEnd(16_385), "CSR_MALFORMED");
  });
});

describe("S11: a private key is refused as such", () => {
  const { pem } = aCsr({ keys: p256 });
  const pkcs8 = p256.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

  it.each([
    ["in PKCS#8", pkcs8],
    ["in SEC 1", p256.privateKey.export({ type: "sec1", format: "pem" }).toString()],
    ["in PKCS#1", rsa2048.privateKey.export({ type: "pkcs1", format: "pem" }).toString()],
    ["encrypted", p256.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString()],
    ["behind the request", pem + pkcs8],
    ["before the request", pkcs8 + pem],
    ["cut off", pkcs8.slice(0, 60)],
  ])("%s", (_how, text) => {
    expectRefused(text, "CSR_CONTAINS_PRIVATE_KEY");
  });

  it("and nothing of it is repeated in the refusal", () => {
    const error = (() => {
      try {
        return readCertificateRequest(pkcs8);
      } catch (refusal) {
        return refusal;
      }
    })();
    const secret = pkcs8.split("\n")[1] ?? "?";
    expect(error).toBeInstanceOf(Refusal);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(secret);
  });
});

describe("S9: a key that is not allowed is refused, though its request is well signed:", () => {
  it.each([
    ["RSA-1024", rsa(1024)],
    ["RSA-2047, which some libraries take for 2048", rsa(2047)],
    ["RSA-2048 with the exponent 3", rsa(2048, 3)],
    ["P-521", ec("P-521")],
    ["P-224", ec("P-224")],
    ["secp256k1", ec("secp256k1")],
    ["brainpoolP256r1", ec("brainpoolP256r1")],
  ])("%s", (_name, keys) => {
    expectRefused(aCsr({ keys }).pem, "CSR_KEY_NOT_ALLOWED");
  });

  it.each([
    ["Ed25519", ["genpkey", "-algorithm", "ed25519"]],
    ["RSA-PSS", ["genpkey", "-algorithm", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"]],
    ["P-256 by explicit parameters, another name for the same curve", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit"]],
  ])("%s", (_name, generate) => {
    const key = join(dir, "odd.pem");
    opensslPrints([...generate, "-out", key]);
    expectRefused(opensslPrints(["req", "-new", "-key", key, "-subj", "/CN=x"]), "CSR_KEY_NOT_ALLOWED");
  });

  const point = pointOf(p256.publicKey);
  const x = point.subarray(1, 33);
  const parity = (point[64] ?? 0) & 1;
  it.each([
    ["a compressed point, another name for the same key", ecKey(Buffer.concat([Buffer.of(2 + parity), x]))],
    ["a hybrid point, likewise", ecKey(Buffer.concat([Buffer.of(6 + parity), point.subarray(1)]))],
    ["the point at infinity", ecKey(Buffer.of(0))],
    ["no point at all", ecKey(Buffer.alloc(0))],
    ["a point that isn't on the curve", ecKey(Buffer.concat([point.subarray(0, 64), Buffer.of((point[64] ?? 0) ^ 1)]))],
    ["a point of P-256 said to be of P-384", ecKey(point, oid("1.3.132.0.34"))],
    ["a curve that isn't named", sequence(sequence(oid("1.2.840.10045.2.1")), bitString(point))],
    ["a curve that is NULL, thus its issuer's", ecKey(point, nothing)],
  ])("%s", (_what, spki) => {
    expectRefused(aRequest({ spki, signature: signedBy(p256.privateKey) }), "CSR_KEY_NOT_ALLOWED");
  });

  it.each([
    ["a modulus of 8,200 bits", rsaKey(Buffer.concat([Buffer.of(0), Buffer.alloc(1_025, 0xff)]))],
    ["a modulus of zero", rsaKey(Buffer.of(0))],
    ["an exponent of one", rsaKey(modulusOf(rsa2048.publicKey), integer(1), nothing)],
    ["an exponent of zero", rsaKey(modulusOf(rsa2048.publicKey), integer(0), nothing)],
    ["no RSA key under RSA's name", sequence(sequence(oid("1.2.840.113549.1.1.1"), nothing), bitString(point))],
  ])("%s", (_what, spki) => {
    expectRefused(aRequest({ spki, algorithm: sha256WithRsa, signature: signedBy(rsa2048.privateKey) }), "CSR_KEY_NOT_ALLOWED");
  });
});

describe("S9: a signature algorithm that is not allowed is refused:", () => {
  it.each([
    ["SHA-1 with ECDSA", p256],
    ["SHA-1 with RSA", rsa2048],
  ])("%s", (_what, keys) => {
    expectRefused(aCsr({ keys, hash: "sha1" }).pem, "CSR_SIGNATURE_NOT_ALLOWED");
  });

  it.each([
    ["RSA's for an EC key", p256, sha256WithRsa],
    ["ECDSA's for an RSA key", rsa2048, ecdsaWithSha256],
    ["MD5 with RSA", rsa2048, sequence(oid("1.2.840.113549.1.1.4"), nothing)],
    ["RSASSA-PSS", rsa2048, sequence(oid("1.2.840.113549.1.1.10"), sequence())],
    ["Ed25519", p256, sequence(oid("1.3.101.112"))],
    ["one that nobody knows", p256, sequence(oid("1.2.3.4"))],
  ])("%s", (_what, { publicKey, privateKey }, algorithm) => {
    expectRefused(aRequest({ spki: spkiOf(publicKey), algorithm, signature: signedBy(privateKey) }), "CSR_SIGNATURE_NOT_ALLOWED");
  });
});

describe("S8: possession of the key is proven:", () => {
  const other = ec("P-256");
  const spki = spkiOf(p256.publicKey);

  it("a request signed with another key is refused", () => {
    expectRefused(aRequest({ spki, signature: signedBy(other.privateKey) }), "CSR_SIGNATURE_INVALID");
  });

  it("so is one in which somebody's public key was put in place of the signer's", () => {
    const { der } = aCsr({ keys: other });
    const at = der.indexOf(spkiOf(other.publicKey));
    const swapped = Buffer.concat([der.subarray(0, at), spki, der.subarray(at + spki.length)]);
    expectRefused(toPem(LABEL, swapped), "CSR_SIGNATURE_INVALID");
  });

  it.each([
    ["no signature", Buffer.alloc(0)],
    ["a signature of zeros", Buffer.alloc(72)],
    ["r and s of zero", sequence(integer(0), integer(0))],
    ["r and s of one", sequence(integer(1), integer(1))],
    ["the signature of something else", sign("sha256", Buffer.from("something else"), p256.privateKey)],
  ])("so is one with %s", (_what, signature) => {
    expectRefused(aRequest({ spki, signature: () => signature }), "CSR_SIGNATURE_INVALID");
  });

  it("so is one whose signature has something behind it", () => {
    const signature = (info: Buffer) => Buffer.concat([signedBy(p256.privateKey)(info), Buffer.of(0)]);
    expectRefused(aRequest({ spki, signature }), "CSR_SIGNATURE_INVALID");
  });

  it("so is one that was signed with another hash than it says", () => {
    expectRefused(aRequest({ spki, signature: (info) => sign("sha384", info, p256.privateKey) }), "CSR_SIGNATURE_INVALID");
  });

  it.each([["so an EC", p256], ["so an RSA", rsa2048]])("%s request with a flipped bit or octet is refused, wherever that is", (_kind, keys) => {
    const { der } = aCsr({ keys });
    const accepted: { at: number; mask: number; found: string }[] = [];
    for (let at = 0; at < der.length; at++) {
      for (const mask of [1 << at % 8, 0xff]) {
        const flipped = Buffer.from(der);
        flipped[at] = (flipped[at] ?? 0) ^ mask;
        const found = outcome(toPem(LABEL, flipped));
        if (!found.startsWith("CSR_")) accepted.push({ at, mask, found });
      }
    }
    expect(accepted).toEqual([]);
  });

  it("so is a frame around it that isn't DER, which no signature covers", () => {
    const info = sequence(integer(0), sequence(), spki, tlv(0xa0));
    const signature = bitString(signedBy(p256.privateKey)(info));
    const framed = (...parts: Buffer[]) => toPem(LABEL, sequence(...parts));
    expectRefused(toPem(LABEL, tlv(0xb0, info, ecdsaWithSha256, signature)), "CSR_MALFORMED");
    expectRefused(framed(info, ecdsaWithSha256, signature, nothing), "CSR_MALFORMED");
    expectRefused(framed(info, sequence(oid("1.2.840.10045.4.3.2"), integer(1)), signature), "CSR_MALFORMED");
    expect(readCertificateRequest(framed(info, ecdsaWithSha256, signature)).spki).toEqual(spki);
  });

  it.each([
    ["is no SEQUENCE", (content: Buffer) => tlv(0x31, content)],
    ["has a tag of its own", (content: Buffer) => tlv(0xa9, content)],
    ["has no definite length", (content: Buffer) => Buffer.concat([Buffer.of(0x30, 0x80), content, Buffer.of(0, 0)])],
    ["has a length of more octets than it needs", (content: Buffer) => Buffer.concat([Buffer.of(0x30, 0x81, content.length), content])],
  ])("so is one in which what was signed %s", (_what, infoOf) => {
    const info = infoOf(Buffer.concat([integer(0), sequence(), spki, tlv(0xa0)]));
    expectRefused(toPem(LABEL, sequence(info, ecdsaWithSha256, bitString(signedBy(p256.privateKey)(info)))), "CSR_MALFORMED");
  });
});

describe("S8: whatever becomes of a request on its way", () => {
  const originals = [p256, p384, rsa2048].map((keys) => ({ der: aCsr({ keys }).der, fingerprint: fingerprintOf(keys.publicKey) }));

  const edits = fc.array(fc.record({
    kind: fc.constantFrom("set" as const, "insert" as const, "drop" as const, "cut" as const, "repeat" as const, "swap" as const),
    at: fc.nat({ max: 100_000 }),
    octet: fc.nat({ max: 255 }),
  }), { minLength: 1, maxLength: 5 });

  function edited(bytes: Buffer, list: { kind: string; at: number; octet: number }[]): Buffer {
    return list.reduce((now, { kind, at: wish, octet }) => {
      const at = now.length === 0 ? 0 : wish % now.length;
      const [before, behind] = [now.subarray(0, at), now.subarray(at)];
      switch (kind) {
        case "set": return Buffer.concat([before, Buffer.of(octet), behind.subarray(1)]);
        case "insert": return Buffer.concat([before, Buffer.of(octet), behind]);
        case "drop": return Buffer.concat([before, behind.subarray(1)]);
        case "cut": return octet < 32 ? before : now; // not too often: little is left to change
        case "repeat": return Buffer.concat([before, behind.subarray(0, octet), behind]);
        default: return Buffer.concat([before, behind.subarray(0, octet).reverse(), behind.subarray(octet)]);
      }
    }, Buffer.from(bytes));
  }

  it("in its octets, it is refused or still its own key's", () => {
    fc.assert(fc.property(fc.constantFrom(...originals), edits, fc.boolean(), ({ der, fingerprint }, list, isPem) => {
      const bytes = edited(der, list);
      const found = outcome(isPem ? toPem(LABEL, bytes) : bytes.toString("base64"));
      return found === fingerprint || found.startsWith("CSR_");
    }), { numRuns: 3_000 });
  });

  it("in its text, it is refused or still its own key's", () => {
    fc.assert(fc.property(fc.constantFrom(...originals), edits, ({ der, fingerprint }, list) => {
      const found = outcome(edited(Buffer.from(toPem(LABEL, der)), list).toString("latin1"));
      return found === fingerprint || found.startsWith("CSR_");
    }), { numRuns: 1_000 });
  });

  it("any text whatever is refused", () => {
    const anyText = fc.oneof(
      fc.uint16Array({ maxLength: 300 }).map((units) => String.fromCharCode(...units)),
      fc.base64String({ maxLength: 600 }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => toPem(LABEL, sequence(bytes))),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => toPem(LABEL, sequence(sequence(bytes), ecdsaWithSha256, bitString(bytes)))),
    );
    fc.assert(fc.property(anyText, (text) => outcome(text).startsWith("CSR_")), { numRuns: 1_000 });
  });
});
