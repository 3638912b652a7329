import type { FastifyInstance } from "fastify";
import { parse, validate } from "graphql";
import type { Certificate } from "../../src/certificates/Certificate.js";
import { globalId } from "../../src/graphql/globalId.js";
import { houseSchema } from "../../src/graphql/schema.js";
import type { UsageRecord } from "../../src/history/UsageRecord.js";
import { savedOperations } from "../../src/http/graphiql.js";
import { aCsr } from "../support/csr.js";
import { codes, graphql, type Answer } from "../support/graphql.js";
import { House, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

let house: House;
let door: FastifyInstance;
let at: Scene;

/** Our contract: Taro holds an active certificate, Hana is to acquire hers. Another contract, a stranger to ours. */
interface Scene {
  ours: Tenant;
  theirs: Tenant;
  master: Caller;
  taro: Caller;
  hana: Caller;
  stranger: Caller;
  tarosCertificate: Certificate;
  hanasCertificate: Certificate & { enrollmentCode: string };
}

beforeAll(async () => {
  house = await House.open();
  door = await house.door();
});
afterAll(async () => {
  await door.close();
  await house.close();
});

let untouched: { at: Scene; snapshot: string } | undefined;

// Most of these tests change nothing, and then the next one may have the same scene.
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  if (untouched?.snapshot !== JSON.stringify(await house.snapshot())) {
    untouched = { at: await aScene(), snapshot: JSON.stringify(await house.snapshot()) };
  }
  at = untouched.at;
});

async function aScene(): Promise<Scene> {
  const [ours, theirs] = [await house.aTenant(), await house.aTenant()];
  return {
    ours,
    theirs,
    master: await house.signedIn(ours.master),
    taro: await house.signedIn(ours.taro),
    hana: await house.signedIn(ours.hana),
    stranger: await house.signedIn(theirs.master),
    tarosCertificate: await house.aCertificate(ours.taro),
    hanasCertificate: await house.aCertificate(ours.hana, "PENDING"),
  };
}

const operations = new Map(savedOperations().map(({ name, query }) => [name, query]));
const send = (name: string, by: Caller | string | null, variables: object) => graphql(door, by, operations.get(name) ?? "", variables);

/** What one caller is to see: at least this in `data`; or why it is refused, in either channel. */
type Expected =
  | { data: object }
  | { userError: string }
  | { error: string; reason?: string };

interface Line {
  variables: () => object;
  rightful: { by: () => Caller | null; sees: () => object };
  nobody: () => Expected;
  /** Hana, unless said otherwise: of the same contract, not the one the operation is about. */
  publicId: { by?: () => Caller; gets: () => Expected };
  /** A Master of the other contract, with our ids in its hands. */
  stranger: { variables?: () => object; gets: () => Expected };
  /** What whoever isn't the rightful caller may change by it, of its own: tables that are not compared. */
  changes?: string[];
  enrollee: () => Expected;
}

const UNAUTHENTICATED = (): Expected => ({ error: "UNAUTHENTICATED", reason: "NOBODY" });
const user = (caller: Caller) => globalId("User", caller.userId);
const theLastPage = { hasNextPage: false };

const table: Record<string, Line> = {
  "01-sign-in": {
    variables: () => signInAs(at.taro.loginId),
    rightful: {
      by: () => null,
      sees: () => ({
        signIn: {
          sessionToken: expect.stringMatching(/^[\w-]{43}$/) as string, userErrors: [],
          viewer: { mayOnlyEnroll: false, user: { id: user(at.taro) }, contract: { id: globalId("Contract", at.ours.contract.id), bankCode: "5120" } },
        },
      }),
    },
    nobody: () => ({ data: { signIn: { viewer: { user: { id: user(at.taro) } } } } }),
    publicId: { gets: () => ({ data: { signIn: { viewer: { user: { id: user(at.taro) } } } } }) }, // whoever knows the password
    stranger: { variables: () => signInAs(at.master.loginId, "Wrong-pass-1"), gets: () => ({ userError: "SIGN_IN_FAILED" }) },
    changes: ["passwords", "sessions"],
    enrollee: () => ({ userError: "SIGN_IN_FAILED" }),
  },
  "02-viewer": {
    variables: () => ({}),
    rightful: { by: () => at.master, sees: () => ({ viewer: { user: { id: user(at.master), kind: "MASTER", authority: null }, signedInAt: THE_MORNING.toISOString() } }) },
    nobody: () => ({ data: { viewer: null } }),
    publicId: { gets: () => ({ data: { viewer: { user: { id: user(at.hana), certificate: { status: "PENDING" } } } } }) },
    stranger: { gets: () => ({ data: { viewer: { user: { id: user(at.stranger) } } } }) },
    enrollee: () => ({ data: { viewer: { mayOnlyEnroll: true, user: { id: user(at.hana), certificate: { status: "PENDING" } } } } }),
  },
  "03-users": {
    variables: () => ({ first: 20, filter: { text: "" } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        users: {
          totalCount: 3,
          pageInfo: theLastPage,
          nodes: [
            { id: user(at.hana), viewerCanReissueCertificate: true, viewerCannotReissueCertificateReasons: [], certificate: { status: "PENDING" } },
            { id: user(at.master), viewerCanReissueCertificate: false, viewerCannotReissueCertificateReasons: ["OWN_CERTIFICATE"], certificate: null },
            { id: user(at.taro), viewerCanReissueCertificate: true, certificate: { serialNumber: at.tarosCertificate.serialNumber } },
          ],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: {
      gets: () => ({
        data: {
          users: {
            totalCount: 1,
            nodes: [{ id: user(at.hana), viewerCanReissueCertificate: false, viewerCannotReissueCertificateReasons: ["MASTER_ONLY"] }],
          },
        },
      }),
    },
    stranger: { gets: () => ({ data: { users: { totalCount: 3 } } }) },
    enrollee: () => ({ data: { users: { totalCount: 1, nodes: [{ id: user(at.hana), viewerCannotReissueCertificateReasons: ["CERTIFICATE_REQUIRED"] }] } } }),
  },
  "04-user": {
    variables: () => ({ id: user(at.taro) }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        user: {
          loginId: at.taro.loginId, version: 1, status: "ACTIVE", companies: [],
          certificate: { status: "ACTIVE", id: globalId("Certificate", at.tarosCertificate.id) },
          certificates: { nodes: [{ serialNumber: at.tarosCertificate.serialNumber, revokedAt: null }] },
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { user: null } }) },
    stranger: { gets: () => ({ data: { user: null } }) },
    enrollee: () => ({ data: { user: null } }),
  },
  "05-reissue-certificate": {
    variables: () => ({ input: { userId: user(at.taro), expectedVersion: 1, reason: "DEVICE_BROKEN" } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        reissueCertificate: {
          message: `お客様IDの変更が終了しました。このお客様IDは「${at.taro.loginId}」です。`,
          enrollmentCode: expect.stringMatching(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/) as string,
          user: { id: user(at.taro), version: 2 },
          certificate: { status: "PENDING", enrollmentDeadline: "2027-02-12T14:59:59.999Z" },
          revokedCertificate: { serialNumber: at.tarosCertificate.serialNumber, status: "REVOKED", revocationReason: "SUPERSEDED" },
          userErrors: [],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ userError: "MASTER_ONLY" }) },
    stranger: { gets: () => ({ userError: "NOT_FOUND" }) },
    enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
  },
  "06-enroll-certificate": {
    variables: () => ({ input: { csr: aCsr().pem, enrollmentCode: at.hanasCertificate.enrollmentCode } }),
    rightful: {
      by: () => at.hana,
      sees: () => ({
        enrollCertificate: {
          certificate: {
            status: "ACTIVE", serialNumber: at.hanasCertificate.serialNumber, subject: expect.stringContaining(at.hana.loginId) as string,
            pem: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/) as string, fingerprintSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          },
          chain: [expect.stringContaining("BEGIN CERTIFICATE"), expect.stringContaining("BEGIN CERTIFICATE")],
          userErrors: [],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { by: () => at.taro, gets: () => ({ userError: "ALREADY_ENROLLED" }) }, // its own, never Hana's
    stranger: { gets: () => ({ userError: "NO_CERTIFICATE" }) },
    enrollee: () => ({ data: { enrollCertificate: { certificate: { status: "ACTIVE" }, userErrors: [] } } }),
  },
  "07-revoke-certificate": {
    variables: () => ({ input: { certificateId: globalId("Certificate", at.tarosCertificate.id), reason: "KEY_COMPROMISE" } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        revokeCertificate: {
          user: { id: user(at.taro), version: 2 },
          certificate: { status: "REVOKED", revocationReason: "KEY_COMPROMISE", revokedAt: THE_MORNING.toISOString() },
          userErrors: [],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ userError: "MASTER_ONLY" }) },
    stranger: { gets: () => ({ userError: "NOT_FOUND" }) },
    enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
  },
  "08-certificate": {
    variables: () => ({ serialNumber: at.tarosCertificate.serialNumber }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        certificate: {
          status: "ACTIVE", holder: { id: user(at.taro) }, predecessor: null, successor: null,
          fingerprintSha256: at.tarosCertificate.fingerprint, notAfter: at.tarosCertificate.notAfter?.toISOString(),
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { certificate: null } }) },
    stranger: { gets: () => ({ data: { certificate: null } }) },
    enrollee: () => ({ data: { certificate: null } }),
  },
  "09-certificates": {
    variables: () => ({ first: 20, filter: { status: ["PENDING", "ACTIVE"] } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        certificates: {
          totalCount: 2,
          edges: [{ node: { status: "PENDING", holder: { id: user(at.hana) } } }, { node: { status: "ACTIVE", holder: { id: user(at.taro) } } }],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { certificates: { totalCount: 1, edges: [{ node: { serialNumber: at.hanasCertificate.serialNumber } }] } } }) },
    stranger: { gets: () => ({ data: { certificates: { totalCount: 0, edges: [], pageInfo: { endCursor: null } } } }) },
    enrollee: () => ({ data: { certificates: { totalCount: 1, edges: [{ node: { serialNumber: at.hanasCertificate.serialNumber } }] } } }),
  },
  "10-usage-history": {
    variables: () => ({ first: 20, filter: { targetUserId: user(at.taro), outcome: ["SUCCEEDED"] } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        usageHistory: { pageInfo: theLastPage, nodes: [{ action: "CERTIFICATE_ENROLL", outcome: "SUCCEEDED", targetUserId: user(at.taro), at: THE_MORNING.toISOString() }] },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { usageHistory: { nodes: [], pageInfo: { endCursor: null } } } }) },
    stranger: { gets: () => ({ data: { usageHistory: { nodes: [], pageInfo: { endCursor: null } } } }) },
    enrollee: () => ({ data: { usageHistory: { nodes: [], pageInfo: { endCursor: null } } } }),
  },
  "11-node": {
    variables: () => ({ id: globalId("Certificate", at.tarosCertificate.id) }),
    rightful: { by: () => at.master, sees: () => ({ node: { serialNumber: at.tarosCertificate.serialNumber, status: "ACTIVE" } }) },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { node: null } }) },
    stranger: { gets: () => ({ data: { node: null } }) },
    enrollee: () => ({ data: { node: null } }),
  },
  "12-sign-out": {
    variables: () => ({}),
    rightful: { by: () => at.master, sees: () => ({ signOut: { userErrors: [] } }) },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { signOut: { userErrors: [] } } }) },
    stranger: { gets: () => ({ data: { signOut: { userErrors: [] } } }) },
    changes: ["sessions"], // the caller's own; see "a sign-out ends the caller's session alone"
    enrollee: () => ({ data: { signOut: { userErrors: [] } } }),
  },
};

function signInAs(loginId: string, password = PASSWORD): object {
  return { input: { bankCode: house.bank.code, loginId, password } };
}

function lineOf(name: string): Line {
  const line = table[name];
  if (!line) throw new Error(`schema/operations/${name}.graphql has no line in this table`);
  return line;
}

/** Everything by which our contract could be recognized in an answer. */
function traces(): string[] {
  const { ours, master, taro, hana, tarosCertificate, hanasCertificate } = at;
  const callers = [master, taro, hana].flatMap(({ userId, loginId, token }) => [userId, loginId, token]);
  const certificates = [tarosCertificate, hanasCertificate].flatMap(({ id, serialNumber, fingerprint }) => [id, serialNumber, ...(fingerprint ? [fingerprint] : [])]);
  return [...callers, ...certificates, ours.contract.id, ours.contract.name];
}

function expectAnswer(answer: Answer, expected: Expected): void {
  if ("error" in expected) {
    expect(answer.errors).toMatchObject([{ extensions: { code: expected.error, ...(expected.reason ? { reason: expected.reason } : {}) } }]);
    expect(Object.values((answer.data as object | null) ?? {}).filter((value) => value !== null)).toEqual([]);
    return;
  }
  expect(answer.errors).toEqual([]);
  if ("data" in expected) {
    expect(answer.data).toMatchObject(expected.data);
    return;
  }
  const [payload] = Object.values(answer.data) as Record<string, unknown>[];
  expect(payload).toMatchObject({ userErrors: [{ code: expected.userError }] });
  const results = Object.entries(payload ?? {}).filter(([name, value]) => name !== "userErrors" && value !== null);
  expect(results).toEqual([]); // a refusal gives nothing
}

/** Sends it, and gives the answer, what changed but for `changes`, and what was recorded. */
async function attempt(name: string, by: Caller | null, variables: object): Promise<{ answer: Answer; recorded: UsageRecord[]; nothingChanged: () => void }> {
  const [before, entries] = [await house.snapshot(), (await house.history()).length];
  const answer = await send(name, by, variables);
  const [after, recorded] = [await house.snapshot(), (await house.history()).slice(entries)];
  const nothingChanged = () => {
    for (const changed of lineOf(name).changes ?? []) after[changed] = before[changed] ?? [];
    expect(after).toEqual(before);
  };
  return { answer, recorded, nothingChanged };
}

const isMutation = (name: string) => operations.get(name)?.includes("\nmutation ") ?? false;

function expectRecord(name: string, recorded: UsageRecord[], by: Caller, expected: Expected): void {
  if (!isMutation(name)) expect(recorded).toEqual([]);
  else if ("userError" in expected) {
    const whose = name === "01-sign-in" ? {} : { actorId: by.userId, contractId: by.contractId };
    expect(recorded).toMatchObject([{ ...whose, outcome: "REFUSED", code: expected.userError, after: null }]);
  } else expect(recorded.at(-1)).toMatchObject({ outcome: "SUCCEEDED" });
}

describe("the saved operations", () => {
  it("are all in the table of this test, and nothing else is", () => { expect(Object.keys(table)).toEqual([...operations.keys()]); });

  describe.each([...operations.keys()])("%s", (name) => {
    it("is valid, and says in a comment what it is for and which variables fit", async () => {
      const query = operations.get(name) ?? "";
      expect(validate(await houseSchema(), parse(query))).toEqual([]);
      expect(query).toMatch(/^# .*[ぁ-んァ-ヶ一-龠]/);
      const example = savedOperations().find((operation) => operation.name === name)?.variables ?? "";
      const wanted = Object.keys(lineOf(name).variables());
      if (wanted.length > 0) expect(Object.keys(JSON.parse(example) as object).length).toBeGreaterThan(0);
      else expect(example).toBe("");
    });

    it("works for its rightful caller", async () => {
      const { variables, rightful } = lineOf(name);
      const { answer, recorded } = await attempt(name, rightful.by(), variables());
      expect(answer.status).toBe(200);
      expectAnswer(answer, { data: rightful.sees() });
      expect(answer.text).not.toMatch(/"userErrors":\[\{/);
      if (isMutation(name)) expect(recorded.at(-1)).toMatchObject({ outcome: "SUCCEEDED", code: null });
    });

    it("gives nobody what is nobody's", async () => {
      const { variables, nobody } = lineOf(name);
      const { answer, recorded, nothingChanged } = await attempt(name, null, variables());
      expectAnswer(answer, nobody());
      nothingChanged();
      if (name !== "01-sign-in") expect(recorded).toEqual([]); // there is nobody to record
    });

    it("gives a Public ID what is its own", async () => {
      const { variables, publicId } = lineOf(name);
      const by = publicId.by?.() ?? at.hana;
      const { answer, recorded, nothingChanged } = await attempt(name, by, variables());
      expectAnswer(answer, publicId.gets());
      nothingChanged();
      expectRecord(name, recorded, by, publicId.gets());
      const others = by === at.hana ? [at.master.userId, at.tarosCertificate.id] : [at.master.userId, at.hanasCertificate.id];
      for (const trace of others) expect(answer.text).not.toContain(trace);
    });

    it("shows a Master of another contract nothing of ours and lets it change nothing", async () => {
      const { variables, stranger } = lineOf(name);
      const { answer, recorded, nothingChanged } = await attempt(name, at.stranger, (stranger.variables ?? variables)());
      expectAnswer(answer, stranger.gets());
      for (const trace of traces()) expect(answer.text).not.toContain(trace);
      nothingChanged();
      expectRecord(name, recorded, at.stranger, stranger.gets());
    });

    it("gives whoever signed in without the certificate that is required a look at itself and the enrollment, nothing else", async () => {
      await hanaAsEnrollee();
      const { variables, stranger, enrollee } = lineOf(name);
      const input = name === "01-sign-in" ? (stranger.variables ?? variables)() : variables();
      const { answer, recorded, nothingChanged } = await attempt(name, at.hana, input);
      expectAnswer(answer, enrollee());
      if (name !== "06-enroll-certificate") nothingChanged();
      expectRecord(name, recorded, at.hana, enrollee());
      for (const trace of [at.master.userId, at.tarosCertificate.id]) expect(answer.text).not.toContain(trace);
    });
  });
});

/** From here on Hana's contract demands certificates, and she signed in for real without one. */
async function hanaAsEnrollee(): Promise<Answer<SignedInAnswer>> {
  const ours = await house.aTenant({ signInMethod: "CERTIFICATE" });
  const [tarosCertificate, hanasCertificate] = [await house.aCertificate(ours.taro), await house.aCertificate(ours.hana, "PENDING")];
  const answer = await realSignIn(ours.hana.loginId);
  const { id: userId, loginId, contractId, bankId } = ours.hana;
  const hana = { ...at.hana, role: "ENROLLEE" as const, userId, loginId, contractId, bankId, token: answer.data.signIn.sessionToken ?? "" };
  at = { ...at, ours, tarosCertificate, hanasCertificate, hana, taro: await house.signedIn(ours.taro), master: await house.signedIn(ours.master) };
  return answer;
}

interface SignedInAnswer {
  signIn: { sessionToken: string | null; viewer: { mayOnlyEnroll: boolean } | null; userErrors: { code: string; nextStep: string | null }[] };
}

function realSignIn(loginId: string, password = PASSWORD): Promise<Answer<SignedInAnswer>> {
  return graphql<SignedInAnswer>(door, null, operations.get("01-sign-in") ?? "", signInAs(loginId, password));
}

describe("an ID of a contract that requires certificates", () => {
  it("without an active one is told that it may only enroll", async () => {
    const { data } = await hanaAsEnrollee();
    expect(data.signIn).toMatchObject({ sessionToken: expect.any(String) as string, viewer: { mayOnlyEnroll: true }, userErrors: [] });
  });

  it("with an active one is refused without it, gets no session and loses none", async () => {
    await hanaAsEnrollee();
    const before = await house.snapshot();
    const { data } = await realSignIn(at.taro.loginId);
    expect(data.signIn).toMatchObject({ sessionToken: null, viewer: null, userErrors: [{ code: "CERTIFICATE_REQUIRED" }] });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(at.ours.contract)).at(-1)).toMatchObject({ action: "SIGN_IN", outcome: "REFUSED", code: "CERTIFICATE_REQUIRED" });
  });

  it("with an active one and a wrong password is told nothing about either", async () => {
    await hanaAsEnrollee();
    const { data } = await realSignIn(at.taro.loginId, "Wrong-pass-1");
    expect(data.signIn.userErrors).toMatchObject([{ code: "SIGN_IN_FAILED" }]);
  });

  it.each(["EXPIRED", "REVOKED", "ENROLLMENT_EXPIRED"] as const)("with one that is %s may come in and see that for itself", async (status) => {
    const ours = await house.aTenant({ signInMethod: "CERTIFICATE" });
    await house.aCertificate(ours.taro, status);
    const { data } = await realSignIn(ours.taro.loginId);
    expect(data.signIn).toMatchObject({ viewer: { mayOnlyEnroll: true }, userErrors: [] });
    const seen = await send("02-viewer", data.signIn.sessionToken, {});
    expect(seen.data).toMatchObject({ viewer: { user: { certificate: { status } } } });
  });

  it("after its enrollment stays an enrollee, and can't come in again without the certificate", async () => {
    await hanaAsEnrollee();
    const { variables } = lineOf("06-enroll-certificate");
    expectAnswer(await send("06-enroll-certificate", at.hana, variables()), { data: { enrollCertificate: { certificate: { status: "ACTIVE" } } } });
    expectAnswer(await send("02-viewer", at.hana, {}), { data: { viewer: { mayOnlyEnroll: true } } });
    const { data } = await realSignIn(at.hana.loginId);
    expect(data.signIn.userErrors).toMatchObject([{ code: "CERTIFICATE_REQUIRED" }]);
  });

  it("is an enrollee also as Master: it sees itself and nobody else, and reissues nothing", async () => {
    const ours = await house.aTenant({ signInMethod: "CERTIFICATE" });
    const { data } = await realSignIn(ours.master.loginId);
    const token = data.signIn.sessionToken;
    expectAnswer(await send("03-users", token, {}), { data: { users: { totalCount: 1, nodes: [{ id: globalId("User", ours.master.id) }] } } });
    expectAnswer(await send("04-user", token, { id: globalId("User", ours.taro.id) }), { data: { user: null } });
    const input = { userId: globalId("User", ours.taro.id), expectedVersion: 1 };
    expectAnswer(await send("05-reissue-certificate", token, { input }), { userError: "CERTIFICATE_REQUIRED" });
  });
});

describe("a Public ID", () => {
  it.each([
    ["04-user", () => ({ id: user(at.taro) }), () => ({ user: { loginId: at.taro.loginId, certificates: { nodes: [{ serialNumber: at.tarosCertificate.serialNumber }] } } })],
    ["08-certificate", () => ({ serialNumber: at.tarosCertificate.serialNumber }), () => ({ certificate: { holder: { id: user(at.taro) }, status: "ACTIVE" } })],
    ["09-certificates", () => ({}), () => ({ certificates: { totalCount: 1, edges: [{ node: { serialNumber: at.tarosCertificate.serialNumber } }] } })],
    ["11-node", () => ({ id: globalId("Certificate", at.tarosCertificate.id) }), () => ({ node: { serialNumber: at.tarosCertificate.serialNumber } })],
    ["11-node", () => ({ id: user(at.taro) }), () => ({ node: { loginId: at.taro.loginId } })],
    ["11-node", () => ({ id: globalId("Contract", at.ours.contract.id) }), () => ({ node: { name: at.ours.contract.name } })],
  ])("sees itself and its own certificate: %s", async (name, variables, sees) => {
    expectAnswer(await send(name, at.taro, variables()), { data: sees() });
  });

  it.each([
    ["04-user", () => ({ id: user(at.master) }), { user: null }],
    ["11-node", () => ({ id: user(at.hana) }), { node: null }],
    ["11-node", () => ({ id: globalId("Contract", at.theirs.contract.id) }), { node: null }],
    ["08-certificate", () => ({ id: globalId("Certificate", at.hanasCertificate.id) }), { certificate: null }],
    ["09-certificates", () => ({ filter: { userId: user(at.hana) } }), { certificates: { totalCount: 0, edges: [] } }],
    ["03-users", () => ({ filter: { text: at.hana.loginId } }), { users: { totalCount: 0, nodes: [] } }],
  ])("sees nobody else, whatever it asks for: %s", async (name, variables, sees) => {
    expectAnswer(await send(name, at.taro, variables()), { data: sees });
  });

  it("is refused a reissue and a revocation also of its own certificate", async () => {
    const before = await house.snapshot();
    expectAnswer(await send("05-reissue-certificate", at.taro, { input: { userId: user(at.taro), expectedVersion: 1 } }), { userError: "MASTER_ONLY" });
    const certificateId = globalId("Certificate", at.tarosCertificate.id);
    expectAnswer(await send("07-revoke-certificate", at.taro, { input: { certificateId, reason: "SUPERSEDED" } }), { userError: "MASTER_ONLY" });
    expect(await house.snapshot()).toEqual(before);
  });
});

describe("a Master of another contract", () => {
  it.each([
    ["03-users", () => ({ filter: { text: at.taro.loginId } }), { users: { totalCount: 0, nodes: [] } }],
    ["08-certificate", () => ({ id: globalId("Certificate", at.tarosCertificate.id) }), { certificate: null }],
    ["09-certificates", () => ({ filter: { userId: user(at.taro) } }), { certificates: { totalCount: 0, edges: [] } }],
    ["10-usage-history", () => ({ filter: { actorId: user(at.master) } }), { usageHistory: { nodes: [] } }],
    ["11-node", () => ({ id: user(at.taro) }), { node: null }],
    ["11-node", () => ({ id: globalId("Contract", at.ours.contract.id) }), { node: null }],
  ])("finds nothing of ours by any filter or id: %s", async (name, variables, sees) => {
    expectAnswer(await send(name, at.stranger, variables()), { data: sees });
  });

  it("is answered for our ids exactly as for ids that nobody has", async () => {
    const nobodys = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const reissue = async (userId: string) =>
      (await send("05-reissue-certificate", at.stranger, { input: { userId: globalId("User", userId), expectedVersion: 1 } })).data;
    const revoke = async (certificateId: string) =>
      (await send("07-revoke-certificate", at.stranger, { input: { certificateId: globalId("Certificate", certificateId), reason: "SUPERSEDED" } })).data;
    expect(await reissue(at.taro.userId)).toEqual(await reissue(nobodys));
    expect(await revoke(at.tarosCertificate.id)).toEqual(await revoke(nobodys));
  });

  it("can't read an entry of our history by its id", async () => {
    const [entry] = await house.history(at.ours.contract);
    const id = globalId("UsageRecord", entry?.id ?? "");
    expectAnswer(await send("11-node", at.master, { id }), { data: { node: { action: "CERTIFICATE_ENROLL" } } });
    expectAnswer(await send("11-node", at.stranger, { id }), { data: { node: null } });
    expectAnswer(await send("11-node", at.taro, { id }), { data: { node: null } });
  });
});

it("a sign-out ends the caller's session alone", async () => {
  await send("12-sign-out", at.stranger, {});
  expect((await send("02-viewer", at.stranger, {})).errors).toMatchObject([{ extensions: { reason: "SESSION_ENDED" } }]);
  for (const caller of [at.master, at.taro, at.hana]) expect(codes(await send("02-viewer", caller, {}))).toEqual([]);
});

it("a sign-in ends the ID's earlier session, and no one else's", async () => {
  await realSignIn(at.taro.loginId);
  expect(codes(await send("02-viewer", at.taro, {}))).toEqual(["UNAUTHENTICATED"]);
  expect(codes(await send("02-viewer", at.hana, {}))).toEqual([]);
});
