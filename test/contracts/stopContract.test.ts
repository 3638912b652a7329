import { setTimeout as pause } from "node:timers/promises";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { stopContract } from "../../src/contracts/stopContract.js";
import { findHistory } from "../../src/history/readHistory.js";
import { performAs } from "../../src/identity/performAs.js";
import { Session } from "../../src/identity/Session.js";
import { recognize } from "../../src/identity/sessions.js";
import { signIn } from "../../src/identity/signIn.js";
import { signOut } from "../../src/identity/signOut.js";
import type { User } from "../../src/identity/User.js";
import { deeds } from "../../src/policy/deeds.js";
import { findUsers } from "../../src/users/readUsers.js";
import { Counter } from "../support/Counter.js";
import { Random } from "../support/fuzz/Random.js";
import { House, PASSWORD, THE_MORNING, type Caller } from "../support/House.js";

const origin = { requestId: "test", address: "127.0.0.1" };
const seed = Math.trunc(Math.random() * 2 ** 31);
let house: House;
let counter: Counter;
let master: Caller;
let taro: Caller;
let hana: Caller;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  counter = await Counter.open(house);
  const { tenant } = counter;
  [master, taro, hana] = [await house.signedIn(tenant.master), await house.signedIn(tenant.taro), await house.signedIn(tenant.hana)];
});

const stop = (by: Caller = master, note: string | null = null) => stopContract(house.desk, by, { note });
const enter = ({ loginId }: Pick<User, "loginId">, password = PASSWORD) => signIn(house.desk, origin, null, { bankCode: "5120", loginId, password });
const session = async ({ sessionId }: Caller) => (await house.db.reads.findBy(Session, { id: sessionId }))[0];
const isIn = async ({ token }: Caller) => recognize(house.desk, token, null, origin).then(() => true, () => false);

describe("the emergency stop", () => {
  it("ends every session of the contract at once, but its Master's own", async () => {
    const stranger = await house.signedIn((await house.aTenant()).taro);
    house.clock.advance(1_000);
    await stop();
    for (const one of [taro, hana]) {
      await expect(recognize(house.desk, one.token, null, origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });
      expect(await session(one)).toMatchObject({ isCurrent: null, endReason: "CONTRACT_STOPPED", endedAt: house.clock.now() });
    }
    expect([await isIn(master), await isIn(stranger)]).toEqual([true, true]);
  });

  it("is stored with its time, and a version of its own", async () => {
    expect(await stop()).toMatchObject({ stoppedAt: THE_MORNING, version: 2 });
    expect(await counter.contract()).toMatchObject({ stoppedAt: THE_MORNING, version: 2 });
  });

  it("is one entry of the history, with what was and what became", async () => {
    await stop(master, "不審な画面が表示されたため");
    const entry = (await house.history(counter.tenant.contract)).at(-1);
    expect(entry).toMatchObject({ action: "CONTRACT_STOP", outcome: "SUCCEEDED", actorId: master.userId, note: "不審な画面が表示されたため" });
    expect(JSON.parse(entry?.before ?? "")).toEqual({ version: 1, contractVersion: 1, contractStatus: "ACTIVE" });
    expect(JSON.parse(entry?.after ?? "")).toEqual({
      version: 2, contractVersion: 2, contractStatus: "STOPPED", stoppedAt: THE_MORNING.toISOString(), endedSessions: 2,
    });
  });

  it("stops one contract and no other", async () => {
    const other = await house.aTenant();
    await stop();
    await expect(enter(other.taro)).resolves.toBeTruthy();
  });

  it("works for a Master who is alone", async () => {
    const alone = await house.aTenant();
    await house.db.transaction((tx) => tx.query("DELETE FROM passwords WHERE user_id IN (?, ?)", [alone.taro.id, alone.hana.id]));
    await house.db.transaction((tx) => tx.query("DELETE FROM users WHERE id IN (?, ?)", [alone.taro.id, alone.hana.id]));
    await expect(stop(await house.signedIn(alone.master))).resolves.toMatchObject({ version: 2 });
  });
});

describe("the emergency stop is refused to", () => {
  const refused = async (by: Caller, code: string) => {
    const before = await house.snapshot();
    await expect(stop(by)).rejects.toMatchObject({ code });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(counter.tenant.contract)).at(-1)).toMatchObject({ action: "CONTRACT_STOP", outcome: "REFUSED", code, actorId: by.userId, after: null });
  };

  it("a Public ID", () => refused(taro, "MASTER_ONLY"));
  it("a Master without the certificate that is required", async () => refused(await house.signedIn(counter.tenant.master, { isEnrollOnly: true }), "CERTIFICATE_REQUIRED"));
  it("a Master whose passwords are due", async () => refused(await house.signedIn(counter.tenant.master, { passwordsDue: "FORCED" }), "PASSWORD_CHANGE_REQUIRED"));

  it("a Master that has stopped it already", async () => {
    await stop();
    await refused(master, "ALREADY_STOPPED");
  });

  it("the bank's staff, which may start it", async () => {
    const before = await house.snapshot();
    await expect(stopContract(house.desk, counter.operator)).rejects.toMatchObject({ code: "MASTER_ONLY" });
    expect(await house.snapshot()).toEqual(before);
  });
});

describe("while a contract is stopped", () => {
  beforeEach(() => stop());

  it("its Master may still revoke", async () => {
    const { id: certificateId } = await house.aCertificate(counter.tenant.taro);
    await revokeCertificate(house.desk, master, { certificateId, reason: "KEY_COMPROMISE" });
    expect(await house.certificate(certificateId)).toMatchObject({ state: "REVOKED", revocationReason: "KEY_COMPROMISE" });
  });

  it("the bank may still revoke, on the telephone, also the Master's", async () => {
    for (const holder of [counter.tenant.taro, counter.tenant.master]) {
      const { id: certificateId } = await house.aCertificate(holder);
      await revokeCertificate(house.desk, counter.operator, { certificateId, reason: "KEY_COMPROMISE" });
      expect(await house.certificate(certificateId)).toMatchObject({ state: "REVOKED" });
    }
  });

  it("its Master may still look, and sign out", async () => {
    expect((await findUsers(house.desk, master, {}, { field: "LOGIN_ID", direction: "ASC" }, { first: 10, after: null })).rows).toHaveLength(3);
    expect((await findHistory(house.desk, master, {}, { first: 10, after: null })).rows.length).toBeGreaterThan(0);
    await signOut(house.desk, master);
    expect(await isIn(master)).toBe(false);
  });

  const ofSomebody = Object.values(deeds).filter(({ needs }) => needs !== "NOTHING").map(({ action }) => action);
  it.each(ofSomebody.filter((action) => !["SIGN_OUT", "CERTIFICATE_REVOKE", "CONTRACT_STOP"].includes(action)))("no ID of it does %s", async (action) => {
    const before = await house.snapshot();
    await expect(performAs(house.desk, master, { action }, () => Promise.resolve())).rejects.toMatchObject({ code: "CONTRACT_STOPPED" });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(counter.tenant.contract)).at(-1)).toMatchObject({ action, outcome: "REFUSED", code: "CONTRACT_STOPPED" });
  });

  it("nothing is reissued", async () => {
    const reissue = { userId: counter.tenant.taro.id, expectedVersion: 1, reason: "LOST" } as const;
    await expect(reissueCertificate(house.desk, master, reissue)).rejects.toMatchObject({ code: "CONTRACT_STOPPED" });
  });

  it("nobody of it signs in: the right password is told why, a wrong one nothing", async () => {
    const { master: itsMaster, taro: itsTaro } = counter.tenant;
    for (const user of [itsMaster, itsTaro]) {
      await expect(enter(user)).rejects.toMatchObject({ code: "CONTRACT_STOPPED" });
      expect((await house.history(counter.tenant.contract)).at(-1)).toMatchObject({ action: "SIGN_IN", outcome: "REFUSED", code: "CONTRACT_STOPPED" });
      await expect(enter(user, "Wrong-pass-1")).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
    }
    expect(await isIn(master)).toBe(true); // a sign-in in vain ends nothing
    expect(await house.db.reads.countBy(Session, { userId: itsTaro.id, isCurrent: 1 })).toBe(0);
  });

  it("only two of the bank's staff start it again; then its people sign in anew", async () => {
    await expect(counter.approve(await counter.requestStart(), counter.operator)).rejects.toMatchObject({ code: "SAME_OPERATOR" });
    await expect(enter(counter.tenant.taro)).rejects.toMatchObject({ code: "CONTRACT_STOPPED" });
    await counter.approve(await counter.requestStart());
    expect(await isIn(taro)).toBe(false); // a session that ended stays ended
    expect(await isIn(master)).toBe(false); // whoever stopped it could have been the thief
    await expect(enter(counter.tenant.taro)).resolves.toBeTruthy();
    master = await house.signedIn(counter.tenant.master);
    await expect(reissueCertificate(house.desk, master, { userId: counter.tenant.hana.id, expectedVersion: 1, reason: "LOST" })).resolves.toBeTruthy();
    await expect(stop()).resolves.toMatchObject({ version: 4 });
  });
});

describe("a stop and others at the same moment", () => {
  it("of five stops one stops", async () => {
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => stop()));
    expect(results.flatMap((result) => (result.status === "rejected" ? [(result.reason as { code?: string }).code] : []))).toEqual(Array(4).fill("ALREADY_STOPPED"));
    expect(await counter.contract()).toMatchObject({ version: 2 });
  });

  it(`whoever signs in comes wholly before it, and is out, or wholly after, and is refused (seed ${seed})`, async () => {
    for (let round = 0; round < 5; round++) {
      const random = new Random(seed, round);
      counter = await Counter.open(house);
      const { tenant } = counter;
      master = await house.signedIn(tenant.master);
      const entries = (await house.history()).length;
      const delayed = async <T>(most: number, work: () => Promise<T>) => {
        await pause(random.below(most));
        return work();
      };
      // A password takes its time: the stop comes at any moment of it.
      const entrants = [tenant.taro, tenant.hana, ...(random.chance(0.5) ? [tenant.master] : [])];
      const [stopped, ...entered] = await Promise.allSettled([delayed(150, () => stop()), ...entrants.map((user) => delayed(5, () => enter(user)))]);

      const isStopped = (await counter.contract()).stoppedAt !== null;
      expect(stopped.status === "fulfilled").toBe(isStopped);
      if (stopped.status === "rejected") expect(stopped.reason).toMatchObject({ why: "SESSION_ENDED" }); // the Master's own other sign-in
      for (const result of entered) if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "CONTRACT_STOPPED" });
      for (const { id: userId, kind } of [tenant.master, tenant.taro, tenant.hana]) {
        const sessions = await house.db.reads.findBy(Session, { userId });
        const current = sessions.filter(({ isCurrent }) => isCurrent === 1);
        expect(current.length).toBeLessThanOrEqual(1);
        if (isStopped && kind === "PUBLIC") expect(sessions.map(({ endReason }) => endReason)).toEqual(sessions.map(() => "CONTRACT_STOPPED"));
        if (isStopped && kind === "MASTER") expect(current.map(({ id }) => id)).toEqual([master.sessionId]);
      }
      expect((await house.history()).slice(entries)).toHaveLength(1 + entrants.length);
    }
  }, 60_000);
});
