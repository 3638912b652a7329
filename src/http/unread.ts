import type { FastifyInstance, FastifyRequest } from "fastify";
import { laneOf, URGENT_NAMES, type Lane } from "../graphql/laneOf.js";

/** Longer than any sign-in or revocation. Characters. */
const LONGEST_URGENT = 16 * 1024;
/** Of a request that names its document by a hash (`sha256Hash`, `sha256:…`). */
const HASH = "sha256";

/** JSON that came and isn't parsed yet: that takes its time, and there may be none for this request. */
class Unread {
  constructor(readonly text: string) {}
}

export interface Bodies {
  /** Whether it can be nothing urgent, by its headers alone. */
  isSurelyOrdinary(request: FastifyRequest): boolean;
  /** The lane of a request whose body has come; that of a short one that may be urgent is parsed for it. */
  laneOf(request: FastifyRequest, textOf: (sha256: string) => string | undefined): Lane;
  /** Puts the parsed body in the place of the text; throws as the framework does. */
  parse(request: FastifyRequest): void;
}

/** Leaves JSON of this room's routes unparsed until `parse` is called. */
export function keepUnread(room: FastifyInstance): Bodies {
  const parseJson = room.getDefaultJsonParser("error", "error");
  room.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => { done(null, new Unread(text as string)); });

  const parse = (request: FastifyRequest) => {
    const { body } = request;
    if (!(body instanceof Unread)) return;
    void parseJson(request, body.text, (error, parsed) => { // at once
      if (error) throw error;
      request.body = parsed;
    });
  };

  return {
    isSurelyOrdinary: ({ method, headers }) => method !== "POST" || Number(headers["content-length"]) > LONGEST_URGENT, // one that says no length may be short
    laneOf: (request, textOf) => {
      const { body } = request;
      if (!(body instanceof Unread) || body.text.length > LONGEST_URGENT || !(URGENT_NAMES.test(body.text) || body.text.includes(HASH))) return "ORDINARY";
      parse(request);
      return laneOfBody(request.body, textOf);
    },
    parse,
  };
}

function laneOfBody(body: unknown, textOf: (sha256: string) => string | undefined): Lane {
  const { query, operationName, documentId, extensions } = (body ?? {}) as Record<string, unknown>;
  const hash = (extensions as { persistedQuery?: { sha256Hash?: unknown } | null } | null | undefined)?.persistedQuery?.sha256Hash ?? documentId;
  const document = typeof query === "string" ? query : typeof hash === "string" ? textOf(hash.replace(/^sha256:/, "")) : undefined;
  return document === undefined ? "ORDINARY" : laneOf(document, typeof operationName === "string" ? operationName : null);
}
