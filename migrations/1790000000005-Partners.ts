import type { MigrationInterface, QueryRunner } from "typeorm";
import { char, createTable, instant, key, longText, number, text } from "./tables.js";

/** What partners' requests are held against: how often they come, and the operations that they registered. */
export class Partners1790000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, "rate_counts", {
      columns: { subject: key(char(64)), minute: key(number), taken: number },
      indexes: { ix_rate_counts_minute: ["minute"] },
    });
    await createTable(runner, "trusted_documents", {
      columns: { client: key(text(64)), sha256: key(char(64)), name: text(100), document: longText, registered_at: instant },
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ["trusted_documents", "rate_counts"]) await runner.dropTable(table);
  }
}
