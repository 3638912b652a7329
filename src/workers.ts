import cluster, { type Worker } from "node:cluster";
import { setTimeout as pause } from "node:timers/promises";
import { gatherFigures } from "./figuresOfAll.js";
import type { Config } from "./foundation/config.js";
import { MINUTE, SECOND } from "./foundation/clock.js";
import type { Log } from "./foundation/desk.js";
import { OperatorError } from "./foundation/OperatorError.js";
import type { Ports } from "./ports.js";

const READY = "ready";
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30 * SECOND;
/** Who lived so long didn't die of its start. */
const SETTLED_AFTER_MS = MINUTE;

/** What a worker calls when it listens. A SIGHUP that goes to the whole group is the leader's alone. */
export function tellReady(): void {
  process.on("SIGHUP", () => undefined);
  process.send?.(READY);
}

/**
 * Starts the workers and looks after them: one that dies is followed by another, after a pause that grows; SIGHUP replaces
 * them one by one, a new one being ready before the old one is told to end; SIGTERM ends them all, in order. The first one
 * migrates and makes what is missing; the others come when it is ready, and find it done. Resolves when all listen.
 */
export async function leadWorkers({ workers: count }: Config, ports: Ports, log: Log): Promise<void> {
  const env = { PORT: String(ports.plain), ...(ports.secure === undefined ? {} : { SHOMEI_TLS_PORT: String(ports.secure) }) };
  const serving = new Set<Worker>();
  const all = new Set<Worker>();
  let isEnding = false;
  let status = 0;

  /** One more, once it listens; rejects where it doesn't get so far, having said why. */
  const start = async (): Promise<Worker> => {
    const worker = cluster.fork(env);
    const begun = performance.now();
    all.add(worker);
    gatherFigures(worker, serving);
    const isReady = await new Promise<boolean>((resolve) => {
      worker.on("message", (message) => { if (message === READY) resolve(true); });
      worker.once("exit", (code) => {
        all.delete(worker);
        const wasServing = serving.delete(worker);
        if (wasServing && isEnding && code !== 0) status = 1; // one that had nothing to finish may be cut short
        if (wasServing && !isEnding) followUp(worker, performance.now() - begun);
        resolve(false);
      });
    });
    if (!isReady) throw new OperatorError("a worker ended before it was ready");
    serving.add(worker);
    return worker;
  };

  let deaths = 0;
  const followUp = (dead: Worker, livedMs: number) => {
    const { pid, exitCode, signalCode } = dead.process;
    deaths = livedMs > SETTLED_AFTER_MS ? 0 : deaths;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** deaths++, LONGEST_PAUSE_MS);
    log.error({ pid, exitCode, signal: signalCode, pauseMs }, "a worker died; another one takes its place");
    void pause(pauseMs).then(() => (isEnding ? undefined : start())).catch(() => { if (!isEnding) followUp(dead, 0); });
  };

  /** Told to end, it is nobody's to follow up. */
  const replace = async (old: Worker) => {
    await start();
    if (!serving.delete(old)) return; // it died meanwhile, and was followed up
    const gone = new Promise((resolve) => old.once("exit", resolve));
    old.process.kill("SIGTERM");
    await gone;
  };
  const replaceAll = async () => {
    log.info({}, "replacing the workers, one by one");
    for (const old of [...serving]) if (!isEnding && serving.has(old)) await replace(old);
    log.info({}, "all workers are new ones");
  };
  let replacing = Promise.resolve();
  process.on("SIGHUP", () => {
    replacing = replacing.then(replaceAll).catch((error: unknown) => { log.error({ err: error }, "the workers could not all be replaced; the old ones go on"); });
  });

  const end = (signal: NodeJS.Signals) => {
    isEnding = true;
    for (const worker of all) worker.process.kill(signal);
    if (all.size === 0) process.exit(status);
    cluster.on("exit", () => { if (all.size === 0) process.exit(status); });
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);

  await start();
  await Promise.all(Array.from({ length: count - 1 }, start));
}
