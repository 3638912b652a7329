import type { EntityManager } from "typeorm";
import type { Outcome as CommitOutcome } from "../foundation/database/Database.js";
import type { Desk } from "../foundation/desk.js";
import { DatabaseUnavailable } from "../foundation/database/DatabaseUnavailable.js";
import { insertRows } from "../foundation/database/insertRows.js";
import { liftDeadline, withoutDeadline } from "../foundation/deadline.js";
import { newId } from "../foundation/ids.js";
import { Refusal, Unauthenticated } from "../foundation/refusals.js";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import type { Actor, Origin, Role } from "../policy/Actor.js";
import type { DeedAction } from "../policy/deeds.js";
import { NO_BANKS_CHAIN, PendingSeal } from "./Seal.js";
import { UsageRecord, type Outcome } from "./UsageRecord.js";

/** What is known before the work begins. */
export interface Attempt {
  action: DeedAction;
  origin: Origin;
  /** Who tries; at sign-in, whom it is tried as. Null is what nobody knows. */
  by: { [K in "userId" | "loginId" | "contractId" | "bankId"]: Actor[K] | null } & { role?: Role };
  targetUserId?: string;
  note?: string | null;
}

/** What the work finds out, for its entry. Kept for a refusal, too. */
export interface Findings {
  target?: { id: string; loginId: string; contractId?: string };
  /** Whose entry it is, where whoever tries is of no contract. */
  contractId?: string;
  certificateId?: string;
  before?: object;
  after?: object;
  outcome?: Outcome;
}

/**
 * Runs `work` in one transaction together with its history entry: no entry, no deed; no deed without an entry.
 * A refusal or a fault rolls the work back and is entered in a transaction of its own, then thrown on; one that
 * `commitsWork` is entered in the deed's. The entry's id is the operation's: when a COMMIT gets no answer, the entry
 * tells whether it happened.
 */
export async function audited<T>(
  desk: Desk,
  attempt: Attempt,
  work: (tx: EntityManager, findings: Findings, recordId: string) => Promise<T>,
): Promise<T> {
  const at = desk.clock.now();
  const recordId = newId(at);
  let found: Findings = {};
  const run = async (tx: EntityManager): Promise<{ result: T } | { refusal: Refusal }> => {
    const findings: Findings = (found = {}); // a second run begins anew
    try {
      const result = await work(tx, findings, recordId);
      await write(tx, entry(recordId, at, attempt, findings, findings.outcome ?? "SUCCEEDED", null));
      return { result };
    } catch (error) {
      if (!(error instanceof Refusal && error.commitsWork)) throw error;
      await writeFailure(tx, recordId, at, attempt, findings, error);
      return { refusal: error };
    }
  };
  const done = await desk.db.transaction(run, byEntry(recordId)).catch(async (error: unknown) => {
    await recordFailure(desk, attempt, found, error, { at, doneAs: recordId });
    throw error;
  });
  liftDeadline();
  if ("refusal" in done) throw done.refusal;
  return done.result;
}

/** What a deed needs before its transaction (the proof of a password takes its time): a fault there is the attempt's, too. */
export async function beforehand<T>(desk: Desk, attempt: Attempt, prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare();
  } catch (error) {
    await recordFailure(desk, attempt, {}, error);
    throw error;
  }
}

/**
 * Enters an attempt that never got as far as its work: malformed, by a session that is over, by a certificate that lets
 * nobody in. `isToBeEntered` may do more in the same transaction, and decides.
 */
export async function recordTurnedAway(
  desk: Desk,
  attempt: Attempt,
  code: NonNullable<UsageRecord["code"]>,
  findings: Findings = {},
  isToBeEntered: (tx: EntityManager) => Promise<boolean> = () => Promise.resolve(true),
): Promise<void> {
  const at = desk.clock.now();
  const id = newId(at);
  await withoutDeadline(() => desk.db.transaction(async (tx) => {
    if (await isToBeEntered(tx)) await write(tx, entry(id, at, attempt, findings, "REFUSED", code));
  }, byEntry(id)));
}

/** Enters what is done in this transaction, for those who have a transaction already. */
export async function enter(tx: EntityManager, desk: Desk, attempt: Attempt, findings: Findings): Promise<void> {
  const at = desk.clock.now();
  await write(tx, entry(newId(at), at, attempt, findings, "SUCCEEDED", null));
}

/** The only way into the history: with the mark by which a sealer finds it. */
async function write(tx: EntityManager, record: UsageRecord): Promise<void> {
  await insertRows(tx, UsageRecord, record);
  await insertRows(tx, PendingSeal, { recordId: record.id, chainId: record.bankId ?? NO_BANKS_CHAIN });
}

/** A COMMIT without an answer happened if its entry is there. */
function byEntry(id: string): CommitOutcome {
  return { isDone: async (reads) => (await reads.countBy(UsageRecord, { id })) > 0 };
}

/** `doneAs`: the entry that is there if the deed was done after all, though nobody could be asked when its COMMIT got no answer. */
async function recordFailure(
  desk: Desk,
  attempt: Attempt,
  found: Findings,
  error: unknown,
  { at = desk.clock.now(), doneAs }: { at?: Date; doneAs?: string } = {},
): Promise<void> {
  const id = newId(at);
  try {
    await withoutDeadline(() => desk.db.transaction(async (tx) => {
      const mayBeDone = error instanceof DatabaseUnavailable && error.isOutcomeUnknown;
      if (mayBeDone && doneAs !== undefined && (await tx.existsBy(UsageRecord, { id: doneAs }))) return;
      await writeFailure(tx, id, at, attempt, found, error);
    }, byEntry(id)));
  } catch (cause) {
    // A refusal that can't be recorded becomes a fault: no attempt passes unseen.
    desk.log.error({ requestId: attempt.origin.requestId, err: error }, "what could not be recorded");
    if (cause instanceof DatabaseUnavailable) throw error instanceof DatabaseUnavailable ? error : cause; // there is no deed either
    throw new Error("the attempt could not be recorded", { cause });
  }
}

/** Nothing came of it but what the refusal itself changes. */
async function writeFailure(tx: EntityManager, id: string, at: Date, attempt: Attempt, found: Findings, error: unknown): Promise<void> {
  const refusal = error instanceof Refusal ? error : undefined;
  const after = await refusal?.consequence?.(tx);
  const { outcome, code } = verdictOn(error);
  const findings = { ...found, ...refusedFields(found, refusal), after: typeof after === "object" && after ? after : undefined };
  await write(tx, entry(id, at, attempt, findings, outcome, code));
}

/** Of a form with several faults the entry's code is the first one's: the others stand beside it. */
function refusedFields({ before }: Findings, refusal: Refusal | undefined): Findings {
  if (!refusal || refusal.also.length === 0) return {};
  const refused = [refusal, ...refusal.also].map(({ code, path }) => `${path?.join(".") ?? ""}: ${code}`);
  return { before: { ...before, refused } };
}

function verdictOn(error: unknown): Pick<UsageRecord, "outcome" | "code"> {
  if (error instanceof Refusal) return { outcome: "REFUSED", code: error.recordedAs };
  if (error instanceof Unauthenticated) return { outcome: "REFUSED", code: "UNAUTHENTICATED" }; // the session ended meanwhile
  if (error instanceof RequestRefusal && (error.code === "REQUEST_TIMED_OUT" || error.code === "DATABASE_UNAVAILABLE")) return { outcome: "FAILED", code: error.code };
  return { outcome: "FAILED", code: "INTERNAL_ERROR" };
}

function entry(
  id: string,
  at: Date,
  { action, origin, by, targetUserId, note = null }: Attempt,
  { target, contractId = target?.contractId, certificateId, before, after }: Findings,
  outcome: Outcome,
  code: UsageRecord["code"],
): UsageRecord {
  return {
    id,
    bankId: by.bankId,
    contractId: by.contractId ?? contractId ?? null,
    at,
    actorId: by.userId,
    actorLoginId: by.loginId,
    actorRole: by.role ?? null,
    action,
    targetUserId: target?.id ?? targetUserId ?? null,
    targetLoginId: target?.loginId ?? null,
    certificateId: certificateId ?? null,
    outcome,
    code,
    requestId: origin.requestId,
    address: origin.address,
    note,
    before: before ? canonicalJson(before) : null,
    after: after ? canonicalJson(after) : null,
  };
}

/** JSON of flat facts with sorted keys; instants in UTC. */
function canonicalJson(facts: object): string {
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(facts).sort()) sorted[key] = (facts as Record<string, unknown>)[key];
  return JSON.stringify(sorted);
}
