import { rulesToAST } from "@casl/ability/extra";
import type { Actor } from "./Actor.js";
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
  const tree = rulesToAST(abilityOn(actor, name), action, name);
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
