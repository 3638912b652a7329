import { DAY, later } from "../foundation/clock.js";
import { repeatable } from "../foundation/database/Database.js";
import { instantOf } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import { Bank } from "../identity/Bank.js";
import { notify, type News } from "../notices/notify.js";

const AT_ONCE = 500;

interface Ending {
  certificateId: string;
  id: string;
  contractId: string;
  bankId: string;
  loginId: string;
  displayName: string;
  serialNumber: string;
  until: Date | string;
}

/**
 * Writes the reminders that are due: of certificates that end within the bank's reminder days, and of openings that nobody
 * has acquired by then. Only of current ones, so none where a successor is there. Each once, however often it is looked.
 */
export async function remindHolders(desk: Desk): Promise<void> {
  const now = desk.clock.now();
  for (const bank of await desk.db.reads.find(Bank)) {
    const [first, last] = [Math.max(bank.firstReminderDays, bank.lastReminderDays), Math.min(bank.firstReminderDays, bank.lastReminderDays)];
    await remind(desk, bank, "c.state = 'ACTIVE'", "c.not_after", later(now, last * DAY), now, last, "CERTIFICATE_ENDING", "notAfter");
    await remind(desk, bank, "c.state = 'ACTIVE'", "c.not_after", later(now, first * DAY), later(now, last * DAY), first, "CERTIFICATE_ENDING", "notAfter");
    await remind(desk, bank, "c.state = 'PENDING'", "c.enrollment_deadline", later(now, last * DAY), now, last, "ENROLLMENT_UNFINISHED", "enrollmentDeadline");
  }
}

async function remind(
  desk: Desk, bank: Bank, state: string, column: string, before: Date, after: Date, days: number, kind: News["kind"], fact: string,
): Promise<void> {
  for (;;) {
    const due: Ending[] = await desk.db.reads.query(
      `SELECT c.id AS certificateId, u.id, u.contract_id AS contractId, u.bank_id AS bankId, u.login_id AS loginId, u.display_name AS displayName,
              c.serial_number AS serialNumber, ${column} AS until
         FROM certificates c JOIN users u ON u.id = c.user_id JOIN users m ON m.contract_id = u.contract_id AND m.kind = 'MASTER'
        WHERE c.is_current = 1 AND ${state} AND ${column} <= ? AND ${column} > ? AND c.bank_id = ? AND u.deregistered_at IS NULL
          AND (u.mail_address IS NOT NULL OR m.mail_address IS NOT NULL)
          AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.occasion = CONCAT(?, c.id, ':', CASE WHEN u.mail_address IS NULL THEN m.id ELSE u.id END))
        LIMIT ${String(AT_ONCE)}`,
      [desk.db.instant(before), desk.db.instant(after), bank.id, `${kind}:${String(days)}:`],
    );
    for (const { certificateId, until, serialNumber, ...about } of due) {
      const facts = { serialNumber, [fact]: instantOf(until).toISOString() };
      const occasion = `${kind}:${String(days)}:${certificateId}`;
      await desk.db.transaction((tx) => notify(tx, desk, { kind, about, certificateId, facts, occasion }), repeatable);
    }
    if (due.length < AT_ONCE) return;
  }
}
