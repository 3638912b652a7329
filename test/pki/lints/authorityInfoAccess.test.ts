import { nothing, oid, sequence, tlv } from "../../../src/pki/der.js";
import { authorityInfoAccess } from "../../../src/pki/lints/authorityInfoAccess.js";
import { breachesOf, expectToHoldForAllWeMake, made, withValue } from "../../support/tbs.js";

const OCSP = "1.3.6.1.5.5.7.48.1";
const CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
const CA_REPOSITORY = "1.3.6.1.5.5.7.48.5";
const access = (method: string, address = "http://pki.shomei.example/x") => sequence(oid(method), tlv(0x86, Buffer.from(address)));

describe("the rule of the authority information access", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(authorityInfoAccess);
  });

  it("lets a client's stand in the other order", async () => {
    expect(await breachesOf(withValue(made("CLIENT"), "authorityInfoAccess", sequence(access(CA_ISSUERS), access(OCSP))))).toEqual([]);
  });

  it.each([
    ["a client without OCSP", "CLIENT", [CA_ISSUERS], `${OCSP}, ${CA_ISSUERS}`],
    ["a client without its issuer's certificate", "CLIENT", [OCSP], `${OCSP}, ${CA_ISSUERS}`],
    ["a client with two places for OCSP", "CLIENT", [OCSP, OCSP, CA_ISSUERS], `${OCSP}, ${CA_ISSUERS}`],
    ["a client with OCSP twice and nothing else", "CLIENT", [OCSP, OCSP], `${OCSP}, ${CA_ISSUERS}`],
    ["a client with another method", "CLIENT", [OCSP, CA_ISSUERS, CA_REPOSITORY], `${OCSP}, ${CA_ISSUERS}`],
    ["an issuing CA with OCSP", "ISSUING", [OCSP, CA_ISSUERS], CA_ISSUERS],
    ["an issuing CA with its issuer's certificate in two places", "ISSUING", [CA_ISSUERS, CA_ISSUERS], CA_ISSUERS],
    ["none", "CLIENT", [], `${OCSP}, ${CA_ISSUERS}`],
  ] as const)("refuses %s", async (_what, profile, methods, demanded) => {
    const value = sequence(...methods.map((method) => access(method)));
    expect(await breachesOf(withValue(made(profile), "authorityInfoAccess", value)))
      .toEqual([`authorityInfoAccess: ${methods.join(", ") || "nothing"} instead of ${demanded}`]);
  });

  it.each([
    ["https", "https://pki.shomei.example/ocsp", "no absolute http address"],
    ["credentials", "http://a:b@pki.shomei.example/ocsp", "an address with credentials"],
    ["other characters than ASCII", "http://証明.example/", "an address with other characters than visible ASCII"],
  ])("refuses an address with %s", async (_what, address, breach) => {
    expect(await breachesOf(withValue(made("CLIENT"), "authorityInfoAccess", sequence(access(OCSP, address), access(CA_ISSUERS)))))
      .toEqual([`authorityInfoAccess: ${breach}`]);
  });

  it.each([
    ["a directory name for an address", sequence(access(OCSP), sequence(oid(CA_ISSUERS), tlv(0xa4, made("CLIENT").issuer.subject)))],
    ["something behind an address", sequence(access(OCSP), sequence(oid(CA_ISSUERS), tlv(0x86, Buffer.from("http://a/")), nothing))],
    ["something behind the list", Buffer.concat([sequence(access(OCSP), access(CA_ISSUERS)), nothing])],
    ["nothing", Buffer.alloc(0)],
  ])("refuses %s", async (_what, value) => {
    expect(await breachesOf(withValue(made("CLIENT"), "authorityInfoAccess", value))).toEqual([expect.stringMatching(/^authorityInfoAccess: /)]);
  });
});
