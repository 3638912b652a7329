import { hash } from "node:crypto";
import { getOperationAST, Kind, OperationTypeNode, parse } from "graphql";
import { LRUCache } from "lru-cache";

/** In which line a request waits where there are more than can be served at once. */
export const lanes = ["ORDINARY", "SIGN_IN", "STOP"] as const;
export type Lane = (typeof lanes)[number];

/** By the one field that is asked for. What is lost must be stoppable, and who is in must be able to go. */
const laneOfField: ReadonlyMap<string, Lane> = new Map([
  ["signIn", "SIGN_IN"],
  ["signInOperator", "SIGN_IN"],
  ["signOut", "STOP"],
  ["revokeCertificate", "STOP"],
  ["suspendUser", "STOP"],
  ["stopContract", "STOP"],
]);

/** Whether a text may be, or hold, such a document: no other need be looked at. */
export const URGENT_NAMES = new RegExp([...laneOfField.keys()].join("|"));

const LONGEST = 4_000; // characters
const MOST_TOKENS = 300;
const known = new LRUCache<string, Lane>({ max: 1_000 });

/**
 * The lane of a document, by what it would do and not by what it calls itself: a mutation whose only root field is one of
 * those above. It is read once; one that isn't short goes with the others.
 */
export function laneOf(document: string, operationName?: string | null): Lane {
  if (document.length > LONGEST || (operationName?.length ?? 0) > LONGEST || !URGENT_NAMES.test(document)) return "ORDINARY";
  const key = hash("sha256", `${operationName ?? ""}\n${document}`); // its text may hold a password
  const seen = known.get(key);
  if (seen) return seen;
  const lane = read(document, operationName);
  known.set(key, lane);
  return lane;
}

function read(document: string, operationName: string | null | undefined): Lane {
  try {
    const operation = getOperationAST(parse(document, { noLocation: true, maxTokens: MOST_TOKENS }), operationName);
    if (operation?.operation !== OperationTypeNode.MUTATION) return "ORDINARY";
    const [field, ...others] = operation.selectionSet.selections;
    if (field?.kind !== Kind.FIELD || others.length > 0) return "ORDINARY"; // a fragment may hold anything
    return laneOfField.get(field.name.value) ?? "ORDINARY";
  } catch {
    return "ORDINARY"; // it is told so in its turn
  }
}
