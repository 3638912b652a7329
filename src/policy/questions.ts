import type { Needs, Ruled } from "./deeds.js";
import type { SubjectName } from "./rulebook.js";

/** Every query of the schema, by name, and what it shows something to whom for. One that isn't here stops the start. */
export const questions: Readonly<Record<string, Needs>> = {
  viewer: "NOTHING",
  bankViewer: "NOTHING",
  errorCatalog: "NOTHING",
  node: "SESSION", // what an id names says who may read it
  user: reading("User"),
  users: reading("User"),
  userPowers: reading("User"),
  certificate: reading("Certificate"),
  certificates: reading("Certificate"),
  reissuePreview: { rule: "reissue", on: "Certificate" },
  contract: reading("Contract"),
  contracts: reading("Contract"),
  calendar: reading("Contract"),
  usageHistory: reading("UsageRecord"),
  historyVerification: reading("Bank"),
  alerts: reading("Alert"),
  notices: reading("Notice"),
  approvalRequests: reading("ApprovalRequest"),
};

function reading(on: SubjectName): Ruled {
  return { rule: "read", on };
}
