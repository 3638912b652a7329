import fc from "fast-check";
import { generalizedTime, header, integer, octetString, oid, sequence, time, tlv } from "../../src/pki/der.js";
import { DerError, DerReader, dottedOid, enterDer } from "../../src/pki/derReader.js";

const hex = (digits: string) => Buffer.from(digits.replace(/ /g, ""), "hex");

describe("the DER reader", () => {
  it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 1 << 24])("reads what the writer wrote with %d octets in it", (length) => {
    const content = Buffer.alloc(length, 7);
    const element = new DerReader(Buffer.concat([octetString(content), hex("0500")])).read(0x04);
    expect(element.content.equals(content)).toBe(true);
    expect(element.der.equals(Buffer.concat([header(0x04, length), content]))).toBe(true);
  });

  it("reads one element after the other, and into them", () => {
    const outer = enterDer(sequence(integer(1), sequence(octetString(Buffer.of(2)), integer(3))), 0x30);
    expect(outer.read(0x02).content).toEqual(Buffer.of(1));
    expect(outer.readIf(0x04)).toBeUndefined();
    const inner = outer.enter(0x30);
    expect(inner.readIf(0x04)?.content).toEqual(Buffer.of(2));
    expect(inner.isAtEnd).toBe(false);
    expect(inner.read()).toEqual({ tag: 0x02, der: integer(3), content: Buffer.of(3) });
    expect([inner.isAtEnd, outer.isAtEnd]).toEqual([true, true]);
    outer.finish();
  });

  it.each([
    ["nothing at all", ""],
    ["a tag without a length", "04"],
    ["an element that ends beyond its surroundings", "04 02 00"],
    ["a length that ends in its middle", "04 82 01"],
    ["an indefinite length (X.690 §8.1.3.6)", "30 80 00 00"],
    ["a length of five octets", "04 85 00 00 00 00 01 00"],
    ["a long length where a short one does (§10.1)", `04 81 7f ${"00".repeat(127)}`],
    ["a length with a leading zero (§10.1)", `04 82 00 80 ${"00".repeat(128)}`],
    ["the largest length there is", "04 84 ff ff ff ff 00"],
    ["a tag of several octets", "1f 81 01 00"],
  ])("refuses %s", (_what, bytes) => {
    expect(() => new DerReader(hex(bytes)).read()).toThrow(DerError);
  });

  it("refuses another tag than the one that must stand there, and whatever follows the end", () => {
    expect(() => new DerReader(integer(1)).read(0x04)).toThrow("tag 0x02 where 0x04 must stand");
    expect(() => enterDer(Buffer.concat([sequence(), Buffer.of(0)]), 0x30)).toThrow("behind the end");
    expect(() => { enterDer(sequence(integer(1)), 0x30).finish(); }).toThrow(DerError);
  });

  it("reads any bytes or throws DerError, and never more than there are", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => {
      const reader = new DerReader(Buffer.from(octets));
      let read = 0;
      try {
        while (!reader.isAtEnd) read += reader.read().der.length;
      } catch (error) {
        expect(error).toBeInstanceOf(DerError);
      }
      expect(read).toBeLessThanOrEqual(octets.length);
    }));
  });
});

describe("an object identifier", () => {
  it.each(["0.9.2342", "1.3.14.3.2.26", "2.5.29.20", "2.16.840.1.101.3.4.2.1", "2.999.1", "1.2.840.113549.1.1.11"])("%s is read as it was written", (dotted) => {
    const written = dotted === "2.999.1" ? hex("06 03 88 37 01") : oid(dotted);
    expect(dottedOid(new DerReader(written).read(0x06).content)).toBe(dotted);
  });

  it.each([
    ["nothing", ""], ["a needless octet", "80 01"], ["a needless octet further on", "2a 80 01"], ["no end", "2a 86"],
    ["an arc beyond all measure", `2a ${"ff".repeat(8)} 7f`],
  ])("is refused that has %s", (_what, content) => {
    expect(() => dottedOid(hex(content))).toThrow(DerError);
  });
});

describe("the times of the writer", () => {
  it.each([
    ["1950-01-01T00:00:00Z", "UTCTime", tlv(0x17, Buffer.from("500101000000Z"))],
    ["1999-12-31T23:59:59Z", "UTCTime", tlv(0x17, Buffer.from("991231235959Z"))],
    ["2049-12-31T23:59:59.999Z", "UTCTime", tlv(0x17, Buffer.from("491231235959Z"))],
    ["2050-01-01T00:00:00Z", "GeneralizedTime", tlv(0x18, Buffer.from("20500101000000Z"))],
    ["9999-12-31T23:59:59Z", "GeneralizedTime", tlv(0x18, Buffer.from("99991231235959Z"))],
  ])("tell %s as %s, to the whole second", (instant, _type, expected) => {
    expect(time(new Date(instant))).toEqual(expected);
  });

  it("tell every instant of their years as the calendar does", () => {
    fc.assert(fc.property(fc.date({ min: new Date("1950-01-01Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true }), (instant) => {
      const digits = instant.toISOString().replace(/\.\d{3}|[-:T]/g, "");
      expect(generalizedTime(instant).toString("latin1", 2)).toBe(digits);
      expect(time(instant).toString("latin1", 2)).toBe(instant.getUTCFullYear() < 2050 ? digits.slice(2) : digits);
    }));
  });

  it.each(["1949-12-31T23:59:59Z", "+010000-01-01T00:00:00Z", "no instant"])("cannot tell %s", (instant) => {
    expect(() => time(new Date(instant))).toThrow(RangeError);
  });
});
