import type { RuleAction, SubjectName } from "./rulebook.js";

/**
 * What a history entry can say was attempted. One closed list for the API, the database and the rulebook.
 * The last ones are no mutation of their own: CERTIFICATE_PRESENT, a certificate that lets nobody in came with a request;
 * CONTRACT_START, what an approved request does; HISTORY_EXPORT, a download; the others, by whoever runs the server.
 */
export const deedActions = [
  "SIGN_IN",
  "SIGN_OUT",
  "CERTIFICATE_REISSUE",
  "CERTIFICATE_REVOKE",
  "CERTIFICATE_ENROLL",
  "CERTIFICATE_RENEW",
  "USER_REGISTER",
  "USER_UPDATE",
  "USER_DEREGISTER",
  "USER_SUSPEND",
  "USER_RESUME",
  "USER_UNLOCK",
  "POWERS_RESTORE",
  "PASSWORDS_CHANGE",
  "CONTRACT_STOP",
  "CLOSED_DAYS_EDIT",
  "OPERATOR_SIGN_IN",
  "REISSUE_REQUEST",
  "UNLOCK_REQUEST",
  "START_REQUEST",
  "REQUEST_APPROVE",
  "REQUEST_REJECT",
  "REQUEST_WITHDRAW",
  "HOLIDAYS_LOAD",
  "ALERT_ACKNOWLEDGE",
  "NOTICE_RESEND",
  "CERTIFICATE_PRESENT",
  "CA_ROTATE",
  "CONTRACT_START",
  "OPERATOR_REGISTER",
  "OPERATOR_UNLOCK",
  "OPERATOR_RESET",
  "OPERATOR_REMOVE",
  "HISTORY_EXPORT",
  "DATABASE_RESTORE",
  "DOCUMENTS_REGISTER",
  "DOCUMENTS_REMOVE",
] as const;
export type DeedAction = (typeof deedActions)[number];

/** A line of the rulebook: something that is done to something. */
export interface Ruled {
  rule: RuleAction;
  on: SubjectName;
}

/** Who may try: anyone, whoever is signed in, or whoever the rulebook lets do this to something. */
export type Needs = "NOTHING" | "SESSION" | Ruled;

export interface Deed {
  action: DeedAction;
  needs: Needs;
  /** What a colleague is asked to approve, where the deed is no more than that. */
  asksFor?: Ruled;
}

/** Every mutation of the schema, by name. One that isn't here stops the start. */
export const deeds: Readonly<Record<string, Deed>> = {
  signIn: { action: "SIGN_IN", needs: "NOTHING" },
  signOut: { action: "SIGN_OUT", needs: "SESSION" },
  reissueCertificate: { action: "CERTIFICATE_REISSUE", needs: { rule: "reissue", on: "Certificate" } },
  revokeCertificate: { action: "CERTIFICATE_REVOKE", needs: { rule: "revoke", on: "Certificate" } },
  enrollCertificate: { action: "CERTIFICATE_ENROLL", needs: { rule: "enroll", on: "Certificate" } },
  renewCertificate: { action: "CERTIFICATE_RENEW", needs: { rule: "renew", on: "Certificate" } },
  registerUser: { action: "USER_REGISTER", needs: { rule: "register", on: "User" } },
  updateUser: { action: "USER_UPDATE", needs: { rule: "update", on: "User" } },
  deregisterUser: { action: "USER_DEREGISTER", needs: { rule: "deregister", on: "User" } },
  suspendUser: { action: "USER_SUSPEND", needs: { rule: "suspend", on: "User" } },
  resumeUser: { action: "USER_RESUME", needs: { rule: "suspend", on: "User" } },
  unlockUser: { action: "USER_UNLOCK", needs: { rule: "unlock", on: "User" } },
  restorePowers: { action: "POWERS_RESTORE", needs: { rule: "restorePowers", on: "User" } },
  changePasswords: { action: "PASSWORDS_CHANGE", needs: { rule: "changePasswords", on: "User" } },
  stopContract: { action: "CONTRACT_STOP", needs: { rule: "stop", on: "Contract" } },
  editClosedDays: { action: "CLOSED_DAYS_EDIT", needs: { rule: "editCalendar", on: "Contract" } },
  signInOperator: { action: "OPERATOR_SIGN_IN", needs: "NOTHING" },
  // Whoever may decide on a colleague's request may make one.
  requestReissue: { action: "REISSUE_REQUEST", needs: { rule: "decide", on: "ApprovalRequest" }, asksFor: { rule: "reissue", on: "Certificate" } },
  requestUnlock: { action: "UNLOCK_REQUEST", needs: { rule: "decide", on: "ApprovalRequest" }, asksFor: { rule: "unlock", on: "User" } },
  requestStart: { action: "START_REQUEST", needs: { rule: "decide", on: "ApprovalRequest" }, asksFor: { rule: "start", on: "Contract" } },
  approveRequest: { action: "REQUEST_APPROVE", needs: { rule: "decide", on: "ApprovalRequest" } },
  rejectRequest: { action: "REQUEST_REJECT", needs: { rule: "decide", on: "ApprovalRequest" } },
  withdrawRequest: { action: "REQUEST_WITHDRAW", needs: { rule: "withdraw", on: "ApprovalRequest" } },
  acknowledgeAlert: { action: "ALERT_ACKNOWLEDGE", needs: { rule: "acknowledge", on: "Alert" } },
  resendNotice: { action: "NOTICE_RESEND", needs: { rule: "resend", on: "Notice" } },
  loadHolidays: { action: "HOLIDAYS_LOAD", needs: { rule: "editCalendar", on: "Bank" } },
};

/** What an ID may still do while its contract is stopped (WEB-FB取引停止): what is lost must be stoppable. */
const duringStop: ReadonlySet<DeedAction> = new Set(["SIGN_OUT", "CERTIFICATE_REVOKE", "CONTRACT_STOP", "HISTORY_EXPORT"]);

export function isPossibleDuringStop(action: DeedAction): boolean {
  return duringStop.has(action);
}
