import { createHash } from "node:crypto";
import { hashOfCode, newEnrollmentCode } from "../../src/certificates/enrollmentCode.js";
import { firstIdAt, newId } from "../../src/foundation/ids.js";
import { endOfJapaneseDay } from "../../src/foundation/japanTime.js";
import { newSerialNumber } from "../../src/pki/serialNumber.js";
import type { Acting, Steps } from "./Transactions.js";

/** What is asked, and by whom. */
export interface ByHand {
  master: Acting;
  userId: string;
  version: number;
  idempotencyKey: string;
}

export interface Reissued {
  code: string;
  certificateId: string;
  loginId: string;
  displayName: string;
}

export const statements = {
  touch: "UPDATE sessions SET last_used_at = ? WHERE id = ? AND is_current = 1",
  // Everything about who acts and on whom, in one.
  people: `SELECT a.kind, k.stopped_at, u.contract_id, u.kind, u.deregistered_at, u.login_id, u.display_name, u.authority, u.ad_hoc_limit, u.powers_held_at,
                  b.days_to_enroll, b.holds_powers, b.sends_code_by_mail, b.asks_registration_password, b.alert_burst_minutes, b.alert_burst_reissues, b.alert_repeat_days,
                  b.alert_life_percent, u.mail_address, a.mail_address
             FROM users a JOIN contracts k ON k.id = a.contract_id JOIN banks b ON b.id = a.bank_id JOIN users u ON u.id = ? WHERE a.id = ?`,
  key: "INSERT INTO idempotency_keys (actor_id, request_key, request_hash, record_id) VALUES (?, ?, ?, ?)",
  version: `UPDATE users SET version = version + 1, powers_held_at = ?, powers_held_in = ?
             WHERE id = ? AND version = ? AND contract_id = ? AND kind = 'PUBLIC' AND id <> ? AND deregistered_at IS NULL`,
  standing: `SELECT c.id, c.serial_number, c.state, c.not_before, c.not_after, c.enrollment_deadline, c.kept_until, c.reissue_reason, c.opened_at, c.revoked_at, k.id,
                    (SELECT MAX(i.id) FROM issuers i WHERE i.bank_id = u.bank_id),
                    (SELECT COUNT(*) FROM certificates r WHERE r.contract_id = u.contract_id AND r.id >= ? AND r.reissue_reason IS NOT NULL AND r.opened_at >= ?)
               FROM users u LEFT JOIN certificates c ON c.user_id = u.id AND c.is_current = 1
               LEFT JOIN certificates k ON k.user_id = u.id AND k.is_current IS NULL AND k.state = 'ACTIVE' AND k.kept_until IS NOT NULL WHERE u.id = ?`,
  revoke: `UPDATE certificates SET state = 'REVOKED', is_current = NULL, revoked_at = ?, revocation_reason = ?, enrollment_code_hash = NULL, to_be_signed = NULL
            WHERE id = ? AND state = ? AND is_current = 1`,
  endSession: "UPDATE sessions SET is_current = NULL, ended_at = ?, end_reason = 'CERTIFICATE_REISSUED' WHERE user_id = ? AND is_current = 1",
  open: `INSERT INTO certificates (id, bank_id, contract_id, user_id, holder_kind, issuer_id, serial_number, state, is_current, predecessor_id, opened_at, reissue_reason,
           enrollment_deadline, enrollment_code_hash, wrong_codes) VALUES (?, ?, ?, ?, 'PUBLIC', ?, ?, 'PENDING', 1, ?, ?, ?, ?, ?, 0)`,
  notices: `INSERT INTO notices (id, bank_id, contract_id, user_id, recipient_id, mail_address, kind, facts, certificate_id, state, tries, next_try_at, created_at)
            VALUES (?, ?, ?, ?, ?, ?, 'CERTIFICATE_REISSUED', ?, ?, 'QUEUED', 0, ?, ?), (?, ?, ?, ?, ?, ?, 'CERTIFICATE_REISSUED', ?, ?, 'QUEUED', 0, ?, ?)`,
  history: `INSERT INTO usage_history (id, bank_id, contract_id, at, actor_id, actor_login_id, actor_role, action, target_user_id, target_login_id, certificate_id, outcome,
              request_id, address, facts_before, facts_after) VALUES (?, ?, ?, ?, ?, ?, 'MASTER', 'CERTIFICATE_REISSUE', ?, ?, ?, 'SUCCEEDED', ?, ?, ?, ?)`,
  pending: "INSERT INTO pending_seals (record_id, chain_id) VALUES (?, ?)",
} as const;

/** The writes of one reissue and the reads that no correct one could do without: compare-and-set, idempotency, history and mails included. */
export function* reissue({ master, userId, version, idempotencyKey }: ByHand, now: Date, at: (instant: Date) => unknown): Steps<keyof typeof statements, Reissued> {
  const [instant, recordId, reason] = [at(now), newId(now), "DEVICE_BROKEN"];
  if ((yield ["touch", [instant, master.sessionId]]).affected !== 1) throw new Error("session ended");
  const [who] = (yield ["people", [userId, master.userId]]).rows;
  if (who?.[0] !== "MASTER" || who[1] !== null || who[2] !== master.contractId || who[3] !== "PUBLIC" || who[4] !== null || userId === master.userId) throw new Error("refused");
  const [loginId, displayName] = [String(who[5]), String(who[6])];
  yield ["key", [master.userId, idempotencyKey, createHash("sha256").update(JSON.stringify([userId, version, reason])).digest("hex"), recordId]];
  if ((yield ["version", [instant, master.sessionId, userId, version, master.contractId, master.userId]]).affected !== 1) throw new Error("conflict");
  const since = new Date(now.getTime() - Number(who[14]) * 60_000);
  const [old] = (yield ["standing", [firstIdAt(since), at(since), userId]]).rows;
  if (old?.[2] !== "ACTIVE" || Number(old[12]) + 1 >= Number(who[15])) throw new Error("not the ordinary case");
  if ((yield ["revoke", [instant, "SUPERSEDED", old[0], old[2]]]).affected !== 1) throw new Error("conflict");
  yield ["endSession", [instant, userId]];
  const [certificateId, serial, code, deadline] = [newId(now), newSerialNumber(), newEnrollmentCode(), endOfJapaneseDay(now, Number(who[10]))];
  yield ["open", [certificateId, master.bankId, master.contractId, userId, old[11], serial, old[0], instant, reason, at(deadline), hashOfCode(code)]];
  const recipients = [[userId, who[18]], [master.userId, who[19]]];
  const facts = JSON.stringify({ loginId, displayName, by: master.loginId, reason, enrollmentDeadline: deadline.toISOString(), keptUntil: null, ended: now.toISOString(), powersHeld: null });
  yield ["notices", recipients.flatMap(([id, address]) => [newId(now), master.bankId, master.contractId, userId, id, address, facts, certificateId, instant, instant])];
  const before = JSON.stringify({ powersHeldAt: null, serialNumber: old[1], status: "ACTIVE", version });
  const after = JSON.stringify({ powersHeldAt: now, reissueReason: reason, serialNumber: serial, status: "PENDING", version: version + 1 });
  yield ["history", [recordId, master.bankId, master.contractId, instant, master.userId, master.loginId, userId, loginId, certificateId, master.requestId, master.address, before, after]];
  yield ["pending", [recordId, master.bankId]];
  return { code, certificateId, loginId, displayName };
}
