import { anyOf, inOrderOf, instantOrNull } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import { statusIn } from "../policy/certificateLifecycle.js";
import { usersByIds } from "./readUsers.js";

export const heldBacks = ["NOT_AN_APPROVER", "AD_HOC_TRANSFER_OFF", "ON_HOLD", "ID_NOT_ACTIVE", "CONTRACT_STOPPED", "CERTIFICATE_NOT_ACTIVE"] as const;
export type HeldBack = (typeof heldBacks)[number];

/** What a payment system asks before it lets an ID approve or transfer. True at the instant of the answer, and at no other. */
export interface PowerFacts {
  mayApprove: boolean;
  mayMakeAdHocTransfers: boolean;
  /** In thousands of yen; null where it may make none. */
  adHocTransferLimit: number | null;
  whyNotApprove: HeldBack[];
  whyNotTransfer: HeldBack[];
  /** Since when they are on hold by a reissue. */
  heldSince: Date | null;
}

interface PowersRow {
  id: string;
  powersHeldAt: Date | string | null;
  contractLimit: number;
  bankLimit: number;
  stoppedAt: Date | string | null;
  signInMethod: string;
  hasCertificate: number | string;
}

/** The powers of IDs that the actor may read; null for others. */
export async function powersOf(desk: Desk, actor: Actor, userIds: readonly string[]): Promise<(PowerFacts | null)[]> {
  const users = await usersByIds(desk, actor, userIds);
  const active = statusIn(["ACTIVE"], desk.db.instant(desk.clock.now()));
  const rows: PowersRow[] = await desk.db.reads.query(
    `SELECT u.id, u.powers_held_at AS powersHeldAt, k.ad_hoc_limit AS contractLimit, b.default_ad_hoc_limit AS bankLimit,
            k.stopped_at AS stoppedAt, k.sign_in_method AS signInMethod,
            (SELECT COUNT(*) FROM certificates c WHERE c.user_id = u.id AND ${active.sql}) AS hasCertificate
       FROM users u JOIN contracts k ON k.id = u.contract_id JOIN banks b ON b.id = u.bank_id WHERE ${anyOf("u.id", userIds)}`,
    [...active.params, ...userIds],
  );
  const found = inOrderOf(userIds, rows, ({ id }) => id);
  return users.map((user, index) => {
    const row = found[index];
    if (!user || !row) return null;
    const general: HeldBack[] = [
      ...(user.status === "ACTIVE" ? [] : ["ID_NOT_ACTIVE" as const]),
      ...(row.stoppedAt === null ? [] : ["CONTRACT_STOPPED" as const]),
      ...(row.signInMethod === "PASSWORD" || Number(row.hasCertificate) > 0 ? [] : ["CERTIFICATE_NOT_ACTIVE" as const]),
      ...(row.powersHeldAt === null ? [] : ["ON_HOLD" as const]),
    ];
    const whyNotApprove: HeldBack[] = [...(user.authority === "APPROVER" ? [] : ["NOT_AN_APPROVER" as const]), ...general];
    const whyNotTransfer: HeldBack[] = [...(user.adHocLimit === null ? ["AD_HOC_TRANSFER_OFF" as const] : []), ...general];
    const mayTransfer = whyNotTransfer.length === 0;
    return {
      mayApprove: whyNotApprove.length === 0,
      mayMakeAdHocTransfers: mayTransfer,
      adHocTransferLimit: mayTransfer ? Math.min(user.adHocLimit === 0 ? row.bankLimit : (user.adHocLimit ?? 0), row.contractLimit) : null,
      whyNotApprove, whyNotTransfer,
      heldSince: instantOrNull(row.powersHeldAt),
    };
  });
}
