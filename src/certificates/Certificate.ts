import { Check, Entity, ForeignKey, Index, PrimaryColumn, Unique } from "typeorm";
import { Issuer } from "../authorities/Issuer.js";
import {
  BytesColumn, IdColumn, InstantColumn, NumberColumn, OnlyOneColumn, ReferenceColumn, TextColumn,
} from "../foundation/database/columns.js";
import { Bank } from "../identity/Bank.js";
import { Contract } from "../identity/Contract.js";
import { User, type UserKind } from "../identity/User.js";
import type { ReissueReason, RevocationReason, StoredState } from "../policy/certificateLifecycle.js";

/**
 * One issuance, from the reserved serial on. Only `certificateStore.ts` writes it.
 * Its status is not stored: `statusAt` derives it.
 */
@Entity("certificates")
@Unique("uq_certificates_serial", ["issuerId", "serialNumber"])
@Unique("uq_certificates_current", ["userId", "isCurrent"])
@Index("ix_certificates_contract", ["contractId", "id"])
@Index("ix_certificates_serial", ["serialNumber"])
@Index("ix_certificates_predecessor", ["predecessorId"])
@Index("ix_certificates_user", ["userId", "id"])
@Index("ix_certificates_bank", ["bankId", "id"])
@Index("ix_certificates_bank_state", ["bankId", "state", "isPast", "id"])
@Index("ix_certificates_contract_state", ["contractId", "state", "isPast", "id"])
@Index("ix_certificates_lapsing", ["state", "isPast", "notAfter"])
@Index("ix_certificates_unacquired", ["state", "isPast", "enrollmentDeadline"])
@Index("ix_certificates_fingerprint", ["fingerprint"])
@Index("ix_certificates_kept", ["state", "keptUntil"])
@Index("ix_certificates_ending", ["isCurrent", "state", "notAfter"])
@Index("ix_certificates_revoked", ["issuerId", "state", "notAfter", "serialNumber", "revocationReason", "revokedAt"])
@Check("ck_certificates_state", "state IN ('PENDING', 'SIGNING', 'ACTIVE', 'REVOKED')")
@Check("ck_certificates_holder_kind", "holder_kind IN ('MASTER', 'PUBLIC')")
@Check("ck_certificates_current", "is_current = 1")
export class Certificate {
  @IdColumn() id!: string;
  @ForeignKey(() => Bank, { name: "fk_certificates_bank", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "bank_id" }) bankId!: string;
  @ForeignKey(() => Contract, { name: "fk_certificates_contract", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "contract_id" }) contractId!: string;
  /** The holder. */
  @ForeignKey(() => User, { name: "fk_certificates_user", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "user_id" }) userId!: string;
  @TextColumn(6, { name: "holder_kind" }) holderKind!: UserKind;
  @ForeignKey(() => Issuer, { name: "fk_certificates_issuer", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "issuer_id" }) issuerId!: string;
  /** Lower-case hex, 1–20 octets: reserved when the record is opened, borne by the X.509 certificate later. */
  @TextColumn(40, { name: "serial_number" }) serialNumber!: string;
  @TextColumn(8) state!: StoredState;
  /** The user's newest record, whatever became of it: 1, else NULL. */
  @OnlyOneColumn("is_current") isCurrent!: 1 | null;
  /** 1 once it was noted that its deadline, or its validity, is over. Never what its status is derived from: a place in indexes (`notePast`). */
  @NumberColumn({ name: "is_past", nullable: true }) isPast!: 1 | null;
  /** The record that this one replaced. */
  @ReferenceColumn({ name: "predecessor_id", nullable: true }) predecessorId!: string | null;
  @InstantColumn({ name: "opened_at" }) openedAt!: Date;
  /** Why it was reissued; null where a registration or a renewal opened it. */
  @TextColumn(24, { name: "reissue_reason", nullable: true }) reissueReason!: ReissueReason | null;
  /** Until when it lives beside its successor, which isn't acquired yet. */
  @InstantColumn({ name: "kept_until", nullable: true }) keptUntil!: Date | null;

  /** Until when it may be acquired; null once it was. */
  @InstantColumn({ name: "enrollment_deadline", nullable: true }) enrollmentDeadline!: Date | null;
  /** SHA-256 of the enrollment code, hex; null once it was used. */
  @TextColumn(64, { name: "enrollment_code_hash", nullable: true }) enrollmentCodeHash!: string | null;
  /** Wrong codes that were tried. */
  @NumberColumn({ name: "wrong_codes" }) wrongCodes!: number;

  /** The intent: what is about to be signed, committed before the signature. */
  @BytesColumn({ name: "to_be_signed", nullable: true }) toBeSigned!: Buffer | null;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), hex. */
  @TextColumn(64, { name: "key_fingerprint", nullable: true }) keyFingerprint!: string | null;
  @InstantColumn({ name: "not_before", nullable: true }) notBefore!: Date | null;
  @InstantColumn({ name: "not_after", nullable: true }) notAfter!: Date | null;

  /** The result: X.509 in DER. */
  @BytesColumn({ name: "x509", nullable: true }) x509!: Buffer | null;
  /** SHA-256 of `x509`, hex. */
  @TextColumn(64, { nullable: true }) fingerprint!: string | null;
  @InstantColumn({ name: "enrolled_at", nullable: true }) enrolledAt!: Date | null;

  @InstantColumn({ name: "revoked_at", nullable: true }) revokedAt!: Date | null;
  @TextColumn(24, { name: "revocation_reason", nullable: true }) revocationReason!: RevocationReason | null;
}

/** Every public key that a certificate of ours was or is to be issued for. A key is certified once. */
@Entity("certified_keys")
export class CertifiedKey {
  /** SHA-256 of the SubjectPublicKeyInfo, hex. */
  @PrimaryColumn({ type: "char", length: 64 }) fingerprint!: string;
  @ForeignKey(() => Certificate, { name: "fk_certified_keys_certificate", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "certificate_id" }) certificateId!: string;
}
