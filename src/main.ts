import "reflect-metadata";
import { createServer, type AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { Issuer } from "./authorities/Issuer.js";
import { DEMO_BANK, demoEnrollmentCodes } from "./demo/demoBank.js";
import { MINUTE } from "./foundation/clock.js";
import { readConfig, type Config } from "./foundation/config.js";
import { openLog } from "./foundation/log.js";
import { OperatorError } from "./foundation/OperatorError.js";
import { baseUrl } from "./foundation/pkiSettings.js";
import { openHouse } from "./house.js";
import { startWork } from "./work.js";
import { openDoor, type HouseDesk } from "./http/server.js";
import { hopeFor } from "./http/tls.js";
import { toPem } from "./pki/pem.js";
import { openMeters } from "./watch/openMeters.js";

const LOOK_FOR_NEW_CAS_MS = 60 * MINUTE;

/** Opens the house, says where it is, and shuts it in order. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = openLog(config.logLevel);
  const { default: source } = await import("../ormconfig.js");

  // Certificates carry the server's address, and some are made before it listens: the port is settled first.
  const port = config.port === 0 ? await freePort(config.host) : config.port;
  const base = baseUrl("http", config.host, port);
  const desk = await openHouse({ ...config, pkiUrl: config.pkiUrl ?? base }, source, log);
  const doors = await openDoors(config, desk, log, port);
  const work = startWork(desk, config);

  let isClosing = false;
  const close = (signal: string) => {
    if (isClosing) return;
    isClosing = true;
    log.info({ signal }, "closing: no new requests, finishing the ones that run");
    Promise.all(doors.map((door) => door.close()))
      .then(() => work.stop())
      .then(() => desk.db.close())
      .then(() => process.exit(0), (error: unknown) => {
        log.error({ err: error }, "the house could not be shut in order");
        process.exit(1);
      });
  };
  process.on("SIGTERM", close);
  process.on("SIGINT", close);
  greet(config, base, doors); // whoever is told that it is there may tell it to go
}

/** The plain door; and, where TLS is configured, one for customers who present their certificates themselves. */
async function openDoors(config: Config, desk: HouseDesk, log: ReturnType<typeof openLog>, port: number): Promise<FastifyInstance[]> {
  const { host, tls } = config;
  const meters = openMeters(desk, { withProcess: true });
  // Beside a TLS door a plain one is for relying parties: who checks our certificates can't check ours first. On the loopback it is whole.
  const plain = await openDoor(desk, log, { ...config, meters, tls: undefined, isForRelyingParties: tls !== undefined && !config.isLoopback });
  await listen(plain, "PORT", { host, port });
  if (!tls) return [plain];

  const secure = await openDoor(desk, log, { ...config, meters, tls: { ...tls, issuers: await issuersOf(desk) } });
  await listen(secure, "SHOMEI_TLS_PORT", { host, port: tls.port });
  setInterval(() => {
    issuersOf(desk).then(
      (issuers) => { hopeFor(secure, { ...tls, issuers }); },
      (error: unknown) => { log.warn({ err: error }, "whether there are new CAs can't be looked up"); },
    );
  }, LOOK_FOR_NEW_CAS_MS).unref();
  return [plain, secure];
}

async function listen(door: FastifyInstance, setting: string, { host, port }: { host: string; port: number }): Promise<void> {
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

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject).listen(0, host, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => { resolve(port); });
    });
  });
}

function greet(config: Config, plain: string, [, door]: FastifyInstance[]): void {
  const secure = door && baseUrl("https", config.host, (door.server.address() as AddressInfo).port);
  const whole = secure !== undefined && !config.isLoopback ? secure : plain;
  const lines = [`Shomei is ready at ${whole}/graphql`];
  if (secure !== undefined) lines.push(whole === plain ? `With client certificates: ${secure}/graphql` : `For relying parties: ${plain}/pki, ${plain}/ocsp`);
  if (config.graphiql !== "nobody") {
    const doors = secure === undefined || secure === whole ? [whole] : [whole, secure];
    lines.push(`GraphiQL${config.graphiql === "operators" ? " for the bank's operators" : ""}: ${doors.map((at) => `${at}/graphiql`).join(", ")}`);
  }
  if (config.demo) {
    lines.push(
      `Demo bank ${DEMO_BANK}, password ${config.demo.password} for every ID:`,
      "  keir001  Master of カシマイ",
      "  keir002  Public ID of カシマイ, approver, with an active certificate",
      "  keir003  Public ID of カシマイ, operator, without a certificate",
      `  keir101  Master of アカツキ商事, which signs in by certificate; enrollment code ${demoEnrollmentCodes.keir101}`,
      `  keir102  Public ID of アカツキ商事; enrollment code ${demoEnrollmentCodes.keir102}`,
      "  desk001, desk002  the bank's own staff, who sign in by signInOperator: one requests, the other approves",
    );
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** What whoever starts the server can mend is said in one line; a fault shows where it happened. */
function farewell(error: unknown): never {
  const isTheirs = error instanceof OperatorError;
  const { message = String(error), stack, syscall } = error as { message?: string; stack?: string; syscall?: string };
  const isSystem = syscall !== undefined; // a port that is taken, a folder that can't be made
  process.stderr.write(`Shomei can't start: ${isTheirs || isSystem ? message : (stack ?? message)}\n`);
  process.exit(1);
}

await main().catch(farewell);
