import { Check, Entity, ForeignKey, Index, PrimaryColumn, Unique } from "typeorm";
import { FlagColumn, IdColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";
import { Contract } from "../identity/Contract.js";
import { User } from "../identity/User.js";

export const accountKinds = ["ORDINARY", "CURRENT"] as const;
export type AccountKind = (typeof accountKinds)[number];

/** A company that a contract may act for, with its account. Codes and numbers are text: their leading zeros count. */
@Entity("companies")
@Unique("uq_companies_code", ["contractId", "code"])
@Index("ix_companies_code", ["code"])
@Check("ck_companies_account_kind", "account_kind IN ('ORDINARY', 'CURRENT')")
export class Company {
  @IdColumn() id!: string;
  @ForeignKey(() => Contract, { name: "fk_companies_contract", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "contract_id" }) contractId!: string;
  @TextColumn(60) name!: string;
  @TextColumn(10) code!: string;
  @TextColumn(3, { name: "branch_code" }) branchCode!: string;
  @TextColumn(30, { name: "branch_name" }) branchName!: string;
  @TextColumn(8, { name: "account_kind" }) accountKind!: AccountKind;
  @TextColumn(7, { name: "account_number" }) accountNumber!: string;
  @FlagColumn({ name: "offers_bulk_transfer" }) offersBulkTransfer!: boolean;
  @FlagColumn({ name: "offers_payroll" }) offersPayroll!: boolean;
  @FlagColumn({ name: "offers_ad_hoc_transfer" }) offersAdHocTransfer!: boolean;
  @FlagColumn({ name: "offers_direct_debit" }) offersDirectDebit!: boolean;
}

/** Which of its contract's companies a user may act for. */
@Entity("user_companies")
export class UserCompany {
  @ForeignKey(() => User, { name: "fk_user_companies_user", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @PrimaryColumn({ type: "char", length: 26, name: "user_id" }) userId!: string;
  @ForeignKey(() => Company, { name: "fk_user_companies_company", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @PrimaryColumn({ type: "char", length: 26, name: "company_id" }) companyId!: string;
}
