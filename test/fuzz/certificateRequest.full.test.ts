import { generateKeyPairSync, sign } from "node:crypto";
import { Refusal } from "../../src/foundation/refusals.js";
import { readCertificateRequest } from "../../src/pki/certificateRequest.js";
import { bitString, integer, nothing, octetString, oid, sequence, tlv } from "../../src/pki/der.js";
import { parseSerialNumber } from "../../src/pki/serialNumber.js";
import { assertProven } from "../support/fuzz/assertProven.js";
import { certificateRequests } from "../support/fuzz/certificateRequests.js";
import { costOf } from "../support/fuzz/costOf.js";
import { fuzz, growthOf, type Figures } from "../support/fuzz/fuzz.js";
import { randomText } from "../support/fuzz/retyped.js";

const MB = 2 ** 20;

/** What a request is refused with; undefined where it is accepted. Anything else thrown is a fault. */
function refusalOf(text: string): string | undefined {
  try {
    assertProven(text, readCertificateRequest(text));
    return undefined;
  } catch (error) {
    if (error instanceof Refusal && error.code.startsWith("CSR_") && error.path?.join() === "csr") return error.code;
    throw error;
  }
}

describe("100,000 certificate requests of random, mutated, restructured and retyped bytes", () => {
  let figures: Figures;
  beforeAll(async () => {
    figures = await fuzz({
      name: "certificate requests", rounds: 100_000, make: certificateRequests(),
      check: ({ text }) => refusalOf(text) ?? "accepted",
    });
  }, 300_000);

  it("are each refused with a code of theirs, or their key is allowed and has signed them: node's own crypto says so, too", () => {
    expect(figures.count(/^(accepted|CSR_[A-Z_]+)$/)).toBe(100_000);
  });

  it("get everywhere: every code came hundreds of times, and one altered in twenty got as far as its key", () => {
    for (const outcome of ["CSR_MALFORMED", "CSR_KEY_NOT_ALLOWED", "CSR_SIGNATURE_NOT_ALLOWED", "CSR_SIGNATURE_INVALID", "CSR_CONTAINS_PRIVATE_KEY", "accepted"]) {
      expect(figures.count(new RegExp(`^${outcome}$`))).toBeGreaterThan(300);
    }
    for (const kind of ["mutated", "restructured", "resigned", "retyped"]) {
      expect(figures.count(/KEY_NOT_ALLOWED|SIGNATURE|accepted/, kind)).toBeGreaterThan(0.05 * figures.count(/./, kind));
    }
  });

  it("leave nothing behind in memory", () => {
    expect(growthOf(figures)).toBeLessThan(2 * MB);
  });
});

describe("the longest requests keep nobody waiting: the work grows with their length, not with its square", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const p256 = publicKey.export({ type: "spki", format: "der" });
  const none = tlv(0xa0);
  const many = (octets: number, part: Buffer) => Array<Buffer>(Math.floor(octets / part.length)).fill(part);
  const signed = (...parts: Buffer[]) => {
    const info = sequence(...parts);
    return sequence(info, sequence(oid("1.2.840.10045.4.3.2")), bitString(sign("sha256", info, privateKey)));
  };
  const nested = (octets: number, wrap: (part: Buffer) => Buffer) => {
    let now = nothing;
    while (now.length < octets - 5) now = wrap(now);
    return now;
  };
  const valued = (value: Buffer) => signed(integer(0), sequence(), p256, tlv(0xa0, sequence(oid("2.999.1"), tlv(0x31, value))));
  const named = (...names: Buffer[]) => signed(integer(0), sequence(...names), p256, none);
  const rsaKey = (modulus: number, exponent: number) => {
    const numbers = sequence(tlv(0x02, Buffer.of(0), Buffer.alloc(modulus, 0xff)), tlv(0x02, Buffer.alloc(exponent, 0x7f)));
    const info = sequence(integer(0), sequence(), sequence(sequence(oid("1.2.840.113549.1.1.1"), nothing), bitString(numbers)), none);
    return sequence(info, sequence(oid("1.2.840.113549.1.1.11"), nothing), bitString(Buffer.alloc(modulus)));
  };
  const bigOid = (octets: number) => tlv(0x06, Buffer.of(0x2a), Buffer.alloc(octets, 0xff), Buffer.of(1));
  const common = sequence(oid("2.5.4.3"), tlv(0x0c, Buffer.from("a")));

  it.each<[string, (octets: number) => Buffer]>([
    ["sequences within sequences", (octets) => nested(octets, sequence)],
    ["sequences within sequences of an attribute", (octets) => valued(nested(octets, sequence))],
    ["octet strings within octet strings", (octets) => valued(nested(octets, octetString))],
    ["bit strings within bit strings", (octets) => valued(nested(octets, bitString))],
    ["sequences within a signature", (octets) => sequence(sequence(integer(0), sequence(), p256, none), sequence(oid("1.2.840.10045.4.3.2")), bitString(nested(octets, sequence)))],
    ["an octet string in pieces", (octets) => valued(tlv(0x24, ...many(octets, octetString(Buffer.of(0)))))],
    ["a version of 90,000 bits", (octets) => signed(tlv(0x02, Buffer.alloc(octets, 0x7f)), sequence(), p256, none)],
    ["a negative version of 90,000 bits", (octets) => signed(tlv(0x02, Buffer.alloc(octets, 0x81)), sequence(), p256, none)],
    ["an identifier of thousands of arcs", (octets) => valued(tlv(0x06, Buffer.alloc(octets, 1)))],
    ["an identifier of one enormous arc", (octets) => valued(bigOid(octets))],
    ["an enormous identifier of the key's kind", (octets) => signed(integer(0), sequence(), sequence(sequence(bigOid(octets)), bitString(Buffer.of(4))), none)],
    ["attributes by the hundred", (octets) => signed(integer(0), sequence(), p256, tlv(0xa0, ...many(octets, sequence(oid("2.5.4.3"), tlv(0x31)))))],
    ["values by the thousand", (octets) => valued(Buffer.concat(many(octets, nothing)))],
    ["names by the hundred", (octets) => named(...many(octets, tlv(0x31, common)))],
    ["a name of hundreds of parts", (octets) => named(tlv(0x31, ...many(octets, common)))],
    ["an RSA modulus of 90,000 bits", (octets) => rsaKey(octets, 3)],
    ["an RSA exponent of 90,000 bits", (octets) => rsaKey(256, octets)],
  ])("%s", async (_what, make) => {
    const { milliseconds, timesAQuarter } = await costOf(11_400, (octets) => make(octets).toString("base64"), refusalOf);
    expect(timesAQuarter).toBeLessThan(7);
    expect(milliseconds).toBeLessThan(250);
  });

  it.each<[string, (characters: number) => string]>([
    ["a beginning without an end", (characters) => `-----BEGIN ${"A".repeat(characters)}`],
    ["beginnings", (characters) => "-----BEGIN ".repeat(characters / 11)],
    ["ends", (characters) => `-----BEGIN A-----${"-----END A-----\n".repeat(characters / 16)}x`],
    ["ends that are none", (characters) => `-----BEGIN A-----${"-----END A".repeat(characters / 10)}`],
    ["blanks", (characters) => `-----BEGIN A-----${" \n".repeat(characters / 4)}-----END A-----${" ".repeat(characters / 2)}x`],
    ["equals signs", (characters) => `AAAA${"=".repeat(characters)}A`],
    ["base64 that breaks off", (characters) => `${"A".repeat(characters)}!`],
  ])("a text of %s", async (_what, make) => {
    const { milliseconds, timesAQuarter } = await costOf(16_300, make, refusalOf);
    expect(timesAQuarter).toBeLessThan(7);
    expect(milliseconds).toBeLessThan(50);
  });
});

it("100,000 texts are each no serial number, or one in its one form", async () => {
  const figures = await fuzz({
    name: "serial numbers", rounds: 100_000,
    make: (random) => {
      const digits = random.octets(random.below(23)).toString("hex");
      const at = random.below(digits.length + 1);
      const odd = random.pick("", "", "0x", ":", " ", "00", "-", "g", "０", "\u0000", "\n", "x", "F");
      const text = random.chance(0.1) ? randomText(random) : random.pick("", "0x", "00", " ") + digits.slice(0, at) + odd + digits.slice(at);
      return { kind: "text", text, shown: () => JSON.stringify(text) };
    },
    check: ({ text }) => {
      const serial = parseSerialNumber(text);
      if (serial === undefined) return "none";
      const meant = BigInt(`0x${text.replace(/^\s*0x/i, "").replace(/[:\s]/g, "")}`);
      if (!/^(?!00)(?:[0-9a-f]{2}){1,20}$/.test(serial) || BigInt(`0x${serial}`) !== meant) throw new Error(`read as ${serial}`);
      return "read";
    },
  });
  expect(figures.count(/none/)).toBeGreaterThan(5_000);
  expect(figures.count(/read/)).toBeGreaterThan(5_000);
}, 60_000);
