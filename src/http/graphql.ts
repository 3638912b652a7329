import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { ApolloServer } from "@apollo/server";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { withinDeadline } from "../foundation/deadline.js";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import type { ProxySettings } from "../foundation/tlsSettings.js";
import { asGraphqlError, requestScope } from "../graphql/presentable.js";
import { RequestContext, type FrontDesk } from "../graphql/RequestContext.js";
import type { Origin } from "../policy/Actor.js";
import { networkOf } from "./addresses.js";
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
  /** Its document is one that its client registered. */
  isRegistered: boolean;
}

/** The API: who asks, how often, by which certificate and in which language, is found out here; the rest is the front desk's. */
export function graphqlRoutes(app: FastifyInstance, apollo: ApolloServer<RequestContext>, desk: FrontDesk, settings: GraphqlSettings): void {
  const { lanes } = settings;
  const arrivals = new WeakMap<FastifyRequest, Arrival>();
  const arrivalOf = (request: FastifyRequest) => arrivals.get(request) ?? { peer: peerOf(request, settings.proxies), isRegistered: false };
  const bodies = keepUnread(app);
  const takePlaceForLongBody = openLongBodies();
  const handler = fastifyApolloHandler(apollo, { context: (request) => contextOf(desk, settings, request, arrivalOf(request)) });
  app.route({
    method: ["GET", "POST", "OPTIONS"],
    url: "/graphql",
    // Before anything is read of the request: what a stranger says of its certificate goes no further, nor does a flood.
    onRequest: async (request, reply) => {
      void reply.headers({ "cache-control": "no-store", "content-language": languageOf(request), "vary": "accept, accept-language, accept-encoding" });
      const peer = peerOf(request, settings.proxies);
      arrivals.set(request, { peer, isRegistered: false });
      const whose = networkOf(peer.address);
      if (bodies.isSurelyOrdinary(request) && lanes.ORDINARY.isFullFor(whose)) throw overloaded();
      takePlaceForLongBody(whose, request, reply);
      await withinDeadline(settings.requestMs, () => desk.rates.take("ADDRESS", whose));
    },
    handler: (request, reply) => {
      const scope = { requestId: request.id, language: languageOf(request), notes: notesOf(request) };
      const whose = networkOf(arrivalOf(request).peer.address);
      const lane = bodies.laneOf(request, (sha256) => desk.documents.remembered(clientOf(request), sha256));
      return requestScope.run(scope, () => inRequestSpan(request, reply, () => withinDeadline(settings.requestMs, () => lanes[lane].run(whose, async () => {
        if (reply.raw.destroyed) return reply.hijack(); // it didn't wait: nothing is done for nobody
        bodies.parse(request);
        if (Array.isArray(request.body)) throw new RequestRefusal("BATCH_NOT_ALLOWED");
        arrivalOf(request).isRegistered = await resolveDocument(request, desk.documents, isHeldToRegistered(settings, request));
        return handler.call(app, request, reply);
      }))));
    },
  });
}

async function contextOf(desk: FrontDesk, settings: GraphqlSettings, request: FastifyRequest, { peer, isRegistered }: Arrival): Promise<RequestContext> {
  const origin: Origin = { requestId: request.id, address: peer.address };
  try {
    const presented = peer.certificate && (await desk.examine(peer.certificate));
    const context = new RequestContext(desk, origin, languageOf(request), presented, await whoAsks(desk, request, presented, origin));
    const { bearer } = context;
    if (bearer) await desk.rates.take("SESSION", bearer.sessionId);
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
