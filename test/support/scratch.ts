import { existsSync, mkdtempSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ENOUGH = 4 * 1024 ** 3; // bytes
const MEMORY = "/dev/shm";

/**
 * A folder for a database that a test makes and throws away: in memory where there is plenty, because a test waits for the
 * disk at every COMMIT. The databases are set as they are meant to run; what is killed in the tests is processes.
 */
export function scratchFolder(prefix: string): string {
  return mkdtempSync(join(hasRoom() ? MEMORY : tmpdir(), prefix));
}

function hasRoom(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ENOUGH;
}
