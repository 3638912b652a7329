import type { Acknowledged } from "./Partner.js";

interface Row {
  holder: string;
  serial: string;
  state: string;
  der: string | null;
}

type Ask = <Row>(sql: string) => Promise<Row[]>;

/** What is wrong at one node with what was acknowledged, and with what must never be, whatever was. By plain SQL: nothing where all is well. */
export async function faultsOf(ask: Ask, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  return [...(await missing(ask, acknowledged)), ...(await broken(ask))];
}

async function missing(ask: Ask, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  const rows = await ask<Row>("SELECT u.login_id AS holder, c.serial_number AS serial, c.state, TO_BASE64(c.x509) AS der FROM certificates c JOIN users u ON u.id = c.user_id");
  const bySerial = new Map(rows.map((row) => [row.serial, row]));
  const entries = await ask<{ action: string; serial: string; version: string }>(
    `SELECT h.action, c.serial_number AS serial, JSON_VALUE(h.facts_after, '$.version') AS version
       FROM usage_history h JOIN certificates c ON c.id = h.certificate_id WHERE h.outcome = 'SUCCEEDED'`);
  const entered = new Set(entries.map(({ action, serial }) => `${action} ${serial}`));
  const versions = new Map(entries.filter(({ action }) => action === "CERTIFICATE_REISSUE").map(({ serial, version }) => [serial, Number(version)]));

  return acknowledged.flatMap(({ holder, serialNumber, version, revoked, pem }) => {
    const row = bySerial.get(serialNumber);
    if (row?.holder !== holder) return [`${serialNumber} of ${holder} is missing`];
    const faults: string[] = [];
    const deed = pem === undefined ? "CERTIFICATE_REISSUE" : "CERTIFICATE_ENROLL";
    if (!entered.has(`${deed} ${serialNumber}`)) faults.push(`${deed} of ${serialNumber} has no entry`);
    if (version !== undefined && versions.get(serialNumber) !== version) faults.push(`${serialNumber} was acknowledged with another version than its entry's`);
    if (pem !== undefined && bare(pem) !== bare(row.der ?? "")) faults.push(`${serialNumber} was issued otherwise`);
    if (pem !== undefined && !["ACTIVE", "REVOKED"].includes(row.state)) faults.push(`${serialNumber} was acquired and is ${row.state}`);
    if (revoked !== undefined && bySerial.get(revoked)?.state !== "REVOKED") faults.push(`${revoked} is revoked no more`);
    return faults;
  });
}

/** Each of these must find nothing. */
const never = {
  "more than one current certificate": "SELECT user_id FROM certificates WHERE is_current = 1 GROUP BY user_id HAVING COUNT(*) > 1",
  "more than one live certificate": "SELECT user_id FROM certificates WHERE state <> 'REVOKED' GROUP BY user_id HAVING COUNT(*) > 1",
  "a serial twice": "SELECT serial_number FROM certificates GROUP BY serial_number HAVING COUNT(*) > 1",
  "an enrollment left half done": "SELECT id FROM certificates WHERE state = 'SIGNING'",
  "a certificate revoked without an instant": "SELECT id FROM certificates WHERE (state = 'REVOKED') <> (revoked_at IS NOT NULL)",
  "a certificate after which more than one came": "SELECT predecessor_id FROM certificates WHERE predecessor_id IS NOT NULL GROUP BY predecessor_id HAVING COUNT(*) > 1",
  "a version that isn't the number of deeds": `SELECT u.login_id, u.version, COUNT(h.id) AS deeds FROM users u
     LEFT JOIN usage_history h ON h.target_user_id = u.id AND h.outcome = 'SUCCEEDED' AND h.action IN ('CERTIFICATE_REISSUE', 'CERTIFICATE_ENROLL')
    WHERE u.login_id LIKE 'holder%' GROUP BY u.id HAVING u.version <> 1 + COUNT(h.id)`,
  "a deed with two entries": `SELECT h.certificate_id FROM usage_history h WHERE h.outcome = 'SUCCEEDED' AND h.action IN ('CERTIFICATE_REISSUE', 'CERTIFICATE_ENROLL')
    GROUP BY h.certificate_id, h.action HAVING COUNT(*) > 1`,
  "a certificate that nobody opened": `SELECT c.id FROM certificates c JOIN users u ON u.id = c.user_id
     LEFT JOIN usage_history h ON h.certificate_id = c.id AND h.action = 'CERTIFICATE_REISSUE' AND h.outcome = 'SUCCEEDED' WHERE u.login_id LIKE 'holder%' AND h.id IS NULL`,
  "a deed whose certificate isn't there": "SELECT h.id FROM usage_history h LEFT JOIN certificates c ON c.id = h.certificate_id WHERE h.certificate_id IS NOT NULL AND c.id IS NULL",
  "more than one session": "SELECT user_id FROM sessions WHERE is_current = 1 GROUP BY user_id HAVING COUNT(*) > 1",
  "an entry that waits for its seal": "SELECT record_id FROM pending_seals",
  "an entry sealed twice": "SELECT record_id FROM history_seals GROUP BY record_id HAVING COUNT(*) > 1",
  "a table without a primary key, which a cluster can't replicate": `SELECT t.table_name FROM information_schema.tables t
     LEFT JOIN information_schema.table_constraints k ON k.table_schema = t.table_schema AND k.table_name = t.table_name AND k.constraint_type = 'PRIMARY KEY'
    WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' AND k.constraint_name IS NULL`,
};

async function broken(ask: Ask): Promise<string[]> {
  const found: string[] = [];
  for (const [what, sql] of Object.entries(never)) {
    const rows = await ask<object>(sql);
    if (rows.length > 0) found.push(`${what}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
  return found;
}

function bare(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----|\s/g, "");
}
