import { AsyncLocalStorage } from "node:async_hooks";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import {
  getOperationAST, GraphQLError, Kind, OperationTypeNode, type DocumentNode, type GraphQLFormattedError, type GraphQLSchema, type SelectionSetNode,
} from "graphql";
import type { Log } from "../foundation/desk.js";
import { Unauthenticated } from "../foundation/refusals.js";
import { recordTurnedAway } from "../history/audited.js";
import { isWorthless, reportRevoked, unauthenticatedBy } from "../identity/presentedCertificate.js";
import { deeds, type DeedAction } from "../policy/deeds.js";
import { checkLimits, MOST_TOKENS } from "./limits.js";
import type { RequestContext } from "./RequestContext.js";
import { withoutValue } from "./withoutValue.js";
import { INTERNAL_ERROR, UNAUTHENTICATED, worded, type Language } from "./wording.js";

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
    plugins: [
      ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), limitsPlugin, certificatePlugin, turnedAwayPlugin,
    ],
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
 * A certificate that lets nobody in refuses the whole request that it came with. Only a sign-in goes on: it refuses
 * itself, in words for the person at the screen.
 */
const certificatePlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () => Promise.resolve({
    didResolveOperation: async ({ document, request, contextValue: { desk, origin, presented } }) => {
      if (!isWorthless(presented)) return;
      const action = attemptedDeed(document, request.operationName);
      if (action === "SIGN_IN") return;
      await reportRevoked(desk, origin, presented, action);
      throw unauthenticatedBy(presented);
    },
    // RFC 6750 §3.1, RFC 8705 §3: a token under another certificate than its own is no token.
    willSendResponse: ({ response, errors }) => {
      const isByCertificate = errors?.some((error) => {
        const cause = causeOf(error);
        return cause instanceof Unauthenticated && BY_CERTIFICATE.has(cause.why);
      });
      if (isByCertificate) {
        response.http.status = 401;
        response.http.headers.set("www-authenticate", 'Bearer error="invalid_token"');
      }
      return Promise.resolve();
    },
  }),
};

const BY_CERTIFICATE = new Set<Unauthenticated["why"]>(["WRONG_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED"]);

/**
 * A mutation that failed before its use case (an unknown reason, a missing field, a session that is over) is an attempt,
 * too, of whoever is signed in or was. What fails later is recorded by the use case.
 */
const turnedAwayPlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () => Promise.resolve({
    didEncounterErrors: async ({ document, request, errors, contextValue: { desk, origin, former, bearer, presented } }) => {
      const action = document && attemptedDeed(document, request.operationName);
      const by = former ?? bearer;
      const isBeforeExecution = errors.every((error) => error.path === undefined);
      const isByCertificate = isBeforeExecution && errors.some((error) => causeOf(error) instanceof Unauthenticated);
      if (isBeforeExecution && presented?.status === "REVOKED") {
        if (!isByCertificate) await reportRevoked(desk, origin, presented, action); // else it is said already
        return;
      }
      if (!action || !by) return;
      if (isByCertificate) await recordTurnedAway(desk, { action, origin, by }, "UNAUTHENTICATED");
      else if (isBeforeExecution) await recordTurnedAway(desk, { action, origin, by }, "BAD_REQUEST");
      else if (former && action !== "SIGN_IN" && action !== "OPERATOR_SIGN_IN") await recordTurnedAway(desk, { action, origin, by }, "UNAUTHENTICATED");
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
  const cause = causeOf(error);
  if (cause instanceof Unauthenticated) {
    const { why, facts } = cause;
    return { ...formatted, message: messageFor(cause, language), extensions: { code: "UNAUTHENTICATED", reason: why, ...facts, requestId } };
  }
  const code = formatted.extensions?.code;
  if (typeof code === "string" && code !== "INTERNAL_SERVER_ERROR") {
    const message = formatted.message.replace(/ ?Did you mean [^?]*\?$/, ""); // Apollo's own setting leaves it in what is said of variables
    return { ...formatted, message: withoutValue(message), extensions: { code, requestId } };
  }
  log.error({ requestId, err: cause }, "a fault in a request");
  return { message: INTERNAL_ERROR[language], extensions: { code: "INTERNAL_SERVER_ERROR", requestId }, ...(formatted.path ? { path: formatted.path } : {}) };
}

/** What was thrown, by a resolver or before any was run. */
function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError ? (error.originalError ?? error) : error;
}

function messageFor({ why, facts }: Unauthenticated, language: Language): string {
  const isPresented = why === "CERTIFICATE_EXPIRED" || why === "CERTIFICATE_REVOKED" || why === "CERTIFICATE_UNKNOWN";
  return isPresented ? worded(`PRESENTED_${why}`, language, facts).message : UNAUTHENTICATED[language];
}
