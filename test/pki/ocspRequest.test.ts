import fc from "fast-check";
import { X509Certificate, createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { integer, nothing, octetString, oid, sequence, tlv } from "../../src/pki/der.js";
import { DerError } from "../../src/pki/derReader.js";
import type { Authority } from "../../src/pki/hierarchy.js";
import { readOcspRequest } from "../../src/pki/ocspRequest.js";
import { CRITICAL, NONCE, SHA1, aCertId, aNonce, aRequest, aSignature, aSingle, extension, serial17 } from "../support/ocspRequest.js";
import { opensslPrints } from "../support/openssl.js";
import { Scratch, aHierarchy, aLeaf } from "../support/pki.js";

const scratch = new Scratch();
let issuing: Authority;
let issuer: string;
beforeAll(async () => {
  ({ issuing } = await aHierarchy("P-256"));
  issuer = scratch.pem("issuer.pem", issuing.certificate);
});
afterAll(() => {
  scratch.remove();
});

/** The request that the OpenSSL command line makes of these options. */
function opensslRequest(...options: string[]): Buffer {
  opensslPrints(["ocsp", "-issuer", issuer, "-reqout", scratch.path("request.der"), ...options]);
  return readFileSync(scratch.path("request.der"));
}

const hashed = (hash: string, bytes: Buffer) => createHash(hash).update(bytes).digest();
/** The key's bits: the last 65 octets of a P-256 key's SubjectPublicKeyInfo. */
const keyBits = () => issuing.signer.publicKey.subarray(-65);

describe("a request of the OpenSSL command line", () => {
  it.each(["sha1", "sha256", "sha384", "sha512"] as const)("is read with its %s hashes, its serial and its nonce", async (hash) => {
    const leaf = await aLeaf(issuing);
    const der = opensslRequest(`-${hash}`, "-cert", scratch.pem("leaf.pem", leaf), "-nonce");
    const { certIds, nonce } = readOcspRequest(der);
    expect(certIds).toMatchObject([{
      hash, issuerNameHash: hashed(hash, issuing.name.subject), issuerKeyHash: hashed(hash, keyBits()),
      serialNumber: new X509Certificate(leaf).serialNumber.toLowerCase(),
    }]);
    expect(nonce).toHaveLength(16);
    expect(der.includes(certIds[0]?.der ?? "nothing")).toBe(true);
  });

  it("is read without a nonce", () => {
    expect(readOcspRequest(opensslRequest("-serial", "0x7f01", "-no_nonce")).nonce).toBeUndefined();
  });

  it("is read with all of its serials, in their order and our form", () => {
    const serials = ["01", "7f", "80", "ff01", `80${"00".repeat(15)}`, "ff".repeat(19), `7f${"ff".repeat(19)}`];
    const { certIds } = readOcspRequest(opensslRequest(...serials.flatMap((serial) => ["-serial", `0x${serial}`]), "-no_nonce"));
    expect(certIds.map(({ serialNumber }) => serialNumber)).toEqual(serials);
  });

  it("is read when it is signed, with its signer's certificate and without", () => {
    const [key, certificate] = [scratch.path("asker.key"), scratch.path("asker.pem")];
    opensslPrints(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=asker", "-keyout", key, "-out", certificate]);
    for (const options of [[], ["-no_certs"]]) {
      const signed = opensslRequest("-serial", "0x7f01", "-signer", certificate, "-signkey", key, ...options);
      expect(readOcspRequest(signed).certIds).toMatchObject([{ serialNumber: "7f01" }]);
    }
  });
});

describe("a request is read", () => {
  it("that is ordinary, as views of its bytes", () => {
    const der = aRequest();
    const { certIds, nonce } = readOcspRequest(der);
    expect(certIds).toEqual([{
      der: aCertId(), hash: "sha1", issuerNameHash: Buffer.alloc(20, 1), issuerKeyHash: Buffer.alloc(20, 2), serialNumber: `7f${"ab".repeat(16)}`,
    }]);
    expect(certIds[0]?.der.buffer).toBe(der.buffer);
    expect(nonce).toBeUndefined();
  });

  it.each([1, 16, 32, 33, 128])("S18: with a nonce of %d octets", (octets) => {
    expect(readOcspRequest(aRequest({ extensions: sequence(aNonce(octets)) })).nonce).toEqual(Buffer.alloc(octets, 7));
  });

  it.each([
    ["with 32 CertIDs", aRequest({ singles: Array<Buffer>(32).fill(aSingle()) })],
    ["with a requestor's name", aRequest({ requestor: tlv(0x86, Buffer.from("http://asker.example")) })],
    ["with a critical nonce", aRequest({ extensions: sequence(extension(NONCE, octetString(Buffer.of(1)), CRITICAL)) })],
    ["with extensions that nobody must understand", aRequest({
      extensions: sequence(extension("1.3.6.1.5.5.7.48.1.4", sequence()), extension("2.999.5", nothing), aNonce(8)),
      singles: [aSingle(aCertId(), sequence(extension("1.3.6.1.5.5.7.48.1.7", sequence())))],
    })],
    ["with a signature", aRequest({ signature: aSignature() })],
    ["with a signature and certificates", aRequest({ signature: aSignature(undefined, tlv(0xa0, sequence(sequence(), sequence()))) })],
    ["with a hash whose parameters are left out", aRequest({ singles: [aSingle(aCertId({ algorithm: sequence(oid("1.3.14.3.2.26")) }))] })],
  ])("%s", (_what, der) => {
    expect(readOcspRequest(der).certIds[0]).toMatchObject({ hash: "sha1", serialNumber: `7f${"ab".repeat(16)}` });
  });

  it.each([
    ["MD5", sequence(oid("1.2.840.113549.2.5"), nothing), 16],
    ["SHA-224", sequence(oid("2.16.840.1.101.3.4.2.4")), 28],
  ])("whose hash we don't know (%s), and tells so", (_name, algorithm, octets) => {
    const hashes = { issuerNameHash: Buffer.alloc(octets), issuerKeyHash: Buffer.alloc(octets) };
    expect(readOcspRequest(aRequest({ singles: [aSingle(aCertId({ algorithm, ...hashes }))] })).certIds).toMatchObject([{ hash: undefined, ...hashes }]);
  });

  it.each([
    ["that is zero", tlv(0x02, Buffer.of(0))],
    ["that is negative", tlv(0x02, Buffer.of(0x80))],
    ["of 20 octets with a zero before them", tlv(0x02, Buffer.concat([Buffer.of(0), Buffer.alloc(20, 0xff)]))],
    ["of 21 octets", tlv(0x02, Buffer.alloc(21, 1))],
    ["of 200 octets", tlv(0x02, Buffer.alloc(200, 1))],
  ])("for a serial that can't be one of ours, %s, and tells so", (_what, serial) => {
    const certId = aCertId({ serial });
    expect(readOcspRequest(aRequest({ singles: [aSingle(certId)] })).certIds).toMatchObject([{ der: certId, serialNumber: undefined }]);
  });
});

describe("S17: a request is malformed", () => {
  const withCertId = (certId: Buffer) => aRequest({ singles: [aSingle(certId)] });
  const withExtensions = (...extensions: Buffer[]) => aRequest({ extensions: sequence(...extensions) });
  const withSingleExtensions = (...extensions: Buffer[]) => aRequest({ singles: [aSingle(aCertId(), sequence(...extensions))] });

  it.each([
    ["of no octets", Buffer.alloc(0)],
    ["that is text", Buffer.from("GET / HTTP/1.1")],
    ["that is empty", sequence()],
    ["with nothing in it", sequence(sequence())],
    ["with an octet behind it", aRequest({ behind: Buffer.of(0) })],
    ["with a second one behind it", aRequest({ behind: aRequest() })],
    ["without any CertID", aRequest({ singles: [] })],
    ["with 33 CertIDs", aRequest({ singles: Array<Buffer>(33).fill(aSingle()) })],
    ["of version 2", aRequest({ version: integer(1) })],
    ["that says v1, which DER leaves unsaid (X.690 §11.5)", aRequest({ version: integer(0) })],
    ["with a requestor that is no GeneralName", aRequest({ requestor: integer(1) })],
    ["with two requestors", aRequest({ requestor: Buffer.concat([tlv(0x82), tlv(0x82)]) })],
    ["with something unknown behind the extensions", sequence(sequence(sequence(aSingle()), tlv(0xa2, sequence(aNonce(1))), tlv(0xa3, nothing)))],

    ["with a CertID that lacks its serial", withCertId(sequence(SHA1, octetString(Buffer.alloc(20)), octetString(Buffer.alloc(20))))],
    ["with a CertID of five fields", withCertId(sequence(SHA1, octetString(Buffer.alloc(20)), octetString(Buffer.alloc(20)), integer(1), nothing))],
    ["with a serial of no octets", withCertId(aCertId({ serial: tlv(0x02) }))],
    ["with a serial that has a needless zero octet (X.690 §8.3.2)", withCertId(aCertId({ serial: tlv(0x02, Buffer.of(0, 0x7f)) }))],
    ["with a serial that has needless ones", withCertId(aCertId({ serial: tlv(0x02, Buffer.of(0xff, 0x80)) }))],
    ["with a serial that is an OCTET STRING", withCertId(aCertId({ serial: octetString(Buffer.of(1)) }))],
    ["with a name's hash of 19 octets for SHA-1", withCertId(aCertId({ issuerNameHash: Buffer.alloc(19) }))],
    ["with a key's hash of 32 octets for SHA-1", withCertId(aCertId({ issuerKeyHash: Buffer.alloc(32) }))],
    ["with hashes of 20 octets for SHA-256", withCertId(aCertId({ algorithm: sequence(oid("2.16.840.1.101.3.4.2.1")) }))],
    ["with an algorithm of no identifier", withCertId(aCertId({ algorithm: sequence() }))],
    ["with an algorithm of two parameters", withCertId(aCertId({ algorithm: sequence(oid("2.999.1"), nothing, nothing) }))],
    ["with a hash of parameters that no hash has", withCertId(aCertId({ algorithm: sequence(oid("1.3.14.3.2.26"), integer(1)) }))],
    ["with a hash that we don't know, whose parameters aren't DER", withCertId(aCertId({ algorithm: sequence(oid("2.999.1"), tlv(0x06, Buffer.of(0xa8))) }))],
    ["with a NULL of one octet for a hash's parameters", withCertId(aCertId({ algorithm: sequence(oid("2.999.1"), tlv(0x05, Buffer.of(0))) }))],
    ["with an algorithm whose identifier isn't whole", withCertId(aCertId({ algorithm: sequence(tlv(0x06, Buffer.of(0x2a, 0x86))) }))],
    ["with something behind a single request", aRequest({ singles: [sequence(aCertId(), tlv(0xa0, sequence(extension("2.999.1", nothing))), nothing)] })],

    ["S18: with a nonce of no octets", withExtensions(aNonce(0))],
    ["S18: with a nonce of 129 octets", withExtensions(aNonce(129))],
    ["S18: with a nonce that isn't wrapped", withExtensions(extension(NONCE, Buffer.alloc(16, 0xee)))],
    ["S18: with a nonce wrapped as something else", withExtensions(extension(NONCE, integer(5)))],
    ["S18: with something behind the nonce", withExtensions(extension(NONCE, Buffer.concat([octetString(Buffer.alloc(16)), Buffer.of(0)])))],
    ["with two nonces", withExtensions(aNonce(16), aNonce(16))],
    ["with another extension twice", withExtensions(extension("2.999.1", nothing), aNonce(16), extension("2.999.1", integer(1)))],
    ["with extensions of which there are none", withExtensions()],
    ["with an unknown critical extension", withExtensions(aNonce(16), extension("2.999.1", nothing, CRITICAL))],
    ["with an unknown critical extension of a single request", withSingleExtensions(extension("2.999.1", nothing, CRITICAL))],
    ["with a critical nonce of a single request, where none belongs", withSingleExtensions(extension(NONCE, octetString(Buffer.of(1)), CRITICAL))],
    ["with an extension of a single request twice", withSingleExtensions(extension("2.999.1", nothing), extension("2.999.1", nothing))],
    ["with a critical that is FALSE, which DER leaves unsaid", withExtensions(extension(NONCE, octetString(Buffer.of(1)), tlv(0x01, Buffer.of(0))))],
    ["with a critical that is true in BER only", withExtensions(extension(NONCE, octetString(Buffer.of(1)), tlv(0x01, Buffer.of(1))))],
    ["with an extension whose identifier isn't whole", withExtensions(sequence(tlv(0x06, Buffer.of(0x86)), octetString(nothing)))],
    ["with an extension without a value", withExtensions(sequence(oid("2.999.1")))],
    ["with extensions outside of their sequence", aRequest({ extensions: aNonce(16) })],
    ["with two sequences of extensions", aRequest({ extensions: Buffer.concat([sequence(aNonce(16)), sequence()]) })],

    ["with something behind the signature's place", sequence(sequence(sequence(aSingle())), tlv(0xa0, aSignature()), nothing)],
    ["with something unknown in the signature's place", sequence(sequence(sequence(aSingle())), nothing)],
    ["with a signature that is nothing", aRequest({ signature: nothing })],
    ["with a signature without bits", aRequest({ signature: sequence(sequence(oid("2.999.1"))) })],
    ["with a signature of no octets", aRequest({ signature: aSignature(Buffer.alloc(0)) })],
    ["with a signature of half an octet", aRequest({ signature: aSignature(Buffer.of(4, 0xf0)) })],
    ["with something behind its signature", aRequest({ signature: Buffer.concat([aSignature(), nothing]) })],
    ["with signer's certificates that are none", aRequest({ signature: aSignature(undefined, tlv(0xa0, sequence(nothing))) })],
    ["with something behind the signer's certificates", aRequest({ signature: aSignature(undefined, tlv(0xa0, sequence()), nothing) })],
  ])("%s", (_what, der) => {
    expect(() => readOcspRequest(der)).toThrow(DerError);
  });

  it("at whichever octet it is cut off", () => {
    const whole = aRequest({ extensions: sequence(aNonce(16)), singles: [aSingle(), aSingle(aCertId({ serial: serial17("80") }))], signature: aSignature() });
    expect(readOcspRequest(whole).certIds).toHaveLength(2);
    for (let length = 0; length < whole.length; length++) expect(() => readOcspRequest(whole.subarray(0, length))).toThrow(DerError);
  });
});

describe("whatever bytes come, a request is read or DerError thrown, nothing else:", () => {
  const isReadOrRefused = (der: Buffer) => {
    try {
      expect(readOcspRequest(der).certIds.length).toBeGreaterThan(0);
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
    }
  };
  const seeds = [
    aRequest({ extensions: sequence(aNonce(16)) }),
    aRequest({ requestor: tlv(0x82, Buffer.from("asker")), singles: [aSingle(), aSingle(aCertId(), sequence(extension("2.999.1", nothing)))], signature: aSignature(undefined, tlv(0xa0, sequence(sequence()))) }),
  ];

  it("bytes at random", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => { isReadOrRefused(Buffer.from(octets)); }), { numRuns: 2_000 });
  });

  it("a good request with some octets changed, put in or left out", () => {
    const edit = fc.record({ at: fc.nat({ max: 250 }), remove: fc.nat({ max: 3 }), insert: fc.uint8Array({ maxLength: 3 }) });
    fc.assert(fc.property(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 4 }), (seed, edits) => {
      isReadOrRefused(edits.reduce((der, { at, remove, insert }) => Buffer.concat([der.subarray(0, at), insert, der.subarray(at + remove)]), seed));
    }), { numRuns: 5_000 });
  });

  it("a good request with any one octet made any other", () => {
    for (const seed of seeds) {
      for (let at = 0; at < seed.length; at++) {
        for (let octet = 0; octet < 256; octet++) {
          const changed = Buffer.from(seed);
          changed[at] = octet;
          isReadOrRefused(changed);
        }
      }
    }
  });
});
