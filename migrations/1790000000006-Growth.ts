import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, createIndex, createTable, dropColumns, dropIndex, key, reference, text } from "./tables.js";

/** Names to [table, columns]: every list in its own order, for a contract and for a whole bank. */
const indexes: Record<string, [table: string, columns: string[]]> = {
  ix_users_contract_made: ["users", ["contract_id", "id", "deregistered_at"]],
  ix_users_bank_made: ["users", ["bank_id", "id", "deregistered_at"]],
  ix_users_bank_kind: ["users", ["bank_id", "kind", "login_id"]],
  ix_contracts_name: ["contracts", ["bank_id", "search_text", "id"]],
  ix_companies_code: ["companies", ["code"]],
  ix_certificates_user: ["certificates", ["user_id", "id"]],
  ix_certificates_bank: ["certificates", ["bank_id", "id"]],
  ix_certificates_bank_state: ["certificates", ["bank_id", "state", "is_past", "id"]],
  ix_certificates_contract_state: ["certificates", ["contract_id", "state", "is_past", "id"]],
  ix_certificates_lapsing: ["certificates", ["state", "is_past", "not_after"]],
  ix_certificates_unacquired: ["certificates", ["state", "is_past", "enrollment_deadline"]],
  ix_usage_history_bank_outcome: ["usage_history", ["bank_id", "outcome", "at", "id"]],
  ix_approval_requests_state: ["approval_requests", ["bank_id", "state", "id"]],
  ix_alerts_user: ["alerts", ["user_id", "id"]],
  ix_notices_recipient: ["notices", ["recipient_id", "id"]],
};
const AT_ONCE = 500; // users, then rows

/** What keeps lists and searches as quick for a million users as for ten thousand. */
export class Growth1790000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, "certificates", "is_past", "integer");
    for (const [name, [table, columns]] of Object.entries(indexes)) await createIndex(runner, table, name, columns);
    await dropIndex(runner, "certificates", "ix_certificates_state"); // two of the new ones begin with it
    await dropIndex(runner, "certificates", "ix_certificates_kept"); // those that ended stay in it for ever
    await createIndex(runner, "certificates", "ix_certificates_kept", ["state", "kept_until"]);
    // With what is searched in it: a search in a contract looks at the index alone.
    await dropIndex(runner, "users", "ix_users_contract");
    await createIndex(runner, "users", "ix_users_contract", ["contract_id", "login_id", "search_text"]);

    await createTable(runner, "user_grams", {
      columns: { bank_id: key(reference), gram: key(text(4)), login_id: key(text(12)) },
      withoutRowid: true,
    });
    await fillGrams(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable("user_grams");
    await dropIndex(runner, "users", "ix_users_contract");
    await createIndex(runner, "users", "ix_users_contract", ["contract_id", "login_id"]);
    await dropIndex(runner, "certificates", "ix_certificates_kept");
    await createIndex(runner, "certificates", "ix_certificates_kept", ["kept_until"]);
    await createIndex(runner, "certificates", "ix_certificates_state", ["state"]);
    await keepForeignKeysIndex(runner);
    for (const [name, [table]] of Object.entries(indexes)) await dropIndex(runner, table, name);
    await dropColumns(runner, "certificates", ["is_past"]);
  }
}

/** MariaDB and MySQL had made one for the foreign key, and dropped it when there was another: none may be without. */
async function keepForeignKeysIndex(runner: QueryRunner): Promise<void> {
  if (runner.dataSource.options.type === "better-sqlite3") return;
  const found = (await runner.query("SHOW INDEX FROM certificates WHERE key_name = 'fk_certificates_bank'")) as unknown[];
  if (found.length === 0) await createIndex(runner, "certificates", "fk_certificates_bank", ["bank_id"]);
}

/** Every piece of one to four characters of everybody's text, as the server writes them from now on. */
async function fillGrams(runner: QueryRunner): Promise<void> {
  for (let last = ""; ; ) {
    const users = (await runner.query(
      `SELECT id, bank_id, login_id, search_text FROM users WHERE id > ? ORDER BY id LIMIT ${String(AT_ONCE)}`, [last],
    )) as { id: string; bank_id: string; login_id: string; search_text: string }[];
    const rows = users.flatMap(({ bank_id: bank, login_id: loginId, search_text: searched }) => gramsOf(searched).map((gram) => [bank, gram, loginId]));
    for (let from = 0; from < rows.length; from += AT_ONCE) {
      const some = rows.slice(from, from + AT_ONCE);
      await runner.query(`INSERT INTO user_grams (bank_id, gram, login_id) VALUES ${some.map(() => "(?, ?, ?)").join(", ")}`, some.flat());
    }
    const end = users.at(-1);
    if (!end || users.length < AT_ONCE) return;
    last = end.id;
  }
}

function gramsOf(searched: string): string[] {
  const characters = Array.from(searched.replaceAll(" ", "␣")); // MariaDB and MySQL compare keys without spaces at their end
  const grams = new Set<string>();
  for (let length = 1; length <= 4; length++) {
    for (let from = 0; from + length <= characters.length; from++) grams.add(characters.slice(from, from + length).join(""));
  }
  return [...grams];
}
