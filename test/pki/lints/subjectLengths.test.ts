import { oid, sequence, tlv } from "../../../src/pki/der.js";
import { subjectLengths } from "../../../src/pki/lints/subjectLengths.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made } from "../../support/tbs.js";

const withSubject = ({ country = "JP", organization = "商事", commonName = "太郎", serialNumber = "5120-1" }) => {
  const attribute = (id: string, tag: number, text: string) => tlv(0x31, sequence(oid(id), tlv(tag, Buffer.from(text))));
  const subject = sequence(
    attribute("2.5.4.6", 0x13, country), attribute("2.5.4.10", 0x0c, organization), attribute("2.5.4.3", 0x0c, commonName),
    attribute("2.5.4.5", 0x13, serialNumber),
  );
  return changed(made("CLIENT"), { subject });
};

describe("the rule of the subject's lengths", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(subjectLengths);
  });

  it.each([
    ["64 characters of three octets each", { organization: "字".repeat(64), commonName: "字".repeat(64), serialNumber: "1".repeat(64) }],
    ["64 characters that are pairs in UTF-16", { organization: "𠮷".repeat(64), commonName: "🏦".repeat(64) }],
    ["single characters", { organization: "字", commonName: "字", serialNumber: "1" }],
  ])("lets %s pass", async (_what, names) => {
    expect(await breachesOf(withSubject(names))).toEqual([]);
  });

  it.each([
    ["a country of three letters", { country: "JPN" }, "2.5.4.6 of 3 characters, not 2 to 2"],
    ["a country of one letter", { country: "J" }, "2.5.4.6 of 1 characters, not 2 to 2"],
    ["an empty organization", { organization: "" }, "2.5.4.10 of 0 characters, not 1 to 64"],
    ["an organization of 65 characters", { organization: "字".repeat(65) }, "2.5.4.10 of 65 characters, not 1 to 64"],
    ["an empty commonName", { commonName: "" }, "2.5.4.3 of 0 characters, not 1 to 64"],
    ["a commonName of 65 characters", { commonName: "x".repeat(65) }, "2.5.4.3 of 65 characters, not 1 to 64"],
    ["an empty serialNumber", { serialNumber: "" }, "2.5.4.5 of 0 characters, not 1 to 64"],
    ["a serialNumber of 65 characters", { serialNumber: "1".repeat(65) }, "2.5.4.5 of 65 characters, not 1 to 64"],
  ])("refuses %s", async (_what, names, breach) => {
    expect(await breachesOf(withSubject(names))).toEqual([`subjectLengths: ${breach}`]);
  });
});
