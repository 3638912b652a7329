import { QueryFailedError } from "typeorm";

const INTERRUPTED = 1317; // KILL QUERY
const NOT_READY = 1047; // Galera: no quorum, or not yet brought up to date

// By number, not by name: mysql2's names are wrong for MariaDB.
const CONFLICTS = new Set([1213 /* deadlock, Galera certification */, 1020 /* record changed */, 1205 /* lock wait */, INTERRUPTED]);
const NODE_UNUSABLE = new Set([NOT_READY, 1053 /* shutting down */, 1927 /* connection killed */]);
const LOST_CONNECTION = new Set([
  "PROTOCOL_CONNECTION_LOST", "ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN", "ECONNABORTED",
]);
const COMMIT_UNKNOWN = new Set([1180 /* error during COMMIT */, INTERRUPTED, ...NODE_UNUSABLE]);

/** The transaction had no effect and may be run again, whole. */
export function isWorthRetrying(error: unknown): boolean {
  const { errno, code } = driverErrorOf(error);
  return CONFLICTS.has(errno) || isNodeFailure(error) || code === "SQLITE_BUSY" || code === "SQLITE_BUSY_SNAPSHOT";
}

/** The node, not the statement, is at fault. */
export function isNodeFailure(error: unknown): boolean {
  const { errno, code, fatal } = driverErrorOf(error);
  // A statement on a connection already known to be lost gets neither number nor code from mysql2.
  const isNameless = errno === 0 && code === "";
  return NODE_UNUSABLE.has(errno) || LOST_CONNECTION.has(code) || (fatal && (isNameless || code.startsWith("PROTOCOL_")));
}

/** The node answers, and belongs to no majority that could serve. */
export function hasNoQuorum(error: unknown): boolean {
  return driverErrorOf(error).errno === NOT_READY;
}

/** COMMIT was sent and nobody knows whether it took effect. */
export function leavesOutcomeUnknown(error: unknown): boolean {
  return isNodeFailure(error) || COMMIT_UNKNOWN.has(driverErrorOf(error).errno);
}

/** The statement was given up because somebody asked for it. */
export function isInterrupted(error: unknown): boolean {
  return driverErrorOf(error).errno === INTERRUPTED;
}

/** A unique index said no. Never retried as it stands. */
export function isDuplicate(error: unknown): boolean {
  const { errno, code } = driverErrorOf(error);
  return errno === 1062 || code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY";
}

function driverErrorOf(error: unknown): { errno: number; code: string; fatal: boolean } {
  const source: unknown = error instanceof QueryFailedError ? error.driverError : error;
  const { errno, code, fatal } = (source ?? {}) as { errno?: unknown; code?: unknown; fatal?: unknown };
  return {
    errno: typeof errno === "number" ? errno : 0,
    code: typeof code === "string" ? code : "",
    fatal: fatal === true,
  };
}
