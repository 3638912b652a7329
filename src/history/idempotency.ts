import { createHash } from "node:crypto";
import type { EntityManager } from "typeorm";
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
 * The entry of the same request, if it took effect before. The actor's session is held, so of two at once the second
 * waits and finds the first. Another request under the same key is refused: IDEMPOTENCY_KEY_REUSED.
 */
export async function repeatedRequest(tx: EntityManager, actor: Actor, { key, meaning }: KeyedRequest): Promise<{ certificateId: string } | undefined> {
  if (key === null) return undefined;
  const earlier = await tx.findOneBy(IdempotencyKey, { actorId: actor.userId, requestKey: key.toLowerCase() });
  if (!earlier) return undefined;
  if (earlier.requestHash !== hashOf(meaning)) throw new Refusal("IDEMPOTENCY_KEY_REUSED", { path: ["idempotencyKey"] });
  const record = await tx.findOneByOrFail(UsageRecord, { id: earlier.recordId });
  if (!record.certificateId) throw new Error("an idempotency key of an entry without certificate");
  return { certificateId: record.certificateId };
}

export async function rememberRequest(tx: EntityManager, actor: Actor, { key, meaning }: KeyedRequest, recordId: string): Promise<void> {
  if (key === null) return;
  await tx.insert(IdempotencyKey, { actorId: actor.userId, requestKey: key.toLowerCase(), requestHash: hashOf(meaning), recordId });
}

function hashOf(meaning: object): string {
  const sorted = Object.entries(meaning).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
}
