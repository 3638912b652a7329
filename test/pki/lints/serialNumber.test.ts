import { tlv } from "../../../src/pki/der.js";
import { serialNumber } from "../../../src/pki/lints/serialNumber.js";
import { breachesOf, changed, expectToHoldForAllWeMake, made } from "../../support/tbs.js";

const withSerial = (octets: Buffer) => changed(made("CLIENT"), { serialNumber: tlv(0x02, octets) });

describe("the rule of the serial number", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(serialNumber);
  });

  it.each([
    ["one octet", "01"],
    ["one octet with its top bit set, behind a zero", "0080"],
    ["20 octets", `7f${"ff".repeat(19)}`],
    ["19 octets with the top bit set, behind a zero", `00${"ff".repeat(19)}`],
  ])("lets %s pass", async (_what, octets) => {
    expect(await breachesOf(withSerial(Buffer.from(octets, "hex")))).toEqual([]);
  });

  it.each([
    ["", "no octets"],
    ["00", "zero"],
    ["80", "negative"],
    ["ff".repeat(20), "negative"],
    ["0001", "a needless zero octet in front"],
    [`007f${"ff".repeat(16)}`, "a needless zero octet in front"],
    ["0000", "a needless zero octet in front"],
    [`00${"ff".repeat(20)}`, "21 octets, more than 20"],
    [`01${"00".repeat(20)}`, "21 octets, more than 20"],
  ])("refuses the octets %j: %s", async (octets, breach) => {
    expect(await breachesOf(withSerial(Buffer.from(octets, "hex")))).toEqual([`serialNumber: ${breach}`]);
  });
});
