import type { FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import Negotiator from "negotiator";

const TYPES = ["application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"];
const known = new LRUCache<string, { type: string | undefined }>({ max: 100 });
const LONGEST = 200; // characters

/** The media type that the client wants its answer in, of those of GraphQL over HTTP (§6.3); undefined where it takes none of them. */
export function answerTypeOf({ raw }: FastifyRequest): string | undefined {
  const { accept } = raw.headers;
  if (!accept) return TYPES[0];
  const before = known.get(accept);
  if (before) return before.type;
  const [type] = new Negotiator(raw).mediaTypes(TYPES);
  if (accept.length <= LONGEST) known.set(accept, { type });
  return type;
}
