import { Refusal } from "../foundation/refusals.js";
import { requestScope } from "./presentable.js";
import type { RequestContext } from "./RequestContext.js";
import type { UserErrorView } from "./views/payloads.js";
import { worded } from "./wording.js";

/**
 * Runs a use case and answers with what it makes of it; a refusal becomes `userErrors`, all of a form's at once, with what
 * `whenRefused` adds. Anything else goes on.
 */
export async function payload<P extends object>(
  context: RequestContext,
  answer: () => Promise<P>,
  whenRefused?: (refusal: Refusal) => Promise<Partial<P>>,
): Promise<Partial<P> & { userErrors: UserErrorView[] }> {
  try {
    return { ...(await answer()), userErrors: [] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    note([error, ...error.also]);
    const userErrors = [error, ...error.also].map((refusal) => userError(refusal, context));
    return { ...(await whenRefused?.(error)), userErrors } as Partial<P> & { userErrors: UserErrorView[] };
  }
}

function note(refusals: readonly Refusal[]): void {
  const notes = requestScope.getStore()?.notes;
  if (notes) for (const { code } of refusals) (notes.refusals ??= new Set()).add(code);
}

function userError({ code, path, facts }: Refusal, { language }: RequestContext): UserErrorView {
  const { message, nextStep } = worded(code, language, facts);
  return { code, message, nextStep, path: path ?? null };
}
