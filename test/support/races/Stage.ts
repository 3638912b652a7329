import { Certificate } from "../../../src/certificates/Certificate.js";
import { ApprovalRequest } from "../../../src/desk/ApprovalRequest.js";
import { SECOND } from "../../../src/foundation/clock.js";
import { Contract } from "../../../src/identity/Contract.js";
import { Password } from "../../../src/identity/Password.js";
import { Session } from "../../../src/identity/Session.js";
import { User } from "../../../src/identity/User.js";
import type { Actor, Customer, Operator, Origin } from "../../../src/policy/Actor.js";
import { aCsr } from "../csr.js";
import type { Random } from "../fuzz/Random.js";
import { PASSWORD, type DeskCaller, type House, type Tenant } from "../House.js";
import { aPassword, cheapHash } from "../passwords.js";

/** The bank's staff behind the counter of every stage. */
export interface Staff {
  one: DeskCaller;
  other: DeskCaller;
}

/** A contract at which everything happens at once. What was seen is of before: everybody acts on that. */
export class Stage {
  users: User[] = [];
  contract: Contract;
  certificates = new Map<string, Certificate>();
  requests: ApprovalRequest[] = [];
  /** What holders were told of the codes of their pending certificates, by these. */
  readonly codes = new Map<string, string>();
  private callers = new Map<string, Customer>();
  private csrs = new Map<string, string[]>();

  private constructor(readonly house: House, readonly random: Random, readonly tenant: Tenant, readonly staff: Staff) {
    this.contract = tenant.contract;
  }

  /** With a Master and two Public IDs, each with a certificate or without. */
  static async set(house: House, random: Random, staff: Staff): Promise<Stage> {
    const tenant = await house.aTenant();
    const stage = new Stage(house, random, tenant, staff);
    for (const user of [tenant.master, tenant.taro, tenant.hana]) {
      for (const kind of ["LOGIN", "REGISTRATION"] as const) await aPassword(house, user, kind);
      const status = random.pick("ACTIVE", "PENDING", "PENDING", "EXPIRED", "NONE");
      if (status === "NONE") continue;
      const { id, enrollmentCode } = await house.aCertificate(user, status);
      stage.codes.set(id, enrollmentCode);
    }
    await stage.look();
    return stage;
  }

  /** Everybody looks at how things stand, knows the passwords again, and is signed in who may be. */
  async look(): Promise<void> {
    const { house, tenant: { contract: { id: contractId } } } = this;
    house.clock.advance(SECOND);
    this.users = await house.db.reads.findBy(User, { contractId });
    const hash = await cheapHash(PASSWORD);
    await house.db.transaction(async (tx) => {
      for (const { id: userId } of this.users) await tx.update(Password, { userId }, { hash, tries: 0, lockedAt: null, changeDue: null });
    });
    this.contract = (await house.db.reads.findOneBy(Contract, { id: contractId })) ?? this.contract;
    const current = await house.db.reads.findBy(Certificate, { contractId, isCurrent: 1 });
    this.certificates = new Map(current.map((certificate) => [certificate.userId, certificate]));
    this.requests = await house.db.reads.findBy(ApprovalRequest, { contractId, state: "OPEN" });
    this.csrs.clear();
    for (const user of this.users) await this.signInWhoMay(user);
  }

  private async signInWhoMay(user: User): Promise<void> {
    const session = await this.house.db.reads.findOneBy(Session, { userId: user.id, isCurrent: 1 });
    const known = this.callers.get(user.id);
    if (session && known?.sessionId === session.id && session.passwordsDue === null) return;
    if (user.deregisteredAt === null && user.suspendedAt === null && this.contract.stoppedAt === null) {
      this.callers.set(user.id, await this.house.signedIn(user));
    }
  }

  get master(): User {
    return this.user(this.tenant.master);
  }

  /** A Public ID; most of the time the one that everything is about, the first that isn't gone yet. */
  get someone(): User {
    const publics = this.users.filter(({ kind }) => kind === "PUBLIC");
    const first = publics.find(({ deregisteredAt }) => deregisteredAt === null);
    const any = publics[this.random.below(publics.length)];
    return (this.random.chance(0.75) ? first : any) ?? this.master;
  }

  private user({ id }: { id: string }): User {
    const user = this.users.find((one) => one.id === id);
    if (!user) throw new Error("nobody of this stage");
    return user;
  }

  /** As somebody of the contract: as last signed in, whatever became of that. */
  as({ id }: User, origin: Origin): Actor {
    const caller = this.callers.get(id);
    if (!caller) throw new Error("never signed in");
    return { ...caller, origin };
  }

  asStaff(which: keyof Staff, origin: Origin): Operator {
    return { ...this.staff[which], origin };
  }

  /** The version that a screen shows; now and then an older one. */
  seen({ version }: { version: number }): number {
    return this.random.chance(0.9) ? version : version - 1;
  }

  /** Of the user's own PC, or of its second one. */
  csrOf({ id }: User): string {
    const csrs = this.csrs.get(id) ?? [aCsr().pem, aCsr().pem];
    this.csrs.set(id, csrs);
    return csrs[this.random.chance(0.7) ? 0 : 1] ?? "";
  }
}
