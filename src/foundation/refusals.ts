import type { EntityManager } from "typeorm";

/**
 * The closed list of what can be refused. Part of the contract: a code is never renamed and never changes its meaning.
 * The wording people read stands in `graphql/wording.ts`.
 */
export const refusalCodes = [
  "AD_HOC_TRANSFER_OFF",
  "ALREADY_ACKNOWLEDGED",
  "ALREADY_ENROLLED",
  "ALREADY_REVOKED",
  "ALREADY_STOPPED",
  "ALREADY_SUSPENDED",
  "APPROVAL_REQUIRED",
  "APPROVER_ONLY",
  "BANK_ONLY",
  "CALENDAR_MALFORMED",
  "CERTIFICATE_EXPIRED",
  "CERTIFICATE_REQUIRED",
  "CERTIFICATE_REVOKED",
  "CONFLICT",
  "CONTRACT_STOPPED",
  "CSR_CONTAINS_PRIVATE_KEY",
  "CSR_KEY_NOT_ALLOWED",
  "CSR_KEY_USED_BEFORE",
  "CSR_MALFORMED",
  "CSR_SIGNATURE_INVALID",
  "CSR_SIGNATURE_NOT_ALLOWED",
  "DATE_INVALID",
  "DAYS_NOT_ALLOWED",
  "ENROLLMENT_CODE_DEAD",
  "ENROLLMENT_CODE_LOCKED",
  "ENROLLMENT_CODE_REQUIRED",
  "ENROLLMENT_CODE_WRONG",
  "ENROLLMENT_EXPIRED",
  "GIVEN_TWICE",
  "HOLDER_ONLY",
  "IDEMPOTENCY_KEY_REUSED",
  "ID_DEREGISTERED",
  "ID_LOCKED",
  "ID_SUSPENDED",
  "INVALID_TEXT",
  "KEEPING_NOT_ALLOWED",
  "LIMIT_NOT_ALLOWED",
  "LOGIN_ID_INVALID",
  "LOGIN_ID_TAKEN",
  "MAIL_ADDRESS_INVALID",
  "MAIL_ADDRESS_REQUIRED",
  "MAIL_ADDRESS_TOO_NEW",
  "MASTER_ONLY",
  "NEW_PASSWORD_REQUIRED",
  "NOTHING_TO_REVOKE",
  "NOT_DEAD",
  "NOT_FOR_MASTER",
  "NOT_FOUND",
  "NOT_LOCKED",
  "NOT_STOPPED",
  "NOT_SUSPENDED",
  "NOT_YET_ACQUIRED",
  "NO_CERTIFICATE",
  "OWN_CERTIFICATE",
  "OWN_ID",
  "OWN_PASSWORD",
  "PASSWORD_CHANGE_REQUIRED",
  "PASSWORD_CHARACTERS_NOT_ALLOWED",
  "PASSWORD_IS_LOGIN_ID",
  "PASSWORD_LOCKED",
  "PASSWORD_MARKS_NOT_ALLOWED",
  "PASSWORD_MISMATCH",
  "PASSWORD_NEEDS_BOTH_KINDS",
  "PASSWORD_REQUIRED",
  "PASSWORD_TOO_LONG",
  "PASSWORD_TOO_SHORT",
  "PASSWORD_USED_BEFORE",
  "PASSWORD_WRONG",
  "POWERS_NOT_HELD",
  "PRESENTED_CERTIFICATE_EXPIRED",
  "PRESENTED_CERTIFICATE_OF_ANOTHER",
  "PRESENTED_CERTIFICATE_REVOKED",
  "PRESENTED_CERTIFICATE_UNKNOWN",
  "REGISTRATION_PASSWORD_LOCKED",
  "REGISTRATION_PASSWORD_REQUIRED",
  "REGISTRATION_PASSWORD_WRONG",
  "RENEWAL_TOO_EARLY",
  "REQUESTER_ONLY",
  "REQUEST_DECIDED",
  "REQUEST_EXPIRED",
  "REQUEST_OUTDATED",
  "SAME_OPERATOR",
  "SAME_SESSION",
  "SIGN_IN_FAILED",
  "TEXT_TOO_LONG",
  "TOO_MANY_AT_ONCE",
  "TOO_MANY_USERS",
  "VALUE_REQUIRED",
  "WARN_NOT_BEFORE_MAX",
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** What a refusal's words name: an instant, a figure, or a value of a closed list. */
export type RefusalFacts = Readonly<Record<string, Date | number | string>>;

/** Facts that it returns stand in the entry, as what became. */
type Consequence = (tx: EntityManager) => Promise<unknown>;

export interface RefusalOptions {
  /** What the history says instead, where the answer must not tell (a locked ID answers like a wrong password). */
  recordedAs?: RefusalCode;
  /** The input field that is at fault, as a path below `input`. */
  path?: string[];
  facts?: RefusalFacts;
  /** What else is wrong with the same form: all that a screen can mark comes at once. */
  also?: readonly Refusal[];
  /** What the refusal itself changes, in the transaction of its history entry (a lock); what is to be said of it there. */
  consequence?: Consequence;
  /** Whether what the deed wrote until then is committed with it: a try that it took. */
  commitsWork?: boolean;
}

/** An expected no. Whatever else is thrown is a fault. */
export class Refusal extends Error {
  readonly recordedAs: RefusalCode;
  readonly path: string[] | undefined;
  readonly facts: RefusalFacts;
  readonly also: readonly Refusal[];
  readonly consequence: Consequence | undefined;
  readonly commitsWork: boolean;

  constructor(
    readonly code: RefusalCode,
    { recordedAs = code, path, facts = {}, also = [], consequence, commitsWork = false }: RefusalOptions = {},
  ) {
    super(code);
    this.name = "Refusal";
    this.recordedAs = recordedAs;
    this.path = path;
    this.facts = facts;
    this.also = also;
    this.consequence = consequence;
    this.commitsWork = commitsWork;
  }
}

const MOST_AT_ONCE = 100; // what a screen can mark; a history is not for filling

/** Refuses with all of these at once, the first of them first; without any, goes on. */
export function refuseAll(refusals: readonly Refusal[]): void {
  const [first, ...also] = refusals.slice(0, MOST_AT_ONCE);
  if (!first) return;
  const { code, recordedAs, path, facts } = first;
  const consequence = async (tx: EntityManager) => {
    const facts: object = {};
    for (const refusal of refusals) Object.assign(facts, await refusal.consequence?.(tx));
    return Object.keys(facts).length > 0 ? facts : undefined;
  };
  throw new Refusal(code, { recordedAs, ...(path ? { path } : {}), facts, also, consequence });
}

/** Whose session it was. */
export interface FormerActor {
  userId: string;
  loginId: string;
  /** Null for an operator of the bank. */
  contractId: string | null;
  bankId: string;
  role?: "BANK_OPERATOR";
}

/** Why a request is nobody's. The last four: its client certificate lets nobody in, or isn't the session's. */
export const unauthenticatedReasons = [
  "NOBODY", "UNKNOWN_SESSION", "SESSION_EXPIRED", "SESSION_ENDED",
  "WRONG_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED",
] as const;

/** Who asks is not, or no longer, signed in. Whose session it was is known for one that expired or ended. */
export class Unauthenticated extends Error {
  constructor(
    readonly why: (typeof unauthenticatedReasons)[number],
    readonly former?: FormerActor,
    readonly facts: RefusalFacts = {},
  ) {
    super(why);
    this.name = "Unauthenticated";
  }
}
