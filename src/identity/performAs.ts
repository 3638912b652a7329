import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import { audited, beforehand, type Findings } from "../history/audited.js";
import type { Actor } from "../policy/Actor.js";
import { isPossibleDuringStop, type DeedAction } from "../policy/deeds.js";
import { holdSession, type FoundAlong } from "./sessions.js";
import { whyNotNote } from "./whyNotNote.js";

interface Deed<P, F> {
  action: DeedAction;
  targetUserId?: string;
  note?: string | null;
  /** What must be known before the transaction, because finding it out takes its time. */
  prepare?: (() => Promise<P>) | undefined;
  /** Reads what the deed is about, and who acts along with it. */
  find?: (tx: EntityManager) => Promise<F>;
}

interface Known<P, F> {
  /** What came of `prepare`. */
  prepared: P;
  /** What `find` read. */
  found: F;
  /** The deed's entry, which is written after it. */
  recordId: string;
}

/**
 * The deed of somebody signed in: `audited`, and only while the session lasts. While its contract is stopped an ID may do
 * little (CONTRACT_STOPPED). A note comes along into the entry;
 * one that can't be stored is refused (INVALID_TEXT, TEXT_TOO_LONG) and not kept.
 */
export async function performAs<T, P = undefined, F extends FoundAlong = FoundAlong>(
  desk: Desk,
  actor: Actor,
  { action, targetUserId, note = null, prepare, find }: Deed<P, F>,
  work: (tx: EntityManager, findings: Findings, known: Known<P, F>) => Promise<T>,
): Promise<T> {
  const noteRefusal = whyNotNote(note);
  const attempt = {
    action,
    origin: actor.origin,
    by: actor,
    note: noteRefusal ? null : note,
    ...(targetUserId !== undefined && isId(targetUserId) ? { targetUserId } : {}),
  };
  // A password that is looked at takes a try: not for a deed that the stop forbids anyway.
  if (prepare && !isPossibleDuringStop(action) && (await isContractStopped(desk, actor))) {
    return audited(desk, attempt, () => Promise.reject(new Refusal("CONTRACT_STOPPED")));
  }
  const prepared = prepare ? await beforehand(desk, attempt, prepare) : (undefined as P);
  return audited(desk, attempt, async (tx, findings, recordId) => {
    const { isStopped, found } = await holdSession(tx, actor, desk.clock.now(), find);
    if (isStopped && !isPossibleDuringStop(action)) throw new Refusal("CONTRACT_STOPPED");
    if (noteRefusal) throw noteRefusal;
    return work(tx, findings, { prepared, found, recordId });
  });
}

async function isContractStopped(desk: Desk, { contractId }: Actor): Promise<boolean> {
  if (contractId === null) return false;
  const stopped: unknown[] = await desk.db.reads.query("SELECT k.id FROM contracts k WHERE k.id = ? AND k.stopped_at IS NOT NULL", [contractId]);
  return stopped.length > 0;
}
