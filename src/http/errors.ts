import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { INTERNAL_ERROR } from "../graphql/wording.js";
import { DoorRefusal } from "./DoorRefusal.js";
import { languageOf } from "./languageOf.js";

/** What fails before GraphQL (a body too long, no JSON, no such path) has the same shape and a stable code, too. */
export function answerErrorsAsGraphqlDoes(app: FastifyInstance): void {
  app.setErrorHandler<Error>(answerError);
  app.setNotFoundHandler(async (request, reply) => {
    await reply.status(404).send({ errors: [{ message: "no such path", extensions: { code: "NOT_FOUND", requestId: request.id } }] });
  });
}

const codes: Record<number, string> = { 400: "BAD_REQUEST", 404: "NOT_FOUND", 408: "REQUEST_TIMEOUT", 413: "PAYLOAD_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE" };

export async function answerError(error: Error & { statusCode?: number | undefined }, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
  if (status === 500) request.log.error({ err: error }, "a fault at the door");
  const code = error instanceof DoorRefusal ? error.code : codes[status] ?? (status === 500 ? "INTERNAL_SERVER_ERROR" : "BAD_REQUEST");
  const message = status === 500 ? INTERNAL_ERROR[languageOf(request)] : error.message;
  await reply.status(status).send({ errors: [{ message, extensions: { code, requestId: request.id } }] });
}
