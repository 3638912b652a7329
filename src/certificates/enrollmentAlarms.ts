import type { EntityManager } from "typeorm";
import { DAY, later } from "../foundation/clock.js";
import { execute } from "../foundation/database/execute.js";
import type { Desk } from "../foundation/desk.js";
import { Refusal } from "../foundation/refusals.js";
import { raiseAlert } from "../history/Alert.js";
import { Bank } from "../identity/Bank.js";
import type { Actor, Origin } from "../policy/Actor.js";
import type { Certificate } from "./Certificate.js";
import { findCurrent } from "./certificateStore.js";

/**
 * An acquisition from where nobody of the contract had signed in a day before the certificate was opened: a thief signs in as
 * the Master first. Of a contract younger than that, from where nobody had before it was opened; one that nobody has signed
 * in to knows no address.
 */
export async function alarmOfNewAddress(desk: Desk, tx: EntityManager, certificate: Certificate, { address, requestId }: Origin): Promise<void> {
  if (address === null) return;
  const { contractId, bankId, userId, openedAt } = certificate;
  const [longAgo, opened] = [desk.db.instant(later(openedAt, -DAY)), desk.db.instant(openedAt)];
  const { rows: [[isKnown] = []] } = await execute(tx, IS_LONG_KNOWN, [userId, address, longAgo, contractId, address, longAgo]);
  if (isKnown === 1) return; // which it nearly always is

  const { rows } = await execute(tx,
    `SELECT s.address, MIN(s.signed_in_at) < ? FROM users u JOIN sessions s ON s.user_id = u.id
      WHERE u.contract_id = ? AND s.signed_in_at < ? GROUP BY s.address`,
    [longAgo, contractId, opened],
  );
  const longKnown = rows.filter(([, isLongKnown]) => isLongKnown === 1);
  const seen = longKnown.length > 0 ? longKnown : rows;
  if (seen.length === 0 || seen.some(([known]) => known === address)) return;
  const evidence = { address, serialNumber: certificate.serialNumber, openedAt, knownAddresses: seen.length, requestId };
  await raiseAlert(tx, { kind: "ENROLLMENT_FROM_NEW_ADDRESS", holder: { userId, contractId, bankId }, certificateId: certificate.id, occasion: certificate.id, evidence }, desk.clock.now());
}

/** Of the holder itself, or of whoever comes first in its contract: no more are looked at. */
const IS_LONG_KNOWN = `SELECT EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = ? AND s.address = ? AND s.signed_in_at < ?)
    OR EXISTS (SELECT 1 FROM users u JOIN sessions s ON s.user_id = u.id WHERE u.contract_id = ? AND s.address = ? AND s.signed_in_at < ?)`;

/** The refusal with one thing more that it brings about: so many of them within a day raise an alert, in the entry's own transaction. */
export function countingRefusal(desk: Desk, actor: Actor, refusal: Refusal): Refusal {
  const { code, recordedAs, path, facts, also, consequence, commitsWork } = refusal;
  return new Refusal(code, {
    recordedAs, ...(path ? { path } : {}), facts, also, commitsWork,
    consequence: async (tx) => {
      const after = await consequence?.(tx);
      await alarmOfRefusals(desk, tx, actor, refusal);
      return after;
    },
  });
}

async function alarmOfRefusals(desk: Desk, tx: EntityManager, actor: Actor, { recordedAs }: Refusal): Promise<void> {
  const { userId, contractId, bankId, origin } = actor;
  if (contractId === null) return;
  const now = desk.clock.now();
  const certificate = await findCurrent(tx, userId);
  if (!certificate) return;
  const bank = await tx.findOneByOrFail(Bank, { id: bankId });
  const [refused]: { times: number | string }[] = await tx.query(
    "SELECT COUNT(*) AS times FROM usage_history h WHERE h.target_user_id = ? AND h.at >= ? AND h.action = 'CERTIFICATE_ENROLL' AND h.outcome = 'REFUSED'",
    [userId, desk.db.instant(later(now, -DAY))],
  );
  const times = Number(refused?.times ?? 0) + 1;
  if (times < bank.alertRefusedEnrollments) return;
  const evidence = { refusals: times, last: recordedAs, serialNumber: certificate.serialNumber, address: origin.address, requestId: origin.requestId };
  await raiseAlert(tx, { kind: "ENROLLMENT_REFUSED_OFTEN", holder: { userId, contractId, bankId }, certificateId: certificate.id, evidence }, now);
}
