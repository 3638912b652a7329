import { Check, Entity, ForeignKey, Unique } from "typeorm";
import { IdColumn, InstantColumn, NumberColumn, OnlyOneColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";
import { Bank } from "./Bank.js";

/** 金庫職員: the bank's own staff at the desk that customers phone. Not a customer's ID; signs in apart from them. */
@Entity("bank_operators")
@Unique("uq_bank_operators_login", ["bankId", "loginId"])
export class BankOperator {
  @IdColumn() id!: string;
  @ForeignKey(() => Bank, { name: "fk_bank_operators_bank", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "bank_id" }) bankId!: string;
  /** Folded, as a user's. */
  @TextColumn(12, { name: "login_id" }) loginId!: string;
  @TextColumn(20, { name: "display_name" }) displayName!: string;
  /** argon2id with its parameters and salt, as a PHC string. */
  @TextColumn(200) hash!: string;
  /** The one that a reset took away: it may be known, and can't be chosen again. */
  @TextColumn(200, { name: "former_hash", nullable: true }) formerHash!: string | null;
  /** Tries since the last right entry. */
  @NumberColumn() tries!: number;
  @InstantColumn({ name: "locked_at", nullable: true }) lockedAt!: Date | null;
  /** INITIAL: whoever registered the operator knows it, so it is changed at the first sign-in. */
  @TextColumn(8, { name: "change_due", nullable: true }) changeDue!: "INITIAL" | null;
  @InstantColumn({ name: "last_sign_in_at", nullable: true }) lastSignInAt!: Date | null;
  /** Since then it can't sign in any more. The row stays: the history names it. */
  @InstantColumn({ name: "removed_at", nullable: true }) removedAt!: Date | null;
  @InstantColumn({ name: "created_at" }) createdAt!: Date;
}

/** An operator as it begins; what isn't said is ordinary. */
export function newOperator(
  facts: Pick<BankOperator, "id" | "bankId" | "loginId" | "displayName" | "hash" | "createdAt"> & Partial<BankOperator>,
): BankOperator {
  return { formerHash: null, tries: 0, lockedAt: null, changeDue: null, lastSignInAt: null, removedAt: null, ...facts };
}

export type OperatorSessionEnd = "SIGNED_OUT" | "REPLACED" | "PASSWORD_RESET" | "REMOVED";

/** An operator's sign-in, in a table of its own: no customer's token can ever be one. */
@Entity("operator_sessions")
@Unique("uq_operator_sessions_token", ["tokenHash"])
@Unique("uq_operator_sessions_current", ["operatorId", "isCurrent"])
@Check("ck_operator_sessions_current", "is_current = 1")
export class OperatorSession {
  @IdColumn() id!: string;
  @ForeignKey(() => BankOperator, { name: "fk_operator_sessions_operator", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "operator_id" }) operatorId!: string;
  /** SHA-256 of the token, hex. The token itself is told once and kept nowhere. */
  @TextColumn(64, { name: "token_hash" }) tokenHash!: string;
  @OnlyOneColumn("is_current") isCurrent!: 1 | null;
  @InstantColumn({ name: "signed_in_at" }) signedInAt!: Date;
  @InstantColumn({ name: "previous_sign_in_at", nullable: true }) previousSignInAt!: Date | null;
  @InstantColumn({ name: "last_used_at" }) lastUsedAt!: Date;
  @InstantColumn({ name: "expires_at" }) expiresAt!: Date;
  @InstantColumn({ name: "ended_at", nullable: true }) endedAt!: Date | null;
  @TextColumn(24, { name: "end_reason", nullable: true }) endReason!: OperatorSessionEnd | null;
  @TextColumn(45, { nullable: true }) address!: string | null;
}
