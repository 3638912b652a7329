import { integer, sequence, tlv } from "../../../src/pki/der.js";
import { basicConstraints } from "../../../src/pki/lints/basicConstraints.js";
import { TRUE, breachesOf, expectToHoldForAllWeMake, made, withValue } from "../../support/tbs.js";

const FALSE = tlv(0x01, Buffer.of(0));

describe("S4: the rule of basicConstraints", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(basicConstraints);
  });

  it.each([
    ["a client that is a CA", "CLIENT", sequence(TRUE)],
    ["a client that is a CA with a path length", "CLIENT", sequence(TRUE, integer(0))],
    ["a client with FALSE said, which isn't DER", "CLIENT", sequence(FALSE)],
    ["a client with a path length", "CLIENT", sequence(integer(0))],
    ["an OCSP signer that is a CA", "OCSP_SIGNER", sequence(TRUE)],
    ["an issuing CA that is none", "ISSUING", sequence()],
    ["an issuing CA without a path length", "ISSUING", sequence(TRUE)],
    ["an issuing CA over another", "ISSUING", sequence(TRUE, integer(1))],
    ["an issuing CA with a TRUE of BER", "ISSUING", sequence(tlv(0x01, Buffer.of(1)), integer(0))],
    ["an issuing CA with something behind the path length", "ISSUING", sequence(TRUE, integer(0), integer(0))],
    ["a root that is no CA", "ROOT", sequence()],
    ["a root with a path length", "ROOT", sequence(TRUE, integer(1))],
    ["what isn't a SEQUENCE", "CLIENT", tlv(0x31)],
    ["nothing", "CLIENT", Buffer.alloc(0)],
    ["something behind the SEQUENCE", "CLIENT", Buffer.concat([sequence(), sequence()])],
  ] as const)("refuses %s", async (_what, profile, value) => {
    const [breach, ...others] = await breachesOf(withValue(made(profile), "basicConstraints", value));
    expect(breach).toMatch(new RegExp(`^basicConstraints: ${value.toString("hex")} instead of `));
    expect(others).toEqual([]);
  });
});
