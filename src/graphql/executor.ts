import type { ApolloServerOptionsWithGateway } from "@apollo/server";
import {
  execute, getOperationAST, getVariableValues, GraphQLError, Kind, OperationTypeNode, type DocumentNode, type ExecutionArgs, type ExecutionResult, type GraphQLSchema, type OperationDefinitionNode,
} from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import { LRUCache } from "lru-cache";
import { fieldsWrittenOut } from "./limits.js";
import type { RequestContext } from "./RequestContext.js";

type Execute = (args: ExecutionArgs, text?: string) => ExecutionResult | Promise<ExecutionResult>;

export interface Executor {
  /** Apollo lets nobody else execute but a gateway: this one has the schema itself. */
  gateway: NonNullable<ApolloServerOptionsWithGateway<RequestContext>["gateway"]>;
  /** The operation of this text, where it is the document's only one and ready to be run without Apollo. */
  ready: (text: string) => ReadyOperation | undefined;
}

/** A good document's only operation, which every plugin let pass that looks at the document alone: a query compiled, a mutation as it is. */
export interface ReadyOperation {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  name: string | undefined;
  /** What it takes to keep it: fields as often as they are spread, and what else there is in terms of them. */
  size: number;
  /** By variables as they are coerced and, for graphql-js does that itself, as they were sent. Without data: nothing was run. */
  run: (context: RequestContext, coerced: Variables, sent: Variables) => ExecutionResult | Promise<ExecutionResult>;
}

type Variables = Readonly<Record<string, unknown>>;

/** `compileAt`: at which use of a document a query is compiled; 0 is never. */
export function openExecutor(schema: GraphQLSchema, compileAt: number): Executor {
  const known = { queries: ofFields<string, ReadyOperation>(MOST_FIELDS_KEPT), mutations: ofFields<string, ReadyOperation>(MOST_OF_MUTATIONS_KEPT) };
  const run: Execute = compileAt === 0 ? (args) => execute(args) : readying(schema, compileAt, known);
  return {
    gateway: {
      onSchemaLoadOrUpdate: (tell) => {
        tell({ apiSchema: schema, coreSupergraphSdl: "" });
        return () => undefined;
      },
      load: () => Promise.resolve({
        executor: async ({ document, request: { query, variables, operationName }, context }) => {
          const { ran } = context as RequestContext;
          const args = { schema, document, operationName: operationName ?? null, variableValues: variables ?? {}, contextValue: context as RequestContext }; // by the name that was asked for: Apollo's own is of the one that it found
          return (ran ?? await run(args, query)) as never;
        },
      }),
      stop: () => Promise.resolve(),
    },
    ready: (text) => known.queries.get(text) ?? known.mutations.get(text),
  };
}

/** A program takes some 1.3 kB a field, each as often as it is spread: a larger one isn't worth its compiling, and all are bounded. */
const MOST_FIELDS = 500;
const MOST_FIELDS_KEPT = 15_000; // of queries, by their texts and again by their operations: mostly the same ones
/** Apart, for they cost nothing to get in, and would put out what took its time to compile. */
const MOST_OF_MUTATIONS_KEPT = 5_000;
/** What it takes beside its fields, with what is known of its variables. */
const A_PROGRAMS_OWN = 25;
/** Its document stays with it, comments and all: so many characters take as much as a field. */
const A_FIELDS_WORTH = 40;
const MOST_CHARACTERS = 10_000;

/** Compiling takes longer than reading and checking a document: whoever sends new ones all the time must not keep the house at it. */
const MOST_OF_TIME = 0.05;

/**
 * Runs queries as programs compiled for their documents; everything else, and everything that is out of the ordinary, as
 * graphql-js does: mutations, what comes once, variables that don't fit, documents that can't be compiled. So the
 * compiler answers nothing but what is good, and its own words for errors are never heard. From the first use on is for
 * tests: then it may take all the time that it takes.
 */
function readying(schema: GraphQLSchema, compileAt: number, known: Known): Execute {
  const seen = new WeakMap<OperationDefinitionNode, Seen>(); // Apollo keeps good documents, a bounded number: what isn't ready is forgotten with them
  const programs = ofFields<OperationDefinitionNode, Program>(MOST_FIELDS_KEPT);
  let mayCompileFrom = 0;
  const usedAgain = (operation: OperationDefinitionNode, document: DocumentNode): Seen | undefined => {
    const before = seen.get(operation) ?? firstSeen(document, operation);
    seen.set(operation, before);
    return ++before.uses < compileAt || before.isImpossible ? undefined : before;
  };
  const compileIfMay = (operation: OperationDefinitionNode, { document, operationName }: ExecutionArgs): Program | undefined => {
    const before = usedAgain(operation, document);
    const begun = performance.now();
    if (!before || (begun < mayCompileFrom && compileAt > 1)) return undefined;
    const run = compiled(schema, document, operationName);
    const now = performance.now();
    mayCompileFrom = now + (now - begun) * (1 / MOST_OF_TIME - 1);
    before.isImpossible = !run;
    if (!run) return undefined;
    const program = { run, size: before.size };
    programs.set(operation, program);
    return program;
  };
  const keepIfMay = (operation: OperationDefinitionNode, document: DocumentNode, text: string) => {
    const before = isAlone(document) && !comesOnce(document) ? usedAgain(operation, document) : undefined;
    if (before) known.mutations.set(text, { schema, document, operation, name: operation.name?.value, size: before.size, run: uncompiled(schema, document) });
  };

  return (args, text) => {
    const { document, operationName, variableValues, contextValue } = args;
    const operation = getOperationAST(document, operationName);
    if (operation?.operation === OperationTypeNode.MUTATION && text !== undefined) keepIfMay(operation, document, text);
    if (operation?.operation !== OperationTypeNode.QUERY) return execute(args);
    const program = programs.get(operation) ?? compileIfMay(operation, args);
    if (!program) return execute(args);
    if (text !== undefined && isAlone(document)) known.queries.set(text, { schema, document, operation, name: operation.name?.value, ...program });
    // By graphql-js: the compiler's own coercion knows no defaults of input fields.
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
    if (errors) return execute(args);
    const result = program.run(contextValue as RequestContext, coerced, variableValues ?? {});
    const answer = (ran: ExecutionResult) => (ran.data === undefined ? execute(args) : ran); // undefined: nothing was run yet
    return result instanceof Promise ? result.then(answer) : answer(result);
  };
}

/** A mutation with its values written into it, a password perhaps. */
export function comesOnce({ definitions, loc }: DocumentNode): boolean {
  const isMutation = definitions.some((one) => one.kind === Kind.OPERATION_DEFINITION && one.operation === OperationTypeNode.MUTATION);
  return isMutation && (loc?.source.body.includes('"') ?? true);
}

type Known = Record<"queries" | "mutations", LRUCache<string, ReadyOperation>>;

function ofFields<K extends object | string, V extends { size: number }>(most: number): LRUCache<K, V> {
  return new LRUCache<K, V>({ maxSize: most, sizeCalculation: ({ size }) => size });
}

interface Seen {
  uses: number;
  /** Too large, or it was tried and can't be compiled. */
  isImpossible: boolean;
  size: number;
}

function firstSeen(document: DocumentNode, operation: OperationDefinitionNode): Seen {
  const fields = fieldsWrittenOut(document, operation);
  const characters = document.loc?.end ?? Infinity;
  return { uses: 0, isImpossible: fields > MOST_FIELDS || characters > MOST_CHARACTERS, size: A_PROGRAMS_OWN + fields + Math.ceil(characters / A_FIELDS_WORTH) };
}

type Program = Pick<ReadyOperation, "run" | "size">;

function compiled(schema: GraphQLSchema, document: DocumentNode, operationName: ExecutionArgs["operationName"]): ReadyOperation["run"] | undefined {
  if (document.loc?.source.body.includes("__proto__")) return undefined; // as a name in the answer it would be lost
  try {
    const program = compileQuery(schema, document, operationName ?? undefined, { disablingCapturingStackErrors: true });
    if (!isCompiledQuery(program)) return undefined;
    return (context, coerced) => {
      const result = program.query(undefined, context, coerced);
      return result instanceof Promise ? result.then(withOwnErrors) : withOwnErrors(result);
    };
  } catch {
    return undefined;
  }
}

/** The document's only operation, as it is. */
function uncompiled(schema: GraphQLSchema, document: DocumentNode): ReadyOperation["run"] {
  return (context, _coerced, sent) => execute({ schema, document, variableValues: sent, contextValue: context });
}

function isAlone({ definitions }: DocumentNode): boolean {
  return definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length === 1;
}

/** The compiler's errors only look like graphql-js's: they would be taken for faults. */
function withOwnErrors(result: ExecutionResult): ExecutionResult {
  if (!result.errors) return result;
  const errors = result.errors.map(({ message, path = null, locations, originalError = null, extensions }) =>
    Object.defineProperty(new GraphQLError(message, { path, originalError, extensions }), "locations", { value: locations, enumerable: true }));
  return { ...result, errors };
}
