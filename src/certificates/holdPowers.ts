import type { EntityManager } from "typeorm";
import { updateRows } from "../foundation/database/updateRows.js";
import type { Bank } from "../identity/Bank.js";
import { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";

/** No reissue carries the holder's powers along: its Master gives them back in another session. What it hasn't yet can't come by this one either. */
export function powersHeld(actor: Actor, holder: User, { holdsPowers }: Pick<Bank, "holdsPowers">, now: Date): Pick<User, "powersHeldAt" | "powersHeldIn"> | null {
  return holdsPowers && holder.kind === "PUBLIC" ? { powersHeldAt: now, powersHeldIn: actor.sessionId } : null;
}

/** `powersHeld`, written down and in `holder`: since when, where they are held. */
export async function holdPowers(tx: EntityManager, actor: Actor, holder: User, bank: Pick<Bank, "holdsPowers">, now: Date): Promise<Date | null> {
  const held = powersHeld(actor, holder, bank, now);
  if (!held) return null;
  await updateRows(tx, User, { id: holder.id }, held);
  Object.assign(holder, held);
  return now;
}

export function hasPowers({ authority, adHocLimit }: User): boolean {
  return authority === "APPROVER" || adHocLimit !== null;
}
