import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { ApolloServer } from "@apollo/server";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ProxySettings } from "../foundation/tlsSettings.js";
import { requestScope } from "../graphql/apollo.js";
import { RequestContext, type FrontDesk } from "../graphql/RequestContext.js";
import type { Origin } from "../policy/Actor.js";
import { peerOf, type Peer } from "./clientCertificate.js";
import { languageOf } from "./languageOf.js";
import { whoAsks } from "./whoAsks.js";

/** The API: who asks, by which certificate and in which language, is found out here; the rest is the front desk's. */
export function graphqlRoutes(app: FastifyInstance, apollo: ApolloServer<RequestContext>, desk: FrontDesk, proxies: ProxySettings): void {
  const peers = new WeakMap<FastifyRequest, Peer>();
  const handler = fastifyApolloHandler(apollo, { context: (request) => contextOf(desk, request, peers.get(request) ?? peerOf(request, proxies)) });
  app.route({
    method: ["GET", "POST", "OPTIONS"],
    url: "/graphql",
    // Before anything is read of the request: what a stranger says of its certificate goes no further.
    onRequest: (request, _reply, done) => {
      peers.set(request, peerOf(request, proxies));
      done();
    },
    handler: (request, reply) => {
      void reply.header("cache-control", "no-store");
      const scope = { requestId: request.id, language: languageOf(request) };
      return requestScope.run(scope, () => handler.call(app, request, reply));
    },
  });
}

async function contextOf(desk: FrontDesk, request: FastifyRequest, { address, certificate }: Peer): Promise<RequestContext> {
  const origin: Origin = { requestId: request.id, address };
  const presented = certificate && (await desk.examine(certificate));
  return new RequestContext(desk, origin, languageOf(request), presented, await whoAsks(desk, request, presented, origin));
}
