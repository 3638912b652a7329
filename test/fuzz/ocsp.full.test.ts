import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { nothing, octetString, oid, sequence, tlv } from "../../src/pki/der.js";
import { answerOcsp } from "../../src/validation/answerOcsp.js";
import { costOf } from "../support/fuzz/costOf.js";
import { fuzz, growthOf, type Figures } from "../support/fuzz/fuzz.js";
import { anOcspRequest, type FuzzedRequest } from "../support/fuzz/ocspRequests.js";
import { ocspWorld, type OcspWorld } from "../support/fuzz/ocspWorld.js";
import { bytesInPath, spelledInPath } from "../support/fuzz/spelledInPath.js";
import { House } from "../support/House.js";
import { listeningLog } from "../support/listeningLog.js";
import { aCertId, aRequest, aSignature, aSingle, extension } from "../support/ocspRequest.js";
import { Scratch } from "../support/pki.js";
import { shownOcsp } from "../support/shownOcsp.js";

const MB = 2 ** 20;
const { log, lines } = listeningLog("warn");
const scratch = new Scratch();
let house: House;
let door: FastifyInstance;
let world: OcspWorld;
beforeAll(async () => {
  house = await House.open({ log });
  door = await house.door(log);
  world = await ocspWorld(house);
});
afterAll(async () => {
  await door.close();
  await house.close();
  scratch.remove();
});
afterEach(() => {
  expect(lines).toEqual([]); // nothing was a fault
});

/** Not in one of node's pools, which would be kept as a whole. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.alloc(bytes.length);
  bytes.copy(copy);
  return copy;
}

describe("92,000 OCSP requests of random, mutated, restructured and odd bytes", () => {
  const sample: { der: Buffer; verdict: string }[] = [];
  let figures: Figures;
  beforeAll(async () => {
    figures = await fuzz<FuzzedRequest>({
      name: "OCSP requests", rounds: 92_000, atOnce: 16,
      make: (random) => anOcspRequest(random, world.known),
      check: async ({ der }, round) => {
        const response = (await answerOcsp(house.desk, der)).der;
        const verdict = world.verdict(der, response);
        if (round % (verdict === "malformedRequest" ? 5_000 : 320) === 0) sample.push({ der: copyOf(response), verdict });
        return verdict;
      },
    });
  }, 300_000);

  it("are each answered: malformedRequest, or signed with what is true of the certificates asked for", () => {
    expect(figures.count(/^malformedRequest$|^(GOOD|REVOKED|UNKNOWN)(\+|$)/)).toBe(92_000);
  });

  it("get everywhere: each answer was given thousands of times, and one mutated or restructured in twenty was still read", () => {
    for (const answer of [/GOOD/, /REVOKED/, /UNKNOWN/, /malformedRequest/]) expect(figures.count(answer)).toBeGreaterThan(2_000);
    for (const kind of ["mutated", "restructured"]) {
      expect(figures.count(/GOOD|REVOKED|UNKNOWN/, kind)).toBeGreaterThan(0.05 * figures.count(/./, kind));
    }
  });

  it("leave nothing behind in memory", () => {
    expect(growthOf(figures)).toBeLessThan(2 * MB);
  });

  it("got answers that OpenSSL reads as we do, of a hundred that it is shown", () => {
    expect(sample.length).toBeGreaterThan(70);
    const statusesIn = (der: Buffer) => {
      const { response, answers } = shownOcsp(scratch, der);
      return response === "successful" ? [...new Set(answers.map(({ status }) => status.toUpperCase()))].sort().join("+") : response;
    };
    expect(sample.map(({ der }) => statusesIn(der))).toEqual(sample.map(({ verdict }) => verdict.replace("malformedRequest", "malformedrequest")));
  }, 60_000);
});

describe("over the door", () => {
  /** What was said; a refusal of the door's own by its status. */
  function verdictOn(der: Buffer, { statusCode, headers, rawPayload, body }: LightMyRequestResponse): string {
    if (statusCode === 200 && headers["content-type"] === "application/ocsp-response") return world.verdict(der, rawPayload);
    if (statusCode < 400 || statusCode > 499) throw new Error(`${statusCode}: ${body}`);
    return String(statusCode);
  }

  it("3,000 POSTs are answered, or refused as too long or of another type", async () => {
    const figures = await fuzz<FuzzedRequest & { type: string }>({
      name: "OCSP by POST", rounds: 3_000, atOnce: 8,
      make: (random) => {
        const { der, ...rest } = anOcspRequest(random, world.known);
        const type = random.chance(0.95) ? "application/ocsp-request" : random.pick("", "text/plain", "application/json", "application/ocsp-request; x=y", "a/b/c", "multipart/form-data");
        return { ...rest, type, der: random.chance(0.02) ? Buffer.concat([der, random.octets(16_384)]) : der };
      },
      check: async ({ der, type }) => verdictOn(der, await door.inject({ method: "POST", url: "/ocsp", headers: { "content-type": type }, payload: der })),
    });
    for (const answer of [/GOOD/, /REVOKED/, /UNKNOWN/, /malformedRequest/, /^413$/, /^415$/]) expect(figures.count(answer)).toBeGreaterThan(10);
    expect(figures.count(/^4(?!13|15|00)/)).toBe(0);
  }, 60_000);

  it("5,000 GETs are answered, however the request is spelled in the path", async () => {
    const figures = await fuzz({
      name: "OCSP by GET", rounds: 5_000, atOnce: 8,
      make: (random) => {
        const { kind, der } = anOcspRequest(random, world.known);
        const url = `/ocsp/${spelledInPath(random, der)}`;
        return { kind, url, shown: () => url };
      },
      check: async ({ url }) => verdictOn(bytesInPath(url), await door.inject({ url })),
    });
    for (const answer of [/GOOD/, /REVOKED/, /UNKNOWN/, /malformedRequest/]) expect(figures.count(answer)).toBeGreaterThan(50);
    expect(figures.count(/^4(?!00|04|14)/)).toBe(0);
  }, 60_000);
});

describe("the longest requests keep nobody waiting: the work grows with their length, not with its square", () => {
  const many = (octets: number, part: Buffer) => Array<Buffer>(Math.floor(octets / part.length)).fill(part);
  const nested = (octets: number) => {
    let now = nothing;
    while (now.length < octets - 4) now = sequence(now);
    return now;
  };
  const singles = (octets: number) => Array<Buffer>(32).fill(aSingle(aCertId({ serial: tlv(0x02, Buffer.alloc(Math.floor(octets / 32) - 80, 1)) })));

  it.each<[string, (octets: number) => Buffer]>([
    ["32 CertIDs of long serials", (octets) => aRequest({ singles: singles(octets) })],
    ["extensions by the hundred", (octets) => aRequest({ extensions: sequence(...many(octets, Buffer.alloc(12)).map((_, index) => extension(`2.999.${String(index)}`, nothing))) })],
    ["an extension's identifier of thousands of arcs", (octets) => aRequest({ extensions: sequence(sequence(tlv(0x06, Buffer.alloc(octets - 90, 1)), octetString(nothing))) })],
    ["a signer's certificates by the thousand", (octets) => aRequest({ signature: aSignature(undefined, tlv(0xa0, sequence(...many(octets - 90, sequence())))) })],
    ["a hash's identifier of thousands of arcs", (octets) => aRequest({ singles: [aSingle(aCertId({ algorithm: sequence(tlv(0x06, Buffer.alloc(octets - 90, 1))) }))] })],
    ["sequences within sequences", nested],
    ["another kind of name", (octets) => aRequest({ requestor: tlv(0xa4, nested(octets - 90)), extensions: sequence(sequence(oid("2.999.1"), octetString(nothing))) })],
  ])("%s", async (_what, make) => {
    const { milliseconds, timesAQuarter } = await costOf(16_384, make, (der) => answerOcsp(house.desk, der));
    expect(timesAQuarter).toBeLessThan(7);
    expect(milliseconds).toBeLessThan(100);
  });

  it.each<[string, (octets: number) => string]>([
    ["letters", (octets) => "A".repeat(octets)],
    ["equals signs", (octets) => `AAAA${"=".repeat(octets)}A`],
    ["slashes", (octets) => "/".repeat(octets)],
    ["escapes", (octets) => "%41".repeat(octets / 3)],
  ])("a path of %s", async (_what, make) => {
    const { milliseconds, timesAQuarter } = await costOf(15_600, make, (path) => door.inject({ url: `/ocsp/${path}` }));
    expect(timesAQuarter).toBeLessThan(7);
    expect(milliseconds).toBeLessThan(100);
  });
});
