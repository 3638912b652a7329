import { nothing, sequence, tlv } from "../../../src/pki/der.js";
import { ocspNoCheck } from "../../../src/pki/lints/ocspNoCheck.js";
import { breachesOf, expectToHoldForAllWeMake, made, withValue } from "../../support/tbs.js";

describe("S19: the rule of id-pkix-ocsp-nocheck", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(ocspNoCheck);
  });

  it.each([
    ["nothing", Buffer.alloc(0)], ["an empty SEQUENCE", sequence()], ["a NULL with something in it", tlv(0x05, Buffer.of(0))],
    ["a NULL with something behind it", Buffer.concat([nothing, nothing])],
  ])("refuses %s instead of NULL", async (_what, value) => {
    expect(await breachesOf(withValue(made("OCSP_SIGNER"), "ocspNoCheck", value))).toEqual([`ocspNoCheck: ${value.toString("hex")} instead of NULL`]);
  });
});
