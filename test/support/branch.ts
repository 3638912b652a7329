import type { IssuerInUse } from "../../src/authorities/Issuers.js";
import type { Certificate } from "../../src/certificates/Certificate.js";
import { acceptKey } from "../../src/certificates/acceptKey.js";
import { openSuccessor } from "../../src/certificates/certificateStore.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { DAY, later } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import type { User } from "../../src/identity/User.js";
import { readCertificateRequest } from "../../src/pki/certificateRequest.js";
import type { RevocationReason } from "../../src/policy/certificateLifecycle.js";
import { aCsr } from "./csr.js";
import type { Caller, House, Tenant } from "./House.js";

/** A bank of the house with a CA, and so a CRL, of its own. */
export class Branch {
  private constructor(
    readonly house: House,
    readonly issuer: IssuerInUse,
    readonly tenant: Tenant,
    readonly master: Caller,
  ) {}

  private static opened = 6_000;

  static async open(house: House): Promise<Branch> {
    const now = house.clock.now();
    const code = String(Branch.opened++);
    const bank: Bank = { id: newId(now), code, name: "見本信用金庫", ...ordinaryPolicy, isDemo: false, createdAt: now };
    await house.db.transaction((tx) => tx.insert(Bank, bank));
    const issuer = await house.desk.issuers.make(bank, `${code}-1`);
    const tenant = await house.aTenant({ bank });
    return new Branch(house, issuer, tenant, await house.signedIn(tenant.master));
  }

  /** What the services of validation ask for of a CA. */
  get ca() {
    return { id: this.issuer.id, kind: "ISSUING" } as const;
  }

  /** An active certificate of a user who has no other. */
  async aCertificate(user?: User): Promise<Certificate & { user: User }> {
    const holder = user ?? (await this.house.aUser(this.tenant.contract));
    return { ...(await this.house.aCertificate(holder)), user: holder };
  }

  /** One whose key was accepted and whose signature is underway. */
  async aSigningOne(): Promise<Certificate> {
    const { desk, db, clock } = this.house;
    const user = await this.house.aUser(this.tenant.contract);
    const { successor } = await db.transaction((tx) => openSuccessor(desk, tx, user, null, clock.now()));
    await db.transaction((tx) => acceptKey(desk, tx, successor, readCertificateRequest(aCsr().pem)));
    return this.house.certificate(successor.id);
  }

  async revoke({ id }: { id: string }, reason: RevocationReason = "CESSATION_OF_OPERATION"): Promise<void> {
    await revokeCertificate(this.house.desk, this.master, { certificateId: id, reason });
  }

  /** An active one, revoked. */
  async aRevokedOne(reason?: RevocationReason): Promise<Certificate & { user: User }> {
    const certificate = await this.aCertificate();
    await this.revoke(certificate, reason);
    return certificate;
  }

  /** Days of validity of what this bank's customers acquire from now on. */
  async setValidityDays(validityDays: number): Promise<void> {
    await this.house.db.transaction((tx) => tx.update(Bank, { id: this.tenant.bank.id }, { validityDays }));
  }

  /** The instant this many days from now. */
  in(days: number): Date {
    return later(this.house.clock.now(), days * DAY);
  }
}
