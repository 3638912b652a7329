import { nothing, oid, sequence } from "../../../src/pki/der.js";
import { signatureAlgorithm } from "../../../src/pki/lints/signatureAlgorithm.js";
import { algorithmIdentifier } from "../../../src/pki/Signer.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made } from "../../support/tbs.js";

describe("the rule of the signature algorithm", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(signatureAlgorithm);
  });

  it.each([
    ["another of ours", algorithmIdentifier.ECDSA_SHA384],
    ["one of another kind of key", algorithmIdentifier.RSA_SHA256],
    ["ECDSA with parameters", sequence(oid("1.2.840.10045.4.3.2"), nothing)],
    ["ECDSA with SHA-1", sequence(oid("1.2.840.10045.4.1"))],
    ["nothing", sequence()],
  ])("refuses %s under an issuer with P-256", async (_what, signature) => {
    expect(await breachesOf(changed(made("CLIENT"), { signature }))).toEqual(["signatureAlgorithm: not the issuer's ECDSA_SHA256"]);
  });

  it("refuses RSA without the NULL", async () => {
    const client = made("CLIENT");
    const underRsa = { ...client, issuer: { ...client.issuer, algorithm: "RSA_SHA256" as const } };
    expect(await breachesOf(changed(underRsa, { signature: algorithmIdentifier.RSA_SHA256 }))).toEqual([]);
    expect(await breachesOf(changed(underRsa, { signature: sequence(oid("1.2.840.113549.1.1.11")) })))
      .toEqual(["signatureAlgorithm: not the issuer's RSA_SHA256"]);
  });
});
