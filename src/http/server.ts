import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest } from "fastify";
import { ulid } from "ulid";
import type { Audience } from "../foundation/environment.js";
import type { ProxySettings } from "../foundation/tlsSettings.js";
import { apolloServer } from "../graphql/apollo.js";
import type { FrontDesk } from "../graphql/RequestContext.js";
import { houseSchema } from "../graphql/schema.js";
import type { NoticeDesk } from "../notices/deliverNotices.js";
import type { OcspDesk } from "../validation/answerOcsp.js";
import { answerError, answerErrorsAsGraphqlDoes } from "./errors.js";
import { graphiqlRoutes } from "./graphiql.js";
import { graphqlRoutes } from "./graphql.js";
import { checkpointRoutes, downloadRoutes } from "./history.js";
import { healthRoutes } from "./health.js";
import { ocspRoutes } from "./ocsp.js";
import { pkiRoutes, type PkiDesk } from "./pki.js";
import { tlsOptions, type TlsDoor } from "./tls.js";

const LONGEST_BODY = 2 * 1024 * 1024; // bytes
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** What the whole house works with. */
export type HouseDesk = FrontDesk & OcspDesk & PkiDesk & NoticeDesk;

export interface DoorSettings {
  graphiql: Audience;
  proxies: ProxySettings;
  ocspMaxAgeSeconds: number;
  tls?: TlsDoor | undefined;
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

  pkiRoutes(app, desk);
  ocspRoutes(app, desk, settings.ocspMaxAgeSeconds);
  healthRoutes(app, desk);
  checkpointRoutes(app, desk);
  if (settings.isForRelyingParties) return app;

  const apollo = apolloServer(await houseSchema(), desk.log);
  await apollo.start();
  app.addHook("onClose", () => apollo.stop());
  graphqlRoutes(app, apollo, desk, settings.proxies);
  downloadRoutes(app, desk, settings.proxies);
  if (settings.graphiql !== "nobody") graphiqlRoutes(app, desk, settings.proxies, settings.graphiql);
  return app;
}

function headersFor(request: FastifyRequest): Record<string, string> {
  return { "x-request-id": request.id, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };
}
