import { sequence, tlv } from "../../../src/pki/der.js";
import { extensionSet } from "../../../src/pki/lints/extensionSet.js";
import { TRUE, anExtension, breachesOf, changed, expectToHoldForAllWeMake, extensionsOf, made, profiles } from "../../support/tbs.js";

describe("S4: the rule of the set of extensions", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(extensionSet);
  });

  it.each(profiles)("refuses %s without any one of its extensions", async (profile) => {
    const original = made(profile);
    for (const [left] of extensionsOf(original).entries()) {
      const extensions = tlv(0xa3, sequence(...extensionsOf(original).filter((_, index) => index !== left)));
      expect(await breachesOf(changed(original, { extensions }))).toEqual([expect.stringMatching(/^extensionSet: [\d.]+ is missing$/)]);
    }
  });

  it.each([
    ["any extensions", Buffer.alloc(0)], ["a single one in the list", tlv(0xa3, sequence())],
  ])("refuses a certificate without %s", async (_what, extensions) => {
    const missing = ["2.5.29.19", "2.5.29.15", "2.5.29.14", "2.5.29.35"].map((id) => `extensionSet: ${id} is missing`);
    expect(await breachesOf(changed(made("ROOT"), { extensions }))).toEqual(missing);
  });

  it.each([
    ["a subjectAltName, as from a CSR", "2.5.29.17", sequence(tlv(0x82, Buffer.from("bank.example")))],
    ["certificate policies", "2.5.29.32", sequence(sequence(Buffer.from("0604551d2000", "hex")))],
    ["a Netscape certificate type", "2.16.840.1.113730.1.1", Buffer.from("03020780", "hex")],
    ["one that nobody knows", "1.3.6.1.4.1.99999.1", sequence()],
  ])("refuses %s on every profile, critical or not", async (_what, id, value) => {
    for (const profile of profiles) {
      for (const critical of [undefined, TRUE]) {
        const extensions = tlv(0xa3, sequence(...extensionsOf(made(profile)), anExtension(id, value, critical)));
        expect(await breachesOf(changed(made(profile), { extensions }))).toEqual([`extensionSet: ${id} doesn't belong there`]);
      }
    }
  });

  it("refuses a client that wants to be spared from revocation, as an OCSP signer is", async () => {
    const extensions = tlv(0xa3, sequence(...extensionsOf(made("CLIENT")), anExtension("1.3.6.1.5.5.7.48.1.5", Buffer.of(5, 0))));
    expect(await breachesOf(changed(made("CLIENT"), { extensions }))).toEqual(["extensionSet: 1.3.6.1.5.5.7.48.1.5 doesn't belong there"]);
  });
});
