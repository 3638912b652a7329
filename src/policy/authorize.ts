import { Refusal, type RefusalCode } from "../foundation/refusals.js";
import type { Actor } from "./Actor.js";
import { abilityOn, mayEver, needsTwoOperators, subjectOf, type Facts, type RuleAction, type SubjectName } from "./rulebook.js";

/**
 * Why the rulebook refuses, or nothing when it allows. A role that may never do it is told so before anything is said
 * about the target; what the actor may not read doesn't exist. What takes two operators is refused to one
 * (APPROVAL_REQUIRED).
 */
export function whyNot<S extends SubjectName>(actor: Actor, action: RuleAction, name: S, facts: Facts[S]): RefusalCode | undefined {
  return whyNotEvenByTwo(actor, action, name, facts) ?? (needsTwoOperators(actor.role, action, name) ? "APPROVAL_REQUIRED" : undefined);
}

/** `whyNot` for an operator that requests or approves what takes two. */
function whyNotEvenByTwo<S extends SubjectName>(actor: Actor, action: RuleAction, name: S, facts: Facts[S]): RefusalCode | undefined {
  const ability = abilityOn(actor, name);
  const roleRefusal = whyNever(actor, action, name);
  if (roleRefusal) return roleRefusal;

  const target = subjectOf(name, facts);
  if (ability.can(action, target)) return undefined;
  return ability.can("read", target) ? whyNotReadable(actor, action, name) : "NOT_FOUND";
}

/** Why this role may do it to nothing at all; decided without a target, so that it tells nothing about one. */
export function whyNever(actor: Actor, action: RuleAction, name: SubjectName): RefusalCode | undefined {
  if (mayEver(abilityOn(actor, name), action, name)) return undefined;
  const isBanks = name === "Bank" || name === "ApprovalRequest" || name === "Notice" || action === "start";
  const isHolders = action === "enroll" || action === "renew" || action === "changePasswords";
  switch (actor.role) {
    case "ENROLLEE":
      return "CERTIFICATE_REQUIRED";
    case "PASSWORD_CHANGER":
      return "PASSWORD_CHANGE_REQUIRED";
    case "MASTER":
    case "PUBLIC":
      return isBanks ? "BANK_ONLY" : "MASTER_ONLY";
    case "BANK_OPERATOR":
      return isHolders ? "HOLDER_ONLY" : "MASTER_ONLY";
  }
}

/** The actor sees it, and its role may do this to others, but not to this one. */
function whyNotReadable(actor: Actor, action: RuleAction, name: SubjectName): RefusalCode {
  if (name === "ApprovalRequest") return action === "withdraw" ? "REQUESTER_ONLY" : "SAME_OPERATOR";
  if (action === "enroll" || action === "renew" || action === "changePasswords") return "NOT_FOUND"; // only ever asked of one's own
  if (actor.role === "BANK_OPERATOR") return "MASTER_ONLY"; // a Public ID's is its Master's to do
  if (name === "Certificate") return "OWN_CERTIFICATE";
  return name === "User" ? "OWN_ID" : "NOT_FOUND";
}

/** Lets the actor go on, or refuses with the code that `whyNot` gives. */
export function authorize<S extends SubjectName>(actor: Actor, action: RuleAction, name: S, facts: Facts[S]): void {
  const code = whyNot(actor, action, name, facts);
  if (code) throw new Refusal(code);
}

/** `authorize` for an operator that requests what takes two, or approves what another requested. Nobody else goes that way. */
export function authorizeByTwo<S extends SubjectName>(actor: Actor, action: RuleAction, name: S, facts: Facts[S]): void {
  const code = whyNotEvenByTwo(actor, action, name, facts) ?? whyNever(actor, "decide", "ApprovalRequest");
  if (code) throw new Refusal(code);
}

/** `authorize` for what needs no target yet. */
export function authorizeRole(actor: Actor, action: RuleAction, name: SubjectName): void {
  const code = whyNever(actor, action, name);
  if (code) throw new Refusal(code);
}
