import type { EntityManager } from "typeorm";
import { MINUTE, later } from "../foundation/clock.js";
import { repeatable } from "../foundation/database/Database.js";
import type { Desk } from "../foundation/desk.js";
import { execute } from "../foundation/database/execute.js";
import { instantOf, instantOrNull } from "../foundation/database/rows.js";
import { updateRows } from "../foundation/database/updateRows.js";
import { newId } from "../foundation/ids.js";
import { Unauthenticated } from "../foundation/refusals.js";
import type { Actor, Customer, Origin } from "../policy/Actor.js";
import type { Bank } from "./Bank.js";
import { isWorthless, unauthenticatedBy, type PresentedCertificate } from "./presentedCertificate.js";
import { isOperatorToken, holdOperatorSession, recognizeOperator } from "./operatorSessions.js";
import type { PasswordDue } from "./Password.js";
import { Session, type SessionEnd } from "./Session.js";
import { hashOfToken, newSessionToken, sessionTime } from "./sessionToken.js";
import type { User, UserKind } from "./User.js";

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export interface SessionOpening {
  bank: Bank;
  isEnrollOnly: boolean;
  /** Why the passwords must be changed before anything else. */
  passwordsDue: PasswordDue | null;
  /** The thumbprint of the certificate without which the token is worth nothing; null where none was presented. */
  boundTo: string | null;
  address: string | null;
  now: Date;
}

/** Opens the user's only session and ends the one before it. The token is in the answer and nowhere else. */
export async function openSession(
  tx: EntityManager,
  user: User,
  { bank, isEnrollOnly, passwordsDue, boundTo, address, now }: SessionOpening,
): Promise<{ token: string; session: Session }> {
  const [previous] = await tx.find(Session, { where: { userId: user.id }, order: { id: "DESC" }, take: 1 });
  await endSessions(tx, user.id, "REPLACED", now);

  const token = newSessionToken();
  const session: Session = {
    id: newId(now),
    userId: user.id,
    tokenHash: hashOfToken(token),
    isCurrent: 1,
    isEnrollOnly,
    passwordsDue,
    signedInAt: now,
    previousSignInAt: previous?.signedInAt ?? null,
    lastUsedAt: now,
    expiresAt: later(now, bank.sessionLongestMinutes * MINUTE),
    endedAt: null,
    endReason: null,
    address,
    certificateFingerprint: boundTo,
  };
  await tx.insert(Session, session);
  return { token, session };
}

/** Ends the user's session, if there is one: the very next request with its token is refused. */
export async function endSessions(tx: EntityManager, userId: string, endReason: SessionEnd, now: Date): Promise<boolean> {
  return (await updateRows(tx, Session, { userId, isCurrent: 1 }, { isCurrent: null, endedAt: now, endReason })) > 0;
}

/** What a session that is open now says of itself. */
export interface OpenSession {
  signedInAt: Date;
  lastUsedAt: Date;
  address: string | null;
}

/** The user's session, unless it is over. */
export async function openSessionOf(desk: Desk, userId: string, { sessionIdleMinutes }: Bank): Promise<OpenSession | null> {
  const session = await desk.db.reads.findOneBy(Session, { userId, isCurrent: 1 });
  const now = desk.clock.now();
  if (!session || now >= session.expiresAt || now >= later(session.lastUsedAt, sessionIdleMinutes * MINUTE)) return null;
  const { signedInAt, lastUsedAt, address } = session;
  return { signedInAt, lastUsedAt, address };
}

interface SessionRow {
  id: string;
  user_id: string;
  login_id: string;
  contract_id: string;
  bank_id: string;
  kind: UserKind;
  is_enroll_only: number | boolean;
  passwords_due: PasswordDue | null;
  is_current: 1 | null;
  signed_in_at: Date | string;
  previous_sign_in_at: Date | string | null;
  last_used_at: Date | string;
  expires_at: Date | string;
  certificate_fingerprint: string | null;
  session_idle_minutes: number;
}

/** An actor with what its session says of itself. */
export interface SignedIn {
  actor: Actor;
  signedInAt: Date;
  previousSignInAt: Date | null;
  expiresAt: Date;
  passwordsDue: PasswordDue | null;
}

/**
 * Who bears this token. Throws Unauthenticated for a token that is unknown, ended, idle too long or too old, and for one
 * that comes with a certificate that lets nobody in, or without the one it is bound to (RFC 8705 §3), or with somebody else's. Nothing about a
 * session is remembered from one request to the next.
 */
export async function recognize(desk: Desk, token: string, presented: PresentedCertificate | null, origin: Origin): Promise<SignedIn> {
  if (isOperatorToken(token)) return { ...(await recognizeOperator(desk, token, presented, origin)), passwordsDue: null };
  if (!TOKEN.test(token)) throw new Unauthenticated("UNKNOWN_SESSION");
  const rows: SessionRow[] = await desk.db.reads.query(
    `SELECT s.id, s.user_id, s.is_enroll_only, s.passwords_due, s.is_current, s.signed_in_at, s.previous_sign_in_at, s.last_used_at, s.expires_at,
            s.certificate_fingerprint,
            u.login_id, u.contract_id, u.bank_id, u.kind, b.session_idle_minutes
       FROM sessions s JOIN users u ON u.id = s.user_id JOIN banks b ON b.id = u.bank_id
      WHERE s.token_hash = ?`,
    [hashOfToken(token)],
  );
  const row = rows[0];
  if (!row) throw new Unauthenticated("UNKNOWN_SESSION");
  const former = { userId: row.user_id, loginId: row.login_id, contractId: row.contract_id, bankId: row.bank_id };
  if (isWorthless(presented)) throw unauthenticatedBy(presented, former);
  if (row.is_current !== 1) throw new Unauthenticated("SESSION_ENDED", former);
  const isBoundToAnother = row.certificate_fingerprint !== null && presented?.thumbprint !== row.certificate_fingerprint;
  if (isBoundToAnother || (presented && presented.holder.userId !== row.user_id)) throw new Unauthenticated("WRONG_CERTIFICATE", former);

  const now = desk.clock.now();
  const { expiresAt, isOver, isToBeTouched } = sessionTime(row, now);
  if (isOver) throw new Unauthenticated("SESSION_EXPIRED", former);
  if (isToBeTouched) await desk.db.transaction((tx) => touch(tx, row.id, now), repeatable);

  const actor: Actor = {
    ...former,
    role: roleIn({ kind: row.kind, isEnrollOnly: Boolean(row.is_enroll_only), passwordsDue: row.passwords_due }),
    sessionId: row.id,
    origin,
  };
  return {
    actor,
    signedInAt: instantOf(row.signed_in_at),
    previousSignInAt: instantOrNull(row.previous_sign_in_at),
    expiresAt,
    passwordsDue: row.passwords_due,
  };
}

/** As what an ID acts in a session: passwords that are due come first, then the certificate that is missing. */
export function roleIn({ kind, isEnrollOnly, passwordsDue }: { kind: UserKind } & Pick<Session, "isEnrollOnly" | "passwordsDue">): Customer["role"] {
  if (passwordsDue !== null) return "PASSWORD_CHANGER";
  return isEnrollOnly ? "ENROLLEE" : kind;
}

/** Who acts, as the database has it: an ID's kind, its contract, since when that is stopped. */
interface Acting {
  kind: unknown;
  contractId: unknown;
  stoppedAt: unknown;
}

/** For a statement that reads something else as well: by what names it knows the ID and its contract. */
export function actingColumns(user: string, contract: string): string[] {
  return [`${user}.kind`, `${user}.contract_id`, `${contract}.stopped_at`];
}

export function actingFrom([kind, contractId, stoppedAt]: readonly unknown[]): Acting {
  return { kind, contractId, stoppedAt };
}

/** What a deed is about, with who acts; without, that is read by itself. */
export interface FoundAlong {
  acting?: Acting;
}

/**
 * Makes sure, inside the deed's transaction, that the actor is still who the request said: the session's row is held
 * until COMMIT, so that whatever ends it comes wholly before or wholly after the deed. Tells whether its contract is stopped.
 * `find` reads what the deed is about, and saves a statement by reading who acts along with it.
 */
export async function holdSession<F extends FoundAlong>(tx: EntityManager, actor: Actor, now: Date, find?: (tx: EntityManager) => Promise<F>): Promise<{ isStopped: boolean; found: F }> {
  if (actor.role === "BANK_OPERATOR") {
    await holdOperatorSession(tx, actor, now);
    return { isStopped: false, found: await foundBy(tx, find) };
  }
  if (!(await touch(tx, actor.sessionId, now))) throw new Unauthenticated("SESSION_ENDED");
  const found = await foundBy(tx, find); // only now that the session is held
  const { kind, contractId, stoppedAt } = found.acting ?? (await whoActs(tx, actor));
  const isPlain = actor.role === "MASTER" || actor.role === "PUBLIC";
  if (contractId !== actor.contractId || (isPlain && kind !== actor.role)) throw new Unauthenticated("SESSION_ENDED");
  return { isStopped: stoppedAt !== null, found };
}

async function foundBy<F extends FoundAlong>(tx: EntityManager, find: ((tx: EntityManager) => Promise<F>) | undefined): Promise<F> {
  return find ? await find(tx) : ({} as F);
}

async function whoActs(tx: EntityManager, { userId }: Actor): Promise<Acting> {
  const { rows } = await execute(tx, `SELECT ${actingColumns("a", "k").join(", ")} FROM users a JOIN contracts k ON k.id = a.contract_id WHERE a.id = ?`, [userId]);
  return actingFrom(rows[0] ?? []);
}

async function touch(tx: EntityManager, id: string, now: Date): Promise<boolean> {
  return (await updateRows(tx, Session, { id, isCurrent: 1 }, { lastUsedAt: now })) === 1;
}
