import type { FastifyInstance } from "fastify";
import { hash } from "@node-rs/argon2";
import { Certificate } from "../../src/certificates/Certificate.js";
import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { DAY, MINUTE } from "../../src/foundation/clock.js";
import { globalId } from "../../src/graphql/globalId.js";
import { Alert } from "../../src/history/Alert.js";
import { Password } from "../../src/identity/Password.js";
import { Session } from "../../src/identity/Session.js";
import { recognize } from "../../src/identity/sessions.js";
import { signIn, type SignIn } from "../../src/identity/signIn.js";
import type { User } from "../../src/identity/User.js";
import type { ReissueReason } from "../../src/policy/certificateLifecycle.js";
import { aCsr } from "../support/csr.js";
import { forAnotherPurpose, ofAnotherCa, selfSigned, thumbprintOf } from "../support/forged.js";
import { graphql } from "../support/graphql.js";
import { House, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

const origin = { requestId: "test", address: "192.0.2.1" };
let house: House;
let door: FastifyInstance;
let strict: Tenant;
let active: Certificate;
let der: Buffer;

beforeAll(async () => {
  house = await House.open();
  door = await house.door(undefined, { proxies: { loopback: true, certificates: new Set() } });
});
afterAll(async () => {
  await door.close();
  await house.close();
});
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  strict = await house.aTenant({ signInMethod: "CERTIFICATE" });
  active = await house.aCertificate(strict.taro);
  der = bytesOf(active);
});

const bytesOf = ({ x509 }: Certificate) => x509 ?? Buffer.of();
const enter = async (certificate: Buffer | null, { loginId }: User, changes: Partial<SignIn> = {}, desk = house.desk) =>
  signIn(desk, origin, certificate && (await desk.examine(certificate)), { bankCode: "5120", loginId, password: PASSWORD, ...changes });
const wrong = { password: "Wrong-pass-1" };
const sessionOf = (user: User) => house.db.reads.findOneBy(Session, { userId: user.id, isCurrent: 1 });
const revoke = async (certificate = active, reason: "KEY_COMPROMISE" | "PRIVILEGE_WITHDRAWN" = "KEY_COMPROMISE") =>
  revokeCertificate(house.desk, await house.signedIn(strict.master), { certificateId: certificate.id, reason });
const reissue = async (user: User, reason: ReissueReason = "DEVICE_REPLACED") =>
  reissueCertificate(house.desk, await house.signedIn(strict.master), { userId: user.id, expectedVersion: user.version, reason });
const alerts = () => house.db.reads.find(Alert, { where: { contractId: strict.contract.id, kind: "REVOKED_CERTIFICATE_PRESENTED" } });
/** What was entered for the contract, or for nobody known, since then. */
const entriesSince = async (count: number) => (await house.history()).slice(count);

/** Everything but what an attempt may add: its alert. */
async function untouched() {
  const { alerts: _, ...rest } = await house.snapshot();
  return rest;
}

describe("signing in to a contract that requires a certificate", () => {
  it.each(["taro", "master"] as const)("lets %s in with the password and its own active certificate, in full, bound to it", async (who) => {
    const user = strict[who];
    const own = who === "taro" ? active : await house.aCertificate(user);
    const { actor, token } = await enter(bytesOf(own), user);
    expect(actor).toMatchObject({ role: user.kind, userId: user.id });
    expect(await sessionOf(user)).toMatchObject({ certificateFingerprint: thumbprintOf(bytesOf(own)), isEnrollOnly: false });
    expect((await house.history(strict.contract)).at(-1)).toMatchObject({
      action: "SIGN_IN", outcome: "SUCCEEDED", code: null, actorId: user.id, certificateId: own.id, address: "192.0.2.1",
    });
    expect(await recognize(house.desk, token, await house.desk.examine(bytesOf(own)), origin)).toMatchObject({ actor: { role: user.kind } });
  });

  it("refuses whoever has an active one and doesn't show it, after the password only, and opens nothing", async () => {
    const [before, count] = [await untouched(), (await house.history()).length];
    await expect(enter(null, strict.taro)).rejects.toMatchObject({ code: "CERTIFICATE_REQUIRED" });
    expect(await untouched()).toEqual(before);
    await expect(enter(null, strict.taro, wrong)).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect(await sessionOf(strict.taro)).toBeNull();
    expect(await entriesSince(count)).toMatchObject([{ outcome: "REFUSED", code: "CERTIFICATE_REQUIRED" }, { outcome: "REFUSED", code: "SIGN_IN_FAILED" }]);
  });

  it("lets whoever has none in to enroll, bound to nothing", async () => {
    expect((await enter(null, strict.hana)).actor.role).toBe("ENROLLEE");
    expect(await sessionOf(strict.hana)).toMatchObject({ isEnrollOnly: true, certificateFingerprint: null });
  });

  it("is a story: enroll without a certificate, sign in again with it", async () => {
    const pending = await house.aCertificate(strict.hana, "PENDING");
    const { actor } = await enter(null, strict.hana);
    const acquired = await enrollCertificate(house.desk, actor, { csr: aCsr().pem, enrollmentCode: pending.enrollmentCode });
    await expect(enter(null, strict.hana)).rejects.toMatchObject({ code: "CERTIFICATE_REQUIRED" });
    expect((await enter(bytesOf(acquired), strict.hana)).actor.role).toBe("PUBLIC");
  });
});

describe("another's active certificate", () => {
  it.each([
    ["a colleague's", () => house.aCertificate(strict.hana)],
    ["the Master's", () => house.aCertificate(strict.master)],
    ["a stranger's", async () => house.aCertificate((await house.aTenant()).taro)],
  ])("%s is refused after the right password, changes nothing, and is on record", async (_whose, make) => {
    const others = await make();
    const [before, count] = [await untouched(), (await house.history()).length];
    await expect(enter(bytesOf(others), strict.taro)).rejects.toMatchObject({ code: "PRESENTED_CERTIFICATE_OF_ANOTHER" });
    expect(await untouched()).toEqual(before);
    expect(await alerts()).toEqual([]);
    expect(await entriesSince(count)).toMatchObject([
      { action: "SIGN_IN", outcome: "REFUSED", code: "PRESENTED_CERTIFICATE_OF_ANOTHER", actorId: strict.taro.id, certificateId: null },
    ]);
    expect(JSON.parse((await entriesSince(count))[0]?.before ?? "")).toEqual({ thumbprint: thumbprintOf(bytesOf(others)) }); // nobody else's id
  });

  it.each([
    ["with a wrong password", () => strict.taro.loginId, wrong],
    ["for an ID that isn't there", () => "nobody99", {}],
    ["for a locked ID", () => strict.taro.loginId, {}],
  ])("%s tells nothing: SIGN_IN_FAILED, as without it; the history has its thumbprint", async (what, loginId, changes) => {
    const others = await house.aCertificate(strict.hana);
    if (what.includes("locked")) await house.db.transaction((tx) => tx.update(Password, { userId: strict.taro.id, kind: "LOGIN" }, { lockedAt: THE_MORNING }));
    const count = (await house.history()).length;
    await expect(enter(bytesOf(others), strict.taro, { loginId: loginId(), ...changes })).rejects.toMatchObject({ code: "SIGN_IN_FAILED", facts: {} });
    const [entry, ...more] = await entriesSince(count);
    expect([entry?.outcome, entry?.certificateId, more]).toEqual(["REFUSED", null, []]);
    expect(JSON.parse(entry?.before ?? "")).toEqual({ thumbprint: thumbprintOf(bytesOf(others)) });
    expect(await sessionOf(strict.taro)).toBeNull();
  });

  it("counts a wrong password as without it: six lock the ID", async () => {
    for (let entry = 0; entry < 6; entry++) await enter(der, strict.taro, wrong).catch(() => undefined);
    await expect(enter(der, strict.taro)).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    expect((await house.history(strict.contract)).at(-1)).toMatchObject({ code: "ID_LOCKED", certificateId: active.id });
  });
});

interface Worthless {
  der: Buffer;
  code: string;
  /** Null where it is nobody's. */
  id: string | null;
}

const worthless: [string, () => Promise<Worthless>][] = [
  ["one that has expired", async () => {
    const { id } = await house.aCertificate(strict.hana, "EXPIRED");
    return { der: bytesOf(await house.certificate(id)), code: "PRESENTED_CERTIFICATE_EXPIRED", id };
  }],
  ["a revoked one", async () => {
    await revoke();
    return { der, code: "PRESENTED_CERTIFICATE_REVOKED", id: active.id };
  }],
  ["one superseded by a reissue", async () => {
    await reissue(strict.taro);
    return { der, code: "PRESENTED_CERTIFICATE_REVOKED", id: active.id };
  }],
  ["one superseded by an acquired one", async () => {
    const { enrollmentCode } = await reissue(strict.taro);
    await enrollCertificate(house.desk, await house.signedIn(strict.taro, { isEnrollOnly: true }), { csr: aCsr().pem, enrollmentCode });
    return { der, code: "PRESENTED_CERTIFICATE_REVOKED", id: active.id };
  }],
  ["one of another CA with the same names", async () => nobodys((await ofAnotherCa(house, strict, active)).der)],
  ["one signed by its own key", async () => nobodys((await selfSigned(house, strict, active)).der)],
  ["one of our CA for another purpose", async () => nobodys((await forAnotherPurpose(house, active)).der)],
  ["one of another CA that somebody wrote into the holder's row", async () => {
    const forged = await ofAnotherCa(house, strict, active);
    const facts = { x509: forged.der, fingerprint: thumbprintOf(forged.der) };
    await house.db.transaction((tx) => tx.update(Certificate, { id: active.id }, facts));
    return nobodys(forged.der);
  }],
  ["bytes that are no certificate", () => Promise.resolve(nobodys(Buffer.from("certificate")))],
];
it.each([["that exists", true], ["that doesn't", false]])("an unknown certificate is on record under the ID that was claimed, %s, with its thumbprint", async (_what, exists) => {
  const foreign = (await ofAnotherCa(house, strict, active)).der;
  const count = (await house.history()).length;
  await enter(foreign, strict.taro, exists ? {} : { loginId: "nobody99" }).catch(() => undefined);
  const { id, loginId, contractId } = strict.taro;
  const [entry] = await entriesSince(count);
  expect(entry).toMatchObject({ code: "PRESENTED_CERTIFICATE_UNKNOWN", bankId: strict.bank.id, ...(exists ? { actorId: id, actorLoginId: loginId, contractId } : { actorId: null, actorLoginId: "nobody99", contractId: null }) });
  expect(JSON.parse(entry?.before ?? "")).toEqual({ thumbprint: thumbprintOf(foreign) });
});

const nobodys = (bytes: Buffer): Worthless => ({ der: bytes, code: "PRESENTED_CERTIFICATE_UNKNOWN", id: null });

describe.each(["CERTIFICATE", "PASSWORD"] as const)("a contract of method %s refuses", (signInMethod) => {
  beforeEach(async () => {
    if (signInMethod === "PASSWORD") {
      strict = await house.aTenant();
      active = await house.aCertificate(strict.taro);
      der = bytesOf(active);
    }
  });

  it.each(worthless)("%s: with a code that says why, whatever the password, of which no try is taken; nothing opened, nothing changed, all on record", async (_what, make) => {
    const presented = await make();
    const [before, count] = [await untouched(), (await house.history()).length];
    await expect(enter(presented.der, strict.taro)).rejects.toMatchObject({ code: presented.code });
    await expect(enter(presented.der, strict.taro, wrong)).rejects.toMatchObject({ code: presented.code });
    expect(await untouched()).toEqual(before); // the tries of the password among it
    const entry = { action: "SIGN_IN", outcome: "REFUSED", code: presented.code, certificateId: presented.id, address: "192.0.2.1", after: null };
    expect(await entriesSince(count)).toMatchObject([entry, entry]);
    expect((await alerts()).map(({ times }) => times)).toEqual(presented.code === "PRESENTED_CERTIFICATE_REVOKED" ? [2] : []);
  });
});

it("a refusal by certificate leaves no sooner than the others", async () => {
  const beginning = performance.now();
  await expect(enter(Buffer.of(), strict.taro, {}, { ...house.desk, signInFloorMs: 300 })).rejects.toMatchObject({ code: "PRESENTED_CERTIFICATE_UNKNOWN" });
  expect(performance.now() - beginning).toBeGreaterThanOrEqual(299);
});

describe("a contract that signs in by password", () => {
  it("asks for no certificate; its session is bound to none and works without", async () => {
    const tenant = await house.aTenant();
    await house.aCertificate(tenant.taro);
    const { token, actor } = await enter(null, tenant.taro);
    expect(actor.role).toBe("PUBLIC");
    expect(await sessionOf(tenant.taro)).toMatchObject({ certificateFingerprint: null });
    await expect(recognize(house.desk, token, null, origin)).resolves.toBeTruthy();
  });

  it("binds the session to the user's own where it is presented", async () => {
    const tenant = await house.aTenant();
    const own = await house.aCertificate(tenant.taro);
    const { token } = await enter(bytesOf(own), tenant.taro);
    expect(await sessionOf(tenant.taro)).toMatchObject({ certificateFingerprint: thumbprintOf(bytesOf(own)) });
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: "WRONG_CERTIFICATE" });
  });

  it("binds it to nobody else's: an unbound session is refused beside another's active certificate", async () => {
    const tenant = await house.aTenant();
    const { token } = await enter(null, tenant.taro);
    const own = await house.aCertificate(tenant.taro);
    await expect(recognize(house.desk, token, await house.desk.examine(der), origin)).rejects.toMatchObject({ why: "WRONG_CERTIFICATE" });
    await expect(recognize(house.desk, token, await house.desk.examine(bytesOf(own)), origin)).resolves.toBeTruthy();
  });

  it("refuses another's", async () => {
    const tenant = await house.aTenant();
    await expect(enter(der, tenant.taro)).rejects.toMatchObject({ code: "PRESENTED_CERTIFICATE_OF_ANOTHER" });
    expect(await sessionOf(tenant.taro)).toBeNull();
  });
});

const SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken viewer { user { loginId } } userErrors { code message nextStep } } }";
interface SignedIn {
  signIn: { sessionToken: string | null; viewer: object | null; userErrors: { code: string; message: string; nextStep: string }[] };
}
const presenting = (certificate: Buffer | null): Record<string, string> => (certificate ? { "client-cert": `:${certificate.toString("base64")}:` } : {});
const signInAtTheDoor = (certificate: Buffer | null, user: User, headers: Record<string, string> = {}, by: Caller | null = null) =>
  graphql<SignedIn>(door, by, SIGN_IN, { input: { bankCode: "5120", loginId: user.loginId, password: PASSWORD } }, { ...presenting(certificate), ...headers });

describe("what is said of a revoked one", () => {
  it.each([
    ["ja", "ご提示の電子証明書は2026年11月24日 10:00に失効しています（理由：紛失・盗難・漏えいのおそれ）。"],
    ["en", "The certificate that was presented was revoked on 24 November 2026, 10:00 Japan time (lost, stolen or compromised)."],
  ])("has its date in Japan and its reason: %s", async (language, message) => {
    await revoke();
    house.clock.advance(DAY);
    const { status, data } = await signInAtTheDoor(der, strict.taro, { "accept-language": language });
    expect(status).toBe(200);
    expect(data.signIn).toMatchObject({ sessionToken: null, viewer: null, userErrors: [{ code: "PRESENTED_CERTIFICATE_REVOKED" }] });
    expect(data.signIn.userErrors[0]?.message).toBe(message);
  });

  it("and of an expired one has its end", async () => {
    await house.aCertificate(strict.hana, "EXPIRED");
    const presented = bytesOf((await house.currentCertificate(strict.hana)) ?? active);
    const { data } = await signInAtTheDoor(presented, strict.hana);
    expect(data.signIn.userErrors).toMatchObject([{ code: "PRESENTED_CERTIFICATE_EXPIRED", message: "ご提示の電子証明書は2026年11月24日 9:59に有効期限が切れています。" }]);
  });

  it("is said to whatever else is asked with it, too, with the facts as values", async () => {
    await revoke(active, "PRIVILEGE_WITHDRAWN");
    const { status, errors } = await graphql(door, null, "{ viewer { signedInAt } }", {}, { ...presenting(der), "accept-language": "ja" });
    expect(status).toBe(401);
    expect(errors).toMatchObject([{
      message: "ご提示の電子証明書は2026年11月24日 10:00に失効しています（理由：権限の取消し）。",
      extensions: { code: "UNAUTHENTICATED", reason: "CERTIFICATE_REVOKED", revokedAt: THE_MORNING.toISOString(), revocationReason: "PRIVILEGE_WITHDRAWN" },
    }]);
  });
});

describe("the alert of a revoked certificate", () => {
  beforeEach(() => revoke());

  it("says whose it is, which, from where and as whom, and holds no secret", async () => {
    await expect(enter(der, strict.hana)).rejects.toMatchObject({ code: "PRESENTED_CERTIFICATE_REVOKED" });
    const [alert, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ kind: "REVOKED_CERTIFICATE_PRESENTED", userId: strict.taro.id, bankId: house.bank.id, certificateId: active.id, raisedAt: THE_MORNING, times: 1 });
    expect(JSON.parse(alert?.evidence ?? "")).toEqual({
      serialNumber: active.serialNumber, revokedAt: THE_MORNING.toISOString(), revocationReason: "KEY_COMPROMISE",
      claimedLoginId: strict.hana.loginId, requestId: "test", address: "192.0.2.1",
    });
    expect(await house.history(strict.contract)).toContainEqual(expect.objectContaining({ actorId: strict.taro.id, code: "PRESENTED_CERTIFICATE_REVOKED" }));
  });

  it("is one a day, however often; every sign-in is an entry of its own", async () => {
    const count = (await house.history()).length;
    for (let attempt = 0; attempt < 3; attempt++) await enter(der, strict.taro).catch(() => undefined);
    expect(await alerts()).toMatchObject([{ times: 3 }]);
    house.clock.advance(DAY);
    await enter(der, strict.taro).catch(() => undefined);
    expect((await alerts()).map(({ times }) => times).sort()).toEqual([1, 3]);
    expect(await entriesSince(count)).toHaveLength(4);
  });

  it("is one of twenty sign-ins at once, and counts them all", async () => {
    const count = (await house.history()).length;
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => enter(der, strict.taro)));
    for (const result of results) expect(result).toMatchObject({ status: "rejected", reason: { code: "PRESENTED_CERTIFICATE_REVOKED" } });
    expect(await alerts()).toMatchObject([{ times: 20 }]);
    expect(await entriesSince(count)).toHaveLength(20);
  });

  it("is one of twenty queries at once, which are one entry", async () => {
    const count = (await house.history()).length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => graphql(door, null, "{ users { totalCount } }", {}, presenting(der))));
    for (const { status } of answers) expect(status).toBe(401);
    expect(await alerts()).toMatchObject([{ times: 20 }]);
    expect(await entriesSince(count)).toMatchObject([{ action: "CERTIFICATE_PRESENT", outcome: "REFUSED", code: "PRESENTED_CERTIFICATE_REVOKED", certificateId: active.id, actorId: strict.taro.id }]);
  });

  it.each([
    ["a query", "{ users { totalCount } }"],
    ["introspection", "{ __schema { queryType { name } } }"],
    ["nothing but a type's name", "{ __typename }"],
    ["a query of another shape than the schema's", "{ nonsense }"],
    ["what is no GraphQL", "{"],
    ["what is too deep", `{ users { nodes ${"{ certificate { holder ".repeat(7)}{ id }${" } }".repeat(7)} } }`],
    ["two mutations at once", "mutation { signOut { userErrors { code } } b: signOut { userErrors { code } } }"],
    ["a mutation without its input", "mutation { reissueCertificate { userErrors { code } } }"],
    ["a sign-in without its password", "mutation { signIn(input: { bankCode: \"5120\", loginId: \"x\" }) { sessionToken } }"],
  ])("is raised by %s as well, which is refused whole", async (_what, query) => {
    const answer = await graphql(door, null, query, {}, presenting(der));
    expect([null, undefined]).toContain(answer.data);
    expect(answer.errors).toHaveLength(1);
    expect(answer.text).not.toMatch(/stack|node_modules|\.js:/);
    expect(await alerts()).toMatchObject([{ times: 1 }]);
  });
});

describe("a session that is bound to a certificate", () => {
  let taro: Caller;
  beforeEach(async () => {
    taro = await house.signedIn(strict.taro, { boundTo: thumbprintOf(der) });
  });
  const VIEWER = "{ viewer { user { loginId } } }";
  const ask = (certificate: Buffer | null, query = VIEWER, variables = {}) => graphql(door, taro, query, variables, presenting(certificate));

  async function expectRefused(certificate: Buffer | null, reason: string): Promise<void> {
    const { status, headers, errors, data, text } = await ask(certificate);
    expect(status).toBe(401);
    expect(headers["www-authenticate"]).toBe('Bearer error="invalid_token"');
    expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED", reason } }]);
    expect([null, undefined, { viewer: null }]).toContainEqual(data);
    expect(text).not.toMatch(/stack|node_modules|\.js:/);
  }

  it("works with that one", async () => {
    expect(await ask(der)).toMatchObject({ status: 200, data: { viewer: { user: { loginId: strict.taro.loginId } } }, errors: [] });
  });

  it.each([
    ["without any", () => Promise.resolve(null), "WRONG_CERTIFICATE"],
    ["with a colleague's", async () => bytesOf(await house.aCertificate(strict.hana)), "WRONG_CERTIFICATE"],
    ["with a stranger's", async () => bytesOf(await house.aCertificate((await house.aTenant()).taro)), "WRONG_CERTIFICATE"],
    ["with a colleague's that has expired", async () => bytesOf(await house.certificate((await house.aCertificate(strict.hana, "EXPIRED")).id)), "CERTIFICATE_EXPIRED"],
    ["with another CA's of the same names", async () => (await ofAnotherCa(house, strict, active)).der, "CERTIFICATE_UNKNOWN"],
  ])("is worth nothing %s", async (_how, certificate, reason) => {
    await expectRefused(await certificate(), reason);
    expect(await ask(der)).toMatchObject({ status: 200, errors: [] }); // and isn't ended by that
  });

  it("is worth nothing with a colleague's that is revoked", async () => {
    const hanas = await house.aCertificate(strict.hana);
    await revoke(hanas);
    await expectRefused(bytesOf(hanas), "CERTIFICATE_REVOKED");
    expect(await alerts()).toMatchObject([{ userId: strict.hana.id, times: 1 }]);
  });

  it.each([
    ["none", () => Promise.resolve(null), () => strict.taro.id, "UNAUTHENTICATED"],
    ["a colleague's", async () => bytesOf(await house.aCertificate(strict.hana)), () => strict.taro.id, "UNAUTHENTICATED"],
    ["nobody's", async () => (await ofAnotherCa(house, strict, active)).der, () => strict.taro.id, "UNAUTHENTICATED"],
    ["a colleague's that has expired", async () => bytesOf(await house.certificate((await house.aCertificate(strict.hana, "EXPIRED")).id)), () => strict.hana.id, "UNAUTHENTICATED"],
    ["a colleague's that is revoked", async () => {
      const hanas = await house.aCertificate(strict.hana);
      await revoke(hanas);
      return bytesOf(hanas);
    }, () => strict.hana.id, "PRESENTED_CERTIFICATE_REVOKED"],
  ])("does nothing with %s: what was attempted is on record, once", async (_whose, make, by, code) => {
    const certificate = await make();
    const [before, count] = [await untouched(), (await house.history()).length];
    const answers = [
      await ask(certificate, "mutation { signOut { userErrors { code } } }"),
      await ask(certificate, "mutation ($id: ID!) { reissueCertificate(input: { userId: $id, expectedVersion: 1 }) { userErrors { code } } }", { id: globalId("User", strict.hana.id) }),
    ];
    for (const { status, errors } of answers) {
      expect(status).toBe(401);
      expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
    }
    expect(await untouched()).toEqual(before);
    expect(await entriesSince(count)).toMatchObject([
      { action: "SIGN_OUT", outcome: "REFUSED", code, actorId: by() },
      { action: "CERTIFICATE_REISSUE", outcome: "REFUSED", code, actorId: by() },
    ]);
  });

  it.each(["Bearer x", `Bearer ${"A".repeat(43)}`, "Basic eDp4", ""])("can't be hidden from the history behind the header %j when an expired certificate attempts something", async (authorization) => {
    const expired = bytesOf(await house.certificate((await house.aCertificate(strict.hana, "EXPIRED")).id));
    const count = (await house.history()).length;
    const { status } = await graphql(door, null, "mutation { signOut { userErrors { code } } }", {}, { ...presenting(expired), authorization });
    expect(status).toBe(401);
    expect(await entriesSince(count)).toMatchObject([{ action: "SIGN_OUT", outcome: "REFUSED", code: "UNAUTHENTICATED", actorId: strict.hana.id }]);
  });

  it("is left for a new one by signing in with the good certificate, an old token sent along or not", async () => {
    const { status, data } = await signInAtTheDoor(der, strict.taro, {}, taro);
    expect([status, data.signIn.userErrors]).toEqual([200, []]);
    expect((await ask(der)).errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED", reason: "SESSION_ENDED" } }]); // replaced
    const again = await signInAtTheDoor(der, strict.taro, {}, taro);
    expect([again.status, again.data.signIn.userErrors]).toEqual([200, []]);
    const next = await graphql(door, again.data.signIn.sessionToken, VIEWER, {}, presenting(der));
    expect(next).toMatchObject({ status: 200, data: { viewer: { user: { loginId: strict.taro.loginId } } } });
  });

  it("ends at the very next request when the certificate is revoked", async () => {
    expect((await ask(der)).status).toBe(200);
    await revoke();
    await expectRefused(der, "CERTIFICATE_REVOKED");
    expect((await ask(null)).errors).toMatchObject([{ extensions: { reason: "SESSION_ENDED" } }]);
  });

  it("ends at the very next request when the certificate is reissued, and doesn't go on with the next one", async () => {
    const { enrollmentCode } = await reissue(strict.taro);
    await expectRefused(der, "CERTIFICATE_REVOKED");
    const next = await enrollCertificate(house.desk, await house.signedIn(strict.taro, { isEnrollOnly: true }), { csr: aCsr().pem, enrollmentCode });
    expect((await ask(bytesOf(next))).errors).toMatchObject([{ extensions: { reason: "SESSION_ENDED" } }]);
  });

  it("ends at the very next request when the certificate expires, to the millisecond", async () => {
    house.clock.moveTo(active.notAfter ?? THE_MORNING);
    taro = await house.signedIn(strict.taro, { boundTo: thumbprintOf(der) });
    expect((await ask(der)).status).toBe(200);
    house.clock.advance(1);
    await expectRefused(der, "CERTIFICATE_EXPIRED");
  });

  it("idles and ends like any other", async () => {
    house.clock.advance(15 * MINUTE + 1);
    expect((await ask(der)).errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED", reason: "SESSION_EXPIRED" } }]);
  });
});

it("of a sign-in and a reissue or a revocation at once, the sign-in comes wholly before, or is refused; no session is left that works: fifty rounds", async () => {
  const tenant = await house.aTenant({ signInMethod: "CERTIFICATE" });
  const cheap = await hash(PASSWORD, { memoryCost: 64, timeCost: 1, parallelism: 1 }); // or the hash would always be the last to be ready
  const outcomes = new Set<string>();
  for (let round = 0; round < 50; round++) {
    const user = await house.aUser(tenant.contract);
    await house.db.transaction((tx) => tx.update(Password, { userId: user.id, kind: "LOGIN" }, { hash: cheap }));
    const certificate = await house.aCertificate(user);
    const seen = await house.desk.examine(bytesOf(certificate)); // both find it active
    const master = await house.signedIn(tenant.master);
    const withdraw = () => (round % 2 === 0
      ? reissueCertificate(house.desk, master, { userId: user.id, expectedVersion: 1, reason: "LOST" })
      : revokeCertificate(house.desk, master, { certificateId: certificate.id, reason: "KEY_COMPROMISE" }));
    const [signedIn, withdrawn] = await Promise.allSettled([
      signIn(house.desk, origin, seen, { bankCode: "5120", loginId: user.loginId, password: PASSWORD }),
      withdraw(),
    ]);
    expect(withdrawn.status).toBe("fulfilled");
    const deeds = (await house.history()).filter(({ actorId, targetUserId }) => actorId === user.id || targetUserId === user.id).map(({ action, outcome }) => `${action} ${outcome}`);
    if (signedIn.status === "rejected") {
      expect(signedIn.reason).toMatchObject({ code: "PRESENTED_CERTIFICATE_REVOKED" });
      expect(deeds.at(-1)).toBe("SIGN_IN REFUSED");
      outcomes.add("refused");
      continue;
    }
    outcomes.add("entered before");
    expect(await sessionOf(user)).toBeNull(); // ended by what came wholly after it
    const { token } = signedIn.value;
    const next = await house.desk.examine(bytesOf(certificate));
    expect(next).toMatchObject({ status: "REVOKED" });
    await expect(recognize(house.desk, token, next, origin)).rejects.toMatchObject({ why: "CERTIFICATE_REVOKED" });
    await expect(recognize(house.desk, token, null, origin)).rejects.toMatchObject({ why: expect.stringMatching(/^(WRONG_CERTIFICATE|SESSION_ENDED)$/) as string });
  }
  expect(outcomes).toContain("refused"); // or nothing was shown
}, 60_000);

it("one that is revoked while the password is looked at is refused, with its alert, and opens nothing", async () => {
  const seen = await house.desk.examine(der);
  await revoke();
  const count = (await house.history()).length;
  const input = { bankCode: "5120", loginId: strict.taro.loginId, password: PASSWORD };
  await expect(signIn(house.desk, origin, seen, input)).rejects.toMatchObject({ code: "PRESENTED_CERTIFICATE_REVOKED", facts: { revokedAt: THE_MORNING, revocationReason: "KEY_COMPROMISE" } });
  expect(await sessionOf(strict.taro)).toBeNull();
  expect(await alerts()).toMatchObject([{ kind: "REVOKED_CERTIFICATE_PRESENTED", certificateId: active.id, times: 1 }]);
  expect(await entriesSince(count)).toMatchObject([{ action: "SIGN_IN", outcome: "REFUSED", code: "PRESENTED_CERTIFICATE_REVOKED", certificateId: active.id }]);
});
