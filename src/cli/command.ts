import { existsSync } from "node:fs";
import { systemClock } from "../foundation/clock.js";
import type { Config } from "../foundation/config.js";
import type { Reads } from "../foundation/database/Database.js";
import { openDatabase, openReads } from "../foundation/database/openDatabase.js";
import type { Desk } from "../foundation/desk.js";
import { openLog } from "../foundation/log.js";
import { OperatorError } from "../foundation/OperatorError.js";

// What the commands for whoever runs the server have in common.

/** Works on the server's database, which must be there: a command makes none. */
export async function withDesk({ database }: Config, work: (desk: Desk) => Promise<void>): Promise<void> {
  if (database.kind === "sqlite" && !existsSync(database.file)) throw new OperatorError(`there is no database at ${database.file}: start the server first, or set DATA_DIR`);
  const { default: source } = await import("../../ormconfig.js");
  const desk: Desk = { db: await openDatabase(source), clock: systemClock, log: openLog("warn") };
  try {
    await work(desk);
  } finally {
    await desk.db.close();
  }
}

/** Reads the server's database, which it may be serving meanwhile; migrates nothing, writes nothing. */
export async function withReads<T>({ database }: Config, work: (reads: Reads) => Promise<T>): Promise<T> {
  if (database.kind === "sqlite" && !existsSync(database.file)) throw new OperatorError(`there is no database at ${database.file}: set DATA_DIR or DATABASE_URL as for the server`);
  const { default: source } = await import("../../ormconfig.js");
  const db = await openReads(source);
  try {
    return await work(db.reads);
  } finally {
    await db.close();
  }
}

/** What they can mend is said in one line, with exit code 2; a fault shows where it happened. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const isTheirs = error instanceof OperatorError;
    const { message = String(error), stack, code } = error as { message?: string; stack?: string; code?: unknown };
    const isUsage = typeof code === "string" && code.startsWith("ERR_PARSE_ARGS");
    process.stderr.write(`${isTheirs || isUsage ? message.trimEnd() : (stack ?? message)}\n`);
    process.exitCode = isTheirs || isUsage ? 2 : 1;
  }
}
