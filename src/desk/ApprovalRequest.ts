import { Check, Entity, ForeignKey, Index } from "typeorm";
import { IdColumn, InstantColumn, LongTextColumn, NumberColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";
import { Bank } from "../identity/Bank.js";
import { BankOperator } from "../identity/BankOperator.js";
import { Contract } from "../identity/Contract.js";
import type { PasswordKind } from "../identity/Password.js";
import { User } from "../identity/User.js";
import type { ReissueReason } from "../policy/certificateLifecycle.js";

/** What the bank does for a Master that can't help itself: by two of its staff. */
export const approvalActs = ["MASTER_REISSUE", "MASTER_UNLOCK", "CONTRACT_START"] as const;
export type ApprovalAct = (typeof approvalActs)[number];

/** What is stored; whether an open one has expired or was overtaken is derived. */
export const approvalStates = ["OPEN", "APPROVED", "REJECTED", "WITHDRAWN"] as const;
export type ApprovalState = (typeof approvalStates)[number];

/** An act that one operator asks for and another of the same bank approves or rejects. */
@Entity("approval_requests")
@Index("ix_approval_requests_bank", ["bankId", "id"])
@Index("ix_approval_requests_state", ["bankId", "state", "id"])
@Check("ck_approval_requests_act", "act IN ('MASTER_REISSUE', 'MASTER_UNLOCK', 'CONTRACT_START')")
@Check("ck_approval_requests_state", "state IN ('OPEN', 'APPROVED', 'REJECTED', 'WITHDRAWN')")
export class ApprovalRequest {
  @IdColumn() id!: string;
  @ForeignKey(() => Bank, { name: "fk_approval_requests_bank", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "bank_id" }) bankId!: string;
  @ForeignKey(() => Contract, { name: "fk_approval_requests_contract", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "contract_id" }) contractId!: string;
  /** The Master; null where the contract itself is meant. */
  @ForeignKey(() => User, { name: "fk_approval_requests_user", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "user_id", nullable: true }) userId!: string | null;
  @TextColumn(16) act!: ApprovalAct;
  /** The Master's or the contract's version that was seen: a change since then makes the request void. */
  @NumberColumn({ name: "target_version" }) targetVersion!: number;
  @TextColumn(24, { name: "reissue_reason", nullable: true }) reissueReason!: ReissueReason | null;
  @TextColumn(12, { name: "password_kind", nullable: true }) passwordKind!: PasswordKind | null;
  @LongTextColumn({ nullable: true }) note!: string | null;
  @TextColumn(10) state!: ApprovalState;
  @ForeignKey(() => BankOperator, { name: "fk_approval_requests_requester", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "requested_by" }) requestedBy!: string;
  @InstantColumn({ name: "requested_at" }) requestedAt!: Date;
  @InstantColumn({ name: "expires_at" }) expiresAt!: Date;
  @ForeignKey(() => BankOperator, { name: "fk_approval_requests_decider", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "decided_by", nullable: true }) decidedBy!: string | null;
  @InstantColumn({ name: "decided_at", nullable: true }) decidedAt!: Date | null;
  /** What whoever decided wrote beside it. */
  @LongTextColumn({ name: "decision_note", nullable: true }) decisionNote!: string | null;
  /** The certificate that an approved reissue opened. */
  @ReferenceColumn({ name: "certificate_id", nullable: true }) certificateId!: string | null;
}
