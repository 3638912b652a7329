import type { MigrationInterface, QueryRunner } from "typeorm";
import {
  addColumn, addFilledColumn, allowChanges, char, createIndex, createTable, dropColumns, dropIndex, id, instant, key, longText, number, optional,
  reference, refuseChanges, refuseReplacing, replaceCheckAndIndexes, text,
} from "./tables.js";

const policy: Record<string, ["integer" | "boolean", number]> = {
  days_old_kept: ["integer", 0], sends_code_by_mail: ["boolean", 0], mail_rest_hours: ["integer", 24], holds_powers: ["boolean", 1], renewal_days: ["integer", 30],
  first_reminder_days: ["integer", 30], last_reminder_days: ["integer", 10],
  alert_burst_reissues: ["integer", 3], alert_burst_minutes: ["integer", 60], alert_repeat_days: ["integer", 7], alert_life_percent: ["integer", 50],
  alert_refused_enrollments: ["integer", 5],
};

/** Newest first by time, whatever is asked for. */
const historyIndexes: Record<string, string[]> = {
  ix_usage_history_contract: ["contract_id", "at", "id"],
  ix_usage_history_contract_action: ["contract_id", "action", "at", "id"],
  ix_usage_history_bank: ["bank_id", "at", "id"],
  ix_usage_history_bank_action: ["bank_id", "action", "at", "id"],
  ix_usage_history_target: ["target_user_id", "at", "id"],
  ix_usage_history_actor: ["actor_id", "at", "id"],
  ix_usage_history_certificate: ["certificate_id", "at", "id"],
  ix_usage_history_request: ["request_id", "at", "id"],
};
const formerHistoryIndexes: Record<string, string[]> = {
  ix_usage_history_contract: ["contract_id", "id"], ix_usage_history_target: ["target_user_id", "id"],
};

const alerts = {
  columns: {
    id, bank_id: reference, contract_id: reference, kind: text(32), user_id: reference, certificate_id: reference,
    occasion: text(100), raised_at: instant, last_at: instant, times: number, evidence: longText,
  },
  unique: { uq_alerts_occasion: ["occasion"] },
  indexes: { ix_alerts_contract: ["contract_id", "id"], ix_alerts_bank: ["bank_id", "id"] },
};
const alertCheck = (kinds: string) => ({ ...alerts, checks: { ck_alerts_kind: `kind IN (${kinds})` } });

/** What a reissue is safe by (policy, powers on hold, alerts, mails), and what the history is proven by. */
export class ProvableHistory1790000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [column, [type, value]] of Object.entries(policy)) await addFilledColumn(runner, "banks", column, type, value);
    await addColumn(runner, "users", "mail_address", "varchar(254)");
    await addColumn(runner, "users", "mail_changed_at", "datetime(3)");
    await addColumn(runner, "users", "powers_held_at", "datetime(3)");
    await addColumn(runner, "users", "powers_held_in", "char(26)");
    await addColumn(runner, "certificates", "reissue_reason", "varchar(24)");
    await addColumn(runner, "certificates", "kept_until", "datetime(3)");
    await createIndex(runner, "certificates", "ix_certificates_kept", ["kept_until"]);
    await createIndex(runner, "certificates", "ix_certificates_ending", ["is_current", "state", "not_after"]);

    await replaceCheckAndIndexes(runner, "alerts", "ck_alerts_kind", alertCheck(
      "'REVOKED_CERTIFICATE_PRESENTED', 'REISSUE_BURST', 'REISSUE_REPEATED', 'REISSUE_EARLY', 'ENROLLMENT_FROM_NEW_ADDRESS', 'ENROLLMENT_REFUSED_OFTEN'",
    ));
    await createTable(runner, "alert_acknowledgements", {
      columns: {
        alert_id: key(reference), side: key(text(8)), by_id: reference, by_login_id: text(12), by_name: text(20), at: instant, note: optional(longText),
      },
      checks: { ck_alert_acknowledgements_side: "side IN ('CONTRACT', 'BANK')" },
      references: { fk_alert_acknowledgements_alert: ["alert_id", "alerts"] },
    });

    await createTable(runner, "notices", {
      columns: {
        id, bank_id: reference, contract_id: reference, user_id: reference, recipient_id: reference, mail_address: text(254), kind: text(32), facts: longText,
        secret: optional(text(200)), occasion: optional(text(100)), certificate_id: optional(reference), state: text(8), tries: number, next_try_at: instant, claimed_until: optional(instant),
        last_error: optional(text(200)), created_at: instant, sent_at: optional(instant),
      },
      unique: { uq_notices_occasion: ["occasion"] },
      indexes: { ix_notices_due: ["state", "next_try_at"], ix_notices_bank: ["bank_id", "id"], ix_notices_bank_state: ["bank_id", "state", "id"] },
      checks: { ck_notices_state: "state IN ('QUEUED', 'SENT', 'DEAD')" },
    });

    for (const index of Object.keys(formerHistoryIndexes)) await dropIndex(runner, "usage_history", index);
    for (const [index, columns] of Object.entries(historyIndexes)) await createIndex(runner, "usage_history", index, columns);
    await createTable(runner, "pending_seals", {
      columns: { record_id: key(reference), chain_id: reference },
      indexes: { ix_pending_seals_chain: ["chain_id", "record_id"] },
    });
    await createTable(runner, "history_heads", { columns: { chain_id: key(reference), size: number, head: char(64) } });
    await createTable(runner, "history_seals", {
      columns: { chain_id: key(reference), number: key(number), record_id: reference, salt: optional(char(32)), leaf: char(64), head: char(64) },
      unique: { uq_history_seals_record: ["record_id"] },
    });
    await createTable(runner, "history_tiles", { columns: { chain_id: key(reference), number: key(number), root: char(64) } });
    await createTable(runner, "history_checkpoints", {
      columns: { chain_id: key(reference), size: key(number), at: instant, note: longText },
    });
    await refuseChanges(runner, "usage_history", "a sealed entry of the history is never changed", "EXISTS (SELECT 1 FROM history_seals s WHERE s.record_id = OLD.id)");
    await refuseChanges(runner, "history_seals", "a seal of the history is never changed");
    await refuseChanges(runner, "history_checkpoints", "a checkpoint of the history is never changed");
    await refuseChanges(runner, "history_tiles", "a tree hash of the history is never changed");
    await refuseReplacing(runner, "usage_history", "a sealed entry of the history is never changed", "EXISTS (SELECT 1 FROM history_seals s WHERE s.record_id = NEW.id)");
    await refuseReplacing(runner, "history_seals", "a seal of the history is never changed", "EXISTS (SELECT 1 FROM history_seals s WHERE (s.chain_id = NEW.chain_id AND s.number = NEW.number) OR s.record_id = NEW.record_id)");
    // What was entered before is sealed next.
    await runner.query("INSERT INTO pending_seals (record_id, chain_id) SELECT id, COALESCE(bank_id, '00000000000000000000000000') FROM usage_history");
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ["usage_history", "history_seals", "history_checkpoints", "history_tiles"]) await allowChanges(runner, table);
    for (const table of ["history_checkpoints", "history_tiles", "history_seals", "history_heads", "pending_seals", "notices", "alert_acknowledgements"]) {
      await runner.dropTable(table);
    }
    for (const index of Object.keys(historyIndexes)) await dropIndex(runner, "usage_history", index);
    for (const [index, columns] of Object.entries(formerHistoryIndexes)) await createIndex(runner, "usage_history", index, columns);
    await runner.query("DELETE FROM alerts WHERE kind <> 'REVOKED_CERTIFICATE_PRESENTED'");
    await replaceCheckAndIndexes(runner, "alerts", "ck_alerts_kind", alertCheck("'REVOKED_CERTIFICATE_PRESENTED'"));
    await dropIndex(runner, "certificates", "ix_certificates_ending");
    await dropIndex(runner, "certificates", "ix_certificates_kept");
    await dropColumns(runner, "certificates", ["kept_until", "reissue_reason"]);
    await dropColumns(runner, "users", ["powers_held_in", "powers_held_at", "mail_changed_at", "mail_address"]);
    await dropColumns(runner, "banks", Object.keys(policy).reverse());
  }
}
