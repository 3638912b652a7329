import type { Desk } from "../foundation/desk.js";
import type { Actor } from "../policy/Actor.js";
import { findHistory } from "./readHistory.js";
import type { UsageRecord } from "./UsageRecord.js";

const LOOKED_AT = 50; // entries

/**
 * What changed a user since a form showed it at this version, newest first: for whoever comes too late. Nothing for
 * somebody who may not read the history.
 */
export async function changesSince(desk: Desk, actor: Actor, targetUserId: string, version: number): Promise<UsageRecord[]> {
  const { rows } = await findHistory(desk, actor, { targetUserId, outcome: ["SUCCEEDED"] }, { first: LOOKED_AT, after: null });
  return rows.filter(({ after }) => versionIn(after) > version);
}

function versionIn(facts: string | null): number {
  const { version } = JSON.parse(facts ?? "{}") as { version?: unknown };
  return typeof version === "number" ? version : 0;
}
