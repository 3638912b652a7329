import { tlv } from "../../../src/pki/der.js";
import { issuerName } from "../../../src/pki/lints/issuerName.js";
import { issuingName, nameDer } from "../../../src/pki/names.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made } from "../../support/tbs.js";

const BREACH = "issuerName: not the octets of the issuer's subject";

describe("the rule of the issuer's name", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(issuerName);
  });

  it.each([
    ["another CA's name", nameDer(issuingName("5120-2", { name: "証明信用金庫" }))],
    ["the same name in another type of string", nameDer(issuingName("5120-1", { name: "証明信用金庫" }).map((attribute, place) => (
      place === 2 ? { ...attribute, value: tlv(0x13, Buffer.from("Shomei Issuing CA 5120-1")) } : attribute
    )))],
    ["no name", nameDer([])],
  ])("refuses %s", async (_what, issuer) => {
    expect(await breachesOf(changed(made("CLIENT"), { issuer }))).toEqual([BREACH]);
  });

  it("refuses a root that names another issuer", async () => {
    expect(await breachesOf(changed(made("ROOT"), { issuer: made("CLIENT").issuer.subject }))).toEqual([BREACH]);
  });
});
