/** ENROLLEE: of a contract that requires certificates, signed in without one. May look at itself and enroll. */
export const roles = ["MASTER", "PUBLIC", "ENROLLEE"] as const;
export type Role = (typeof roles)[number];

/** Where a request came from. */
export interface Origin {
  requestId: string;
  address: string | null;
}

/** Somebody signed in, as the session's row said it for this request. */
export interface Actor {
  role: Role;
  userId: string;
  loginId: string;
  contractId: string;
  bankId: string;
  sessionId: string;
  origin: Origin;
}
