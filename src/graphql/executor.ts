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
  /** The query of this text, where it is the document's only operation and compiled. */
  compiled: (text: string) => CompiledOperation | undefined;
}

/** A good document's only operation, which every plugin let pass that looks at the document alone. */
export interface CompiledOperation {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  name: string | undefined;
  /** What it takes to keep it: fields as often as they are spread, and what else there is in terms of them. */
  size: number;
  /** By variables that are coerced already. Without data: nothing was run, because the compiler's own rules refused. */
  run: (context: RequestContext, coerced: Readonly<Record<string, unknown>>) => ExecutionResult | Promise<ExecutionResult>;
}

/** `compileAt`: at which use of a document a query is compiled; 0 is never. */
export function openExecutor(schema: GraphQLSchema, compileAt: number): Executor {
  const known = new LRUCache<string, CompiledOperation>({ maxSize: MOST_FIELDS_KEPT, sizeCalculation: ({ size }) => size });
  const run: Execute = compileAt === 0 ? (args) => execute(args) : compiling(schema, compileAt, known);
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
    compiled: (text) => known.get(text),
  };
}

/** A program takes some 1.3 kB a field, each as often as it is spread: a larger one isn't worth its compiling, and all are bounded. */
const MOST_FIELDS = 500;
const MOST_FIELDS_KEPT = 15_000; // by their texts, and again by their operations: mostly the same ones
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
function compiling(schema: GraphQLSchema, compileAt: number, known: LRUCache<string, CompiledOperation>): Execute {
  const seen = new WeakMap<OperationDefinitionNode, Seen>(); // Apollo keeps good documents, a bounded number: what isn't compiled is forgotten with them
  const programs = new LRUCache<OperationDefinitionNode, Program>({ maxSize: MOST_FIELDS_KEPT, sizeCalculation: ({ size }) => size });
  let mayCompileFrom = 0;
  const compileIfMay = (operation: OperationDefinitionNode, { document, operationName }: ExecutionArgs): Program | undefined => {
    const before = seen.get(operation) ?? firstSeen(document, operation);
    seen.set(operation, before);
    const { size } = before;
    const begun = performance.now();
    if (++before.uses < compileAt || before.isImpossible || (begun < mayCompileFrom && compileAt > 1)) return undefined;
    const run = compiled(schema, document, operationName);
    const now = performance.now();
    mayCompileFrom = now + (now - begun) * (1 / MOST_OF_TIME - 1);
    before.isImpossible = !run;
    if (!run) return undefined;
    programs.set(operation, { run, size });
    return { run, size };
  };

  return (args, text) => {
    const { document, operationName, variableValues, contextValue } = args;
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== OperationTypeNode.QUERY) return execute(args);
    const program = programs.get(operation) ?? compileIfMay(operation, args);
    if (!program) return execute(args);
    if (text !== undefined && isAlone(document)) known.set(text, { schema, document, operation, name: operation.name?.value, ...program });
    // By graphql-js: the compiler's own coercion knows no defaults of input fields.
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
    if (errors) return execute(args);
    const result = program.run(contextValue as RequestContext, coerced);
    const answer = (ran: ExecutionResult) => (ran.data === undefined ? execute(args) : ran); // undefined: nothing was run yet
    return result instanceof Promise ? result.then(answer) : answer(result);
  };
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

type Program = Pick<CompiledOperation, "run" | "size">;

function compiled(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined): CompiledOperation["run"] | undefined {
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
