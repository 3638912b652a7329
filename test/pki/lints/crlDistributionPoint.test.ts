import { nothing, sequence, tlv } from "../../../src/pki/der.js";
import { crlDistributionPoint } from "../../../src/pki/lints/crlDistributionPoint.js";
import { breachesOf, expectToHoldForAllWeMake, made, withValue } from "../../support/tbs.js";

const uri = (address: string) => tlv(0x86, Buffer.from(address));
const HTTP = uri("http://pki.shomei.example/x.crl");
const point = (names: Buffer[], ...more: Buffer[]) => sequence(tlv(0xa0, tlv(0xa0, ...names)), ...more);
const reasons = tlv(0x81, Buffer.of(5, 0x60));
const crlIssuer = tlv(0xa2, tlv(0xa4, made("CLIENT").issuer.subject));

describe("the rule of the CRL distribution point", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(crlDistributionPoint);
  });

  it("lets another http address pass, on a client and on an issuing CA", async () => {
    expect(await breachesOf(withValue(made("CLIENT"), "crlDistributionPoints", sequence(point([HTTP]))))).toEqual([]);
    expect(await breachesOf(withValue(made("ISSUING"), "crlDistributionPoints", sequence(point([HTTP]))))).toEqual([]);
  });

  it.each([
    ["two points", sequence(point([HTTP]), point([HTTP])), "more than one"],
    ["two addresses of one point", sequence(point([HTTP, HTTP])), "more than one address"],
    ["reasons", sequence(point([HTTP], reasons)), "reasons or a cRLIssuer"],
    ["another issuer of the CRL", sequence(point([HTTP], crlIssuer)), "reasons or a cRLIssuer"],
    ["https", sequence(point([uri("https://pki.shomei.example/x.crl")])), "no absolute http address"],
    ["credentials", sequence(point([uri("http://a:b@pki.shomei.example/x.crl")])), "an address with credentials"],
    ["an address in UTF-8", sequence(point([uri("http://証明.example/x.crl")])), "an address with other characters than visible ASCII"],
  ])("refuses %s", async (_what, value, breach) => {
    expect(await breachesOf(withValue(made("CLIENT"), "crlDistributionPoints", value))).toEqual([`crlDistributionPoint: ${breach}`]);
  });

  it.each([
    ["no point", sequence()],
    ["a point without a place", sequence(sequence())],
    ["a point with an issuer of the CRL only", sequence(sequence(crlIssuer))],
    ["a name relative to the issuer's", sequence(sequence(tlv(0xa0, tlv(0xa1))))],
    ["a place in two forms", sequence(sequence(tlv(0xa0, tlv(0xa0, HTTP), tlv(0xa1))))],
    ["no address", sequence(point([]))],
    ["a directory name", sequence(point([tlv(0xa4, made("CLIENT").issuer.subject)]))],
    ["something behind the list", Buffer.concat([sequence(point([HTTP])), nothing])],
    ["nothing", Buffer.alloc(0)],
  ])("refuses %s", async (_what, value) => {
    expect(await breachesOf(withValue(made("CLIENT"), "crlDistributionPoints", value))).toEqual([expect.stringMatching(/^crlDistributionPoint: /)]);
  });
});
