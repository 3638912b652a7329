import { isDeepStrictEqual } from "node:util";
import type { FastifyInstance } from "fastify";
import { Refusal } from "../../src/foundation/refusals.js";
import { readCertificateRequest } from "../../src/pki/certificateRequest.js";
import { nothing, sequence } from "../../src/pki/der.js";
import { sha256 } from "../../src/pki/Signer.js";
import { aCsr } from "../support/csr.js";
import { certificateRequests, type FuzzedCsr } from "../support/fuzz/certificateRequests.js";
import { aClientCert, carries, type FuzzedHeader } from "../support/fuzz/clientCertHeaders.js";
import { costOf } from "../support/fuzz/costOf.js";
import { fuzz, growthOf } from "../support/fuzz/fuzz.js";
import type { Random } from "../support/fuzz/Random.js";
import { answerOf, codes, graphql } from "../support/graphql.js";
import { House } from "../support/House.js";
import { listeningLog } from "../support/listeningLog.js";

const MB = 2 ** 20;
const { log, lines } = listeningLog("warn");
let house: House;
let door: FastifyInstance;
beforeAll(async () => {
  house = await House.open({ log });
  door = await house.door(log, { proxies: { loopback: true, certificates: new Set() } });
});
afterAll(async () => {
  await door.close();
  await house.close();
});
afterEach(() => {
  expect(lines).toEqual([]); // nothing was a fault
});

describe("1,000 damaged certificate requests sent to enrollCertificate", () => {
  const ENROLL = "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { certificate { status } userErrors { code path } } }";
  interface Enrolled {
    enrollCertificate: { certificate: { status: string } | null; userErrors: { code: string; path: string[] | null }[] };
  }

  /** Null where it would be accepted. */
  function refusalOf(text: string): string | null {
    try {
      readCertificateRequest(text);
      return null;
    } catch (error) {
      if (error instanceof Refusal) return error.code;
      throw error;
    }
  }

  it("are each refused with their own code, recorded, and change nothing: the certificate can still be acquired with a good one", async () => {
    const tenant = await house.aTenant();
    const taro = await house.signedIn(tenant.taro);
    const { enrollmentCode } = await house.aCertificate(tenant.taro, "PENDING");
    const aRequest = certificateRequests();
    const damaged = (random: Random): FuzzedCsr & { csr: unknown } => {
      const fuzzed = aRequest(random);
      if (refusalOf(fuzzed.text) === null) return damaged(random);
      const csr = random.chance(0.05) ? random.pick<unknown>(null, 1, true, [], {}, { text: fuzzed.text }, undefined) : fuzzed.text;
      return { ...fuzzed, csr, kind: typeof csr === "string" ? fuzzed.kind : "no string" };
    };
    const before = await house.snapshot();

    const figures = await fuzz({
      name: "enrollCertificate", rounds: 1_000, make: damaged,
      check: async ({ csr, text }) => {
        const answer = await graphql<Enrolled | null>(door, taro, ENROLL, { input: { csr, enrollmentCode } });
        if (answer.status === 500) throw new Error(answer.text);
        if (typeof csr !== "string") return codes(answer).join();
        const expected = { certificate: null, userErrors: [{ code: refusalOf(text), path: ["csr"] }] };
        if (answer.errors.length > 0 || !isDeepStrictEqual(answer.data?.enrollCertificate, expected)) throw new Error(answer.text);
        return String(refusalOf(text));
      },
    });

    expect(figures.count(/^BAD_USER_INPUT$/, "no string")).toBe(figures.count(/./, "no string"));
    expect(figures.count(/^CSR_/) + figures.count(/^BAD_USER_INPUT$/)).toBe(1_000);
    const { alerts, ...after } = await house.snapshot();
    expect({ ...after, alerts: [] }).toEqual(before);
    expect(alerts).toMatchObject([{ kind: "ENROLLMENT_REFUSED_OFTEN", user_id: tenant.taro.id }]); // that is what so many are
    const refused = (await house.history(tenant.contract)).filter(({ action, outcome }) => action === "CERTIFICATE_ENROLL" && outcome === "REFUSED");
    for (const code of ["CSR_MALFORMED", "CSR_KEY_NOT_ALLOWED", "CSR_SIGNATURE_INVALID"]) {
      expect(refused.filter((entry) => entry.code === code)).toHaveLength(figures.count(new RegExp(`^${code}$`)));
    }
    expect(refused).toHaveLength(1_000);

    const enrolled = await graphql<Enrolled>(door, taro, ENROLL, { input: { csr: aCsr().pem, enrollmentCode } });
    expect(enrolled.data.enrollCertificate).toEqual({ certificate: { status: "ACTIVE" }, userErrors: [] });
  }, 120_000);
});

it("10,000 damaged Client-Cert headers from a trusted proxy are refused: only its own certificate makes a token worth something", async () => {
  const tenant = await house.aTenant({ signInMethod: "CERTIFICATE" });
  const { x509 } = await house.aCertificate(tenant.taro);
  const { x509: hanas } = await house.aCertificate(tenant.hana);
  if (!x509 || !hanas) throw new Error("certificates that aren't active");
  const taro = await house.signedIn(tenant.taro, { boundTo: sha256(x509).toString("hex") });
  const [before, entries] = [await house.snapshot(), (await house.history()).length];

  const figures = await fuzz<FuzzedHeader>({
    name: "Client-Cert", rounds: 10_000, atOnce: 8,
    make: (random) => aClientCert(random, x509, hanas),
    check: async (header) => {
      const answer = answerOf(await door.inject({
        method: "POST", url: "/graphql", headers: { "authorization": `Bearer ${taro.token}`, "client-cert": header.values }, payload: { query: "{ viewer { user { loginId } } }" },
      }));
      const code = codes(answer).join();
      if (answer.status === 200 && code === "" && carries(header, x509)) return "taken";
      if (answer.status === 400 && code === "CLIENT_CERT_MALFORMED") return "malformed";
      if (answer.status === 401 && code === "UNAUTHENTICATED") return "another";
      throw new Error(`${String(answer.status)}: ${answer.text}`);
    },
  });

  for (const outcome of [/taken/, /malformed/, /another/]) expect(figures.count(outcome)).toBeGreaterThan(200);
  expect(figures.count(/another/, "mutated")).toBeGreaterThan(0.05 * figures.count(/./, "mutated"));
  expect(growthOf(figures)).toBeLessThan(2 * MB);
  expect(await house.snapshot()).toEqual(before);
  expect((await house.history()).length).toBe(entries);
}, 120_000);

describe("the longest headers keep nobody waiting: the work grows with their length, not with its square", () => {
  it.each<[string, (octets: number) => Record<string, string>]>([
    ["a Client-Cert of letters", (octets) => ({ "client-cert": `:${"A".repeat(octets)}:` })],
    ["a Client-Cert of equals signs", (octets) => ({ "client-cert": `:AAAA${"=".repeat(octets)}A:` })],
    ["a Client-Cert of escapes", (octets) => ({ "client-cert": `-----BEGIN${"%20".repeat(octets / 3)}` })],
    ["a Client-Cert that is PEM without an end", (octets) => ({ "client-cert": `-----BEGIN%20CERTIFICATE-----%0A${"A".repeat(octets)}` })],
    ["a Client-Cert that is PEM of empty lines", (octets) => ({ "client-cert": `-----BEGIN%20CERTIFICATE-----${"%0A".repeat(octets / 3)}` })],
    ["a Client-Cert of sequences within sequences", (octets) => ({ "client-cert": `:${nested((octets * 3) / 4).toString("base64")}:` })],
    ["X-Forwarded-For of commas", (octets) => ({ "x-forwarded-for": ",".repeat(octets) })],
    ["a token behind blanks", (octets) => ({ "authorization": `Bearer ${" ".repeat(octets)}` })],
    ["Accept-Language of commas", (octets) => ({ "accept-language": ",".repeat(octets) })],
    ["If-None-Match of tags", (octets) => ({ "if-none-match": `W/"a",`.repeat(octets / 6) })],
  ])("%s", async (_what, make) => {
    const { milliseconds, timesAQuarter } = await costOf(15_600, make, async (headers) => {
      await door.inject({ url: "/graphql?query={__typename}", headers: { "apollo-require-preflight": "1", ...headers } });
      await door.inject({ url: "/pki/root-1.crl", headers });
    });
    expect(timesAQuarter).toBeLessThan(7);
    expect(milliseconds).toBeLessThan(100);
  });

  function nested(octets: number): Buffer {
    let now = nothing;
    while (now.length < octets - 5) now = sequence(now);
    return now;
  }
});
