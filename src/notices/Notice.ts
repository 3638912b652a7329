import { Check, Entity, Index, Unique } from "typeorm";
import { IdColumn, InstantColumn, LongTextColumn, NumberColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";

export const noticeKinds = [
  "USER_REGISTERED", "CERTIFICATE_REISSUED", "ENROLLMENT_CODE", "CERTIFICATE_ENROLLED", "CERTIFICATE_RENEWED", "CERTIFICATE_REVOKED", "PASSWORDS_CHANGED", "POWERS_CHANGED",
  "MAIL_ADDRESS_CHANGED", "CERTIFICATE_ENDING", "ENROLLMENT_UNFINISHED",
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** DEAD: given up; the desk sees it and may have it sent again. */
export const noticeStates = ["QUEUED", "SENT", "DEAD"] as const;
export type NoticeState = (typeof noticeStates)[number];

/** A mail that is to be sent: written in the deed's transaction, so that none is sent of what didn't happen and none is forgotten. */
@Entity("notices")
@Unique("uq_notices_occasion", ["occasion"])
@Index("ix_notices_due", ["state", "nextTryAt"])
@Index("ix_notices_bank", ["bankId", "id"])
@Index("ix_notices_recipient", ["recipientId", "id"])
@Index("ix_notices_bank_state", ["bankId", "state", "id"])
@Check("ck_notices_state", "state IN ('QUEUED', 'SENT', 'DEAD')")
export class Notice {
  @IdColumn() id!: string;
  @ReferenceColumn({ name: "bank_id" }) bankId!: string;
  @ReferenceColumn({ name: "contract_id" }) contractId!: string;
  /** Whom it is about. */
  @ReferenceColumn({ name: "user_id" }) userId!: string;
  @ReferenceColumn({ name: "recipient_id" }) recipientId!: string;
  @TextColumn(254, { name: "mail_address" }) mailAddress!: string;
  @TextColumn(32) kind!: NoticeKind;
  /** What its words name: JSON, secrets never. */
  @LongTextColumn() facts!: string;
  /** An enrollment code, sealed; gone once it was sent. */
  @TextColumn(200, { nullable: true }) secret!: string | null;
  /** What is said once only. */
  @TextColumn(100, { nullable: true }) occasion!: string | null;
  @ReferenceColumn({ name: "certificate_id", nullable: true }) certificateId!: string | null;
  @TextColumn(8) state!: NoticeState;
  @NumberColumn() tries!: number;
  @InstantColumn({ name: "next_try_at" }) nextTryAt!: Date;
  /** While a worker sends it; where that one died, another takes it then. */
  @InstantColumn({ name: "claimed_until", nullable: true }) claimedUntil!: Date | null;
  @TextColumn(200, { name: "last_error", nullable: true }) lastError!: string | null;
  @InstantColumn({ name: "created_at" }) createdAt!: Date;
  @InstantColumn({ name: "sent_at", nullable: true }) sentAt!: Date | null;
}
