import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import fresh from "fresh";
import { Issuer } from "../authorities/Issuer.js";
import type { Desk } from "../foundation/desk.js";
import type { Crl } from "../validation/Crl.js";
import { crlContent, isOnlyOneOfItsSecond } from "../validation/crlStore.js";
import type { Crls } from "../validation/openCrls.js";

export interface PkiDesk extends Desk {
  crls: Crls;
}

interface Named {
  Params: { name: string };
}

/** CA certificates and revocation lists, for anybody: whoever verifies a certificate needs them. */
export function pkiRoutes(app: FastifyInstance, desk: PkiDesk): void {
  app.get<Named>("/pki/:name.cer", async ({ params }, reply) => {
    const issuer = await issuerNamed(desk, params.name);
    if (!issuer) return notFound(reply);
    return reply.header("cache-control", "public, max-age=3600").type("application/pkix-cert").send(issuer.certificate); // RFC 2585 §4.1
  });

  app.route<Named>({
    method: ["GET", "HEAD"], // a HEAD of Fastify's own would say that the length is 0
    url: "/pki/:name.crl",
    handler: async (request, reply) => {
      const issuer = await issuerNamed(desk, request.params.name);
      const crl = issuer && (await desk.crls.current(issuer));
      if (!crl) return notFound(reply);

      const headers = {
        "etag": `"${crl.fingerprint}"`,
        "last-modified": crl.thisUpdate.toUTCString(),
        "cache-control": "public, no-transform, must-revalidate, max-age=0", // a cache that asks each time is told 304; an age would add to the interval
      };
      void reply.headers(headers);
      if (fresh(request.headers, headers) && (await isTold(desk, request, crl))) return reply.status(304).send();
      void reply.header("content-length", crl.octets).type("application/pkix-crl"); // RFC 2585 §4.2
      return reply.send(request.method === "HEAD" ? "" : Readable.from(crlContent(desk, crl)));
    },
  });
}

/**
 * Whether the condition tells this list from every other: a date does so where it is this list's own and no other's. A later
 * one may be that of a list which a clock that was ahead has made, and which isn't the newest any more.
 */
async function isTold(desk: Desk, { headers }: FastifyRequest, crl: Crl): Promise<boolean> {
  if (headers["if-none-match"] !== undefined) return true;
  return headers["if-modified-since"] === crl.thisUpdate.toUTCString() && (await isOnlyOneOfItsSecond(desk, crl));
}

async function issuerNamed({ db }: Desk, name: string): Promise<Issuer | null> {
  return /^[a-z0-9-]{1,40}$/.test(name) ? db.reads.findOneBy(Issuer, { name }) : null;
}

function notFound(reply: FastifyReply): FastifyReply {
  reply.callNotFound();
  return reply;
}
