import type { EntityManager } from "typeorm";
import { MINUTE, later } from "../foundation/clock.js";
import { repeatable } from "../foundation/database/Database.js";
import { instantOf, instantOrNull } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import { newId } from "../foundation/ids.js";
import { Unauthenticated } from "../foundation/refusals.js";
import type { Operator, Origin } from "../policy/Actor.js";
import type { Bank } from "./Bank.js";
import { OperatorSession, type BankOperator, type OperatorSessionEnd } from "./BankOperator.js";
import type { PresentedCertificate } from "./presentedCertificate.js";
import { hashOfToken, newSessionToken, sessionTime } from "./sessionToken.js";

// The bank's own staff: sessions of another kind than customers', in another table, with tokens of another form.

const TOKEN = /^desk_[A-Za-z0-9_-]{43}$/;

/** True for what can only be an operator's token: no customer's looks like it. */
export function isOperatorToken(token: string): boolean {
  return TOKEN.test(token);
}

/** An operator with what its session says of itself. */
export interface OperatorSignedIn {
  actor: Operator;
  signedInAt: Date;
  previousSignInAt: Date | null;
  expiresAt: Date;
}

/** Opens the operator's only session and ends the one before it. The token is in the answer and nowhere else. */
export async function openOperatorSession(
  tx: EntityManager,
  operator: BankOperator,
  bank: Bank,
  origin: Origin,
  now: Date,
): Promise<OperatorSignedIn & { token: string }> {
  const [previous] = await tx.find(OperatorSession, { where: { operatorId: operator.id }, order: { id: "DESC" }, take: 1 });
  await endOperatorSession(tx, operator.id, "REPLACED", now);

  const token = `desk_${newSessionToken()}`;
  const session: OperatorSession = {
    id: newId(now),
    operatorId: operator.id,
    tokenHash: hashOfToken(token),
    isCurrent: 1,
    signedInAt: now,
    previousSignInAt: previous?.signedInAt ?? null,
    lastUsedAt: now,
    expiresAt: later(now, bank.sessionLongestMinutes * MINUTE),
    endedAt: null,
    endReason: null,
    address: origin.address,
  };
  await tx.insert(OperatorSession, session);
  const { signedInAt, previousSignInAt, expiresAt } = session;
  const { id: userId, loginId, bankId } = operator;
  const actor: Operator = { role: "BANK_OPERATOR", userId, loginId, bankId, contractId: null, sessionId: session.id, origin };
  return { token, signedInAt, previousSignInAt, expiresAt, actor };
}

export async function endOperatorSession(
  tx: EntityManager,
  operatorId: string,
  endReason: OperatorSessionEnd,
  now: Date,
): Promise<boolean> {
  const { affected } = await tx.update(OperatorSession, { operatorId, isCurrent: 1 }, { isCurrent: null, endedAt: now, endReason });
  return (affected ?? 0) > 0;
}

interface SessionRow {
  id: string;
  operator_id: string;
  login_id: string;
  bank_id: string;
  is_current: 1 | null;
  signed_in_at: Date | string;
  previous_sign_in_at: Date | string | null;
  last_used_at: Date | string;
  expires_at: Date | string;
  session_idle_minutes: number;
}

/** Which operator bears this token. Throws Unauthenticated as `recognize` does; a customer's certificate is none of an operator's. */
export async function recognizeOperator(desk: Desk, token: string, presented: PresentedCertificate | null, origin: Origin): Promise<OperatorSignedIn> {
  const rows: SessionRow[] = await desk.db.reads.query(
    `SELECT s.id, s.operator_id, s.is_current, s.signed_in_at, s.previous_sign_in_at, s.last_used_at, s.expires_at,
            o.login_id, o.bank_id, b.session_idle_minutes
       FROM operator_sessions s JOIN bank_operators o ON o.id = s.operator_id JOIN banks b ON b.id = o.bank_id
      WHERE s.token_hash = ?`,
    [hashOfToken(token)],
  );
  const row = rows[0];
  if (!row) throw new Unauthenticated("UNKNOWN_SESSION");
  const somebody = { role: "BANK_OPERATOR", userId: row.operator_id, loginId: row.login_id, bankId: row.bank_id, contractId: null } as const;
  if (row.is_current !== 1) throw new Unauthenticated("SESSION_ENDED", somebody);
  if (presented) throw new Unauthenticated("WRONG_CERTIFICATE", somebody);

  const now = desk.clock.now();
  const { expiresAt, isOver, isToBeTouched } = sessionTime(row, now);
  if (isOver) throw new Unauthenticated("SESSION_EXPIRED", somebody);
  if (isToBeTouched) await desk.db.transaction((tx) => touch(tx, row.id, now), repeatable);
  return {
    actor: { ...somebody, sessionId: row.id, origin },
    signedInAt: instantOf(row.signed_in_at),
    previousSignInAt: instantOrNull(row.previous_sign_in_at),
    expiresAt,
  };
}

/** `holdSession` for an operator. */
export async function holdOperatorSession(tx: EntityManager, actor: Operator, now: Date): Promise<void> {
  if (!(await touch(tx, actor.sessionId, now))) throw new Unauthenticated("SESSION_ENDED");
}

async function touch(tx: EntityManager, id: string, now: Date): Promise<boolean> {
  const { affected } = await tx.update(OperatorSession, { id, isCurrent: 1 }, { lastUsedAt: now });
  return affected === 1;
}
