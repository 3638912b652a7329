import type { FastifyInstance } from "fastify";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { MINUTE, later } from "../../src/foundation/clock.js";
import { globalId } from "../../src/graphql/globalId.js";
import { takeCheckpoints } from "../../src/history/checkpoints.js";
import { verifyChain } from "../../src/history/verifyHistory.js";
import { Contract } from "../../src/identity/Contract.js";
import { User } from "../../src/identity/User.js";
import { answerOcsp } from "../../src/validation/answerOcsp.js";
import { crlContent } from "../../src/validation/crlStore.js";
import { Counter } from "../support/Counter.js";
import { aCsr } from "../support/csr.js";
import { graphql } from "../support/graphql.js";
import { House, PASSWORD, THE_MORNING, type Tenant } from "../support/House.js";
import { aRequest, aSingle } from "../support/ocspRequest.js";
import { Scratch } from "../support/pki.js";
import { shownCrl } from "../support/shownCrl.js";
import { certIdOf, shownOcsp } from "../support/shownOcsp.js";

// domain.md §6: what was done in 2014, and each of the counter-measures, as the customer, the thief and the bank live it:
// over the door, with what each of them really has.

const scratch = new Scratch();
let house: House;
let door: FastifyInstance;
let tenant: Tenant;
/** keir002's certificate, as its PC has it. */
let stolen: { id: string; x509: Buffer; serialNumber: string; issuerId: string };

beforeAll(async () => {
  house = await House.open();
  door = await house.door(undefined, { proxies: { loopback: true, certificates: new Set() } });
});
afterAll(async () => {
  scratch.remove();
  await door.close();
  await house.close();
});

const HOME = "198.51.100.1";
const AWAY = "203.0.113.66";
/** Somebody at an address, with the certificate that is chosen there. */
const from = (address: string, certificate: Buffer | null = null) => ({ "x-forwarded-for": address, ...(certificate ? { "client-cert": `:${certificate.toString("base64")}:` } : {}) });

async function signIn(user: User, headers: Record<string, string>, password = PASSWORD) {
  const { data } = await graphql<{ signIn: { sessionToken: string | null; userErrors: { code: string }[] } }>(
    door, null, "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken userErrors { code } } }", { input: { bankCode: "5120", loginId: user.loginId, password } }, headers);
  return { token: data.signIn.sessionToken ?? "", codes: data.signIn.userErrors.map(({ code }) => code) };
}

interface Reissued { enrollmentCode: string | null; certificate: { id: string; serialNumber: string } | null; userErrors: { code: string }[] }
async function reissue(token: string, headers: Record<string, string>, input: object = {}): Promise<Reissued> {
  const user = await userOf(tenant.taro);
  const { data } = await graphql<{ reissueCertificate: Reissued }>(
    door, token, "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { enrollmentCode certificate { id serialNumber } userErrors { code } } }",
    { input: { userId: globalId("User", tenant.taro.id), expectedVersion: user.version, reason: "CERTIFICATE_DELETED", ...input } }, headers);
  return data.reissueCertificate;
}

async function enroll(token: string, headers: Record<string, string>, enrollmentCode: string | null, csr = aCsr().pem) {
  const { data } = await graphql<{ enrollCertificate: { certificate: { id: string; pem: string } | null; userErrors: { code: string }[] } }>(
    door, token, "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { certificate { id pem } userErrors { code } } }", { input: { csr, enrollmentCode } }, headers);
  return { certificate: data.enrollCertificate.certificate, codes: data.enrollCertificate.userErrors.map(({ code }) => code) };
}

async function userOf({ id }: User): Promise<User> {
  const user = await house.db.reads.findOneBy(User, { id });
  if (!user) throw new Error("nobody");
  return user;
}

async function powers(token: string, headers: Record<string, string>) {
  const { data } = await graphql<{ userPowers: { mayApprove: boolean; whyNotApprove: string[] } | null }>(
    door, token, "query ($id: ID!) { userPowers(userId: $id) { mayApprove whyNotApprove } }", { id: globalId("User", tenant.taro.id) }, headers);
  return data.userPowers;
}

async function alertsFor(token: string, headers: Record<string, string> = {}): Promise<string[]> {
  const { data } = await graphql<{ alerts: { nodes: { kind: string }[] } }>(door, token, "{ alerts { nodes { kind } } }", {}, headers);
  return data.alerts.nodes.map(({ kind }) => kind);
}

beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  await house.setPolicy({ sendsCodeByMail: false, asksRegistrationPassword: false, daysOldKept: 0, holdsPowers: true });
  tenant = await house.aTenant();
  const { id, x509, serialNumber, issuerId } = await house.aCertificate(tenant.taro);
  stolen = { id, x509: x509 ?? Buffer.of(), serialNumber, issuerId };
  await signIn(tenant.master, from(HOME));
  await signIn(tenant.taro, from(HOME, stolen.x509));
  house.clock.moveTo(later(THE_MORNING, MINUTE));
});

describe("the attack of 2014: the certificate is deleted so that it is reissued", () => {
  it("with the user's ID and password alone the thief acquires nothing: the code came by another way", async () => {
    const master = await signIn(tenant.master, from(HOME));
    const { enrollmentCode } = await reissue(master.token, from(HOME));
    const thief = await signIn(tenant.taro, from(AWAY));
    for (const guess of [null, "", "0000-0000-0000-0000", enrollmentCode?.replace(/.$/, "_") ?? ""]) expect((await enroll(thief.token, from(AWAY), guess)).certificate).toBeNull();
    const holder = await signIn(tenant.taro, from(HOME));
    expect((await enroll(holder.token, from(HOME), enrollmentCode)).codes).toEqual([]);
  });

  it("with the code as well, which was read off the Master's screen, it approves nothing, and both sides are told where it came from", async () => {
    const master = await signIn(tenant.master, from(HOME));
    const { enrollmentCode } = await reissue(master.token, from(HOME));
    const thief = await signIn(tenant.taro, from(AWAY));
    const { certificate } = await enroll(thief.token, from(AWAY), enrollmentCode);
    expect(certificate).not.toBeNull();
    const inside = await signIn(tenant.taro, from(AWAY, (await house.currentCertificate(tenant.taro))?.x509 ?? null));
    expect(inside.codes).toEqual([]);
    expect(await powers(inside.token, from(AWAY, (await house.currentCertificate(tenant.taro))?.x509 ?? null))).toEqual({ mayApprove: false, whyNotApprove: ["ON_HOLD"] });
    const expected = expect.arrayContaining(["REISSUE_EARLY", "ENROLLMENT_FROM_NEW_ADDRESS"]) as string[];
    expect(await alertsFor((await signIn(tenant.master, from(HOME))).token, from(HOME))).toEqual(expected);
    expect(await alertsFor((await Counter.open(house)).operator.token)).toEqual(expected);
  });

  it("with the Master's password and session as well, it can't give the powers back where it took them, and not without the registration password", async () => {
    await house.setPolicy({ asksRegistrationPassword: true });
    const thief = await signIn(tenant.master, from(AWAY));
    expect((await reissue(thief.token, from(AWAY))).userErrors).toMatchObject([{ code: "REGISTRATION_PASSWORD_REQUIRED" }]);
    for (let guess = 0; guess < 6; guess++) expect((await reissue(thief.token, from(AWAY), { registrationPassword: `Guess-${String(guess)}-x` })).userErrors).toMatchObject([{ code: "REGISTRATION_PASSWORD_WRONG" }]);
    expect((await reissue(thief.token, from(AWAY), { registrationPassword: PASSWORD })).userErrors).toMatchObject([{ code: "REGISTRATION_PASSWORD_LOCKED" }]);
    expect(await house.certificate(stolen.id)).toMatchObject({ state: "ACTIVE" });

    await house.setPolicy({ asksRegistrationPassword: false });
    await reissue(thief.token, from(AWAY));
    const restore = "mutation ($input: RestorePowersInput!) { restorePowers(input: $input) { userErrors { code } } }";
    const input = { userId: globalId("User", tenant.taro.id), expectedVersion: (await userOf(tenant.taro)).version };
    const { data } = await graphql<{ restorePowers: { userErrors: { code: string }[] } }>(door, thief.token, restore, { input }, from(AWAY));
    expect(data.restorePowers.userErrors).toMatchObject([{ code: "SAME_SESSION" }]);
  });

  it("where the bank sends codes by mail, the Master's screen has none, and no address that was just changed gets one", async () => {
    await house.setPolicy({ sendsCodeByMail: true });
    await house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { mailAddress: "taro@kashimai.example" }));
    const thief = await signIn(tenant.master, from(AWAY));
    const change = "mutation ($input: UpdateUserInput!) { updateUser(input: $input) { userErrors { code } } }";
    await graphql(door, thief.token, change, { input: { userId: globalId("User", tenant.taro.id), expectedVersion: (await userOf(tenant.taro)).version, mailAddress: "thief@example.com" } }, from(AWAY));
    expect((await reissue(thief.token, from(AWAY))).userErrors).toMatchObject([{ code: "MAIL_ADDRESS_TOO_NEW" }]);
    const told = (await house.mails()).filter(({ subject }) => subject.includes("メールアドレスが変更"));
    expect(told.map(({ to }) => to)).toContain("taro@kashimai.example"); // whose it was, knows
  });
});

describe("the counter-measures", () => {
  it("keys are made where they are used: nothing here ever takes, makes or sends a user's", async () => {
    const master = await signIn(tenant.master, from(HOME));
    const { enrollmentCode } = await reissue(master.token, from(HOME));
    const holder = await signIn(tenant.taro, from(HOME));
    const { certificate } = await enroll(holder.token, from(HOME), enrollmentCode);
    expect(certificate?.pem).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(JSON.stringify(await house.snapshot())).not.toMatch(/PRIVATE KEY/);
    const workshops = readdirSync("src/certificates").filter((file) => file.endsWith(".ts")).map((file) => readFileSync(join("src/certificates", file), "utf8"));
    for (const source of workshops) expect(source).not.toMatch(/generateKey|createPrivateKey|newKey\(/);
  });

  it("the old certificate dies at the instant of the reissue: for signing in, for the session that it opened, for OCSP and on the list", async () => {
    const holder = await signIn(tenant.taro, from(HOME, stolen.x509));
    const master = await signIn(tenant.master, from(HOME));
    await reissue(master.token, from(HOME));

    const live = await graphql(door, holder.token, "{ viewer { signedInAt } }", {}, from(HOME, stolen.x509));
    expect(live.status).toBe(401);
    expect(live.errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED", reason: "CERTIFICATE_REVOKED" } }]);
    expect((await signIn(tenant.taro, from(AWAY, stolen.x509))).codes).toEqual(["PRESENTED_CERTIFICATE_REVOKED"]);

    const issuer = await house.desk.issuers.open(stolen.issuerId);
    const { der } = await answerOcsp(house.desk, aRequest({ singles: [aSingle(certIdOf(issuer, stolen.serialNumber))] }));
    expect(shownOcsp(scratch, der).answers).toMatchObject([{ serialNumber: stolen.serialNumber, status: "revoked" }]);
    const crl = await house.desk.crls.current({ id: stolen.issuerId, kind: "ISSUING" });
    const content: Buffer[] = [];
    if (crl) for await (const piece of crlContent(house.desk, crl)) content.push(piece);
    expect([...shownCrl(Buffer.concat(content)).revoked.keys()]).toContain(stolen.serialNumber);
  });

  it("whoever presents it again raises an alert that Master and bank see", async () => {
    const master = await signIn(tenant.master, from(HOME));
    await reissue(master.token, from(HOME));
    await signIn(tenant.taro, from(AWAY, stolen.x509));
    for (const token of [(await signIn(tenant.master, from(HOME))).token, (await Counter.open(house)).operator.token]) expect(await alertsFor(token)).toContain("REVOKED_CERTIFICATE_PRESENTED");
  });

  it("the code is good for one certificate, once, few times wrong, and dies with the next reissue", async () => {
    const master = await signIn(tenant.master, from(HOME));
    const first = await reissue(master.token, from(HOME));
    const second = await reissue(master.token, from(HOME));
    const holder = await signIn(tenant.taro, from(HOME));
    expect((await enroll(holder.token, from(HOME), first.enrollmentCode)).codes).toEqual(["ENROLLMENT_CODE_WRONG"]);
    expect((await enroll(holder.token, from(HOME), second.enrollmentCode)).codes).toEqual([]);
    expect((await enroll(holder.token, from(HOME), second.enrollmentCode)).codes).toEqual(["ALREADY_ENROLLED"]); // for another key
    const third = await reissue(master.token, from(HOME));
    const again = await signIn(tenant.taro, from(HOME));
    for (let wrong = 0; wrong < 6; wrong++) await enroll(again.token, from(HOME), "0000-0000-0000-0000");
    expect((await enroll(again.token, from(HOME), third.enrollmentCode)).codes).toEqual(["ENROLLMENT_CODE_LOCKED"]);
  });

  it("the Master gives the powers back in another step, in another session, and not before", async () => {
    const master = await signIn(tenant.master, from(HOME));
    const { enrollmentCode } = await reissue(master.token, from(HOME));
    expect(await powers(master.token, from(HOME))).toMatchObject({ mayApprove: false });
    await enroll((await signIn(tenant.taro, from(HOME))).token, from(HOME), enrollmentCode);
    const later_ = await signIn(tenant.master, from(HOME));
    const input = { userId: globalId("User", tenant.taro.id), expectedVersion: (await userOf(tenant.taro)).version };
    await graphql(door, later_.token, "mutation ($input: RestorePowersInput!) { restorePowers(input: $input) { userErrors { code } } }", { input }, from(HOME));
    expect(await powers(later_.token, from(HOME))).toEqual({ mayApprove: true, whyNotApprove: [] });
  });

  it("before it confirms, the Master sees which certificate and which session end, and whether nobody else could approve", async () => {
    const holder = await signIn(tenant.taro, from(HOME, stolen.x509));
    const master = await signIn(tenant.master, from(HOME));
    const { data } = await graphql<{ reissuePreview: object }>(door, master.token,
      "query ($id: ID!) { reissuePreview(userId: $id) { isLastApprover wouldRaise endingCertificates { certificate { serialNumber } } endingSessions { address } } }", { id: globalId("User", tenant.taro.id) }, from(HOME));
    expect(data.reissuePreview).toEqual({ isLastApprover: true, wouldRaise: ["REISSUE_EARLY"], endingCertificates: [{ certificate: { serialNumber: stolen.serialNumber } }], endingSessions: [{ address: HOME }] });
    expect((await graphql(door, holder.token, "{ viewer { signedInAt } }", {}, from(HOME, stolen.x509))).errors).toEqual([]); // asking ended nothing
  });

  it("a burst of reissues is told while it lasts", async () => {
    const master = await signIn(tenant.master, from(HOME));
    for (let times = 0; times < 3; times++) await reissue(master.token, from(HOME));
    expect(await alertsFor(master.token, from(HOME))).toEqual(expect.arrayContaining(["REISSUE_BURST", "REISSUE_REPEATED"]));
  });
});

describe("afterwards", () => {
  it("the Master sees at its next sign-in what was done in its name, and the bank can prove it", async () => {
    const thief = await signIn(tenant.master, from(AWAY));
    await reissue(thief.token, from(AWAY));
    house.clock.moveTo(later(THE_MORNING, 30 * MINUTE));
    const master = await signIn(tenant.master, from(HOME));
    const { data } = await graphql<{ viewer: { changesSinceLastSignIn: { nodes: object[] } } }>(door, master.token,
      "{ viewer { changesSinceLastSignIn { nodes { action targetLoginId address } } } }", {}, from(HOME));
    expect(data.viewer.changesSinceLastSignIn.nodes).toEqual([{ action: "CERTIFICATE_REISSUE", targetLoginId: tenant.taro.loginId, address: AWAY }]);
    await house.seal();
    await takeCheckpoints(house.desk);
    expect(await verifyChain(house.db.reads, house.bank.id, house.desk.historyKey.publicKey)).toMatchObject({ wrong: null });
  });

  it("every mail says what happened, to holder and Master, and none says a code or a password", async () => {
    for (const user of [tenant.taro, tenant.master]) await house.db.transaction((tx) => tx.update(User, { id: user.id }, { mailAddress: `${user.loginId}@example.com` }));
    const master = await signIn(tenant.master, from(HOME));
    const { enrollmentCode } = await reissue(master.token, from(HOME));
    const holder = await signIn(tenant.taro, from(HOME));
    await enroll(holder.token, from(HOME), enrollmentCode);
    const mails = (await house.mails()).filter(({ to }) => to.startsWith(tenant.taro.loginId) || to.startsWith(tenant.master.loginId));
    expect(mails.map(({ subject }) => subject.replace(/^【.*】/, "")).sort()).toEqual(["電子証明書が取得されました", "電子証明書が取得されました", "電子証明書の再発行が登録されました", "電子証明書の再発行が登録されました"]);
    for (const { text } of mails) expect(text).not.toMatch(new RegExp(`${enrollmentCode ?? "?"}|${PASSWORD}`));
  });

  it("a contract that requires certificates lets the thief do nothing with passwords alone but look at itself", async () => {
    await house.db.transaction((tx) => tx.update(Contract, { id: tenant.contract.id }, { signInMethod: "CERTIFICATE" }));
    expect((await signIn(tenant.taro, from(AWAY))).codes).toEqual(["CERTIFICATE_REQUIRED"]);
    const thief = await signIn(tenant.master, from(AWAY));
    expect((await reissue(thief.token, from(AWAY))).userErrors).toMatchObject([{ code: "CERTIFICATE_REQUIRED" }]);
  });
});
