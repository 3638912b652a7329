import { Entity, ForeignKey, PrimaryColumn, Unique } from "typeorm";
import { Issuer } from "../authorities/Issuer.js";
import { BytesColumn, IdColumn, InstantColumn, NumberColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";

/** A revocation list as it was published. The unique number decides which of several processes publishes it. */
@Entity("crls")
@Unique("uq_crls_number", ["issuerId", "number"])
export class Crl {
  @IdColumn() id!: string;
  @ForeignKey(() => Issuer, { name: "fk_crls_issuer", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "issuer_id" }) issuerId!: string;
  /** CRLNumber (RFC 5280 §5.2.3). */
  @NumberColumn() number!: number;
  @InstantColumn({ name: "this_update" }) thisUpdate!: Date;
  @InstantColumn({ name: "next_update" }) nextUpdate!: Date;
  /** Certificates that ended before this instant are no longer on it; null: all are. */
  @InstantColumn({ name: "expired_before", nullable: true }) expiredBefore!: Date | null;
  /** How many certificates are on it, and how many of them for KEY_COMPROMISE: by these one sees that it is out of date. */
  @NumberColumn() entries!: number;
  @NumberColumn() compromised!: number;
  /** Its length in DER, and the SHA-256 of it, hex. */
  @NumberColumn() octets!: number;
  @TextColumn(64) fingerprint!: string;
}

/** The DER of a list, in pieces that any database takes. Kept for the newest lists only. */
@Entity("crl_parts")
export class CrlPart {
  @PrimaryColumn({ type: "char", length: 26, name: "crl_id" })
  @ForeignKey(() => Crl, { name: "fk_crl_parts_crl", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  crlId!: string;
  @PrimaryColumn({ type: "integer" }) part!: number;
  @BytesColumn() content!: Buffer;
}
