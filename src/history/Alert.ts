import { Check, Entity, Index, Unique, type EntityManager } from "typeorm";
import { IdColumn, InstantColumn, LongTextColumn, NumberColumn, ReferenceColumn, TextColumn } from "../foundation/database/columns.js";
import { isDuplicate } from "../foundation/database/errors.js";
import { newId } from "../foundation/ids.js";
import { japaneseDate } from "../foundation/japanTime.js";

export const alertKinds = ["REVOKED_CERTIFICATE_PRESENTED"] as const;
export type AlertKind = (typeof alertKinds)[number];

/** Something that Master and bank should look at. What happens again on the same day is counted, not raised anew. */
@Entity("alerts")
@Unique("uq_alerts_occasion", ["occasion"])
@Index("ix_alerts_contract", ["contractId", "id"])
@Index("ix_alerts_bank", ["bankId", "id"])
@Check("ck_alerts_kind", "kind IN ('REVOKED_CERTIFICATE_PRESENTED')")
export class Alert {
  @IdColumn() id!: string;
  @ReferenceColumn({ name: "bank_id" }) bankId!: string;
  @ReferenceColumn({ name: "contract_id" }) contractId!: string;
  @TextColumn(32) kind!: AlertKind;
  @ReferenceColumn({ name: "user_id" }) userId!: string;
  @ReferenceColumn({ name: "certificate_id" }) certificateId!: string;
  /** Kind, certificate and day in Japan: what is counted as one. */
  @TextColumn(100) occasion!: string;
  @InstantColumn({ name: "raised_at" }) raisedAt!: Date;
  @InstantColumn({ name: "last_at" }) lastAt!: Date;
  @NumberColumn() times!: number;
  /** What was seen the first time: JSON, secrets never. */
  @LongTextColumn() evidence!: string;
}

export interface Alarm {
  kind: AlertKind;
  /** Whose certificate it is. */
  holder: { userId: string; contractId: string; bankId: string };
  certificateId: string;
  evidence: object;
}

/** Raises an alert, or counts it where it was raised today already. True where it is new. */
export async function raiseAlert(tx: EntityManager, { kind, holder, certificateId, evidence }: Alarm, now: Date): Promise<boolean> {
  const occasion = `${kind}:${certificateId}:${japaneseDate(now)}`;
  if (await countAgain(tx, occasion, now)) return false;
  try {
    await tx.insert(Alert, {
      id: newId(now), ...holder, kind, certificateId, occasion, raisedAt: now, lastAt: now, times: 1, evidence: JSON.stringify(evidence),
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
