import { AsyncLocalStorage } from "node:async_hooks";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { unwrapResolverError } from "@apollo/server/errors";
import { ApolloServerPluginCacheControlDisabled } from "@apollo/server/plugin/disabled";
import { Kind, OperationTypeNode, type DocumentNode, type GraphQLFormattedError, type GraphQLSchema } from "graphql";
import type { Log } from "../foundation/desk.js";
import { Unauthenticated } from "../foundation/refusals.js";
import { recordMalformed } from "../history/audited.js";
import { deeds, type DeedAction } from "../policy/deeds.js";
import { checkLimits, MOST_TOKENS } from "./limits.js";
import type { RequestContext } from "./RequestContext.js";
import { INTERNAL_ERROR, UNAUTHENTICATED, type Language } from "./wording.js";

/** What an error's wording needs to know of its request; errors may arise before there is a context. */
export const requestScope = new AsyncLocalStorage<{ requestId: string; language: Language }>();

/** The GraphQL executor: CSRF prevention on, bounded, faults masked, nothing of Apollo's that slows every field. */
export function apolloServer(schema: GraphQLSchema, log: Log): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema,
    csrfPrevention: true,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    parseOptions: { maxTokens: MOST_TOKENS },
    logger: { debug: ignore, info: ignore, warn: (message: unknown) => { log.warn({}, String(message)); }, error: (message: unknown) => { log.error({}, String(message)); } },
    formatError: (formatted, error) => presentable(formatted, error, log),
    plugins: [ApolloServerPluginCacheControlDisabled(), limitsPlugin, malformedPlugin],
    stopOnTerminationSignals: false,
  });
}

const ignore = () => undefined;

const limitsPlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () => Promise.resolve({
    didResolveOperation: ({ schema, document, operation, request }) => {
      if (operation) checkLimits(schema, document, operation, request.variables ?? {});
      return Promise.resolve();
    },
  }),
};

/** A mutation that failed before its use case (an unknown reason, a missing field) is an attempt, too, of whoever is signed in. */
const malformedPlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () => Promise.resolve({
    didEncounterErrors: async ({ document, errors, contextValue }) => {
      const action = document && attemptedDeed(document);
      const isBeforeExecution = errors.every((error) => error.path === undefined);
      const actor = isBeforeExecution && action ? actorOf(contextValue) : null;
      if (actor && action) await recordMalformed(contextValue.desk, { action, origin: actor.origin, by: actor });
    },
  }),
};

function actorOf(context: RequestContext) {
  try {
    return context.signedIn?.actor ?? null;
  } catch {
    return null;
  }
}

function attemptedDeed({ definitions }: DocumentNode): DeedAction | undefined {
  for (const definition of definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION || definition.operation !== OperationTypeNode.MUTATION) continue;
    for (const selection of definition.selectionSet.selections) {
      const deed = selection.kind === Kind.FIELD ? deeds[selection.name.value] : undefined;
      if (deed) return deed.action;
    }
  }
  return undefined;
}

/** An error as it may leave the house. What nobody expected leaves as nothing but a request id. */
function presentable(formatted: GraphQLFormattedError, error: unknown, log: Log): GraphQLFormattedError {
  const { requestId, language } = requestScope.getStore() ?? { requestId: "none", language: "ja" as const };
  const cause = unwrapResolverError(error);
  if (cause instanceof Unauthenticated) {
    return { ...formatted, message: UNAUTHENTICATED[language], extensions: { code: "UNAUTHENTICATED", reason: cause.why, requestId } };
  }
  const code = formatted.extensions?.code;
  if (typeof code === "string" && code !== "INTERNAL_SERVER_ERROR") {
    const message = formatted.message.replace(/ ?Did you mean [^?]*\?$/, ""); // Apollo's own setting leaves it in what is said of variables
    return { ...formatted, message, extensions: { code, requestId } };
  }
  log.error({ requestId, err: cause }, "a fault in a request");
  return { message: INTERNAL_ERROR[language], extensions: { code: "INTERNAL_SERVER_ERROR", requestId }, ...(formatted.path ? { path: formatted.path } : {}) };
}
