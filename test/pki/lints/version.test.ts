import { integer, tlv } from "../../../src/pki/der.js";
import { version } from "../../../src/pki/lints/version.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made } from "../../support/tbs.js";

describe("the rule of the version", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(version);
  });

  it.each([
    ["v1, unsaid", Buffer.alloc(0), "v1, unsaid"],
    ["v1, said", tlv(0xa0, integer(0)), "00"],
    ["v2", tlv(0xa0, integer(1)), "01"],
    ["v4", tlv(0xa0, integer(3)), "03"],
    ["v3 in more octets than needed", tlv(0xa0, tlv(0x02, Buffer.of(0, 2))), "0002"],
    ["no number", tlv(0xa0, tlv(0x02)), ""],
  ])("refuses %s", async (_what, field, found) => {
    expect(await breachesOf(changed(made("CLIENT"), { version: field }))).toEqual([`version: not v3 but ${found}`]);
  });

  it.each([
    ["a version that isn't an INTEGER", tlv(0xa0, tlv(0x04, Buffer.of(2)))],
    ["two of them", tlv(0xa0, integer(2), integer(2))],
  ])("refuses %s as no DER of a certificate", async (_what, field) => {
    expect(await breachesOf(changed(made("CLIENT"), { version: field }))).toEqual([expect.stringMatching(/^der: /)]);
  });
});
