import fc from "fast-check";
import { newSerialNumber, parseSerialNumber, serialOctets } from "../../src/pki/serialNumber.js";

describe("S1: of 100,000 new serial numbers", () => {
  const serials = Array.from({ length: 100_000 }, newSerialNumber);

  it("none is repeated", () => {
    expect(new Set(serials).size).toBe(serials.length);
  });

  it("none repeats the random part of another, either: the first octet is not what tells them apart", () => {
    expect(new Set(serials.map((serial) => serial.slice(2))).size).toBe(serials.length);
  });

  it("each has 17 content octets in DER, well within the 20 of RFC 5280 §4.1.2.2", () => {
    expect(new Set(serials.map((serial) => serialOctets(serial).length))).toEqual(new Set([17]));
  });

  it("each begins with an octet from 0x01 to 0x7F, and every one of these occurs", () => {
    const first = new Set(serials.map((serial) => serialOctets(serial)[0] ?? 0));
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 0x7f }, (_, index) => index + 1));
  });

  it("every bit of the other 16 octets is set about as often as not", () => {
    const often = Array.from({ length: 128 }, () => 0);
    for (const serial of serials) {
      const octets = serialOctets(serial);
      for (let bit = 0; bit < 128; bit++) often[bit] = (often[bit] ?? 0) + (((octets[1 + (bit >> 3)] ?? 0) >> (bit & 7)) & 1);
    }
    // Ten standard deviations (158 each): no honest generator gets there, a constant bit is fifty times as far.
    expect(often.filter((count) => Math.abs(count - 50_000) > 1_580)).toEqual([]);
  });

  it("each is in the one textual form already", () => {
    expect(serials.filter((serial) => parseSerialNumber(serial) !== serial)).toEqual([]);
  });
});

const greatest = 2n ** 159n - 1n; // 20 octets, top bit clear

/** The one form, reckoned another way. */
function printed(value: bigint): string {
  const hex = value.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

const aSerial = fc.oneof(
  fc.bigInt({ min: 1n, max: greatest }),
  fc.integer({ min: 0, max: 158 }).map((bits) => 2n ** BigInt(bits)),
  fc.integer({ min: 1, max: 159 }).map((bits) => 2n ** BigInt(bits) - 1n),
);

const aSpelling = fc.record({
  prefix: fc.constantFrom("", "0x", "0X"),
  zeros: fc.nat({ max: 8 }),
  between: fc.constantFrom("", ":", " "),
  isUpper: fc.boolean(),
  around: fc.constantFrom("", " ", "\n", "\t", "\r\n"),
}).map(({ prefix, zeros, between, isUpper, around }) => (value: bigint) => {
  const digits = "0".repeat(zeros) + printed(value);
  const pairs = (digits.length % 2 === 0 ? digits : `0${digits}`).match(/../g) ?? [];
  const text = pairs.join(between);
  return around + prefix + (isUpper ? text.toUpperCase() : text) + around;
});

describe("S7: the one textual form of a serial number", () => {
  it("is read back as itself", () => {
    fc.assert(fc.property(aSerial, (value) => {
      expect(parseSerialNumber(printed(value))).toBe(printed(value));
    }), { numRuns: 1_000 });
  });

  it("is what every accepted spelling gives", () => {
    fc.assert(fc.property(aSerial, aSpelling, (value, spelt) => {
      expect(parseSerialNumber(spelt(value))).toBe(printed(value));
    }), { numRuns: 2_000 });
  });

  it("stands for the same number in DER: 1–20 octets, positive, not longer than needed", () => {
    fc.assert(fc.property(aSerial, (value) => {
      const octets = serialOctets(printed(value));
      expect(BigInt(`0x${octets.toString("hex")}`)).toBe(value);
      expect(octets.length).toBeLessThanOrEqual(20);
      expect((octets[0] ?? 0xff) & 0x80).toBe(0);
      if (octets[0] === 0) expect((octets[1] ?? 0) & 0x80).toBe(0x80);
    }), { numRuns: 1_000 });
  });

  it("or nothing is what any text whatever gives", () => {
    const anyText = fc.oneof(fc.uint16Array().map((units) => String.fromCharCode(...units)), fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF: x-+.") }));
    fc.assert(fc.property(anyText, (text) => {
      const serial = parseSerialNumber(text);
      return serial === undefined || (/^(?!00)(?:[0-9a-f]{2}){1,20}$/.test(serial) && parseSerialNumber(serial) === serial);
    }), { numRuns: 2_000 });
  });

  it.each([
    ["one digit", "1", "01"],
    ["openssl's", "0F:A1:B2", "0fa1b2"],
    ["a browser's", "0f a1 b2", "0fa1b2"],
    ["a program's", "0x0FA1B2", "0fa1b2"],
    ["with DER's zero before a set top bit", "00:80:01", "8001"],
    ["of 19 octets with the top bit set, the longest that has one", "80".repeat(19), "80".repeat(19)],
    ["of 20 octets, the greatest there is", `7f${"ff".repeat(19)}`, `7f${"ff".repeat(19)}`],
    ["of 20 octets behind zeros", `0000${"11".repeat(20)}`, "11".repeat(20)],
  ])("reads a serial %s", (_whose, text, serial) => {
    expect(parseSerialNumber(text)).toBe(serial);
  });

  it.each([
    ["nothing", ""],
    ["blanks", "  \n"],
    ["colons", ":::"],
    ["a prefix alone", "0x"],
    ["0", "0"],
    ["00", "00"],
    ["many zeros", "00:00:00"],
    ["21 octets", `01${"00".repeat(20)}`],
    ["20 octets with the top bit set, 21 in DER", `80${"00".repeat(19)}`],
    ["letters", "xyz"],
    ["one letter among digits", "12g4"],
    ["a minus", "-01"],
    ["a minus inside", "01-02"],
    ["a plus", "+01"],
    ["a point", "1.5"],
    ["an exponent with a sign", "1e+3"],
    ["two prefixes", "0x0x01"],
    ["a NUL", "01\u0000"],
    ["full-width digits", "０１"],
    ["201 characters", "0".repeat(199) + "01"],
    ["a million digits", "1".repeat(1_000_000)],
  ])("refuses %s", (_what, text) => {
    expect(parseSerialNumber(text)).toBeUndefined();
  });
});
