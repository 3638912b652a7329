import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ProxySettings } from "../foundation/tlsSettings.js";
import type { MetricJson } from "../watch/MetricJson.js";
import { metricsText } from "../watch/metricsText.js";
import type { Meters } from "../watch/openMeters.js";
import { LOOPBACK } from "./addresses.js";
import { notesOf } from "./requestNotes.js";
import { overloaded } from "./turns.js";

export interface MetricsSettings {
  proxies: ProxySettings;
  /** By which anybody may read the figures; undefined: from this machine alone. */
  metricsToken?: string | undefined;
  /** What each process tells, where there are several. Unsaid: this one's. */
  metricsOfAll?: () => Promise<MetricJson[][]>;
}

/** Counts every answer of this door, whatever became of the request. */
export function countAnswers(app: FastifyInstance, meters: Meters): void {
  app.decorateRequest("notes");
  const count = (request: FastifyRequest, { elapsedTime }: FastifyReply, status: number) => {
    const route = request.routeOptions.url;
    if (route === "/graphql") meters.request(notesOf(request), status, elapsedTime / 1_000);
    else meters.http(route ?? "none", status, request.notes?.errors);
  };
  app.addHook("onResponse", (request, reply, done) => {
    count(request, reply, reply.statusCode);
    done();
  });
  // Who doesn't wait for it has no answer. A flood of those must be seen all the same.
  app.addHook("onError", (request, reply, error, done) => {
    if ((error as Error) === overloaded()) reply.raw.once("close", () => { if (!reply.raw.writableFinished) count(request, reply, 503); });
    done();
  });
}

/** `/metrics`, for whoever may read it; for others it isn't there. */
export function metricsRoutes(app: FastifyInstance, meters: Meters, settings: MetricsSettings): void {
  const everybody = settings.metricsOfAll ?? (async () => [await meters.json()]);
  app.get("/metrics", { logLevel: "warn" }, async (request, reply) => {
    if (!isOfThisMachine(request, settings.proxies) && !bearsToken(request, settings.metricsToken)) {
      reply.callNotFound();
      return reply;
    }
    const { contentType, text } = await metricsText(await everybody(), request.headers.accept);
    return reply.header("cache-control", "no-store").type(contentType).send(text);
  });
}

/** Marks that proxies leave, also those that the configuration doesn't name. */
const FORWARDED = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "client-cert"];

/** Who connects over the loopback and brings nobody else's request. A proxy that is named there speaks for the world. */
function isOfThisMachine({ headers, raw: { socket } }: FastifyRequest, proxies: ProxySettings): boolean {
  return LOOPBACK.test(socket.remoteAddress ?? "") && !proxies.loopback && !FORWARDED.some((name) => headers[name] !== undefined);
}

function bearsToken({ headers: { authorization } }: FastifyRequest, token: string | undefined): boolean {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  return token !== undefined && given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
