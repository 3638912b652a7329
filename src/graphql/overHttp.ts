import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from "@apollo/server";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import { Unauthenticated } from "../foundation/refusals.js";
import { errorTable } from "./errorTable.js";
import { causeOf } from "./presentable.js";
import type { RequestContext } from "./RequestContext.js";

/** What an answer is over HTTP: its status, and what else its headers must say. */
export const overHttpPlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () => Promise.resolve({
    willSendResponse: (context) => {
      tellOnlyTheFirst(context);
      statusByCause(context);
      statusByMediaType(context);
      return Promise.resolve();
    },
  }),
};

type Context = GraphQLRequestContextWillSendResponse<RequestContext>;

/** A limit that ended the validation was reported several times; graphql-js adds that it gave up. */
function tellOnlyTheFirst({ response: { body } }: Context): void {
  if (body.kind !== "single" || body.singleResult.data !== undefined) return;
  const { errors } = body.singleResult;
  const [first, second] = errors ?? [];
  if (first && first.message === second?.message) body.singleResult.errors = [first];
}

function statusByCause({ response: { http, body }, errors = [] }: Context): void {
  for (const cause of errors.map(causeOf)) {
    if (cause instanceof Unauthenticated && BY_CERTIFICATE.has(cause.why)) {
      // RFC 6750 §3.1, RFC 8705 §3: a token under another certificate than its own is no token.
      http.status = errorTable.UNAUTHENTICATED.status;
      http.headers.set("www-authenticate", 'Bearer error="invalid_token"');
    }
    if (cause instanceof RequestRefusal && isEmpty(body)) {
      http.status = errorTable[cause.code].status;
      const { retryAfter } = cause.facts;
      if (retryAfter !== undefined) http.headers.set("retry-after", String(retryAfter));
    }
  }
}

const BY_CERTIFICATE = new Set<Unauthenticated["why"]>(["WRONG_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED"]);

/** Nothing came of it: no field of the root has a value. */
function isEmpty(body: Context["response"]["body"]): boolean {
  if (body.kind !== "single") return false;
  return Object.values(body.singleResult.data ?? {}).every((value) => value === null);
}

/**
 * GraphQL over HTTP §6.4: where the client doesn't ask for application/graphql-response+json, a well-formed request is
 * answered with 200 whatever came of it, for nobody could tell by another status who sent the body.
 */
function statusByMediaType({ request, response: { http }, errors = [] }: Context): void {
  const isForGraphql = request.http?.headers.get("accept")?.includes("application/graphql-response+json");
  const isWellFormed = errors.every(({ extensions: { code } }) => code !== "BAD_REQUEST");
  if (http.status === 400 && isWellFormed && !isForGraphql) http.status = 200;
}
