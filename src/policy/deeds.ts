import type { RuleAction, SubjectName } from "./rulebook.js";

/**
 * What a history entry can say was attempted. One closed list for the API, the database and the rulebook.
 * CERTIFICATE_PRESENT: a certificate that lets nobody in came with a request. CA_ROTATE: by whoever runs the server.
 */
export const deedActions = [
  "SIGN_IN",
  "SIGN_OUT",
  "CERTIFICATE_REISSUE",
  "CERTIFICATE_REVOKE",
  "CERTIFICATE_ENROLL",
  "CERTIFICATE_PRESENT",
  "CA_ROTATE",
] as const;
export type DeedAction = (typeof deedActions)[number];

interface Deed {
  action: DeedAction;
  /** Who may try: anyone, whoever is signed in, or whoever the rulebook lets do this to something. */
  needs: "NOTHING" | "SESSION" | { rule: RuleAction; on: SubjectName };
}

/** Every mutation of the schema, by name. One that isn't here stops the start. */
export const deeds: Readonly<Record<string, Deed>> = {
  signIn: { action: "SIGN_IN", needs: "NOTHING" },
  signOut: { action: "SIGN_OUT", needs: "SESSION" },
  reissueCertificate: { action: "CERTIFICATE_REISSUE", needs: { rule: "reissue", on: "Certificate" } },
  revokeCertificate: { action: "CERTIFICATE_REVOKE", needs: { rule: "revoke", on: "Certificate" } },
  enrollCertificate: { action: "CERTIFICATE_ENROLL", needs: { rule: "enroll", on: "Certificate" } },
};
