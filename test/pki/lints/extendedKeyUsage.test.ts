import { nothing, oid, sequence } from "../../../src/pki/der.js";
import { extendedKeyUsage } from "../../../src/pki/lints/extendedKeyUsage.js";
import { breachesOf, expectToHoldForAllWeMake, made, withValue } from "../../support/tbs.js";

const SERVER = "1.3.6.1.5.5.7.3.1";
const CLIENT = "1.3.6.1.5.5.7.3.2";
const OCSP = "1.3.6.1.5.5.7.3.9";
const ANY = "2.5.29.37.0";

describe("S4: the rule of extendedKeyUsage", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(extendedKeyUsage);
  });

  it("lets an issuing CA name its purposes in the other order", async () => {
    expect(await breachesOf(withValue(made("ISSUING"), "extendedKeyUsage", sequence(oid(OCSP), oid(CLIENT))))).toEqual([]);
  });

  it.each([
    ["a client that is a server, too", "CLIENT", [CLIENT, SERVER], CLIENT],
    ["a client for any purpose", "CLIENT", [ANY], CLIENT],
    ["a client that answers OCSP requests", "CLIENT", [CLIENT, OCSP], CLIENT],
    ["a client's purpose twice", "CLIENT", [CLIENT, CLIENT], CLIENT],
    ["an OCSP signer that is a client, too", "OCSP_SIGNER", [OCSP, CLIENT], OCSP],
    ["an OCSP signer without its purpose", "OCSP_SIGNER", [CLIENT], OCSP],
    ["an issuing CA for clients only", "ISSUING", [CLIENT], `${CLIENT}, ${OCSP}`],
    ["an issuing CA for servers, too", "ISSUING", [CLIENT, OCSP, SERVER], `${CLIENT}, ${OCSP}`],
    ["an issuing CA's one purpose twice", "ISSUING", [CLIENT, CLIENT], `${CLIENT}, ${OCSP}`],
    ["no purpose at all", "CLIENT", [], CLIENT],
  ] as const)("refuses %s", async (_what, profile, purposes, demanded) => {
    const value = sequence(...purposes.map(oid));
    expect(await breachesOf(withValue(made(profile), "extendedKeyUsage", value)))
      .toEqual([`extendedKeyUsage: ${purposes.join(", ") || "nothing"} instead of ${demanded}`]);
  });

  it.each([
    ["what isn't an OBJECT IDENTIFIER", sequence(nothing)],
    ["an OBJECT IDENTIFIER that isn't whole", sequence(Buffer.of(0x06, 0x01, 0x80))],
    ["something behind the list", Buffer.concat([sequence(oid(CLIENT)), nothing])],
    ["nothing", Buffer.alloc(0)],
  ])("refuses %s", async (_what, value) => {
    expect(await breachesOf(withValue(made("CLIENT"), "extendedKeyUsage", value))).toEqual([expect.stringMatching(/^extendedKeyUsage: /)]);
  });
});
