import { Check, Entity, ForeignKey, Index } from "typeorm";
import { added, IdColumn, InstantColumn, NumberColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";
import { searchable } from "../foundation/text.js";
import { Bank } from "./Bank.js";

export const signInMethods = ["PASSWORD", "CERTIFICATE"] as const;
export type SignInMethod = (typeof signInMethods)[number];

/** One corporate customer of one bank: the tenant. */
@Entity("contracts")
@Index("ix_contracts_bank", ["bankId"])
@Index("ix_contracts_name", ["bankId", "searchText", "id"])
@Check("ck_contracts_method", "sign_in_method IN ('PASSWORD', 'CERTIFICATE')")
export class Contract {
  @IdColumn() id!: string;
  @ForeignKey(() => Bank, { name: "fk_contracts_bank", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "bank_id" }) bankId!: string;
  @TextColumn(60) name!: string;
  @TextColumn(12, { name: "sign_in_method" }) signInMethod!: SignInMethod;
  /** Rises with every change of the contract, a registration included. */
  @NumberColumn(added({ name: "version" })) version!: number;
  /** The highest 都度振込取扱限度額 of its users, in thousands of yen. */
  @NumberColumn(added({ name: "ad_hoc_limit" })) adHocLimit!: number;
  /** Its name, folded, for searching. */
  @TextColumn(100, added({ name: "search_text" })) searchText!: string;
  /** WEB-FB取引停止: since then nobody signs in and nothing is changed, but revoked. */
  @InstantColumn({ name: "stopped_at", nullable: true }) stoppedAt!: Date | null;
  @InstantColumn({ name: "last_sign_in_at", nullable: true }) lastSignInAt!: Date | null;
  @InstantColumn({ name: "created_at" }) createdAt!: Date;
}

/** A contract as it begins; what isn't said is ordinary. */
export function newContract(facts: Pick<Contract, "id" | "bankId" | "name" | "createdAt"> & Partial<Contract>): Contract {
  return {
    signInMethod: "PASSWORD", version: 1, adHocLimit: 100_000, searchText: searchable(facts.name), stoppedAt: null, lastSignInAt: null, ...facts,
  };
}
