import type { Role } from "../../src/policy/Actor.js";
import type { Facts, SubjectName } from "../../src/policy/rulebook.js";

/**
 * How something stands to `anActor`. Own: what is the actor's, or its contract's. Publics, master: of another ID of the same
 * contract; a Master's contract has no other Master, but if it had one, this is what would hold. Colleagues: what another of
 * the bank's staff requested. There, away: of another contract of the same bank, of another bank; and the same of the Master
 * there. Muddled: says the actor's contract, or its own request, and another bank, which no row should.
 */
export const standings = ["own", "publics", "master", "colleagues", "there", "theirMaster", "away", "awayMaster", "muddled"] as const;
export type Standing = (typeof standings)[number];

interface Somebody {
  id: string;
  kind: "MASTER" | "PUBLIC";
  contractId: string;
  bankId: string;
}

/** An example, or undefined where there is no such thing: the bank's staff is of no contract. */
export function exampleFacts(role: Role, name: SubjectName, standing: Standing): Facts[SubjectName] | undefined {
  const isOperator = role === "BANK_OPERATOR";
  const holders: Partial<Record<Standing, Somebody>> = {
    publics: { id: "other", kind: "PUBLIC", contractId: "here", bankId: "bank" },
    master: { id: "master", kind: "MASTER", contractId: "here", bankId: "bank" },
    there: { id: "stranger", kind: "PUBLIC", contractId: "there", bankId: "bank" },
    theirMaster: { id: "strange master", kind: "MASTER", contractId: "there", bankId: "bank" },
    away: { id: "foreigner", kind: "PUBLIC", contractId: "over there", bankId: "another bank" },
    awayMaster: { id: "foreign master", kind: "MASTER", contractId: "over there", bankId: "another bank" },
    muddled: { id: "other", kind: "PUBLIC", contractId: "here", bankId: "another bank" },
    ...(isOperator ? {} : { own: { id: "self", kind: role === "MASTER" ? "MASTER" : "PUBLIC", contractId: "here", bankId: "bank" } }),
  };
  const contracts: Partial<Record<Standing, Facts["Contract"]>> = {
    there: { contractId: "there", bankId: "bank" },
    away: { contractId: "over there", bankId: "another bank" },
    muddled: { contractId: "here", bankId: "another bank" },
    ...(isOperator ? {} : { own: { contractId: "here", bankId: "bank" } }),
  };
  const requests: Partial<Record<Standing, Facts["ApprovalRequest"]>> = {
    own: { bankId: "bank", requester: "SELF" },
    colleagues: { bankId: "bank", requester: "COLLEAGUE" },
    away: { bankId: "another bank", requester: "COLLEAGUE" },
    muddled: { bankId: "another bank", requester: "SELF" },
  };
  const banks: Partial<Record<Standing, Facts["Bank"]>> = { own: { bankId: "bank" }, away: { bankId: "another bank" } };
  const holder = holders[standing];

  switch (name) {
    case "Certificate":
      return holder && { holderId: holder.id, holderKind: holder.kind, contractId: holder.contractId, bankId: holder.bankId };
    case "CompanySelection":
      return holder && { userId: holder.id, contractId: holder.contractId, bankId: holder.bankId };
    case "User":
      return holder && { userId: holder.id, userKind: holder.kind, contractId: holder.contractId, bankId: holder.bankId };
    case "Contract":
    case "Company":
    case "UsageRecord":
    case "Alert":
      return contracts[standing];
    case "Bank":
    case "Notice":
      return banks[standing];
    case "ApprovalRequest":
      return requests[standing];
  }
}
