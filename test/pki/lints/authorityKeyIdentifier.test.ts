import { integer, nothing, octetString, sequence, tlv } from "../../../src/pki/der.js";
import { authorityKeyIdentifier } from "../../../src/pki/lints/authorityKeyIdentifier.js";
import { breachesOf, expectToHoldForAllWeMake, made, profiles, withValue } from "../../support/tbs.js";

const { issuer } = made("CLIENT");
const id = Buffer.from(issuer.subjectKeyIdentifier, "hex");
const directoryName = tlv(0xa1, tlv(0xa4, issuer.subject));

describe("S4: the rule of the authority key identifier", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(authorityKeyIdentifier);
  });

  it.each([
    ["with the issuer's name and serial, too", sequence(tlv(0x80, id), directoryName, tlv(0x82, Buffer.of(1)))],
    ["with the issuer's name and serial only", sequence(directoryName, tlv(0x82, Buffer.of(1)))],
    ["of another key", sequence(tlv(0x80, Buffer.alloc(20, 1)))],
    ["that is cut", sequence(tlv(0x80, id.subarray(1)))],
    ["that is empty", sequence()],
    ["that is a subject's", octetString(id)],
    ["with something behind it", Buffer.concat([sequence(tlv(0x80, id)), nothing])],
    ["that is a number", integer(1)],
  ])("refuses one %s", async (_what, value) => {
    expect(await breachesOf(withValue(made("CLIENT"), "authorityKeyIdentifier", value)))
      .toEqual([`authorityKeyIdentifier: ${value.toString("hex")} instead of 30168014${id.toString("hex")}`]);
  });

  it.each(profiles)("refuses %s under an issuer with another key", async (profile) => {
    const original = made(profile);
    const another = { ...original.issuer, subjectKeyIdentifier: "00".repeat(20) };
    expect(await breachesOf({ ...original, issuer: another })).toEqual([expect.stringMatching(/^authorityKeyIdentifier: /)]);
  });
});
