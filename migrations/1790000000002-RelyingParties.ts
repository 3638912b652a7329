import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, bytes, createIndex, createTable, dropIndex, id, instant, key, longText, number, optional, reference, text } from "./tables.js";

/** What those who rely on certificates ask for (CRLs, OCSP signers), sessions bound to a certificate, alerts. */
export class RelyingParties1790000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, "sessions", "certificate_fingerprint", "varchar(64)");

    await createIndex(runner, "certificates", "ix_certificates_fingerprint", ["fingerprint"]);
    // All that a CRL needs: a hundred thousand entries are read from the index alone.
    await createIndex(runner, "certificates", "ix_certificates_revoked", [
      "issuer_id", "state", "not_after", "serial_number", "revocation_reason", "revoked_at",
    ]);

    await createTable(runner, "crls", {
      columns: {
        id, issuer_id: reference, number, this_update: instant, next_update: instant, expired_before: optional(instant),
        entries: number, compromised: number, octets: number, fingerprint: text(64),
      },
      unique: { uq_crls_number: ["issuer_id", "number"] },
      references: { fk_crls_issuer: ["issuer_id", "issuers"] },
    });

    await createTable(runner, "crl_parts", {
      columns: { crl_id: key(reference), part: key(number), content: bytes },
      references: { fk_crl_parts_crl: ["crl_id", "crls"] },
    });

    await createTable(runner, "ocsp_signers", {
      columns: {
        id, issuer_id: reference, serial_number: text(40), to_be_signed: bytes, not_before: instant, not_after: instant,
        certificate: optional(bytes),
      },
      unique: { uq_ocsp_signers_serial: ["issuer_id", "serial_number"] },
      references: { fk_ocsp_signers_issuer: ["issuer_id", "issuers"] },
    });

    await createTable(runner, "alerts", {
      columns: {
        id, bank_id: reference, contract_id: reference, kind: text(32), user_id: reference, certificate_id: reference,
        occasion: text(100), raised_at: instant, last_at: instant, times: number, evidence: longText,
      },
      unique: { uq_alerts_occasion: ["occasion"] },
      indexes: { ix_alerts_contract: ["contract_id", "id"], ix_alerts_bank: ["bank_id", "id"] },
      checks: { ck_alerts_kind: "kind IN ('REVOKED_CERTIFICATE_PRESENTED')" },
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ["alerts", "ocsp_signers", "crl_parts", "crls"]) await runner.dropTable(table);
    await dropIndex(runner, "certificates", "ix_certificates_revoked");
    await dropIndex(runner, "certificates", "ix_certificates_fingerprint");
    await runner.query("ALTER TABLE sessions DROP COLUMN certificate_fingerprint");
  }
}
