import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { requestReissue } from "../../src/desk/requestReissue.js";
import { newId } from "../../src/foundation/ids.js";
import { raiseAlert } from "../../src/history/Alert.js";
import type { User } from "../../src/identity/User.js";
import { Notice } from "../../src/notices/Notice.js";
import { aCompany } from "./aCompany.js";
import { anotherBank } from "./Counter.js";
import type { Caller, DeskCaller, House, Tenant } from "./House.js";

/** A bank that has something for every list, who reads it, and who mustn't. */
export interface BusyBank {
  tenants: readonly Tenant[];
  /** Of the first contract. Its Taro had his certificate reissued once for each contract. */
  master: Caller;
  taro: Caller;
  enrollee: Caller;
  passwordChanger: Caller;
  operator: DeskCaller;
  /** A Master of another contract of the same bank, and another bank's staff. */
  strangers: readonly [Caller, DeskCaller];
}

/** So many contracts, each with a company, a certificate, an alert, a mail, and a request that its Master's be reissued. */
export async function aBusyBank(house: House, contracts: number): Promise<BusyBank> {
  const tenants: Tenant[] = [];
  const operator = await house.atTheDesk(await house.anOperator());
  for (let made = 0; made < contracts; made++) {
    const tenant = await house.aTenant();
    tenants.push(tenant);
    await aCompany(house, tenant.contract, {}, [tenant.taro]);
    await anAlertAndAMail(house, tenant.taro, (await house.aCertificate(tenant.taro)).id);
    await requestReissue(house.desk, operator, { userId: tenant.master.id, expectedVersion: 1, reason: "DEVICE_BROKEN", note: "お客様より電話" });
  }
  const [ours] = tenants;
  if (!ours) throw new Error("a bank without contracts");
  const master = await house.signedIn(ours.master);
  for (let version = 1; version <= contracts; version++) {
    await reissueCertificate(house.desk, master, { userId: ours.taro.id, expectedVersion: version, reason: "DEVICE_BROKEN" });
  }
  const [changer, stranger] = [await house.aUser(ours.contract), await house.aTenant()];
  for (const user of [ours.hana, changer]) await house.aCertificate(user, "PENDING");
  return {
    tenants, master, operator,
    taro: await house.signedIn(ours.taro),
    enrollee: await house.signedIn(ours.hana, { isEnrollOnly: true }),
    passwordChanger: await house.signedIn(changer, { passwordsDue: "FORCED" }),
    strangers: [await house.signedIn(stranger.master), await house.atTheDesk(await house.anOperator(await anotherBank(house)))],
  };
}

async function anAlertAndAMail(house: House, { id: userId, contractId, bankId }: User, certificateId: string): Promise<void> {
  const now = house.clock.now();
  await house.db.transaction(async (tx) => {
    await raiseAlert(tx, { kind: "REISSUE_REPEATED", holder: { userId, contractId, bankId }, certificateId, evidence: { reissues: 2 } }, now);
    await tx.insert(Notice, {
      id: newId(now), bankId, contractId, userId, recipientId: userId, mailAddress: "taro@example.com", kind: "PASSWORDS_CHANGED", facts: "{}", secret: null, occasion: null,
      certificateId: null, state: "DEAD", tries: 8, nextTryAt: now, claimedUntil: null, lastError: "connection refused", createdAt: now, sentAt: null,
    });
  });
}
