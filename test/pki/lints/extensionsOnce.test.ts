import { sequence, tlv } from "../../../src/pki/der.js";
import { extensionsOnce } from "../../../src/pki/lints/extensionsOnce.js";
import { anExtension, breachesOf, changed, expectToHoldForAllWeMake, extensionsOf, made, profiles } from "../../support/tbs.js";

describe("the rule that no extension is there twice", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(extensionsOnce);
  });

  it.each(profiles)("refuses any of %s that is repeated", async (profile) => {
    const original = made(profile);
    for (const extension of extensionsOf(original)) {
      const extensions = tlv(0xa3, sequence(...extensionsOf(original), extension));
      expect(await breachesOf(changed(original, { extensions }))).toEqual([expect.stringMatching(/^extensionsOnce: [\d.]+ more than once$/)]);
    }
  });

  it("refuses one that is there three times, once", async () => {
    const stranger = anExtension("2.5.29.54", Buffer.from("020100", "hex"));
    const extensions = tlv(0xa3, sequence(...extensionsOf(made("CLIENT")), stranger, stranger, stranger));
    expect(await breachesOf(changed(made("CLIENT"), { extensions })))
      .toEqual(["extensionsOnce: 2.5.29.54 more than once", "extensionSet: 2.5.29.54 doesn't belong there"]);
  });
});
