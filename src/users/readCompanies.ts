import { anyOf, inOrderOf } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import { whereFor } from "../policy/whereFor.js";
import type { AccountKind } from "./Company.js";

export const services = ["BULK_TRANSFER", "PAYROLL", "AD_HOC_TRANSFER", "DIRECT_DEBIT"] as const;
export type Service = (typeof services)[number];

export interface CompanyFacts {
  id: string;
  contractId: string;
  name: string;
  code: string;
  branchCode: string;
  branchName: string;
  accountKind: AccountKind;
  accountNumber: string;
  services: Service[];
}

interface CompanyRow {
  id: string;
  contract_id: string;
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

const COLUMNS = `k.id, k.contract_id, k.name, k.code, k.branch_code, k.branch_name, k.account_kind, k.account_number,
  k.offers_bulk_transfer, k.offers_payroll, k.offers_ad_hoc_transfer, k.offers_direct_debit`;

/** The companies that each user may act for, by company code. Users whose selection the actor may not read have none. */
export async function companiesOf(desk: Desk, actor: Actor, userIds: readonly string[]): Promise<CompanyFacts[][]> {
  const scope = readableSelections(actor);
  const rows: (CompanyRow & { user_id: string })[] = await desk.db.reads.query(
    `SELECT uc.user_id, ${COLUMNS} FROM user_companies uc JOIN users u ON u.id = uc.user_id JOIN companies k ON k.id = uc.company_id
      WHERE ${scope.sql} AND ${anyOf("u.id", userIds)} ORDER BY k.code`,
    [...scope.params, ...userIds],
  );
  return userIds.map((userId) => rows.filter((row) => row.user_id === userId).map(factsOfRow));
}

/** The companies of each contract that the actor may read, by company code: a Master all of its own, a Public ID those that it may act for. */
export async function companiesOfContracts(desk: Desk, actor: Actor, contractIds: readonly string[]): Promise<CompanyFacts[][]> {
  const rows = await readable(desk, actor, anyOf("k.contract_id", contractIds), contractIds);
  return contractIds.map((contractId) => rows.filter((row) => row.contractId === contractId));
}

/** In the order of the ids; null for what is unknown and for what the actor may not read, alike. */
export async function companiesByIds(desk: Desk, actor: Actor, ids: readonly string[]): Promise<(CompanyFacts | null)[]> {
  return inOrderOf(ids, await readable(desk, actor, anyOf("k.id", ids), ids), (company) => company.id);
}

/** A company is read by whoever may read its contract's, and by whoever may read a selection that it is in. */
async function readable(desk: Desk, actor: Actor, condition: string, params: readonly string[]): Promise<CompanyFacts[]> {
  const scope = whereFor(actor, "read", "Company", { contractId: "k.contract_id", bankId: "t.bank_id" });
  const selections = readableSelections(actor);
  const rows: CompanyRow[] = await desk.db.reads.query(
    `SELECT ${COLUMNS} FROM companies k JOIN contracts t ON t.id = k.contract_id
      WHERE (${scope.sql} OR EXISTS (SELECT 1 FROM user_companies uc JOIN users u ON u.id = uc.user_id WHERE uc.company_id = k.id AND ${selections.sql}))
        AND ${condition} ORDER BY k.code`,
    [...scope.params, ...selections.params, ...params],
  );
  return rows.map(factsOfRow);
}

function readableSelections(actor: Actor) {
  return whereFor(actor, "read", "CompanySelection", { userId: "u.id", contractId: "u.contract_id", bankId: "u.bank_id" });
}

function factsOfRow(row: CompanyRow): CompanyFacts {
  const offered: [Service, number][] = [
    ["BULK_TRANSFER", row.offers_bulk_transfer],
    ["PAYROLL", row.offers_payroll],
    ["AD_HOC_TRANSFER", row.offers_ad_hoc_transfer],
    ["DIRECT_DEBIT", row.offers_direct_debit],
  ];
  return {
    id: row.id,
    contractId: row.contract_id,
    name: row.name,
    code: row.code,
    branchCode: row.branch_code,
    branchName: row.branch_name,
    accountKind: row.account_kind,
    accountNumber: row.account_number,
    services: offered.filter(([, isOffered]) => isOffered === 1).map(([service]) => service),
  };
}
