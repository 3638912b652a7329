import type { Database } from "./Database.js";

/**
 * What is wrong with the server's settings for a bank, or undefined. With innodb_flush_log_at_trx_commit at 0 or 2 a
 * crash loses what was acknowledged: a third of all commits were gone where it was tried.
 */
export async function durabilityFault({ engine, reads }: Database): Promise<string | undefined> {
  if (engine === "sqlite") return undefined;
  const [row]: { flush: unknown }[] = await reads.query("SELECT @@innodb_flush_log_at_trx_commit AS flush");
  return Number(row?.flush) === 1 ? undefined : "innodb_flush_log_at_trx_commit is not 1: a crash of the server loses acknowledged deeds";
}
