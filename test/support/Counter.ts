import { ApprovalRequest } from "../../src/desk/ApprovalRequest.js";
import { approveRequest } from "../../src/desk/approveRequest.js";
import { rejectRequest } from "../../src/desk/rejectRequest.js";
import { requestReissue, type RequestReissue } from "../../src/desk/requestReissue.js";
import { requestStart, type RequestStart } from "../../src/desk/requestStart.js";
import { requestUnlock, type RequestUnlock } from "../../src/desk/requestUnlock.js";
import { withdrawRequest } from "../../src/desk/withdrawRequest.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import { BankOperator } from "../../src/identity/BankOperator.js";
import { Contract } from "../../src/identity/Contract.js";
import { Password, type PasswordKind } from "../../src/identity/Password.js";
import { User } from "../../src/identity/User.js";
import type { Actor } from "../../src/policy/Actor.js";
import type { DeskCaller, House, Tenant } from "./House.js";

let banks = 2_000;

/** Another bank of the house. */
export async function anotherBank(house: House, changes: Partial<Bank> = {}): Promise<Bank> {
  const now = house.clock.now();
  const bank: Bank = { id: newId(now), code: String(banks++), name: "他信用金庫", ...ordinaryPolicy, isDemo: false, createdAt: now, ...changes };
  await house.db.transaction((tx) => tx.insert(Bank, bank));
  return bank;
}

/** A bank's counter with two of its staff behind it and a contract before it. What isn't said is asked by the one of the other. */
export class Counter {
  private constructor(readonly house: House, readonly tenant: Tenant, readonly operator: DeskCaller, readonly colleague: DeskCaller) {}

  static async open(house: House, bank: Bank = house.bank): Promise<Counter> {
    const [one, other] = [await house.anOperator(bank), await house.anOperator(bank, { displayName: "窓口役席者" })];
    return new Counter(house, await house.aTenant({ bank }), await house.atTheDesk(one), await house.atTheDesk(other));
  }

  /** The same two people and the same contract, after the sessions have ended: a request lasts longer. */
  async onAnotherDay(): Promise<Counter> {
    const [operator, colleague] = await Promise.all([this.operator, this.colleague].map(async ({ userId }) => {
      const one = await this.house.db.reads.findOneBy(BankOperator, { id: userId });
      if (!one) throw new Error("nobody");
      return this.house.atTheDesk(one);
    }));
    if (!operator || !colleague) throw new Error("nobody");
    return new Counter(this.house, this.tenant, operator, colleague);
  }

  requestReissue(changes: Partial<RequestReissue> = {}, by: Actor = this.operator): Promise<ApprovalRequest> {
    return requestReissue(this.house.desk, by, { userId: this.tenant.master.id, expectedVersion: 1, reason: "DEVICE_BROKEN", ...changes });
  }

  requestUnlock(changes: Partial<RequestUnlock> = {}, by: Actor = this.operator): Promise<ApprovalRequest> {
    return requestUnlock(this.house.desk, by, { userId: this.tenant.master.id, expectedVersion: 1, passwordKind: "LOGIN", ...changes });
  }

  requestStart(changes: Partial<RequestStart> = {}, by: Actor = this.operator): Promise<ApprovalRequest> {
    return requestStart(this.house.desk, by, { contractId: this.tenant.contract.id, expectedVersion: 2, ...changes });
  }

  approve({ id }: { id: string }, by: Actor = this.colleague) {
    return approveRequest(this.house.desk, by, { requestId: id });
  }

  reject({ id }: { id: string }, by: Actor = this.colleague) {
    return rejectRequest(this.house.desk, by, { requestId: id });
  }

  withdraw({ id }: { id: string }, by: Actor = this.operator) {
    return withdrawRequest(this.house.desk, by, { requestId: id });
  }

  /** As six wrong entries leave it. */
  async lock(kind: PasswordKind = "LOGIN", { id: userId } = this.tenant.master): Promise<void> {
    const lockedAt = this.house.clock.now();
    await this.house.db.transaction((tx) => tx.update(Password, { userId, kind }, { tries: 6, lockedAt }));
  }

  /** As its Master leaves it. */
  async stop(): Promise<void> {
    const stoppedAt = this.house.clock.now();
    await this.house.db.transaction((tx) => tx.update(Contract, { id: this.tenant.contract.id }, { stoppedAt, version: 2 }));
  }

  /** What there is to ask for, each in the state in which it makes sense. */
  async requestFor(act: ApprovalRequest["act"]): Promise<ApprovalRequest> {
    switch (act) {
      case "MASTER_REISSUE":
        await this.house.aCertificate(this.tenant.master);
        return this.requestReissue();
      case "MASTER_UNLOCK":
        await this.lock();
        return this.requestUnlock();
      case "CONTRACT_START":
        await this.stop();
        return this.requestStart();
    }
  }

  async request(id: string): Promise<ApprovalRequest> {
    const found = await this.house.db.reads.findOneBy(ApprovalRequest, { id });
    if (!found) throw new Error(`no request ${id}`);
    return found;
  }

  async master(): Promise<User> {
    const found = await this.house.db.reads.findOneBy(User, { id: this.tenant.master.id });
    if (!found) throw new Error("no Master");
    return found;
  }

  async contract(): Promise<Contract> {
    const found = await this.house.db.reads.findOneBy(Contract, { id: this.tenant.contract.id });
    if (!found) throw new Error("no contract");
    return found;
  }
}
