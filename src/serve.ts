import { setImmediate as aTurnOfTheLoop, setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { Issuer } from "./authorities/Issuer.js";
import { figuresOfAll } from "./figuresOfAll.js";
import { MINUTE } from "./foundation/clock.js";
import type { Config } from "./foundation/config.js";
import { OperatorError } from "./foundation/OperatorError.js";
import { baseUrl } from "./foundation/pkiSettings.js";
import { openHouse } from "./house.js";
import { openLanes } from "./http/lanes.js";
import { openDoor, type HouseDesk } from "./http/server.js";
import { hopeFor } from "./http/tls.js";
import { toPem } from "./pki/pem.js";
import type { Ports } from "./ports.js";
import { openMeters } from "./watch/openMeters.js";
import { startWork } from "./work.js";

const LOOK_FOR_NEW_CAS_MS = 60 * MINUTE;

/** Opens the house at these ports; it is shut in order when the process is told to end. */
export async function serve(config: Config, ports: Ports, log: Logger): Promise<void> {
  const { default: source } = await import("../ormconfig.js");
  const desk = await openHouse({ ...config, pkiUrl: config.pkiUrl ?? baseUrl("http", config.host, ports.plain) }, source, log);
  const leaving = new AbortController();
  const doors = await openDoors(config, desk, log, ports, leaving.signal);
  const work = startWork(desk, config);

  const close = async () => {
    await Promise.all(doors.map((door) => door.close()));
    await work.stop();
    await desk.db.close();
  };
  leaveWhenTold(config, log, leaving, close);
}

/**
 * SIGTERM: /readyz says so at once and answers end their connections, while new requests are served for as long as is
 * configured, so that a proxy sees it first; then nothing new is accepted and what runs is finished. Ctrl-C, or a second
 * signal, waits for no proxy.
 */
function leaveWhenTold({ drainMs }: Config, log: Logger, leaving: AbortController, close: () => Promise<void>): void {
  const hurry = new AbortController();
  const leave = async (signal: NodeJS.Signals) => {
    if (signal === "SIGINT" || leaving.signal.aborted) hurry.abort();
    if (leaving.signal.aborted) return;
    leaving.abort();
    log.info({ signal, drainMs }, "closing: no longer ready, serving what still comes");
    await pause(drainMs, undefined, { signal: hurry.signal }).catch(() => undefined);
    if (drainMs > 0) await aQuietMoment();
    log.info({ signal }, "closing: no new requests, finishing the ones that run");
    await close();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      leave(signal).catch((error: unknown) => {
        log.error({ err: error }, "the house could not be shut in order");
        process.exit(1);
      });
    });
  }
}

const QUIET_MS = 0.3;
const MOST_TURNS = 2_000;

/** A connection that has come but isn't accepted yet is reset when the listening ends: better when the loop has just looked and found none. */
async function aQuietMoment(): Promise<void> {
  for (let turn = 0, before = performance.now(); turn < MOST_TURNS; turn++) {
    await aTurnOfTheLoop();
    const now = performance.now();
    if (now - before < QUIET_MS) return;
    before = now;
  }
}

/** The plain door; and, where TLS is configured, one for customers who present their certificates themselves. */
async function openDoors(config: Config, desk: HouseDesk, log: Logger, ports: Ports, leaving: AbortSignal): Promise<FastifyInstance[]> {
  const { host, tls } = config;
  const lanes = openLanes(config.turns, log);
  const meters = openMeters(desk, { withProcess: true });
  meters.waitingIn(() => Object.values(lanes).reduce((sum, lane) => sum + lane.figures().waiting, 0));
  const settings = { ...config, lanes, leaving, meters, metricsOfAll: figuresOfAll(() => meters.json()) };
  // Beside a TLS door a plain one is for relying parties: who checks our certificates can't check ours first. On the loopback it is whole.
  const plain = await openDoor(desk, log, { ...settings, tls: undefined, isForRelyingParties: tls !== undefined && !config.isLoopback });
  await listen(plain, "PORT", host, ports.plain);
  if (!tls || ports.secure === undefined) return [plain];

  const secure = await openDoor(desk, log, { ...settings, tls: { ...tls, issuers: await issuersOf(desk) } });
  await listen(secure, "SHOMEI_TLS_PORT", host, ports.secure);
  setInterval(() => {
    issuersOf(desk).then(
      (issuers) => { hopeFor(secure, { ...tls, issuers }); },
      (error: unknown) => { log.warn({ err: error }, "whether there are new CAs can't be looked up"); },
    );
  }, LOOK_FOR_NEW_CAS_MS).unref();
  return [plain, secure];
}

async function listen(door: FastifyInstance, setting: string, host: string, port: number): Promise<void> {
  try {
    await door.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new OperatorError(`${setting}: ${String(port)} is taken; is Shomei already running?`, { cause: error });
  }
}

async function issuersOf({ db }: HouseDesk): Promise<string[]> {
  return (await db.reads.find(Issuer)).map(({ certificate }) => toPem("CERTIFICATE", certificate));
}
