import type { EntityManager } from "typeorm";
import { isDuplicate } from "../foundation/database/errors.js";
import type { Desk } from "../foundation/desk.js";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import { Alert, AlertAcknowledgement } from "../history/Alert.js";
import { BankOperator } from "../identity/BankOperator.js";
import { performAs } from "../identity/performAs.js";
import { User } from "../identity/User.js";
import { isWithinReach, type Actor } from "../policy/Actor.js";
import { authorize, authorizeRole } from "../policy/authorize.js";
import { sideOf } from "./readAlerts.js";

/**
 * Takes note of an alert, by name, for the actor's own side: the contract's or the bank's. What happens again afterwards wants
 * to be acknowledged again. Refuses with MASTER_ONLY, NOT_FOUND, ALREADY_ACKNOWLEDGED.
 */
export function acknowledgeAlert(desk: Desk, actor: Actor, { alertId, note = null }: { alertId: string; note?: string | null }): Promise<Alert> {
  return performAs(desk, actor, { action: "ALERT_ACKNOWLEDGE", note }, async (tx, findings) => {
    authorizeRole(actor, "acknowledge", "Alert");
    const alert = isId(alertId) ? await tx.findOneBy(Alert, { id: alertId }) : null;
    if (!alert) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
    const { contractId, bankId, kind, certificateId, lastAt } = alert;
    if (isWithinReach(actor, alert)) {
      Object.assign(findings, { contractId, certificateId, before: { alert: alertId, kind } });
      findings.target = await tx.findOneByOrFail(User, { id: alert.userId });
    }
    authorize(actor, "acknowledge", "Alert", { contractId, bankId });

    const at = desk.clock.now();
    const side = sideOf(actor);
    const before = await tx.findOneBy(AlertAcknowledgement, { alertId, side });
    if (before && before.at >= lastAt) throw new Refusal("ALREADY_ACKNOWLEDGED");
    const acknowledgement = { alertId, side, byId: actor.userId, byLoginId: actor.loginId, byName: await nameOf(tx, actor), at, note };
    if (before) await tx.update(AlertAcknowledgement, { alertId, side }, acknowledgement);
    else await insertFirst(tx, acknowledgement);
    findings.after = { alert: alertId, kind, side, times: alert.times };
    return alert;
  });
}

async function insertFirst(tx: EntityManager, acknowledgement: AlertAcknowledgement): Promise<void> {
  try {
    await tx.insert(AlertAcknowledgement, acknowledgement);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new Refusal("ALREADY_ACKNOWLEDGED"); // a colleague was first
  }
}

async function nameOf(tx: EntityManager, { role, userId: id }: Actor): Promise<string> {
  const { displayName } = role === "BANK_OPERATOR" ? await tx.findOneByOrFail(BankOperator, { id }) : await tx.findOneByOrFail(User, { id });
  return displayName;
}
