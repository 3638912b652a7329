import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { ApolloServer } from "@apollo/server";
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import Negotiator from "negotiator";
import { ulid } from "ulid";
import { Unauthenticated } from "../foundation/refusals.js";
import { apolloServer, requestScope } from "../graphql/apollo.js";
import { RequestContext, type FrontDesk } from "../graphql/RequestContext.js";
import { houseSchema } from "../graphql/schema.js";
import { INTERNAL_ERROR, languages, type Language } from "../graphql/wording.js";
import { recognize, type SignedIn } from "../identity/sessions.js";
import type { Origin } from "../policy/Actor.js";
import { graphiqlRoutes } from "./graphiql.js";
import { healthRoutes } from "./health.js";
import { pkiRoutes } from "./pki.js";

const LONGEST_BODY = 2 * 1024 * 1024; // bytes
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The street door. Not yet listening. */
export async function openDoor(desk: FrontDesk, log: FastifyBaseLogger, { graphiql }: { graphiql: boolean }): Promise<FastifyInstance> {
  const apollo = apolloServer(await houseSchema(), desk.log);
  await apollo.start();

  const app = fastify({
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
  app.addHook("onClose", () => apollo.stop());
  answerErrorsAsGraphqlDoes(app);

  graphqlRoutes(app, apollo, desk);
  pkiRoutes(app, desk);
  healthRoutes(app, desk);
  if (graphiql) graphiqlRoutes(app);
  return app;
}

function headersFor(request: FastifyRequest): Record<string, string> {
  return { "x-request-id": request.id, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };
}

function graphqlRoutes(app: FastifyInstance, apollo: ApolloServer<RequestContext>, desk: FrontDesk): void {
  const handler = fastifyApolloHandler(apollo, { context: (request) => contextOf(desk, request) });
  app.route({
    method: ["GET", "POST", "OPTIONS"],
    url: "/graphql",
    handler: (request, reply) => {
      void reply.header("cache-control", "no-store");
      const scope = { requestId: request.id, language: languageOf(request) };
      return requestScope.run(scope, () => handler.call(app, request, reply));
    },
  });
}

async function contextOf(desk: FrontDesk, request: FastifyRequest): Promise<RequestContext> {
  const origin: Origin = { requestId: request.id, address: request.ip };
  return new RequestContext(desk, origin, languageOf(request), await bearerOf(desk, request, origin));
}

async function bearerOf(desk: FrontDesk, request: FastifyRequest, origin: Origin): Promise<SignedIn | Unauthenticated | null> {
  const { authorization } = request.headers;
  if (authorization === undefined) return null;
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) return new Unauthenticated("UNKNOWN_SESSION");
  try {
    return await recognize(desk, token, origin);
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
  const code = codes[status] ?? (status === 500 ? "INTERNAL_SERVER_ERROR" : "BAD_REQUEST");
  const message = status === 500 ? INTERNAL_ERROR[languageOf(request)] : error.message;
  await reply.status(status).send({ errors: [{ message, extensions: { code, requestId: request.id } }] });
}
