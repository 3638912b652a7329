import { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";

/** One line a request, when it is answered: what is asked is in it as well, and each line takes its time. */
export class RequestLog extends LogController {
  /** Looks for no secrets: of a request only what the serializers name is in its line. */
  private readonly lines: Logger;

  constructor(log: FastifyBaseLogger) {
    super();
    this.lines = (log as Logger).child({}, { redact: [] });
  }

  override incomingRequest(): void {
    // said with the answer
  }

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const facts = { req: request, res: reply, responseTime: reply.elapsedTime };
    if (error) reply.log.error({ ...facts, err: error }, "request errored");
    else if ((reply.log as Logger).isLevelEnabled("info")) this.lines.info({ reqId: request.id, ...facts }, "request completed"); // its route may want less
  }
}
