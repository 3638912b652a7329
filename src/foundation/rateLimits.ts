import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { LessThan } from "typeorm";
import { MINUTE, SECOND } from "./clock.js";
import { unlessPast, withoutDeadline } from "./deadline.js";
import { DatabaseUnavailable } from "./database/DatabaseUnavailable.js";
import { isDuplicate } from "./database/errors.js";
import { repeatable } from "./database/Database.js";
import type { Desk } from "./desk.js";
import { RateCount } from "./RateCount.js";
import { RequestRefusal } from "./requestRefusals.js";

/** Whose requests are counted together. */
export const rates = ["ADDRESS", "SESSION", "SIGN_IN"] as const;
export type Rate = (typeof rates)[number];

/** How often within a minute; 0 is as often as one likes. */
export type RateSettings = Readonly<Record<Rate, number>>;

export interface RateLimits {
  /** `take`, where this process holds a part of the limit and needn't ask the database: whether it could. */
  takeHeld(rate: Rate, whose: string): boolean;
  /** Counts one; refuses beyond the limit (RATE_LIMITED), until the minute is over. */
  take(rate: Rate, whose: string): Promise<void>;
}

/** One too many. */
export class RateLimited extends RequestRefusal {
  constructor(rate: Rate, limit: number, retryAfter: number, readonly isFirst: boolean) {
    super("RATE_LIMITED", { rate, limit, seconds: MINUTE / SECOND, retryAfter });
    this.name = "RateLimited";
  }
}

const MINUTES_KEPT = 10;
const MOST_KNOWN = 50_000;
/** Of what is left of a limit a process takes this part in advance. A sign-in is counted in the database each time. */
const PARTS: Record<Rate, number> = { ADDRESS: 10, SESSION: 10, SIGN_IN: Infinity };

interface Allowance {
  minute: number;
  /** What this process took from the database and hasn't used. */
  left: number;
  isSpent: boolean;
  hasRefused: boolean;
  taking: Promise<void> | undefined;
}

/**
 * Limits that hold for all processes on one database together: each takes a part of what is left of a minute's number
 * before it lets anybody pass, so that never more pass than the limit. A database that can't be asked lets pass: what
 * comes next needs it all the same.
 */
export function openRateLimits(desk: Desk, settings: RateSettings): RateLimits {
  const known = new LRUCache<string, Allowance>({ max: MOST_KNOWN });

  const allowanceOf = (counted: string, now: Date): Allowance => {
    const minute = minuteOf(now);
    const held = known.get(counted);
    if (held?.minute === minute) return held;
    const fresh = { minute, left: 0, isSpent: false, hasRefused: false, taking: undefined };
    known.set(counted, fresh);
    return fresh;
  };
  const isHeld = (allowance: Allowance) => allowance.left > 0 && allowance.left-- > 0;

  return {
    takeHeld: (rate, whose) => settings[rate] === 0 || isHeld(allowanceOf(`${rate} ${whose}`, desk.clock.now())),
    async take(rate, whose) {
      const limit = settings[rate];
      if (limit === 0) return;
      const counted = `${rate} ${whose}`;
      const subject = createHash("sha256").update(counted).digest("hex");
      for (;;) {
        const now = desk.clock.now();
        const allowance = allowanceOf(counted, now);
        if (isHeld(allowance)) return;
        if (allowance.isSpent) throw refusal(allowance, rate, limit, now);
        allowance.taking ??= withoutDeadline(() => takePart(desk, subject, allowance, limit, PARTS[rate])) // others wait for it as well
          .finally(() => { allowance.taking = undefined; });
        try {
          await unlessPast(allowance.taking);
        } catch (error) {
          if (error instanceof RequestRefusal && !(error instanceof DatabaseUnavailable)) throw error;
          desk.log.warn({ err: error, rate }, "requests can't be counted, and pass");
          return;
        }
      }
    },
  };
}

function refusal(allowance: Allowance, rate: Rate, limit: number, now: Date): RateLimited {
  const isFirst = !allowance.hasRefused;
  allowance.hasRefused = true;
  return new RateLimited(rate, limit, Math.ceil(((allowance.minute + 1) * MINUTE - now.getTime()) / SECOND), isFirst);
}

/** Takes a part of what is left of the limit, in one transaction; the WHERE keeps two from taking the same. */
async function takePart({ db }: Desk, subject: string, allowance: Allowance, limit: number, parts: number): Promise<void> {
  const { minute } = allowance;
  const taken = await db.transaction(async (tx) => {
    for (;;) {
      const count = await tx.findOneBy(RateCount, { subject, minute });
      const seen = count?.taken ?? 0;
      if (seen >= limit) return null;
      const wanted = Math.max(1, Math.floor((limit - seen) / parts));
      if (!count) return (await isBegun(() => tx.insert(RateCount, { subject, minute, taken: wanted }))) ? 0 : wanted;
      const { affected } = await tx.update(RateCount, { subject, minute, taken: seen }, { taken: seen + wanted });
      if (affected === 1) return wanted;
    }
  }, repeatable);
  if (taken === null) allowance.isSpent = true;
  else allowance.left += taken;
}

/** Whether another process began the same window at the same moment: then it is asked again. */
async function isBegun(begin: () => Promise<unknown>): Promise<boolean> {
  try {
    await begin();
    return false;
  } catch (error) {
    if (isDuplicate(error)) return true;
    throw error;
  }
}

/** Forgets the minutes that are over. */
export async function forgetRates({ db, clock }: Desk): Promise<void> {
  await db.transaction((tx) => tx.delete(RateCount, { minute: LessThan(minuteOf(clock.now()) - MINUTES_KEPT) }), repeatable);
}

function minuteOf(instant: Date): number {
  return Math.floor(instant.getTime() / MINUTE);
}
