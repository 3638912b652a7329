import { AsyncLocalStorage } from "node:async_hooks";
import { RequestRefusal } from "./requestRefusals.js";

/**
 * Until when a request may go on. What it waits for is given up then: statements in the database, too. Every request has
 * one and hardly any comes to it: so it is less than an AbortController, and its refusal is made when it is needed.
 */
export class Deadline {
  isPast = false;
  private readonly listeners = new Set<() => void>();
  private made: RequestRefusal | undefined;

  constructor(private readonly milliseconds: number) {}

  /** One and the same for all who come upon it. */
  get refusal(): RequestRefusal {
    return (this.made ??= new RequestRefusal("REQUEST_TIMED_OUT", { limit: this.milliseconds / 1_000 }));
  }

  /** Has `listener` called once, when it comes; what it gives takes that back. */
  onPast(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  }

  come(): void {
    this.isPast = true;
    const called = [...this.listeners];
    this.listeners.clear();
    for (const listener of called) listener();
  }
}

interface Scope {
  deadline: Deadline | undefined;
}

const scope = new AsyncLocalStorage<Scope>();

/** Runs `work`, which learns of its end by `throwIfPast` and by the database (REQUEST_TIMED_OUT). */
export function withinDeadline<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const deadline = new Deadline(milliseconds);
  const timer = setTimeout(() => { deadline.come(); }, milliseconds);
  return scope.run({ deadline }, work).finally(() => { clearTimeout(timer); });
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
  if (deadline?.isPast) throw deadline.refusal;
}

/** What `waiting` gives, unless the deadline comes first. The wait itself goes on unheard. */
export async function unlessPast<T>(waiting: Promise<T>, deadline = currentDeadline()): Promise<T> {
  if (!deadline) return waiting;
  throwIfPast(deadline);
  return new Promise<T>((resolve, reject) => {
    const forget = deadline.onPast(() => { reject(deadline.refusal); });
    void waiting.then(resolve, reject).then(forget);
  });
}
