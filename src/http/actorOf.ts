import type { FastifyRequest } from "fastify";
import { Unauthenticated } from "../foundation/refusals.js";
import type { ProxySettings } from "../foundation/tlsSettings.js";
import type { FrontDesk } from "../graphql/RequestContext.js";
import type { Actor } from "../policy/Actor.js";
import { networkOf } from "./addresses.js";
import { peerOf } from "./clientCertificate.js";
import { whoAsks } from "./whoAsks.js";

/** Who is signed in by the request's token; nobody goes no further than the door (401), nor does a flood (429). */
export async function actorOf(desk: FrontDesk, request: FastifyRequest, proxies: ProxySettings): Promise<Actor> {
  const { address, certificate } = peerOf(request, proxies);
  await desk.rates.take("ADDRESS", networkOf(address));
  const origin = { requestId: request.id, address };
  const who = await whoAsks(desk, request, certificate && (await desk.examine(certificate)), origin);
  if (who === null) throw new Unauthenticated("NOBODY");
  if (who instanceof Unauthenticated) throw who;
  await desk.rates.take("SESSION", who.actor.sessionId);
  return who.actor;
}
