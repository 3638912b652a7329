import type { ServerOptions } from "node:https";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { ApolloServer } from "@apollo/server";
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import Negotiator from "negotiator";
import { ulid } from "ulid";
import { Unauthenticated } from "../foundation/refusals.js";
import type { ProxySettings, TlsSettings } from "../foundation/tlsSettings.js";
import { apolloServer, requestScope } from "../graphql/apollo.js";
import { RequestContext, type FrontDesk } from "../graphql/RequestContext.js";
import { houseSchema } from "../graphql/schema.js";
import { INTERNAL_ERROR, languages, type Language } from "../graphql/wording.js";
import { isWorthless, unauthenticatedBy, type PresentedCertificate } from "../identity/presentedCertificate.js";
import { recognize, type SignedIn } from "../identity/sessions.js";
import type { Origin } from "../policy/Actor.js";
import type { OcspDesk } from "../validation/answerOcsp.js";
import { peerOf, type Peer } from "./clientCertificate.js";
import { DoorRefusal } from "./DoorRefusal.js";
import { graphiqlRoutes } from "./graphiql.js";
import { healthRoutes } from "./health.js";
import { ocspRoutes } from "./ocsp.js";
import { pkiRoutes, type PkiDesk } from "./pki.js";

const LONGEST_BODY = 2 * 1024 * 1024; // bytes
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** What the whole house works with. */
export type HouseDesk = FrontDesk & OcspDesk & PkiDesk;

export interface DoorSettings {
  graphiql: boolean;
  proxies: ProxySettings;
  crlIntervalSeconds: number;
  ocspMaxAgeSeconds: number;
  /** TLS ends here, and client certificates are asked for; the CAs whose certificates are hoped for, PEM. */
  tls?: (TlsSettings & { issuers: string[] }) | undefined;
  /** For relying parties alone: CRLs, OCSP, health. */
  isForRelyingParties?: boolean;
}

/** A street door. Not yet listening. */
export async function openDoor(desk: HouseDesk, log: FastifyBaseLogger, settings: DoorSettings): Promise<FastifyInstance> {
  const app = fastify({
    ...tlsOptions(settings.tls),
    loggerInstance: log,
    bodyLimit: LONGEST_BODY,
    requestTimeout: 30_000, // a client that sends its request drop by drop
    keepAliveTimeout: 65_000,
    forceCloseConnections: "idle",
    genReqId: ({ headers }) => {
      const given = headers["x-request-id"];
      return typeof given === "string" && REQUEST_ID.test(given) ? given : ulid();
    },
    // A path that can't be decoded: no hook is run for it.
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply.headers(headersFor(request))),
  });

  app.addHook("onRequest", (request, reply, done) => {
    void reply.headers(headersFor(request));
    done();
  });
  let isClosing = false;
  app.addHook("preClose", (done) => {
    isClosing = true;
    done();
  });
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (isClosing) void reply.header("connection", "close"); // or a kept-alive connection would keep the house open
    done(null, payload);
  });
  answerErrorsAsGraphqlDoes(app);

  pkiRoutes(app, desk, settings.crlIntervalSeconds);
  ocspRoutes(app, desk, settings.ocspMaxAgeSeconds);
  healthRoutes(app, desk);
  if (settings.isForRelyingParties) return app;

  const apollo = apolloServer(await houseSchema(), desk.log);
  await apollo.start();
  app.addHook("onClose", () => apollo.stop());
  graphqlRoutes(app, apollo, desk, settings.proxies);
  if (settings.graphiql) graphiqlRoutes(app);
  return app;
}

/**
 * Whoever presents no certificate, or one that isn't accepted, is let through TLS all the same: the front desk tells it
 * why it is refused, where a failed handshake would tell nothing.
 */
function tlsOptions(tls: DoorSettings["tls"]): { https?: ServerOptions } {
  if (!tls) return {};
  const { certificate, key, issuers } = tls;
  return { https: { cert: certificate, key, ca: issuers, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.2" } };
}

function headersFor(request: FastifyRequest): Record<string, string> {
  return { "x-request-id": request.id, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };
}

function graphqlRoutes(app: FastifyInstance, apollo: ApolloServer<RequestContext>, desk: FrontDesk, proxies: ProxySettings): void {
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
  return new RequestContext(desk, origin, languageOf(request), presented, await bearerOf(desk, request, presented, origin));
}

async function bearerOf(
  desk: FrontDesk,
  { headers: { authorization } }: FastifyRequest,
  presented: PresentedCertificate | null,
  origin: Origin,
): Promise<SignedIn | Unauthenticated | null> {
  if (authorization === undefined) return isWorthless(presented) ? unauthenticatedBy(presented) : null;
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) return new Unauthenticated("UNKNOWN_SESSION");
  try {
    return await recognize(desk, token, presented, origin);
  } catch (error) {
    if (error instanceof Unauthenticated) return error; // whoever needs to be somebody will say so
    throw error;
  }
}

function languageOf(request: FastifyRequest): Language {
  const [preferred] = new Negotiator(request.raw).languages([...languages]);
  return languages.find((language) => language === preferred) ?? "ja";
}

/** What fails before GraphQL (a body too long, no JSON, no such path) has the same shape and a stable code, too. */
function answerErrorsAsGraphqlDoes(app: FastifyInstance): void {
  app.setErrorHandler<Error>(answerError);
  app.setNotFoundHandler(async (request, reply) => {
    await reply.status(404).send({ errors: [{ message: "no such path", extensions: { code: "NOT_FOUND", requestId: request.id } }] });
  });
}

const codes: Record<number, string> = { 400: "BAD_REQUEST", 404: "NOT_FOUND", 408: "REQUEST_TIMEOUT", 413: "PAYLOAD_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE" };

async function answerError(error: Error & { statusCode?: number | undefined }, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
  if (status === 500) request.log.error({ err: error }, "a fault at the door");
  const code = error instanceof DoorRefusal ? error.code : codes[status] ?? (status === 500 ? "INTERNAL_SERVER_ERROR" : "BAD_REQUEST");
  const message = status === 500 ? INTERNAL_ERROR[languageOf(request)] : error.message;
  await reply.status(status).send({ errors: [{ message, extensions: { code, requestId: request.id } }] });
}
