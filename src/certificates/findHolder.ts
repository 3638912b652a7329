import type { EntityManager } from "typeorm";
import { only, reading } from "../foundation/database/reading.js";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { Bank } from "../identity/Bank.js";
import { ACTING, ACTING_COLUMNS, type FoundAlong } from "../identity/sessions.js";
import { User } from "../identity/User.js";
import { MASTER_COLUMNS, MASTERS, recipientsFrom, type Recipient } from "../notices/notify.js";
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

/** Whoever has this ID, whether the actor may know of it or not. */
export interface SomeHolder extends FoundAlong {
  holder: User | null;
  bank: ReissuePolicy | null;
  recipients: Recipient[];
}

export async function readHolder(tx: EntityManager, actor: Actor, userId: string): Promise<SomeHolder> {
  const rows = isId(userId) ? await holderWithBank(tx, [actor.userId, userId]) : [];
  const { u: holder = null, b: bank = null, more } = rows[0] ?? {};
  return { holder, bank, acting: more, recipients: holder ? recipientsFrom(holder, rows.map((row) => row.more.slice(ACTING_COLUMNS.length))) : [] };
}

/** The holder, where the actor may have its certificate reissued. What it may not see doesn't exist for it. */
export function demandHolder({ holder, bank, recipients }: SomeHolder, actor: Actor, findings: Findings): { holder: User; bank: ReissuePolicy; recipients: Recipient[] } {
  if (!holder || !bank) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
  if (isWithinReach(actor, holder)) findings.target = holder;
  authorizeReissue(actor, holder, false);
  if (holder.deregisteredAt) throw new Refusal("ID_DEREGISTERED");
  return { holder, bank, recipients };
}

const policy = [
  "id", "daysToEnroll", "asksRegistrationPassword", "daysOldKept", "sendsCodeByMail", "mailRestHours", "holdsPowers",
  "alertBurstReissues", "alertBurstMinutes", "alertRepeatDays", "alertLifePercent",
] as const;
/** What a reissue asks of the bank's policy. */
export type ReissuePolicy = Pick<Bank, (typeof policy)[number]>;

const holderWithBank = reading({ u: User, b: only(Bank, ...policy) }, `FROM users u JOIN banks b ON b.id = u.bank_id ${ACTING} ${MASTERS} WHERE u.id = ?`, [...ACTING_COLUMNS, ...MASTER_COLUMNS]);
