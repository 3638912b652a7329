import { X509Certificate } from "node:crypto";
import { acceptKey } from "../../src/certificates/acceptKey.js";
import { Certificate, CertifiedKey } from "../../src/certificates/Certificate.js";
import { demandEnrollmentCode } from "../../src/certificates/demandEnrollmentCode.js";
import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { finishEnrollments } from "../../src/certificates/finishEnrollment.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { DAY, MINUTE, later } from "../../src/foundation/clock.js";
import { bounds } from "../../src/foundation/database/execute.js";
import { Bank } from "../../src/identity/Bank.js";
import type { FrontDesk } from "../../src/graphql/RequestContext.js";
import { readCertificateRequest } from "../../src/pki/certificateRequest.js";
import { parseSerialNumber } from "../../src/pki/serialNumber.js";
import { sha256, type Signer } from "../../src/pki/Signer.js";
import { statusAt } from "../../src/policy/certificateLifecycle.js";
import { aCsr } from "../support/csr.js";
import { House, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;
let taro: Caller;
let pending: Certificate & { enrollmentCode: string };

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
  taro = await house.signedIn(tenant.taro);
  pending = await house.aCertificate(tenant.taro, "PENDING");
});

const enroll = (csr = aCsr().pem, enrollmentCode: string | null = pending.enrollmentCode, actor = taro, desk: FrontDesk = house.desk) =>
  enrollCertificate(desk, actor, { csr, enrollmentCode });

/** The house with a signer that fails the first `times`, as a crash or a lost HSM would. */
function withSigner(sign: Signer["sign"]): FrontDesk {
  const { issuers } = house.desk;
  const open: typeof issuers.open = async (id) => {
    const issuer = await issuers.open(id);
    return { ...issuer, signer: { ...issuer.signer, sign } };
  };
  return { ...house.desk, issuers: { ...issuers, open } };
}

describe("an enrollment by the holder", () => {
  it("issues an X.509 certificate with exactly the reserved serial, for the CSR's key", async () => {
    const csr = aCsr();
    const certificate = await enroll(csr.pem);
    const x509 = new X509Certificate(certificate.x509 ?? "");
    expect(parseSerialNumber(x509.serialNumber)).toBe(pending.serialNumber);
    expect(x509.checkPrivateKey(csr.privateKey)).toBe(true);
    expect(x509.subject).toBe(`C=JP\nO=${tenant.contract.name}\nCN=経理太郎\nserialNumber=5120-${tenant.taro.loginId}`);
    expect(certificate).toMatchObject({ state: "ACTIVE", enrollmentDeadline: null, enrollmentCodeHash: null, toBeSigned: null });
    expect(certificate.fingerprint).toBe(sha256(certificate.x509 ?? Buffer.of()).toString("hex"));
    expect(statusAt(certificate, THE_MORNING)).toBe("ACTIVE");
    expect(await house.certificate(certificate.id)).toEqual(certificate);
  });

  it("is valid for the bank's own number of days, both ends counted", async () => {
    await house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, { validityDays: 730 }));
    const { notBefore, notAfter } = await enroll();
    await house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, { validityDays: 365 }));
    expect(notBefore).toEqual(later(THE_MORNING, -5 * MINUTE));
    expect((notAfter?.getTime() ?? 0) - (notBefore?.getTime() ?? 0)).toBe(730 * DAY - 1000);
  });

  it("is two entries of the history: accepted before the signature, succeeded after it", async () => {
    const { fingerprint } = await enroll();
    const entries = (await house.history(tenant.contract)).filter(({ action, actorId }) => action === "CERTIFICATE_ENROLL" && actorId === tenant.taro.id);
    expect(entries).toMatchObject([
      { outcome: "ACCEPTED", certificateId: pending.id, targetUserId: tenant.taro.id },
      { outcome: "SUCCEEDED", certificateId: pending.id },
    ]);
    expect(JSON.parse(entries[1]?.after ?? "")).toMatchObject({ fingerprint, serialNumber: pending.serialNumber, status: "ACTIVE" });
  });

  it("takes the code in any spelling", async () => {
    const spelled = pending.enrollmentCode.toLowerCase().replaceAll("-", " ").replaceAll("0", "o").replaceAll("1", "l");
    await expect(enroll(undefined, spelled)).resolves.toMatchObject({ state: "ACTIVE" });
  });

  it("by a retry with the same CSR gives the same certificate, without the code", async () => {
    const { pem } = aCsr();
    const first = await enroll(pem);
    const before = await house.snapshot();
    const again = await enroll(pem, null);
    expect(again).toEqual(first);
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ outcome: "REPEATED" });
  });

  it("of five retries at once all give the one certificate", async () => {
    const { pem } = aCsr();
    const results = await Promise.all(Array.from({ length: 5 }, () => enroll(pem)));
    expect(new Set(results.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    const outcomes = (await house.history(tenant.contract)).filter(({ action, actorId }) => action === "CERTIFICATE_ENROLL" && actorId === tenant.taro.id).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === "SUCCEEDED")).toHaveLength(1);
    expect(outcomes).not.toContain("REFUSED");
  });

  it("of five keys at once certifies one", async () => {
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => enroll()));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await house.db.reads.countBy(CertifiedKey, { certificateId: pending.id })).toBe(1);
  });

  it("works until the deadline's last millisecond and not one longer", async () => {
    house.clock.moveTo(pending.enrollmentDeadline ?? THE_MORNING);
    taro = await house.signedIn(tenant.taro);
    await expect(enroll()).resolves.toMatchObject({ state: "ACTIVE" });

    const hanas = await house.aCertificate(tenant.hana, "PENDING");
    house.clock.moveTo(later(hanas.enrollmentDeadline ?? THE_MORNING, 1));
    const hana = await house.signedIn(tenant.hana);
    await expect(enroll(undefined, hanas.enrollmentCode, hana)).rejects.toMatchObject({ code: "ENROLLMENT_EXPIRED" });
  });
});

describe("an enrollment that is refused", () => {
  const refused = async (attempt: () => Promise<unknown>, code: string) => {
    const before = await house.snapshot();
    const entries = (await house.history()).length;
    await expect(attempt()).rejects.toMatchObject({ code });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history()).slice(entries)).toMatchObject([{ action: "CERTIFICATE_ENROLL", outcome: "REFUSED", code }]);
  };

  it("leaves the door open: the right request still goes through", async () => {
    await refused(() => enroll("nonsense"), "CSR_MALFORMED");
    await expect(enroll(undefined, "0000-0000-0000-0000")).rejects.toMatchObject({ code: "ENROLLMENT_CODE_WRONG" });
    await expect(enroll()).resolves.toMatchObject({ state: "ACTIVE" });
  });

  it.each([
    ["empty", "", "CSR_MALFORMED"],
    ["1 MB long", "A".repeat(1_048_576), "CSR_MALFORMED"],
    ["truncated", aCsr().pem.slice(0, 200), "CSR_MALFORMED"],
    ["a private key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "CSR_CONTAINS_PRIVATE_KEY"],
    ["signed with SHA-1", aCsr({ hash: "sha1" }).pem, "CSR_SIGNATURE_NOT_ALLOWED"],
  ])("for a CSR that is %s", (_what, csr, code) => refused(() => enroll(csr), code));

  it("for a key that any earlier certificate bore, also another user's, also a revoked one's", async () => {
    const { pem } = aCsr();
    const hanas = await house.aCertificate(tenant.hana, "PENDING");
    const hana = await house.signedIn(tenant.hana);
    await enroll(pem, hanas.enrollmentCode, hana);
    await revokeCertificate(house.desk, await house.signedIn(tenant.master), { certificateId: hanas.id, reason: "SUPERSEDED" });
    await refused(() => enroll(pem), "CSR_KEY_USED_BEFORE");
  });

  it("for a key on the blocked list", async () => {
    const csr = aCsr();
    const blockedKeys = new Set([sha256(new X509Certificate((await enroll(csr.pem)).x509 ?? "").publicKey.export({ type: "spki", format: "der" })).toString("hex")]);
    const hanas = await house.aCertificate(tenant.hana, "PENDING");
    const hana = await house.signedIn(tenant.hana);
    await refused(() => enroll(csr.pem, hanas.enrollmentCode, hana, { ...house.desk, blockedKeys }), "CSR_KEY_NOT_ALLOWED");
  });

  it("without the code", () => refused(() => enroll(undefined, null), "ENROLLMENT_CODE_REQUIRED"));

  it("S10: with the code of another record", async () => {
    const hanas = await house.aCertificate(tenant.hana, "PENDING");
    await expect(enroll(undefined, hanas.enrollmentCode)).rejects.toMatchObject({ code: "ENROLLMENT_CODE_WRONG" });
    expect(await house.currentCertificate(tenant.taro)).toMatchObject({ state: "PENDING", wrongCodes: 1 });
  });

  it("with a code that is looked at on a record that others have guessed at since: it isn't counted twice as one, nor taken", async () => {
    await enroll(undefined, "0000-0000-0000-0000").catch(() => undefined);
    const seen = (code: string) => house.db.transaction((tx) => demandEnrollmentCode(tx, pending, 6, code));
    await expect(seen("0000-0000-0000-0000")).rejects.toMatchObject({ code: "CONFLICT" });
    const accepting = house.db.transaction((tx) => acceptKey(house.desk, tx, { ...pending }, readCertificateRequest(aCsr().pem)));
    await expect(accepting).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await house.currentCertificate(tenant.taro)).toMatchObject({ state: "PENDING", wrongCodes: 1 });
  });

  it.each(["a wrong code", "a right code and a key that was certified before", "a right code and a blocked key"])("whose COMMIT fails doesn't say what came of its code: with %s", async (what) => {
    const csr = aCsr();
    const { fingerprint } = readCertificateRequest(csr.pem);
    await house.db.transaction((tx) => tx.insert(CertifiedKey, { fingerprint, certificateId: pending.id }));
    const desk = what.endsWith("blocked key") ? { ...house.desk, blockedKeys: new Set([fingerprint]) } : house.desk;
    const { commit } = bounds;
    bounds.commit = () => {
      bounds.commit = commit; // the deed's alone
      return Promise.reject(new Error("no room"));
    };
    await expect(enroll(csr.pem, what === "a wrong code" ? "0000-0000-0000-0000" : undefined, taro, desk)).rejects.toThrow("no room");
    expect((await house.history()).at(-1)).toMatchObject({ action: "CERTIFICATE_ENROLL", outcome: "FAILED", code: "INTERNAL_ERROR" });
    expect(await house.currentCertificate(tenant.taro)).toMatchObject({ state: "PENDING", wrongCodes: 0 });
  });

  it("with the code of before the last reissue", async () => {
    const old = pending.enrollmentCode;
    await reissueCertificate(house.desk, await house.signedIn(tenant.master), { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST" });
    taro = await house.signedIn(tenant.taro);
    await expect(enroll(undefined, old)).rejects.toMatchObject({ code: "ENROLLMENT_CODE_WRONG" });
  });

  it("after six wrong codes with the right one, too; each wrong one is on record", async () => {
    await house.setPolicy({ alertRefusedEnrollments: 100 }); // what they raise beside is another test's
    for (let wrong = 0; wrong < 6; wrong++) {
      await expect(enroll(undefined, "0000-0000-0000-0000")).rejects.toMatchObject({ code: "ENROLLMENT_CODE_WRONG" });
    }
    await refused(() => enroll(), "ENROLLMENT_CODE_LOCKED");
    await house.setPolicy({ alertRefusedEnrollments: 5 });
  });

  it("after six wrong codes, also when forty come at once: no more are looked at, and each is on record", async () => {
    const results = await Promise.allSettled(Array.from({ length: 40 }, () => enroll(undefined, "0000-0000-0000-0000")));
    const codes = results.map((result) => result.status === "rejected" && (result.reason as { code?: string }).code);
    expect(codes.filter((code) => code === "ENROLLMENT_CODE_WRONG")).toHaveLength(6);
    expect(codes.filter((code) => code === "ENROLLMENT_CODE_LOCKED")).toHaveLength(34);
    expect((await house.history(tenant.contract)).filter(({ action, outcome }) => action === "CERTIFICATE_ENROLL" && outcome === "REFUSED")).toHaveLength(40);
  }, 60_000);

  it("without a try being taken where the CSR is no good", async () => {
    await expect(enroll("nonsense", "0000-0000-0000-0000")).rejects.toMatchObject({ code: "CSR_MALFORMED" });
    expect(await house.currentCertificate(tenant.taro)).toMatchObject({ wrongCodes: 0 });
  });

  it("without a try being taken, or given back, of somebody whose passwords are due", async () => {
    for (let wrong = 0; wrong < 3; wrong++) await enroll(undefined, "0000-0000-0000-0000").catch(() => undefined);
    const changer = await house.signedIn(tenant.taro, { passwordsDue: "INITIAL" });
    for (const code of ["0000-0000-0000-0000", pending.enrollmentCode]) await refused(() => enroll(undefined, code, changer), "PASSWORD_CHANGE_REQUIRED");
    expect(await house.currentCertificate(tenant.taro)).toMatchObject({ state: "PENDING", wrongCodes: 3 });
  });

  it("and a right code gives the tries back", async () => {
    for (let wrong = 0; wrong < 5; wrong++) await enroll(undefined, "0000-0000-0000-0000").catch(() => undefined);
    await expect(enroll()).resolves.toMatchObject({ state: "ACTIVE", wrongCodes: 0 });
  });

  it("for a user that never had one", async () => {
    const hana = await house.signedIn(tenant.hana);
    await refused(() => enroll(undefined, "x", hana), "NO_CERTIFICATE");
  });

  it.each([["REVOKED", "CERTIFICATE_REVOKED"], ["ENROLLMENT_EXPIRED", "ENROLLMENT_EXPIRED"], ["EXPIRED", "CERTIFICATE_EXPIRED"], ["ACTIVE", "ALREADY_ENROLLED"]] as const)(
    "for one that is %s", async (status, code) => {
      await house.aCertificate(tenant.hana, status);
      const hana = await house.signedIn(tenant.hana);
      await refused(() => enroll(undefined, "x", hana), code);
    });
});

describe("a crash between the two steps", () => {
  const crash = () => Promise.reject(new Error("the signer is gone"));

  it("leaves the committed bytes, from which the start finishes the same certificate", async () => {
    const { pem } = aCsr();
    await expect(enroll(pem, undefined, taro, withSigner(crash))).rejects.toThrow("the signer is gone");
    const between = await house.certificate(pending.id);
    expect(between).toMatchObject({ state: "SIGNING", x509: null });

    house.clock.advance(200 * DAY); // long after the deadline: it was accepted in time
    await finishEnrollments(house.desk);
    const finished = await house.certificate(pending.id);
    expect(finished.state).toBe("ACTIVE");
    // S6: what was signed is what was committed.
    expect(finished.x509?.includes(between.toBeSigned ?? Buffer.of(0xff, 0xff))).toBe(true);
    expect(finished.notBefore).toEqual(between.notBefore);
  });

  it("lets the holder's retry finish it, and another key not", async () => {
    const { pem } = aCsr();
    await expect(enroll(pem, undefined, taro, withSigner(crash))).rejects.toThrow("the signer is gone");
    await expect(enroll()).rejects.toMatchObject({ code: "ALREADY_ENROLLED" });
    await expect(enroll(pem, null)).resolves.toMatchObject({ state: "ACTIVE" });
  });

  it("of bytes that may no longer be signed, since the profile has changed, is given up: revoked, on record, to be reissued", async () => {
    await expect(enroll(undefined, undefined, taro, withSigner(crash))).rejects.toThrow("the signer is gone");
    const { toBeSigned } = await house.certificate(pending.id);
    await house.db.transaction((tx) => tx.update(Certificate, { id: pending.id }, { toBeSigned: toBeSigned?.subarray(0, -1) ?? null }));
    await finishEnrollments(house.desk);
    expect(await house.certificate(pending.id)).toMatchObject({ state: "REVOKED", revocationReason: "UNSPECIFIED", x509: null });
    expect((await house.history()).at(-1)).toMatchObject({ action: "CERTIFICATE_REVOKE", outcome: "SUCCEEDED", actorId: null, contractId: tenant.contract.id, certificateId: pending.id, requestId: "house:recovery" });
  });

  it("doesn't bring back one that was revoked meanwhile", async () => {
    await expect(enroll(undefined, undefined, taro, withSigner(crash))).rejects.toThrow("the signer is gone");
    await revokeCertificate(house.desk, await house.signedIn(tenant.master), { certificateId: pending.id, reason: "KEY_COMPROMISE" });
    await finishEnrollments(house.desk);
    expect(await house.certificate(pending.id)).toMatchObject({ state: "REVOKED", x509: null });
  });

  it("revoked while it was being signed: the signature never leaves", async () => {
    const issuer = await house.desk.issuers.open(pending.issuerId);
    const master = await house.signedIn(tenant.master);
    const slow = withSigner(async (bytes) => {
      await revokeCertificate(house.desk, master, { certificateId: pending.id, reason: "KEY_COMPROMISE" });
      return issuer.signer.sign(bytes);
    });
    await expect(enroll(undefined, undefined, taro, slow)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await house.certificate(pending.id)).toMatchObject({ state: "REVOKED", x509: null });
  });

  it("a signature that doesn't verify never leaves the house", async () => {
    await expect(enroll(undefined, undefined, taro, withSigner(() => Promise.resolve(Buffer.alloc(70, 1))))).rejects.toThrow();
    expect(await house.certificate(pending.id)).toMatchObject({ state: "SIGNING", x509: null });
  });
});

it("S11: no table has a place for a user's private key", async () => {
  await enroll();
  const columns = Object.keys(await house.certificate(pending.id));
  expect(columns.filter((column) => /private|secret|pkcs12|pfx/i.test(column))).toEqual([]);
  const stored = JSON.stringify(await house.snapshot(), (_key, value: unknown) => (Buffer.isBuffer(value) ? value.toString("latin1") : value));
  expect(stored).not.toContain("PRIVATE KEY");
});
