import { AsyncLocalStorage } from "node:async_hooks";
import { setMaxListeners } from "node:events";
import { RequestRefusal } from "./requestRefusals.js";

/** Until when a request may go on. What it waits for is given up then: statements in the database, too. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly refusal: RequestRefusal;
}

interface Scope {
  deadline: Deadline | undefined;
}

const scope = new AsyncLocalStorage<Scope>();

/** Runs `work`, which learns of its end by `throwIfPast` and by the database (REQUEST_TIMED_OUT). */
export function withinDeadline<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // as many wait at once as the request has statements
  const timer = setTimeout(() => { controller.abort(); }, milliseconds);
  const refusal = new RequestRefusal("REQUEST_TIMED_OUT", { limit: milliseconds / 1_000 });
  return scope.run({ deadline: { signal: controller.signal, refusal } }, work).finally(() => { clearTimeout(timer); });
}

/** For what must be done however late it is: the record of an attempt, the question whether a COMMIT took effect. */
export function withoutDeadline<T>(work: () => Promise<T>): Promise<T> {
  return scope.run({ deadline: undefined }, work);
}

/** The deed is done: what is still to be said of it is said, or "nothing was registered" would be a lie. */
export function liftDeadline(): void {
  const here = scope.getStore();
  if (here) here.deadline = undefined;
}

export function currentDeadline(): Deadline | undefined {
  return scope.getStore()?.deadline;
}

export function throwIfPast(deadline = currentDeadline()): void {
  if (deadline?.signal.aborted) throw deadline.refusal;
}

/** What `waiting` gives, unless the deadline comes first. The wait itself goes on unheard. */
export async function unlessPast<T>(waiting: Promise<T>, deadline = currentDeadline()): Promise<T> {
  if (!deadline) return waiting;
  throwIfPast(deadline);
  const { signal, refusal } = deadline;
  let stop: (() => void) | undefined;
  const past = new Promise<never>((_, reject) => {
    stop = () => { reject(refusal); };
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([waiting, past]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
  }
}
