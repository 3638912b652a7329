import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { nothing, sequence, tlv } from "../../src/pki/der.js";
import { ProfileBreach, assertKeepsProfile } from "../../src/pki/lint.js";
import { readToBeSigned } from "../../src/pki/ToBeSigned.js";
import { ADDRESSES, breachesOf, changed, everythingMade, made, profiles, withValue, type Made } from "../support/tbs.js";

/** What is said against it. Anything thrown but a ProfileBreach is a fault. */
function outcome({ bytes, profile, issuer }: Made): string[] {
  try {
    assertKeepsProfile(bytes, profile, issuer);
    return [];
  } catch (error) {
    if (error instanceof ProfileBreach && error.breaches.length > 0) return error.breaches;
    throw error;
  }
}

describe("S6: the linter", () => {
  it("lets all that we make be signed: every profile, kind of key, serial, before and beyond 2049", async () => {
    for (const one of everythingMade()) expect(await breachesOf(one)).toEqual([]);
  });

  it("refuses what is made for one profile as any other", () => {
    for (const profile of profiles) {
      expect(profiles.filter((other) => outcome({ ...made(profile), profile: other }).length === 0)).toEqual([profile]);
    }
  });

  it("refuses what is made under one issuer as under another", () => {
    const [client, issuing] = [made("CLIENT"), made("ISSUING")];
    expect(outcome({ ...client, issuer: issuing.issuer }).map((breach) => breach.split(":")[0]))
      .toEqual(["signatureAlgorithm", "issuerName", "authorityKeyIdentifier"]);
  });

  it("tells every rule that is broken, at once, in the message, too", async () => {
    const worse = changed(made("CLIENT"), { version: tlv(0xa0, tlv(0x02, Buffer.of(1))), serialNumber: tlv(0x02, Buffer.of(0)) });
    const worst = withValue(worse, "keyUsage", Buffer.from("030205a0", "hex"));
    expect(await breachesOf(worst)).toEqual([
      "version: not v3 but 01", "serialNumber: zero", "keyUsage: 030205a0 instead of 03020780 (digitalSignature)",
    ]);
    expect(() => {
      assertKeepsProfile(worst.bytes, worst.profile, worst.issuer);
    }).toThrow("not to be signed: version: not v3 but 01; serialNumber: zero; keyUsage: 030205a0 instead of 03020780 (digitalSignature)");
  });

  it("has a test for each of its rules", () => {
    const filesIn = (folder: string, ending: string) => {
      const files = readdirSync(fileURLToPath(new URL(folder, import.meta.url)));
      return files.filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length)).sort();
    };
    expect(filesIn("lints", ".test.js")).toEqual(filesIn("../../src/pki/lints", ".js"));
  });
});

describe("the linter refuses as no DER", () => {
  const { bytes } = made("CLIENT");
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["a NULL", nothing],
    ["an empty SEQUENCE", sequence()],
    ["a whole certificate", sequence(bytes, sequence(), tlv(0x03, Buffer.of(0)))],
    ["an octet too few", bytes.subarray(0, -1)],
    ["an octet too many", Buffer.concat([bytes, Buffer.of(0)])],
    ["the same twice", Buffer.concat([bytes, bytes])],
    ["a SET for the SEQUENCE", Buffer.concat([Buffer.of(0x31), bytes.subarray(1)])],
    ["an indefinite length", Buffer.concat([Buffer.of(0x30, 0x80), bytes.subarray(4), Buffer.of(0, 0)])],
    ["a length in more octets than needed", Buffer.concat([Buffer.of(0x30, 0x83, 0), bytes.subarray(2)])],
    ["something behind the extensions", sequence(bytes.subarray(4), nothing)],
    ["the PEM of it", Buffer.from(`-----BEGIN CERTIFICATE-----\n${bytes.toString("base64")}\n-----END CERTIFICATE-----\n`)],
  ])("%s", async (_what, octets) => {
    expect(await breachesOf({ ...made("CLIENT"), bytes: octets })).toEqual([expect.stringMatching(/^der: /)]);
  });
});

describe("of damaged bytes the linter", () => {
  it("lets a flipped bit pass in the serial, the times, the subject's values and the addresses, and nowhere else", () => {
    const client = made("CLIENT");
    // Views of the same bytes: where they lie is where they stand.
    const rangeOf = (octets: Buffer) => {
      const start = octets.byteOffset - client.bytes.byteOffset;
      return { start, end: start + octets.length };
    };
    const { serialNumber, subject } = readToBeSigned(client.bytes);
    const written = (text: string) => client.bytes.subarray(client.bytes.indexOf(text)).subarray(0, text.length);
    const own = [
      serialNumber, ...subject.relativeNames.flat().map(({ value }) => value), ...["261124005500Z", "291123005459Z"].map(written),
      ...[ADDRESSES.crl, ADDRESSES.ocsp, ADDRESSES.certificate].map(written),
    ].map(rangeOf);

    const elsewhere = Array.from(client.bytes.keys()).flatMap((at) => Array.from({ length: 8 }, (_, bit) => ({ at, bit }))).filter(({ at, bit }) => {
      const flipped = Buffer.from(client.bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      return outcome({ ...client, bytes: flipped }).length === 0 && !own.some(({ start, end }) => start <= at && at < end);
    });
    expect(elsewhere).toEqual([]);
  });

  const seed = Math.trunc(Math.random() * 2 ** 31);
  const positions = fc.nat({ max: 2 ** 20 });
  const damage = fc.oneof(
    fc.record({ kind: fc.constant("flip" as const), at: positions, bit: fc.nat({ max: 7 }) }),
    fc.record({ kind: fc.constant("set" as const), at: positions, octet: fc.nat({ max: 255 }) }),
    fc.record({ kind: fc.constant("remove" as const), at: positions, count: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant("insert" as const), at: positions, octets: fc.uint8Array({ minLength: 1, maxLength: 30 }) }),
    fc.record({ kind: fc.constant("repeat" as const), at: positions, count: fc.integer({ min: 1, max: 80 }) }),
    fc.record({ kind: fc.constant("cut" as const), at: positions }),
  );
  const originals = everythingMade();

  it(`throws a ProfileBreach or nothing (seed ${seed})`, () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...originals), fc.array(damage, { minLength: 1, maxLength: 3 }), (original, damages) => {
        const bytes = damages.reduce(damaged, original.bytes);
        const breaches = outcome({ ...original, bytes });
        if (breaches.length > 0) refused++;
        for (const breach of breaches) expect(breach).toMatch(/^[A-Za-z]+: [^]+$/);
      }),
      { numRuns: 5_000, seed },
    );
    expect(refused).toBeGreaterThan(3_500);
  });

  it(`and of any bytes at all (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...originals), fc.uint8Array({ maxLength: 300 }), (original, octets) => {
        expect(outcome({ ...original, bytes: Buffer.from(octets) })).toEqual([expect.stringMatching(/^der: /)]);
      }),
      { numRuns: 1_000, seed },
    );
  });

  type Damage = typeof damage extends fc.Arbitrary<infer D> ? D : never;

  function damaged(bytes: Buffer, done: Damage): Buffer {
    const at = done.at % (bytes.length + 1);
    const [before, behind] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (done.kind) {
      case "flip": return Buffer.concat([before, Buffer.of((behind[0] ?? 0) ^ (1 << done.bit)), behind.subarray(1)]);
      case "set": return Buffer.concat([before, Buffer.of(done.octet), behind.subarray(1)]);
      case "remove": return Buffer.concat([before, behind.subarray(done.count)]);
      case "insert": return Buffer.concat([before, done.octets, behind]);
      case "repeat": return Buffer.concat([before, behind.subarray(0, done.count), behind]);
      case "cut": return Buffer.from(before);
    }
  }
});
