import type { Desk } from "../foundation/desk.js";
import { instantOf } from "../foundation/database/rows.js";
import type { RevokedCertificate } from "../pki/crl.js";
import type { RevocationReason } from "../policy/certificateLifecycle.js";

// What was never to be signed has no `not_after`: its serial was never issued, so no list needs to name it.
const LISTED = "c.issuer_id = ? AND c.state = 'REVOKED' AND c.not_after >= ?";
const THE_BEGINNING = new Date(0);
const PAGE = 5_000;

/**
 * What stands on a list of this CA now, in two figures that only ever rise: revoked is final, and a reason can only be
 * raised to keyCompromise. A list with the same two is up to date.
 */
export async function countRevoked(desk: Desk, issuerId: string, expiredBefore: Date | null): Promise<{ entries: number; compromised: number }> {
  const [row]: { entries: number | string; compromised: number | string | null }[] = await desk.db.reads.query(
    `SELECT COUNT(*) AS entries, SUM(CASE WHEN c.revocation_reason = 'KEY_COMPROMISE' THEN 1 ELSE 0 END) AS compromised
       FROM certificates c WHERE ${LISTED}`,
    [issuerId, desk.db.instant(expiredBefore ?? THE_BEGINNING)],
  );
  return { entries: Number(row?.entries ?? 0), compromised: Number(row?.compromised ?? 0) };
}

/** The CA's revoked certificates that didn't end before `expiredBefore`, page by page. */
export async function* revokedCertificates(desk: Desk, issuerId: string, expiredBefore: Date | null): AsyncGenerator<RevokedCertificate[]> {
  let end: Date | string = desk.db.instant(expiredBefore ?? THE_BEGINNING);
  let serialNumber = "";
  for (;;) {
    const rows: RevokedRow[] = await desk.db.reads.query(
      `SELECT c.serial_number, c.revoked_at, c.revocation_reason, c.not_after FROM certificates c
        WHERE ${LISTED} AND (c.not_after > ? OR c.serial_number > ?)
        ORDER BY c.not_after, c.serial_number LIMIT ${String(PAGE)}`,
      [issuerId, end, end, serialNumber],
    );
    if (rows.length > 0) yield rows.map(revokedOf);
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    ({ not_after: end, serial_number: serialNumber } = last);
  }
}

interface RevokedRow {
  serial_number: string;
  revoked_at: Date | string;
  revocation_reason: RevocationReason | null;
  not_after: Date | string;
}

function revokedOf({ serial_number, revoked_at, revocation_reason }: RevokedRow): RevokedCertificate {
  return { serialNumber: serial_number, revokedAt: instantOf(revoked_at), reason: revocation_reason ?? "UNSPECIFIED" };
}
