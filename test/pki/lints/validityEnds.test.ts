import { SECOND, later } from "../../../src/foundation/clock.js";
import { sequence, time } from "../../../src/pki/der.js";
import { validityEnds } from "../../../src/pki/lints/validityEnds.js";
import { NOW, breachesOf, changed, expectToHoldForAllWeMake, made } from "../../support/tbs.js";

const lasting = (notBefore: Date, notAfter: Date) => changed(made("CLIENT"), { validity: sequence(time(notBefore), time(notAfter)) });

describe("S5: the rule of where the validity ends", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(validityEnds);
  });

  it("lets the issuer's own last second pass, and refuses the next", async () => {
    const end = made("CLIENT").issuer.notAfter;
    expect(await breachesOf(lasting(later(end, -SECOND), end))).toEqual([]);
    expect(await breachesOf(lasting(later(end, -SECOND), later(end, SECOND)))).toEqual(["validityEnds: after its issuer"]);
  });

  it("refuses an end before the beginning, and one at it", async () => {
    expect(await breachesOf(lasting(NOW, later(NOW, SECOND)))).toEqual([]);
    expect(await breachesOf(lasting(NOW, NOW))).toEqual(["validityEnds: before it begins"]);
    expect(await breachesOf(lasting(NOW, later(NOW, -SECOND)))).toEqual(["validityEnds: before it begins"]);
  });
});
