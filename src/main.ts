import "reflect-metadata";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { MissingKeyError } from "./certificates/openIssuers.js";
import { DEMO_BANK, demoEnrollmentCodes } from "./demo/demoBank.js";
import { ConfigError, readConfig, type Config } from "./foundation/config.js";
import { openLog } from "./foundation/log.js";
import { openHouse } from "./house.js";
import { openDoor } from "./http/server.js";
import { KeyFileError } from "./pki/keyFile.js";
import { PassphraseError } from "./pki/Vault.js";

/** Opens the house, says where it is, and shuts it in order. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = openLog(config.logLevel);
  const { default: source } = await import("../ormconfig.js");
  const desk = await openHouse(config, source, log);
  const door = await openDoor(desk, log, { graphiql: config.graphiql });
  await door.listen({ host: config.host, port: config.port });
  greet(config, door);

  let isClosing = false;
  const close = (signal: string) => {
    if (isClosing) return;
    isClosing = true;
    log.info({ signal }, "closing: no new requests, finishing the ones that run");
    door.close()
      .then(() => desk.db.close())
      .then(() => process.exit(0), (error: unknown) => {
        log.error({ err: error }, "the house could not be shut in order");
        process.exit(1);
      });
  };
  process.on("SIGTERM", close);
  process.on("SIGINT", close);
}

function greet(config: Config, door: FastifyInstance): void {
  const { port } = door.server.address() as AddressInfo;
  const base = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${String(port)}`;
  const lines = [`Shomei is ready at ${base}/graphql`];
  if (config.graphiql) lines.push(`GraphiQL: ${base}/graphiql`);
  if (config.demo) {
    lines.push(
      `Demo bank ${DEMO_BANK}, password ${config.demo.password} for every ID:`,
      "  keir001  Master of カシマイ",
      "  keir002  Public ID of カシマイ, approver, with an active certificate",
      "  keir003  Public ID of カシマイ, operator, without a certificate",
      `  keir101  Master of アカツキ商事, which signs in by certificate; enrollment code ${demoEnrollmentCodes.keir101}`,
      `  keir102  Public ID of アカツキ商事; enrollment code ${demoEnrollmentCodes.keir102}`,
    );
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** What whoever starts the server can mend is said in one line; a fault shows where it happened. */
function farewell(error: unknown): never {
  const isTheirs = [ConfigError, KeyFileError, PassphraseError, MissingKeyError].some((type) => error instanceof type);
  const { message = String(error), stack, syscall } = error as { message?: string; stack?: string; syscall?: string };
  const isSystem = syscall !== undefined; // a port that is taken, a folder that can't be made
  process.stderr.write(`Shomei can't start: ${isTheirs || isSystem ? message : (stack ?? message)}\n`);
  process.exit(1);
}

await main().catch(farewell);
