import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { ApolloServer } from "@apollo/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { withinDeadline } from "../foundation/deadline.js";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import type { ProxySettings } from "../foundation/tlsSettings.js";
import { answerReady } from "../graphql/answerReady.js";
import type { Executor } from "../graphql/executor.js";
import { asGraphqlError, requestScope } from "../graphql/presentable.js";
import { RequestContext, type FrontDesk } from "../graphql/RequestContext.js";
import type { Origin } from "../policy/Actor.js";
import { networkOf } from "./addresses.js";
import { answerTypeOf } from "./answerTypeOf.js";
import { peerOf, type Peer } from "./clientCertificate.js";
import { languageOf } from "./languageOf.js";
import type { Lanes } from "./lanes.js";
import { openLongBodies } from "./longBodies.js";
import { clientOf, resolveDocument } from "./registered.js";
import { notesOf } from "./requestNotes.js";
import { inRequestSpan } from "./requestSpan.js";
import { overloaded } from "./turns.js";
import { keepUnread } from "./unread.js";
import { whoAsks } from "./whoAsks.js";

export interface GraphqlSettings {
  proxies: ProxySettings;
  /** A request that takes longer is given up. */
  requestMs: number;
  /** Who waits where there are more requests than can be served at once. */
  lanes: Lanes;
  /** Which clients may send registered documents alone: by their names, or everybody. */
  trustedOnly: ReadonlySet<string> | "everybody";
}

/** What is found out of a request before the executor has it. */
interface Arrival {
  peer: Peer;
  /** Whose requests it counts with. */
  network: string;
  /** Its document is one that its client registered. */
  isRegistered: boolean;
  context?: Promise<RequestContext>;
}

declare module "fastify" {
  interface FastifyRequest {
    arrival?: Arrival | undefined;
  }
}

/** What answers: what is ready the executor by itself, everything else Apollo. */
export interface Graphql {
  apollo: ApolloServer<RequestContext>;
  executor: Executor;
}

/** The API: who asks, how often, by which certificate and in which language, is found out here; the rest is the front desk's. */
export function graphqlRoutes(app: FastifyInstance, { apollo, executor }: Graphql, desk: FrontDesk, settings: GraphqlSettings): void {
  const { lanes } = settings;
  app.decorateRequest("arrival");
  const arrivalOf = (request: FastifyRequest) => (request.arrival ??= arrivalAt(peerOf(request, settings.proxies)));
  const contextFor = (request: FastifyRequest) => {
    const arrival = arrivalOf(request);
    return (arrival.context ??= contextOf(desk, settings, request, arrival));
  };
  const bodies = keepUnread(app);
  const takePlaceForLongBody = openLongBodies();
  const byApollo = fastifyApolloHandler(apollo, { context: contextFor });
  app.route({
    method: ["GET", "POST", "OPTIONS"],
    url: "/graphql",
    // Before anything is read of the request: what a stranger says of its certificate goes no further, nor does a flood.
    onRequest: async (request, reply) => {
      void reply.headers({ "cache-control": "no-store", "content-language": languageOf(request), "vary": "accept, accept-language, accept-encoding" });
      if (!URL.canParse(request.url, `http://${request.hostname}/`)) throw new RequestRefusal("BAD_REQUEST", {}, "The Host header and the address make no URL."); // Apollo makes one of them, when a deed may be done already
      const { network: whose } = arrivalOf(request);
      if (bodies.isSurelyOrdinary(request) && lanes.ORDINARY.isFullFor(whose)) throw overloaded();
      takePlaceForLongBody(whose, request, reply);
      if (!desk.rates.takeHeld("ADDRESS", whose)) await withinDeadline(settings.requestMs, () => desk.rates.take("ADDRESS", whose));
    },
    handler: (request, reply) => {
      const scope = { requestId: request.id, language: languageOf(request), notes: notesOf(request) };
      const { network: whose } = arrivalOf(request);
      const lane = bodies.laneOf(request, (sha256) => desk.documents.remembered(clientOf(request), sha256));
      return requestScope.run(scope, () => inRequestSpan(request, reply, () => withinDeadline(settings.requestMs, () => lanes[lane].run(whose, async () => {
        if (reply.raw.destroyed) return reply.hijack(); // it didn't wait: nothing is done for nobody
        bodies.parse(request);
        if (Array.isArray(request.body)) throw new RequestRefusal("BATCH_NOT_ALLOWED");
        arrivalOf(request).isRegistered = await resolveDocument(request, desk.documents, isHeldToRegistered(settings, request));
        return (await readyAnswer(executor, request, reply, contextFor)) ?? byApollo.call(app, request, reply);
      }))));
    },
  });
}

function arrivalAt(peer: Peer): Arrival {
  return { peer, network: networkOf(peer.address), isRegistered: false };
}

/** Undefined for all that Apollo is to answer: everything but a POST of JSON that asks what is ready and is answered without an error. */
async function readyAnswer({ ready }: Executor, request: FastifyRequest, reply: FastifyReply, contextFor: (request: FastifyRequest) => Promise<RequestContext>): Promise<string | undefined> {
  if (request.method !== "POST" || !isObject(request.body)) return undefined;
  const { query, variables, operationName, extensions } = request.body;
  const operation = typeof query === "string" ? ready(query) : undefined;
  const answerType = answerTypeOf(request);
  const asksForMore = !isObject(extensions ?? {}) || Object.keys(extensions ?? {}).length > 0;
  if (!operation || !answerType || asksForMore || !isObject(variables ?? {}) || (operationName ?? operation.name) !== operation.name) return undefined;
  let context: RequestContext;
  try {
    context = await contextFor(request);
  } catch {
    return undefined; // Apollo comes upon it, too, and says it
  }
  const answer = await answerReady(operation, (variables ?? {}) as Record<string, unknown>, context);
  if (answer !== undefined) void reply.type(answerType);
  return answer;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function contextOf(desk: FrontDesk, settings: GraphqlSettings, request: FastifyRequest, { peer, isRegistered }: Arrival): Promise<RequestContext> {
  const origin: Origin = { requestId: request.id, address: peer.address };
  try {
    const presented = peer.certificate && (await desk.examine(peer.certificate));
    const context = new RequestContext(desk, origin, languageOf(request), presented, await whoAsks(desk, request, presented, origin));
    const { bearer } = context;
    if (bearer && !desk.rates.takeHeld("SESSION", bearer.sessionId)) await desk.rates.take("SESSION", bearer.sessionId);
    const isFree = bearer?.role === "BANK_OPERATOR"; // GraphiQL is its tool
    if (!isFree && !isRegistered && isHeldToRegistered(settings, request)) throw new RequestRefusal("DOCUMENT_NOT_TRUSTED");
    return context;
  } catch (error) {
    throw error instanceof RequestRefusal ? asGraphqlError(error) : error;
  }
}

function isHeldToRegistered({ trustedOnly }: GraphqlSettings, request: FastifyRequest): boolean {
  return trustedOnly === "everybody" || trustedOnly.has(clientOf(request));
}
