import { Check, Entity, ForeignKey, Index, Unique } from "typeorm";
import { IdColumn, InstantColumn, NumberColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";
import { searchable } from "../foundation/text.js";
import { Bank } from "./Bank.js";
import { Contract } from "./Contract.js";

export const userKinds = ["MASTER", "PUBLIC"] as const;
export type UserKind = (typeof userKinds)[number];
export const authorities = ["APPROVER", "OPERATOR"] as const;
export type Authority = (typeof authorities)[number];
/** LOCKED: the login password's tries are used up. SUSPENDED: locked by hand. DEREGISTERED: gone for good. */
export const userStatuses = ["ACTIVE", "LOCKED", "SUSPENDED", "DEREGISTERED"] as const;
export type UserStatus = (typeof userStatuses)[number];

/** An ID of a contract: its Master or one of its Public IDs. */
@Entity("users")
@Unique("uq_users_login", ["bankId", "loginId"])
@Index("ix_users_contract", ["contractId", "loginId", "searchText"])
@Index("ix_users_contract_made", ["contractId", "id", "deregisteredAt"])
@Index("ix_users_contract_kind", ["contractId", "kind"])
@Index("ix_users_bank_kind", ["bankId", "kind", "loginId"])
@Index("ix_users_bank_made", ["bankId", "id", "deregisteredAt"])
@Check("ck_users_kind", "kind IN ('MASTER', 'PUBLIC')")
@Check("ck_users_authority", "authority IN ('APPROVER', 'OPERATOR')")
export class User {
  @IdColumn() id!: string;
  @ForeignKey(() => Bank, { name: "fk_users_bank", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "bank_id" }) bankId!: string;
  @ForeignKey(() => Contract, { name: "fk_users_contract", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "contract_id" }) contractId!: string;
  /** Folded: half width, lower case, so that no two look alike. */
  @TextColumn(12, { name: "login_id" }) loginId!: string;
  @TextColumn(20, { name: "display_name" }) displayName!: string;
  @TextColumn(6) kind!: UserKind;
  /** Null for a Master, which administers. */
  @TextColumn(8, { nullable: true }) authority!: Authority | null;
  /** 都度振込取扱限度額 in thousands of yen, 0 for the bank's own; a form takes none above the contract's. Null where 都度振込 isn't used. */
  @NumberColumn({ name: "ad_hoc_limit", nullable: true }) adHocLimit!: number | null;
  /** 変更期間: days until a password must be changed; null for never. */
  @NumberColumn({ name: "password_max_age_days", nullable: true }) passwordMaxAgeDays!: number | null;
  /** アラーム期間: days before that, from which on it is said. */
  @NumberColumn({ name: "password_warn_days", nullable: true }) passwordWarnDays!: number | null;
  /** Rises with every change: a form carries the one that it showed. */
  @NumberColumn() version!: number;
  /** Login ID and name, folded, for searching. Its pieces are written with it (`userStore.ts`). */
  @TextColumn(100, { name: "search_text" }) searchText!: string;
  @InstantColumn({ name: "suspended_at", nullable: true }) suspendedAt!: Date | null;
  /** 登録抹消: the row stays, so that the login ID never comes back. */
  @InstantColumn({ name: "deregistered_at", nullable: true }) deregisteredAt!: Date | null;
  @InstantColumn({ name: "last_sign_in_at", nullable: true }) lastSignInAt!: Date | null;
  /** メールアドレス, for notices; null where none is known. */
  @TextColumn(254, { name: "mail_address", nullable: true }) mailAddress!: string | null;
  /** When it was changed last; null for the first one. */
  @InstantColumn({ name: "mail_changed_at", nullable: true }) mailChangedAt!: Date | null;
  /** Since when it may not approve nor transfer, by a reissue; null where it may. */
  @InstantColumn({ name: "powers_held_at", nullable: true }) powersHeldAt!: Date | null;
  /** The session in which that was: another one gives them back. */
  @ReferenceColumn({ name: "powers_held_in", nullable: true }) powersHeldIn!: string | null;
  @InstantColumn({ name: "created_at" }) createdAt!: Date;
}

/** An ID as it begins; what isn't said is ordinary. */
export function newUser(facts: Pick<User, "id" | "bankId" | "contractId" | "loginId" | "displayName" | "createdAt"> & Partial<User>): User {
  return {
    kind: "PUBLIC", authority: "OPERATOR", adHocLimit: null, passwordMaxAgeDays: null, passwordWarnDays: null, version: 1,
    searchText: searchTextOf(facts), suspendedAt: null, deregisteredAt: null, lastSignInAt: null,
    mailAddress: null, mailChangedAt: null, powersHeldAt: null, powersHeldIn: null, ...facts,
  };
}

export function searchTextOf({ loginId, displayName }: Pick<User, "loginId" | "displayName">): string {
  return searchable(`${loginId} ${displayName}`);
}
