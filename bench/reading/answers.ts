import { createHash } from "node:crypto";
import { encodeCursor } from "../../src/foundation/database/cursor.js";
import { instantOrNull } from "../../src/foundation/database/rows.js";
import { statusAt, type LifeFacts } from "../../src/policy/certificateLifecycle.js";
import type { Actor } from "../../src/policy/Actor.js";
import type { AskDatabase, Row } from "./database.js";
import { pageStatement, serialStatement, sessionStatement, userStatement } from "./statements.js";

/** Rows in the contract's words: what every peer's resolvers need, and nothing that a rulebook would have to say. */
export interface Answers {
  /** Undefined for a token that is worth nothing. */
  session: (authorization: string | undefined) => Promise<Row | undefined>;
  page: (first: number) => Promise<{ nodes: Row[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }>;
  user: (id: string) => Promise<Row | null>;
  bySerial: (serialNumber: string) => Promise<Row | null>;
}

/** Statements are fetched once: those of the actor who asks throughout. */
export async function openAnswers(ask: AskDatabase, token: string): Promise<Answers> {
  const session = await sessionStatement(token);
  const [bearer] = await ask(session.sql, session.params);
  const actor = { role: bearer?.kind, userId: bearer?.user_id, loginId: bearer?.login_id, contractId: bearer?.contract_id, bankId: bearer?.bank_id, sessionId: bearer?.id, origin: { requestId: "bench", address: null } } as Actor;
  const [page, user, serial] = [await pageStatement(actor, 20), await userStatement(actor), await serialStatement(actor)];

  return {
    session: async (authorization) => {
      const bearing = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
      const [row] = await ask(session.sql, [createHash("sha256").update(bearing).digest("hex")]);
      return row?.is_current === 1 ? row : undefined;
    },
    page: async (first) => {
      const rows = await ask(page.sql, [...page.params.slice(0, -1), first + 1]);
      const shown = rows.slice(0, first);
      const last = shown.at(-1);
      return { nodes: shown.map(userOf), pageInfo: { hasNextPage: rows.length > first, endCursor: last ? encodeCursor({ key: String(last.login_id), id: String(last.id) }) : null } };
    },
    user: async (id) => {
      const [row] = await ask(user.sql, [...user.params.slice(0, -1), id]);
      return row ? userOf(row) : null;
    },
    bySerial: async (serialNumber) => {
      const [row] = await ask(serial.sql, [...serial.params.slice(0, -1), serialNumber]);
      return row ? certificateOf(row) : null;
    },
  };
}

export function userOf(row: Row): Row {
  return {
    id: `usr_${String(row.id)}`, version: row.version, loginId: row.login_id, displayName: row.display_name, kind: row.kind,
    authority: row.authority, status: row.status, lastSignInAt: iso(row.last_sign_in_at), userId: row.id,
    certificate: row.certificate_id === null ? null : certificateOf({ ...row, id: row.certificate_id, user_id: row.id }),
  };
}

export function certificateOf(row: Row): Row {
  const facts = { state: row.state, enrollmentDeadline: instant(row.enrollment_deadline), notAfter: instant(row.not_after), keptUntil: instant(row.kept_until) } as LifeFacts;
  return {
    id: `cert_${String(row.id)}`, serialNumber: row.serial_number, status: statusAt(facts, new Date()),
    notBefore: row.fingerprint === null ? null : iso(row.not_before), notAfter: row.fingerprint === null ? null : iso(row.not_after), userId: row.user_id,
  };
}

export function viewerOf(session: Row): Row {
  return { signedInAt: iso(session.signed_in_at), mayOnlyEnroll: Boolean(session.is_enroll_only), userId: session.user_id };
}

function instant(value: unknown): Date | null {
  return instantOrNull(value as Date | string | null);
}

function iso(value: unknown): string | null {
  return instant(value)?.toISOString() ?? null;
}
