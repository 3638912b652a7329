import { Certificate } from "../../src/certificates/Certificate.js";
import { reissueCertificate, type ReissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { DAY } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank } from "../../src/identity/Bank.js";
import { Password } from "../../src/identity/Password.js";
import { recognize } from "../../src/identity/sessions.js";
import { User } from "../../src/identity/User.js";
import { movesFrom, revocationFor, type ReissueReason } from "../../src/policy/certificateLifecycle.js";
import { House, PASSWORD, THE_MORNING, type Caller, type Tenant } from "../support/House.js";

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

const ask = (changes: Partial<ReissueCertificate> = {}): ReissueCertificate =>
  ({ userId: tenant.taro.id, expectedVersion: 1, reason: "DEVICE_BROKEN", ...changes });
const reissue = (actor: Caller, changes: Partial<ReissueCertificate> = {}) => reissueCertificate(house.desk, actor, ask(changes));

describe("a reissue by the Master", () => {
  it("withdraws the old certificate at once and opens a pending one with a new serial and a new deadline", async () => {
    const old = await house.aCertificate(tenant.taro);
    const { successor, revoked, holder, enrollmentCode } = await reissue(master);

    expect(revoked).toMatchObject({ id: old.id, state: "REVOKED", revokedAt: THE_MORNING, revocationReason: "SUPERSEDED", isCurrent: null });
    expect(await house.certificate(old.id)).toMatchObject({ state: "REVOKED", revokedAt: THE_MORNING });
    expect(successor).toMatchObject({ state: "PENDING", userId: tenant.taro.id, predecessorId: old.id, x509: null, notAfter: null });
    expect(successor.serialNumber).not.toBe(old.serialNumber);
    expect(successor.enrollmentDeadline).toEqual(new Date("2027-02-12T14:59:59.999Z")); // the 80th day ends in Japan
    expect(await house.currentCertificate(tenant.taro)).toMatchObject({ id: successor.id, state: "PENDING" });
    expect(holder.version).toBe(2);
    expect(enrollmentCode).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
  });

  it("signs nothing and keeps the code only as a hash", async () => {
    const { successor, enrollmentCode } = await reissue(master);
    const row = await house.certificate(successor.id);
    expect(row).toMatchObject({ x509: null, toBeSigned: null, keyFingerprint: null });
    expect(row.enrollmentCodeHash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(await house.snapshot())).not.toContain(enrollmentCode ?? "?");
    expect(JSON.stringify(await house.history())).not.toContain(enrollmentCode ?? "?");
  });

  it("ends the holder's session: its token opens nothing any more", async () => {
    const taro = await house.signedIn(tenant.taro);
    await reissue(master);
    await expect(recognize(house.desk, taro.token, null, taro.origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    await expect(recognize(house.desk, master.token, null, master.origin)).resolves.toBeTruthy();
  });

  it("is one entry of the history, with what was and what became", async () => {
    const old = await house.aCertificate(tenant.taro);
    const { successor } = await reissue(master, { note: "PC故障のため" });
    const entry = (await house.history(tenant.contract)).at(-1);
    expect(entry).toMatchObject({
      action: "CERTIFICATE_REISSUE", outcome: "SUCCEEDED", code: null, at: THE_MORNING,
      actorId: tenant.master.id, actorLoginId: tenant.master.loginId, targetUserId: tenant.taro.id, targetLoginId: tenant.taro.loginId,
      certificateId: successor.id, note: "PC故障のため", requestId: "test", address: "127.0.0.1",
    });
    expect(JSON.parse(entry?.before ?? "")).toEqual({ serialNumber: old.serialNumber, status: "ACTIVE", version: 1, powersHeldAt: null });
    expect(JSON.parse(entry?.after ?? "")).toEqual({ serialNumber: successor.serialNumber, status: "PENDING", version: 2, reissueReason: "DEVICE_BROKEN", powersHeldAt: THE_MORNING.toISOString() });
  });

  it.each(Object.entries(revocationFor) as [ReissueReason, string][])("for %s revokes the old one as %s", async (reason, revocationReason) => {
    await house.aCertificate(tenant.taro);
    const { revoked } = await reissue(master, { reason });
    expect(revoked?.revocationReason).toBe(revocationReason);
  });

  it.each(["REVOKED", "EXPIRED", "ENROLLMENT_EXPIRED"] as const)("takes the place of one that is %s without touching its end", async (status) => {
    const old = await house.aCertificate(tenant.taro, status);
    const { successor, revoked } = await reissue(master);
    expect(revoked).toBeNull();
    expect(successor.predecessorId).toBe(old.id);
    const { state, revokedAt, revocationReason } = old;
    expect(await house.certificate(old.id)).toMatchObject({ state, revokedAt, revocationReason, isCurrent: null });
  });

  it("withdraws one that is still pending, so that its code opens nothing", async () => {
    const old = await house.aCertificate(tenant.taro, "PENDING");
    await reissue(master);
    expect(await house.certificate(old.id)).toMatchObject({ state: "REVOKED", enrollmentCodeHash: null });
  });

  it("opens the first certificate of a user that never had one", async () => {
    const { successor, revoked } = await reissue(master);
    expect(successor.predecessorId).toBeNull();
    expect(revoked).toBeNull();
  });

  it("follows the bank's own acquisition window", async () => {
    await house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, { daysToEnroll: 90 }));
    const { successor } = await reissue(master);
    await house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, { daysToEnroll: 80 }));
    expect(successor.enrollmentDeadline).toEqual(new Date(new Date("2027-02-12T14:59:59.999Z").getTime() + 10 * DAY));
  });
});

describe("a reissue that is refused", () => {
  const refused = async (actor: Caller, changes: Partial<ReissueCertificate>, code: string, recordedIn = tenant.contract) => {
    const before = await house.snapshot();
    const entries = (await house.history()).length;
    await expect(reissue(actor, changes)).rejects.toMatchObject({ code });
    expect(await house.snapshot()).toEqual(before);
    const recorded = (await house.history()).slice(entries);
    expect(recorded).toMatchObject([{ actorId: actor.userId, contractId: recordedIn.id, action: "CERTIFICATE_REISSUE", outcome: "REFUSED", code }]);
    expect(recorded[0]?.after).toBeNull();
  };

  it("R2: a Public ID's, for its own certificate", async () => {
    await house.aCertificate(tenant.taro);
    await refused(await house.signedIn(tenant.taro), {}, "MASTER_ONLY");
  });

  it("R2: a Public ID's, for another's certificate", async () => {
    await house.aCertificate(tenant.taro);
    await refused(await house.signedIn(tenant.hana), {}, "MASTER_ONLY");
  });

  it("R3: a Master's, for its own certificate", async () => {
    await house.aCertificate(tenant.master);
    await refused(master, { userId: tenant.master.id }, "OWN_CERTIFICATE");
  });

  it("R1: a Master's of another contract, as if there were nobody", async () => {
    await house.aCertificate(tenant.taro);
    const strangers = await house.aTenant();
    await refused(await house.signedIn(strangers.master), {}, "NOT_FOUND", strangers.contract);
  });

  it("for an unknown id, alike", () => refused(master, { userId: newId(THE_MORNING) }, "NOT_FOUND"));

  it.each(["", "x", "01ARZ3NDEKTSV4RRFFQ69G5FA", "' OR 1=1 --", "\u0000"])("for the malformed id %j, alike", (userId) => refused(master, { userId }, "NOT_FOUND"));

  it("a Master's that signed in without the certificate its contract requires", async () => {
    const enrollee = await house.signedIn(tenant.master, { isEnrollOnly: true });
    await refused(enrollee, {}, "CERTIFICATE_REQUIRED");
  });

  it.each([0, 2, -1, 2_147_483_647])("for version %d where the screen should have shown 1", (expectedVersion) => refused(master, { expectedVersion }, "CONFLICT"));

  it.each([
    ["a NUL", "a\u0000b", "INVALID_TEXT"],
    ["a lone surrogate", "a\uD800b", "INVALID_TEXT"],
    ["201 characters", "字".repeat(201), "TEXT_TOO_LONG"],
  ])("with a note of %s, which isn't kept either", async (_what, note, code) => {
    await refused(master, { note }, code);
    expect((await house.history(tenant.contract)).at(-1)?.note).toBeNull();
  });

  it("and a note of 200 full-width characters is not", async () => {
    await expect(reissue(master, { note: "字".repeat(200) })).resolves.toBeTruthy();
  });
});

describe("the second lock on R1–R3, the data itself", () => {
  it("S30: a Master that stopped being one since the request began is nobody", async () => {
    await house.db.transaction((tx) => tx.update(User, { id: tenant.master.id }, { kind: "PUBLIC" }));
    await expect(reissue(master)).rejects.toMatchObject({ why: "SESSION_ENDED" });
  });

  it("S30: nor can one whose contract is another one now", async () => {
    const other = await house.aTenant();
    await house.db.transaction((tx) => tx.update(User, { id: tenant.master.id }, { contractId: other.contract.id }));
    await expect(reissue(master)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    await expect(reissue(master, { userId: "01ARZ3NDEKTSV4RRFFQ69G5FAV" })).rejects.toMatchObject({ why: "SESSION_ENDED" }); // also where there is nobody to read it along with
  });

  it("S30: neither can a session that ended since the request began", async () => {
    await house.signedIn(tenant.master); // replaces it
    await expect(reissue(master)).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await house.currentCertificate(tenant.taro)).toBeNull();
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "CERTIFICATE_REISSUE", outcome: "REFUSED", code: "UNAUTHENTICATED" });
  });

  it("never moves a revoked certificate anywhere", () => {
    expect(movesFrom.REVOKED).toEqual([]);
  });

  it("S2: a serial of the same issuer can't be stored twice", async () => {
    const { id: _, ...row } = await house.certificate((await house.aCertificate(tenant.taro, "PENDING")).id);
    const twin = { ...row, id: newId(THE_MORNING), userId: tenant.hana.id };
    await expect(house.db.transaction((tx) => tx.insert(Certificate, twin))).rejects.toThrow();
  });

  it("a user can't have two current certificates", async () => {
    const { id: _, ...row } = await house.certificate((await house.aCertificate(tenant.taro, "PENDING")).id);
    const second = { ...row, id: newId(THE_MORNING), serialNumber: "0102" };
    await expect(house.db.transaction((tx) => tx.insert(Certificate, second))).rejects.toThrow();
  });
});

describe("S2: the serial number", () => {
  const withSerials = (serials: string[]) => {
    const rest = [...serials];
    return { ...house.desk, newSerialNumber: () => rest.shift() ?? "77" };
  };

  it("is tried again when it is taken", async () => {
    const { serialNumber: taken } = await house.aCertificate(tenant.hana, "PENDING");
    const { successor } = await reissueCertificate(withSerials([taken, taken, taken, taken, "1234abcd"]), master, ask());
    expect(successor.serialNumber).toBe("1234abcd");
  });

  it("fails as a fault after five taken ones, overwriting nothing", async () => {
    const other = await house.aCertificate(tenant.hana, "PENDING");
    const before = await house.snapshot();
    await expect(reissueCertificate(withSerials(Array<string>(5).fill(other.serialNumber)), master, ask())).rejects.toThrow("no free serial number");
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ outcome: "FAILED", code: "INTERNAL_ERROR" });
  });
});

describe("of many at once", () => {
  it("lets one of fifty simultaneous reissues win; the others are conflicts, each on record", async () => {
    await house.aCertificate(tenant.taro);
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => reissue(master)));
    const lost = results.filter((result) => result.status === "rejected").map((result) => (result.reason as { code?: string }).code);
    expect(lost).toEqual(Array(49).fill("CONFLICT"));

    const certificates = await house.db.reads.findBy(Certificate, { userId: tenant.taro.id });
    expect(certificates.map(({ state, isCurrent }) => ({ state, isCurrent })).sort((a, b) => a.state.localeCompare(b.state)))
      .toEqual([{ state: "PENDING", isCurrent: 1 }, { state: "REVOKED", isCurrent: null }]);
    const entries = (await house.history(tenant.contract)).filter(({ action }) => action === "CERTIFICATE_REISSUE");
    expect(entries.filter(({ outcome }) => outcome === "SUCCEEDED")).toHaveLength(1);
    expect(entries.filter(({ outcome }) => outcome === "REFUSED")).toHaveLength(49);
  }, 60_000);

  it("lets twenty Masters' reissues for as many users all through", async () => {
    const tenants = await Promise.all(Array.from({ length: 20 }, () => house.aTenant()));
    const results = await Promise.allSettled(tenants.map(async ({ master: other, taro }) =>
      reissueCertificate(house.desk, await house.signedIn(other), { userId: taro.id, expectedVersion: 1, reason: "LOST" })));
    expect(results.filter(({ status }) => status === "rejected")).toEqual([]);
  }, 60_000);
});

describe("an idempotency key", () => {
  const idempotencyKey = "0f8fad5b-d9cb-469f-a165-70867728950e";

  it("answers the same request again without doing it again; the code is not told twice", async () => {
    const old = await house.aCertificate(tenant.taro);
    const first = await reissue(master, { idempotencyKey });
    const before = await house.snapshot();
    const again = await reissue(master, { idempotencyKey });
    expect(again).toMatchObject({ successor: { id: first.successor.id }, revoked: { id: old.id }, enrollmentCode: null });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ outcome: "REPEATED", certificateId: first.successor.id });
  });

  it("at once from ten makes one reissue and ten answers", async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => reissue(master, { idempotencyKey })));
    expect(new Set(results.map(({ successor }) => successor.id)).size).toBe(1);
    expect(results.filter(({ enrollmentCode }) => enrollmentCode !== null)).toHaveLength(1);
  });

  it("stands for its request and for no other", async () => {
    await reissue(master, { idempotencyKey });
    await expect(reissue(master, { idempotencyKey, expectedVersion: 2 })).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
  });

  it("of a refused request may be used again", async () => {
    await expect(reissue(master, { idempotencyKey, expectedVersion: 9 })).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(reissue(master, { idempotencyKey })).resolves.toBeTruthy();
  });
});

describe("where the bank asks for the registration password", () => {
  beforeEach(() => house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, { asksRegistrationPassword: true })));
  afterEach(() => house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, { asksRegistrationPassword: false })));
  const tries = async () => (await house.db.reads.findOneBy(Password, { userId: tenant.master.id, kind: "REGISTRATION" }))?.tries;

  it("the right one reissues and leaves no try behind", async () => {
    await expect(reissue(master, { registrationPassword: PASSWORD })).resolves.toBeTruthy();
    expect(await tries()).toBe(0);
  });

  it("none is refused", () => expect(reissue(master)).rejects.toMatchObject({ code: "REGISTRATION_PASSWORD_REQUIRED" }));

  it("six wrong ones in a row restrict it, and then the right one is refused, too", async () => {
    for (let wrong = 0; wrong < 6; wrong++) {
      await expect(reissue(master, { registrationPassword: "Wrong-pass-1" })).rejects.toMatchObject({ code: "REGISTRATION_PASSWORD_WRONG" });
    }
    await expect(reissue(master, { registrationPassword: PASSWORD })).rejects.toMatchObject({ code: "REGISTRATION_PASSWORD_LOCKED" });
    expect(await house.currentCertificate(tenant.taro)).toBeNull();
  });

  it("somebody who may never reissue loses no try and learns nothing about it", async () => {
    const taro = await house.signedIn(tenant.taro);
    await expect(reissue(taro, { registrationPassword: "Wrong-pass-1" })).rejects.toMatchObject({ code: "MASTER_ONLY" });
    expect((await house.db.reads.findOneBy(Password, { userId: tenant.taro.id, kind: "REGISTRATION" }))?.tries).toBe(0);
  });

  it("a wrong one counts and is on record, also where the target doesn't exist", async () => {
    await expect(reissue(master, { userId: newId(THE_MORNING), registrationPassword: "Wrong-pass-1" })).rejects.toMatchObject({ code: "REGISTRATION_PASSWORD_WRONG" });
    expect(await tries()).toBe(1);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ outcome: "REFUSED", code: "REGISTRATION_PASSWORD_WRONG" });
  });

  it("the Master's own certificate is refused as that before the password is asked for", () =>
    expect(reissue(master, { userId: tenant.master.id })).rejects.toMatchObject({ code: "OWN_CERTIFICATE" }));

  it("a Master's own certificate stays refused with it", () =>
    expect(reissue(master, { userId: tenant.master.id, registrationPassword: PASSWORD })).rejects.toMatchObject({ code: "OWN_CERTIFICATE" }));
});
