import type { FastifyInstance } from "fastify";
import { Issuer } from "../certificates/Issuer.js";
import type { Desk } from "../foundation/desk.js";

/** The CA certificates, for anybody: whoever verifies a certificate needs them. */
export function pkiRoutes(app: FastifyInstance, desk: Desk): void {
  app.get<{ Params: { name: string } }>("/pki/:name.cer", async ({ params }, reply) => {
    const issuer = /^[a-z0-9-]{1,40}$/.test(params.name) ? await desk.db.reads.findOneBy(Issuer, { name: params.name }) : null;
    if (!issuer) {
      reply.callNotFound();
      return reply;
    }
    return reply.header("cache-control", "public, max-age=3600").type("application/pkix-cert").send(issuer.certificate); // RFC 2585 §4.1
  });
}
