import { tlv } from "../../../src/pki/der.js";
import { uniqueIds } from "../../../src/pki/lints/uniqueIds.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made } from "../../support/tbs.js";

const issuers = tlv(0x81, Buffer.of(0, 1));
const subjects = tlv(0x82, Buffer.of(0, 1));

describe("the rule of unique identifiers", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(uniqueIds);
  });

  it.each([
    ["the issuer's", issuers], ["the subject's", subjects], ["both", Buffer.concat([issuers, subjects])],
  ])("refuses %s", async (_what, field) => {
    expect(await breachesOf(changed(made("CLIENT"), { uniqueIds: field }))).toEqual(["uniqueIds: there are some"]);
  });
});
