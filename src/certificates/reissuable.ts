import type { EntityManager } from "typeorm";
import { only, reading } from "../foundation/database/reading.js";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { Bank } from "../identity/Bank.js";
import { actingColumns, actingFrom, type FoundAlong } from "../identity/sessions.js";
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

/** What a reissue is about. */
export interface Reissuable {
  holder: User;
  bank: ReissuePolicy;
  /** Who is to be told. */
  recipients: Recipient[];
}

/** The same, whoever it is: the holder may be one that the actor mustn't know of, or nobody. */
interface Sought extends FoundAlong {
  holder: User | null;
  bank: ReissuePolicy;
  recipients: Recipient[];
}

export async function readReissuable(tx: EntityManager, { bankId, userId: actorId }: Actor, userId: string): Promise<Sought> {
  const rows = await sought(tx, [actorId, isId(userId) ? userId : "", bankId]);
  const { u: holder = null, b: bank, more = [] } = rows[0] ?? {};
  if (!bank) throw new Error("somebody of no bank");
  return { holder, bank, acting: actingFrom(more.slice(MASTER_COLUMNS.length)), recipients: holder ? recipientsFrom(holder, rows.map((row) => row.more)) : [] };
}

/** The holder, where the actor may have its certificate reissued. What it may not see doesn't exist for it. */
export function demandReissuable({ holder, bank, recipients }: Sought, actor: Actor, findings: Findings): Reissuable {
  if (!holder) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
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

/** From the bank on, which is always there: nobody and a foreign one take the same. */
const sought = reading(
  { u: User, b: only(Bank, ...policy) },
  `FROM banks b LEFT JOIN users a ON a.id = ? LEFT JOIN contracts k ON k.id = a.contract_id LEFT JOIN users u ON u.id = ? AND u.bank_id = b.id ${MASTERS} WHERE b.id = ?`,
  [...MASTER_COLUMNS, ...actingColumns("a", "k")],
);
