import { IsNull } from "typeorm";
import { MINUTE, SECOND, later } from "../foundation/clock.js";
import { repeatable } from "../foundation/database/Database.js";
import type { Desk } from "../foundation/desk.js";
import { inOutgoingSpan } from "../foundation/spans.js";
import type { SecretBox } from "../foundation/secretBox.js";
import { MailRefused, type Mailer } from "./mailer.js";
import { Notice } from "./Notice.js";
import { noticeText } from "./noticeText.js";

export interface NoticeDesk extends Desk {
  mailer: Mailer;
  secrets: SecretBox;
}

const AT_ONCE = 40;
const SIDE_BY_SIDE = 5; // as many connections as the mailer keeps
/** How long a worker may take for one mail; longer, and it is thought dead. */
const CLAIMED_FOR = 2 * MINUTE;
/** Between one try and the next; after the last one the notice is given up. */
const PAUSES = [30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 2 * 60 * MINUTE, 6 * 60 * MINUTE, 12 * 60 * MINUTE];

/**
 * Sends what is due. Any number of processes may do so at once: a notice is claimed before it is sent and marked afterwards.
 * One that dies in between leaves it claimed, and after that time another sends it: at least once, and seldom twice.
 */
export async function deliverNotices(desk: NoticeDesk): Promise<{ sent: number; isMoreDue: boolean }> {
  const now = desk.clock.now();
  const due: { id: string }[] = await desk.db.reads.query(
    `SELECT n.id FROM notices n WHERE n.state = 'QUEUED' AND n.next_try_at <= ? AND (n.claimed_until IS NULL OR n.claimed_until < ?)
      ORDER BY n.next_try_at LIMIT ${String(AT_ONCE)}`,
    [desk.db.instant(now), desk.db.instant(now)],
  );
  let sent = 0;
  const ids = due.map(({ id }) => id);
  const sendInTurn = async () => {
    for (let id = ids.shift(); id !== undefined; id = ids.shift()) if (await deliver(desk, id)) sent++;
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, sendInTurn));
  return { sent, isMoreDue: due.length === AT_ONCE };
}

async function deliver(desk: NoticeDesk, id: string): Promise<boolean> {
  const claimed = await claim(desk, id);
  if (!claimed) return false;
  try {
    if (claimed.tries > PAUSES.length + 1) return await settle(desk, claimed, { state: "DEAD", lastError: "no worker that took it came back" });
    if (await isPointless(desk, claimed)) return await settle(desk, claimed, { state: "DEAD", secret: null, lastError: "the code is worth nothing any more" });
    const mail = await mailOf(desk, claimed);
    await inOutgoingSpan("mail.send", { "shomei.notice.kind": claimed.kind }, () => desk.mailer.send(mail));
  } catch (error) {
    desk.log.warn({ noticeId: id, err: error }, "a mail wasn't taken");
    const pause = error instanceof MailRefused ? undefined : PAUSES[claimed.tries - 1];
    const { message, cause } = error as Error & { cause?: Error };
    const lastError = (cause?.message ?? message).slice(0, 200);
    await settle(desk, claimed, pause === undefined ? { state: "DEAD", lastError } : { nextTryAt: later(desk.clock.now(), pause), lastError });
    return false;
  }
  return settle(desk, claimed, { state: "SENT", sentAt: desk.clock.now(), secret: null, lastError: null });
}

/** The notice, where no other worker has it; a try is counted before it is made. */
async function claim(desk: Desk, id: string): Promise<Notice | null> {
  const now = desk.clock.now();
  const claimedUntil = later(now, CLAIMED_FOR);
  return desk.db.transaction(async (tx) => {
    const { affected } = await tx.createQueryBuilder().update(Notice).set({ claimedUntil, tries: () => "tries + 1" })
      .where({ id, state: "QUEUED" })
      .andWhere("(claimed_until IS NULL OR claimed_until < :now)", { now: desk.db.instant(now) })
      .execute();
    return affected === 1 ? tx.findOneByOrFail(Notice, { id }) : null;
  }, repeatable);
}

/** Whoever lost its claim to another worker changes nothing any more. */
async function settle({ db }: Desk, { id, claimedUntil }: Notice, facts: Partial<Notice>): Promise<boolean> {
  return db.transaction(async (tx) => {
    const { affected } = await tx.update(Notice, { id, claimedUntil: claimedUntil ?? IsNull() }, { ...facts, claimedUntil: null });
    return affected === 1 && facts.state === "SENT";
  }, repeatable);
}

/** A code dies with its certificate's next reissue, its deadline, its revocation. */
async function isPointless({ db, clock }: Desk, { kind, certificateId }: Notice): Promise<boolean> {
  if (kind !== "ENROLLMENT_CODE") return false;
  const [open]: object[] = await db.reads.query(
    "SELECT c.id FROM certificates c WHERE c.id = ? AND c.state = 'PENDING' AND c.enrollment_deadline >= ?", [certificateId, db.instant(clock.now())],
  );
  return open === undefined;
}

async function mailOf(desk: NoticeDesk, notice: Notice) {
  const [named]: { bankName: string; contractName: string }[] = await desk.db.reads.query(
    "SELECT b.name AS bankName, c.name AS contractName FROM contracts c JOIN banks b ON b.id = c.bank_id WHERE c.id = ?", [notice.contractId],
  );
  if (!named) throw new Error("a notice of no contract");
  const secret = notice.secret === null ? null : desk.secrets.open(notice.secret);
  const facts = JSON.parse(notice.facts) as Record<string, unknown>;
  const { subject, text } = noticeText(notice.kind, { ...named, facts, secret, createdAt: notice.createdAt });
  return { id: notice.id, fromName: named.bankName, to: notice.mailAddress, subject, text };
}
