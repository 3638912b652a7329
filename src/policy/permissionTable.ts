import type { Actor, Role } from "./Actor.js";
import { abilityOf, needsTwoOperators, subjectOf, type Facts, type RuleAction, type SubjectName } from "./rulebook.js";

/**
 * How something stands to whoever acts. For the bank's staff every contract of its bank is another's, and an ID of any of
 * them a Public ID's or the Master's.
 */
export const relations = ["own", "a Public ID's", "the Master's", "a colleague's", "of another contract", "of another bank"] as const;
export type Relation = (typeof relations)[number];
export type Permission = "yes" | "no" | "by two";

const roleNames: Record<Role, string> = {
  MASTER: "Master", PUBLIC: "Public ID", ENROLLEE: "Enrollee", PASSWORD_CHANGER: "Password changer", BANK_OPERATOR: "Bank operator",
};

/** What there is to do on each subject. */
export const actionsOn: Record<SubjectName, readonly RuleAction[]> = {
  User: ["read", "register", "update", "deregister", "suspend", "unlock", "restorePowers", "changePasswords"],
  Certificate: ["read", "reissue", "revoke", "enroll", "renew"],
  Contract: ["read", "stop", "start", "editCalendar"],
  Company: ["read"],
  CompanySelection: ["read"],
  UsageRecord: ["read"],
  Alert: ["read", "acknowledge"],
  Notice: ["read", "resend"],
  Bank: ["read", "editCalendar"],
  ApprovalRequest: ["read", "decide", "withdraw"],
};

/** Every cell of the table: a role, an action on a subject, and how that stands to the actor. Null: there is no such thing. */
export function permission(role: Role, action: RuleAction, subject: SubjectName, relation: Relation): Permission | null {
  const facts = factsFor(role, subject, relation);
  if (!facts) return null;
  if (!abilityOf(exampleActor(role)).can(action, subjectOf(subject, facts as never))) return "no";
  return needsTwoOperators(role, action, subject) ? "by two" : "yes";
}

export function permissionRows(): { role: Role; action: RuleAction; subject: SubjectName }[] {
  const subjects = Object.keys(actionsOn) as SubjectName[];
  return (Object.keys(roleNames) as Role[]).flatMap((role) =>
    subjects.flatMap((subject) => actionsOn[subject].map((action) => ({ role, action, subject }))));
}

/** README's table, from the rulebook itself. */
export function permissionTable(): string {
  const lines = permissionRows().map(({ role, action, subject }) =>
    `| ${roleNames[role]} | ${action} | ${subject} | ${relations.map((relation) => permission(role, action, subject, relation) ?? "").join(" | ")} |`);
  return [`| role | may | on | ${relations.join(" | ")} |`, `|---|---|---|${"---|".repeat(relations.length)}`, ...lines].join("\n");
}

const here = { contractId: "here", bankId: "bank" };
const there = { contractId: "there", bankId: "bank" };
const away = { contractId: "away", bankId: "another bank" };

function exampleActor(role: Role): Actor {
  const somebody = { userId: "self", loginId: "self01", bankId: here.bankId, sessionId: "session", origin: { requestId: "table", address: null } };
  return role === "BANK_OPERATOR" ? { role, ...somebody, contractId: null } : { role, ...somebody, contractId: here.contractId };
}

function factsFor(role: Role, subject: SubjectName, relation: Relation): Facts[SubjectName] | null {
  switch (subject) {
    case "User": {
      const holder = holderFor(role, relation);
      return holder && { userId: holder.id, userKind: holder.kind, contractId: holder.contractId, bankId: holder.bankId };
    }
    case "CompanySelection": {
      const holder = holderFor(role, relation);
      return holder && { userId: holder.id, contractId: holder.contractId, bankId: holder.bankId };
    }
    case "Certificate": {
      const holder = holderFor(role, relation);
      return holder && { holderId: holder.id, holderKind: holder.kind, contractId: holder.contractId, bankId: holder.bankId };
    }
    case "Contract":
    case "Company":
    case "UsageRecord":
    case "Alert":
      return contractFor(role, relation);
    case "Bank":
    case "Notice":
      if (relation === "own") return { bankId: here.bankId };
      return relation === "of another bank" ? { bankId: away.bankId } : null;
    case "ApprovalRequest":
      return requestFor(role, relation);
  }
}

interface Holder {
  id: string;
  kind: "MASTER" | "PUBLIC";
  contractId: string;
  bankId: string;
}

function holderFor(role: Role, relation: Relation): Holder | null {
  switch (relation) {
    case "own":
      return role === "BANK_OPERATOR" ? null : { id: "self", kind: role === "MASTER" ? "MASTER" : "PUBLIC", ...here };
    case "a Public ID's":
      return { id: "other", kind: "PUBLIC", ...here };
    case "the Master's":
      return role === "MASTER" ? null : { id: "master", kind: "MASTER", ...here };
    case "a colleague's":
      return null;
    case "of another contract":
      return role === "BANK_OPERATOR" ? null : { id: "stranger", kind: "PUBLIC", ...there };
    case "of another bank":
      return { id: "foreigner", kind: "PUBLIC", ...away };
  }
}

function contractFor(role: Role, relation: Relation): Facts["Contract"] | null {
  if (relation === "own") return role === "BANK_OPERATOR" ? null : here;
  if (relation === "of another contract") return there;
  return relation === "of another bank" ? away : null;
}

/** An operator's own is what it requested itself; a customer's, what is requested about its contract. */
function requestFor(role: Role, relation: Relation): Facts["ApprovalRequest"] | null {
  const isOperator = role === "BANK_OPERATOR";
  switch (relation) {
    case "own":
      return { bankId: here.bankId, requester: isOperator ? "SELF" : "COLLEAGUE" };
    case "a Public ID's":
    case "the Master's":
      return null;
    case "a colleague's":
      return isOperator ? { bankId: here.bankId, requester: "COLLEAGUE" } : null;
    case "of another contract":
      return isOperator ? null : { bankId: here.bankId, requester: "COLLEAGUE" };
    case "of another bank":
      return { bankId: away.bankId, requester: "COLLEAGUE" };
  }
}
