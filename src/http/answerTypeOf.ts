import type { FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import Negotiator from "negotiator";

const TYPES = ["application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"];
const APOLLOS_OWN = "application/json; callbackSpec=1.0; charset=utf-8";
const known = new LRUCache<string, { type: string | undefined }>({ max: 100 });
const LONGEST = 200; // characters

/** The media type that the client wants its answer in, of those of GraphQL over HTTP (§6.3); undefined where it takes none of them, or rather another of Apollo's. */
export function answerTypeOf({ raw }: FastifyRequest): string | undefined {
  const { accept } = raw.headers;
  if (!accept) return TYPES[0];
  const before = known.get(accept);
  if (before) return before.type;
  const preferred = new Negotiator(raw).mediaType([...TYPES, APOLLOS_OWN]);
  const type = TYPES.find((one) => one === preferred);
  if (accept.length <= LONGEST) known.set(accept, { type });
  return type;
}
