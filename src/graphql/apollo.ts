import { ApolloServer, type ApolloServerOptions } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";
import type { Audience } from "../foundation/environment.js";
import type { Log } from "../foundation/desk.js";
import { certificatePlugin, turnedAwayPlugin } from "./attempts.js";
import { comesOnce, type Executor } from "./executor.js";
import { introspectionPlugin } from "./introspection.js";
import { limitsPlugin } from "./limits.js";
import { MOST, MOST_ERRORS } from "./limitTable.js";
import { overHttpPlugin } from "./overHttp.js";
import { presentable } from "./presentable.js";
import { notesPlugin } from "./requestNotes.js";
import type { RequestContext } from "./RequestContext.js";
import { withinStructure } from "./structure.js";

export interface ApolloSettings {
  /** Who may ask for the schema. */
  introspection: Audience;
}

/** GraphQL over `executor`: CSRF prevention on, bounded, faults masked, nothing of Apollo's that slows every field. */
export function apolloServer({ gateway }: Executor, log: Log, { introspection }: ApolloSettings): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    gateway,
    csrfPrevention: true,
    documentStore: documentStore(),
    persistedQueries: false, // registered documents take their place at the door
    introspection: true, // judged by the plugin: for some callers only
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    parseOptions: { maxTokens: MOST.TOO_MANY_TOKENS },
    validationRules: [withinStructure],
    validationOptions: { maxErrors: MOST_ERRORS },
    logger: { debug: ignore, info: ignore, warn: (message: unknown) => { log.warn({}, String(message)); }, error: (message: unknown) => { log.error({}, String(message)); } },
    formatError: (formatted, error) => presentable(formatted, error, log),
    plugins: [
      ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(),
      notesPlugin, introspectionPlugin(introspection), limitsPlugin, certificatePlugin, turnedAwayPlugin, overHttpPlugin,
    ],
    stopOnTerminationSignals: false,
  });
}

/** Parsed, a character ordinarily takes some 31 octets; Apollo's own store reckons with 7, and would keep 130 MB of whatever is sent. */
const MOST_CHARACTERS_KEPT = 300_000;
const EACH = 100; // beside its text

/** Good documents, so that each is parsed and validated once; none that won't come again. */
export function documentStore(): NonNullable<ApolloServerOptions<RequestContext>["documentStore"]> {
  const known = new LRUCache<string, DocumentNode>({ maxSize: MOST_CHARACTERS_KEPT, sizeCalculation: ({ loc }) => (loc?.end ?? MOST_CHARACTERS_KEPT) + EACH });
  return {
    get: (key) => Promise.resolve(known.get(key)),
    set: (key, document) => {
      if (!comesOnce(document)) known.set(key, document);
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(known.delete(key)),
  };
}

const ignore = () => undefined;
