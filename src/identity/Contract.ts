import { Check, Entity, ForeignKey, Index } from "typeorm";
import { IdColumn, InstantColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";
import { Bank } from "./Bank.js";

export const signInMethods = ["PASSWORD", "CERTIFICATE"] as const;
export type SignInMethod = (typeof signInMethods)[number];

/** One corporate customer of one bank: the tenant. */
@Entity("contracts")
@Index("ix_contracts_bank", ["bankId"])
@Check("ck_contracts_method", "sign_in_method IN ('PASSWORD', 'CERTIFICATE')")
export class Contract {
  @IdColumn() id!: string;
  @ForeignKey(() => Bank, { name: "fk_contracts_bank", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "bank_id" }) bankId!: string;
  @TextColumn(60) name!: string;
  @TextColumn(12, { name: "sign_in_method" }) signInMethod!: SignInMethod;
  @InstantColumn({ name: "created_at" }) createdAt!: Date;
}
