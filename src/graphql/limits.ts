import type { ApolloServerPlugin } from "@apollo/server";
import {
  getVariableValues, GraphQLError, Kind, OperationTypeNode, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode,
  type SelectionSetNode, type VariableDefinitionNode,
} from "graphql";
import { fieldExtensionsEstimator, getComplexity, simpleEstimator } from "graphql-query-complexity/cjs"; // its ES module would bring a second graphql along
import { LRUCache } from "lru-cache";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import { MOST, MOST_ERRORS } from "./limitTable.js";
import { refuseLongNames } from "./longNames.js";
import { asGraphqlError } from "./presentable.js";
import type { RequestContext } from "./RequestContext.js";

const MOST_NODES = 10_000; // fields and fragments, as often as they are spread

/** Refuses an operation that asks for too much, before anything of it is run; says in every answer what it cost. */
export const limitsPlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () => {
    let cost: number | undefined;
    return Promise.resolve({
      didResolveOperation: ({ schema, document, operation, request }) => {
        cost = operation && measuredWithinLimits(schema, document, operation, request.variables ?? {})?.cost;
        return Promise.resolve();
      },
      willSendResponse: ({ response: { body } }) => {
        if (cost !== undefined && body.kind === "single") body.singleResult.extensions = { ...body.singleResult.extensions, ...saying(cost) };
        return Promise.resolve();
      },
    });
  },
};

/** As an answer's extensions say what it cost. */
export function saying(cost: number): { cost: { requested: number; limit: number } } {
  return { cost: { requested: cost, limit: MOST.TOO_COMPLEX } };
}

export interface Measured {
  /** In fields, list sizes counted. */
  cost: number;
  /** Its variables, as graphql-js coerces them. Others get the same: nobody changes them. */
  coerced: Readonly<Record<string, unknown>>;
}

/** Undefined where its variables don't fit. Each limit has its code and its figure. */
export function measuredWithinLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): Measured | undefined {
  const { depth, roots, known } = shapeOf(document, operation);
  refuseBeyond("TOO_DEEP", depth);

  // Two deeds in one request could not be told apart by a retry, and a hundred sign-ins would count as one.
  refuseBeyond(operation.operation === OperationTypeNode.MUTATION ? "TOO_MANY_MUTATIONS" : "TOO_MANY_ROOT_FIELDS", roots);

  const definitions = operation.variableDefinitions ?? [];
  refuseLongNames(schema, definitions, variables);
  const key = operation.operation === OperationTypeNode.MUTATION ? undefined : keyOf(definitions, variables); // passwords are in those, and they don't come again
  const before = key === undefined ? undefined : known.get(key);
  if (before) return before; // within the limit: it was kept because it was
  const found = measuredByVariables(schema, document, operation, variables);
  if (found && key !== undefined && keyOf(definitions, found.coerced) !== undefined) known.set(key, found); // a default may be as long as the document
  return found;
}

/** The same for the same values of what the operation declares; undefined for what is long, or nested beyond all measure. */
function keyOf(definitions: readonly VariableDefinitionNode[], variables: Readonly<Record<string, unknown>>): string | undefined {
  try {
    let key = "";
    for (const { variable: { name } } of definitions) key += `${textOf(variables[name.value])}\0`; // which JSON has nowhere
    return key.length < LONGEST_KEY ? key : undefined;
  } catch {
    return undefined;
  }
}

/** As JSON; nothing for undefined. */
function textOf(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return text?.includes("null") ? JSON.stringify(value, throwAtInfinity) : (text ?? "");
}

/** 1e999 would be written as null is: nothing that has it is kept. */
function throwAtInfinity(_name: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("JSON can't tell it from null");
  return value;
}

/** Variables that don't fit have no cost: the execution refuses them (BAD_USER_INPUT) before anything is run. */
function measuredByVariables(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Record<string, unknown>): Measured | undefined {
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: MOST_ERRORS });
  // Of a million that don't fit it would look at each, and that it gave up counts as a fault with Apollo.
  if (errors && errors.length > MOST_ERRORS) throw badInput(errors[0]?.message ?? "");
  if (!coerced) return undefined;
  const cost = costOf(schema, document, operation, variables);
  refuseBeyond("TOO_COMPLEX", cost);
  return { cost, coerced };
}

interface Shape {
  depth: number;
  roots: number;
  /** By the variables. */
  known: LRUCache<string, Measured>;
}

const MOST_KEPT = 20; // of a document; screens ask for the same again and again
const LONGEST_KEY = 200;
const shapes = new WeakMap<OperationDefinitionNode, Shape>(); // a good document is kept by the executor, and measured once

function shapeOf(document: DocumentNode, operation: OperationDefinitionNode): Shape {
  const known = shapes.get(operation);
  if (known) return known;
  const shape = { depth: measured(document, operation, depthOf), roots: measured(document, operation, rootFields), known: new LRUCache<string, Measured>({ max: MOST_KEPT }) };
  shapes.set(operation, shape);
  return shape;
}

function costOf(schema: GraphQLSchema, query: DocumentNode, { name }: OperationDefinitionNode, variables: Record<string, unknown>): number {
  const estimators = [fieldExtensionsEstimator(), simpleEstimator({ defaultComplexity: 1 })];
  try {
    return getComplexity({ schema, query, operationName: name?.value, variables, estimators, maxQueryNodes: MOST_NODES });
  } catch (error) {
    if (!(error instanceof GraphQLError) || error.originalError instanceof RequestRefusal) throw error;
    // Its own limit of nodes (fragments that spread each other), or a value that doesn't fit where it stands.
    if (error.message.includes("maximum allowed number of nodes")) refuseBeyond("TOO_COMPLEX", MOST_NODES);
    throw badInput(error.message);
  }
}

function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT", http: { status: 400 } } });
}

type OfFragment = (name: string) => number;

/** Measures each fragment once: thirty of which each spreads the next one twice would else be a thousand million. */
function measured(
  { definitions }: DocumentNode,
  { selectionSet }: OperationDefinitionNode,
  measure: (set: SelectionSetNode, ofFragment: OfFragment) => number,
): number {
  const sets = new Map(definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one.selectionSet]));
  const known = new Map<string, number>();
  const ofFragment = (name: string): number => {
    const set = sets.get(name);
    const measurement = known.get(name) ?? (set ? measure(set, ofFragment) : 0);
    known.set(name, measurement);
    return measurement;
  };
  return measure(selectionSet, ofFragment);
}

/** Levels of fields. Introspection has its own depth and is no load; cycles of fragments were refused by validation. */
function depthOf({ selections }: SelectionSetNode, ofFragment: OfFragment): number {
  const depths = selections.map((selection) => {
    switch (selection.kind) {
      case Kind.FIELD:
        if (selection.name.value.startsWith("__")) return 0;
        return 1 + (selection.selectionSet ? depthOf(selection.selectionSet, ofFragment) : 0);
      case Kind.INLINE_FRAGMENT:
        return depthOf(selection.selectionSet, ofFragment);
      case Kind.FRAGMENT_SPREAD:
        return ofFragment(selection.name.value);
    }
  });
  return Math.max(0, ...depths);
}

/** Fields as often as they are spread: what a program of the document would write out. */
export function fieldsWrittenOut(document: DocumentNode, operation: OperationDefinitionNode): number {
  return measured(document, operation, fieldsOf);
}

function fieldsOf({ selections }: SelectionSetNode, ofFragment: OfFragment): number {
  return selections.reduce((sum, selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return sum + ofFragment(selection.name.value);
    const inner = selection.selectionSet ? fieldsOf(selection.selectionSet, ofFragment) : 0;
    return sum + inner + (selection.kind === Kind.FIELD ? 1 : 0);
  }, 0);
}

function rootFields({ selections }: SelectionSetNode, ofFragment: OfFragment): number {
  return selections.reduce((sum, selection) => {
    switch (selection.kind) {
      case Kind.FIELD:
        return sum + 1;
      case Kind.INLINE_FRAGMENT:
        return sum + rootFields(selection.selectionSet, ofFragment);
      case Kind.FRAGMENT_SPREAD:
        return sum + ofFragment(selection.name.value);
    }
  }, 0);
}

function refuseBeyond(code: keyof typeof MOST, actual: number): void {
  const limit = MOST[code];
  if (actual > limit) throw asGraphqlError(new RequestRefusal(code, { limit, actual }));
}
