import type { MongoAbility } from "@casl/ability";
import { rulesToAST } from "@casl/ability/extra";
import type { Actor, Role } from "./Actor.js";
import { abilityOn, type Facts, type RuleAction, type SubjectName } from "./rulebook.js";

export interface Where {
  sql: string;
  params: string[];
}

interface Node {
  operator: string;
  field?: string;
  value: unknown;
}

const NOTHING: Where = { sql: "1 = 0", params: [] };

/**
 * The rulebook as a WHERE: the rows on which the actor may do this, by the same rules that decide on a loaded row.
 * `columns` says where each fact of the subject stands in the statement.
 */
export function whereFor<S extends SubjectName>(actor: Actor, action: RuleAction, name: S, columns: Record<keyof Facts[S], string>): Where {
  const key = `${actor.role} ${action} ${name} ${JSON.stringify(columns)}`;
  const known = byRole.get(key) ?? whereOf(abilityOn(standInFor(actor.role), name), action, name, columns);
  byRole.set(key, known);
  return { sql: known.sql, params: known.params.map((param) => ownOrSame(actor, param)) };
}

/** What an actor's role may do is the same for all who have it: it is translated once, for one whose values only stand for the actor's. */
const byRole = new Map<string, Where>(); // as many as the house's own statements have
const own = new Map<string, "userId" | "contractId" | "bankId">([["\0userId", "userId"], ["\0contractId", "contractId"], ["\0bankId", "bankId"]]);

function standInFor(role: Role): Actor {
  return { ...Object.fromEntries([...own].map(([mark, field]) => [field, mark])), role } as unknown as Actor;
}

function ownOrSame(actor: Actor, param: string): string {
  const field = own.get(param);
  if (field === undefined) return param;
  const value: unknown = actor[field];
  if (typeof value !== "string" || value === "") throw new Error(`a rule of ${actor.role} without a value for ${field}`); // a condition on nothing must not match anything
  return value;
}

/** What this ability allows as a WHERE. */
export function whereOf<S extends SubjectName>(ability: MongoAbility, action: RuleAction, name: S, columns: Record<keyof Facts[S], string>): Where {
  const tree = rulesToAST(ability, action, name);
  return tree ? toSql(tree, columns) : NOTHING;
}

/** Knows the operators that the rulebook uses; another one throws, it never widens. */
function toSql(node: Node, columns: Record<string, string>): Where {
  if (node.operator === "and" || node.operator === "or") {
    const parts = (node.value as Node[]).map((part) => toSql(part, columns));
    if (parts.length === 0) throw new Error(`a rule of no conditions: ${node.operator}`);
    return {
      sql: `(${parts.map((part) => part.sql).join(node.operator === "and" ? " AND " : " OR ")})`,
      params: parts.flatMap((part) => part.params),
    };
  }
  const column = node.field === undefined ? undefined : columns[node.field];
  if (column === undefined) throw new Error(`no column for the fact ${node.field ?? "?"}`);
  if (node.operator !== "eq" || typeof node.value !== "string") throw new Error(`no SQL for the operator ${node.operator}`);
  return { sql: `${column} = ?`, params: [node.value] };
}
