import type { FastifyRequest } from "fastify";
import { Unauthenticated } from "../foundation/refusals.js";
import type { FrontDesk } from "../graphql/RequestContext.js";
import { isWorthless, unauthenticatedBy, type PresentedCertificate } from "../identity/presentedCertificate.js";
import { recognize, type SignedIn } from "../identity/sessions.js";
import type { Origin } from "../policy/Actor.js";

/** Who bears the request's token: somebody, nobody (null), or why it is worth nothing. */
export async function whoAsks(
  desk: FrontDesk,
  { headers: { authorization } }: FastifyRequest,
  presented: PresentedCertificate | null,
  origin: Origin,
): Promise<SignedIn | Unauthenticated | null> {
  const refused = isWorthless(presented) ? unauthenticatedBy(presented) : null;
  if (authorization === undefined) return refused;
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) return refused ?? new Unauthenticated("UNKNOWN_SESSION");
  try {
    return await recognize(desk, token, presented, origin);
  } catch (error) {
    if (error instanceof Unauthenticated) return error.former ? error : (refused ?? error); // whoever needs to be somebody will say so
    throw error;
  }
}
