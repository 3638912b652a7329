import type { FastifyRequest } from "fastify";
import type { RequestNotes } from "../graphql/presentable.js";

const known = new WeakMap<FastifyRequest, RequestNotes>();

/** What is noted of this request while it is answered. */
export function notesOf(request: FastifyRequest): RequestNotes {
  const before = known.get(request);
  if (before) return before;
  const notes: RequestNotes = { type: "none", operation: "none", refusals: undefined, errors: undefined };
  known.set(request, notes);
  return notes;
}

/** What is noted, if anything is: of most requests nothing. */
export function notesIfAny(request: FastifyRequest): RequestNotes | undefined {
  return known.get(request);
}
