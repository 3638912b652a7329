import type { EntityManager } from "typeorm";
import { only, reading } from "../foundation/database/reading.js";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { Bank } from "../identity/Bank.js";
import { User } from "../identity/User.js";
import { isWithinReach, type Actor } from "../policy/Actor.js";
import { authorize, authorizeByTwo } from "../policy/authorize.js";
import { certificateOf } from "./certificateStore.js";

/** The rulebook's answer, and R1–R3 once more without it. */
export function authorizeReissue(actor: Actor, holder: User, isByTwo: boolean): void {
  (isByTwo ? authorizeByTwo : authorize)(actor, "reissue", "Certificate", certificateOf(holder));
  const needed = isByTwo ? { role: "BANK_OPERATOR", kind: "MASTER" } : { role: "MASTER", kind: "PUBLIC" };
  if (holder.id === actor.userId || holder.kind !== needed.kind) throw new Refusal("OWN_CERTIFICATE");
  if (actor.role !== needed.role) throw new Refusal("MASTER_ONLY");
}

/** The holder, where the actor may have its certificate reissued. What it may not see doesn't exist for it. */
export async function findHolder(tx: EntityManager, actor: Actor, userId: string, findings: Findings): Promise<{ holder: User; bank: ReissuePolicy }> {
  const { u: holder, b: bank } = (isId(userId) ? (await holderWithBank(tx, [userId]))[0] : undefined) ?? {};
  if (!holder || !bank) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
  if (isWithinReach(actor, holder)) findings.target = holder;
  authorizeReissue(actor, holder, false);
  if (holder.deregisteredAt) throw new Refusal("ID_DEREGISTERED");
  return { holder, bank };
}

const policy = [
  "id", "daysToEnroll", "asksRegistrationPassword", "daysOldKept", "sendsCodeByMail", "mailRestHours", "holdsPowers",
  "alertBurstReissues", "alertBurstMinutes", "alertRepeatDays", "alertLifePercent",
] as const;
/** What a reissue asks of the bank's policy. */
export type ReissuePolicy = Pick<Bank, (typeof policy)[number]>;

const holderWithBank = reading({ u: User, b: only(Bank, ...policy) }, "FROM users u JOIN banks b ON b.id = u.bank_id WHERE u.id = ?");
