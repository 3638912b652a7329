import type { Actor, Role } from "./Actor.js";
import { abilityOf, ruleActions, subjectOf, type Facts, type RuleAction, type SubjectName } from "./rulebook.js";

/** How something stands to whoever acts. */
export const relations = ["own", "a Public ID's of the contract", "the Master's of the contract", "of another contract"] as const;
export type Relation = (typeof relations)[number];

const roleNames: Record<Role, string> = { MASTER: "Master", PUBLIC: "Public ID", ENROLLEE: "Enrollee" };
const actionsOn: Record<SubjectName, readonly RuleAction[]> = {
  User: ["read"], Certificate: ruleActions, UsageRecord: ["read"], Contract: ["read"],
};

/** Every cell of the table: a role, an action on a subject, and how that stands to the actor. Null: there is no such thing. */
export function permission(role: Role, action: RuleAction, subject: SubjectName, relation: Relation): boolean | null {
  const facts = factsFor(role, subject, relation);
  return facts && abilityOf(exampleActor(role)).can(action, subjectOf(subject, facts as never));
}

export function permissionRows(): { role: Role; action: RuleAction; subject: SubjectName }[] {
  const subjects = Object.keys(actionsOn) as SubjectName[];
  return (Object.keys(roleNames) as Role[]).flatMap((role) =>
    subjects.flatMap((subject) => actionsOn[subject].map((action) => ({ role, action, subject }))));
}

/** README's table, from the rulebook itself. */
export function permissionTable(): string {
  const cell = (allowed: boolean | null) => (allowed === null ? "" : allowed ? "yes" : "no");
  const lines = permissionRows().map(({ role, action, subject }) =>
    `| ${roleNames[role]} | ${action} | ${subject} | ${relations.map((relation) => cell(permission(role, action, subject, relation))).join(" | ")} |`);
  return [`| role | may | on | ${relations.join(" | ")} |`, `|---|---|---|${"---|".repeat(relations.length)}`, ...lines].join("\n");
}

function exampleActor(role: Role): Actor {
  const origin = { requestId: "table", address: null };
  return { role, userId: "self", loginId: "self01", contractId: "here", bankId: "bank", sessionId: "session", origin };
}

function factsFor(role: Role, subject: SubjectName, relation: Relation): Partial<Facts[SubjectName]> | null {
  const isMaster = role === "MASTER";
  const holder = {
    "own": { holderId: "self", holderKind: isMaster ? "MASTER" : "PUBLIC", contractId: "here" },
    "a Public ID's of the contract": { holderId: "other", holderKind: "PUBLIC", contractId: "here" },
    "the Master's of the contract": isMaster ? null : { holderId: "master", holderKind: "MASTER", contractId: "here" },
    "of another contract": { holderId: "stranger", holderKind: "PUBLIC", contractId: "there" },
  }[relation];
  if (!holder) return null;
  const { holderId, contractId } = holder;
  switch (subject) {
    case "Certificate":
      return { ...holder, bankId: "bank" };
    case "User":
      return { userId: holderId, contractId, bankId: "bank" };
    case "UsageRecord":
    case "Contract":
      return relation === "own" || relation === "of another contract" ? { contractId, bankId: "bank" } : null;
  }
}
