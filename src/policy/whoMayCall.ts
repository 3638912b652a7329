import { roles, type Role } from "./Actor.js";
import type { Deed, Needs, Ruled } from "./deeds.js";
import { permission, relations, type Permission, type Relation } from "./permissionTable.js";
import type { SubjectName } from "./rulebook.js";

type Permissions = typeof permission;

/** Who may do this, in a sentence for the contract. `may` is the rulebook, or what is to be said of another one. */
export function whoMayDo({ needs, asksFor }: Pick<Deed, "needs" | "asksFor">, may: Permissions = permission): string {
  if (typeof needs === "string") return sentence(everybody[needs]);
  if (asksFor) return sentence(listed(asksFor, may, ["by two"], (who, whose) => `${who} (on ${whose}), for a colleague to approve`));
  return sentence(listed(needs, may, ["yes", "by two"], (who, whose, how) => `${who}${how === "by two" ? ", by two" : ""} (on ${whose})`));
}

/** Who is shown something by this. Nobody is refused a question for its role: the answer is empty. */
export function whoIsShown(needs: Needs, may: Permissions = permission): string {
  if (typeof needs === "string") return sentence(everybody[needs]);
  return `${sentence(everybody.SESSION)} Shown to: ${listed(needs, may, ["yes", "by two"], (who, whose) => `${who} (${whose})`)}.`;
}

const everybody = { NOTHING: "anyone", SESSION: "whoever is signed in" };

const callers: Record<Role, string> = {
  MASTER: "a Master", PUBLIC: "a Public ID", ENROLLEE: "an Enrollee", PASSWORD_CHANGER: "a Password changer", BANK_OPERATOR: "the bank's staff",
};

function sentence(who: string): string {
  return `May be called by: ${who}.`;
}

type Wording = (who: string, whose: string, how: Permission) => string;

function listed({ rule, on }: Ruled, may: Permissions, allowing: readonly Permission[], worded: Wording): string {
  const parts = roles.flatMap((role) => allowing.flatMap((how) => {
    const whose = relations.filter((relation) => may(role, rule, on, relation) === how).map((relation) => inWords(role, on, relation));
    return whose.length === 0 ? [] : [worded(callers[role], whose.join(", "), how)];
  }));
  return parts.length === 0 ? "nobody" : parts.join("; ");
}

const ids: Partial<Record<Relation, string>> = { "own": "itself", "a Public ID's": "a Public ID", "the Master's": "the Master" };
const owners: Partial<Record<SubjectName, string>> = {
  Company: "its contract's", UsageRecord: "its contract's", Alert: "its contract's", Notice: "its bank's", Bank: "its bank's",
};

/** A relation as one reads it in a sentence about this role and subject. */
function inWords(role: Role, on: SubjectName, relation: Relation): string {
  if (on === "User" && ids[relation]) return ids[relation];
  switch (relation) {
    case "own":
      return owners[on] ?? "its own";
    case "of another contract": // every contract of its bank is another's to the bank's staff
      return role === "BANK_OPERATOR" ? "its bank's" : "another contract's";
    case "of another bank":
      return "another bank's";
    case "a Public ID's":
    case "the Master's":
    case "a colleague's":
      return relation;
  }
}
