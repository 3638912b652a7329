import { createHash } from "node:crypto";
import { octetString } from "../../../src/pki/der.js";
import { subjectKeyIdentifier } from "../../../src/pki/lints/subjectKeyIdentifier.js";
import { readToBeSigned } from "../../../src/pki/ToBeSigned.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made, profiles, rsaSpki, withValue } from "../../support/tbs.js";

const BREACH = expect.stringMatching(/^subjectKeyIdentifier: [0-9a-f]* instead of 0414[0-9a-f]{40}$/) as string;

describe("S4: the rule of the subject key identifier", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(subjectKeyIdentifier);
  });

  const { der, bits } = readToBeSigned(made("CLIENT").bytes).publicKey;
  const sha1 = (bytes: Buffer) => createHash("sha1").update(bytes).digest();
  it.each([
    ["another key's", octetString(Buffer.alloc(20, 1))],
    ["one over the whole SubjectPublicKeyInfo", octetString(sha1(der))],
    ["one over the bit string with its count of unused bits", octetString(sha1(Buffer.concat([Buffer.of(0), bits])))],
    ["one by SHA-256, cut", octetString(createHash("sha256").update(bits).digest().subarray(0, 20))],
    ["a short one", octetString(sha1(bits).subarray(0, 8))],
    ["one without its OCTET STRING", sha1(bits)],
    ["one with something behind it", Buffer.concat([octetString(sha1(bits)), Buffer.of(5, 0)])],
    ["nothing", Buffer.alloc(0)],
  ])("refuses %s", async (_what, value) => {
    expect(await breachesOf(withValue(made("CLIENT"), "subjectKeyIdentifier", value))).toEqual([BREACH]);
  });

  it.each(profiles)("refuses %s with a key that was exchanged for another", async (profile) => {
    expect(await breachesOf(changed(made(profile), { publicKey: rsaSpki(2048) }))).toEqual([BREACH]);
  });
});
