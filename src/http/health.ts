import type { FastifyInstance } from "fastify";
import type { Desk } from "../foundation/desk.js";

/** `/healthz`: the process lives. `/readyz`: it can serve, that is, read a table; a node without quorum answers SELECT 1. */
export function healthRoutes(app: FastifyInstance, desk: Desk): void {
  app.get("/healthz", { logLevel: "warn" }, () => ({ status: "alive" }));

  app.get("/readyz", { logLevel: "warn" }, async (request, reply) => {
    try {
      await desk.db.reads.query("SELECT id FROM banks LIMIT 1");
      return await reply.send({ status: "ready" });
    } catch (error) {
      request.log.error({ err: error }, "not ready: the database can't be read");
      return reply.status(503).header("retry-after", "5").send({ status: "not ready", reason: "the database can't be read" });
    }
  });
}
