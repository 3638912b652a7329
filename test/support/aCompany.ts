import { newId } from "../../src/foundation/ids.js";
import type { Contract } from "../../src/identity/Contract.js";
import type { User } from "../../src/identity/User.js";
import { Company, UserCompany } from "../../src/users/Company.js";
import type { House } from "./House.js";

/** A company of a contract, the manual's own unless said otherwise, and who may act for it. */
export async function aCompany(house: House, contract: Contract, facts: Partial<Company> = {}, users: User[] = []): Promise<Company> {
  const company: Company = {
    id: newId(house.clock.now()), contractId: contract.id, name: "カシマイ", code: "0010000001", branchCode: "090", branchName: "本部090",
    accountKind: "ORDINARY", accountNumber: "0000900", offersBulkTransfer: true, offersPayroll: true, offersAdHocTransfer: true,
    offersDirectDebit: false, ...facts,
  };
  await house.db.transaction(async (tx) => {
    await tx.insert(Company, company);
    for (const { id: userId } of users) await tx.insert(UserCompany, { userId, companyId: company.id });
  });
  return company;
}
