import { Check, Entity, Index, PrimaryColumn } from "typeorm";
import { IdColumn, InstantColumn, LongTextColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";
import type { RefusalCode } from "../foundation/refusals.js";
import type { Role } from "../policy/Actor.js";
import type { DeedAction } from "../policy/deeds.js";

/** ACCEPTED: begun, its end has an entry of its own. REPEATED: the same request again, answered without doing it again. */
export const outcomes = ["SUCCEEDED", "ACCEPTED", "REPEATED", "REFUSED", "FAILED"] as const;
export type Outcome = (typeof outcomes)[number];

/**
 * One attempt, whatever came of it. Written in the attempt's own transaction, never changed.
 * Names are copied: what an entry says stays true when an ID is renamed or gone. So there are no foreign keys here.
 */
@Entity("usage_history")
@Index("ix_usage_history_contract", ["contractId", "at", "id"])
@Index("ix_usage_history_contract_action", ["contractId", "action", "at", "id"])
@Index("ix_usage_history_bank", ["bankId", "at", "id"])
@Index("ix_usage_history_bank_action", ["bankId", "action", "at", "id"])
@Index("ix_usage_history_bank_outcome", ["bankId", "outcome", "at", "id"])
@Index("ix_usage_history_target", ["targetUserId", "at", "id"])
@Index("ix_usage_history_actor", ["actorId", "at", "id"])
@Index("ix_usage_history_certificate", ["certificateId", "at", "id"])
@Index("ix_usage_history_request", ["requestId", "at", "id"])
@Check("ck_usage_history_outcome", "outcome IN ('SUCCEEDED', 'ACCEPTED', 'REPEATED', 'REFUSED', 'FAILED')")
export class UsageRecord {
  /** Also the operation's id: by it a COMMIT without an answer is found again. */
  @IdColumn() id!: string;
  /** Null where not even the bank is known. */
  @ReferenceColumn({ name: "bank_id", nullable: true }) bankId!: string | null;
  @ReferenceColumn({ name: "contract_id", nullable: true }) contractId!: string | null;
  /** When it began. */
  @InstantColumn() at!: Date;
  @ReferenceColumn({ name: "actor_id", nullable: true }) actorId!: string | null;
  @TextColumn(12, { name: "actor_login_id", nullable: true }) actorLoginId!: string | null;
  /** As what it acted. Null where nobody was signed in, and in entries older than this column. */
  @TextColumn(16, { name: "actor_role", nullable: true }) actorRole!: Role | null;
  @TextColumn(32) action!: DeedAction;
  @ReferenceColumn({ name: "target_user_id", nullable: true }) targetUserId!: string | null;
  @TextColumn(12, { name: "target_login_id", nullable: true }) targetLoginId!: string | null;
  @ReferenceColumn({ name: "certificate_id", nullable: true }) certificateId!: string | null;
  @TextColumn(10) outcome!: Outcome;
  @TextColumn(40, { nullable: true }) code!: RefusalCode | "UNAUTHENTICATED" | "BAD_REQUEST" | "RATE_LIMITED" | "REQUEST_TIMED_OUT" | "DATABASE_UNAVAILABLE" | "INTERNAL_ERROR" | null;
  @TextColumn(64, { name: "request_id" }) requestId!: string;
  @TextColumn(45, { nullable: true }) address!: string | null;
  /** What the Master wrote beside the reissue or the revocation. */
  @LongTextColumn({ nullable: true }) note!: string | null;
  /** The facts that changed, as they were and as they became: JSON with sorted keys, secrets never. */
  @LongTextColumn({ name: "facts_before", nullable: true }) before!: string | null;
  @LongTextColumn({ name: "facts_after", nullable: true }) after!: string | null;
}

/** A request that carried an idempotency key and took effect: the same key again finds its entry. */
@Entity("idempotency_keys")
export class IdempotencyKey {
  @PrimaryColumn({ type: "char", length: 26, name: "actor_id" }) actorId!: string;
  @PrimaryColumn({ type: "char", length: 36, name: "request_key" }) requestKey!: string;
  /** SHA-256 of the request's meaning, hex: the same key with another request is refused. */
  @TextColumn(64, { name: "request_hash" }) requestHash!: string;
  @ReferenceColumn({ name: "record_id" }) recordId!: string;
}
