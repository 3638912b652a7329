import { Check, Entity, ForeignKey, Index, Unique, type EntityManager } from "typeorm";
import { BytesColumn, IdColumn, InstantColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";
import { Bank } from "../identity/Bank.js";

/** A CA of the house: its certificate. Its key is in the vault, under the same name. */
@Entity("issuers")
@Unique("uq_issuers_name", ["name"])
@Index("ix_issuers_bank", ["bankId"])
@Check("ck_issuers_kind", "kind IN ('ROOT', 'ISSUING')")
export class Issuer {
  @IdColumn() id!: string;
  /** Null for the root. */
  @ForeignKey(() => Bank, { name: "fk_issuers_bank", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @ReferenceColumn({ name: "bank_id", nullable: true }) bankId!: string | null;
  @TextColumn(8) kind!: "ROOT" | "ISSUING";
  /** As in `/pki/<name>.cer`: bank code and generation. A bank's newest is the one that issues. */
  @TextColumn(40) name!: string;
  /** X.509 in DER. */
  @BytesColumn() certificate!: Buffer;
  @InstantColumn({ name: "created_at" }) createdAt!: Date;
}

/** The CA that issues for this bank now. */
export async function currentIssuerOf(tx: Pick<EntityManager, "find">, bankId: string): Promise<{ id: string }> {
  const [newest] = await tx.find(Issuer, { select: { id: true }, where: { bankId }, order: { id: "DESC" }, take: 1 });
  if (!newest) throw new Error(`bank ${bankId} has no CA`);
  return newest;
}
