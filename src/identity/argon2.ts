import { availableParallelism } from "node:os";
import * as argon2 from "@node-rs/argon2";
import { fewAtOnce } from "../foundation/fewAtOnce.js";

/** Of node's pool of four threads one stays free: files, gzip and names of hosts go by it, too. */
const MOST_THREADS = 3;
const inPlace = fewAtOnce(Math.min(availableParallelism(), MOST_THREADS));

// argon2id (the library's default) at OWASP's second choice: 19 MiB, two passes, one lane. The parameters are stored with each hash.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function hashPassword(password: string): Promise<string> {
  return inPlace(() => argon2.hash(password, COST));
}

/** Whether this is the password of the hash; never of one that can't be read. */
export function isPassword(hash: string, password: string): Promise<boolean> {
  return inPlace(() => argon2.verify(hash, password).catch(() => false));
}
