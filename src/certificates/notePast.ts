import { repeatable } from "../foundation/database/Database.js";
import type { Desk } from "../foundation/desk.js";
import { findPast, markPast } from "./certificateStore.js";

const AT_ONCE = 500; // certificates
const MOST_ROUNDS = 20; // the rest at the next look

/**
 * Notes of certificates that their deadline or their validity is over. Nobody's status follows from it, which the clock
 * alone decides: it is where lists of what has expired begin to look.
 */
export async function notePast(desk: Desk): Promise<void> {
  for (const state of ["PENDING", "ACTIVE"] as const) {
    for (let round = 1; round <= MOST_ROUNDS; round++) {
      const ids = await findPast(desk.db.reads, state, desk.db.instant(desk.clock.now()), AT_ONCE);
      if (ids.length > 0) await desk.db.transaction((tx) => markPast(tx, state, ids), repeatable);
      if (ids.length < AT_ONCE) break;
    }
  }
}
