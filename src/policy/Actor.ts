/** ENROLLEE: of a contract that requires certificates, signed in without one. May look at itself and enroll. */
export const roles = ["MASTER", "PUBLIC", "ENROLLEE"] as const;
export type Role = (typeof roles)[number];

/** Where a request came from. */
export interface Origin {
  requestId: string;
  address: string | null;
}

/** Somebody signed in, as the session's row said it for this request. Never changed: what it may do is remembered with it. */
export interface Actor {
  readonly role: Role;
  readonly userId: string;
  readonly loginId: string;
  readonly contractId: string;
  readonly bankId: string;
  readonly sessionId: string;
  readonly origin: Origin;
}
