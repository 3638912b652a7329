import type { Desk } from "../foundation/desk.js";
import { openTally } from "../foundation/tally.js";
import type { OcspWord } from "../validation/answerOcsp.js";
import type { Responders } from "../validation/openResponders.js";
import { openHouseFigures } from "./houseFigures.js";
import type { MetricJson } from "./MetricJson.js";
import { metricTable, type MetricKey } from "./metricTable.js";
import { openCounter } from "./openCounter.js";
import { codeLabel, outcomeOf, OVERLOADED, type SeenCodes } from "./outcomeOf.js";
import { openProcessMetrics } from "./processMetrics.js";
import { shownDatabase, shownHouse, shownTally, type Shown } from "./shownFigures.js";

export interface WatchedDesk extends Desk {
  responders: Responders;
}

/** What became of a GraphQL request. */
export interface Answered extends SeenCodes {
  type: string;
  /** A root field's name, or another word of a closed list. */
  operation: string;
}

/** What one process counts, and what it tells of itself. */
export interface Meters {
  /** A GraphQL request was answered. */
  request(answered: Answered, status: number, seconds: number): void;
  /** Something else was. `route` is the route's pattern, never the path. */
  http(route: string, status: number, errors: ReadonlySet<string> | undefined): void;
  ocsp(says: readonly OcspWord[]): void;
  /** Has this asked, whenever the figures are, how many requests wait. */
  waitingIn(count: () => number): void;
  /** All of it. Asks the database, but for a moment only, and fails by nothing that it says. */
  json(): Promise<MetricJson[]>;
}

/** `withProcess`: processor, memory and event loop, too; once a process. */
export function openMeters(desk: WatchedDesk, { withProcess = false }: { withProcess?: boolean } = {}): Meters {
  const counters = {
    requests: openCounter("requests"), refusals: openCounter("refusals"), errors: openCounter("errors"), shed: openCounter("shed"), http: openCounter("http"), ocsp: openCounter("ocsp"),
  };
  counters.shed.add(0); // a rate needs to have seen it at 0
  const durations = new Map<string, { labels: Record<string, string>; tally: ReturnType<typeof openTally> }>();
  const lines: (() => number)[] = [];
  const figures = openHouseFigures(desk);
  const ofProcess = withProcess ? openProcessMetrics() : () => Promise.resolve([]);

  const noteErrors = (errors: ReadonlySet<string>) => {
    for (const code of errors) counters.errors.add(1, codeLabel(code));
    if (errors.has(OVERLOADED)) counters.shed.add(1);
  };
  const durationsOf = (operation: string, type: string) => {
    const key = `${type} ${operation}`;
    const known = durations.get(key) ?? { labels: { operation, type }, tally: openTally() };
    durations.set(key, known);
    return known.tally;
  };

  return {
    request: (answered, status, seconds) => {
      const { type, operation, refusals, errors } = answered;
      counters.requests.add(1, operation, type, outcomeOf(answered, status));
      durationsOf(operation, type).add(seconds);
      if (refusals) for (const code of refusals) counters.refusals.add(1, codeLabel(code));
      if (errors) noteErrors(errors);
    },
    http: (route, status, errors) => {
      counters.http.add(1, route, `${String(Math.floor(status / 100))}xx`);
      if (errors) noteErrors(errors);
    },
    ocsp: (says) => {
      for (const word of says) counters.ocsp.add(1, ocspLabels[word]);
    },
    waitingIn: (count) => { lines.push(count); },
    json: async () => {
      const [house, certificates] = await Promise.all([figures.house.newest(), figures.certificates.newest()]);
      const shown: Shown = {
        ...Object.fromEntries(Object.entries(counters).map(([key, counter]) => [key, counter.values()])),
        requestDurations: [...durations.values()].flatMap(({ tally, labels }) => shownTally("requestDurations", tally, labels)),
        waiting: [{ labels: {}, value: lines.reduce((sum, count) => sum + count(), 0) }],
        databaseUp: [{ labels: {}, value: figures.house.isUp ? 1 : 0 }],
        ...shownDatabase(desk.db.figures()),
        ...shownHouse({ house, certificates, signerEnds: desk.responders.ends(), now: desk.clock.now() }),
      };
      return [...metricsOf(shown), ...(await ofProcess())];
    },
  };
}

const ocspLabels: Record<OcspWord, string> = {
  GOOD: "good", REVOKED: "revoked", UNKNOWN: "unknown",
  malformedRequest: "malformed_request", internalError: "internal_error", tryLater: "try_later", unauthorized: "unauthorized",
};

function metricsOf(shown: Shown): MetricJson[] {
  return (Object.keys(metricTable) as MetricKey[]).map((key) => {
    const { name, help, type, together } = metricTable[key];
    return { name, help, type, aggregator: together, values: shown[key] ?? [] };
  });
}
