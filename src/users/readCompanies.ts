import { anyOf } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import { whereFor } from "../policy/whereFor.js";
import type { AccountKind } from "./Company.js";

export const services = ["BULK_TRANSFER", "PAYROLL", "AD_HOC_TRANSFER", "DIRECT_DEBIT"] as const;
export type Service = (typeof services)[number];

export interface CompanyFacts {
  name: string;
  code: string;
  branchCode: string;
  branchName: string;
  accountKind: AccountKind;
  accountNumber: string;
  services: Service[];
}

interface CompanyRow {
  user_id: string;
  name: string;
  code: string;
  branch_code: string;
  branch_name: string;
  account_kind: AccountKind;
  account_number: string;
  offers_bulk_transfer: number;
  offers_payroll: number;
  offers_ad_hoc_transfer: number;
  offers_direct_debit: number;
}

/** The companies that each user may act for, by company code. Users that the actor may not read have none. */
export async function companiesOf(desk: Desk, actor: Actor, userIds: readonly string[]): Promise<CompanyFacts[][]> {
  const scope = whereFor(actor, "read", "User", { userId: "u.id", contractId: "u.contract_id", bankId: "u.bank_id" });
  const rows: CompanyRow[] = await desk.db.reads.query(
    `SELECT uc.user_id, k.name, k.code, k.branch_code, k.branch_name, k.account_kind, k.account_number,
            k.offers_bulk_transfer, k.offers_payroll, k.offers_ad_hoc_transfer, k.offers_direct_debit
       FROM user_companies uc JOIN users u ON u.id = uc.user_id JOIN companies k ON k.id = uc.company_id
      WHERE ${scope.sql} AND ${anyOf("u.id", userIds)} ORDER BY k.code`,
    [...scope.params, ...userIds],
  );
  return userIds.map((userId) => rows.filter((row) => row.user_id === userId).map(factsOfRow));
}

function factsOfRow(row: CompanyRow): CompanyFacts {
  const offered: [Service, number][] = [
    ["BULK_TRANSFER", row.offers_bulk_transfer],
    ["PAYROLL", row.offers_payroll],
    ["AD_HOC_TRANSFER", row.offers_ad_hoc_transfer],
    ["DIRECT_DEBIT", row.offers_direct_debit],
  ];
  return {
    name: row.name,
    code: row.code,
    branchCode: row.branch_code,
    branchName: row.branch_name,
    accountKind: row.account_kind,
    accountNumber: row.account_number,
    services: offered.filter(([, isOffered]) => isOffered === 1).map(([service]) => service),
  };
}
