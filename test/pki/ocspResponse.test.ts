import { readFileSync } from "node:fs";
import { DAY, MINUTE, SECOND, later } from "../../src/foundation/clock.js";
import { keyIdentifierOf } from "../../src/pki/certificateProfile.js";
import type { CrlReason } from "../../src/pki/crlReasons.js";
import { sequence } from "../../src/pki/der.js";
import type { Authority } from "../../src/pki/hierarchy.js";
import { readOcspRequest } from "../../src/pki/ocspRequest.js";
import { ocspError, ocspResponder, ocspResponse, type OcspResponder, type OcspStatus } from "../../src/pki/ocspResponse.js";
import type { KeyKind } from "../../src/pki/Signer.js";
import { aNonce, aRequest } from "../support/ocspRequest.js";
import { openssl, opensslPrints } from "../support/openssl.js";
import { NOW, Scratch, aHierarchy, aLeaf, anOcspSigner } from "../support/pki.js";

const scratch = new Scratch();
afterAll(() => {
  scratch.remove();
});

const GOOD: OcspStatus = { status: "GOOD" };
const revoked = (reason: CrlReason, revokedAt = NOW): OcspStatus => ({ status: "REVOKED", revokedAt, reason });

/** The answer to a request, the n-th status for its n-th CertID; what isn't said is ordinary. */
function answer(request: Buffer, statuses: OcspStatus[], responder: OcspResponder, { producedAt = NOW, nextUpdate = later(NOW, 10 * MINUTE) } = {}): Promise<Buffer> {
  const { certIds, nonce } = readOcspRequest(request);
  const answers = certIds.map((certId, index) => ({ certId, status: statuses[index] ?? GOOD }));
  return ocspResponse(answers, { producedAt, nextUpdate, nonce }, responder);
}

const shown = (response: Buffer) =>
  opensslPrints(["ocsp", "-respin", scratch.file("shown.der", response), "-resp_text", "-noverify"]);

describe.each<[KeyKind, KeyKind]>([["P-256", "P-256"], ["P-384", "P-256"], ["RSA-3072", "RSA-3072"], ["RSA-3072", "P-384"]])("under a CA with a %s key, with a signer's %s one, OpenSSL", (kind, signerKind) => {
  let root: Authority;
  let issuing: Authority;
  let delegated: OcspResponder;
  let leaf: Buffer;
  beforeAll(async () => {
    ({ root, issuing } = await aHierarchy(kind));
    const { certificate, signer } = await anOcspSigner(issuing, signerKind);
    delegated = ocspResponder(certificate, signer);
    leaf = await aLeaf(issuing);
  });

  const about = (...options: string[]) => ["-issuer", scratch.pem("issuing.pem", issuing.certificate), ...options];
  const request = (...options: string[]) => {
    opensslPrints(["ocsp", ...about(...options), "-reqout", scratch.path("request.der")]);
    return readFileSync(scratch.path("request.der"));
  };
  /** What OpenSSL says of a response, whatever the present of its own clock is. */
  const verdict = (response: Buffer, ...question: string[]) => openssl([
    "ocsp", ...question, "-no_nonce", "-respin", scratch.file("response.der", response),
    "-CAfile", scratch.pem("root.pem", root.certificate), "-verify_other", scratch.pem("other.pem", issuing.certificate),
    "-attime", String(Math.floor(NOW.getTime() / SECOND)), "-validity_period", "3000000000",
  ]);
  /** As an answer to this very request: only then OpenSSL compares the nonces. */
  const verdictFor = (asked: Buffer, response: Buffer) => verdict(response, "-reqin", scratch.file("asked.der", asked)).complaint;

  it.each(["sha1", "sha256"])("accepts what the delegated signer answers to a %s request, with a nonce and without", async (hash) => {
    for (const nonce of ["-nonce", "-no_nonce"]) {
      const of = [`-${hash}`, "-cert", scratch.pem("leaf.pem", leaf)];
      const asked = request(...of, nonce);
      const response = await answer(asked, [GOOD], delegated);
      expect(verdictFor(asked, response)).toBe("Response verify OK\n");
      const { complaint, out } = verdict(response, ...about(...of));
      expect(complaint).toBe("Response verify OK\n");
      expect(out).toMatch(/leaf\.pem: good\n\tThis Update: Nov 24 01:00:00 2026 GMT\n\tNext Update: Nov 24 01:10:00 2026 GMT\n/);
    }
  });

  it("accepts what the CA itself answers", async () => {
    const of = ["-cert", scratch.pem("leaf.pem", leaf)];
    const asked = request(...of, "-nonce");
    const response = await answer(asked, [GOOD], ocspResponder(issuing.certificate, issuing.signer));
    expect(verdictFor(asked, response)).toBe("Response verify OK\n");
    expect(verdict(response, ...about(...of)).out).toContain("leaf.pem: good");
  });

  it("reads a status for each of several serials", async () => {
    const of = ["0x7f01", `0x80${"00".repeat(15)}`, `0x7f${"ff".repeat(19)}`].flatMap((serial) => ["-serial", serial]);
    const asked = request(...of);
    const { complaint, out } = verdict(await answer(asked, [GOOD, revoked("KEY_COMPROMISE"), { status: "UNKNOWN" }], delegated), ...about(...of));
    expect(complaint).toBe("Response verify OK\n");
    expect(out.match(/0x\w+: \w+/g)).toEqual(["0x7f01: good", `0x80${"00".repeat(15)}: revoked`, `0x7f${"ff".repeat(19)}: unknown`]);
    expect(out).toContain("Reason: keyCompromise\n\tRevocation Time: Nov 24 01:00:00 2026 GMT");
  });

  it("refuses an answer that was changed, one to another nonce, and one by the signer of a namesake", async () => {
    const of = ["-cert", scratch.pem("leaf.pem", leaf)];
    const asked = request(...of, "-nonce");
    const response = await answer(asked, [revoked("SUPERSEDED")], delegated);
    const changed = Buffer.from(response);
    changed[changed.indexOf("20261124010000Z") + 3] = 0x37;
    expect(verdictFor(asked, changed)).toContain("signature failure");
    expect(verdictFor(request(...of, "-nonce"), response)).toContain("Nonce Verify error");

    const namesake = await anOcspSigner((await aHierarchy(kind)).issuing, signerKind);
    const forged = await answer(asked, [GOOD], ocspResponder(namesake.certificate, namesake.signer));
    expect(verdictFor(asked, forged)).toContain("Response Verify Failure");
  });
});

describe("an OCSP response", () => {
  let responder: OcspResponder;
  let issuing: Authority;
  beforeAll(async () => {
    ({ issuing } = await aHierarchy("P-256"));
    const { certificate, signer } = await anOcspSigner(issuing, "P-256");
    responder = ocspResponder(certificate, signer);
  });

  it("is basic, of version 1, names its signer by the key, bears its certificate and the request's nonce", async () => {
    const response = await answer(aRequest({ extensions: sequence(aNonce(128)) }), [GOOD], responder);
    const text = shown(response);
    expect(text).toContain("OCSP Response Status: successful (0x0)");
    expect(text).toContain("Response Type: Basic OCSP Response");
    expect(text).toContain("Version: 1 (0x0)");
    expect(text).toContain(`Responder Id: ${keyIdentifierOf(responder.signer.publicKey).toUpperCase()}`);
    expect(text).toContain("Produced At: Nov 24 01:00:00 2026 GMT");
    expect(text).toContain("OCSP Nonce:");
    expect(response.includes(aNonce(128))).toBe(true);
    expect(response.includes(responder.certificate)).toBe(true);
  });

  it("has no extensions where the request has no nonce", async () => {
    expect(shown(await answer(aRequest(), [GOOD], responder))).not.toMatch(/Response Extensions|Nonce/);
  });

  it("echoes each CertID as it was sent", async () => {
    const { certIds: [certId] } = readOcspRequest(aRequest());
    expect((await answer(aRequest(), [GOOD], responder)).includes(certId?.der ?? "nothing")).toBe(true);
  });

  it.each([
    ["KEY_COMPROMISE", "keyCompromise (0x1)"], ["AFFILIATION_CHANGED", "affiliationChanged (0x3)"], ["SUPERSEDED", "superseded (0x4)"],
    ["CESSATION_OF_OPERATION", "cessationOfOperation (0x5)"], ["PRIVILEGE_WITHDRAWN", "(0x9)"], // for which OpenSSL 3.0 has no word
  ] as const)("tells the reason %s as OpenSSL's %s", async (reason, words) => {
    expect(shown(await answer(aRequest(), [revoked(reason)], responder)).split("\n").find((line) => line.includes("Revocation Reason"))).toContain(words);
  });

  it("S13: says nothing where the reason is unspecified", async () => {
    const text = shown(await answer(aRequest(), [revoked("UNSPECIFIED")], responder));
    expect(text).toContain("Cert Status: revoked\n    Revocation Time: Nov 24 01:00:00 2026 GMT");
    expect(text).not.toContain("Reason");
  });

  it("tells its times with four digits of the year, before 2050 and after, in whole seconds (RFC 6960 §4.2.2.1)", async () => {
    const [last, first] = [new Date("2049-12-31T23:59:59.999Z"), new Date("2050-01-01T00:00:00Z")];
    const response = await answer(aRequest(), [revoked("SUPERSEDED", NOW)], responder, { producedAt: last, nextUpdate: later(first, DAY) });
    expect(shown(response)).toMatch(/Revocation Time: Nov 24 01:00:00 2026 GMT[^]*This Update: Dec 31 23:59:59 2049 GMT\n +Next Update: Jan {2}2 00:00:00 2050 GMT/);
    expect(response.toString("latin1").match(/\x18\x0f\d{14}Z/g)).toHaveLength(4);
  });

  it.each([
    ["within the same second", later(NOW, 100)], ["earlier", later(NOW, -MINUTE)], ["at no instant", new Date(NaN)],
  ])("is never to be renewed %s as it is produced", async (_when, nextUpdate) => {
    await expect(answer(aRequest(), [GOOD], responder, { nextUpdate })).rejects.toThrow(RangeError);
  });

  it("never answers nothing", async () => {
    await expect(ocspResponse([], { producedAt: NOW, nextUpdate: later(NOW, DAY), nonce: undefined }, responder)).rejects.toThrow(RangeError);
  });

  it("S19: is never signed with a key that isn't its certificate's", () => {
    expect(() => ocspResponder(responder.certificate, issuing.signer)).toThrow("not a pair");
  });

  it.each([
    ["malformedRequest", "malformedrequest (1)"], ["internalError", "internalerror (2)"], ["tryLater", "trylater (3)"], ["unauthorized", "unauthorized (6)"],
  ] as const)("without an answer says %s in five octets, which OpenSSL reads as %s", (status, words) => {
    expect(ocspError(status)).toHaveLength(5);
    expect(openssl(["ocsp", "-respin", scratch.file("error.der", ocspError(status))]).out).toBe(`Responder Error: ${words}\n`);
  });
});
