import type { IssuerInUse } from "../../src/authorities/Issuers.js";
import { isCode } from "../../src/certificates/enrollmentCode.js";
import { newId } from "../../src/foundation/ids.js";
import { clientCertificate, validityFrom } from "../../src/pki/certificateProfile.js";
import { readCertificateRequest } from "../../src/pki/certificateRequest.js";
import { bitString, sequence } from "../../src/pki/der.js";
import { holderName } from "../../src/pki/names.js";
import { algorithmIdentifier, sha256 } from "../../src/pki/Signer.js";
import type { Acting, Steps, Transactions } from "./Transactions.js";

export const statements = {
  touch: "UPDATE sessions SET last_used_at = ? WHERE id = ? AND is_current = 1",
  pending: `SELECT u.kind, k.stopped_at, k.name, u.display_name, b.code, b.validity_days, b.tries_allowed, c.id, c.serial_number, c.enrollment_deadline,
                   c.enrollment_code_hash, c.wrong_codes, c.opened_at
              FROM users u JOIN contracts k ON k.id = u.contract_id JOIN banks b ON b.id = u.bank_id JOIN certificates c ON c.user_id = u.id AND c.is_current = 1
             WHERE u.id = ? AND c.state = 'PENDING'`,
  isKnown: "SELECT EXISTS (SELECT 1 FROM users u JOIN sessions s ON s.user_id = u.id WHERE u.contract_id = ? AND s.address = ? AND s.signed_in_at < ?)",
  key: "INSERT INTO certified_keys (fingerprint, certificate_id) VALUES (?, ?)",
  accept: `UPDATE certificates SET state = 'SIGNING', to_be_signed = ?, key_fingerprint = ?, enrollment_code_hash = NULL, wrong_codes = 0, not_before = ?, not_after = ?
            WHERE id = ? AND state = 'PENDING' AND wrong_codes = ?`,
  activate: `UPDATE certificates SET state = 'ACTIVE', x509 = ?, fingerprint = ?, enrolled_at = ?, enrollment_deadline = NULL, to_be_signed = NULL WHERE id = ? AND state = 'SIGNING'`,
  version: "UPDATE users SET version = version + 1 WHERE id = ?",
  holder: `SELECT u.version, k.id, u.mail_address, m.id, m.mail_address FROM users u JOIN users m ON m.contract_id = u.contract_id AND m.kind = 'MASTER'
             LEFT JOIN certificates k ON k.user_id = u.id AND k.is_current IS NULL AND k.state = 'ACTIVE' AND k.kept_until IS NOT NULL WHERE u.id = ?`,
  notices: `INSERT INTO notices (id, bank_id, contract_id, user_id, recipient_id, mail_address, kind, facts, certificate_id, state, tries, next_try_at, created_at)
            VALUES (?, ?, ?, ?, ?, ?, 'CERTIFICATE_ENROLLED', ?, ?, 'QUEUED', 0, ?, ?), (?, ?, ?, ?, ?, ?, 'CERTIFICATE_ENROLLED', ?, ?, 'QUEUED', 0, ?, ?)`,
  history: `INSERT INTO usage_history (id, bank_id, contract_id, at, actor_id, actor_login_id, actor_role, action, target_user_id, target_login_id, certificate_id, outcome,
              request_id, address, facts_before, facts_after) VALUES (?, ?, ?, ?, ?, ?, ?, 'CERTIFICATE_ENROLL', ?, ?, ?, ?, ?, ?, ?, ?)`,
  seal: "INSERT INTO pending_seals (record_id, chain_id) VALUES (?, ?)",
} as const;
type Name = keyof typeof statements;

interface Accepted {
  id: string;
  serialNumber: string;
  displayName: string;
  toBeSigned: Buffer;
  notAfter: Date;
}

export interface EnrollByHand {
  holder: Acting;
  csr: string;
  code: string;
}

/**
 * One enrollment: the key proven, the bytes committed, signed, the result committed; and the reads and writes that no correct one could do
 * without, history and mails included. Nothing is linted, nor is what was signed looked at again.
 */
export async function enroll(transactions: Transactions<Name>, issuer: IssuerInUse, request: EnrollByHand, now: Date): Promise<Buffer> {
  const accepted = await transactions.run((at) => accept(request, issuer, now, at));
  const signature = await issuer.signer.sign(accepted.toBeSigned);
  const x509 = sequence(accepted.toBeSigned, algorithmIdentifier[issuer.signer.algorithm], bitString(signature));
  await transactions.run((at) => finish(request, accepted, x509, now, at));
  return x509;
}

function* accept({ holder, csr, code }: EnrollByHand, issuer: IssuerInUse, now: Date, at: (instant: Date) => unknown): Steps<Name, Accepted> {
  const { spki, fingerprint } = readCertificateRequest(csr);
  if ((yield ["touch", [at(now), holder.sessionId]]).affected !== 1) throw new Error("session ended");
  const [row] = (yield ["pending", [holder.userId]]).rows;
  if (row?.[0] !== "PUBLIC" || row[1] !== null) throw new Error("refused");
  const [contractName, displayName, bankCode, days, tries, id, serialNumber, deadline, hash, wrongCodes, openedAt] = row.slice(2) as [string, string, string, number, number, string, string, unknown, string, number, unknown];
  if (instantOf(deadline) < now || wrongCodes >= tries || !isCode(code, hash)) throw new Error("refused");

  yield ["key", [fingerprint, id]];
  const validity = validityFrom(now, days, issuer.name);
  const toBeSigned = clientCertificate({ serialNumber, subject: holderName({ contractName, displayName, bankCode, loginId: holder.loginId }), spki, ...validity }, issuer.name, issuer.addresses);
  if ((yield ["accept", [toBeSigned, fingerprint, at(validity.notBefore), at(validity.notAfter), id, wrongCodes]]).affected !== 1) throw new Error("conflict");
  const [[isKnown] = []] = (yield ["isKnown", [holder.contractId, holder.address, openedAt]]).rows;
  if (isKnown !== 1) throw new Error("not the ordinary case");
  yield* enter(holder, id, "ACCEPTED", now, at, null, { serialNumber, keyFingerprint: fingerprint, notAfter: validity.notAfter });
  return { id, serialNumber, displayName, toBeSigned, notAfter: validity.notAfter };
}

function* finish({ holder }: EnrollByHand, { id, serialNumber, displayName, notAfter }: Accepted, x509: Buffer, now: Date, at: (instant: Date) => unknown): Steps<Name, void> {
  const { userId, loginId, bankId, contractId, address } = holder;
  const fingerprint = sha256(x509).toString("hex");
  if ((yield ["activate", [x509, fingerprint, at(now), id]]).affected !== 1) throw new Error("conflict");
  yield ["version", [userId]];
  const [[version, keptId, mailAddress, masterId, mastersAddress] = []] = (yield ["holder", [userId]]).rows;
  if (keptId !== null) throw new Error("not the ordinary case");
  const recipients = [[userId, mailAddress], [masterId, mastersAddress]];
  const facts = JSON.stringify({ loginId, displayName, serialNumber, notAfter: notAfter.toISOString(), address });
  yield ["notices", recipients.flatMap(([recipient, mail]) => [newId(now), bankId, contractId, userId, recipient, mail, facts, id, at(now), at(now)])];
  const before = { serialNumber, status: "PENDING", version: Number(version) - 1 };
  yield* enter(holder, id, "SUCCEEDED", now, at, before, { fingerprint, notAfter, serialNumber, status: "ACTIVE", version });
}

function* enter(holder: Acting, certificateId: string, outcome: string, now: Date, at: (instant: Date) => unknown, before: object | null, after: object): Steps<Name, void> {
  const { userId, loginId, bankId, contractId, requestId, address } = holder;
  const id = newId(now);
  const facts = [before && JSON.stringify(before), JSON.stringify(after)];
  yield ["history", [id, bankId, contractId, at(now), userId, loginId, "PUBLIC", userId, loginId, certificateId, outcome, requestId, address, ...facts]];
  yield ["seal", [id, bankId]];
}

/** As the driver gives it: mysql2 as a date. */
function instantOf(value: unknown): Date {
  return value instanceof Date ? value : new Date(`${String(value).replace(" ", "T")}Z`);
}
