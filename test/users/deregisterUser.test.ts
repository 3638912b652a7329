import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { findCertificates } from "../../src/certificates/readCertificates.js";
import { newId } from "../../src/foundation/ids.js";
import type { RefusalCode } from "../../src/foundation/refusals.js";
import { passwordKinds } from "../../src/identity/Password.js";
import { FormerPassword, Password } from "../../src/identity/Password.js";
import { recognize } from "../../src/identity/sessions.js";
import { Session } from "../../src/identity/Session.js";
import { signIn } from "../../src/identity/signIn.js";
import { User } from "../../src/identity/User.js";
import { answerOcsp } from "../../src/validation/answerOcsp.js";
import { crlContent } from "../../src/validation/crlStore.js";
import { Company, UserCompany } from "../../src/users/Company.js";
import { deregisterUser } from "../../src/users/deregisterUser.js";
import { passwordsOf } from "../../src/users/readPasswords.js";
import { findUsers, usersByIds, type UserFilter } from "../../src/users/readUsers.js";
import { registerUser } from "../../src/users/registerUser.js";
import { suspendUser } from "../../src/users/suspendUser.js";
import { unlockUser } from "../../src/users/unlockUser.js";
import { updateUser } from "../../src/users/updateUser.js";
import { aCompany } from "../support/aCompany.js";
import { Branch } from "../support/branch.js";
import { aCsr } from "../support/csr.js";
import { House, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";
import { describeMastersDeed } from "../support/mastersDeed.js";
import { aRequest, aSingle } from "../support/ocspRequest.js";
import { aPassword } from "../support/passwords.js";
import { Scratch } from "../support/pki.js";
import { shownCrl } from "../support/shownCrl.js";
import { certIdOf, shownOcsp } from "../support/shownOcsp.js";

const origin = { requestId: "test", address: "127.0.0.1" };
let house: House;
let tenant: Tenant;
let master: Caller;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
});

const deregister = (expectedVersion = 1, actor = master, { id: userId } = tenant.taro) => deregisterUser(house.desk, actor, { userId, expectedVersion });
const lastEntry = async () => (await house.history(tenant.contract)).at(-1);

describe("who may deregister: it", () => {
  describeMastersDeed(() => house, {
    action: "USER_DEREGISTER", perform: (actor, input) => deregisterUser(house.desk, actor, input), given: () => Promise.resolve(), operatorIsTold: "MASTER_ONLY",
  });
});

describe("a deregistration", () => {
  it.each(["PENDING", "ACTIVE"] as const)("revokes a certificate that is %s with cessationOfOperation", async (status) => {
    const certificate = await house.aCertificate(tenant.taro, status);
    const { user, revoked } = await deregister();
    expect(user).toMatchObject({ id: tenant.taro.id, version: 2, deregisteredAt: THE_MORNING });
    expect(revoked).toMatchObject({ id: certificate.id, state: "REVOKED" });
    expect(await house.certificate(certificate.id)).toMatchObject({
      state: "REVOKED", revokedAt: THE_MORNING, revocationReason: "CESSATION_OF_OPERATION", enrollmentCodeHash: null, toBeSigned: null, isCurrent: 1,
    });
    expect((await lastEntry())?.certificateId).toBe(certificate.id);
  });

  it.each(["EXPIRED", "REVOKED", "ENROLLMENT_EXPIRED"] as const)("leaves a certificate that is %s as it ended", async (status) => {
    const certificate = await house.aCertificate(tenant.taro, status);
    const before = await house.certificate(certificate.id);
    const { revoked } = await deregister();
    expect(revoked).toBeNull();
    expect(await house.certificate(certificate.id)).toEqual(before);
    expect(await lastEntry()).toMatchObject({ outcome: "SUCCEEDED", certificateId: null });
  });

  it("goes without a certificate", async () => { expect((await deregister()).revoked).toBeNull(); });

  it("ends the ID's session, and nobody else's", async () => {
    const [taro, hana] = [await house.signedIn(tenant.taro), await house.signedIn(tenant.hana)];
    await house.aCertificate(tenant.taro);
    await deregister();
    await expect(recognize(house.desk, taro.token, null, origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await house.db.reads.findOneBy(Session, { id: taro.sessionId })).toMatchObject({ isCurrent: null, endReason: "DEREGISTERED", endedAt: THE_MORNING });
    for (const { token } of [hana, master]) await expect(recognize(house.desk, token, null, origin)).resolves.toBeTruthy();
  });

  it("forgets the ID's passwords, those of before, and its companies; nobody else's", async () => {
    for (const kind of passwordKinds) await aPassword(house, tenant.taro, kind);
    const [id, companyId] = [newId(THE_MORNING), newId(THE_MORNING)];
    await house.db.transaction(async (tx) => {
      for (const { id: userId } of [tenant.taro, tenant.hana]) await tx.insert(FormerPassword, { userId, kind: "LOGIN", id, hash: "x" });
      await tx.insert(Company, {
        id: companyId, contractId: tenant.contract.id, name: "証明商事", code: "0010000001", branchCode: "090", branchName: "本部", accountKind: "ORDINARY",
        accountNumber: "1000900", offersBulkTransfer: true, offersPayroll: true, offersAdHocTransfer: true, offersDirectDebit: true,
      });
      for (const { id: userId } of [tenant.taro, tenant.hana]) await tx.insert(UserCompany, { userId, companyId });
    });
    await deregister();
    for (const kept of [Password, FormerPassword, UserCompany]) expect(await house.db.reads.countBy(kept, { userId: tenant.taro.id })).toBe(0);
    expect(await house.db.reads.countBy(Password, { userId: tenant.hana.id })).toBe(2);
    expect(await house.db.reads.countBy(FormerPassword, { userId: tenant.hana.id })).toBe(1);
    expect(await house.db.reads.countBy(UserCompany, { userId: tenant.hana.id })).toBe(1);
  });

  it("is an entry of the history, with what was and what became", async () => {
    const { serialNumber } = await house.aCertificate(tenant.taro);
    await deregister();
    const entry = await lastEntry();
    expect(entry).toMatchObject({ action: "USER_DEREGISTER", outcome: "SUCCEEDED", targetUserId: tenant.taro.id, targetLoginId: tenant.taro.loginId });
    expect(JSON.parse(entry?.before ?? "")).toEqual({
      version: 1, deregisteredAt: null, loginPassword: "********", registrationPassword: "********",
      serialNumber, status: "ACTIVE", revokedAt: null, revocationReason: null,
    });
    expect(JSON.parse(entry?.after ?? "")).toEqual({
      version: 2, deregisteredAt: THE_MORNING.toISOString(), loginPassword: null, registrationPassword: null,
      serialNumber, status: "REVOKED", revokedAt: THE_MORNING.toISOString(), revocationReason: "CESSATION_OF_OPERATION",
    });
  });

  it("says in that entry which companies and passwords were taken, and nothing of the passwords but that", async () => {
    for (const kind of passwordKinds) await aPassword(house, tenant.taro, kind);
    for (const code of ["0010000002", "0010000001"]) await aCompany(house, tenant.contract, { code }, [tenant.taro, tenant.hana]);
    const hashes = (await house.db.reads.findBy(Password, { userId: tenant.taro.id })).map(({ hash }) => hash);
    await deregister();
    const entry = await lastEntry();
    const taken = { loginPassword: "********", registrationPassword: "********", approvalPassword: "********", transferPassword: "********" };
    expect(JSON.parse(entry?.before ?? "")).toEqual({ version: 1, deregisteredAt: null, companies: ["0010000001", "0010000002"], ...taken });
    const nothing = Object.fromEntries(Object.keys(taken).map((name) => [name, null]));
    expect(JSON.parse(entry?.after ?? "")).toEqual({ version: 2, deregisteredAt: THE_MORNING.toISOString(), companies: [], ...nothing });
    for (const hash of [...hashes, PASSWORD]) expect(JSON.stringify(entry)).not.toContain(hash);
  });

  it("of a suspended or a locked ID goes like any other's", async () => {
    await suspendUser(house.desk, master, { userId: tenant.taro.id });
    await aPassword(house, tenant.hana, "LOGIN", { tries: 6, lockedAt: THE_MORNING });
    await expect(deregister(2)).resolves.toBeTruthy();
    await expect(deregister(1, master, tenant.hana)).resolves.toBeTruthy();
  });
});

describe("the certificate of an ID that is gone", () => {
  const scratch = new Scratch();
  afterAll(() => { scratch.remove(); });

  it("is on the very next CRL and the very next OCSP answer, and opens nothing at the door", async () => {
    const branch = await Branch.open(house);
    const { user, ...certificate } = await branch.aCertificate();
    await deregisterUser(house.desk, branch.master, { userId: user.id, expectedVersion: 1 });

    const crl = await house.desk.crls.current(branch.ca);
    if (!crl) throw new Error("there is no list");
    const pieces: Buffer[] = [];
    for await (const piece of crlContent(house.desk, crl)) pieces.push(piece);
    expect(shownCrl(Buffer.concat(pieces)).revoked.get(certificate.serialNumber)).toEqual({ revokedAt: THE_MORNING, reason: "Cessation Of Operation" });

    const request = aRequest({ singles: [aSingle(certIdOf(branch.issuer, certificate.serialNumber))] });
    expect(shownOcsp(scratch, (await answerOcsp(house.desk, request)).der).answers).toMatchObject([{ status: "revoked", revokedAt: THE_MORNING, reason: 5 }]);

    if (!certificate.x509) throw new Error("an active certificate without its bytes");
    const presented = await house.desk.examine(certificate.x509);
    expect(presented).toMatchObject({ status: "REVOKED", revocationReason: "CESSATION_OF_OPERATION" });
    await expect(signIn(house.desk, origin, presented, { bankCode: branch.tenant.bank.code, loginId: user.loginId, password: PASSWORD }))
      .rejects.toMatchObject({ code: "PRESENTED_CERTIFICATE_REVOKED" });
  });

  it("stays in the Master's list", async () => {
    const certificate = await house.aCertificate(tenant.taro);
    await deregister();
    const { rows } = await findCertificates(house.desk, master, { userId: tenant.taro.id }, "DESC", { first: 20, after: null });
    expect(rows).toMatchObject([{ id: certificate.id, state: "REVOKED" }]);
  });
});

describe("a login ID that was deregistered never comes back", () => {
  const register = (loginId: string, actor = master) => registerUser(house.desk, actor, {
    loginId, displayName: "後任者", authority: "OPERATOR",
    passwords: { LOGIN: { password: "First-pass-1", confirmation: "First-pass-1" }, REGISTRATION: { password: "First-pass-2", confirmation: "First-pass-2" } },
  });
  const wide = (text: string) => text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));

  it("in no case and no width", async () => {
    const { loginId } = tenant.taro;
    await deregister();
    const mixed = [...loginId].map((c, index) => (index % 2 === 0 ? c.toUpperCase() : c)).join("");
    const spelled = [
      loginId, loginId.toUpperCase(), mixed, wide(loginId), wide(loginId.toUpperCase()), wide(mixed),
      `${wide(loginId.slice(0, 3))}${loginId.slice(3)}`, ` ${loginId} `, `${loginId}\u3000`, `${loginId.slice(0, 4)}${wide(loginId.slice(4)).toUpperCase()}`,
    ];
    expect(new Set(spelled).size).toBe(10);
    const before = await house.snapshot();
    for (const typed of spelled) await expect(register(typed)).rejects.toMatchObject({ code: "LOGIN_ID_TAKEN", path: ["loginId"] });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(tenant.contract)).slice(-10).map(({ code }) => code)).toEqual(Array(10).fill("LOGIN_ID_TAKEN"));
  });

  it("nor at another contract of the bank", async () => {
    await deregister();
    const strangers = await house.aTenant();
    await expect(register(tenant.taro.loginId, await house.signedIn(strangers.master))).rejects.toMatchObject({ code: "LOGIN_ID_TAKEN" });
  });

  it("by the table's own index, even if everything above it were wrong", async () => {
    await deregister();
    const { id: _, ...row } = tenant.taro;
    await expect(house.db.transaction((tx) => tx.insert(User, { ...row, id: newId(THE_MORNING) }))).rejects.toThrow();
  });
});

describe("an ID that is gone", () => {
  it.each<[string, () => Promise<unknown>, RefusalCode]>([
    ["a deregistration", () => deregister(2), "ID_DEREGISTERED"],
    ["a deregistration from an older screen", () => deregister(1), "ID_DEREGISTERED"],
    ["a reissue", () => reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 2, reason: "LOST" }), "ID_DEREGISTERED"],
    ["an unlocking", () => unlockUser(house.desk, master, { userId: tenant.taro.id, expectedVersion: 2, passwordKind: "LOGIN" }), "ID_DEREGISTERED"],
    ["a suspension", () => suspendUser(house.desk, master, { userId: tenant.taro.id }), "ID_DEREGISTERED"],
    ["the edit form", () => updateUser(house.desk, master, {
      userId: tenant.taro.id, expectedVersion: 2, displayName: "別人", passwords: {}, certificateAction: "REISSUE", reissueReason: "LOST", revocationReason: "UNSPECIFIED",
    }), "ID_DEREGISTERED"],
    ["a revocation", async () => {
      const { id: certificateId } = (await house.currentCertificate(tenant.taro)) ?? { id: "" };
      return revokeCertificate(house.desk, master, { certificateId, reason: "CESSATION_OF_OPERATION" });
    }, "ALREADY_REVOKED"],
  ])("is changed no more: %s", async (_what, attempt, code) => {
    await house.aCertificate(tenant.taro);
    await deregister();
    const [before, entries] = [await house.snapshot(), (await house.history()).length];
    await expect(attempt()).rejects.toMatchObject({ code });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history()).slice(entries)).toMatchObject([{ outcome: "REFUSED", code, targetUserId: tenant.taro.id, targetLoginId: tenant.taro.loginId }]);
  });

  it("can still have its revocation's reason raised: a key that was stolen is worth saying", async () => {
    const { id: certificateId } = await house.aCertificate(tenant.taro);
    await deregister();
    await revokeCertificate(house.desk, master, { certificateId, reason: "KEY_COMPROMISE" });
    expect(await house.certificate(certificateId)).toMatchObject({ revocationReason: "KEY_COMPROMISE", revokedAt: THE_MORNING });
  });

  it("enrolls nothing, whatever its session and its code were", async () => {
    const { enrollmentCode } = await house.aCertificate(tenant.taro, "PENDING");
    const taro = await house.signedIn(tenant.taro);
    await deregister();
    const before = await house.snapshot();
    await expect(enrollCertificate(house.desk, taro, { csr: aCsr().pem, enrollmentCode })).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await house.snapshot()).toEqual(before);
    expect(await lastEntry()).toMatchObject({ action: "CERTIFICATE_ENROLL", outcome: "REFUSED", code: "UNAUTHENTICATED" });
  });

  describe("in the Master's lists", () => {
    const ids = async (filter: UserFilter) => {
      const { rows } = await findUsers(house.desk, master, filter, { field: "LOGIN_ID", direction: "ASC" }, { first: 20, after: null });
      return rows.map(({ id }) => id);
    };

    it("isn't shown unless it is asked for", async () => {
      await house.aCertificate(tenant.taro);
      await deregister();
      const { taro, hana } = tenant;
      expect(await ids({})).toEqual([hana.id, tenant.master.id]);
      expect(await ids({ text: taro.loginId })).toEqual([]);
      expect(await ids({ certificateStatus: ["REVOKED"] })).toEqual([]);
      expect(await ids({ status: ["ACTIVE", "LOCKED", "SUSPENDED"] })).toEqual([hana.id, tenant.master.id]);
      expect(await ids({ status: ["DEREGISTERED"] })).toEqual([taro.id]);
      expect(await ids({ status: ["DEREGISTERED", "ACTIVE"], text: "経理" })).toEqual([hana.id, taro.id]);
      expect(await ids({ status: ["DEREGISTERED"], certificateStatus: ["REVOKED"] })).toEqual([taro.id]);
    });

    it("is found by its id, with its status and without passwords, and by a stranger not", async () => {
      await deregister();
      expect(await usersByIds(house.desk, master, [tenant.taro.id])).toMatchObject([{ status: "DEREGISTERED", version: 2, loginId: tenant.taro.loginId }]);
      expect(await passwordsOf(house.desk, master, [tenant.taro.id])).toEqual([[]]);
      const stranger = await house.signedIn((await house.aTenant()).master);
      expect(await usersByIds(house.desk, stranger, [tenant.taro.id])).toEqual([null]);
    });
  });
});
