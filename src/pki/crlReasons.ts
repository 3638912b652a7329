/**
 * Why a certificate was revoked, as CRLs and OCSP answers number it (RFC 5280 §5.3.1). The others aren't ours: we suspend
 * nothing (6, 8) and revoke no CA of others (2, 10); 7 isn't used.
 */
export const crlReasons = {
  UNSPECIFIED: 0,
  KEY_COMPROMISE: 1,
  AFFILIATION_CHANGED: 3,
  SUPERSEDED: 4,
  CESSATION_OF_OPERATION: 5,
  PRIVILEGE_WITHDRAWN: 9,
} as const;

export type CrlReason = keyof typeof crlReasons;
