import { Certificate } from "../../src/certificates/Certificate.js";
import { revokeCertificate, type RevokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { DAY } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { recognize } from "../../src/identity/sessions.js";
import { User } from "../../src/identity/User.js";
import { revocationReasons } from "../../src/policy/certificateLifecycle.js";
import { Notice } from "../../src/notices/Notice.js";
import { updateUser, type UpdateUser } from "../../src/users/updateUser.js";
import { withTransactions } from "../support/gatedTransactions.js";
import { House, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;
let master: Caller;
let active: Certificate;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
  active = await house.aCertificate(tenant.taro);
});

const revoke = (actor: Caller, changes: Partial<RevokeCertificate> = {}) =>
  revokeCertificate(house.desk, actor, { certificateId: active.id, reason: "KEY_COMPROMISE", ...changes });

describe("a revocation by the Master", () => {
  it.each(revocationReasons)("ends the certificate for good with the reason %s, and opens no other", async (reason) => {
    const { certificate, holder } = await revoke(master, { reason });
    expect(certificate).toMatchObject({ state: "REVOKED", revokedAt: THE_MORNING, revocationReason: reason });
    expect(await house.currentCertificate(tenant.taro)).toMatchObject({ id: active.id, state: "REVOKED" });
    expect(await house.db.reads.countBy(Certificate, { userId: tenant.taro.id })).toBe(1);
    expect(holder.version).toBe(2);
    expect(await house.db.reads.findOneBy(User, { id: tenant.taro.id })).toMatchObject({ version: 2 });
  });

  it("ends the holder's session at once", async () => {
    const taro = await house.signedIn(tenant.taro);
    await revoke(master);
    await expect(recognize(house.desk, taro.token, null, taro.origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
  });

  it("is told its holder and the Master by mail", async () => {
    await house.db.transaction(async (tx) => {
      for (const { id, loginId } of [tenant.taro, tenant.master]) await tx.update(User, { id }, { mailAddress: `${loginId}@example.com` });
    });
    await revoke(master);
    const told = await house.db.reads.findBy(Notice, { certificateId: active.id, kind: "CERTIFICATE_REVOKED" });
    expect(told.map(({ recipientId }) => recipientId).sort()).toEqual([tenant.taro.id, tenant.master.id].sort());
    expect(JSON.parse(told[0]?.facts ?? "{}")).toMatchObject({ serialNumber: active.serialNumber, reason: "KEY_COMPROMISE", revokedAt: THE_MORNING.toISOString() });
  });

  it("stops one that is still pending: its code opens nothing", async () => {
    const pending = await house.aCertificate(tenant.hana, "PENDING");
    await revoke(master, { certificateId: pending.id });
    expect(await house.certificate(pending.id)).toMatchObject({ state: "REVOKED", enrollmentCodeHash: null });
  });

  it("is an entry of the history, with what was and what became", async () => {
    await revoke(master, { note: "PC紛失" });
    const entry = (await house.history(tenant.contract)).at(-1);
    expect(entry).toMatchObject({
      action: "CERTIFICATE_REVOKE", outcome: "SUCCEEDED", actorId: tenant.master.id, targetUserId: tenant.taro.id, certificateId: active.id, note: "PC紛失",
    });
    expect(JSON.parse(entry?.before ?? "")).toMatchObject({ status: "ACTIVE", revokedAt: null });
    expect(JSON.parse(entry?.after ?? "")).toMatchObject({ status: "REVOKED", revocationReason: "KEY_COMPROMISE", revokedAt: THE_MORNING.toISOString() });
  });
});

describe("S26: a revocation of what is revoked", () => {
  it("raises the reason to keyCompromise and keeps the date", async () => {
    await revoke(master, { reason: "SUPERSEDED" });
    house.clock.advance(DAY / 24 / 6);
    const { certificate } = await revoke(master, { reason: "KEY_COMPROMISE" });
    expect(certificate).toMatchObject({ revokedAt: THE_MORNING, revocationReason: "KEY_COMPROMISE" });
  });

  it.each(["SUPERSEDED", "UNSPECIFIED", "CESSATION_OF_OPERATION"] as const)("is refused for the reason %s", async (reason) => {
    await revoke(master, { reason: "SUPERSEDED" });
    await expect(revoke(master, { reason })).rejects.toMatchObject({ code: "ALREADY_REVOKED" });
  });

  it("is refused when it was keyCompromise already, and never lowered", async () => {
    await revoke(master);
    await expect(revoke(master)).rejects.toMatchObject({ code: "ALREADY_REVOKED" });
    await expect(revoke(master, { reason: "SUPERSEDED" })).rejects.toMatchObject({ code: "ALREADY_REVOKED" });
    expect(await house.certificate(active.id)).toMatchObject({ revocationReason: "KEY_COMPROMISE" });
  });
});

describe("a revocation that is refused", () => {
  const refused = async (actor: Caller, changes: Partial<RevokeCertificate>, code: string) => {
    const before = await house.snapshot();
    const entries = (await house.history()).length;
    await expect(revoke(actor, changes)).rejects.toMatchObject({ code });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history()).slice(entries)).toMatchObject([{ action: "CERTIFICATE_REVOKE", outcome: "REFUSED", code, actorId: actor.userId }]);
  };

  it("a Public ID's, of its own certificate", async () => refused(await house.signedIn(tenant.taro), {}, "MASTER_ONLY"));
  it("a Public ID's, of another's certificate", async () => refused(await house.signedIn(tenant.hana), {}, "MASTER_ONLY"));
  it("a Master's, of its own certificate", async () => {
    const own = await house.aCertificate(tenant.master);
    await refused(master, { certificateId: own.id }, "OWN_CERTIFICATE");
  });
  it("a Master's of another contract, as if there were none: knowing an id is no right", async () => {
    const strangers = await house.aTenant();
    await refused(await house.signedIn(strangers.master), {}, "NOT_FOUND");
  });
  it.each(["", "nonsense", newId(THE_MORNING)])("for the id %j, alike", (certificateId) => refused(master, { certificateId }, "NOT_FOUND"));
  it.each([["EXPIRED", "CERTIFICATE_EXPIRED"], ["ENROLLMENT_EXPIRED", "ENROLLMENT_EXPIRED"]] as const)("for one that is %s", async (status, code) => {
    const old = await house.aCertificate(tenant.hana, status);
    await refused(master, { certificateId: old.id }, code);
  });
  it("with a note that can't be stored", () => refused(master, { note: "\uDC00" }, "INVALID_TEXT"));
});

it("of twenty revocations and twenty reissues at once the certificate is revoked once and at most one successor opened", async () => {
  const { reissueCertificate } = await import("../../src/certificates/reissueCertificate.js");
  await Promise.allSettled(Array.from({ length: 40 }, (_, index) =>
    index % 2 === 0 ? revoke(master, { reason: "SUPERSEDED" }) : reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST" })));
  const all = await house.db.reads.findBy(Certificate, { userId: tenant.taro.id });
  expect(all.filter(({ isCurrent }) => isCurrent === 1)).toHaveLength(1);
  expect(all.find(({ id }) => id === active.id)).toMatchObject({ state: "REVOKED" });
  expect(all.length).toBeLessThanOrEqual(2);
});

it("among twenty changes of its holder at once takes one version; the history tells of each version once, in their order", async () => {
  const form = (version: number): UpdateUser => ({
    userId: tenant.taro.id, expectedVersion: version, displayName: `担当${String(version)}`, passwords: {},
    certificateAction: "KEEP", reissueReason: "UNSPECIFIED", revocationReason: "UNSPECIFIED",
  });
  const changes = Array.from({ length: 18 }, (_, index) => () => updateUser(house.desk, master, form(1 + (index % 6))));
  const revocations = [() => revoke(master, { reason: "SUPERSEDED" }), () => revoke(master)]; // the second raises the reason
  const works = [...changes.slice(0, 5), ...revocations, ...changes.slice(5)];
  await Promise.allSettled(works.map((work) => work()));
  await Promise.allSettled(revocations.map((work) => work())); // and where both were too early
  const told = (await house.history(tenant.contract)).filter(({ outcome, action }) => outcome === "SUCCEEDED" && (action === "USER_UPDATE" || action === "CERTIFICATE_REVOKE"));
  const version = (facts: string | null) => (JSON.parse(facts ?? "{}") as { version: number }).version;
  const steps = told.map(({ before, after }) => [version(before), version(after)]).filter(([from, to]) => from !== to).sort(([a = 0], [b = 0]) => a - b);
  const now = (await house.db.reads.findOneBy(User, { id: tenant.taro.id }))?.version ?? 0;
  expect(now).toBeGreaterThan(1);
  expect(steps).toEqual(Array.from({ length: now - 1 }, (_, index) => [index + 1, index + 2]));
});

it("that finds its holder changed meanwhile tells the version that it really took", async () => {
  let isBetween = true;
  const db = withTransactions(house.db, (tx) => ({
    increment: async (...args) => {
      if (isBetween) await tx.update(User, { id: tenant.taro.id }, { version: 7 }); // as another connection's COMMIT
      isBetween = false;
      return tx.increment(...args);
    },
  }));
  const { holder } = await revokeCertificate({ ...house.desk, db }, master, { certificateId: active.id, reason: "SUPERSEDED" });
  const entry = (await house.history(tenant.contract)).at(-1);
  expect(holder.version).toBe(8);
  expect([JSON.parse(entry?.before ?? "{}"), JSON.parse(entry?.after ?? "{}")]).toMatchObject([{ version: 7 }, { version: 8 }]);
});
