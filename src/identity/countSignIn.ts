import { RateLimited, type RateLimits } from "../foundation/rateLimits.js";
import type { Desk } from "../foundation/desk.js";
import { folded } from "../foundation/text.js";
import { recordTurnedAway, type Attempt } from "../history/audited.js";

/**
 * Counts a try at an ID, whether or not there is one. Beyond the limit of a minute it is refused before anything is looked
 * up or proven (RATE_LIMITED); the first such refusal is entered in the ID's history, not each of a flood.
 */
export async function countSignIn(
  desk: Desk & { rates: RateLimits },
  { bankCode, loginId }: { bankCode: string; loginId: string },
  { action, origin }: Pick<Attempt, "action" | "origin">,
  whose: () => Promise<Attempt["by"]>,
): Promise<void> {
  try {
    await desk.rates.take("SIGN_IN", `${action} ${typed(bankCode)} ${typed(loginId)}`);
  } catch (error) {
    if (error instanceof RateLimited && error.isFirst) await recordTurnedAway(desk, { action, origin, by: await whose() }, "RATE_LIMITED");
    throw error;
  }
}

/** However it was written: else one ID would have a limit for each way. */
function typed(text: string): string {
  return folded(text.slice(0, 40)).trim().toLowerCase();
}
