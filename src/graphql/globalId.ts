import { isId } from "../foundation/ids.js";

/** Ids to clients: opaque, and yet readable in a log. */
export const kinds = { User: "usr", Certificate: "cert", Contract: "ctr", Company: "cmp", UsageRecord: "use", BankOperator: "opr", ApprovalRequest: "req", Alert: "alr", Notice: "ntc" } as const;
export type NodeKind = keyof typeof kinds;

export function globalId(kind: NodeKind, id: string): string {
  return `${kinds[kind]}_${id}`;
}

/** The id inside, or the empty string, which names nothing: a malformed id is one that doesn't exist. */
export function idOf(kind: NodeKind, text: string): string {
  const prefix = `${kinds[kind]}_`;
  const id = text.startsWith(prefix) ? text.slice(prefix.length) : "";
  return isId(id) ? id : "";
}

export function kindOf(text: string): NodeKind | undefined {
  return (Object.keys(kinds) as NodeKind[]).find((kind) => idOf(kind, text) !== "");
}
