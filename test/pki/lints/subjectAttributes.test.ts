import { oid, sequence, tlv } from "../../../src/pki/der.js";
import { subjectAttributes } from "../../../src/pki/lints/subjectAttributes.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made, profiles } from "../../support/tbs.js";

const attribute = (id: string, tag: number, text: string) => sequence(oid(id), tlv(tag, Buffer.from(text)));
const country = attribute("2.5.4.6", 0x13, "JP");
const organization = attribute("2.5.4.10", 0x0c, "株式会社サンプル商事");
const unit = attribute("2.5.4.11", 0x0c, "経理部");
const commonName = attribute("2.5.4.3", 0x0c, "経理　太郎");
const serialNumber = attribute("2.5.4.5", 0x13, "5120-taro001");
const email = attribute("1.2.840.113549.1.9.1", 0x16, "taro@example.jp");

const alone = (attribute: Buffer) => tlv(0x31, attribute);
const each = (...attributes: Buffer[]) => sequence(...attributes.map(alone));
const CLIENTS = "2.5.4.6, 2.5.4.10, 2.5.4.3, 2.5.4.5";

describe("the rule of the subject's attributes", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(subjectAttributes);
  });

  it.each([
    ["none", each(), "nothing"],
    ["one too few", each(country, organization, commonName), "2.5.4.6, 2.5.4.10, 2.5.4.3"],
    ["one too many", each(country, organization, unit, commonName, serialNumber), "2.5.4.6, 2.5.4.10, 2.5.4.11, 2.5.4.3, 2.5.4.5"],
    ["an e-mail address", each(country, organization, commonName, serialNumber, email), `${CLIENTS}, 1.2.840.113549.1.9.1`],
    ["one twice", each(country, organization, commonName, commonName, serialNumber), "2.5.4.6, 2.5.4.10, 2.5.4.3, 2.5.4.3, 2.5.4.5"],
    ["another order", each(country, commonName, organization, serialNumber), "2.5.4.6, 2.5.4.3, 2.5.4.10, 2.5.4.5"],
    ["two in one relative name", sequence(alone(country), alone(organization), tlv(0x31, serialNumber, commonName)), "2.5.4.6, 2.5.4.10, 2.5.4.5+2.5.4.3"],
    ["an empty relative name", sequence(tlv(0x31), ...[country, organization, commonName, serialNumber].map(alone)), `, ${CLIENTS}`],
  ])("refuses %s for a client", async (_what, subject, found) => {
    expect(await breachesOf(changed(made("CLIENT"), { subject }))).toEqual([`subjectAttributes: ${found} instead of ${CLIENTS}`]);
  });

  it.each(profiles.filter((profile) => profile !== "CLIENT"))("refuses %s with a client's serialNumber", async (profile) => {
    const subject = each(country, organization, commonName, serialNumber);
    expect(await breachesOf(changed(made(profile), { subject }))).toContain(`subjectAttributes: ${CLIENTS} instead of 2.5.4.6, 2.5.4.10, 2.5.4.3`);
  });

  it.each([
    ["an attribute without a value", sequence(tlv(0x31, sequence(oid("2.5.4.6"))))],
    ["an attribute of two values", sequence(tlv(0x31, sequence(oid("2.5.4.6"), tlv(0x13), tlv(0x13))))],
    ["an attribute without its SET", sequence(country)],
  ])("refuses %s as no DER of a certificate", async (_what, subject) => {
    expect(await breachesOf(changed(made("CLIENT"), { subject }))).toEqual([expect.stringMatching(/^der: /)]);
  });
});
