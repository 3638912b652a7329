import { caEnds } from "../authorities/caEnds.js";
import { certificateFigures, reissuesSince, type CertificateFigures } from "../certificates/certificateFigures.js";
import { MINUTE, SECOND, later } from "../foundation/clock.js";
import type { Desk } from "../foundation/desk.js";
import { historyFigures } from "../history/historyFigures.js";
import { outboxFigures } from "../notices/outboxFigures.js";
import { crlFigures } from "../validation/crlFigures.js";
import { keptFigures, type KeptFigures } from "./keptFigures.js";

const HOUR = 60 * MINUTE;

export type HouseFigures = Awaited<ReturnType<typeof gather>>;

/** What only the database knows: a few rows every five seconds, the certificates' count each minute at most. */
export function openHouseFigures(desk: Desk): { house: KeptFigures<HouseFigures>; certificates: KeptFigures<CertificateFigures> } {
  return {
    house: keptFigures(desk, "the house's figures", () => gather(desk), { everyMs: 5 * SECOND, longestMs: 2 * SECOND }),
    certificates: keptFigures(desk, "how many certificates there are", () => certificateFigures(desk), { everyMs: MINUTE, longestMs: 30 * SECOND }),
  };
}

async function gather(desk: Desk) {
  return {
    crls: await crlFigures(desk),
    caEnds: await caEnds(desk),
    history: await historyFigures(desk),
    outbox: await outboxFigures(desk),
    reissues: await reissuesSince(desk, later(desk.clock.now(), -HOUR)),
  };
}
