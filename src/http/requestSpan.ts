import { context, propagation, SpanKind, SpanStatusCode, trace, type Span } from "@opentelemetry/api";
import type { FastifyReply, FastifyRequest } from "fastify";
import { told } from "../graphql/presentable.js";
import { notesOf } from "./requestNotes.js";

/**
 * Answers a GraphQL request as a span: part of what the client traces, where it says so (W3C traceparent). Named and described by
 * words of the schema; nothing of its document, its variables, its bearer or its address. Without an SDK it is simply answered.
 */
export function inRequestSpan<T>(request: FastifyRequest, reply: FastifyReply, answer: () => Promise<T>): Promise<T> {
  const parent = propagation.extract(context.active(), request.headers);
  const span = trace.getTracer("shomei").startSpan("GraphQL Operation", {
    kind: SpanKind.SERVER,
    attributes: { "http.request.method": request.method, "http.route": "/graphql", "url.path": "/graphql", "shomei.request_id": request.id },
  }, parent);
  if (!span.isRecording()) return answer();
  return recorded(span, request, reply, () => context.with(trace.setSpan(parent, span), answer));
}

async function recorded<T>(span: Span, request: FastifyRequest, reply: FastifyReply, answer: () => Promise<T>): Promise<T> {
  let status = 500;
  try {
    const answered = await answer();
    status = reply.statusCode;
    return answered;
  } catch (error) {
    const known = told(error, "en"); // as the door will tell it
    if (known) status = known.status;
    span.setAttribute("error.type", known?.extensions.code ?? "INTERNAL_SERVER_ERROR");
    throw error;
  } finally {
    const { type, operation, errors } = notesOf(request);
    if (operation !== "none") span.updateName(`${type} ${operation}`).setAttributes({ "graphql.operation.type": type, "graphql.operation.name": operation });
    const [code] = errors ?? [];
    if (code !== undefined) span.setAttribute("error.type", code);
    if (status >= 500 || errors?.has("INTERNAL_SERVER_ERROR")) span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute("http.response.status_code", status).end();
  }
}
