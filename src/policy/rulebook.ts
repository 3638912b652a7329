import { createMongoAbility, subject as caslSubject, type MongoAbility } from "@casl/ability";
import type { Actor, Customer, Operator, Role } from "./Actor.js";

export const ruleActions = [
  "read", "reissue", "revoke", "enroll", "renew", "register", "update", "deregister", "suspend", "unlock", "restorePowers", "changePasswords", "stop", "start",
  "editCalendar", "decide", "withdraw", "acknowledge", "resend",
] as const;
export type RuleAction = (typeof ruleActions)[number];

/** What a rule may ask about. Each is stated in full whenever somebody is authorized. */
export interface Facts {
  Bank: { bankId: string };
  Contract: { contractId: string; bankId: string };
  Company: { contractId: string; bankId: string };
  /** 利用企業: which companies somebody may act for. */
  CompanySelection: { userId: string; contractId: string; bankId: string };
  User: { userId: string; userKind: "MASTER" | "PUBLIC"; contractId: string; bankId: string };
  Certificate: { holderId: string; holderKind: "MASTER" | "PUBLIC"; contractId: string; bankId: string };
  UsageRecord: { contractId: string; bankId: string };
  /** Something that Master and bank should look at. */
  Alert: { contractId: string; bankId: string };
  /** A mail that is to be sent, or was. */
  Notice: { bankId: string };
  /** What one operator asks another to approve; the requester as seen by whoever acts. */
  ApprovalRequest: { bankId: string; requester: "SELF" | "COLLEAGUE" };
}
export type SubjectName = keyof Facts;

export const factsOf: { readonly [S in SubjectName]: readonly (keyof Facts[S] & string)[] } = {
  Bank: ["bankId"],
  Contract: ["contractId", "bankId"],
  Company: ["contractId", "bankId"],
  CompanySelection: ["userId", "contractId", "bankId"],
  User: ["userId", "userKind", "contractId", "bankId"],
  Certificate: ["holderId", "holderKind", "contractId", "bankId"],
  UsageRecord: ["contractId", "bankId"],
  Alert: ["contractId", "bankId"],
  Notice: ["bankId"],
  ApprovalRequest: ["bankId", "requester"],
};

type Allow = <S extends SubjectName>(actions: RuleAction | RuleAction[], subject: S, conditions: Partial<Facts[S]>) => void;
type ActorAs<R extends Role> = R extends "BANK_OPERATOR" ? Operator : Customer;

// What isn't written here is refused. Only "allow", so order never matters.
const rulesFor: { readonly [R in Role]: (actor: ActorAs<R>, allow: Allow) => void } = {
  MASTER({ userId, contractId, bankId }, allow) {
    allow(["read", "stop", "editCalendar"], "Contract", { contractId, bankId });
    allow("read", "Company", { contractId, bankId });
    allow("read", "CompanySelection", { contractId, bankId });
    allow(["read", "update"], "User", { contractId, bankId });
    allow(["register", "deregister", "suspend", "unlock", "restorePowers"], "User", { contractId, bankId, userKind: "PUBLIC" }); // its own lock is the bank's
    allow("changePasswords", "User", { userId });
    allow("read", "Certificate", { contractId, bankId });
    allow(["reissue", "revoke"], "Certificate", { contractId, bankId, holderKind: "PUBLIC" }); // never a Master's, so never its own
    allow(["enroll", "renew"], "Certificate", { holderId: userId });
    allow("read", "UsageRecord", { contractId, bankId });
    allow(["read", "acknowledge"], "Alert", { contractId, bankId });
  },
  PUBLIC({ userId, contractId, bankId }, allow) {
    allow("read", "Contract", { contractId, bankId });
    allow("read", "CompanySelection", { userId }); // and by it the companies, with their accounts
    allow(["read", "changePasswords"], "User", { userId });
    allow(["read", "enroll", "renew"], "Certificate", { holderId: userId });
  },
  ENROLLEE({ userId, contractId, bankId }, allow) {
    allow("read", "Contract", { contractId, bankId });
    allow("read", "User", { userId }); // a password alone changes no password
    allow(["read", "enroll"], "Certificate", { holderId: userId });
  },
  PASSWORD_CHANGER({ userId, contractId, bankId }, allow) {
    allow("read", "Contract", { contractId, bankId });
    allow(["read", "changePasswords"], "User", { userId });
    allow("read", "Certificate", { holderId: userId });
  },
  BANK_OPERATOR({ bankId }, allow) {
    allow(["read", "editCalendar"], "Bank", { bankId });
    allow(["read", "start"], "Contract", { bankId });
    allow("read", "Company", { bankId });
    allow("read", "CompanySelection", { bankId });
    allow("read", "User", { bankId });
    allow("unlock", "User", { bankId, userKind: "MASTER" });
    allow(["read", "revoke"], "Certificate", { bankId }); // a lost one is stopped on the telephone
    allow("reissue", "Certificate", { bankId, holderKind: "MASTER" }); // the customer contacted the bank
    allow("read", "UsageRecord", { bankId });
    allow(["read", "acknowledge"], "Alert", { bankId });
    allow(["read", "resend"], "Notice", { bankId });
    allow("read", "ApprovalRequest", { bankId });
    allow("decide", "ApprovalRequest", { bankId, requester: "COLLEAGUE" }); // never the same person
    allow("withdraw", "ApprovalRequest", { bankId, requester: "SELF" });
  },
};

/** What the bank's staff does by two: one operator requests it, another of the same bank approves it. */
const byTwoOperators: readonly (readonly [RuleAction, SubjectName])[] = [["reissue", "Certificate"], ["unlock", "User"], ["start", "Contract"]];

export function needsTwoOperators(role: Role, action: RuleAction, name: SubjectName): boolean {
  return role === "BANK_OPERATOR" && byTwoOperators.some(([what, on]) => what === action && on === name);
}

const abilities = new WeakMap<Actor, MongoAbility>();

/** What this actor may do. An actor is made for one request; its ability is made once and goes with it. */
export function abilityOf(actor: Actor): MongoAbility {
  let known = abilities.get(actor);
  if (!known) abilities.set(actor, (known = newAbility(actor)));
  return known;
}

const abilitiesOn = new WeakMap<Actor, Partial<Record<SubjectName, MongoAbility>>>();

/** The same for one kind of subject: most requests ask about one, and the rules on the others decide nothing there. */
export function abilityOn(actor: Actor, name: SubjectName): MongoAbility {
  let known = abilitiesOn.get(actor);
  if (!known) abilitiesOn.set(actor, (known = {}));
  return (known[name] ??= newAbility(actor, name));
}

function newAbility(actor: Actor, only?: SubjectName): MongoAbility {
  const rules: { action: RuleAction | RuleAction[]; subject: SubjectName; conditions: object }[] = [];
  const state = rulesFor[actor.role] as (actor: Actor, allow: Allow) => void;
  state(actor, (action, subject, conditions) => {
    if (only !== undefined && subject !== only) return;
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
