import type { EntityManager } from "typeorm";

/**
 * The closed list of what can be refused. Part of the contract: a code is never renamed and never changes its meaning.
 * The wording people read stands in `graphql/wording.ts`.
 */
export const refusalCodes = [
  "ALREADY_ENROLLED",
  "ALREADY_REVOKED",
  "CERTIFICATE_EXPIRED",
  "CERTIFICATE_REQUIRED",
  "CERTIFICATE_REVOKED",
  "CONFLICT",
  "CSR_CONTAINS_PRIVATE_KEY",
  "CSR_KEY_NOT_ALLOWED",
  "CSR_KEY_USED_BEFORE",
  "CSR_MALFORMED",
  "CSR_SIGNATURE_INVALID",
  "CSR_SIGNATURE_NOT_ALLOWED",
  "ENROLLMENT_CODE_LOCKED",
  "ENROLLMENT_CODE_REQUIRED",
  "ENROLLMENT_CODE_WRONG",
  "ENROLLMENT_EXPIRED",
  "IDEMPOTENCY_KEY_REUSED",
  "ID_LOCKED",
  "INVALID_TEXT",
  "MASTER_ONLY",
  "NOT_FOUND",
  "NO_CERTIFICATE",
  "OWN_CERTIFICATE",
  "PRESENTED_CERTIFICATE_EXPIRED",
  "PRESENTED_CERTIFICATE_OF_ANOTHER",
  "PRESENTED_CERTIFICATE_REVOKED",
  "PRESENTED_CERTIFICATE_UNKNOWN",
  "REGISTRATION_PASSWORD_LOCKED",
  "REGISTRATION_PASSWORD_REQUIRED",
  "REGISTRATION_PASSWORD_WRONG",
  "SIGN_IN_FAILED",
  "TEXT_TOO_LONG",
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** What a refusal's words name: an instant, or a value of a closed list. */
export type RefusalFacts = Readonly<Record<string, Date | string>>;

interface RefusalOptions {
  /** What the history says instead, where the answer must not tell (a locked ID answers like a wrong password). */
  recordedAs?: RefusalCode;
  /** The input field that is at fault, as a path below `input`. */
  path?: string[];
  facts?: RefusalFacts;
  /** What the refusal itself changes, in the transaction of its history entry (a counted failure). */
  consequence?: (tx: EntityManager) => Promise<void>;
}

/** An expected no. Whatever else is thrown is a fault. */
export class Refusal extends Error {
  readonly recordedAs: RefusalCode;
  readonly path: string[] | undefined;
  readonly facts: RefusalFacts;
  readonly consequence: ((tx: EntityManager) => Promise<void>) | undefined;

  constructor(
    readonly code: RefusalCode,
    { recordedAs = code, path, facts = {}, consequence }: RefusalOptions = {},
  ) {
    super(code);
    this.name = "Refusal";
    this.recordedAs = recordedAs;
    this.path = path;
    this.facts = facts;
    this.consequence = consequence;
  }
}

/** Whose session it was. */
export interface FormerActor {
  userId: string;
  loginId: string;
  contractId: string;
  bankId: string;
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
