import { findAlerts } from "../../src/alerts/readAlerts.js";
import { certificateBySerial, findCertificates } from "../../src/certificates/readCertificates.js";
import { findContracts } from "../../src/contracts/readContracts.js";
import { findNotices } from "../../src/desk/readNotices.js";
import { findRequests } from "../../src/desk/readRequests.js";
import type { Cursor } from "../../src/foundation/database/cursor.js";
import type { Page } from "../../src/foundation/database/keysetPage.js";
import type { Desk } from "../../src/foundation/desk.js";
import { findHistory, type UsageHistoryFilter } from "../../src/history/readHistory.js";
import type { Actor } from "../../src/policy/Actor.js";
import { certificateStatuses } from "../../src/policy/certificateLifecycle.js";
import { findUsers, type UserFilter, type UserOrder } from "../../src/users/readUsers.js";
import type { Population } from "./population.js";

/** A bank of some size, open, with who asks it. */
export interface Asked {
  desk: Desk;
  people: Population["people"];
  /** The Master of the large contract. */
  master: Actor;
  /** The bank's own. */
  operator: Actor;
  /** Where the thousandth page begins; the last one of a list that has fewer. */
  far: Record<"USERS" | "CONTRACT_USERS" | "CERTIFICATES", Cursor>;
}

export interface Question {
  name: string;
  ask: (asked: Asked) => Promise<unknown>;
  /** Finds nothing. */
  isVain?: boolean;
  /** Goes along the list and leaves out what isn't wanted: it costs what the share is of those that are. */
  isWalk?: boolean;
  isCount?: boolean;
  /** The index that it must go by (PIECES: of names), where the database might as soon take a wider one. */
  by?: string;
  /** Rows that it may well look at, where that isn't a page's. */
  asks?: number;
}

const BY_LOGIN = { field: "LOGIN_ID", direction: "ASC" } as const satisfies UserOrder;
const NEWEST = { field: "CREATED_AT", direction: "DESC" } as const satisfies UserOrder;
/** The pieces of a long text are counted first, so far. */
const LONG = { asks: 420, by: "PIECES" };
const first = (after: Cursor | null = null) => ({ first: 20, after });

type Who = "operator" | "master";

function users(who: Who, name: string, filter: UserFilter, order: UserOrder = BY_LOGIN, more: Partial<Question> = {}): Question {
  return { name: `users, ${who}: ${name}`, ask: (asked) => findUsers(asked.desk, asked[who], filter, order, first()), ...more };
}

function history(who: Who, name: string, index: string, filter: (asked: Asked) => UsageHistoryFilter): Question {
  return { name: `history, ${who}: ${name}`, ask: (asked) => findHistory(asked.desk, asked[who], filter(asked), first()), by: `ix_usage_history_${index}` };
}

function count(name: string, list: (asked: Asked) => Promise<Page<unknown>>): Question {
  return { name: `totalCount: ${name}`, ask: async (asked) => (await list(asked)).count(), isCount: true };
}

/** What must take no longer for a large bank than for a small one. */
export const questions: readonly Question[] = [
  users("operator", "first page", {}),
  { name: "users, operator: thousandth page", ask: ({ desk, operator, far }) => findUsers(desk, operator, {}, BY_LOGIN, first(far.USERS)) },
  users("operator", "newest first", {}, NEWEST),
  users("operator", "search 経理 (one in ten)", { text: "経理" }, BY_LOGIN, { by: "PIECES" }),
  users("operator", "search 山 (one character)", { text: "山" }, BY_LOGIN, { by: "PIECES" }),
  users("operator", "search 経理担当者 (five characters)", { text: "経理担当者" }, BY_LOGIN, LONG),
  users("operator", "search 綾小路 (one in ten thousand)", { text: "綾小路" }),
  { name: "users, operator: search a whole login ID", ask: ({ desk, operator, people }) => findUsers(desk, operator, { text: people.someone.loginId }, BY_LOGIN, first()), ...LONG },
  { name: "users, operator: search a contract's beginning", ask: ({ desk, operator, people }) => findUsers(desk, operator, { text: people.master.loginId.slice(0, -5) }, BY_LOGIN, first()), ...LONG },
  users("operator", "search 龍王 (nobody)", { text: "龍王" }, BY_LOGIN, { isVain: true }),
  users("operator", "search 経理部長佐藤 (nobody, though each piece is somebody's)", { text: "経理部長佐藤" }, BY_LOGIN, { isVain: true, ...LONG }),
  users("operator", "search 経理, newest first", { text: "経理" }, NEWEST, { isWalk: true }),
  users("operator", "search 綾小路, newest first", { text: "綾小路" }, NEWEST),
  users("operator", "status LOCKED", { status: ["LOCKED"] }, BY_LOGIN, { isWalk: true }),
  users("operator", "status SUSPENDED", { status: ["SUSPENDED"] }, BY_LOGIN, { isWalk: true }),
  users("operator", "status DEREGISTERED", { status: ["DEREGISTERED"] }, BY_LOGIN, { isWalk: true }),
  users("operator", "kind MASTER", { kind: "MASTER" }, BY_LOGIN, { by: "ix_users_bank_kind" }),
  users("operator", "certificate PENDING", { certificateStatus: ["PENDING"] }, BY_LOGIN, { isWalk: true }),
  users("operator", "certificate REVOKED", { certificateStatus: ["REVOKED"] }, BY_LOGIN, { isWalk: true }),
  users("master", "first page", {}, BY_LOGIN, { by: "ix_users_contract" }),
  { name: "users, master: far page", ask: ({ desk, master, far }) => findUsers(desk, master, {}, BY_LOGIN, first(far.CONTRACT_USERS)) },
  users("master", "kind PUBLIC", { kind: "PUBLIC" }, BY_LOGIN, { by: "ix_users_contract" }),
  users("master", "newest first", {}, NEWEST, { by: "ix_users_contract_made" }),
  users("master", "search 経理", { text: "経理" }, BY_LOGIN, { by: "ix_users_contract" }),
  users("master", "search 龍王 (nobody)", { text: "龍王" }, BY_LOGIN, { isVain: true, by: "ix_users_contract" }),
  { name: "certificate, operator: by serial", ask: ({ desk, operator, people }) => certificateBySerial(desk, operator, people.serialNumber), by: "ix_certificates_serial" },
  { name: "certificate, operator: by a serial that there isn't", ask: ({ desk, operator }) => certificateBySerial(desk, operator, "00"), isVain: true, by: "ix_certificates_serial" },
  { name: "certificate, master: by a serial that isn't its own", ask: ({ desk, master, people }) => certificateBySerial(desk, master, people.serialNumber), isVain: true, by: "ix_certificates_serial" },
  ...(["operator", "master"] as const).flatMap((who): Question[] => [
    { name: `certificates, ${who}: first page`, ask: (asked) => findCertificates(asked.desk, asked[who], {}, "DESC", first()), by: who === "master" ? "ix_certificates_contract" : "ix_certificates_bank" },
    ...certificateStatuses.map((status) => ({
      name: `certificates, ${who}: ${status}`, ask: (asked: Asked) => findCertificates(asked.desk, asked[who], { status: [status] }, "DESC", first()),
      by: who === "master" ? "ix_certificates_contract_state" : "ix_certificates_bank_state",
    })),
  ]),
  { name: "certificates, operator: thousandth page", ask: ({ desk, operator, far }) => findCertificates(desk, operator, {}, "DESC", first(far.CERTIFICATES)) },
  { name: "certificates, operator: of a user", ask: ({ desk, operator, people }) => findCertificates(desk, operator, { userId: people.someone.userId }, "DESC", first()), by: "ix_certificates_user" },
  history("operator", "first page", "bank", () => ({})),
  history("operator", "by target", "target", ({ people }) => ({ targetUserId: people.someone.userId })),
  history("operator", "by target and action", "target", ({ people }) => ({ targetUserId: people.someone.userId, action: ["USER_UPDATE", "CERTIFICATE_REISSUE"] })),
  history("operator", "by actor", "actor", ({ people }) => ({ actorId: people.someone.userId })),
  history("operator", "by action", "bank_action", () => ({ action: ["CERTIFICATE_REISSUE"] })),
  history("operator", "by several actions", "bank_action", () => ({ action: ["CERTIFICATE_REISSUE", "CERTIFICATE_REVOKE", "USER_UPDATE"] })),
  history("operator", "by outcome FAILED", "bank_outcome", () => ({ outcome: ["FAILED"] })),
  history("operator", "by outcomes REFUSED and FAILED", "bank_outcome", () => ({ outcome: ["REFUSED", "FAILED"] })),
  history("operator", "of a contract", "contract", ({ people }) => ({ contractId: people.master.contractId })),
  history("operator", "by request", "request", ({ people }) => ({ requestId: people.requestId })),
  history("master", "first page", "contract", () => ({})),
  history("master", "by target of its own", "target", ({ people }) => ({ targetUserId: people.master.userId })),
  history("master", "by several actions", "contract_action", () => ({ action: ["CERTIFICATE_REISSUE", "CERTIFICATE_REVOKE"] })),
  { name: "contracts, operator: first page", ask: ({ desk, operator }) => findContracts(desk, operator, {}, first()) },
  { name: "contracts, operator: search 商事", ask: ({ desk, operator }) => findContracts(desk, operator, { text: "商事" }, first()) },
  { name: "contracts, operator: search a login ID", ask: ({ desk, operator, people }) => findContracts(desk, operator, { text: people.someone.loginId }, first()) },
  { name: "requests, operator: first page", ask: ({ desk, operator }) => findRequests(desk, operator, {}, first()) },
  { name: "requests, operator: OPEN", ask: ({ desk, operator }) => findRequests(desk, operator, { status: ["OPEN"] }, first()) },
  { name: "requests, operator: APPROVED and REJECTED", ask: ({ desk, operator }) => findRequests(desk, operator, { status: ["APPROVED", "REJECTED"] }, first()), asks: 42 },
  { name: "alerts, operator: first page", ask: ({ desk, operator }) => findAlerts(desk, operator, {}, first()) },
  { name: "alerts, operator: about a user", ask: ({ desk, operator, people }) => findAlerts(desk, operator, { userId: people.someone.userId }, first()), isVain: true, by: "ix_alerts_user" },
  { name: "notices, operator: first page", ask: ({ desk, operator }) => findNotices(desk, operator, {}, first()) },
  { name: "notices, operator: DEAD", ask: ({ desk, operator }) => findNotices(desk, operator, { state: ["DEAD"] }, first()) },
  { name: "notices, operator: to a user", ask: ({ desk, operator, people }) => findNotices(desk, operator, { recipientId: people.someone.userId }, first()), isVain: true, by: "ix_notices_recipient" },
  count("users", ({ desk, operator }) => findUsers(desk, operator, {}, BY_LOGIN, first())),
  count("users, search 経理", ({ desk, operator }) => findUsers(desk, operator, { text: "経理" }, BY_LOGIN, first())),
  count("certificates ACTIVE", ({ desk, operator }) => findCertificates(desk, operator, { status: ["ACTIVE"] }, "DESC", first())),
  count("history", ({ desk, operator }) => findHistory(desk, operator, {}, first())),
];
