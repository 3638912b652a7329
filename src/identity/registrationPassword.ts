import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { Refusal } from "../foundation/refusals.js";
import type { Actor } from "../policy/Actor.js";
import { whyNever } from "../policy/authorize.js";
import type { RuleAction, SubjectName } from "../policy/rulebook.js";
import { Bank } from "./Bank.js";
import { lockWhenSpent, provePassword, type Proof } from "./passwords.js";

const path = ["registrationPassword"];

type Asking = Pick<Bank, "asksRegistrationPassword">;

export type RegistrationProof = "NOT_ASKED" | "MISSING" | { proof: Proof; lock: (tx: EntityManager) => Promise<unknown> };

/**
 * Checks the registration password where the bank's policy asks for it, before the deed's transaction. Nothing is
 * checked, and no try is taken, for somebody whose role may never do this; the bank's own staff has none.
 */
export async function proveRegistrationPassword(desk: Desk, actor: Actor, action: RuleAction, on: SubjectName, password: string | null): Promise<RegistrationProof> {
  const bank = await desk.db.reads.findOneBy(Bank, { id: actor.bankId });
  if (!bank || !isAsked(bank, actor, action, on)) return "NOT_ASKED";
  if (password === null) return "MISSING";
  const tries = { id: actor.userId, triesAllowed: bank.triesAllowed };
  const proof = await provePassword(desk, tries, "REGISTRATION", password);
  return { proof, lock: (tx) => lockWhenSpent(tx, tries, "REGISTRATION", desk.clock.now()) };
}

/** The same where none was given, by a policy that was read already: there is nothing to look at beforehand. */
export function withoutPassword(bank: Asking, actor: Actor, action: RuleAction, on: SubjectName): RegistrationProof {
  return isAsked(bank, actor, action, on) ? "MISSING" : "NOT_ASKED";
}

function isAsked({ asksRegistrationPassword }: Asking, actor: Actor, action: RuleAction, on: SubjectName): boolean {
  return asksRegistrationPassword && actor.role !== "BANK_OPERATOR" && !whyNever(actor, action, on);
}

export function isProven(proven: RegistrationProof): boolean {
  return proven === "NOT_ASKED" || (proven !== "MISSING" && proven.proof === "RIGHT");
}

/** Refuses with REGISTRATION_PASSWORD_REQUIRED where it is asked for and wasn't given. */
export function demandPassword(proven: RegistrationProof): void {
  if (proven === "MISSING") throw new Refusal("REGISTRATION_PASSWORD_REQUIRED", { path });
}

/** Refuses with REGISTRATION_PASSWORD_WRONG or _LOCKED. */
export function refuseWrongPassword(proven: RegistrationProof): void {
  if (proven === "NOT_ASKED" || proven === "MISSING") return;
  if (proven.proof === "LOCKED") throw new Refusal("REGISTRATION_PASSWORD_LOCKED", { path });
  if (proven.proof === "WRONG") throw new Refusal("REGISTRATION_PASSWORD_WRONG", { path, consequence: proven.lock });
}
