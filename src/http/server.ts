import compress, { type FastifyCompressOptions } from "@fastify/compress";
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest } from "fastify";
import type { Audience } from "../foundation/environment.js";
import { newRequestId } from "../foundation/ids.js";
import { forRequests } from "../foundation/log.js";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import { apolloServer, type ApolloSettings } from "../graphql/apollo.js";
import { openExecutor } from "../graphql/executor.js";
import type { FrontDesk } from "../graphql/RequestContext.js";
import { houseSchema } from "../graphql/schema.js";
import type { NoticeDesk } from "../notices/deliverNotices.js";
import type { OcspDesk } from "../validation/answerOcsp.js";
import { networkOf } from "./addresses.js";
import { peerOf } from "./clientCertificate.js";
import { answerClientError } from "./clientErrors.js";
import { answerError, answerErrorsAsGraphqlDoes } from "./errors.js";
import { graphiqlRoutes } from "./graphiql.js";
import { graphqlRoutes, type GraphqlSettings } from "./graphql.js";
import { checkpointRoutes, downloadRoutes } from "./history.js";
import { healthRoutes } from "./health.js";
import { countAnswers, metricsRoutes, type MetricsSettings } from "./metrics.js";
import { ocspRoutes } from "./ocsp.js";
import { openMeters, type Meters } from "../watch/openMeters.js";
import { pkiRoutes, type PkiDesk } from "./pki.js";
import { RequestLog } from "./requestLog.js";
import { tlsOptions, type TlsDoor } from "./tls.js";
import { overloaded } from "./turns.js";

const LONGEST_BODY = 2 * 1024 * 1024; // bytes, decompressed
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** What the whole house works with. */
export type HouseDesk = FrontDesk & OcspDesk & PkiDesk & NoticeDesk;

export interface DoorSettings extends GraphqlSettings, ApolloSettings, MetricsSettings {
  graphiql: Audience;
  /** At which use of a document a query is compiled; 0: never. */
  compileAt: number;
  ocspMaxAgeSeconds: number;
  tls?: TlsDoor | undefined;
  /** For relying parties alone: CRLs, OCSP, health. */
  isForRelyingParties?: boolean;
  /** Aborted when the house is to be closed soon: it isn't ready any more, and answers end their connections. */
  leaving?: AbortSignal;
  /** Unsaid: `ordinaryPatience`. */
  patience?: Patience;
  /** By which the process counts what it answers, at all of its doors. Unsaid: the door's own. */
  meters?: Meters;
}

/** How long a client may take, in milliseconds; then its connection is cut. */
export interface Patience {
  /** From the connection, or from the answer before, to the end of the headers. */
  headers: number;
  /** To the end of the body. */
  request: number;
  /** Without taking anything of its answer; the time in which that is asked for or made comes on top, whichever is longer. */
  unread: number;
  /** How often it is looked whether somebody took too long. */
  lookedAfterEvery: number;
}

export const ordinaryPatience: Patience = { headers: 10_000, request: 30_000, unread: 30_000, lookedAfterEvery: 2_000 };

/** A street door. Not yet listening. */
export async function openDoor(desk: HouseDesk, log: FastifyBaseLogger, settings: DoorSettings): Promise<FastifyInstance> {
  const patience = settings.patience ?? ordinaryPatience;
  const pace = { headersTimeout: patience.headers, connectionsCheckingInterval: patience.lookedAfterEvery };
  const app = fastify({
    ...tlsOptions(settings.tls, { ...pace, handshakeTimeout: patience.headers }),
    loggerInstance: forRequests(log),
    bodyLimit: LONGEST_BODY,
    // A client that sends its request drop by drop, or nothing at all.
    requestTimeout: patience.request,
    http: pace,
    // One that never reads its answer: nothing else would ever end it.
    connectionTimeout: Math.max(settings.requestMs, patience.request) + patience.unread,
    clientErrorHandler: answerClientError,
    keepAliveTimeout: 65_000,
    forceCloseConnections: "idle",
    logController: new RequestLog(),
    return503OnClosing: false, // a request that was on its way when the house began to close is answered like the others
    genReqId: ({ headers }) => {
      const given = headers["x-request-id"];
      return typeof given === "string" && REQUEST_ID.test(given) ? given : newRequestId(desk.clock.now());
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
    if (isClosing || settings.leaving?.aborted) void reply.header("connection", "close"); // or a kept-alive connection would keep the house open
    done(null, payload);
  });
  answerErrorsAsGraphqlDoes(app);

  const meters = settings.meters ?? openMeters(desk);
  countAnswers(app, meters);
  pkiRoutes(app, desk);
  ocspRoutes(app, desk, settings.ocspMaxAgeSeconds, meters);
  healthRoutes(app, desk, settings.leaving);
  metricsRoutes(app, meters, settings);
  checkpointRoutes(app, desk);
  if (settings.isForRelyingParties) return app;

  const executor = openExecutor(await houseSchema(), settings.compileAt);
  const apollo = apolloServer(executor, desk.log, settings);
  await apollo.start();
  app.addHook("onClose", () => apollo.stop());
  await app.register(async (room) => {
    room.addHook("onRequest", (request, _reply, done) => {
      const coding = request.headers["content-encoding"]?.toLowerCase(); // RFC 9110 §8.4.1: case doesn't count, and identity is none
      if (coding === "identity") delete request.headers["content-encoding"];
      else if (coding !== undefined) request.headers["content-encoding"] = coding;
      done();
    });
    await room.register(compress, compression);
    await room.register((api, _options, done) => {
      graphqlRoutes(api, { apollo, executor }, desk, settings);
      done();
    });
    await room.register((downloads, _options, done) => {
      downloads.addHook("onRequest", (request, _reply, next) => {
        // It may take minutes, so it takes no place: it is refused where others are.
        const isFull = settings.lanes.ORDINARY.isFullFor(networkOf(peerOf(request, settings.proxies).address));
        next(isFull ? overloaded() : undefined);
      });
      downloadRoutes(downloads, desk, settings.proxies);
      done();
    });
    if (settings.graphiql !== "nobody") graphiqlRoutes(room, desk, settings.proxies, settings.graphiql);
  });
  return app;
}

/** Both ways. Not brotli for answers: it takes too long for what is made anew each time. */
const compression: FastifyCompressOptions = {
  encodings: ["gzip", "deflate", "identity"],
  requestEncodings: ["br", "gzip", "deflate"],
  onUnsupportedRequestEncoding: () => new RequestRefusal("UNSUPPORTED_MEDIA_TYPE"),
  onInvalidRequestPayload: () => new RequestRefusal("BAD_REQUEST", {}, "The body can't be decompressed."),
};

function headersFor(request: FastifyRequest): Record<string, string> {
  return { "x-request-id": request.id, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };
}
