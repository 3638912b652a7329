import { Certificate } from "../../src/certificates/Certificate.js";
import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { finishEnrollments } from "../../src/certificates/finishEnrollment.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { remindHolders } from "../../src/certificates/remindHolders.js";
import { renewCertificate } from "../../src/certificates/renewCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { DAY, MINUTE, later } from "../../src/foundation/clock.js";
import { signIn } from "../../src/identity/signIn.js";
import { Alert } from "../../src/history/Alert.js";
import { User } from "../../src/identity/User.js";
import { Notice } from "../../src/notices/Notice.js";
import type { Issuers } from "../../src/authorities/Issuers.js";
import { aCsr } from "../support/csr.js";
import { anotherBank } from "../support/Counter.js";
import { House, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;
let old: Certificate;
let taro: Caller;
const csr = aCsr().pem;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  await house.clear();
  tenant = await house.aTenant({ signInMethod: "CERTIFICATE" });
  old = await house.aCertificate(tenant.taro);
  await at(-10); // ten days before its end
});

/** So many days before or after the end of Taro's certificate, signed in by it. */
async function at(days: number, boundTo = old.fingerprint): Promise<void> {
  house.clock.moveTo(later(old.notAfter ?? THE_MORNING, days * DAY));
  taro = await house.signedIn(tenant.taro, { boundTo });
}
const renew = (by: Caller = taro, request = csr) => renewCertificate(house.desk, by, { csr: request });
const refused = async (attempt: () => Promise<unknown>, code: string) => {
  const before = await house.snapshot();
  await expect(attempt()).rejects.toMatchObject({ code });
  expect(await house.snapshot()).toEqual(before);
  expect((await house.history()).at(-1)).toMatchObject({ action: "CERTIFICATE_RENEW", outcome: "REFUSED", code });
};

describe("a renewal", () => {
  it("gives the holder a new certificate for its new key, and ends the old one when it signs in by that", async () => {
    const renewed = await renew();
    expect(renewed).toMatchObject({ state: "ACTIVE", isCurrent: 1, predecessorId: old.id, userId: tenant.taro.id, reissueReason: null });
    expect(renewed.serialNumber).not.toBe(old.serialNumber);
    expect(await house.certificate(old.id)).toMatchObject({ state: "ACTIVE", isCurrent: null, keptUntil: later(house.clock.now(), 10 * MINUTE) });
    const entries = (await house.history()).slice(-2).map(({ action, outcome, actorLoginId, certificateId }) => [action, outcome, actorLoginId, certificateId]);
    expect(entries).toEqual([["CERTIFICATE_RENEW", "ACCEPTED", tenant.taro.loginId, renewed.id], ["CERTIFICATE_ENROLL", "SUCCEEDED", tenant.taro.loginId, renewed.id]]);
    const presented = await house.desk.examine(renewed.x509 ?? Buffer.of());
    await signIn(house.desk, { requestId: "r", address: "127.0.0.1" }, presented, { bankCode: "5120", loginId: tenant.taro.loginId, password: PASSWORD });
    expect(await house.certificate(old.id)).toMatchObject({ state: "REVOKED", isCurrent: null, revokedAt: house.clock.now(), revocationReason: "SUPERSEDED" });
    expect(await house.desk.examine(old.x509 ?? Buffer.of())).toMatchObject({ status: "REVOKED" });
    expect(JSON.parse((await house.history()).at(-1)?.after ?? "{}")).toEqual({ superseded: old.serialNumber });
  });

  it("ends the old one in ten minutes at the latest, for everybody who asks", async () => {
    await renew();
    house.clock.moveTo(later(house.clock.now(), 10 * MINUTE));
    expect(await house.desk.examine(old.x509 ?? Buffer.of())).toMatchObject({ status: "ACTIVE" });
    house.clock.moveTo(later(house.clock.now(), 1));
    expect(await house.desk.examine(old.x509 ?? Buffer.of())).toMatchObject({ status: "REVOKED", revocationReason: "SUPERSEDED" });
  });

  it("whose answer got lost is asked for again in the same session, with the old one, and raises no alert", async () => {
    const renewed = await renew();
    expect((await renew()).id).toBe(renewed.id);
    await refused(() => renew(taro, aCsr().pem), "RENEWAL_TOO_EARLY"); // another key would be another renewal
    expect(await house.db.reads.countBy(Alert, {})).toBe(0);
  });

  it("takes none of its holder's powers away, and no code", async () => {
    await renew();
    expect(await house.db.reads.findOneBy(User, { id: tenant.taro.id })).toMatchObject({ powersHeldAt: null });
  });

  it("is a Master's, too, for itself", async () => {
    const own = await house.aCertificate(tenant.master);
    house.clock.moveTo(later(own.notAfter ?? THE_MORNING, -DAY));
    const master = await house.signedIn(tenant.master, { boundTo: own.fingerprint });
    await expect(renew(master, aCsr().pem)).resolves.toMatchObject({ userId: tenant.master.id, state: "ACTIVE" });
  });

  it("by the same key again gives the same certificate, in a session by the new one, too", async () => {
    const renewed = await renew();
    const again = await house.signedIn(tenant.taro, { boundTo: renewed.fingerprint });
    expect((await renew(again)).id).toBe(renewed.id);
    expect(await house.db.reads.countBy(Certificate, { userId: tenant.taro.id })).toBe(2);
    expect((await house.history()).at(-1)).toMatchObject({ action: "CERTIFICATE_RENEW", outcome: "REPEATED" });
  });

  it("of many at once leaves one successor", async () => {
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => renew(taro, aCsr().pem)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await house.db.reads.countBy(Certificate, { userId: tenant.taro.id })).toBe(2);
    expect(await house.db.reads.countBy(Certificate, { userId: tenant.taro.id, isCurrent: 1, state: "ACTIVE" })).toBe(1);
  });

  it("that a crash stopped before its signature leaves the old one good, and is finished at the next start", async () => {
    const broken = { ...house.desk, issuers: { ...house.desk.issuers, open: failingAfter(house.desk.issuers, 1) } };
    await expect(renewCertificate(broken, taro, { csr })).rejects.toThrow("the token is gone");
    expect(await house.desk.examine(old.x509 ?? Buffer.of())).toMatchObject({ status: "ACTIVE" });
    await finishEnrollments(house.desk);
    expect(await house.currentCertificate(tenant.taro)).toMatchObject({ state: "ACTIVE", predecessorId: old.id });
    expect(await house.certificate(old.id)).toMatchObject({ state: "ACTIVE", keptUntil: later(house.clock.now(), 10 * MINUTE) });
  });
});

/** The CA can be opened so many times more. */
function failingAfter(issuers: Issuers, times: number): Issuers["open"] {
  let left = times;
  return (id) => (left-- > 0 ? issuers.open(id) : Promise.reject(new Error("the token is gone")));
}

it("a revocation in the middle of a renewal ends it as well: what it was proven by is gone", async () => {
  const broken = { ...house.desk, issuers: { ...house.desk.issuers, open: failingAfter(house.desk.issuers, 1) } };
  await expect(renewCertificate(broken, taro, { csr })).rejects.toThrow("the token is gone");
  await revokeCertificate(house.desk, await house.signedIn(tenant.master), { certificateId: old.id, reason: "KEY_COMPROMISE" });
  await finishEnrollments(house.desk);
  expect(await house.currentCertificate(tenant.taro)).toMatchObject({ state: "REVOKED", predecessorId: old.id, revocationReason: "KEY_COMPROMISE" });
  expect(await house.db.reads.countBy(Certificate, { userId: tenant.taro.id, state: "ACTIVE" })).toBe(0);
});

describe("a renewal is refused", () => {
  it("a day too early, with the day from which on it is possible", async () => {
    await at(-30 - 1);
    await refused(renew, "RENEWAL_TOO_EARLY");
    await at(-30);
    await expect(renew()).resolves.toMatchObject({ state: "ACTIVE" });
  });

  it("after its end", async () => {
    await at(1);
    await refused(renew, "CERTIFICATE_EXPIRED");
  });

  it.each([
    ["a password alone", null], ["another certificate", "f".repeat(64)],
  ])("in a session that was opened by %s", async (_what, boundTo) => {
    await at(-10, boundTo);
    await refused(renew, "CERTIFICATE_REQUIRED");
  });

  it("of one that was revoked, of one that isn't acquired, where there is none", async () => {
    const master = await house.signedIn(tenant.master);
    await revokeCertificate(house.desk, master, { certificateId: old.id, reason: "SUPERSEDED" });
    await at(-10);
    await refused(renew, "CERTIFICATE_REVOKED");
    await reissueCertificate(house.desk, await house.signedIn(tenant.master), { userId: tenant.taro.id, expectedVersion: 2, reason: "LOST" });
    await at(-10);
    await refused(renew, "NOT_YET_ACQUIRED");
    const hana = await house.signedIn(tenant.hana);
    await refused(() => renew(hana), "NO_CERTIFICATE");
  });

  it("to whoever may not: the enrollee, whose passwords are due, the bank's staff", async () => {
    const enrollee = await house.signedIn(tenant.taro, { isEnrollOnly: true });
    await refused(() => renew(enrollee), "CERTIFICATE_REQUIRED");
    const dated = await house.signedIn(tenant.taro, { passwordsDue: "FORCED" });
    await refused(() => renew(dated), "PASSWORD_CHANGE_REQUIRED");
    await expect(renewCertificate(house.desk, await house.atTheDesk(await house.anOperator()), { csr })).rejects.toMatchObject({ code: "HOLDER_ONLY" });
  });

  it("for a key that was certified before, its own old one included, and for what is no request", async () => {
    const used = aCsr();
    const own = await house.aCertificate(tenant.hana, "ACTIVE", used.pem);
    await refused(() => renew(taro, used.pem), "CSR_KEY_USED_BEFORE");
    await refused(() => renew(taro, "nonsense"), "CSR_MALFORMED");
    expect(own.state).toBe("ACTIVE");
  });
});

describe("reminders", () => {
  const address = (user: User) => house.db.transaction((tx) => tx.update(User, { id: user.id }, { mailAddress: `${user.loginId}@example.com` }));
  const reminders = async () => (await house.db.reads.find(Notice, { order: { id: "ASC" } })).filter(({ kind }) => kind === "CERTIFICATE_ENDING" || kind === "ENROLLMENT_UNFINISHED").map(({ kind, mailAddress }) => `${kind} ${mailAddress.replace(/\d+@.*/, "")}`);
  const look = async (days: number) => {
    house.clock.moveTo(later(old.notAfter ?? THE_MORNING, days * DAY));
    await remindHolders(house.desk);
    await remindHolders(house.desk); // however often it is looked
    return reminders();
  };
  beforeEach(async () => {
    await address(tenant.taro);
    await address(tenant.master);
  });

  it("go to holder and Master at 30 and at 10 days, once each", async () => {
    expect(await look(-31)).toEqual([]);
    expect(await look(-30)).toEqual(["CERTIFICATE_ENDING master", "CERTIFICATE_ENDING taro"]);
    expect(await look(-11)).toHaveLength(2);
    expect(await look(-10)).toHaveLength(4);
    expect(await look(-1)).toHaveLength(4);
    expect(await look(1)).toHaveLength(4);
  });

  it("one that wasn't written in time isn't written twice later: the last one alone", async () => {
    expect(await look(-5)).toHaveLength(2);
  });

  it("aren't written where a successor is there, acquired or not, and not of one that was revoked", async () => {
    await at(-29);
    await renew();
    expect((await look(-5)).filter((text) => text.startsWith("CERTIFICATE_ENDING"))).toEqual([]);
  });

  it("are written of what nobody has acquired ten days before its deadline", async () => {
    await address(tenant.hana);
    const pending = await house.aCertificate(tenant.hana, "PENDING");
    const days = (before: number) => {
      house.clock.moveTo(later(pending.enrollmentDeadline ?? THE_MORNING, -before * DAY));
      return remindHolders(house.desk);
    };
    await days(11);
    expect(await reminders()).toEqual([]);
    await days(10);
    expect(await reminders()).toEqual(["ENROLLMENT_UNFINISHED master", "ENROLLMENT_UNFINISHED hana"]);
    await days(1);
    expect(await reminders()).toHaveLength(2);
  });

  it("are each bank's own: of another bank's certificate at its days, and not at this one's", async () => {
    const bank = await anotherBank(house, { firstReminderDays: 20, lastReminderDays: 5 });
    house.clock.moveTo(THE_MORNING);
    const theirs = await house.aCertificate(tenant.hana);
    await address(tenant.hana);
    await house.db.transaction((tx) => tx.update(Certificate, { id: theirs.id }, { bankId: bank.id }));
    const ofTheirs = async (days: number) => {
      house.clock.moveTo(later(theirs.notAfter ?? THE_MORNING, -days * DAY));
      await remindHolders(house.desk);
      return house.db.reads.countBy(Notice, { certificateId: theirs.id, kind: "CERTIFICATE_ENDING", recipientId: tenant.hana.id });
    };
    expect([await ofTheirs(30), await ofTheirs(20), await ofTheirs(10), await ofTheirs(5)]).toEqual([0, 1, 1, 2]);
  });

  it("aren't written of an old one that is kept beside its successor", async () => {
    await house.setPolicy({ daysOldKept: 7 });
    await at(-29);
    await reissueCertificate(house.desk, await house.signedIn(tenant.master), { userId: tenant.taro.id, expectedVersion: 1, reason: "DEVICE_REPLACED", keepOldUntilEnrolled: true });
    expect((await look(-28)).filter((text) => text.startsWith("CERTIFICATE_ENDING"))).toEqual([]);
    await house.setPolicy({ daysOldKept: 0 });
  });

  it("stop once it is acquired", async () => {
    await address(tenant.hana);
    const pending = await house.aCertificate(tenant.hana, "PENDING");
    await enrollCertificate(house.desk, await house.signedIn(tenant.hana), { csr: aCsr().pem, enrollmentCode: pending.enrollmentCode });
    house.clock.moveTo(later(pending.enrollmentDeadline ?? THE_MORNING, -DAY));
    await remindHolders(house.desk);
    expect(await reminders()).toEqual([]);
  });
});
