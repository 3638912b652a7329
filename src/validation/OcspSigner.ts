import { Entity, ForeignKey, Unique } from "typeorm";
import { Issuer } from "../authorities/Issuer.js";
import { BytesColumn, IdColumn, InstantColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";

/**
 * A certificate by which a process answers OCSP requests in a CA's name. On record before it is signed, like every
 * serial of a CA. Its key lives in that process's memory and nowhere else.
 */
@Entity("ocsp_signers")
@Unique("uq_ocsp_signers_serial", ["issuerId", "serialNumber"])
export class OcspSigner {
  @IdColumn() id!: string;
  @ForeignKey(() => Issuer, { name: "fk_ocsp_signers_issuer", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "issuer_id" }) issuerId!: string;
  @TextColumn(40, { name: "serial_number" }) serialNumber!: string;
  @BytesColumn({ name: "to_be_signed" }) toBeSigned!: Buffer;
  @InstantColumn({ name: "not_before" }) notBefore!: Date;
  @InstantColumn({ name: "not_after" }) notAfter!: Date;
  /** X.509 in DER; null where a crash came before the signature. */
  @BytesColumn({ nullable: true }) certificate!: Buffer | null;
}
