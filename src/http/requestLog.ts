import { LogController, type FastifyReply, type FastifyRequest } from "fastify";

/** One line a request, when it is answered: what is asked is in it as well, and each line takes its time. */
export class RequestLog extends LogController {
  override incomingRequest(): void {
    // said with the answer
  }

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const facts = { req: request, res: reply, responseTime: reply.elapsedTime };
    if (error) reply.log.error({ ...facts, err: error }, "request errored");
    else reply.log.info(facts, "request completed");
  }
}
