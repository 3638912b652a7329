import {
  GraphQLError, Kind, OperationTypeNode, type DocumentNode, type FragmentDefinitionNode, type GraphQLSchema, type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { fieldExtensionsEstimator, getComplexity, simpleEstimator } from "graphql-query-complexity/cjs"; // its ES module would bring a second graphql along

export const MOST_TOKENS = 2_000;
const DEEPEST = 12;
const DEAREST = 5_000; // fields; a page of 100 users with their certificates costs some 2,000

/** Refuses an operation that asks for too much, before anything of it is run. Each limit has its code and its figure. */
export function checkLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): void {
  const fragments = new Map(document.definitions.filter(isFragment).map((fragment) => [fragment.name.value, fragment]));

  const depth = depthOf(operation.selectionSet, fragments);
  if (depth > DEEPEST) throw tooMuch("TOO_DEEP", `the operation is ${String(depth)} levels deep; at most ${String(DEEPEST)} are allowed`);

  // Two deeds in one request could not be told apart by a retry, and a hundred sign-ins would count as one.
  if (operation.operation === OperationTypeNode.MUTATION && rootFields(operation.selectionSet, fragments) > 1) {
    throw tooMuch("TOO_MANY_MUTATIONS", "one mutation a request");
  }

  const estimators = [fieldExtensionsEstimator(), simpleEstimator({ defaultComplexity: 1 })];
  const cost = getComplexity({ schema, query: document, operationName: operation.name?.value, variables, estimators });
  if (cost > DEAREST) throw tooMuch("TOO_COMPLEX", `the operation costs ${String(cost)}; at most ${String(DEAREST)} is allowed`);
}

type Fragments = Map<string, FragmentDefinitionNode>;

/** Levels of fields. Introspection has its own depth and is no load; cycles of fragments were refused by validation. */
function depthOf({ selections }: SelectionSetNode, fragments: Fragments): number {
  const depths = selections.map((selection) => {
    switch (selection.kind) {
      case Kind.FIELD:
        if (selection.name.value.startsWith("__")) return 0;
        return 1 + (selection.selectionSet ? depthOf(selection.selectionSet, fragments) : 0);
      case Kind.INLINE_FRAGMENT:
        return depthOf(selection.selectionSet, fragments);
      case Kind.FRAGMENT_SPREAD:
        return spread(selection.name.value, fragments, (set) => depthOf(set, fragments));
    }
  });
  return Math.max(0, ...depths);
}

function rootFields({ selections }: SelectionSetNode, fragments: Fragments): number {
  return selections.reduce((sum, selection) => {
    switch (selection.kind) {
      case Kind.FIELD:
        return sum + 1;
      case Kind.INLINE_FRAGMENT:
        return sum + rootFields(selection.selectionSet, fragments);
      case Kind.FRAGMENT_SPREAD:
        return sum + spread(selection.name.value, fragments, (set) => rootFields(set, fragments));
    }
  }, 0);
}

function spread(name: string, fragments: Fragments, measure: (set: SelectionSetNode) => number): number {
  const fragment = fragments.get(name);
  return fragment ? measure(fragment.selectionSet) : 0;
}

function isFragment(definition: DocumentNode["definitions"][number]): definition is FragmentDefinitionNode {
  return definition.kind === Kind.FRAGMENT_DEFINITION;
}

function tooMuch(code: "TOO_DEEP" | "TOO_COMPLEX" | "TOO_MANY_MUTATIONS", message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status: 400 } } });
}
