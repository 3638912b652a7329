import { sequence, time, tlv } from "../../../src/pki/der.js";
import { timeForms } from "../../../src/pki/lints/timeForms.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made } from "../../support/tbs.js";

const utc = (text: string) => tlv(0x17, Buffer.from(text, "latin1"));
const generalized = (text: string) => tlv(0x18, Buffer.from(text, "latin1"));
/** A client's of one day up to this end, under an issuer of long life. */
const endingWith = (notAfter: Buffer, start: string) => {
  const client = made("CLIENT");
  const issuer = { ...client.issuer, notAfter: new Date("2060-01-01T00:00:00Z") };
  return changed({ ...client, issuer }, { validity: sequence(time(new Date(start)), notAfter) });
};

describe("the rule of the forms of times", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(timeForms);
  });

  it.each([
    ["the last second of UTCTime", utc("491231235959Z"), "2049-12-31T00:00:00Z"],
    ["the first second of GeneralizedTime", generalized("20500101000000Z"), "2049-12-31T00:00:00Z"],
    ["a leap day", utc("280229000000Z"), "2028-02-28T00:00:00Z"],
  ])("lets %s pass", async (_what, notAfter, start) => {
    expect(await breachesOf(endingWith(notAfter, start))).toEqual([]);
  });

  it.each([
    ["without seconds", utc("2711240100Z")],
    ["in Japan time", utc("271124010000+0900")],
    ["without Z", utc("271124010000")],
    ["with a blank for a digit", utc(" 71124010000Z")],
    ["with letters", utc("yymmddhhmmssZ")],
    ["of four digits of year", utc("20271124010000Z")],
    ["of nothing", utc("")],
    ["of a 29 February that isn't", utc("270229000000Z")],
    ["of a 31 April", utc("270431000000Z")],
    ["of month 13", utc("271301000000Z")],
    ["of month 0", utc("270001000000Z")],
    ["of hour 24", utc("271124240000Z")],
    ["of a leap second", utc("270630235960Z")],
  ])("refuses an end %s", async (_what, notAfter) => {
    expect(await breachesOf(endingWith(notAfter, "2027-01-01T00:00:00Z"))).toEqual(["timeForms: notAfter is no UTCTime of a real date in whole seconds of UTC"]);
  });

  it.each([
    ["before 2050 in the later form", generalized("20491231235959Z"), "written as GeneralizedTime, not UTCTime"],
    ["with fractions", generalized("20500101000000.5Z"), "no GeneralizedTime of a real date in whole seconds of UTC"],
    ["of two digits of year in the later form", generalized("500101000000Z"), "no GeneralizedTime of a real date in whole seconds of UTC"],
  ])("refuses an end %s", async (_what, notAfter, breach) => {
    expect(await breachesOf(endingWith(notAfter, "2049-12-31T00:00:00Z"))).toEqual([`timeForms: notAfter is ${breach}`]);
  });

  it("refuses a wrong form of the beginning, too", async () => {
    const validity = sequence(generalized("20261124005500Z"), utc("271124005459Z"));
    expect(await breachesOf(changed(made("CLIENT"), { validity }))).toEqual(["timeForms: notBefore is written as GeneralizedTime, not UTCTime"]);
  });

  it("takes a UTCTime of 50 for 1950", async () => {
    expect(await breachesOf(endingWith(utc("500101000000Z"), "2049-12-31T00:00:00Z"))).toEqual(["validityEnds: before it begins"]);
  });

  it.each([
    ["another type", sequence(tlv(0x0c, Buffer.from("261124005500Z")), utc("271124005459Z"))],
    ["a single one", sequence(utc("261124005500Z"))],
    ["three of them", sequence(utc("261124005500Z"), utc("271124005459Z"), utc("271124005459Z"))],
  ])("refuses %s as no DER of a certificate", async (_what, validity) => {
    expect(await breachesOf(changed(made("CLIENT"), { validity }))).toEqual([expect.stringMatching(/^der: /)]);
  });
});
