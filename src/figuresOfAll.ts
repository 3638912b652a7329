import cluster, { type Worker } from "node:cluster";
import { randomUUID } from "node:crypto";
import type { MetricJson } from "./watch/MetricJson.js";

const LONGEST_WAIT_MS = 2_000; // a worker that is busy or about to end is left out

/** What the leader and its workers say to each other: somebody wants the figures of all, each tells its own, there they are. */
type Word =
  | { kind: "FIGURES_WANTED"; by: string }
  | { kind: "TELL_FIGURES"; to: string }
  | { kind: "FIGURES"; to: string; figures: MetricJson[] }
  | { kind: "FIGURES_OF_ALL"; to: string; all: MetricJson[][] };

/** In a worker: asks all of them for their figures, by the leader. Where there are no workers, the process's own are all. */
export function figuresOfAll(own: () => Promise<MetricJson[]>): () => Promise<MetricJson[][]> {
  if (!cluster.isWorker) return async () => [await own()];
  const waiting = new Map<string, (all: MetricJson[][]) => void>();
  process.on("message", (word: Word) => {
    if (word.kind === "TELL_FIGURES") void own().then((figures) => { say({ kind: "FIGURES", to: word.to, figures }); }, () => undefined);
    if (word.kind === "FIGURES_OF_ALL") waiting.get(word.to)?.(word.all);
  });
  return async () => {
    const by = randomUUID();
    const asked = new Promise<MetricJson[][]>((resolve) => { waiting.set(by, resolve); });
    say({ kind: "FIGURES_WANTED", by });
    const all = await Promise.race([asked, inVain<MetricJson[][]>(2 * LONGEST_WAIT_MS)]);
    waiting.delete(by);
    return all ?? [await own()];
  };
}

/** In the leader: gathers for the worker that asks what all that serve tell of themselves. */
export function gatherFigures(asker: Worker, serving: ReadonlySet<Worker>): void {
  asker.on("message", (word: Word) => {
    if (word.kind !== "FIGURES_WANTED") return;
    void Promise.all([...serving].map((worker) => toldBy(worker, word.by))).then((told) => {
      const all = told.filter((figures) => figures !== undefined);
      if (asker.isConnected()) asker.send({ kind: "FIGURES_OF_ALL", to: word.by, all } satisfies Word);
    });
  });
}

async function toldBy(worker: Worker, to: string): Promise<MetricJson[] | undefined> {
  if (!worker.isConnected()) return undefined;
  let listen: ((word: Word) => void) | undefined;
  const told = new Promise<MetricJson[]>((resolve) => {
    listen = (word) => { if (word.kind === "FIGURES" && word.to === to) resolve(word.figures); };
    worker.on("message", listen);
    worker.send({ kind: "TELL_FIGURES", to } satisfies Word);
  });
  const figures = await Promise.race([told, inVain<MetricJson[]>(LONGEST_WAIT_MS)]);
  if (listen) worker.off("message", listen);
  return figures;
}

function say(word: Word): void {
  process.send?.(word);
}

function inVain<T>(milliseconds: number): Promise<T | undefined> {
  return new Promise((resolve) => { setTimeout(() => { resolve(undefined); }, milliseconds).unref(); });
}
