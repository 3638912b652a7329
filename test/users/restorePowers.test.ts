import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { aCsr } from "../support/csr.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { Contract } from "../../src/identity/Contract.js";
import { Password } from "../../src/identity/Password.js";
import { User } from "../../src/identity/User.js";
import { Notice } from "../../src/notices/Notice.js";
import { powersOf } from "../../src/users/readPowers.js";
import { restorePowers } from "../../src/users/restorePowers.js";
import { updateUser, type UpdateUser } from "../../src/users/updateUser.js";
import { Counter } from "../support/Counter.js";
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
  await house.clear();
  await house.setPolicy({ holdsPowers: true, asksRegistrationPassword: false });
  tenant = await house.aTenant();
  await house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { adHocLimit: 0, mailAddress: "taro@example.com" }));
  master = await house.signedIn(tenant.master);
});

/** A reissue of which the new certificate is acquired: the version is raised twice. */
const reissue = async (userId = tenant.taro.id, expectedVersion = 1) => {
  const opened = await reissueCertificate(house.desk, master, { userId, expectedVersion, reason: "LOST" });
  const holder = await house.signedIn(opened.holder);
  await enrollCertificate(house.desk, holder, { csr: aCsr().pem, enrollmentCode: opened.enrollmentCode });
};
const restore = (by: Caller, changes: object = {}) => restorePowers(house.desk, by, { userId: tenant.taro.id, expectedVersion: 3, ...changes });
const powers = async (userId = tenant.taro.id, by: Caller = master) => (await powersOf(house.desk, by, [userId]))[0];
const form = (changes: Partial<UpdateUser>): UpdateUser => ({ userId: tenant.taro.id, expectedVersion: 2, passwords: {}, certificateAction: "KEEP", reissueReason: "UNSPECIFIED", revocationReason: "UNSPECIFIED", ...changes });

describe("after a reissue", () => {
  it("its holder may neither approve nor transfer, and a payment system that asks is told so", async () => {
    expect(await powers()).toEqual({ mayApprove: true, mayMakeAdHocTransfers: true, adHocTransferLimit: 10_000, whyNotApprove: [], whyNotTransfer: [], heldSince: null });
    await reissue();
    expect(await powers()).toEqual({
      mayApprove: false, mayMakeAdHocTransfers: false, adHocTransferLimit: null, whyNotApprove: ["ON_HOLD"], whyNotTransfer: ["ON_HOLD"], heldSince: THE_MORNING,
    });
  });

  it("by the form as well, and also somebody who had no power yet: it can't be given one in the same session", async () => {
    await updateUser(house.desk, master, form({ userId: tenant.hana.id, expectedVersion: 1, certificateAction: "REISSUE" }));
    await updateUser(house.desk, master, form({ userId: tenant.hana.id, expectedVersion: 2, authority: "APPROVER", passwords: { APPROVAL: { password: "Shonin-001", confirmation: "Shonin-001" } } }));
    expect(await powers(tenant.hana.id)).toMatchObject({ mayApprove: false, whyNotApprove: ["ON_HOLD"] });
  });

  it("where the bank doesn't hold powers, they stay", async () => {
    await house.setPolicy({ holdsPowers: false });
    await reissue();
    expect(await powers()).toMatchObject({ mayApprove: true, heldSince: null });
  });

  it("of a Master's certificate nothing is held: it has no such powers", async () => {
    const counter = await Counter.open(house);
    await counter.approve(await counter.requestReissue());
    expect(await house.db.reads.findOneBy(User, { id: counter.tenant.master.id })).toMatchObject({ powersHeldAt: null, powersHeldIn: null });
  });
});

describe("giving them back", () => {
  it("takes another session of the Master's, and is on record", async () => {
    await reissue();
    const before = await house.snapshot();
    await expect(restore(master)).rejects.toMatchObject({ code: "SAME_SESSION" });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history()).at(-1)).toMatchObject({ action: "POWERS_RESTORE", outcome: "REFUSED", code: "SAME_SESSION", targetUserId: tenant.taro.id });
    const another = await house.signedIn(tenant.master);
    await expect(restore(another)).resolves.toMatchObject({ version: 4, powersHeldAt: null, powersHeldIn: null });
    expect(await powers(tenant.taro.id, another)).toMatchObject({ mayApprove: true, mayMakeAdHocTransfers: true, heldSince: null });
    expect((await house.db.reads.findBy(Notice, { kind: "POWERS_CHANGED" })).map(({ facts }) => JSON.parse(facts) as object)).toMatchObject([{ changes: ["RESTORED"], by: tenant.master.loginId }]);
    const entry = (await house.history()).at(-1);
    expect(entry).toMatchObject({ action: "POWERS_RESTORE", outcome: "SUCCEEDED", actorLoginId: tenant.master.loginId });
    expect(JSON.parse(entry?.before ?? "")).toEqual({ version: 3, powersHeldAt: THE_MORNING.toISOString() });
    expect(JSON.parse(entry?.after ?? "")).toEqual({ version: 4, powersHeldAt: null });
  });

  it("is refused where nothing is held, to an old form, to the wrong people, and without the registration password where it is asked for", async () => {
    const another = await house.signedIn(tenant.master);
    await expect(restore(another, { expectedVersion: 1 })).rejects.toMatchObject({ code: "POWERS_NOT_HELD" });
    master = another;
    await reissue();
    const third = await house.signedIn(tenant.master);
    await expect(restore(third, { expectedVersion: 1 })).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(restore(await house.signedIn(tenant.taro))).rejects.toMatchObject({ code: "MASTER_ONLY" });
    await expect(restore(await house.signedIn((await house.aTenant()).master))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(restore(third, { userId: tenant.master.id })).rejects.toMatchObject({ code: "OWN_ID" });
    await house.setPolicy({ asksRegistrationPassword: true });
    await expect(restore(third)).rejects.toMatchObject({ code: "REGISTRATION_PASSWORD_REQUIRED" });
    await expect(restore(third, { registrationPassword: "wrong" })).rejects.toMatchObject({ code: "REGISTRATION_PASSWORD_WRONG" });
    await expect(restore(third, { registrationPassword: PASSWORD })).resolves.toMatchObject({ version: 4 });
  });

  it("waits until the new certificate is acquired: else whoever acquires it would have them", async () => {
    await reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST" });
    await expect(restore(await house.signedIn(tenant.master), { expectedVersion: 2 })).rejects.toMatchObject({ code: "NOT_YET_ACQUIRED" });
  });

  it("a second reissue holds them again, in its own session", async () => {
    await reissue();
    await restore(await house.signedIn(tenant.master));
    master = await house.signedIn(tenant.master);
    await reissue(tenant.taro.id, 4);
    expect(await powers()).toMatchObject({ mayApprove: false });
    await expect(restore(master, { expectedVersion: 6 })).rejects.toMatchObject({ code: "SAME_SESSION" });
  });
});

describe("powers", () => {
  it.each([
    ["an operator", async () => { await house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { authority: "OPERATOR", adHocLimit: null })); }, ["NOT_AN_APPROVER"], ["AD_HOC_TRANSFER_OFF"]],
    ["one that is suspended", async () => { await house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { suspendedAt: THE_MORNING })); }, ["ID_NOT_ACTIVE"], ["ID_NOT_ACTIVE"]],
    ["one that is locked", async () => { await house.db.transaction((tx) => tx.update(Password, { userId: tenant.taro.id, kind: "LOGIN" }, { tries: 6, lockedAt: THE_MORNING })); }, ["ID_NOT_ACTIVE"], ["ID_NOT_ACTIVE"]],
    ["one whose contract is stopped", async () => { await house.db.transaction((tx) => tx.update(Contract, { id: tenant.contract.id }, { stoppedAt: THE_MORNING })); }, ["CONTRACT_STOPPED"], ["CONTRACT_STOPPED"]],
    ["one that lacks the certificate which its contract requires", async () => { await house.db.transaction((tx) => tx.update(Contract, { id: tenant.contract.id }, { signInMethod: "CERTIFICATE" })); }, ["CERTIFICATE_NOT_ACTIVE"], ["CERTIFICATE_NOT_ACTIVE"]],
  ] as [string, () => Promise<void>, string[], string[]][])("of %s are told with why not", async (_who, make, whyNotApprove, whyNotTransfer) => {
    await make();
    expect(await powers()).toMatchObject({ mayApprove: false, mayMakeAdHocTransfers: false, adHocTransferLimit: null, whyNotApprove, whyNotTransfer });
  });

  it.each(["PENDING", "EXPIRED", "ENROLLMENT_EXPIRED", "REVOKED"] as const)("take a certificate where the contract requires one, and one that is %s is none", async (state) => {
    await house.db.transaction((tx) => tx.update(Contract, { id: tenant.contract.id }, { signInMethod: "CERTIFICATE" }));
    await house.aCertificate(tenant.taro, state);
    expect(await powers()).toMatchObject({ mayApprove: false, whyNotApprove: ["CERTIFICATE_NOT_ACTIVE"] });
  });

  it("count the limit as it stands: the bank's own for 0, never above the contract's", async () => {
    await house.db.transaction((tx) => tx.update(Contract, { id: tenant.contract.id }, { adHocLimit: 500 }));
    expect(await powers()).toMatchObject({ adHocTransferLimit: 500 });
    await house.db.transaction((tx) => tx.update(User, { id: tenant.taro.id }, { adHocLimit: 300 }));
    expect(await powers()).toMatchObject({ adHocTransferLimit: 300 });
  });

  it("are told to the user itself, to its Master and to the bank's staff, and to nobody else", async () => {
    const stranger = await house.aTenant();
    expect(await powers(tenant.taro.id, await house.signedIn(tenant.taro))).toMatchObject({ mayApprove: true });
    expect(await powers(tenant.taro.id, await house.signedIn(tenant.hana))).toBeNull();
    expect(await powers(tenant.taro.id, await house.signedIn(stranger.master))).toBeNull();
    expect((await powersOf(house.desk, await house.atTheDesk(await house.anOperator()), [tenant.taro.id]))[0]).toMatchObject({ mayApprove: true });
  });
});
