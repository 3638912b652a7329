import type { MigrationInterface, QueryRunner } from "typeorm";
import {
  addColumn, addFilledColumn, char, createTable, dropColumns, id, instant, key, longText, number, optional, reference, replaceCheck, text,
} from "./tables.js";

const passwordColumns = {
  user_id: key(reference), kind: key(text(12)), hash: text(200), tries: number, locked_at: optional(instant), set_at: instant,
};
const passwordReferences: Record<string, [string, string]> = { fk_passwords_user: ["user_id", "users"] };

/** The edit form's fields, every ID's life, the bank's own desk, calendars. */
export class IdMaintenance1790000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addFilledColumn(runner, "banks", "password_shortest", "integer", 8);
    await addFilledColumn(runner, "banks", "password_longest", "integer", 64);
    await addFilledColumn(runner, "banks", "password_allows_marks", "boolean", 1);
    await addFilledColumn(runner, "banks", "passwords_remembered", "integer", 1);
    await addFilledColumn(runner, "banks", "most_public_ids", "integer", 99);
    await addFilledColumn(runner, "banks", "default_ad_hoc_limit", "integer", 10_000);
    await addFilledColumn(runner, "banks", "approval_hours", "integer", 24);
    await addColumn(runner, "banks", "holidays_loaded_at", "datetime(3)");

    await addFilledColumn(runner, "contracts", "version", "integer", 1);
    await addFilledColumn(runner, "contracts", "ad_hoc_limit", "integer", 100_000);
    await addColumn(runner, "contracts", "search_text", "varchar(100)");
    const contracts = (await runner.query("SELECT id, name FROM contracts")) as { id: string; name: string }[];
    for (const contract of contracts) {
      const searchText = Array.from(contract.name.normalize("NFKC").toLowerCase()).slice(0, 100).join("");
      await runner.query("UPDATE contracts SET search_text = ? WHERE id = ?", [searchText, contract.id]);
    }
    await addColumn(runner, "contracts", "stopped_at", "datetime(3)");
    await addColumn(runner, "contracts", "last_sign_in_at", "datetime(3)");

    await addColumn(runner, "users", "ad_hoc_limit", "integer");
    await addColumn(runner, "users", "password_max_age_days", "integer");
    await addColumn(runner, "users", "password_warn_days", "integer");
    await addColumn(runner, "users", "suspended_at", "datetime(3)");
    await addColumn(runner, "users", "deregistered_at", "datetime(3)");
    await addColumn(runner, "users", "last_sign_in_at", "datetime(3)");

    await replaceCheck(runner, "passwords", "ck_passwords_kind", {
      columns: passwordColumns,
      checks: { ck_passwords_kind: "kind IN ('LOGIN', 'REGISTRATION', 'APPROVAL', 'TRANSFER')" },
      references: passwordReferences,
    });
    await addColumn(runner, "passwords", "change_due", "varchar(8)");
    await createTable(runner, "former_passwords", {
      columns: { user_id: key(reference), kind: key(text(12)), id: key(reference), hash: text(200) },
      references: { fk_former_passwords_user: ["user_id", "users"] },
    });
    await addColumn(runner, "sessions", "passwords_due", "varchar(8)");
    await addColumn(runner, "usage_history", "actor_role", "varchar(16)");

    await createTable(runner, "bank_operators", {
      columns: {
        id, bank_id: reference, login_id: text(12), display_name: text(20), hash: text(200), former_hash: optional(text(200)), tries: number,
        locked_at: optional(instant), change_due: optional(text(8)), last_sign_in_at: optional(instant), removed_at: optional(instant), created_at: instant,
      },
      unique: { uq_bank_operators_login: ["bank_id", "login_id"] },
      references: { fk_bank_operators_bank: ["bank_id", "banks"] },
    });
    await createTable(runner, "operator_sessions", {
      columns: {
        id, operator_id: reference, token_hash: text(64), is_current: optional(number), signed_in_at: instant,
        previous_sign_in_at: optional(instant), last_used_at: instant, expires_at: instant, ended_at: optional(instant),
        end_reason: optional(text(24)), address: optional(text(45)),
      },
      unique: { uq_operator_sessions_token: ["token_hash"], uq_operator_sessions_current: ["operator_id", "is_current"] },
      checks: { ck_operator_sessions_current: "is_current = 1" },
      references: { fk_operator_sessions_operator: ["operator_id", "bank_operators"] },
    });
    await createTable(runner, "approval_requests", {
      columns: {
        id, bank_id: reference, contract_id: reference, user_id: optional(reference), act: text(16), target_version: number,
        reissue_reason: optional(text(24)), password_kind: optional(text(12)), note: optional(longText), state: text(10),
        requested_by: reference, requested_at: instant, expires_at: instant, decided_by: optional(reference), decided_at: optional(instant),
        decision_note: optional(longText), certificate_id: optional(reference),
      },
      indexes: { ix_approval_requests_bank: ["bank_id", "id"] },
      checks: {
        ck_approval_requests_act: "act IN ('MASTER_REISSUE', 'MASTER_UNLOCK', 'CONTRACT_START')",
        ck_approval_requests_state: "state IN ('OPEN', 'APPROVED', 'REJECTED', 'WITHDRAWN')",
      },
      references: {
        fk_approval_requests_bank: ["bank_id", "banks"],
        fk_approval_requests_contract: ["contract_id", "contracts"],
        fk_approval_requests_user: ["user_id", "users"],
        fk_approval_requests_requester: ["requested_by", "bank_operators"],
        fk_approval_requests_decider: ["decided_by", "bank_operators"],
      },
    });

    await createTable(runner, "bank_holidays", {
      columns: { bank_id: key(reference), day: key(char(10)), name: text(60) },
      references: { fk_bank_holidays_bank: ["bank_id", "banks"] },
    });
    await createTable(runner, "closed_days", {
      columns: { contract_id: key(reference), day: key(char(10)), name: text(60) },
      references: { fk_closed_days_contract: ["contract_id", "contracts"] },
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ["closed_days", "bank_holidays", "approval_requests", "operator_sessions", "bank_operators", "former_passwords"]) {
      await runner.dropTable(table);
    }
    await dropColumns(runner, "usage_history", ["actor_role"]);
    await dropColumns(runner, "sessions", ["passwords_due"]);
    await dropColumns(runner, "passwords", ["change_due"]);
    await runner.query("DELETE FROM passwords WHERE kind IN ('APPROVAL', 'TRANSFER')");
    await replaceCheck(runner, "passwords", "ck_passwords_kind", {
      columns: passwordColumns,
      checks: { ck_passwords_kind: "kind IN ('LOGIN', 'REGISTRATION')" },
      references: passwordReferences,
    });
    await dropColumns(runner, "users", [
      "last_sign_in_at", "deregistered_at", "suspended_at", "password_warn_days", "password_max_age_days", "ad_hoc_limit",
    ]);
    await dropColumns(runner, "contracts", ["last_sign_in_at", "stopped_at", "search_text", "ad_hoc_limit", "version"]);
    await dropColumns(runner, "banks", [
      "holidays_loaded_at", "approval_hours", "default_ad_hoc_limit", "most_public_ids", "passwords_remembered", "password_allows_marks", "password_longest", "password_shortest",
    ]);
  }
}
