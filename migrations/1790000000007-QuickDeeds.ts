import type { MigrationInterface, QueryRunner } from "typeorm";
import { createIndex, dropIndex } from "./tables.js";

/** What a reissue and an enrollment look up in a contract, found without walking through it: whom to tell, and who signed in from where. */
export class QuickDeeds1790000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createIndex(runner, "sessions", "ix_sessions_address", ["user_id", "address", "signed_in_at"]);
    await createIndex(runner, "users", "ix_users_contract_kind", ["contract_id", "kind"]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIndex(runner, "users", "ix_users_contract_kind");
    await dropIndex(runner, "sessions", "ix_sessions_address");
  }
}
