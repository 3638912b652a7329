import { DAY, SECOND, later } from "../../../src/foundation/clock.js";
import { sequence, time } from "../../../src/pki/der.js";
import { validityLength } from "../../../src/pki/lints/validityLength.js";
import { NOW, breachesOf, changed, expectToHoldForAllWeMake, made } from "../../support/tbs.js";

describe("S5: the rule of the length of the validity", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(validityLength);
  });

  it.each([
    ["ROOT", 7_305], ["ISSUING", 3_653], ["CLIENT", 1_098], ["OCSP_SIGNER", 31],
  ] as const)("allows %s %d days, both ends counted, and not a second more", async (profile, days) => {
    const original = made(profile);
    const forLong = { ...original, issuer: { ...original.issuer, notAfter: later(NOW, 8_000 * DAY) } };
    const lasting = (milliseconds: number) => changed(forLong, { validity: sequence(time(NOW), time(later(NOW, milliseconds))) });
    expect(await breachesOf(lasting(days * DAY - SECOND))).toEqual([]);
    expect(await breachesOf(lasting(days * DAY))).toEqual([`validityLength: longer than ${days} days`]);
  });
});
