import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DatabaseUnavailable } from "../foundation/database/DatabaseUnavailable.js";
import { Refusal } from "../foundation/refusals.js";
import { RequestRefusal, type RequestErrorCode } from "../foundation/requestRefusals.js";
import { told, toldOfFault } from "../graphql/presentable.js";
import { languageOf } from "./languageOf.js";
import { notesOf } from "./requestNotes.js";

/** What fails before GraphQL (a body too long, no JSON, no such path) has the same shape and a stable code, too. */
export function answerErrorsAsGraphqlDoes(app: FastifyInstance): void {
  app.setErrorHandler<Error>(answerError);
  app.setNotFoundHandler((request, reply) => answerError(new Refusal("NOT_FOUND"), request, reply.status(404)));
}

/** Somebody who asks again at once, whatever Retry-After says, does so four times a second then, and the others have the rest of it. Milliseconds. */
const OVERLOADED_AFTER = 250;

/** What the framework finds wrong, by its status. */
const codes: Partial<Record<number, RequestErrorCode>> = { 408: "REQUEST_TIMEOUT", 413: "PAYLOAD_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE" };

export async function answerError(error: Error & { statusCode?: number | undefined }, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const language = languageOf(request);
  const known = told(error, language) ?? told(asRefusal(error, request), language);
  if (!known) request.log.error({ err: error }, "a fault at the door");
  if (error instanceof DatabaseUnavailable) request.log.error({ err: error }, "the database can't be reached");
  const { status, message, extensions } = known ?? toldOfFault(language);
  (notesOf(request).errors ??= new Set()).add(extensions.code);
  if (extensions.code === "OVERLOADED") {
    request.body = undefined; // nobody reads it any more
    request.leavePlace?.();
    await pause(OVERLOADED_AFTER);
  }
  if (error instanceof RequestRefusal && error.facts.retryAfter !== undefined) void reply.header("retry-after", String(error.facts.retryAfter));
  await reply.status(reply.statusCode === 404 ? 404 : status).header("content-language", language).send({ errors: [{ message, extensions: { ...extensions, requestId: request.id } }] });
}

function asRefusal({ statusCode, message }: Error & { statusCode?: number | undefined }, request: FastifyRequest): RequestRefusal | undefined {
  if (statusCode === undefined || statusCode >= 500) return undefined;
  const code = codes[statusCode];
  if (code === "PAYLOAD_TOO_LARGE") return new RequestRefusal(code, { limit: request.routeOptions.bodyLimit });
  return code ? new RequestRefusal(code) : new RequestRefusal("BAD_REQUEST", {}, message);
}
