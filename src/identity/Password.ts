import { Check, Entity, ForeignKey, PrimaryColumn } from "typeorm";
import { InstantColumn, NumberColumn, TextColumn } from "../foundation/database/columns.js";
import { User } from "./User.js";

export const passwordKinds = ["LOGIN", "REGISTRATION", "APPROVAL", "TRANSFER"] as const;
export type PasswordKind = (typeof passwordKinds)[number];

/** Why a password must be changed. INITIAL: somebody else set it, and its holder must. FORCED: 強制変更あり. EXPIRED: 変更期間 is over. */
export const passwordDues = ["INITIAL", "FORCED", "EXPIRED"] as const;
export type PasswordDue = (typeof passwordDues)[number];

/** One of a user's passwords. Each has its own count of wrong entries and its own restriction. */
@Entity("passwords")
@Check("ck_passwords_kind", "kind IN ('LOGIN', 'REGISTRATION', 'APPROVAL', 'TRANSFER')")
export class Password {
  @ForeignKey(() => User, { name: "fk_passwords_user", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @PrimaryColumn({ type: "char", length: 26, name: "user_id" }) userId!: string;
  @PrimaryColumn({ type: "varchar", length: 12 }) kind!: PasswordKind;
  /** argon2id with its parameters and salt, as a PHC string. */
  @TextColumn(200) hash!: string;
  /** Tries since the last right entry: taken before they are checked, so that a hundred at once are still six. */
  @NumberColumn() tries!: number;
  @InstantColumn({ name: "locked_at", nullable: true }) lockedAt!: Date | null;
  @InstantColumn({ name: "set_at" }) setAt!: Date;
  /** Whether its holder must change it; its age is told by `setAt` alone. */
  @TextColumn(8, { name: "change_due", nullable: true }) changeDue!: Exclude<PasswordDue, "EXPIRED"> | null;
}

/** A password that was in use before, as far back as the bank remembers. */
@Entity("former_passwords")
export class FormerPassword {
  @ForeignKey(() => User, { name: "fk_former_passwords_user", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @PrimaryColumn({ type: "char", length: 26, name: "user_id" }) userId!: string;
  @PrimaryColumn({ type: "varchar", length: 12 }) kind!: PasswordKind;
  /** A ULID: they sort by when they were replaced. */
  @PrimaryColumn({ type: "char", length: 26 }) id!: string;
  @TextColumn(200) hash!: string;
}
