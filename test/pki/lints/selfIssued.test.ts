import { selfIssued } from "../../../src/pki/lints/selfIssued.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made } from "../../support/tbs.js";

describe("the rule that a root only is its own issuer", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(selfIssued);
  });

  it("refuses a root under another name than its own", async () => {
    const subject = made("CLIENT").issuer.subject;
    expect(await breachesOf(changed(made("ROOT"), { subject }))).toEqual(["selfIssued: a root that isn't its own issuer"]);
  });

  it.each(["ISSUING", "OCSP_SIGNER"] as const)("refuses an %s certificate in its issuer's name", async (profile) => {
    const original = made(profile);
    expect(await breachesOf(changed(original, { subject: original.issuer.subject }))).toEqual(["selfIssued: its issuer's name for a subject"]);
  });
});
