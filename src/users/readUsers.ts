import { containing } from "../foundation/database/cursor.js";
import { byIndex, checkedOnly, thenJoin } from "../foundation/database/hints.js";
import { keysetPage, type Direction, type Page, type PageRequest } from "../foundation/database/keysetPage.js";
import { anyOf, inOrderOf, instantOrNull } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import { currentCertificate, currentOfRow, type CertificateFacts, type CurrentRow } from "../certificates/readCertificates.js";
import { whyNoCode } from "../certificates/sendCode.js";
import { folded } from "../foundation/text.js";
import type { Authority, UserKind, UserStatus } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { statusIn, type CertificateStatus } from "../policy/certificateLifecycle.js";
import { whereFor } from "../policy/whereFor.js";
import { fromGrams, rarestGram } from "./searchUsers.js";

export interface UserFacts {
  id: string;
  bankId: string;
  contractId: string;
  version: number;
  loginId: string;
  displayName: string;
  kind: UserKind;
  authority: Authority | null;
  adHocLimit: number | null;
  mailAddress: string | null;
  lastSignInAt: Date | null;
  passwordMaxAgeDays: number | null;
  passwordWarnDays: number | null;
  status: UserStatus;
  /** Why an enrollment code couldn't be sent to it now, where its bank sends them by mail; null where it could, or needn't be. */
  whyNoCode: "MAIL_ADDRESS_REQUIRED" | "MAIL_ADDRESS_TOO_NEW" | null;
  /** The newest one; null where there never was one. */
  certificate: CertificateFacts | null;
  /** When this was read: what its certificate's status is as of. */
  readAt: Date;
}

export interface UserFilter {
  /** Any of these; when not said, every one but DEREGISTERED. */
  status?: UserStatus[] | undefined;
  contractId?: string | undefined;
  kind?: UserKind | undefined;
  /** The status of the user's newest certificate. */
  certificateStatus?: CertificateStatus[] | undefined;
  /** Anywhere in login ID or name; width and case don't count. */
  text?: string | undefined;
}

export interface UserOrder {
  field: "LOGIN_ID" | "CREATED_AT";
  direction: Direction;
}

/** The users that the actor may read. */
export async function findUsers(desk: Desk, actor: Actor, filter: UserFilter, order: UserOrder, page: PageRequest): Promise<Page<UserFacts>> {
  const isWholeBank = actor.contractId === null && filter.contractId === undefined;
  const scope = readable(actor, isWholeBank ? "u.bank_id" : checkedOnly("u.bank_id"));
  const current = currentCertificate(actor, filter.certificateStatus === undefined ? "LEFT JOIN" : thenJoin(desk.db.engine));
  const where = [scope.sql];
  const params: unknown[] = [...current.params, ...scope.params];
  let users = inListsOrder(desk, actor, isWholeBank, order, filter.kind);
  let column = order.field === "LOGIN_ID" ? "u.login_id" : "u.id";

  where.push(filter.status === undefined ? "u.deregistered_at IS NULL" : userStatusIn(filter.status));
  if (filter.kind !== undefined) {
    where.push("u.kind = ?");
    params.push(filter.kind);
  }
  if (filter.contractId !== undefined) {
    where.push("u.contract_id = ?");
    params.push(filter.contractId);
  }
  const text = folded(filter.text ?? "").trim();
  if (text !== "") {
    where.push("u.search_text LIKE ? ESCAPE '!'");
    params.push(containing(text));
  }
  if (text !== "" && isWholeBank) { // a contract's own users are few enough to be looked at
    const { gram, isRare } = await rarestGram(desk, actor.bankId, text, { asksHowMany: order.field !== "LOGIN_ID" });
    if (order.field === "LOGIN_ID" || isRare) {
      users = fromGrams(desk.db);
      where.push("g.bank_id = ? AND g.gram = ?");
      params.push(actor.bankId, gram);
      if (order.field === "LOGIN_ID") column = "g.login_id";
    }
  }
  const joined = `${WITH_PASSWORD} ${current.join}`;
  if (filter.certificateStatus !== undefined) {
    const { sql, params: more } = statusIn(filter.certificateStatus, desk.db.instant(desk.clock.now()));
    where.push(sql);
    params.push(...more);
  }
  const countFrom = `${text === "" ? inListsOrder(desk, actor, isWholeBank, { ...order, field: filter.kind === undefined ? "CREATED_AT" : "LOGIN_ID" }, filter.kind) : users} ${joined}`; // that index knows who is gone
  const found = await keysetPage<UserRow>(
    desk.db.reads,
    { select: `${COLUMNS}, ${current.columns}`, from: `${users} ${joined}`, countFrom, where, params, order: { column, id: "u.id", direction: order.direction, isUnique: true } }, // a login ID is, in the bank of whoever asks
    page,
  );
  const now = desk.clock.now();
  return { ...found, rows: found.rows.map((row) => factsOfRow(row, now)) };
}

/** Walked in the list's own order: whoever may read one alone finds it by its id. */
function inListsOrder({ db }: Desk, { role }: Actor, isWholeBank: boolean, { field }: UserOrder, kind?: UserKind): string {
  if (role !== "MASTER" && role !== "BANK_OPERATOR") return "users u";
  const index = isWholeBank ? { LOGIN_ID: kind === undefined ? "uq_users_login" : "ix_users_bank_kind", CREATED_AT: "ix_users_bank_made" } : { LOGIN_ID: "ix_users_contract", CREATED_AT: "ix_users_contract_made" };
  return byIndex(db.engine, "users u", index[field]);
}

/** In the order of the ids; null for what is unknown and for what the actor may not read, alike. */
export async function usersByIds(desk: Desk, actor: Actor, ids: readonly string[]): Promise<(UserFacts | null)[]> {
  const scope = readable(actor, checkedOnly("u.bank_id"), checkedOnly("u.contract_id"));
  const current = currentCertificate(actor);
  const rows: UserRow[] = await desk.db.reads.query(
    `SELECT ${COLUMNS}, ${current.columns} FROM users u ${WITH_PASSWORD} ${current.join} WHERE ${scope.sql} AND ${anyOf("u.id", ids)}`,
    [...current.params, ...scope.params, ...ids],
  );
  const now = desk.clock.now();
  return inOrderOf(ids, rows.map((row) => factsOfRow(row, now)), (user) => user.id);
}

interface UserRow extends CurrentRow {
  id: string;
  bank_id: string;
  contract_id: string;
  version: number;
  login_id: string;
  display_name: string;
  kind: UserKind;
  authority: Authority | null;
  ad_hoc_limit: number | null;
  mail_address: string | null;
  last_sign_in_at: Date | string | null;
  password_max_age_days: number | null;
  password_warn_days: number | null;
  status: UserStatus;
  mail_changed_at: Date | string | null;
  sends_code_by_mail: number | boolean;
  mail_rest_hours: number;
}

const WITH_PASSWORD = "LEFT JOIN banks b ON b.id = u.bank_id LEFT JOIN passwords p ON p.user_id = u.id AND p.kind = 'LOGIN'";
/** The very condition on which a sign-in is refused as locked: restricted, or its tries used up. */
const IS_LOCKED = "(p.locked_at IS NOT NULL OR p.tries >= b.tries_allowed)";
const COLUMNS = `u.id, u.bank_id, u.contract_id, u.version, u.login_id, u.display_name, u.kind, u.authority,
  u.ad_hoc_limit, u.mail_address, u.mail_changed_at, b.sends_code_by_mail, b.mail_rest_hours, u.last_sign_in_at, u.password_max_age_days, u.password_warn_days,
  CASE WHEN u.deregistered_at IS NOT NULL THEN 'DEREGISTERED' WHEN u.suspended_at IS NOT NULL THEN 'SUSPENDED'
       WHEN ${IS_LOCKED} THEN 'LOCKED' ELSE 'ACTIVE' END AS status`;

function factsOfRow(row: UserRow, now: Date): UserFacts {
  return {
    id: row.id,
    bankId: row.bank_id,
    contractId: row.contract_id,
    version: row.version,
    loginId: row.login_id,
    displayName: row.display_name,
    kind: row.kind,
    authority: row.authority,
    adHocLimit: row.ad_hoc_limit,
    mailAddress: row.mail_address,
    lastSignInAt: instantOrNull(row.last_sign_in_at),
    passwordMaxAgeDays: row.password_max_age_days,
    passwordWarnDays: row.password_warn_days,
    status: row.status,
    whyNoCode: Number(row.sends_code_by_mail) === 0 ? null : whyNoCode({
      kind: row.kind, mailAddress: row.mail_address, mailChangedAt: instantOrNull(row.mail_changed_at),
    }, { mailRestHours: row.mail_rest_hours }, now),
    certificate: currentOfRow(row, { userId: row.id, contractId: row.contract_id, bankId: row.bank_id, holderKind: row.kind }),
    readAt: now,
  };
}

const IN_USE = "u.deregistered_at IS NULL AND u.suspended_at IS NULL";
const statusCondition: Record<UserStatus, string> = {
  ACTIVE: `(${IN_USE} AND NOT COALESCE(${IS_LOCKED}, FALSE))`,
  LOCKED: `(${IN_USE} AND ${IS_LOCKED})`,
  SUSPENDED: "(u.deregistered_at IS NULL AND u.suspended_at IS NOT NULL)",
  DEREGISTERED: "(u.deregistered_at IS NOT NULL)",
};

function userStatusIn(statuses: readonly UserStatus[]): string {
  return statuses.length === 0 ? "1 = 0" : `(${statuses.map((status) => statusCondition[status]).join(" OR ")})`;
}

function readable(actor: Actor, bankId: string, contractId = "u.contract_id") {
  return whereFor(actor, "read", "User", { userId: "u.id", userKind: "u.kind", contractId, bankId });
}
