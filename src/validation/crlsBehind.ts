import { Issuer } from "../authorities/Issuer.js";
import type { Desk } from "../foundation/desk.js";
import type { Safekeeping } from "../foundation/safekeeping.js";
import { newestCrl } from "./crlStore.js";

/** Holds each CA's newest list against the number kept outside the database, and says which are behind: a number that was published is never published again. */
export async function crlsBehind(desk: Desk, safekeeping: Safekeeping): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, kept] of safekeeping.crlNumbers()) {
    const issuer = await desk.db.reads.findOneBy(Issuer, { name });
    const number = (issuer && (await newestCrl(desk, issuer.id)))?.number ?? 0;
    if (number < kept) faults.push(`the revocation list of ${name} had the number ${String(kept)} and has ${String(number)} here`);
  }
  return faults;
}
