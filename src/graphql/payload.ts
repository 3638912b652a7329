import { Refusal } from "../foundation/refusals.js";
import type { RequestContext } from "./RequestContext.js";
import type { UserErrorView } from "./views/payloads.js";
import { worded } from "./wording.js";

/** Runs a use case and answers with what it makes of it; a refusal becomes `userErrors`, anything else goes on. */
export async function payload<P extends object>(
  context: RequestContext,
  answer: () => Promise<P>,
): Promise<Partial<P> & { userErrors: UserErrorView[] }> {
  try {
    return { ...(await answer()), userErrors: [] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { userErrors: [userError(error, context)] } as Partial<P> & { userErrors: UserErrorView[] };
  }
}

function userError({ code, path, facts }: Refusal, { language }: RequestContext): UserErrorView {
  const { message, nextStep } = worded(code, language, facts);
  return { code, message, nextStep: nextStep ?? null, path: path ?? null };
}
