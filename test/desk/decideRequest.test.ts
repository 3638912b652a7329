import type { EntityManager } from "typeorm";
import { Certificate } from "../../src/certificates/Certificate.js";
import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { stopContract } from "../../src/contracts/stopContract.js";
import { approvalActs, type ApprovalRequest } from "../../src/desk/ApprovalRequest.js";
import { approveRequest } from "../../src/desk/approveRequest.js";
import { rejectRequest } from "../../src/desk/rejectRequest.js";
import { withdrawRequest } from "../../src/desk/withdrawRequest.js";
import { later, MINUTE } from "../../src/foundation/clock.js";
import { isId, newId } from "../../src/foundation/ids.js";
import { Bank } from "../../src/identity/Bank.js";
import { BankOperator } from "../../src/identity/BankOperator.js";
import { Password } from "../../src/identity/Password.js";
import { recognize } from "../../src/identity/sessions.js";
import { signOut } from "../../src/identity/signOut.js";
import { takeVersion } from "../../src/identity/takeVersion.js";
import type { Actor } from "../../src/policy/Actor.js";
import { revocationFor, type ReissueReason } from "../../src/policy/certificateLifecycle.js";
import { aCsr } from "../support/csr.js";
import { anotherBank, Counter } from "../support/Counter.js";
import { withTransactions } from "../support/gatedTransactions.js";
import { House, THE_MORNING } from "../support/House.js";

let house: House;
let counter: Counter;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  counter = await Counter.open(house);
});

const facts = (json: string | null | undefined) => JSON.parse(json ?? "{}") as Record<string, unknown>;
const lastEntries = async (count: number) => (await house.history(counter.tenant.contract)).slice(-count);

describe("an approved reissue", () => {
  it("withdraws the Master's certificate at once and opens a pending one, whose code the approver is told", async () => {
    const old = await house.aCertificate(counter.tenant.master);
    const session = await house.signedIn(counter.tenant.master);
    const { request, enrollmentCode } = await counter.approve(await counter.requestReissue());

    expect(await house.certificate(old.id)).toMatchObject({ state: "REVOKED", revokedAt: THE_MORNING, revocationReason: "SUPERSEDED", isCurrent: null });
    const current = await house.currentCertificate(counter.tenant.master);
    expect(current).toMatchObject({ state: "PENDING", predecessorId: old.id, x509: null });
    expect(request).toMatchObject({ state: "APPROVED", decidedBy: counter.colleague.userId, decidedAt: THE_MORNING, certificateId: current?.id });
    expect(await counter.request(request.id)).toEqual(request);
    expect(await counter.master()).toMatchObject({ version: 2 });
    await expect(recognize(house.desk, session.token, null, session.origin)).rejects.toMatchObject({ why: "SESSION_ENDED" });

    const csr = aCsr().pem;
    const acquired = await enrollCertificate(house.desk, await house.signedIn(counter.tenant.master), { csr, enrollmentCode });
    expect(acquired).toMatchObject({ id: current?.id, state: "ACTIVE" });
  });

  it("keeps the code nowhere but in that answer", async () => {
    const { enrollmentCode } = await counter.approve(await counter.requestReissue());
    expect(enrollmentCode).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
    for (const kept of [await house.snapshot(), await house.history()]) expect(JSON.stringify(kept)).not.toContain(enrollmentCode);
  });

  it.each(Object.entries(revocationFor) as [ReissueReason, string][])("for %s revokes the old one as %s", async (reason, revocationReason) => {
    const old = await house.aCertificate(counter.tenant.master);
    await counter.approve(await counter.requestReissue({ reason }));
    expect(await house.certificate(old.id)).toMatchObject({ revocationReason });
  });

  it("opens the first certificate of a Master that never had one", async () => {
    await counter.approve(await counter.requestReissue());
    expect(await house.currentCertificate(counter.tenant.master)).toMatchObject({ state: "PENDING", predecessorId: null });
  });

  it("is two entries: the approval with its requester, and the deed itself", async () => {
    const old = await house.aCertificate(counter.tenant.master);
    const { id } = await counter.requestReissue({ note: "来店にて本人確認済" });
    const { request } = await approveRequest(house.desk, counter.colleague, { requestId: id, note: "確認しました" });
    const successor = await house.certificate(request.certificateId ?? "");

    const [deed, approval] = (await lastEntries(2)).sort((a, b) => a.action.localeCompare(b.action));
    const both = {
      outcome: "SUCCEEDED", actorId: counter.colleague.userId, actorLoginId: counter.colleague.loginId, actorRole: "BANK_OPERATOR", bankId: house.bank.id,
      targetUserId: counter.tenant.master.id, targetLoginId: counter.tenant.master.loginId, certificateId: successor.id, requestId: "test", address: "127.0.0.1",
    };
    expect(approval).toMatchObject({ ...both, action: "REQUEST_APPROVE", note: "確認しました" });
    expect(facts(approval?.before)).toEqual({ approvalRequest: id, act: "MASTER_REISSUE", status: "OPEN", requestedBy: counter.operator.loginId });
    expect(facts(approval?.after)).toEqual({ approvalRequest: id, act: "MASTER_REISSUE", status: "APPROVED" });
    expect(deed).toMatchObject({ ...both, action: "CERTIFICATE_REISSUE", note: "来店にて本人確認済" });
    expect(facts(deed?.before)).toEqual({ serialNumber: old.serialNumber, status: "ACTIVE", version: 1 });
    expect(facts(deed?.after)).toEqual({ serialNumber: successor.serialNumber, status: "PENDING", version: 2, reissueReason: "DEVICE_BROKEN" });
  });
});

describe("an approved unlocking", () => {
  it("lifts the restriction of that password alone", async () => {
    await counter.lock("LOGIN");
    await counter.lock("REGISTRATION");
    await counter.approve(await counter.requestUnlock({ passwordKind: "REGISTRATION" }));
    const passwords = await house.db.reads.find(Password, { where: { userId: counter.tenant.master.id }, order: { kind: "ASC" } });
    expect(passwords).toMatchObject([{ kind: "LOGIN", tries: 6, lockedAt: THE_MORNING }, { kind: "REGISTRATION", tries: 0, lockedAt: null }]);
    expect(await counter.master()).toMatchObject({ version: 2 });
  });

  it("is two entries", async () => {
    await counter.lock();
    await counter.approve(await counter.requestUnlock());
    const entries = (await lastEntries(2)).sort((a, b) => a.action.localeCompare(b.action));
    expect(entries).toMatchObject([{ action: "REQUEST_APPROVE" }, { action: "USER_UNLOCK", actorId: counter.colleague.userId, targetUserId: counter.tenant.master.id }]);
    expect(facts(entries[1]?.before)).toEqual({ version: 1, lockedPassword: "LOGIN" });
    expect(facts(entries[1]?.after)).toEqual({ version: 2, lockedPassword: null });
  });
});

describe("an approved start", () => {
  it("starts the contract again, and is two entries", async () => {
    await counter.stop();
    house.clock.advance(MINUTE);
    await counter.approve(await counter.requestStart());
    expect(await counter.contract()).toMatchObject({ stoppedAt: null, version: 3 });
    const entries = (await lastEntries(2)).sort((a, b) => a.action.localeCompare(b.action));
    expect(entries).toMatchObject([{ action: "CONTRACT_START", actorId: counter.colleague.userId, targetUserId: null }, { action: "REQUEST_APPROVE", targetUserId: null }]);
    expect(facts(entries[0]?.before)).toEqual({ contractVersion: 2, contractStatus: "STOPPED", stoppedAt: THE_MORNING.toISOString() });
    expect(facts(entries[0]?.after)).toEqual({ contractVersion: 3, contractStatus: "ACTIVE", stoppedAt: null });
  });
});

/** Refused with this code: everything is as it was, and the attempt on record. */
async function refused(decide: () => Promise<unknown>, by: Actor, code: string, entry: object = {}): Promise<void> {
  const before = await house.snapshot();
  const entries = (await house.history()).length;
  await expect(decide()).rejects.toMatchObject({ code });
  expect(await house.snapshot()).toEqual(before);
  expect((await house.history()).slice(entries)).toMatchObject([{ actorId: by.userId, outcome: "REFUSED", code, after: null, ...entry }]);
}

type Decide = (request: { id: string }, by: Actor) => Promise<unknown>;
const decisions: [string, Decide, "requester" | "colleague"][] = [
  ["an approval", (request, by) => counter.approve(request, by), "colleague"],
  ["a rejection", (request, by) => counter.reject(request, by), "colleague"],
  ["a withdrawal", (request, by) => counter.withdraw(request, by), "requester"],
];
const whoever = { requester: () => counter.operator, colleague: () => counter.colleague };
const everyAct = approvalActs.flatMap((act) => decisions.map(([what, decide, who]) => [what, act, decide, who] as const));

describe("a decision that is refused", () => {
  it.each(approvalActs)("is the requester's own on %s", async (act) => {
    const request = await counter.requestFor(act);
    const entry = { contractId: counter.tenant.contract.id };
    await refused(() => counter.approve(request, counter.operator), counter.operator, "SAME_OPERATOR", entry);
    await refused(() => counter.reject(request, counter.operator), counter.operator, "SAME_OPERATOR", entry);
  });

  it("is the requester's own also in another session of it", async () => {
    const request = await counter.requestReissue();
    const operator = await house.db.reads.findOneBy(BankOperator, { id: counter.operator.userId });
    if (!operator) throw new Error("nobody");
    const again = await house.atTheDesk(operator);
    await refused(() => counter.approve(request, again), again, "SAME_OPERATOR");
  });

  it("is a colleague's withdrawal", async () => {
    const request = await counter.requestReissue();
    await refused(() => counter.withdraw(request, counter.colleague), counter.colleague, "REQUESTER_ONLY", { contractId: counter.tenant.contract.id });
  });

  it.each(decisions)("is %s by another bank's staff, exactly as of what isn't there", async (_what, decide) => {
    const elsewhere = await Counter.open(house, await anotherBank(house));
    for (const request of [await counter.requestReissue(), { id: newId(THE_MORNING) }, { id: "" }, { id: "x" }, { id: "' OR 1=1 --" }]) {
      const tried = isId(request.id) ? JSON.stringify({ approvalRequest: request.id }) : null; // which it was, and nothing of it
      await refused(() => decide(request, elsewhere.operator), elsewhere.operator, "NOT_FOUND", { contractId: null, targetUserId: null, before: tried });
    }
  });

  it.each(decisions)("is %s by a customer, of the contract or not", async (_what, decide) => {
    const request = await counter.requestReissue();
    const { master, taro, hana } = counter.tenant;
    const stranger = await house.signedIn((await house.aTenant()).master);
    const customers: [Actor, string][] = [
      [await house.signedIn(master), "BANK_ONLY"], [await house.signedIn(taro), "BANK_ONLY"], [stranger, "BANK_ONLY"],
      [await house.signedIn(hana, { isEnrollOnly: true }), "CERTIFICATE_REQUIRED"],
    ];
    for (const [customer, code] of customers) await refused(() => decide(request, customer), customer, code, { before: null });
  });

  it.each(decisions)("is %s of what has been decided", async (_what, decide, who) => {
    const ends: [string, (request: ApprovalRequest) => Promise<unknown>][] = [
      ["APPROVED", (request) => counter.approve(request)], ["REJECTED", (request) => counter.reject(request)], ["WITHDRAWN", (request) => counter.withdraw(request)],
    ];
    for (const [state, end] of ends) {
      counter = await Counter.open(house);
      const request = await counter.requestReissue();
      await end(request);
      await refused(() => decide(request, whoever[who]()), whoever[who](), "REQUEST_DECIDED");
      expect(await counter.request(request.id)).toMatchObject({ state });
    }
  });

  it.each(everyAct)("is %s of %s that has expired; until then, to the millisecond, it isn't", async (_what, act, decide, who) => {
    const [late, inTime] = [await counter.requestFor(act), await again(act)];
    house.clock.moveTo(later(late.expiresAt, 1));
    counter = await counter.onAnotherDay();
    await refused(() => decide(late, whoever[who]()), whoever[who](), "REQUEST_EXPIRED");
    expect(await counter.request(late.id)).toMatchObject({ state: "OPEN", decidedBy: null });

    house.clock.moveTo(inTime.expiresAt);
    await expect(decide(inTime, whoever[who]())).resolves.toBeTruthy();
  });

  it.each(decisions)("is %s with a note that can't be stored", async (_what, _decide, who) => {
    const { id: requestId } = await counter.requestReissue();
    const decide = { "an approval": approveRequest, "a rejection": rejectRequest, "a withdrawal": withdrawRequest }[_what];
    await refused(() => decide?.(house.desk, whoever[who](), { requestId, note: "a\u0000b" }) ?? Promise.resolve(), whoever[who](), "INVALID_TEXT", { note: null });
  });
});

/** Another request for the same. */
function again(act: ApprovalRequest["act"]): Promise<ApprovalRequest> {
  return { MASTER_REISSUE: () => counter.requestReissue(), MASTER_UNLOCK: () => counter.requestUnlock(), CONTRACT_START: () => counter.requestStart() }[act]();
}

/** Sees of a request what it was before its target changed: as a look does that another connection's COMMIT follows. */
function lookingBefore(tx: EntityManager): Partial<EntityManager> {
  const query = async (sql: string, params?: unknown[]): Promise<unknown> => {
    const rows: object[] = await tx.query(sql, params);
    return sql.includes("has_changed") ? rows.map((row) => ({ ...row, has_changed: 0 })) : rows;
  };
  return { query: query as EntityManager["query"] };
}

describe("a request whose target changed meanwhile", () => {
  const voids = async (request: ApprovalRequest) => {
    await refused(() => counter.approve(request), counter.colleague, "REQUEST_OUTDATED", { contractId: counter.tenant.contract.id });
    await refused(() => counter.reject(request), counter.colleague, "REQUEST_OUTDATED");
    await refused(() => counter.withdraw(request), counter.operator, "REQUEST_OUTDATED");
    expect(await counter.request(request.id)).toMatchObject({ state: "OPEN" }); // nobody decided on it
  };

  it.each(["MASTER_REISSUE", "MASTER_UNLOCK"] as const)("by an edit of the Master is void: %s", async (act) => {
    const request = await counter.requestFor(act);
    const master = await house.signedIn(counter.tenant.master);
    await house.db.transaction(async (tx) => takeVersion(tx, master, await counter.master(), 1, { displayName: "新管理者" }));
    await voids(request);
  });

  it("by a revocation on the telephone is void, and can be requested anew", async () => {
    const { id: certificateId } = await house.aCertificate(counter.tenant.master);
    const request = await counter.requestReissue();
    await revokeCertificate(house.desk, counter.operator, { certificateId, reason: "KEY_COMPROMISE" });
    await voids(request);
    await counter.approve(await counter.requestReissue({ expectedVersion: 2 }));
    expect(await house.certificate(certificateId)).toMatchObject({ state: "REVOKED", revocationReason: "KEY_COMPROMISE", revokedAt: THE_MORNING });
  });

  it("by the Master's own acquisition of the certificate that was to be replaced is void", async () => {
    const { enrollmentCode } = await house.aCertificate(counter.tenant.master, "PENDING");
    const request = await counter.requestReissue();
    house.clock.advance(1);
    await enrollCertificate(house.desk, await house.signedIn(counter.tenant.master), { csr: aCsr().pem, enrollmentCode });
    expect(await counter.master()).toMatchObject({ version: 2 });
    await voids(request);
  });

  it("by that acquisition between the look and the deed is void, too", async () => {
    const { id, enrollmentCode } = await house.aCertificate(counter.tenant.master, "PENDING");
    const request = await counter.requestReissue();
    house.clock.advance(1);
    await enrollCertificate(house.desk, await house.signedIn(counter.tenant.master), { csr: aCsr().pem, enrollmentCode });
    const desk = { ...house.desk, db: withTransactions(house.db, lookingBefore) };
    await refused(() => approveRequest(desk, counter.colleague, { requestId: request.id }), counter.colleague, "REQUEST_OUTDATED");
    expect(await house.certificate(id)).toMatchObject({ state: "ACTIVE", isCurrent: 1 });
    expect(await counter.request(request.id)).toMatchObject({ state: "OPEN", certificateId: null });
  });

  it("by that acquisition is void for a lock, too: any change of its Master makes it so", async () => {
    const { enrollmentCode } = await house.aCertificate(counter.tenant.master, "PENDING");
    await counter.lock("REGISTRATION");
    const request = await counter.requestUnlock({ passwordKind: "REGISTRATION" });
    house.clock.advance(1);
    await enrollCertificate(house.desk, await house.signedIn(counter.tenant.master), { csr: aCsr().pem, enrollmentCode });
    await voids(request);
  });

  it.each(["MASTER_REISSUE", "MASTER_UNLOCK"] as const)("by the Master's emergency stop is void, and can be requested anew while it lasts: %s", async (act) => {
    const request = await counter.requestFor(act);
    house.clock.advance(1);
    await stopContract(house.desk, await house.signedIn(counter.tenant.master));
    await voids(request);
    const asItIsNow = { expectedVersion: 2 }; // a stop is a change of its Master, too
    const anew = act === "MASTER_REISSUE" ? await counter.requestReissue(asItIsNow) : await counter.requestUnlock(asItIsNow);
    await expect(counter.approve(anew)).resolves.toMatchObject({ request: { state: "APPROVED" } });
    await counter.approve(await counter.requestStart());
    await voids(request); // for good
  });

  it("by another approval is void: a contract that was started and stopped again", async () => {
    await counter.stop();
    const [first, second] = [await counter.requestStart(), await counter.requestStart({}, counter.colleague)];
    await counter.approve(first);
    await refused(() => counter.approve(second, counter.operator), counter.operator, "REQUEST_OUTDATED");
    await house.db.transaction((tx) => tx.query("UPDATE contracts SET stopped_at = ?, version = 4 WHERE id = ?", [house.db.instant(THE_MORNING), counter.tenant.contract.id]));
    await refused(() => counter.approve(second, counter.operator), counter.operator, "REQUEST_OUTDATED");
    const desk = { ...house.desk, db: withTransactions(house.db, lookingBefore) }; // the other stop comes between the look and the deed
    await refused(() => approveRequest(desk, counter.operator, { requestId: second.id }), counter.operator, "REQUEST_OUTDATED");
  });

  it("is not void by what happens to anybody else of the contract", async () => {
    const request = await counter.requestReissue();
    const { id: certificateId } = await house.aCertificate(counter.tenant.taro);
    await revokeCertificate(house.desk, counter.operator, { certificateId, reason: "SUPERSEDED" });
    await expect(counter.approve(request)).resolves.toBeTruthy();
  });

  it("is not void by its requester, who signs out and is locked", async () => {
    const request = await counter.requestReissue();
    await signOut(house.desk, counter.operator);
    await house.db.transaction((tx) => tx.update(BankOperator, { id: counter.operator.userId }, { tries: 6, lockedAt: THE_MORNING }));
    await expect(counter.approve(request)).resolves.toBeTruthy();
  });

  it("by the bank's policy, under which the password isn't locked any more, is void", async () => {
    const bank = await anotherBank(house);
    counter = await Counter.open(house, bank);
    await house.db.transaction((tx) => tx.update(Password, { userId: counter.tenant.master.id, kind: "LOGIN" }, { tries: 6 }));
    const request = await counter.requestUnlock();
    await house.db.transaction((tx) => tx.update(Bank, { id: bank.id }, { triesAllowed: 10 }));
    await refused(() => counter.approve(request), counter.colleague, "REQUEST_OUTDATED");
  });
});

describe("a request that is rejected or withdrawn", () => {
  it.each(approvalActs)("for %s leaves everything else as it was", async (act) => {
    for (const [end, by, state] of [
      [(request: ApprovalRequest) => counter.reject(request), counter.colleague, "REJECTED"],
      [(request: ApprovalRequest) => counter.withdraw(request), counter.operator, "WITHDRAWN"],
    ] as const) {
      counter = await Counter.open(house);
      const request = await counter.requestFor(act);
      const { approval_requests: _, ...before } = await house.snapshot();
      await end(request);
      const { approval_requests: __, ...after } = await house.snapshot();
      expect(after).toEqual(before);
      const decider = by === counter.colleague ? counter.colleague.userId : undefined;
      expect(await counter.request(request.id)).toMatchObject({ state, decidedAt: THE_MORNING, ...(decider ? { decidedBy: decider } : {}), certificateId: null });
    }
  });

  it("is one entry, with who had requested it", async () => {
    const { id: requestId } = await counter.requestReissue();
    await rejectRequest(house.desk, counter.colleague, { requestId, note: "本人確認が不十分なため" });
    const [entry] = await lastEntries(1);
    expect(entry).toMatchObject({ action: "REQUEST_REJECT", outcome: "SUCCEEDED", actorId: counter.colleague.userId, targetUserId: counter.tenant.master.id, note: "本人確認が不十分なため" });
    expect(facts(entry?.before)).toMatchObject({ requestedBy: counter.operator.loginId, status: "OPEN" });
    expect(facts(entry?.after)).toMatchObject({ approvalRequest: requestId, status: "REJECTED" });

    await counter.withdraw(await counter.requestReissue());
    expect(await lastEntries(1)).toMatchObject([{ action: "REQUEST_WITHDRAW", actorId: counter.operator.userId }]);
  });
});

describe("the data itself", () => {
  it("has no reissue by one operator alone, whatever a request says", async () => {
    const request = await counter.requestReissue();
    await house.db.transaction((tx) => tx.query("UPDATE approval_requests SET requested_by = ? WHERE id = ?", [counter.colleague.userId, request.id]));
    await refused(() => counter.approve(request), counter.colleague, "SAME_OPERATOR");
  });

  it("has no reissue of a Public ID's certificate, whatever a request says", async () => {
    const request = await counter.requestReissue();
    await house.db.transaction((tx) => tx.query("UPDATE approval_requests SET user_id = ? WHERE id = ?", [counter.tenant.taro.id, request.id]));
    await expect(counter.approve(request)).rejects.toMatchObject({ code: "REQUEST_OUTDATED" }); // the version is a Master's to take
    expect(await house.db.reads.countBy(Certificate, { userId: counter.tenant.taro.id })).toBe(0);
  });

  it("has no act on another bank's, whatever a request says", async () => {
    const elsewhere = await Counter.open(house, await anotherBank(house));
    const request = await counter.requestReissue();
    await house.db.transaction((tx) => tx.query("UPDATE approval_requests SET user_id = ? WHERE id = ?", [elsewhere.tenant.master.id, request.id]));
    await expect(counter.approve(request)).rejects.toMatchObject({ code: "REQUEST_OUTDATED" });
    expect(await house.currentCertificate(elsewhere.tenant.master)).toBeNull();
  });

  it("has no start of another bank's contract, whatever a request says", async () => {
    const elsewhere = await Counter.open(house, await anotherBank(house));
    await elsewhere.stop();
    await counter.stop();
    const request = await counter.requestStart();
    await house.db.transaction((tx) => tx.query("UPDATE approval_requests SET contract_id = ? WHERE id = ?", [elsewhere.tenant.contract.id, request.id]));
    await expect(counter.approve(request)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await elsewhere.contract()).toMatchObject({ stoppedAt: THE_MORNING, version: 2 });
  });
});
