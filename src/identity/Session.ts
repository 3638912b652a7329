import { Check, Entity, ForeignKey, Index, Unique } from "typeorm";
import { FlagColumn, IdColumn, InstantColumn, OnlyOneColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";
import type { PasswordDue } from "./Password.js";
import { User } from "./User.js";

export const sessionEnds = ["SIGNED_OUT", "REPLACED", "CERTIFICATE_REISSUED", "CERTIFICATE_REVOKED", "CERTIFICATE_RENEWED", "PASSWORD_RESET", "SUSPENDED", "DEREGISTERED", "CONTRACT_STOPPED"] as const;
export type SessionEnd = (typeof sessionEnds)[number];

/** A user's sign-in. A user has at most one that is current. */
@Entity("sessions")
@Unique("uq_sessions_token", ["tokenHash"])
@Unique("uq_sessions_current", ["userId", "isCurrent"])
@Index("ix_sessions_address", ["userId", "address", "signedInAt"])
@Check("ck_sessions_current", "is_current = 1")
export class Session {
  @IdColumn() id!: string;
  @ForeignKey(() => User, { name: "fk_sessions_user", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "user_id" }) userId!: string;
  /** SHA-256 of the token, hex. The token itself is told once and kept nowhere. */
  @TextColumn(64, { name: "token_hash" }) tokenHash!: string;
  @OnlyOneColumn("is_current") isCurrent!: 1 | null;
  /** Signed in without the certificate that the contract requires: may look at itself and enroll. */
  @FlagColumn({ name: "is_enroll_only" }) isEnrollOnly!: boolean;
  /** Why its passwords must be changed before anything else; null where they needn't. */
  @TextColumn(8, { name: "passwords_due", nullable: true }) passwordsDue!: PasswordDue | null;
  @InstantColumn({ name: "signed_in_at" }) signedInAt!: Date;
  @InstantColumn({ name: "previous_sign_in_at", nullable: true }) previousSignInAt!: Date | null;
  @InstantColumn({ name: "last_used_at" }) lastUsedAt!: Date;
  @InstantColumn({ name: "expires_at" }) expiresAt!: Date;
  @InstantColumn({ name: "ended_at", nullable: true }) endedAt!: Date | null;
  @TextColumn(24, { name: "end_reason", nullable: true }) endReason!: SessionEnd | null;
  @TextColumn(45, { nullable: true }) address!: string | null;
  /** x5t#S256: SHA-256 of the certificate that it was opened with and is bound to, hex. Null where none was presented. */
  @TextColumn(64, { name: "certificate_fingerprint", nullable: true }) certificateFingerprint!: string | null;
}
