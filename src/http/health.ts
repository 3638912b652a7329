import type { FastifyInstance } from "fastify";
import { DatabaseUnavailable } from "../foundation/database/DatabaseUnavailable.js";
import { hasNoQuorum } from "../foundation/database/errors.js";
import { withinDeadline } from "../foundation/deadline.js";
import type { Desk } from "../foundation/desk.js";

const LONGEST_LOOK_MS = 2_000; // whoever asks doesn't wait longer either

/**
 * `/healthz`: the process lives. `/readyz`: it can serve, that is, read a table (a node without quorum answers SELECT 1), and isn't
 * about to leave. One that sheds is ready: taken out, it would leave its share to the others, and these would be next.
 */
export function healthRoutes(app: FastifyInstance, desk: Desk, leaving?: AbortSignal): void {
  app.get("/healthz", { logLevel: "warn" }, () => ({ status: "alive" }));

  app.get("/readyz", { logLevel: "warn" }, async (request, reply) => {
    if (leaving?.aborted) return reply.status(503).send({ status: "not ready", reason: "it is closing" });
    try {
      await withinDeadline(LONGEST_LOOK_MS, () => desk.db.reads.query("SELECT id FROM banks LIMIT 1"));
      return await reply.send({ status: "ready" });
    } catch (error) {
      request.log.error({ err: error }, "not ready: the database can't be read");
      return reply.status(503).header("retry-after", "5").send({ status: "not ready", reason: reasonOf(error) });
    }
  });
}

function reasonOf(error: unknown): string {
  const cause = error instanceof DatabaseUnavailable ? error.cause : error;
  return hasNoQuorum(cause) ? "the database can't be read: no node that answers belongs to a majority" : "the database can't be read";
}
