import { Check, Entity, ForeignKey, Index, PrimaryColumn, Unique, type EntityManager } from "typeorm";
import { IdColumn, InstantColumn, LongTextColumn, NumberColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";
import { isDuplicate } from "../foundation/database/errors.js";
import { newId } from "../foundation/ids.js";
import { japaneseDate } from "../foundation/japanTime.js";

export const alertKinds = [
  "REVOKED_CERTIFICATE_PRESENTED", "REISSUE_BURST", "REISSUE_REPEATED", "REISSUE_EARLY", "ENROLLMENT_FROM_NEW_ADDRESS", "ENROLLMENT_REFUSED_OFTEN",
] as const;
export type AlertKind = (typeof alertKinds)[number];

/** Something that Master and bank should look at. What happens again on the same occasion is counted, not raised anew. */
@Entity("alerts")
@Unique("uq_alerts_occasion", ["occasion"])
@Index("ix_alerts_contract", ["contractId", "id"])
@Index("ix_alerts_bank", ["bankId", "id"])
@Index("ix_alerts_user", ["userId", "id"])
@Check("ck_alerts_kind", `kind IN (${alertKinds.map((kind) => `'${kind}'`).join(", ")})`)
export class Alert {
  @IdColumn() id!: string;
  @ReferenceColumn({ name: "bank_id" }) bankId!: string;
  @ReferenceColumn({ name: "contract_id" }) contractId!: string;
  @TextColumn(32) kind!: AlertKind;
  @ReferenceColumn({ name: "user_id" }) userId!: string;
  @ReferenceColumn({ name: "certificate_id" }) certificateId!: string;
  /** What is counted as one. */
  @TextColumn(100) occasion!: string;
  @InstantColumn({ name: "raised_at" }) raisedAt!: Date;
  @InstantColumn({ name: "last_at" }) lastAt!: Date;
  @NumberColumn() times!: number;
  /** What was seen the first time: JSON, secrets never. */
  @LongTextColumn() evidence!: string;
}

/** Master and bank acknowledge each for itself: who sits in the Master's session can't take an alert from the bank's eyes. */
export const alertSides = ["CONTRACT", "BANK"] as const;
export type AlertSide = (typeof alertSides)[number];

/** Who has taken note of an alert, by name. */
@Entity("alert_acknowledgements")
@Check("ck_alert_acknowledgements_side", "side IN ('CONTRACT', 'BANK')")
export class AlertAcknowledgement {
  @ForeignKey(() => Alert, { name: "fk_alert_acknowledgements_alert", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @PrimaryColumn({ type: "char", length: 26, name: "alert_id" }) alertId!: string;
  @PrimaryColumn({ type: "varchar", length: 8 }) side!: AlertSide;
  @ReferenceColumn({ name: "by_id" }) byId!: string;
  @TextColumn(12, { name: "by_login_id" }) byLoginId!: string;
  @TextColumn(20, { name: "by_name" }) byName!: string;
  @InstantColumn() at!: Date;
  @LongTextColumn({ nullable: true }) note!: string | null;
}

export interface Alarm {
  kind: AlertKind;
  /** Whose certificate it is. */
  holder: { userId: string; contractId: string; bankId: string };
  certificateId: string;
  /** What is counted as one; a certificate on a day in Japan where it isn't said. */
  occasion?: string;
  evidence: object;
}

/** Raises an alert, or counts it where this occasion has raised it already. True where it is new. */
export async function raiseAlert(tx: EntityManager, { kind, holder, certificateId, occasion: about, evidence }: Alarm, now: Date): Promise<boolean> {
  const occasion = `${kind}:${about ?? `${certificateId}:${japaneseDate(now)}`}`;
  if (await countAgain(tx, occasion, now)) return false;
  const { userId, contractId, bankId } = holder;
  try {
    await tx.insert(Alert, {
      id: newId(now), userId, contractId, bankId, kind, certificateId, occasion, raisedAt: now, lastAt: now, times: 1, evidence: JSON.stringify(evidence),
    });
    return true;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await countAgain(tx, occasion, now); // another request was first
    return false;
  }
}

async function countAgain(tx: EntityManager, occasion: string, now: Date): Promise<boolean> {
  const { affected } = await tx.createQueryBuilder().update(Alert).set({ times: () => "times + 1", lastAt: now })
    .where("occasion = :occasion", { occasion })
    .execute();
  return affected === 1;
}
