import { endKeptCertificates } from "./certificates/endKeptCertificates.js";
import { notePast } from "./certificates/notePast.js";
import { remindHolders } from "./certificates/remindHolders.js";
import { MINUTE, SECOND } from "./foundation/clock.js";
import type { Config } from "./foundation/config.js";
import { forgetRates } from "./foundation/rateLimits.js";
import { repeatedly } from "./foundation/repeatedly.js";
import { takeCheckpoints } from "./history/checkpoints.js";
import { sealHistory } from "./history/sealHistory.js";
import type { HouseDesk } from "./http/server.js";
import { deliverNotices } from "./notices/deliverNotices.js";

const SEALED_EVERY_MS = 100; // so that an entry is sealed within a quarter of a second
const MAILS_EVERY_MS = SECOND;
const TIDIED_EVERY_MS = MINUTE;

/** What goes on in the background, in every process: none of it knows of the others, and none does harm to another. */
export function startWork(desk: HouseDesk, { checkpointSeconds }: Pick<Config, "checkpointSeconds">): { stop: () => Promise<void> } {
  const { log } = desk;
  const sealer = repeatedly(() => seal(desk), SEALED_EVERY_MS, "sealing the history", log);
  const others = [
    repeatedly(() => takeCheckpoints(desk), checkpointSeconds * SECOND, "signing checkpoints", log),
    repeatedly(async () => (await deliverNotices(desk)).isMoreDue, MAILS_EVERY_MS, "sending mails", log),
    repeatedly(() => tidy(desk), TIDIED_EVERY_MS, "looking at what is due", log),
  ];
  return {
    stop: async () => {
      await Promise.all([sealer, ...others].map((one) => one.stop()));
      await sealHistory(desk); // what the last requests wrote
      await takeCheckpoints(desk);
      desk.mailer.close();
    },
  };
}

/** What ended is told outside the database within the same moment: a backup of before it can't be put back unseen. */
async function seal(desk: HouseDesk): Promise<void> {
  const { hasEnded } = await sealHistory(desk);
  if (hasEnded) await takeCheckpoints(desk);
}

async function tidy(desk: HouseDesk): Promise<void> {
  await endKeptCertificates(desk);
  await notePast(desk);
  await remindHolders(desk);
  await forgetRates(desk);
}
