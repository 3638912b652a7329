/**
 * ENROLLEE: of a contract that requires certificates, signed in without one. May look at itself and enroll.
 * PASSWORD_CHANGER: whose passwords are due. May look at itself and change them, until that is done.
 * BANK_OPERATOR: the bank's own staff at the desk.
 */
export const roles = ["MASTER", "PUBLIC", "ENROLLEE", "PASSWORD_CHANGER", "BANK_OPERATOR"] as const;
export type Role = (typeof roles)[number];

/** Where a request came from. */
export interface Origin {
  requestId: string;
  address: string | null;
}

interface Somebody {
  /** Of the user, or of the operator. */
  readonly userId: string;
  readonly loginId: string;
  readonly bankId: string;
  readonly sessionId: string;
  readonly origin: Origin;
}

/** An ID of a contract. */
export interface Customer extends Somebody {
  readonly role: Exclude<Role, "BANK_OPERATOR">;
  readonly contractId: string;
}

/** Staff of a bank: of no contract, for all of its bank's. */
export interface Operator extends Somebody {
  readonly role: "BANK_OPERATOR";
  readonly contractId: null;
}

/** True for what is of the actor's contract; for the bank's staff, of its bank. */
export function isWithinReach(actor: Actor, { contractId, bankId }: { contractId: string; bankId: string }): boolean {
  return bankId === actor.bankId && (actor.role === "BANK_OPERATOR" || contractId === actor.contractId);
}

/** Somebody signed in, as the session's row said it for this request. Never changed: what it may do is remembered with it. */
export type Actor = Customer | Operator;
