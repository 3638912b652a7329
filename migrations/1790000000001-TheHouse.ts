import type { MigrationInterface, QueryRunner } from "typeorm";
import { bytes, char, createTable, flag, id, instant, key, longText, number, optional, reference, text } from "./tables.js";

/** Banks, contracts, users, companies, certificates, sessions, history. */
export class TheHouse1790000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    if (runner.dataSource.options.type !== "better-sqlite3") {
      // Exact comparison, whatever the server's default: "keir002" and "KEIR002" are told apart by our code alone.
      await runner.query("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    }

    await createTable(runner, "banks", {
      columns: {
        id, code: text(4), name: text(60),
        days_to_enroll: number, validity_days: number, tries_allowed: number,
        session_idle_minutes: number, session_longest_minutes: number, asks_registration_password: flag,
        is_demo: flag, created_at: instant,
      },
      unique: { uq_banks_code: ["code"] },
    });

    await createTable(runner, "contracts", {
      columns: { id, bank_id: reference, name: text(60), sign_in_method: text(12), created_at: instant },
      indexes: { ix_contracts_bank: ["bank_id"] },
      checks: { ck_contracts_method: "sign_in_method IN ('PASSWORD', 'CERTIFICATE')" },
      references: { fk_contracts_bank: ["bank_id", "banks"] },
    });

    await createTable(runner, "users", {
      columns: {
        id, bank_id: reference, contract_id: reference, login_id: text(12), display_name: text(20), kind: text(6),
        authority: optional(text(8)), version: number, search_text: text(100), created_at: instant,
      },
      unique: { uq_users_login: ["bank_id", "login_id"] },
      indexes: { ix_users_contract: ["contract_id", "login_id"] },
      checks: { ck_users_kind: "kind IN ('MASTER', 'PUBLIC')", ck_users_authority: "authority IN ('APPROVER', 'OPERATOR')" },
      references: { fk_users_bank: ["bank_id", "banks"], fk_users_contract: ["contract_id", "contracts"] },
    });

    await createTable(runner, "passwords", {
      columns: {
        user_id: key(reference), kind: key(text(12)), hash: text(200), tries: number, locked_at: optional(instant), set_at: instant,
      },
      checks: { ck_passwords_kind: "kind IN ('LOGIN', 'REGISTRATION')" },
      references: { fk_passwords_user: ["user_id", "users"] },
    });

    await createTable(runner, "sessions", {
      columns: {
        id, user_id: reference, token_hash: text(64), is_current: optional(number), is_enroll_only: flag,
        signed_in_at: instant, previous_sign_in_at: optional(instant), last_used_at: instant, expires_at: instant,
        ended_at: optional(instant), end_reason: optional(text(24)), address: optional(text(45)),
      },
      unique: { uq_sessions_token: ["token_hash"], uq_sessions_current: ["user_id", "is_current"] },
      checks: { ck_sessions_current: "is_current = 1" },
      references: { fk_sessions_user: ["user_id", "users"] },
    });

    await createTable(runner, "companies", {
      columns: {
        id, contract_id: reference, name: text(60), code: text(10), branch_code: text(3), branch_name: text(30),
        account_kind: text(8), account_number: text(7),
        offers_bulk_transfer: flag, offers_payroll: flag, offers_ad_hoc_transfer: flag, offers_direct_debit: flag,
      },
      unique: { uq_companies_code: ["contract_id", "code"] },
      checks: { ck_companies_account_kind: "account_kind IN ('ORDINARY', 'CURRENT')" },
      references: { fk_companies_contract: ["contract_id", "contracts"] },
    });

    await createTable(runner, "user_companies", {
      columns: { user_id: key(reference), company_id: key(reference) },
      references: { fk_user_companies_user: ["user_id", "users"], fk_user_companies_company: ["company_id", "companies"] },
    });

    await createTable(runner, "issuers", {
      columns: { id, bank_id: optional(reference), kind: text(8), name: text(40), certificate: bytes, created_at: instant },
      unique: { uq_issuers_name: ["name"] },
      indexes: { ix_issuers_bank: ["bank_id"] },
      checks: { ck_issuers_kind: "kind IN ('ROOT', 'ISSUING')" },
      references: { fk_issuers_bank: ["bank_id", "banks"] },
    });

    await createTable(runner, "certificates", {
      columns: {
        id, bank_id: reference, contract_id: reference, user_id: reference, holder_kind: text(6), issuer_id: reference,
        serial_number: text(40), state: text(8), is_current: optional(number), predecessor_id: optional(reference),
        opened_at: instant, enrollment_deadline: optional(instant), enrollment_code_hash: optional(text(64)), wrong_codes: number,
        to_be_signed: optional(bytes), key_fingerprint: optional(text(64)),
        not_before: optional(instant), not_after: optional(instant),
        x509: optional(bytes), fingerprint: optional(text(64)), enrolled_at: optional(instant),
        revoked_at: optional(instant), revocation_reason: optional(text(24)),
      },
      unique: { uq_certificates_serial: ["issuer_id", "serial_number"], uq_certificates_current: ["user_id", "is_current"] },
      indexes: {
        ix_certificates_contract: ["contract_id", "id"],
        ix_certificates_serial: ["serial_number"],
        ix_certificates_predecessor: ["predecessor_id"],
        ix_certificates_state: ["state"],
      },
      checks: {
        ck_certificates_state: "state IN ('PENDING', 'SIGNING', 'ACTIVE', 'REVOKED')",
        ck_certificates_holder_kind: "holder_kind IN ('MASTER', 'PUBLIC')",
        ck_certificates_current: "is_current = 1",
      },
      references: {
        fk_certificates_bank: ["bank_id", "banks"],
        fk_certificates_contract: ["contract_id", "contracts"],
        fk_certificates_user: ["user_id", "users"],
        fk_certificates_issuer: ["issuer_id", "issuers"],
      },
    });

    await createTable(runner, "certified_keys", {
      columns: { fingerprint: key(char(64)), certificate_id: reference },
      references: { fk_certified_keys_certificate: ["certificate_id", "certificates"] },
    });

    await createTable(runner, "usage_history", {
      columns: {
        id, bank_id: optional(reference), contract_id: optional(reference), at: instant,
        actor_id: optional(reference), actor_login_id: optional(text(12)), action: text(32),
        target_user_id: optional(reference), target_login_id: optional(text(12)), certificate_id: optional(reference),
        outcome: text(10), code: optional(text(40)), request_id: text(64), address: optional(text(45)),
        note: optional(longText), facts_before: optional(longText), facts_after: optional(longText),
      },
      indexes: { ix_usage_history_contract: ["contract_id", "id"], ix_usage_history_target: ["target_user_id", "id"] },
      checks: { ck_usage_history_outcome: "outcome IN ('SUCCEEDED', 'ACCEPTED', 'REPEATED', 'REFUSED', 'FAILED')" },
    });

    await createTable(runner, "idempotency_keys", {
      columns: { actor_id: key(reference), request_key: key(char(36)), request_hash: text(64), record_id: reference },
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      "idempotency_keys", "usage_history", "certified_keys", "certificates", "issuers", "user_companies", "companies",
      "sessions", "passwords", "users", "contracts", "banks",
    ]) {
      await runner.dropTable(table);
    }
  }
}
