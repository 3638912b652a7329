import { AsyncLocalStorage } from "node:async_hooks";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { unwrapResolverError } from "@apollo/server/errors";
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import {
  getOperationAST, Kind, OperationTypeNode, type DocumentNode, type GraphQLFormattedError, type GraphQLSchema, type SelectionSetNode,
} from "graphql";
import type { Log } from "../foundation/desk.js";
import { Unauthenticated } from "../foundation/refusals.js";
import { recordTurnedAway } from "../history/audited.js";
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
    persistedQueries: false,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    parseOptions: { maxTokens: MOST_TOKENS },
    logger: { debug: ignore, info: ignore, warn: (message: unknown) => { log.warn({}, String(message)); }, error: (message: unknown) => { log.error({}, String(message)); } },
    formatError: (formatted, error) => presentable(formatted, error, log),
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), limitsPlugin, turnedAwayPlugin],
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

/**
 * A mutation that failed before its use case (an unknown reason, a missing field, a session that is over) is an attempt,
 * too, of whoever is signed in or was. What fails later is recorded by the use case.
 */
const turnedAwayPlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () => Promise.resolve({
    didEncounterErrors: async ({ document, request, errors, contextValue: { desk, origin, former, bearer } }) => {
      const action = document && attemptedDeed(document, request.operationName);
      const by = former ?? bearer;
      if (!action || !by) return;
      const isBeforeExecution = errors.every((error) => error.path === undefined);
      if (isBeforeExecution) await recordTurnedAway(desk, { action, origin, by }, "BAD_REQUEST");
      else if (former && action !== "SIGN_IN") await recordTurnedAway(desk, { action, origin, by }, "UNAUTHENTICATED");
    },
  }),
};

/** The deed that the chosen operation was to be; the document may be invalid, so its fragments may run in a circle. */
function attemptedDeed(document: DocumentNode, operationName: string | null | undefined): DeedAction | undefined {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.MUTATION) return undefined;
  const fragments = new Map(document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one.selectionSet]));

  const unread = [operation.selectionSet];
  const seen = new Set<SelectionSetNode>();
  for (let set = unread.pop(); set; set = unread.pop()) {
    if (seen.has(set)) continue;
    seen.add(set);
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const deed = deeds[selection.name.value];
        if (deed) return deed.action;
      } else {
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value);
        if (inner) unread.push(inner);
      }
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
