import { isWorthless } from "../identity/presentedCertificate.js";
import type { ReadyOperation } from "./executor.js";
import { asksForSchema } from "./introspection.js";
import { measuredWithinLimits, saying, type Measured } from "./limits.js";
import type { RequestContext } from "./RequestContext.js";
import { noteOperation } from "./requestNotes.js";

/**
 * The answer of an operation that is ready, as Apollo would send it to the letter, without what Apollo takes to come to it.
 * Undefined where there is anything but data to tell: a limit, variables that don't fit, a certificate that lets nobody in,
 * an error of a field. Apollo and its plugins say that; what was run already, a mutation above all, isn't run again.
 */
export async function answerReady({ schema, document, operation, run }: ReadyOperation, variables: Record<string, unknown>, context: RequestContext): Promise<string | undefined> {
  if (isWorthless(context.presented) || asksForSchema(document)) return undefined;
  const measured = ifWithinLimits(() => measuredWithinLimits(schema, document, operation, variables));
  if (!measured) return undefined;
  noteOperation(document, operation);
  const result = await run(context, measured.coerced, variables);
  if (result.data === undefined) return undefined; // nothing was run
  if (!result.errors) return `${JSON.stringify({ data: result.data, extensions: saying(measured.cost) })}\n`;
  context.ran = result;
  return undefined;
}

function ifWithinLimits(measured: () => Measured | undefined): Measured | undefined {
  try {
    return measured();
  } catch {
    return undefined; // whoever refuses it finds the same
  }
}
