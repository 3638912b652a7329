import { MissingKeyError, type Issuers } from "../authorities/Issuers.js";
import type { Issuer } from "../authorities/Issuer.js";
import { DAY, MINUTE, SECOND, later } from "../foundation/clock.js";
import { coalesced } from "../foundation/coalesced.js";
import { endKeptCertificates } from "../certificates/endKeptCertificates.js";
import { isDuplicate } from "../foundation/database/errors.js";
import type { Desk } from "../foundation/desk.js";
import type { Safekeeping } from "../foundation/safekeeping.js";
import { newId } from "../foundation/ids.js";
import { withinTime } from "../foundation/withinTime.js";
import { crlEntries, signedCrl } from "../pki/crl.js";
import type { Crl } from "./Crl.js";
import { newestCrl, storeCrl } from "./crlStore.js";
import { countRevoked, revokedCertificates } from "./revokedCertificates.js";

/** How long a list is good, and after how long a new one is made though nothing changed. The root's key is seldom here. */
const LIFE = {
  ISSUING: { validFor: 7 * DAY, renewedAfter: DAY },
  ROOT: { validFor: 400 * DAY, renewedAfter: 30 * DAY },
};
const CLOCKS_DIFFER_BY = 5 * MINUTE;
const TRIED_AGAIN_AFTER = 10 * SECOND;
const LONGEST_BUILD_MS = 30 * SECOND; // of an HSM that hangs; a million entries take some three

export interface CrlDesk extends Desk {
  issuers: Issuers;
  safekeeping: Pick<Safekeeping, "keepCrlNumber">;
}

export interface Crls {
  /**
   * The CA's list: a new one where something was revoked since, or where it gets old; the stored one where a new one
   * can't be made and it is still good, or the key is kept away. Null where there is none and the key isn't here.
   */
  current(issuer: Pick<Issuer, "id" | "kind">): Promise<Crl | null>;
}

/** Lists are made when they are asked for; a revocation is on the next one, at the latest `intervalMs` after it (0: at once). */
export function openCrls(desk: CrlDesk, intervalMs: number): Crls {
  const checkedAt = new Map<string, Date>();
  const failedAt = new Map<string, Date>();
  const offices = new Map<string, () => Promise<Crl | null>>();

  const bringUpToDate = async (issuer: Pick<Issuer, "id" | "kind">): Promise<Crl | null> => {
    const newest = await newestCrl(desk, issuer.id);
    const now = desk.clock.now();
    // A look that is still to come was taken by a clock that is ahead: it tells nothing of what happened since.
    const isRecent = (look: Date | undefined, milliseconds: number) => look !== undefined && look <= now && now < later(look, milliseconds);
    if (isRecent(newest?.thisUpdate, intervalMs) || isRecent(checkedAt.get(issuer.id), intervalMs)) return newest;
    await endKeptCertificates(desk); // what is over by now is revoked, and on the list
    if (newest && !(await isOutOfDate(desk, issuer, newest, now))) {
      checkedAt.set(issuer.id, now);
      return newest;
    }
    const isGood = newest !== null && now < newest.nextUpdate;
    if (isGood && isRecent(failedAt.get(issuer.id), TRIED_AGAIN_AFTER)) return newest; // anybody may ask: the log is not theirs to fill
    try {
      return await withinTime(publish(desk, issuer, newest, now), LONGEST_BUILD_MS, "a CRL");
    } catch (error) {
      if (isDuplicate(error)) return bringUpToDate(issuer); // another process published this number: its list is the one
      if (!isRecent(failedAt.get(issuer.id), TRIED_AGAIN_AFTER)) {
        failedAt.set(issuer.id, now);
        desk.log.error({ issuerId: issuer.id, nextUpdate: newest?.nextUpdate, err: error }, "a new CRL is due and can't be made");
      }
      // Better a list that lacks the newest than none, while it is good; one that is over says so itself where the key is kept away.
      if (isGood || error instanceof MissingKeyError) return newest;
      throw error;
    }
  };

  return {
    current: (issuer) => {
      const office = offices.get(issuer.id) ?? coalesced(() => bringUpToDate(issuer));
      offices.set(issuer.id, office);
      return office();
    },
  };
}

async function isOutOfDate(desk: CrlDesk, { id, kind }: Pick<Issuer, "id" | "kind">, newest: Crl, now: Date): Promise<boolean> {
  if (now >= later(newest.thisUpdate, LIFE[kind].renewedAfter) || isAhead(newest, now)) return true;
  const { entries, compromised } = await countRevoked(desk, id, newest.expiredBefore);
  return entries !== newest.entries || compromised !== newest.compromised;
}

/** Made by a clock that was ahead: not good yet for those who look at its date, and it may lack what hasn't ended yet. */
function isAhead({ thisUpdate, expiredBefore }: Crl, now: Date): boolean {
  return thisUpdate > later(now, CLOCKS_DIFFER_BY) || (expiredBefore !== null && expiredBefore > now);
}

async function publish(desk: CrlDesk, { id: issuerId, kind }: Pick<Issuer, "id" | "kind">, previous: Crl | null, now: Date): Promise<Crl> {
  const issuer = await desk.issuers.open(issuerId);
  const number = (previous?.number ?? 0) + 1;
  const thisUpdate = previous && previous.thisUpdate > now && !isAhead(previous, now) ? previous.thisUpdate : wholeSecond(now);
  const nextUpdate = later(thisUpdate, LIFE[kind].validFor);
  // RFC 5280 §3.3: an entry stays until it was on a list issued after its certificate's end. The one before this is such a
  // list, unless the clock that dated it was ahead.
  const expiredBefore = previous && later(previous.thisUpdate < now ? previous.thisUpdate : now, -CLOCKS_DIFFER_BY);

  const pages: Buffer[] = [];
  let entries = 0;
  let compromised = 0;
  for await (const page of revokedCertificates(desk, issuerId, expiredBefore)) {
    pages.push(crlEntries(page));
    entries += page.length;
    compromised += page.filter(({ reason }) => reason === "KEY_COMPROMISE").length;
  }
  const content = await signedCrl({ issuer, number, thisUpdate, nextUpdate }, pages);
  const crl = await storeCrl(desk, { id: newId(now), issuerId, number, thisUpdate, nextUpdate, expiredBefore, entries, compromised }, content);
  desk.safekeeping.keepCrlNumber(issuer.label, number); // before anybody is given it
  return crl;
}

function wholeSecond(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / SECOND) * SECOND);
}
