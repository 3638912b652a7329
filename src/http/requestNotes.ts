import type { FastifyRequest } from "fastify";
import type { RequestNotes } from "../graphql/presentable.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Undefined where nothing was noted yet: of most that aren't GraphQL nothing ever is. */
    notes?: RequestNotes | undefined;
  }
}

/** What is noted of this request while it is answered. */
export function notesOf(request: FastifyRequest): RequestNotes {
  return (request.notes ??= { type: "none", operation: "none", refusals: undefined, errors: undefined });
}
