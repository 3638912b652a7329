import { keyUsage } from "../../../src/pki/lints/keyUsage.js";
import { breachesOf, expectToHoldForAllWeMake, made, withValue } from "../../support/tbs.js";

const OF_HOLDERS = "03020780 (digitalSignature)";
const OF_CAS = "03020106 (keyCertSign, cRLSign)";

describe("S4: the rule of keyUsage", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(keyUsage);
  });

  it.each([
    ["a client that signs certificates", "CLIENT", "03020284", OF_HOLDERS],
    ["a client with nonRepudiation, too", "CLIENT", "030206c0", OF_HOLDERS],
    ["a client with keyEncipherment", "CLIENT", "03020520", OF_HOLDERS],
    ["a client's bit with zeros behind it, which isn't DER", "CLIENT", "03020080", OF_HOLDERS],
    ["a client's bit with an octet behind it, which isn't DER", "CLIENT", "0303078000", OF_HOLDERS],
    ["a client's bit with something in the unused ones", "CLIENT", "03020781", OF_HOLDERS],
    ["a client without any bit", "CLIENT", "030100", OF_HOLDERS],
    ["a client's without a BIT STRING", "CLIENT", "04020780", OF_HOLDERS],
    ["an OCSP signer that signs CRLs", "OCSP_SIGNER", "03020182", OF_HOLDERS],
    ["an issuing CA that also signs anything", "ISSUING", "03020186", OF_CAS],
    ["an issuing CA that doesn't sign CRLs", "ISSUING", "03020204", OF_CAS],
    ["an issuing CA with a client's", "ISSUING", "03020780", OF_CAS],
    ["a root that also signs anything", "ROOT", "03020186", OF_CAS],
    ["nothing", "ROOT", "", OF_CAS],
  ] as const)("refuses %s", async (_what, profile, hex, demanded) => {
    expect(await breachesOf(withValue(made(profile), "keyUsage", Buffer.from(hex, "hex")))).toEqual([`keyUsage: ${hex} instead of ${demanded}`]);
  });
});
