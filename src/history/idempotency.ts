import { hash } from "node:crypto";
import type { EntityManager } from "typeorm";
import { isDuplicate } from "../foundation/database/errors.js";
import { findRowOrFail } from "../foundation/database/findRow.js";
import { insertRows } from "../foundation/database/insertRows.js";
import { Refusal } from "../foundation/refusals.js";
import type { Actor } from "../policy/Actor.js";
import { IdempotencyKey, UsageRecord } from "./UsageRecord.js";

export interface KeyedRequest {
  /** A UUID of the client's, or null for a request that may take effect again. */
  key: string | null;
  /** What was asked, in flat facts: the key stands for this and nothing else. */
  meaning: object;
}

/**
 * Takes the key for this request, whose entry `recordId` will be: nothing of it stays where the request is refused. Where the
 * same request took effect before, that one's entry. The actor's session is held, so of two at once the second
 * waits and finds the first. Another request under the same key is refused: IDEMPOTENCY_KEY_REUSED.
 */
export async function takeKey(tx: EntityManager, actor: Actor, { key, meaning }: KeyedRequest, recordId: string): Promise<{ certificateId: string } | undefined> {
  if (key === null) return undefined;
  const requestKey = key.toLowerCase();
  try {
    await insertRows(tx, IdempotencyKey, { actorId: actor.userId, requestKey, requestHash: hashOf(meaning), recordId });
    return undefined;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
  const earlier = await findRowOrFail(tx, IdempotencyKey, { actorId: actor.userId, requestKey });
  if (earlier.requestHash !== hashOf(meaning)) throw new Refusal("IDEMPOTENCY_KEY_REUSED", { path: ["idempotencyKey"] });
  const record = await findRowOrFail(tx, UsageRecord, { id: earlier.recordId });
  if (!record.certificateId) throw new Error("an idempotency key of an entry without certificate");
  return { certificateId: record.certificateId };
}

function hashOf(meaning: object): string {
  const sorted = Object.keys(meaning).sort().map((key) => [key, (meaning as Record<string, unknown>)[key]]);
  return hash("sha256", JSON.stringify(sorted));
}
