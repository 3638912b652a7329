import { Refusal, type RefusalCode } from "../foundation/refusals.js";
import type { Actor } from "./Actor.js";
import { abilityOf, mayEver, subjectOf, type Facts, type RuleAction, type SubjectName } from "./rulebook.js";

/**
 * Why the rulebook refuses, or nothing when it allows. A role that may never do it is told so before anything is said
 * about the target; what the actor may not read doesn't exist.
 */
export function whyNot<S extends SubjectName>(actor: Actor, action: RuleAction, name: S, facts: Facts[S]): RefusalCode | undefined {
  const ability = abilityOf(actor);
  const roleRefusal = whyNever(actor, action, name);
  if (roleRefusal) return roleRefusal;

  const target = subjectOf(name, facts);
  if (ability.can(action, target)) return undefined;
  // Readable and yet not to be reissued or revoked: a Master's.
  return action !== "enroll" && ability.can("read", target) ? "OWN_CERTIFICATE" : "NOT_FOUND";
}

/** Why this role may do it to nothing at all; decided without a target, so that it tells nothing about one. */
export function whyNever(actor: Actor, action: RuleAction, name: SubjectName): RefusalCode | undefined {
  if (mayEver(abilityOf(actor), action, name)) return undefined;
  return actor.role === "ENROLLEE" ? "CERTIFICATE_REQUIRED" : "MASTER_ONLY";
}

/** Lets the actor go on, or refuses with the code that `whyNot` gives. */
export function authorize<S extends SubjectName>(actor: Actor, action: RuleAction, name: S, facts: Facts[S]): void {
  const code = whyNot(actor, action, name, facts);
  if (code) throw new Refusal(code);
}

/** `authorize` for what needs no target yet. */
export function authorizeRole(actor: Actor, action: RuleAction, name: SubjectName): void {
  const code = whyNever(actor, action, name);
  if (code) throw new Refusal(code);
}
