import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import type { DeedAction } from "../policy/deeds.js";
import { findHistory } from "./readHistory.js";
import type { UsageRecord } from "./UsageRecord.js";

const LOOKED_AT = 50; // entries
/** What changes an ID, its powers or its certificate, or the whole contract. All but the last ones raise a user's version. */
export const changingActions: readonly DeedAction[] = [
  "USER_UPDATE", "USER_SUSPEND", "USER_RESUME", "USER_UNLOCK", "USER_DEREGISTER", "POWERS_RESTORE", "PASSWORDS_CHANGE", "CERTIFICATE_REISSUE", "CERTIFICATE_REVOKE",
  "CERTIFICATE_ENROLL", "CONTRACT_STOP", "USER_REGISTER", "CONTRACT_START",
];

/**
 * What changed a user since a form showed it at this version, newest first: for whoever comes too late. Nothing for
 * somebody who may not read the history.
 */
export async function changesSince(desk: Desk, actor: Actor, targetUserId: string, version: number): Promise<UsageRecord[]> {
  const { rows } = await findHistory(desk, actor, { targetUserId, outcome: ["SUCCEEDED"], action: [...changingActions] }, { first: LOOKED_AT, after: null });
  return rows.filter(({ after }) => versionIn(after) > version);
}

function versionIn(facts: string | null): number {
  const { version } = JSON.parse(facts ?? "{}") as { version?: unknown };
  return typeof version === "number" ? version : 0;
}
