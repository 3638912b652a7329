import { DAY, SECOND, later } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { newSerialNumber } from "../../src/pki/serialNumber.js";
import { revocationReasons } from "../../src/policy/certificateLifecycle.js";
import type { Branch } from "./branch.js";

const ROWS_AT_ONCE = 2_000;

/** So many certificates of this bank, revoked, as they would stand in the database; their serials. */
export async function manyRevoked({ house, issuer, tenant: { bank, contract, taro } }: Branch, count: number): Promise<string[]> {
  const now = house.clock.now();
  const serials = Array.from({ length: count }, newSerialNumber);
  const common = [bank.id, contract.id, taro.id, "PUBLIC", issuer.id, "REVOKED", house.db.instant(now), 0, house.db.instant(now)];
  const columns = "id, serial_number, revocation_reason, not_after, bank_id, contract_id, user_id, holder_kind, issuer_id, state, opened_at, wrong_codes, revoked_at";
  for (let from = 0; from < count; from += ROWS_AT_ONCE) {
    const rows = serials.slice(from, from + ROWS_AT_ONCE).map((serialNumber, index) => [
      newId(now), serialNumber, revocationReasons[(from + index) % revocationReasons.length],
      house.db.instant(later(now, DAY + Math.floor((from + index) / 3) * SECOND)), // by threes of the same second
      ...common,
    ]);
    const places = rows.map((row) => `(${row.map(() => "?").join(", ")})`).join(", ");
    await house.db.transaction((tx) => tx.query(`INSERT INTO certificates (${columns}) VALUES ${places}`, rows.flat()));
  }
  return serials;
}
