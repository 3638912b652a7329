import type { ApolloServerOptionsWithGateway } from "@apollo/server";
import {
  execute, getOperationAST, getVariableValues, GraphQLError, OperationTypeNode, type DocumentNode, type ExecutionArgs, type ExecutionResult, type GraphQLSchema, type OperationDefinitionNode,
} from "graphql";
import { compileQuery, isCompiledQuery, type CompiledQuery } from "graphql-jit";
import type { RequestContext } from "./RequestContext.js";

type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>;

/** Apollo lets nobody else execute but a gateway: this one has the schema itself. `compileAt`: at which use of a document; 0 is never. */
export function gatewayOf(schema: GraphQLSchema, compileAt: number): ApolloServerOptionsWithGateway<RequestContext>["gateway"] {
  const run: Execute = compileAt === 0 ? (args) => execute(args) : compiling(schema, compileAt);
  return {
    onSchemaLoadOrUpdate: (tell) => {
      tell({ apiSchema: schema, coreSupergraphSdl: "" });
      return () => undefined;
    },
    load: () => Promise.resolve({
      executor: async ({ document, request: { variables, operationName }, context }) => // as it was asked for: Apollo's own is the one that it found
        (await run({ schema, document, operationName: operationName ?? null, variableValues: variables ?? {}, contextValue: context })) as never,
    }),
    stop: () => Promise.resolve(),
  };
}

/** Compiling takes longer than reading and checking a document: whoever sends new ones all the time must not keep the house at it. */
const MOST_OF_TIME = 0.05;

/**
 * Runs queries as programs compiled for their documents; everything else, and everything that is out of the ordinary, as
 * graphql-js does: mutations, what comes once, variables that don't fit, documents that can't be compiled. So the
 * compiler answers nothing but what is good, and its own words for errors are never heard. From the first use on is for
 * tests: then it may take all the time that it takes.
 */
function compiling(schema: GraphQLSchema, compileAt: number): Execute {
  const programs = new WeakMap<OperationDefinitionNode, Program>(); // the executor keeps good documents: it forgets them with their programs
  let mayCompileFrom = 0;
  const compileIfMay = (program: Program, { document, operationName }: ExecutionArgs) => {
    const begun = performance.now();
    if (program.isTried || program.uses < compileAt || (begun < mayCompileFrom && compileAt > 1)) return;
    program.isTried = true;
    program.run = compiled(schema, document, operationName);
    const now = performance.now();
    mayCompileFrom = now + (now - begun) * (1 / MOST_OF_TIME - 1);
  };

  return (args) => {
    const { document, operationName, variableValues, contextValue } = args;
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== OperationTypeNode.QUERY) return execute(args);
    const program = programs.get(operation) ?? { uses: 0, isTried: false, run: undefined };
    programs.set(operation, program);
    program.uses++;
    compileIfMay(program, args);
    if (!program.run) return execute(args);
    // By graphql-js: the compiler's own coercion knows no defaults of input fields.
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
    if (errors) return execute(args);
    const result = program.run(undefined, contextValue, coerced);
    const answer = (ran: ExecutionResult) => (ran.data === undefined ? execute(args) : withOwnErrors(ran)); // undefined: nothing was run yet
    return result instanceof Promise ? result.then(answer) : answer(result);
  };
}

interface Program {
  uses: number;
  isTried: boolean;
  run: CompiledQuery["query"] | undefined;
}

function compiled(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined): CompiledQuery["query"] | undefined {
  try {
    const result = compileQuery(schema, document, operationName ?? undefined, { disablingCapturingStackErrors: true });
    return isCompiledQuery(result) ? result.query : undefined;
  } catch {
    return undefined;
  }
}

/** The compiler's errors only look like graphql-js's: they would be taken for faults. */
function withOwnErrors(result: ExecutionResult): ExecutionResult {
  if (!result.errors) return result;
  const errors = result.errors.map(({ message, path = null, locations, originalError = null, extensions }) =>
    Object.defineProperty(new GraphQLError(message, { path, originalError, extensions }), "locations", { value: locations, enumerable: true }));
  return { ...result, errors };
}
