import { readFileSync } from "node:fs";
import { ListeningHouse, type Credentials, type Held } from "../support/ListeningHouse.js";
import { printed } from "../support/program.js";
import { keyKinds, LONG_MS, MANY, openBeforeManyRevocations, openParrot, openRotated, openWithAwkwardSerials } from "../support/relyingParties.js";

const SOURCE = "test/interop/ValidateChain.java"; // which says what it takes and what it prints

interface Verdict {
  verdict: string;
  reason: string;
  date: string;
  subject: string;
  message: string;
}

/** What Java's PKIX validator thinks of each, in the order of the questions. One JVM for all: starting it is what takes long. */
async function java(questions: readonly string[]): Promise<Verdict[]> {
  const out = await printed("java", ["-XX:TieredStopAtLevel=1", SOURCE, ...questions]);
  return out.trimEnd().split("\n").map((line) => {
    const [verdict = "", reason = "", date = "", subject = "", message = ""] = line.split("\t");
    return { verdict, reason, date, subject, message };
  });
}

const WAYS = ["crl", "ocsp", "ocsp-nonce"] as const;
type Way = (typeof WAYS)[number];

function about(house: ListeningHouse, { certificate }: Held, way: string, issuing = house.file("issuing.pem")): string {
  return `${way}=${[certificate, issuing, house.file("root.pem")].join(",")}`;
}

/** By each of the ways. */
const inEachWay = (house: ListeningHouse, held: Held, issuing?: string) => WAYS.map((way) => about(house, held, way, issuing));
const inAllWays = (verdict: string) => WAYS.map(() => verdict);
const verdictsOf = (all: Verdict[]) => all.map(({ verdict }) => verdict);

/** A question for how many entries the CRL has, and how many of them aren't positive. */
async function list(house: ListeningHouse, name: string): Promise<string> {
  return `list=${house.write(name, await house.crl())},${house.file("issuing.pem")}`;
}

describe.each(keyKinds)("Java, with a CA of $caKey and holders of $holderKey,", ({ caKey, holderKey }) => {
  const kinds = ["active", "revoked", "expired", "foreign", "otherPurpose"] as const;
  let house: ListeningHouse;
  let shown: Credentials;
  let verdicts: Map<string, Verdict>;
  const asked: string[] = [];
  beforeAll(async () => {
    house = await ListeningHouse.open({ caKey });
    shown = await house.credentials(holderKey);
    house.door.server.on("request", ({ method, url }: { method: string; url: string }) => asked.push(`${method} ${url.replace(/(\/ocsp)\/.+/, "$1/…")}`));
    const all = kinds.flatMap((kind) => WAYS.map((way) => [`${way} ${kind}`, about(house, shown[kind], way)] as const));
    const answers = await java(all.map(([, question]) => question));
    verdicts = new Map(all.map(([name], index) => [name, answers[index] ?? { verdict: "", reason: "", date: "", subject: "", message: "" }]));
  }, LONG_MS);
  afterAll(() => house.close());

  const of = (way: Way, kind: (typeof kinds)[number]) => verdicts.get(`${way} ${kind}`);

  describe.each(WAYS)("by %s,", (way) => {
    it("accepts an active certificate, and reads its subject in Japanese", () => {
      expect(of(way, "active")).toMatchObject({ verdict: "OK", subject: expect.stringContaining("CN=経理太郎,O=契約先001,C=JP") as string });
    });

    it("refuses a revoked one as revoked, with reason and date", async () => {
      const { revokedAt } = await house.house.certificate(shown.revoked.certificateId);
      expect(of(way, "revoked")).toMatchObject({ verdict: "REVOKED", reason: "KEY_COMPROMISE", date: revokedAt?.toISOString().replace(".000Z", "Z") });
    });

    it("refuses an expired one as expired", () => {
      expect(of(way, "expired")).toMatchObject({ verdict: "EXPIRED", message: "validity check failed" });
    });

    it("refuses another CA's of the same names by its signature", () => {
      expect(of(way, "foreign")).toMatchObject({ verdict: "INVALID_SIGNATURE", message: "signature check failed" });
    });

    it("refuses one for another purpose by the purpose that it asks for", () => {
      expect(of(way, "otherPurpose")).toMatchObject({ verdict: "UNSPECIFIED", message: "target certificate constraints check failed" });
    });
  });

  it("fetched both CAs' CRLs, and asked by OCSP by GET and, where it is too long for that, by POST", () => {
    expect([...new Set(asked)].sort()).toEqual(["GET /ocsp/…", "GET /pki/5120-1.crl", "GET /pki/root-1.crl", "POST /ocsp"]);
  });

  it("finds the CRL signed by its CA", async () => {
    expect(await java([await list(house, "issuing.crl")])).toMatchObject([{ verdict: "1 0", subject: "CN=Shomei Issuing CA 5120-1,O=証明信用金庫,C=JP" }]);
  });
});

it("Java sees a revocation on the very next answer, and compares nonces", async () => {
  const house = await ListeningHouse.open();
  try {
    const held = await house.somebody("soon-revoked");
    const answer = house.file("answer.der");
    await printed("openssl", ["ocsp", "-url", `${house.base}/ocsp`, "-issuer", house.file("issuing.pem"), "-cert", held.certificate, "-respout", answer, "-noverify"]);
    const parrot = await openParrot(readFileSync(answer)); // the answer to OpenSSL's nonce
    const overheard = `${about(house, held, "ocsp-at")},${parrot.url}`;
    const [stolen, ...before] = await java([overheard, ...inEachWay(house, held)]);
    await parrot.close();
    expect(stolen).toMatchObject({ verdict: "UNSPECIFIED", message: expect.stringMatching(/nonce/i) as string });
    expect(verdictsOf(before)).toEqual(inAllWays("OK"));

    await house.revoke(held.certificateId);

    expect(verdictsOf(await java(inEachWay(house, held)))).toEqual(inAllWays("REVOKED"));
  } finally {
    await house.close();
  }
}, LONG_MS);

it("Java finds awkward serials on the CRL and by OCSP, positive, and takes none of their neighbours for them", async () => {
  const { listening: house, active, revoked } = await openWithAwkwardSerials();
  try {
    const [crl, ...verdicts] = await java([await list(house, "list.crl"), ...[...revoked, ...active].flatMap((held) => inEachWay(house, held))]);
    expect(crl?.verdict).toBe(`${String(revoked.length)} 0`);
    expect(verdictsOf(verdicts)).toEqual([...revoked.flatMap(() => inAllWays("REVOKED")), ...active.flatMap(() => inAllWays("OK"))]);
  } finally {
    await house.close();
  }
}, LONG_MS);

it("Java checks against an empty CRL, and finds the one that is meant among 20,000", async () => {
  const { listening: house, active, lost, fill } = await openBeforeManyRevocations();
  try {
    const questions = [active, lost].map((held) => about(house, held, "crl"));
    expect(verdictsOf(await java([await list(house, "empty.crl"), ...questions]))).toEqual(["0 0", "OK", "OK"]);
    await fill();
    expect(verdictsOf(await java([await list(house, "long.crl"), ...questions]))).toEqual([`${String(MANY)} 0`, "OK", "REVOKED"]);
  } finally {
    await house.close();
  }
}, LONG_MS);

it("Java goes on verifying what the bank's CA issued before it was followed by another, each with its own CRL and OCSP", async () => {
  const { listening: house, generations } = await openRotated();
  try {
    const [old, fresh] = generations;
    const questions = generations.flatMap(({ issuing, active, revoked }) => [...inEachWay(house, active, issuing), ...inEachWay(house, revoked, issuing)]);
    const crossed = [about(house, old.active, "crl", fresh.issuing), about(house, fresh.active, "crl", old.issuing)];
    expect(verdictsOf(await java([...questions, ...crossed]))).toEqual([
      ...generations.flatMap(() => [...inAllWays("OK"), ...inAllWays("REVOKED")]), "NAME_CHAINING", "NAME_CHAINING",
    ]);
  } finally {
    await house.close();
  }
}, LONG_MS);

it("Java refuses, as undetermined, what it can't ask about since the house is away", async () => {
  const house = await ListeningHouse.open();
  try {
    const active = await house.somebody("active");
    expect(verdictsOf(await java(inEachWay(house, active)))).toEqual(inAllWays("OK"));
    await house.door.close();
    expect(verdictsOf(await java(inEachWay(house, active)))).toEqual(inAllWays("UNDETERMINED_REVOCATION_STATUS"));
  } finally {
    await house.close();
  }
}, LONG_MS);
