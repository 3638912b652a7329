import { context, SpanKind, SpanStatusCode, trace, type Attributes, type Span } from "@opentelemetry/api";

// Only the API: whoever runs the house brings an SDK, or none; then all of this is next to nothing.

const tracer = () => trace.getTracer("shomei");

/** Whether somebody records what is done here. Without an SDK nobody does. */
export function isTraced(): boolean {
  return trace.getActiveSpan()?.isRecording() === true;
}

/** Runs `work` as a span of the recorded one that it is part of; where there is none, it is simply run. */
export function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  if (!isTraced()) return work();
  return running(tracer().startSpan(name, { attributes }), work);
}

/** Runs `work`, which speaks to somebody outside, as a span that is part of no other: nobody outside asked for it. */
export function inOutgoingSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  const span = tracer().startSpan(name, { kind: SpanKind.CLIENT, attributes, root: true });
  return span.isRecording() ? running(span, work) : work();
}

async function running<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(context.active(), span), work);
  } catch (error) {
    failed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Says what kind of error it was; never its message, which may name what somebody sent. */
export function failed(span: Span, error: unknown): void {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  span.setAttribute("error.type", typeof code === "string" ? code : typeof name === "string" ? name : "unknown");
  span.setStatus({ code: SpanStatusCode.ERROR });
}
