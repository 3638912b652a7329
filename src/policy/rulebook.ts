import { createMongoAbility, subject as caslSubject, type MongoAbility } from "@casl/ability";
import type { Actor, Role } from "./Actor.js";

export const ruleActions = ["read", "reissue", "revoke", "enroll"] as const;
export type RuleAction = (typeof ruleActions)[number];

/** What a rule may ask about. Each is stated in full whenever somebody is authorized. */
export interface Facts {
  Contract: { contractId: string; bankId: string };
  User: { userId: string; contractId: string; bankId: string };
  Certificate: { holderId: string; holderKind: "MASTER" | "PUBLIC"; contractId: string; bankId: string };
  UsageRecord: { contractId: string; bankId: string };
}
export type SubjectName = keyof Facts;

export const factsOf: { readonly [S in SubjectName]: readonly (keyof Facts[S] & string)[] } = {
  Contract: ["contractId", "bankId"],
  User: ["userId", "contractId", "bankId"],
  Certificate: ["holderId", "holderKind", "contractId", "bankId"],
  UsageRecord: ["contractId", "bankId"],
};

type Allow = <S extends SubjectName>(actions: RuleAction | RuleAction[], subject: S, conditions: Partial<Facts[S]>) => void;

// What isn't written here is refused. Only "allow", so order never matters.
const rulesFor: Record<Role, (actor: Actor, allow: Allow) => void> = {
  MASTER({ userId, contractId, bankId }, allow) {
    allow("read", "Contract", { contractId, bankId });
    allow("read", "User", { contractId, bankId });
    allow("read", "Certificate", { contractId, bankId });
    allow(["reissue", "revoke"], "Certificate", { contractId, bankId, holderKind: "PUBLIC" }); // never a Master's, so never its own
    allow("enroll", "Certificate", { holderId: userId });
    allow("read", "UsageRecord", { contractId, bankId });
  },
  PUBLIC({ userId, contractId, bankId }, allow) {
    allow("read", "Contract", { contractId, bankId });
    allow("read", "User", { userId });
    allow(["read", "enroll"], "Certificate", { holderId: userId });
  },
  ENROLLEE({ userId, contractId, bankId }, allow) {
    allow("read", "Contract", { contractId, bankId });
    allow("read", "User", { userId });
    allow(["read", "enroll"], "Certificate", { holderId: userId });
  },
};

const abilities = new WeakMap<Actor, MongoAbility>();

/** What this actor may do. An actor is made for one request; its ability is made once and goes with it. */
export function abilityOf(actor: Actor): MongoAbility {
  const known = abilities.get(actor) ?? newAbility(actor);
  abilities.set(actor, known);
  return known;
}

function newAbility(actor: Actor): MongoAbility {
  const rules: { action: RuleAction | RuleAction[]; subject: SubjectName; conditions: object }[] = [];
  rulesFor[actor.role](actor, (action, subject, conditions) => {
    // An undefined condition would match every row that lacks the field (CASL fails open there).
    for (const [fact, value] of Object.entries(conditions)) {
      if (typeof value !== "string" || value === "") throw new Error(`rule on ${subject} without a value for ${fact}`);
    }
    rules.push({ action, subject, conditions });
  });
  return createMongoAbility(rules as never);
}

/** A subject that CASL can be asked about: every fact present and a string, or it throws. */
export function subjectOf<S extends SubjectName>(name: S, facts: Facts[S]) {
  const stated: Record<string, string> = {};
  for (const fact of factsOf[name]) {
    const value: unknown = facts[fact];
    if (typeof value !== "string" || value === "") throw new Error(`${name} without ${fact} can't be authorized`);
    stated[fact] = value;
  }
  return caslSubject(name, stated);
}

/** True when some rule lets this role do it to something; says nothing about any one thing. */
export function mayEver(ability: MongoAbility, action: RuleAction, name: SubjectName): boolean {
  return ability.rulesFor(action, name).length > 0;
}
