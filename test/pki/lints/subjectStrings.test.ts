import { oid, sequence, tlv } from "../../../src/pki/der.js";
import { subjectStrings } from "../../../src/pki/lints/subjectStrings.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made } from "../../support/tbs.js";

const utf8 = (text: string) => tlv(0x0c, Buffer.from(text));
const printable = (text: string) => tlv(0x13, Buffer.from(text));
const ordinary = { "2.5.4.6": printable("JP"), "2.5.4.10": utf8("株式会社サンプル商事"), "2.5.4.3": utf8("経理　太郎"), "2.5.4.5": printable("5120-taro001") };
type Id = keyof typeof ordinary;
const withAttribute = (id: Id, value: Buffer) => {
  const ids: Id[] = ["2.5.4.6", "2.5.4.10", "2.5.4.3", "2.5.4.5"];
  return changed(made("CLIENT"), { subject: sequence(...ids.map((one) => tlv(0x31, sequence(oid(one), one === id ? value : ordinary[one])))) });
};

describe("the rule of the subject's strings", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(subjectStrings);
  });

  it.each([
    ["Japanese", utf8("経理　太郎")], ["beyond the basic plane", utf8("𠮷野 🏦")], ["punctuation", utf8("A+B=C, \"#1\"; <x>\\")],
    ["a combining accent", utf8("e\u0301")], ["half width", utf8("ﾃｽﾄ")],
  ])("lets a name in %s pass", async (_what, value) => {
    expect(await breachesOf(withAttribute("2.5.4.3", value))).toEqual([]);
  });

  it.each<[string, Id, Buffer, string]>([
    ["a country in UTF8String", "2.5.4.6", utf8("JP"), "no PrintableString"],
    ["a country in small letters", "2.5.4.6", printable("jp"), "not in capitals"],
    ["a serialNumber in UTF8String", "2.5.4.5", utf8("5120-taro001"), "no PrintableString"],
    ["a serialNumber with an underscore", "2.5.4.5", printable("5120_taro"), "no PrintableString of what may stand in a name"],
    ["a serialNumber with an asterisk", "2.5.4.5", printable("5120*"), "no PrintableString of what may stand in a name"],
    ["a serialNumber in Japanese octets", "2.5.4.5", printable("太郎"), "no PrintableString of what may stand in a name"],
    ["an organization in PrintableString", "2.5.4.10", printable("Sample"), "no UTF8String"],
    ["a commonName in BMPString", "2.5.4.3", tlv(0x1e, Buffer.from("太郎", "utf16le").swap16()), "no UTF8String"],
    ["a commonName in T61String", "2.5.4.3", tlv(0x14, Buffer.from("Taro")), "no UTF8String"],
    ["a commonName in pieces", "2.5.4.3", tlv(0x2c, utf8("Taro")), "no UTF8String"],
    ["a commonName in Shift_JIS", "2.5.4.3", tlv(0x0c, Buffer.from("91be9859", "hex")), "no UTF8String of what may stand in a name"],
    ["an overlong form in UTF-8", "2.5.4.3", tlv(0x0c, Buffer.from("c0af", "hex")), "no UTF8String of what may stand in a name"],
    ["a surrogate in UTF-8", "2.5.4.3", tlv(0x0c, Buffer.from("eda080", "hex")), "no UTF8String of what may stand in a name"],
    ["a character cut in two", "2.5.4.3", tlv(0x0c, Buffer.from("太").subarray(0, 2)), "no UTF8String of what may stand in a name"],
    ["a NUL", "2.5.4.3", utf8("bank.example\0.evil.example"), "no UTF8String of what may stand in a name"],
    ["a line end", "2.5.4.3", utf8("経理\n太郎"), "no UTF8String of what may stand in a name"],
    ["a carriage return", "2.5.4.10", utf8("経理\r"), "no UTF8String of what may stand in a name"],
    ["a DEL", "2.5.4.10", utf8("\u007f"), "no UTF8String of what may stand in a name"],
    ["a C1 control", "2.5.4.10", utf8("\u0085"), "no UTF8String of what may stand in a name"],
    ["a mark that turns the direction of reading", "2.5.4.10", utf8("\u202Etfelroirp"), "no UTF8String of what may stand in a name"],
  ])("refuses %s", async (_what, id, value, breach) => {
    expect(await breachesOf(withAttribute(id, value))).toEqual([`subjectStrings: ${id} is ${breach}`]);
  });
});
