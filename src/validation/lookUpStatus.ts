import type { Database } from "../foundation/database/Database.js";
import { anyOf } from "../foundation/database/rows.js";
import type { RevocationReason, StoredState } from "../policy/certificateLifecycle.js";

const MOST_AT_ONCE = 128;

/** What stands of a certificate, as the driver gives it. */
export interface StatusRow {
  serial_number: string;
  state: StoredState;
  /** Whether its key was accepted, and so there may be a signature. */
  is_accepted: number | boolean;
  kept_until: Date | string | null;
  revoked_at: Date | string | null;
  revocation_reason: RevocationReason | null;
}

interface Asked {
  issuerId: string;
  serialNumber: string;
  answer: (row: StatusRow | undefined) => void;
  fail: (error: unknown) => void;
}

const waiting = new WeakMap<Database, Asked[]>();

/**
 * The certificate of this serial as it stands after this was called; undefined where there is none. Those who ask at the same
 * moment are answered by one statement: a statement costs more than the answer's signature.
 */
export function lookUpStatus(db: Database, issuerId: string, serialNumber: string): Promise<StatusRow | undefined> {
  return new Promise((answer, fail) => {
    const asked = waiting.get(db);
    if (asked && asked.length < MOST_AT_ONCE) {
      asked.push({ issuerId, serialNumber, answer, fail });
      return;
    }
    const first = [{ issuerId, serialNumber, answer, fail }];
    waiting.set(db, first);
    setImmediate(() => {
      if (waiting.get(db) === first) waiting.delete(db); // whoever asks from now on is looked up anew
      void lookUp(db, first);
    });
  });
}

async function lookUp(db: Database, asked: readonly Asked[]): Promise<void> {
  try {
    const byIssuer = Map.groupBy(asked, ({ issuerId }) => issuerId);
    for (const [issuerId, ofIssuer] of byIssuer) {
      const rows = await statusRows(db, issuerId, ofIssuer.map(({ serialNumber }) => serialNumber));
      for (const { serialNumber, answer } of ofIssuer) answer(rows.get(serialNumber));
    }
  } catch (error) {
    for (const { fail } of asked) fail(error);
  }
}

async function statusRows(db: Database, issuerId: string, serialNumbers: string[]): Promise<Map<string, StatusRow>> {
  const filled = withoutOddLengths(serialNumbers);
  const rows: StatusRow[] = await db.reads.query(
    `SELECT c.serial_number, c.state, c.not_after IS NOT NULL AS is_accepted, c.kept_until, c.revoked_at, c.revocation_reason FROM certificates c
      WHERE c.issuer_id = ? AND ${anyOf("c.serial_number", filled)}`,
    [issuerId, ...filled],
  );
  return new Map(rows.map((row) => [row.serial_number, row]));
}

/** The last one again, up to a power of two: so there are few texts, and each is prepared once. */
function withoutOddLengths(serialNumbers: string[]): string[] {
  const wanted = 2 ** Math.ceil(Math.log2(serialNumbers.length));
  return [...serialNumbers, ...Array.from({ length: wanted - serialNumbers.length }, () => serialNumbers.at(-1) ?? "")];
}
