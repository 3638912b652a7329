import { hash, randomBytes } from "node:crypto";
import { MINUTE } from "../foundation/clock.js";
import { instantOf } from "../foundation/database/rows.js";

/** 256 random bits in 43 characters. It is told once and kept nowhere; what is stored is its hash. */
export function newSessionToken(): string {
  return randomBytes(32).toString("base64url");
}

/** SHA-256, hex. */
export function hashOfToken(token: string): string {
  return hash("sha256", token);
}

interface TimedRow {
  last_used_at: Date | string;
  expires_at: Date | string;
  session_idle_minutes: number;
}

/** How a session stands in time: over when it idled too long or is too old. */
export function sessionTime(row: TimedRow, now: Date): { expiresAt: Date; isOver: boolean; isToBeTouched: boolean } {
  const expiresAt = instantOf(row.expires_at);
  const idleMs = row.session_idle_minutes * MINUTE;
  const idledMs = now.getTime() - instantOf(row.last_used_at).getTime();
  return {
    expiresAt,
    isOver: now.getTime() > expiresAt.getTime() || idledMs > idleMs,
    isToBeTouched: idledMs > idleMs / 10, // to the tenth of the idle time: a write for every read would be waste
  };
}
