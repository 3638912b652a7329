import { newId } from "../../src/foundation/ids.js";
import type { Refusal, RefusalCode } from "../../src/foundation/refusals.js";
import { Contract } from "../../src/identity/Contract.js";
import { User } from "../../src/identity/User.js";
import type { Actor } from "../../src/policy/Actor.js";
import type { DeedAction } from "../../src/policy/deeds.js";
import type { TargetedUser } from "../../src/users/changeUser.js";
import { anotherBank } from "./Counter.js";
import { THE_MORNING, type Caller, type House, type Tenant } from "./House.js";
import { aPassword, passwordOf } from "./passwords.js";

/** What a Master does to a Public ID of its contract, and nobody else does. */
export interface MastersDeed {
  action: DeedAction;
  perform: (actor: Actor, input: TargetedUser) => Promise<unknown>;
  /** Brings somebody into the state in which it could be done, were it allowed. */
  given: (user: User) => Promise<unknown>;
  /** What the bank's staff is told that tries it on a Master. */
  operatorIsTold: RefusalCode;
  /** Too urgent for a version or a password, whatever the bank's policy. */
  isUrgent?: boolean;
}

/** Who may and who may not, as tests: each refusal changes nothing and is on record. */
export function describeMastersDeed(open: () => House, { action, perform, given, operatorIsTold, isUrgent = false }: MastersDeed): void {
  let house: House;
  let ours: Tenant;
  let master: Caller;

  beforeEach(async () => {
    house = open();
    house.clock.moveTo(THE_MORNING);
    ours = await house.aTenant();
    master = await house.signedIn(ours.master);
    for (const user of [ours.taro, ours.master]) await given(user);
  });

  const input = (changes: Partial<TargetedUser> = {}): TargetedUser => ({ userId: ours.taro.id, expectedVersion: 1, ...changes });
  /** Tries it in vain: nothing is changed, and one entry says who tried what. Gives the refusal with its entry. */
  const refused = async (actor: Actor, code: RefusalCode, changes: Partial<TargetedUser> = {}) => {
    const [before, entries] = [await house.snapshot(), (await house.history()).length];
    const refusal = await perform(actor, input(changes)).then(() => undefined, (error: unknown) => error as Refusal);
    expect(refusal).toMatchObject({ code });
    const after = await house.snapshot();
    if (JSON.stringify(after) !== JSON.stringify(before)) expect(after).toEqual(before); // Jest takes its time to find so much alike
    const recorded = (await house.history()).slice(entries);
    expect(recorded).toMatchObject([{ action, outcome: "REFUSED", code, actorId: actor.userId, actorRole: actor.role, after: null }]);
    return { refusal, entry: recorded[0] };
  };

  it("is the Master's of the contract to do", async () => {
    await expect(perform(master, input())).resolves.toBeTruthy();
    expect((await house.history(ours.contract)).at(-1)).toMatchObject({
      action, outcome: "SUCCEEDED", code: null, actorId: master.userId, actorRole: "MASTER", targetUserId: ours.taro.id, targetLoginId: ours.taro.loginId,
    });
  });

  it.each([
    ["the ID itself", () => house.signedIn(ours.taro), "MASTER_ONLY"],
    ["another Public ID of the contract", () => house.signedIn(ours.hana), "MASTER_ONLY"],
    ["the ID itself, signed in to enroll", () => house.signedIn(ours.taro, { isEnrollOnly: true }), "CERTIFICATE_REQUIRED"],
    ["a Master that signed in without the certificate that is required", () => house.signedIn(ours.master, { isEnrollOnly: true }), "CERTIFICATE_REQUIRED"],
    ["a Master whose passwords are due", () => house.signedIn(ours.master, { passwordsDue: "FORCED" }), "PASSWORD_CHANGE_REQUIRED"],
    ["one of the bank's staff", async () => house.atTheDesk(await house.anOperator()), "MASTER_ONLY"],
  ] satisfies [string, () => Promise<Actor>, RefusalCode][])("is not for %s", async (_who, actor, code) => {
    const { entry } = await refused(await actor(), code);
    expect(entry).toMatchObject({ targetUserId: ours.taro.id });
  });

  it("says so to a role that may never before it says anything of the target", async () => {
    const hana = await house.signedIn(ours.hana);
    const theirs = await house.aTenant();
    for (const userId of [newId(THE_MORNING), theirs.taro.id, ours.master.id]) await refused(hana, "MASTER_ONLY", { userId });
  });

  it("is not the Master's to do to itself", async () => {
    const { entry } = await refused(master, "OWN_ID", { userId: ours.master.id });
    expect(entry).toMatchObject({ targetUserId: ours.master.id, targetLoginId: ours.master.loginId });
  });

  it("is not one operator's to do to a Master", async () => {
    await refused(await house.atTheDesk(await house.anOperator()), operatorIsTold, { userId: ours.master.id });
  });

  it("is not another bank's operator's to try at all", async () => {
    const stranger = await house.atTheDesk(await house.anOperator(await anotherBank(house)));
    const { entry } = await refused(stranger, operatorIsTold === "MASTER_ONLY" ? "MASTER_ONLY" : "NOT_FOUND", { userId: ours.master.id });
    expect(entry).toMatchObject({ contractId: null, targetLoginId: null });
  });

  it.each([
    ["another contract", () => house.aTenant()],
    ["another bank", async () => house.aTenant({ bank: await anotherBank(house) })],
  ])("finds nobody of %s, to the letter as where there is nobody", async (_whose, tenant) => {
    const stranger = await house.signedIn((await tenant()).master);
    const foreign = await refused(stranger, "NOT_FOUND");
    const unknown = await refused(stranger, "NOT_FOUND", { userId: newId(THE_MORNING) });
    expect({ ...foreign.refusal, stack: "" }).toEqual({ ...unknown.refusal, stack: "" });
    expect({ ...foreign.entry, id: "", targetUserId: "" }).toEqual({ ...unknown.entry, id: "", targetUserId: "" });
    expect(foreign.entry).toMatchObject({ targetLoginId: null, before: null });
  });

  it.each(["", "01ARZ3NDEKTSV4RRFFQ69G5FA", "' OR 1=1 --"])("finds nobody by the id %j", (userId) => refused(master, "NOT_FOUND", { userId }));

  if (!isUrgent) it.each([0, 2])("is a conflict for version %d where the screen should have shown 1", async (expectedVersion) => {
    const { refusal } = await refused(master, "CONFLICT", { expectedVersion });
    expect(refusal?.path).toEqual(["expectedVersion"]);
  });

  it("is refused for an ID that is gone", async () => {
    await house.db.transaction((tx) => tx.update(User, { id: ours.taro.id }, { deregisteredAt: THE_MORNING }));
    await refused(master, "ID_DEREGISTERED");
  });

  it("is refused while the contract is stopped", async () => {
    await house.db.transaction((tx) => tx.update(Contract, { id: ours.contract.id }, { stoppedAt: THE_MORNING }));
    await refused(master, "CONTRACT_STOPPED");
  });

  it("keeps a note, and refuses one that can't be kept", async () => {
    await refused(master, "INVALID_TEXT", { note: "a\u0000b" });
    await refused(master, "TEXT_TOO_LONG", { note: "字".repeat(201) });
    await perform(master, input({ note: "本人の申出" }));
    expect((await house.history(ours.contract)).at(-1)).toMatchObject({ outcome: "SUCCEEDED", note: "本人の申出" });
  });

  it("of many at once on the same version is done once; every other is refused, and each is on record", async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => perform(master, input())));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) if (result.status === "rejected") expect(result.reason).toMatchObject({ name: "Refusal" });
    expect(await house.db.reads.findOneBy(User, { id: ours.taro.id })).toMatchObject({ version: 2 });
    const entries = (await house.history(ours.contract)).filter((entry) => entry.action === action);
    expect(entries.map(({ outcome }) => outcome).sort()).toEqual([...Array<string>(19).fill("REFUSED"), "SUCCEEDED"]);
  });

  describe("where the bank's policy asks for the registration password", () => {
    let strict: Tenant;
    beforeEach(async () => {
      strict = await house.aTenant({ bank: await anotherBank(house, { asksRegistrationPassword: true }) });
      master = await house.signedIn(strict.master);
      await aPassword(house, strict.master, "REGISTRATION");
      await given(strict.taro);
    });
    const target = () => ({ userId: strict.taro.id });

    if (isUrgent) {
      it("asks for none: what protects must be quick", async () => {
        await expect(perform(master, input(target()))).resolves.toBeTruthy();
      });
      return;
    }

    it("is done with the right one", async () => {
      await expect(perform(master, input({ ...target(), registrationPassword: "Right-pass-1" }))).resolves.toBeTruthy();
    });

    it("is refused without one, and no try is taken", async () => {
      const { refusal } = await refused(master, "REGISTRATION_PASSWORD_REQUIRED", target());
      expect(refusal?.path).toEqual(["registrationPassword"]);
    });

    it("is refused with a wrong one, which counts: six lock the Master's registration password and nothing else", async () => {
      const attempt = (registrationPassword: string) => perform(master, input({ ...target(), registrationPassword }));
      for (let entry = 0; entry < 6; entry++) await expect(attempt("Wrong-pass-1")).rejects.toMatchObject({ code: "REGISTRATION_PASSWORD_WRONG" });
      await expect(attempt("Right-pass-1")).rejects.toMatchObject({ code: "REGISTRATION_PASSWORD_LOCKED" });
      expect(await passwordOf(house, strict.master, "REGISTRATION")).toMatchObject({ tries: 6, lockedAt: THE_MORNING });
      expect(await passwordOf(house, strict.master, "LOGIN")).toMatchObject({ tries: 0, lockedAt: null });
      expect(await house.db.reads.findOneBy(User, { id: strict.taro.id })).toMatchObject({ version: 1 });
    });

    it("takes no try of somebody who may not", async () => {
      await refused(await house.signedIn(strict.hana), "MASTER_ONLY", { ...target(), registrationPassword: "Wrong-pass-1" });
      const operator = await house.atTheDesk(await house.anOperator(strict.bank));
      await refused(operator, operatorIsTold, { userId: strict.master.id, registrationPassword: "Wrong-pass-1" });
    });
  });
}
