import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { setTimeout } from "node:timers/promises";
import { Pkcs11Error } from "./Pkcs11Error.js";

const MOST_TRIES = 1_200;
const MOST_WAIT_MS = 100; // with all tries about a minute

/**
 * Runs `deed` while no other process of this machine logs in to the token of this label, or makes anything in it.
 *
 * SoftHSM 2.6.1 needs it. A process that writes before it has noticed another's new object never notices it
 * (Generation::commit), and while one logs in, which rewrites the token's own file, others can't read that. The lock is a
 * name in Linux's abstract socket namespace (unix(7)): no crash leaves it behind. Makers on several machines, of a network
 * HSM, are kept apart by their drafts.
 */
export async function oneAtATime<T>(token: string, deed: () => Promise<T> | T): Promise<T> {
  const lock = process.platform === "linux" ? await locked(`\0shomei-pkcs11/${Buffer.from(token).toString("base64url")}`) : undefined;
  try {
    return await deed();
  } finally {
    lock?.close();
  }
}

async function locked(name: string): Promise<Server> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const server = createServer((stranger) => stranger.destroy()).unref();
    try {
      server.listen(name);
      await once(server, "listening");
      return server;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      await setTimeout(randomInt(MOST_WAIT_MS));
    }
  }
  throw new Pkcs11Error("other processes have been at the token for a minute");
}
