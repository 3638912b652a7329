import type { ApolloServerPlugin } from "@apollo/server";
import { Kind, type DocumentNode, type OperationDefinitionNode, type SelectionSetNode } from "graphql";
import { requestScope } from "./presentable.js";
import type { RequestContext } from "./RequestContext.js";

/**
 * Notes which operation a request is, once its document is known to be valid. First of the plugins: those after it may refuse
 * the request, and it is to be known which one was refused.
 */
export const notesPlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () => Promise.resolve({
    didResolveOperation: ({ document, operation }) => {
      if (operation) noteOperation(document, operation);
      return Promise.resolve();
    },
  }),
};

/** For whoever resolves operations without Apollo. */
export function noteOperation(document: DocumentNode, operation: OperationDefinitionNode): void {
  const notes = requestScope.getStore()?.notes;
  if (!notes) return;
  notes.type = operation.operation;
  notes.operation = operationName(document, operation);
}

const names = new WeakMap<OperationDefinitionNode, string>();

/**
 * The root field that it asks for: a name of the schema, never one that a client invents. With several `several`, of introspection
 * alone `introspection`.
 */
export function operationName(document: DocumentNode, operation: OperationDefinitionNode): string {
  const known = names.get(operation);
  if (known !== undefined) return known;
  const fields = rootFields(document, operation.selectionSet);
  const own = [...fields].filter((name) => !name.startsWith("__"));
  const name = own.length > 1 ? "several" : (own[0] ?? "introspection");
  names.set(operation, name);
  return name;
}

function rootFields({ definitions }: DocumentNode, root: SelectionSetNode): Set<string> {
  const found = new Set<string>();
  const unread = [root];
  const seen = new Set<SelectionSetNode>();
  for (let set = unread.pop(); set; set = unread.pop()) {
    if (seen.has(set)) continue;
    seen.add(set);
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) found.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) unread.push(selection.selectionSet);
      else unread.push(...definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === selection.name.value ? [one.selectionSet] : [])));
    }
  }
  return found;
}
