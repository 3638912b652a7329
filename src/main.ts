import "reflect-metadata";
import cluster from "node:cluster";
import { readConfig } from "./foundation/config.js";
import { openLog } from "./foundation/log.js";
import { OperatorError } from "./foundation/OperatorError.js";
import { settlePorts } from "./ports.js";
import { leadWorkers, tellReady } from "./workers.js";

/** Serves, by itself or by workers, and says where. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = openLog(config.logLevel);
  const ports = await settlePorts(config);
  if (cluster.isPrimary && config.workers > 1) {
    await leadWorkers(config, ports, log);
  } else {
    const { serve } = await import("./serve.js"); // not for whoever only leads
    await serve(config, ports, log);
  }
  if (cluster.isWorker) {
    tellReady();
    return;
  }
  const { greeting } = await import("./greeting.js");
  process.stdout.write(greeting(config, ports));
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
