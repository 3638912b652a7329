import type { CertificateFigures } from "../certificates/certificateFigures.js";
import { SECOND } from "../foundation/clock.js";
import type { DatabaseFigures } from "../foundation/database/DatabaseFigures.js";
import type { Tally } from "../foundation/tally.js";
import type { HouseFigures } from "./houseFigures.js";
import type { Kept } from "./keptFigures.js";
import type { MetricValue } from "./MetricJson.js";
import { metricTable, type MetricKey } from "./metricTable.js";

/** The values of metrics; of those that nothing is known of, none. */
export type Shown = Partial<Record<MetricKey, MetricValue[]>>;

const one = (value: number): MetricValue[] => [{ labels: {}, value }];
const by = (label: string, values: Iterable<readonly [string | number, number]>): MetricValue[] => Array.from(values, ([name, value]) => ({ labels: { [label]: name }, value }));

export function shownDatabase(figures: DatabaseFigures): Shown {
  const { pools } = figures;
  return {
    connections: pools.flatMap(({ host, inUse, idle }) => [{ labels: { host, state: "in_use" }, value: inUse }, { labels: { host, state: "idle" }, value: idle }]),
    connectionsMost: by("host", pools.map(({ host, most }) => [host, most])),
    connectionsWaited: by("host", pools.map(({ host, waiting }) => [host, waiting])),
    writersWaiting: one(figures.writersWaiting),
    waits: shownTally("waits", figures.waits),
    transactions: by("outcome", [["committed", figures.committed], ["rolled_back", figures.rolledBack]]),
    transactionDurations: shownTally("transactionDurations", figures.durations),
    retries: by("work", [["transaction", figures.transactionsRetried], ["read", figures.readsRetried]]),
    outcomesUnknown: one(figures.outcomesUnknown),
  };
}

interface FromTheDatabase {
  house: Kept<HouseFigures> | undefined;
  certificates: Kept<CertificateFigures> | undefined;
  signerEnds: ReadonlyMap<string, Date>;
  now: Date;
}

/** Ages are as of now, also of figures that are some seconds old. */
export function shownHouse({ house, certificates, signerEnds, now }: FromTheDatabase): Shown {
  const since = (instant: Date | null) => (instant === null ? 0 : Math.max(0, (now.getTime() - instant.getTime()) / SECOND));
  const until = (instant: Date) => (instant.getTime() - now.getTime()) / SECOND;
  const ages: [string, number][] = [];
  if (house) ages.push(["house", since(house.at)]);
  if (certificates) ages.push(["certificates", since(certificates.at)]);
  return {
    ocspSignerEnd: by("issuer", Array.from(signerEnds, ([issuer, end]) => [issuer, until(end)])),
    figuresAge: by("figures", ages),
    ...(house && shownOfHouse(house.figures, since, until)),
    ...(certificates && {
      certificates: by("status", Object.entries(certificates.figures.byStatus).map(([status, count]) => [status.toLowerCase(), count])),
      certificatesEnding: by("within_days", certificates.figures.endingWithin),
    }),
  };
}

function shownOfHouse({ crls, caEnds, history, outbox, reissues }: HouseFigures, since: (instant: Date | null) => number, until: (instant: Date) => number): Shown {
  return {
    crlAge: by("issuer", crls.map(({ issuer, thisUpdate }) => [issuer, since(thisUpdate)])),
    crlNextUpdate: by("issuer", crls.map(({ issuer, nextUpdate }) => [issuer, until(nextUpdate)])),
    crlEntries: by("issuer", crls.map(({ issuer, entries }) => [issuer, entries])),
    caEnd: caEnds.map(({ issuer, role, end }) => ({ labels: { issuer, role }, value: until(end) })),
    unsealed: one(history.unsealed),
    sealingLag: one(since(history.oldestUnsealed)),
    ...(history.newestCheckpoint && { checkpointAge: one(since(history.newestCheckpoint)) }),
    checkpointLag: one(since(history.oldestUnchecked)),
    outbox: by("state", [["queued", outbox.queued], ["dead", outbox.dead]]),
    outboxDue: one(since(outbox.oldestDue)),
    reissues: one(reissues),
  };
}

/** A histogram's values as they are shown: each bound with all that is at most it. */
export function shownTally(key: MetricKey, { bounds, counts, count, sum }: Tally, labels: Record<string, string> = {}): MetricValue[] {
  const { name } = metricTable[key];
  let atMost = 0;
  return [
    ...bounds.map((le, index) => ({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: (atMost += counts[index] ?? 0) })),
    { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
