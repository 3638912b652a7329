import type { FastifyRequest } from "fastify";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import { SIGN_IN, SIGN_OUT, WHO } from "./graphiql/documents.js";
import { sha256Of, type TrustedDocuments } from "../partners/trustedDocuments.js";

const CLIENT_NAME = "apollographql-client-name";

/** As a client calls itself. Anybody may call himself anything: where it matters, all are held to what is registered. */
export function clientOf({ headers }: FastifyRequest): string {
  const name = headers[CLIENT_NAME];
  return typeof name === "string" ? name : "";
}

/**
 * Puts the registered document in the place of the hash that was sent for it (`extensions.persistedQuery`, as Apollo's and
 * urql's clients send it; `documentId`, as GraphQL over HTTP's appendix has it). Whether the document is a registered one,
 * nothing of it having been read; PERSISTED_QUERY_NOT_FOUND where only a hash came that nobody knows.
 */
export async function resolveDocument(request: FastifyRequest, documents: TrustedDocuments, isHeld: boolean): Promise<boolean> {
  const asked = request.method === "GET" ? byGet(request) : byPost(request);
  if (!asked) return false;
  const { query, sha256, put } = asked;
  if (sha256 !== undefined && query !== undefined && sha256Of(query) !== sha256) throw malformed("the hash isn't the query's");

  const wanted = sha256 ?? (isHeld && query !== undefined ? sha256Of(query) : undefined); // what came whole from others is nobody's business
  const document = wanted === undefined ? null : await documents.find(clientOf(request), wanted);
  if (document === null && query === undefined && sha256 !== undefined) throw new RequestRefusal("PERSISTED_QUERY_NOT_FOUND", {}, "PersistedQueryNotFound"); // by these words clients know to send the query itself
  if (sha256 !== undefined) put(query ?? document ?? "");
  return document !== null || (wanted !== undefined && pages.has(wanted));
}

/** GraphiQL's own: without them the bank's staff couldn't sign in where everybody is held to what is registered. */
const pages = new Set([WHO, SIGN_IN.signIn, SIGN_IN.signInOperator, SIGN_OUT].map(sha256Of));

interface Asked {
  query: string | undefined;
  sha256: string | undefined;
  /** Leaves the request as if the document had come with it. */
  put: (document: string) => void;
}

function byPost({ body }: FastifyRequest): Asked | undefined {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
  const parameters = body as Record<string, unknown>;
  const { query, documentId, extensions } = parameters;
  return {
    query: typeof query === "string" ? query : undefined,
    sha256: hashIn(extensions) ?? idIn(documentId),
    put: (document) => {
      parameters.query = document;
      parameters.extensions = withoutHash(extensions);
      delete parameters.documentId;
    },
  };
}

function byGet(request: FastifyRequest): Asked | undefined {
  const url = new URL(request.url, "http://door");
  const { searchParams } = url;
  const extensions = parsed(searchParams.get("extensions"));
  return {
    query: searchParams.get("query") ?? undefined,
    sha256: hashIn(extensions) ?? idIn(searchParams.get("documentId") ?? undefined),
    put: (document) => {
      searchParams.set("query", document);
      searchParams.delete("documentId");
      searchParams.delete("extensions");
      request.raw.url = `${url.pathname}${url.search}`; // where the executor reads it
    },
  };
}

function hashIn(extensions: unknown): string | undefined {
  const persisted = (extensions as { persistedQuery?: unknown } | null | undefined)?.persistedQuery;
  if (persisted === undefined || persisted === null) return undefined;
  const { version, sha256Hash } = persisted as { version?: unknown; sha256Hash?: unknown };
  if (version !== 1 || typeof sha256Hash !== "string" || !SHA256.test(sha256Hash)) throw malformed("extensions.persistedQuery: version 1 and a SHA-256 in hexadecimal are expected");
  return sha256Hash;
}

function idIn(documentId: unknown): string | undefined {
  if (documentId === undefined || documentId === null) return undefined;
  const sha256 = typeof documentId === "string" ? documentId.replace(/^sha256:/, "") : "";
  if (!SHA256.test(sha256)) throw malformed("documentId: sha256: and a SHA-256 in hexadecimal is expected");
  return sha256;
}

const SHA256 = /^[0-9a-f]{64}$/;

function withoutHash(extensions: unknown): object {
  const { persistedQuery: _, ...others } = (extensions ?? {}) as Record<string, unknown>;
  return others;
}

/** What isn't JSON is refused by the executor, in its words. */
function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function malformed(detail: string): RequestRefusal {
  return new RequestRefusal("BAD_REQUEST", {}, detail);
}
