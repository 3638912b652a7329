import { Certificate } from "../../src/certificates/Certificate.js";
import { endKeptCertificates } from "../../src/certificates/endKeptCertificates.js";
import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { previewReissue } from "../../src/certificates/previewReissue.js";
import { reissueCertificate, type ReissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { findCertificates } from "../../src/certificates/readCertificates.js";
import { DAY, MINUTE, later } from "../../src/foundation/clock.js";
import { Alert } from "../../src/history/Alert.js";
import { newId } from "../../src/foundation/ids.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import { Notice } from "../../src/notices/Notice.js";
import { Session } from "../../src/identity/Session.js";
import { User } from "../../src/identity/User.js";
import { deregisterUser } from "../../src/users/deregisterUser.js";
import type { ReissueReason } from "../../src/policy/certificateLifecycle.js";
import { Counter } from "../support/Counter.js";
import { aCsr } from "../support/csr.js";
import { House, THE_MORNING, type Caller, type Tenant } from "../support/House.js";
import { crlContent } from "../../src/validation/crlStore.js";
import { shownCrl } from "../support/shownCrl.js";

let house: House;
let tenant: Tenant;
let master: Caller;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  await house.clear();
  await house.setPolicy({ daysOldKept: 0, holdsPowers: true, sendsCodeByMail: false, alertBurstReissues: 3 });
  tenant = await house.aTenant({ signInMethod: "CERTIFICATE" });
  master = await house.signedIn(tenant.master);
});

const reissue = (changes: Partial<ReissueCertificate> = {}, by: Caller = master) =>
  reissueCertificate(house.desk, by, { userId: tenant.taro.id, expectedVersion: 1, reason: "DEVICE_REPLACED", ...changes });
const status = async (id: string) => (await findCertificates(house.desk, master, { userId: tenant.taro.id }, "ASC", { first: 50, after: null })).rows.find((row) => row.id === id);
const alerts = async () => (await house.db.reads.find(Alert, { order: { id: "ASC" } })).map(({ kind }) => kind);
const enroll = async (code: string | null) => enrollCertificate(house.desk, await house.signedIn(tenant.taro), { csr: aCsr().pem, enrollmentCode: code });
const presented = async (x509: Buffer | null) => house.desk.examine(x509 ?? Buffer.of());

function must<T>(value: T | null): T {
  if (value === null) throw new Error("it isn't there");
  return value;
}

describe("keeping the old certificate until the new one is acquired", () => {
  const all: ReissueReason[] = ["UNSPECIFIED", "DEVICE_BROKEN", "CERTIFICATE_DELETED", "LOST", "STOLEN", "COMPROMISED"];
  it.each(all)("is refused for %s, whatever the bank allows, and changes nothing", async (reason) => {
    await house.setPolicy({ daysOldKept: 7 });
    await house.aCertificate(tenant.taro);
    const before = await house.snapshot();
    await expect(reissue({ reason, keepOldUntilEnrolled: true })).rejects.toMatchObject({ code: "KEEPING_NOT_ALLOWED", path: ["keepOldUntilEnrolled"] });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history()).at(-1)).toMatchObject({ outcome: "REFUSED", code: "KEEPING_NOT_ALLOWED" });
  });

  it.each(["EXPIRED", "PENDING", "REVOKED"] as const)("is refused of one that is %s", async (state) => {
    await house.setPolicy({ daysOldKept: 7 });
    await house.aCertificate(tenant.taro, state);
    await expect(reissue({ keepOldUntilEnrolled: true })).rejects.toMatchObject({ code: "KEEPING_NOT_ALLOWED" });
  });

  it("is another request than the same without it: one key doesn't stand for both", async () => {
    await house.setPolicy({ daysOldKept: 7 });
    await house.aCertificate(tenant.taro);
    await reissue({ keepOldUntilEnrolled: true, idempotencyKey: "key-0001" });
    await expect(reissue({ keepOldUntilEnrolled: false, idempotencyKey: "key-0001" })).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
  });

  it("is refused where the bank doesn't allow it, and where there is none that is active", async () => {
    const active = await house.aCertificate(tenant.taro);
    await expect(reissue({ keepOldUntilEnrolled: true })).rejects.toMatchObject({ code: "KEEPING_NOT_ALLOWED" });
    await house.setPolicy({ daysOldKept: 7 });
    await expect(reissueCertificate(house.desk, master, { userId: tenant.hana.id, expectedVersion: 1, reason: "DEVICE_REPLACED", keepOldUntilEnrolled: true })).rejects.toMatchObject({ code: "KEEPING_NOT_ALLOWED" });
    expect((await status(active.id))?.state).toBe("ACTIVE");
  });

  describe("where it is allowed", () => {
    let old: Certificate;
    let opened: Awaited<ReturnType<typeof reissue>>;
    beforeEach(async () => {
      await house.setPolicy({ daysOldKept: 7 });
      old = await house.aCertificate(tenant.taro);
      await house.signedIn(tenant.taro, { boundTo: old.fingerprint });
      opened = await reissue({ keepOldUntilEnrolled: true });
    });

    it("leaves it and its session alive, beside one that is pending, for as many days as the bank says", async () => {
      expect(opened).toMatchObject({ revoked: null, kept: { id: old.id, keptUntil: later(THE_MORNING, 7 * DAY) }, successor: { state: "PENDING" } });
      expect(await house.db.reads.countBy(Session, { userId: tenant.taro.id, isCurrent: 1 })).toBe(1);
      expect(await presented(old.x509)).toMatchObject({ status: "ACTIVE" });
      house.clock.moveTo(later(THE_MORNING, 7 * DAY));
      expect(await presented(old.x509)).toMatchObject({ status: "ACTIVE" });
    });

    it("without it being chosen it dies at once, as always", async () => {
      const again = await reissue({ expectedVersion: 2 });
      expect(again).toMatchObject({ kept: null });
      expect(await status(old.id)).toMatchObject({ state: "REVOKED", revokedAt: THE_MORNING });
    });

    it("ends it at the instant at which the new one is acquired, as superseded", async () => {
      house.clock.moveTo(later(THE_MORNING, 2 * DAY));
      const acquired = await enroll(opened.enrollmentCode);
      expect(acquired.state).toBe("ACTIVE");
      expect(await status(old.id)).toMatchObject({ state: "REVOKED", revokedAt: later(THE_MORNING, 2 * DAY), revocationReason: "SUPERSEDED" });
      expect(await presented(old.x509)).toMatchObject({ status: "REVOKED" });
      expect(JSON.parse((await house.history()).at(-1)?.after ?? "{}")).toMatchObject({ status: "ACTIVE", superseded: old.serialNumber });
    });

    it("ends it when its days are over, for sign-in, OCSP, lists and views at that instant, whether or not anybody writes it down", async () => {
      house.clock.moveTo(later(THE_MORNING, 7 * DAY + 1));
      const ended = { status: "REVOKED", revokedAt: later(THE_MORNING, 7 * DAY), revocationReason: "SUPERSEDED" };
      expect(await presented(old.x509)).toMatchObject(ended);
      expect((await house.certificate(old.id)).state).toBe("ACTIVE"); // nobody has
      const again = await house.signedIn(tenant.master); // a week later
      expect((await findCertificates(house.desk, again, { status: ["ACTIVE"], userId: tenant.taro.id }, "ASC", { first: 5, after: null })).rows).toEqual([]);
      expect((await findCertificates(house.desk, again, { status: ["REVOKED"], userId: tenant.taro.id }, "ASC", { first: 5, after: null })).rows.map(({ id }) => id)).toEqual([old.id]);
      await endKeptCertificates(house.desk);
      expect(await house.certificate(old.id)).toMatchObject({ state: "REVOKED", revokedAt: ended.revokedAt, revocationReason: "SUPERSEDED" });
      expect((await house.history()).at(-1)).toMatchObject({ action: "CERTIFICATE_REVOKE", outcome: "SUCCEEDED", certificateId: old.id, actorId: null, requestId: "house:kept" });
      const entries = (await house.history()).length;
      await endKeptCertificates(house.desk);
      expect((await house.history()).length).toBe(entries);
    });

    it("and its end is on the very next list", async () => {
      house.clock.moveTo(later(THE_MORNING, 8 * DAY));
      const crl = await house.desk.crls.current({ id: old.issuerId, kind: "ISSUING" });
      const content: Buffer[] = [];
      for await (const piece of crlContent(house.desk, must(crl))) content.push(piece);
      expect([...shownCrl(Buffer.concat(content)).revoked.keys()]).toContain(old.serialNumber);
    });

    it("never outlives the certificate itself", async () => {
      const [hana] = [tenant.hana];
      const short = await house.aCertificate(hana);
      await house.db.transaction((tx) => tx.update(Certificate, { id: short.id }, { notAfter: later(THE_MORNING, DAY) }));
      const { kept } = await reissueCertificate(house.desk, master, { userId: hana.id, expectedVersion: 1, reason: "DEVICE_REPLACED", keepOldUntilEnrolled: true });
      expect(kept?.keptUntil).toEqual(later(THE_MORNING, DAY));
    });

    it.each([
      ["another reissue", () => reissue({ expectedVersion: 2, reason: "STOLEN" }), "KEY_COMPROMISE"],
      ["the revocation of the new one", async () => revokeCertificate(house.desk, master, { certificateId: opened.successor.id, reason: "KEY_COMPROMISE" }), "KEY_COMPROMISE"],
      ["its own revocation", async () => revokeCertificate(house.desk, master, { certificateId: old.id, reason: "KEY_COMPROMISE" }), "KEY_COMPROMISE"],
      ["the deregistration of its holder", () => deregisterUser(house.desk, master, { userId: tenant.taro.id, expectedVersion: 2 }), "CESSATION_OF_OPERATION"],
    ] as [string, () => Promise<unknown>, string][])("is ended by %s, at once, with its session", async (_what, deed, revocationReason) => {
      await deed();
      expect(await status(old.id)).toMatchObject({ state: "REVOKED", revokedAt: THE_MORNING, revocationReason });
      expect(await house.db.reads.countBy(Session, { userId: tenant.taro.id, isCurrent: 1 })).toBe(0);
    });

    it("dies with its holder's deregistration also where nobody acquired the new one in time", async () => {
      await house.db.transaction((tx) => tx.update(Certificate, { id: opened.successor.id }, { enrollmentDeadline: later(THE_MORNING, -MINUTE) }));
      await deregisterUser(house.desk, master, { userId: tenant.taro.id, expectedVersion: 2 });
      expect(await house.certificate(old.id)).toMatchObject({ state: "REVOKED", revokedAt: THE_MORNING, revocationReason: "CESSATION_OF_OPERATION" });
    });

    it("its own revocation leaves the new one to be acquired", async () => {
      await revokeCertificate(house.desk, master, { certificateId: old.id, reason: "KEY_COMPROMISE" });
      expect(await status(opened.successor.id)).toMatchObject({ state: "PENDING" });
      await expect(enroll(opened.enrollmentCode)).resolves.toMatchObject({ state: "ACTIVE" });
    });

    it("by the revocation of the new one ends its session as revoked, not as renewed", async () => {
      await revokeCertificate(house.desk, master, { certificateId: opened.successor.id, reason: "KEY_COMPROMISE" });
      expect((await house.db.reads.findBy(Session, { userId: tenant.taro.id })).map(({ endReason }) => endReason)).toEqual(["CERTIFICATE_REVOKED"]);
    });

    it("a session that isn't bound to it ends by another reissue, not by its end", async () => {
      const unbound = await house.signedIn(tenant.taro);
      await enrollCertificate(house.desk, unbound, { csr: aCsr().pem, enrollmentCode: opened.enrollmentCode });
      expect(await status(old.id)).toMatchObject({ state: "REVOKED" });
      expect(await house.db.reads.findOneBy(Session, { id: unbound.sessionId })).toMatchObject({ isCurrent: 1, endedAt: null });
    });

    it("is ended at the date of its end by whatever is done after that", async () => {
      house.clock.moveTo(later(THE_MORNING, 8 * DAY));
      await reissue({ expectedVersion: 2, reason: "STOLEN" }, await house.signedIn(tenant.master));
      expect(await house.certificate(old.id)).toMatchObject({ state: "REVOKED", revokedAt: later(THE_MORNING, 7 * DAY), revocationReason: "SUPERSEDED" });
    });

    it("by two processes at once is ended and written down once", async () => {
      house.clock.moveTo(later(THE_MORNING, 8 * DAY));
      await Promise.all([1, 2, 3].map(() => endKeptCertificates(house.desk)));
      expect((await house.history()).filter(({ requestId, outcome }) => requestId === "house:kept" && outcome === "SUCCEEDED")).toHaveLength(1);
    });

    it("once its time is over, can still be said to be compromised, with the date of its end", async () => {
      house.clock.moveTo(later(THE_MORNING, 8 * DAY));
      const again = await house.signedIn(tenant.master);
      await expect(revokeCertificate(house.desk, again, { certificateId: old.id, reason: "SUPERSEDED" })).rejects.toMatchObject({ code: "ALREADY_REVOKED" });
      await revokeCertificate(house.desk, again, { certificateId: old.id, reason: "KEY_COMPROMISE" });
      expect(await house.certificate(old.id)).toMatchObject({ state: "REVOKED", revokedAt: later(THE_MORNING, 7 * DAY), revocationReason: "KEY_COMPROMISE" });
    });
  });
});

describe("the preview of a reissue", () => {
  it("says what it will do, and changes nothing", async () => {
    const old = await house.aCertificate(tenant.taro);
    const session = await house.signedIn(tenant.taro);
    const before = [await house.snapshot(), await house.history()];
    const preview = await previewReissue(house.desk, master, tenant.taro.id);
    expect(preview).toMatchObject({
      ending: [{ certificateId: old.id, remaining: { days: 364, percent: 99 } }], pendingCertificateId: null,
      endingSession: { signedInAt: THE_MORNING, address: "127.0.0.1" }, lastSignInAt: null, isLastApprover: true, asksRegistrationPassword: false,
      holdsPowers: true, sendsCodeByMail: false, wouldRaise: ["REISSUE_EARLY"],
    });
    expect(preview?.reasons).toHaveLength(7);
    expect(preview?.reasons.every(({ oldMayLiveUntil }) => oldMayLiveUntil === null)).toBe(true);
    expect([await house.snapshot(), await house.history()]).toEqual(before);
    expect(session.userId).toBe(tenant.taro.id);
  });

  it("is true: what it says is what happens", async () => {
    await house.setPolicy({ daysOldKept: 7 });
    const old = await house.aCertificate(tenant.taro);
    const preview = await previewReissue(house.desk, master, tenant.taro.id);
    const kept = preview?.reasons.filter(({ oldMayLiveUntil }) => oldMayLiveUntil !== null).map(({ reason, oldMayLiveUntil }) => [reason, oldMayLiveUntil]);
    expect(kept).toEqual([["DEVICE_REPLACED", later(THE_MORNING, 7 * DAY)]]);
    const { revoked } = await reissue({ reason: "LOST" });
    expect(revoked?.id).toBe(old.id);
    expect(revoked?.revocationReason).toBe(preview?.reasons.find(({ reason }) => reason === "LOST")?.revocationReason);
    expect(await alerts()).toEqual(preview?.wouldRaise);
    const next = await previewReissue(house.desk, master, tenant.taro.id);
    expect(next).toMatchObject({ pendingCertificateId: expect.any(String) as string, wouldRaise: ["REISSUE_REPEATED"], ending: [{ remaining: null }] });
    await reissue({ expectedVersion: 2, reason: "LOST" });
    expect(await alerts()).toEqual(["REISSUE_EARLY", "REISSUE_REPEATED"]);
  });

  it("knows the last approver from one of several", async () => {
    const other = await house.aUser(tenant.contract, { authority: "APPROVER" });
    expect(await previewReissue(house.desk, master, tenant.taro.id)).toMatchObject({ isLastApprover: false });
    await house.db.transaction((tx) => tx.update(User, { id: other.id }, { powersHeldAt: THE_MORNING }));
    expect(await previewReissue(house.desk, master, tenant.taro.id)).toMatchObject({ isLastApprover: true });
    expect(await previewReissue(house.desk, master, tenant.hana.id)).toMatchObject({ isLastApprover: false }); // who approves nothing
  });

  it("counts no approver who can't approve", async () => {
    const other = await house.aUser(tenant.contract, { authority: "APPROVER" });
    for (const [facts, isLastApprover] of [[{ suspendedAt: THE_MORNING }, true], [{ suspendedAt: null }, false], [{ deregisteredAt: THE_MORNING }, true]] as const) {
      await house.db.transaction((tx) => tx.update(User, { id: other.id }, facts));
      expect(await previewReissue(house.desk, master, tenant.taro.id)).toMatchObject({ isLastApprover });
    }
  });

  it("promises the old one no longer than it would live anyway, and the bank's staff, who can't keep it, nothing", async () => {
    await house.setPolicy({ daysOldKept: 7 });
    const old = await house.aCertificate(tenant.taro);
    await house.db.transaction((tx) => tx.update(Certificate, { id: old.id }, { notAfter: later(THE_MORNING, DAY) }));
    const longest = (reasons: { oldMayLiveUntil: Date | null }[] = []) => reasons.flatMap(({ oldMayLiveUntil }) => oldMayLiveUntil ?? []);
    expect(longest((await previewReissue(house.desk, master, tenant.taro.id))?.reasons)).toEqual([later(THE_MORNING, DAY)]);
    const counter = await Counter.open(house);
    await house.aCertificate(counter.tenant.master);
    expect(longest((await previewReissue(house.desk, counter.operator, counter.tenant.master.id))?.reasons)).toEqual([]);
  });

  it("of one that was deregistered is none", async () => {
    await deregisterUser(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1 });
    expect(await previewReissue(house.desk, master, tenant.taro.id)).toBeNull();
  });

  it("shows no session that is over", async () => {
    await house.signedIn(tenant.taro);
    house.clock.moveTo(later(THE_MORNING, 16 * MINUTE));
    expect(await previewReissue(house.desk, await house.signedIn(tenant.master), tenant.taro.id)).toMatchObject({ endingSession: null });
  });

  it("is nobody's who couldn't have it reissued", async () => {
    await house.aCertificate(tenant.taro);
    const stranger = await house.aTenant();
    for (const [by, userId] of [
      [await house.signedIn(tenant.taro), tenant.taro.id], [await house.signedIn(tenant.hana), tenant.taro.id], [master, tenant.master.id],
      [await house.signedIn(stranger.master), tenant.taro.id], [await house.signedIn(tenant.taro, { isEnrollOnly: true }), tenant.taro.id], [master, "nobody"],
    ] as const) expect(await previewReissue(house.desk, by, userId)).toBeNull();
    const counter = await Counter.open(house);
    expect(await previewReissue(house.desk, counter.operator, counter.tenant.master.id)).toMatchObject({ holdsPowers: false, asksRegistrationPassword: false });
    expect(await previewReissue(house.desk, counter.operator, counter.tenant.taro.id)).toBeNull();
  });
});

describe("a reissue raises", () => {
  it("one alert of a burst for a contract and a day, from the third within the hour on", async () => {
    const users = await Promise.all(Array.from({ length: 4 }, () => house.aUser(tenant.contract)));
    for (const [index, user] of users.entries()) {
      await reissue({ userId: user.id, reason: "LOST" });
      expect(await alerts()).toEqual(index < 2 ? [] : ["REISSUE_BURST"]);
    }
    const [burst] = await house.db.reads.find(Alert);
    expect(burst).toMatchObject({ times: 2, contractId: tenant.contract.id });
    expect(JSON.parse(burst?.evidence ?? "{}")).toMatchObject({ reissues: 3, withinMinutes: 60, by: master.loginId, address: "127.0.0.1", requestId: "test", loginId: users[2]?.loginId });
  });

  it("one of a burst for three within an hour to the millisecond, and none for one more", async () => {
    const users = await Promise.all(Array.from({ length: 4 }, () => house.aUser(tenant.contract)));
    for (const [index, minutes] of [0, 30, 60].entries()) {
      house.clock.moveTo(later(THE_MORNING, minutes * MINUTE + (index === 2 ? 1 : 0)));
      await reissue({ userId: users[index]?.id ?? "", reason: "LOST" }, await house.signedIn(tenant.master));
    }
    expect(await alerts()).toEqual([]);
    house.clock.moveTo(later(THE_MORNING, 90 * MINUTE));
    await reissue({ userId: users[3]?.id ?? "", reason: "LOST" }, await house.signedIn(tenant.master));
    expect(await alerts()).toEqual(["REISSUE_BURST"]);
  });

  it("one by two of the bank's staff as by the bank, and tells the customer no name and no address of theirs", async () => {
    const counter = await Counter.open(house);
    await house.aCertificate(counter.tenant.master);
    await house.db.transaction((tx) => tx.update(User, { id: counter.tenant.master.id }, { mailAddress: "master@example.com" }));
    await counter.approve(await counter.requestReissue());
    const [raised] = await house.db.reads.find(Alert);
    expect(raised?.kind).toBe("REISSUE_EARLY");
    expect(JSON.parse(raised?.evidence ?? "{}")).toMatchObject({ by: "BANK", address: null });
    const told = (await house.db.reads.find(Notice)).map(({ facts }) => facts).join();
    expect(told).toContain(counter.tenant.master.loginId);
    for (const { loginId } of [counter.operator, counter.colleague]) expect(`${told}${raised?.evidence ?? ""}`).not.toContain(loginId);
  });

  it("none where they are an hour apart, where they are another contract's, or registrations", async () => {
    for (let hour = 0; hour < 4; hour++) {
      house.clock.moveTo(later(THE_MORNING, hour * 61 * MINUTE));
      const [mine, other] = [await house.signedIn(tenant.master), await house.aTenant()];
      await reissue({ userId: (await house.aUser(tenant.contract)).id, reason: "LOST" }, mine);
      await reissue({ userId: other.taro.id, reason: "LOST" }, await house.signedIn(other.master));
      await house.aCertificate(await house.aUser(tenant.contract), "PENDING");
    }
    expect(await alerts()).toEqual([]);
  });

  it("one for a second within days, and none after them", async () => {
    await reissue({ reason: "LOST" });
    house.clock.moveTo(later(THE_MORNING, 7 * DAY));
    await reissue({ reason: "LOST", expectedVersion: 2 }, await house.signedIn(tenant.master));
    expect(await alerts()).toEqual(["REISSUE_REPEATED"]);
    house.clock.moveTo(later(THE_MORNING, 14 * DAY + 1));
    await reissue({ reason: "LOST", expectedVersion: 3 }, await house.signedIn(tenant.master));
    expect(await alerts()).toEqual(["REISSUE_REPEATED"]);
  });

  it.each([[181, ["REISSUE_EARLY"]], [184, []]])("one while half of the old one's life is left: after %d days %j", async (days, expected) => {
    await house.aCertificate(tenant.taro);
    house.clock.moveTo(later(THE_MORNING, days * DAY));
    await reissue({ reason: "DEVICE_BROKEN" }, await house.signedIn(tenant.master));
    expect(await alerts()).toEqual(expected);
  });

  it("the same where the old one was revoked first: that must not make it look harmless", async () => {
    const old = await house.aCertificate(tenant.taro);
    await revokeCertificate(house.desk, master, { certificateId: old.id, reason: "UNSPECIFIED" });
    expect(await previewReissue(house.desk, master, tenant.taro.id)).toMatchObject({ wouldRaise: ["REISSUE_EARLY"], ending: [] });
    await reissue({ reason: "LOST", expectedVersion: 2 });
    expect(await alerts()).toEqual(["REISSUE_EARLY"]);
  });

  it("none where one was revoked long before", async () => {
    const old = await house.aCertificate(tenant.taro);
    await revokeCertificate(house.desk, master, { certificateId: old.id, reason: "UNSPECIFIED" });
    house.clock.moveTo(later(THE_MORNING, 8 * DAY));
    await reissue({ reason: "LOST", expectedVersion: 2 }, await house.signedIn(tenant.master));
    expect(await alerts()).toEqual([]);
  });

  it("none where it is refused or rolled back", async () => {
    await house.aCertificate(tenant.taro);
    await expect(reissue({ expectedVersion: 9 })).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await alerts()).toEqual([]);
  });
});

describe("an acquisition raises", () => {
  const from = async (user: User, address: string) => {
    const actor = await house.signedIn(user);
    await house.db.transaction((tx) => tx.update(Session, { id: actor.sessionId }, { address }));
    return { ...actor, origin: { requestId: "r", address } };
  };

  it("an alert from where nobody of the contract had ever signed in", async () => {
    const pending = await house.aCertificate(tenant.hana, "PENDING");
    house.clock.moveTo(later(THE_MORNING, MINUTE));
    const opened = await reissue({ userId: tenant.hana.id, reason: "LOST" });
    expect(pending.state).toBe("PENDING");
    await enrollCertificate(house.desk, await from(tenant.hana, "203.0.113.9"), { csr: aCsr().pem, enrollmentCode: opened.enrollmentCode });
    expect(await alerts()).toContain("ENROLLMENT_FROM_NEW_ADDRESS");
    const found = await house.db.reads.findOneBy(Alert, { kind: "ENROLLMENT_FROM_NEW_ADDRESS" });
    expect(JSON.parse(found?.evidence ?? "{}")).toMatchObject({ address: "203.0.113.9", knownAddresses: 1 });
  });

  it("also where the thief signed in from there as the Master first, in a contract that is known from elsewhere", async () => {
    house.clock.moveTo(later(THE_MORNING, 2 * DAY));
    const thief = await from(tenant.master, "203.0.113.9");
    house.clock.moveTo(later(THE_MORNING, 2 * DAY + MINUTE));
    const opened = await reissue({ reason: "LOST" }, thief);
    await enrollCertificate(house.desk, await from(tenant.taro, "203.0.113.9"), { csr: aCsr().pem, enrollmentCode: opened.enrollmentCode });
    expect(await alerts()).toEqual(["ENROLLMENT_FROM_NEW_ADDRESS"]);
  });

  it("also where another contract is known from there", async () => {
    await from((await house.aTenant()).master, "203.0.113.9");
    house.clock.moveTo(later(THE_MORNING, 2 * DAY));
    const opened = await reissue({ reason: "LOST" });
    await enrollCertificate(house.desk, await from(tenant.taro, "203.0.113.9"), { csr: aCsr().pem, enrollmentCode: opened.enrollmentCode });
    expect(await alerts()).toEqual(["ENROLLMENT_FROM_NEW_ADDRESS"]);
  });

  it("none where the holder, or somebody else of the contract, has long signed in from there", async () => {
    await from(tenant.taro, "203.0.113.9");
    await from(tenant.hana, "203.0.113.10");
    house.clock.moveTo(later(THE_MORNING, 2 * DAY));
    for (const address of ["203.0.113.9", "203.0.113.10"]) {
      const version = (await house.db.reads.findOneBy(User, { id: tenant.taro.id }))?.version ?? 0;
      const opened = await reissue({ reason: "LOST", expectedVersion: version });
      await enrollCertificate(house.desk, await from(tenant.taro, address), { csr: aCsr().pem, enrollmentCode: opened.enrollmentCode });
    }
    expect(await alerts()).not.toContain("ENROLLMENT_FROM_NEW_ADDRESS");
  });

  it("none from a known address, and none for a contract that nobody had signed in to", async () => {
    house.clock.moveTo(later(THE_MORNING, MINUTE));
    const opened = await reissue({ reason: "LOST" });
    await enrollCertificate(house.desk, await from(tenant.taro, "127.0.0.1"), { csr: aCsr().pem, enrollmentCode: opened.enrollmentCode });
    const fresh = await house.aTenant();
    const first = await house.aCertificate(fresh.master, "PENDING");
    await enrollCertificate(house.desk, await from(fresh.master, "203.0.113.9"), { csr: aCsr().pem, enrollmentCode: first.enrollmentCode });
    expect(await alerts()).toEqual([]);
  });

  it("none for refusals of another day, nor for what failed by a fault of ours", async () => {
    await house.aCertificate(tenant.hana, "PENDING");
    const tryAgain = async () => enrollCertificate(house.desk, await house.signedIn(tenant.hana), { csr: aCsr().pem, enrollmentCode: "0000-0000-0000-0000" }).catch(() => undefined);
    for (let tries = 0; tries < 4; tries++) await tryAgain();
    house.clock.moveTo(later(THE_MORNING, DAY + 1));
    await tryAgain();
    expect(await alerts()).toEqual([]);
    const refused = (await house.history()).at(-1);
    await house.db.transaction((tx) => tx.insert(UsageRecord, { ...refused, id: newId(house.clock.now()), outcome: "FAILED", code: null }));
    for (let tries = 0; tries < 3; tries++) await tryAgain();
    expect(await alerts()).toEqual([]);
    await tryAgain();
    expect(await alerts()).toEqual(["ENROLLMENT_REFUSED_OFTEN"]);
  });

  it("an alert when it is refused often within a day, whatever for", async () => {
    await house.aCertificate(tenant.hana, "PENDING");
    const hana = await house.signedIn(tenant.hana);
    for (let tries = 1; tries <= 5; tries++) {
      expect(await alerts()).toEqual([]);
      await enrollCertificate(house.desk, hana, { csr: tries === 2 ? "nonsense" : aCsr().pem, enrollmentCode: "0000-0000-0000-0000" }).catch(() => undefined);
    }
    expect(await alerts()).toEqual(["ENROLLMENT_REFUSED_OFTEN"]);
    const found = await house.db.reads.findOneBy(Alert, { kind: "ENROLLMENT_REFUSED_OFTEN" });
    expect(JSON.parse(found?.evidence ?? "{}")).toMatchObject({ refusals: 5, last: "ENROLLMENT_CODE_WRONG", address: "127.0.0.1" });
    expect((await house.history()).filter(({ action }) => action === "CERTIFICATE_ENROLL")).toHaveLength(5);
  });
});

describe("an enrollment code that goes by mail", () => {
  beforeEach(() => house.setPolicy({ sendsCodeByMail: true }));
  const address = (mailAddress: string | null, mailChangedAt: Date | null = null) => house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { mailAddress, mailChangedAt }));

  it("is on nobody's screen; without an address nothing is reissued", async () => {
    await expect(reissue({ reason: "LOST" })).rejects.toMatchObject({ code: "MAIL_ADDRESS_REQUIRED" });
    await address("taro@example.com");
    await expect(reissue({ reason: "LOST" })).resolves.toMatchObject({ enrollmentCode: null });
    expect(JSON.parse((await house.history()).at(-1)?.after ?? "{}")).toMatchObject({ codeSentBy: "MAIL" });
  });

  it("doesn't go to an address that was changed a moment ago: a thief in the Master's session would have it sent to itself", async () => {
    await address("thief@example.com", THE_MORNING);
    house.clock.moveTo(later(THE_MORNING, 24 * 60 * MINUTE - 1));
    const before = await house.certificate((await house.aCertificate(tenant.hana, "PENDING")).id);
    await expect(reissue({ reason: "LOST" }, await house.signedIn(tenant.master))).rejects.toMatchObject({ code: "MAIL_ADDRESS_TOO_NEW", facts: { restsUntil: later(THE_MORNING, DAY) } });
    expect(await house.certificate(before.id)).toEqual(before);
    house.clock.moveTo(later(THE_MORNING, DAY));
    await expect(reissue({ reason: "LOST" }, await house.signedIn(tenant.master))).resolves.toMatchObject({ enrollmentCode: null });
  });

  it("of a Master without an address is told to the operator who approves, who hands it over", async () => {
    const counter = await Counter.open(house);
    const { enrollmentCode } = await counter.approve(await counter.requestReissue());
    expect(enrollmentCode).toMatch(/^[0-9A-Z-]{19}$/);
  });
});
