import { Refusal, type RefusalCode } from "../../src/foundation/refusals.js";
import type { Actor, Role } from "../../src/policy/Actor.js";
import { authorize, authorizeRole, whyNever, whyNot } from "../../src/policy/authorize.js";
import type { Facts, RuleAction, SubjectName } from "../../src/policy/rulebook.js";

const actor = (role: Role): Actor => ({
  role, userId: "self", loginId: "self01", contractId: "here", bankId: "bank", sessionId: "session", origin: { requestId: "test", address: null },
});

const certificate = (changes: Partial<Facts["Certificate"]> = {}): Facts["Certificate"] =>
  ({ holderId: "other", holderKind: "PUBLIC", contractId: "here", bankId: "bank", ...changes });

const targets = {
  "its own": (role: Role) => certificate({ holderId: "self", holderKind: role === "PUBLIC" ? "PUBLIC" : "MASTER" }),
  "a Public ID's of the contract": () => certificate(),
  "the Master's of the contract": () => certificate({ holderId: "master", holderKind: "MASTER" }),
  "another contract's": () => certificate({ holderId: "stranger", contractId: "there" }),
  "another contract's Master's": () => certificate({ holderId: "stranger", contractId: "there", holderKind: "MASTER" }),
  "another bank's": () => certificate({ holderId: "foreigner", contractId: "over there", bankId: "another bank" }),
  "another bank's, with this contract's id": () => certificate({ bankId: "another bank" }),
};
type Target = keyof typeof targets;

const situations: [Role, RuleAction, Target, RefusalCode | undefined][] = [
  ["MASTER", "reissue", "a Public ID's of the contract", undefined],
  ["MASTER", "reissue", "its own", "OWN_CERTIFICATE"],
  ["MASTER", "reissue", "the Master's of the contract", "OWN_CERTIFICATE"],
  ["MASTER", "reissue", "another contract's", "NOT_FOUND"],
  ["MASTER", "reissue", "another contract's Master's", "NOT_FOUND"],
  ["MASTER", "reissue", "another bank's", "NOT_FOUND"],
  ["MASTER", "reissue", "another bank's, with this contract's id", "NOT_FOUND"],
  ["MASTER", "revoke", "a Public ID's of the contract", undefined],
  ["MASTER", "revoke", "its own", "OWN_CERTIFICATE"],
  ["MASTER", "revoke", "the Master's of the contract", "OWN_CERTIFICATE"],
  ["MASTER", "revoke", "another contract's", "NOT_FOUND"],
  ["MASTER", "revoke", "another contract's Master's", "NOT_FOUND"],
  ["MASTER", "revoke", "another bank's", "NOT_FOUND"],
  ["MASTER", "revoke", "another bank's, with this contract's id", "NOT_FOUND"],
  ["MASTER", "read", "its own", undefined],
  ["MASTER", "read", "a Public ID's of the contract", undefined],
  ["MASTER", "read", "another contract's", "NOT_FOUND"],
  ["MASTER", "read", "another bank's", "NOT_FOUND"],
  ["MASTER", "enroll", "its own", undefined],
  ["MASTER", "enroll", "another contract's", "NOT_FOUND"],
  ["PUBLIC", "read", "its own", undefined],
  ["PUBLIC", "read", "a Public ID's of the contract", "NOT_FOUND"],
  ["PUBLIC", "read", "the Master's of the contract", "NOT_FOUND"],
  ["PUBLIC", "read", "another contract's", "NOT_FOUND"],
  ["PUBLIC", "read", "another bank's", "NOT_FOUND"],
  ["PUBLIC", "enroll", "its own", undefined],
  ["PUBLIC", "enroll", "a Public ID's of the contract", "NOT_FOUND"],
  ["PUBLIC", "enroll", "the Master's of the contract", "NOT_FOUND"],
  ["PUBLIC", "enroll", "another bank's", "NOT_FOUND"],
  ["ENROLLEE", "read", "its own", undefined],
  ["ENROLLEE", "read", "a Public ID's of the contract", "NOT_FOUND"],
  ["ENROLLEE", "read", "another contract's", "NOT_FOUND"],
  ["ENROLLEE", "enroll", "its own", undefined],
  ["ENROLLEE", "enroll", "a Public ID's of the contract", "NOT_FOUND"],
  ["ENROLLEE", "enroll", "another contract's", "NOT_FOUND"],
];

describe("the answer to whether one may", () => {
  it.each(situations)("%s, to %s %s: %s", (role, action, target, code) => {
    const facts = targets[target](role);
    expect(whyNot(actor(role), action, "Certificate", facts)).toBe(code);
    const ask = () => { authorize(actor(role), action, "Certificate", facts); };
    if (code === undefined) expect(ask).not.toThrow();
    else expect(refusalOf(ask)).toMatchObject({ code, recordedAs: code });
  });

  it.each([
    ["MASTER", "User", { userId: "other", contractId: "here", bankId: "bank" }, undefined],
    ["MASTER", "User", { userId: "other", contractId: "there", bankId: "bank" }, "NOT_FOUND"],
    ["PUBLIC", "User", { userId: "self", contractId: "here", bankId: "bank" }, undefined],
    ["PUBLIC", "User", { userId: "other", contractId: "here", bankId: "bank" }, "NOT_FOUND"],
    ["ENROLLEE", "User", { userId: "other", contractId: "here", bankId: "bank" }, "NOT_FOUND"],
    ["PUBLIC", "Contract", { contractId: "here", bankId: "bank" }, undefined],
    ["PUBLIC", "Contract", { contractId: "there", bankId: "bank" }, "NOT_FOUND"],
    ["MASTER", "UsageRecord", { contractId: "here", bankId: "bank" }, undefined],
    ["MASTER", "UsageRecord", { contractId: "there", bankId: "bank" }, "NOT_FOUND"],
    ["PUBLIC", "UsageRecord", { contractId: "here", bankId: "bank" }, "MASTER_ONLY"],
    ["ENROLLEE", "UsageRecord", { contractId: "here", bankId: "bank" }, "CERTIFICATE_REQUIRED"],
  ] as [Role, SubjectName, Facts[SubjectName], RefusalCode | undefined][])("%s, to read a %s of %j: %s", (role, name, facts, code) => {
    expect(whyNot(actor(role), "read", name, facts as never)).toBe(code);
  });

  it.each([
    ["PUBLIC", "reissue", "Certificate", "MASTER_ONLY"],
    ["PUBLIC", "revoke", "Certificate", "MASTER_ONLY"],
    ["PUBLIC", "read", "UsageRecord", "MASTER_ONLY"],
    ["PUBLIC", "reissue", "User", "MASTER_ONLY"],
    ["ENROLLEE", "reissue", "Certificate", "CERTIFICATE_REQUIRED"],
    ["ENROLLEE", "revoke", "Certificate", "CERTIFICATE_REQUIRED"],
    ["ENROLLEE", "read", "UsageRecord", "CERTIFICATE_REQUIRED"],
  ] as [Role, RuleAction, SubjectName, RefusalCode][])("%s, which may never %s a %s, is told %s before there is a target", (role, action, name, code) => {
    expect(whyNever(actor(role), action, name)).toBe(code);
    expect(refusalOf(() => { authorizeRole(actor(role), action, name); })).toMatchObject({ code, recordedAs: code });
  });

  it.each([
    ["MASTER", "read", "Certificate"], ["MASTER", "reissue", "Certificate"], ["MASTER", "revoke", "Certificate"],
    ["MASTER", "enroll", "Certificate"], ["MASTER", "read", "UsageRecord"],
    ["PUBLIC", "read", "Certificate"], ["PUBLIC", "enroll", "Certificate"], ["PUBLIC", "read", "User"],
    ["ENROLLEE", "read", "Certificate"], ["ENROLLEE", "enroll", "Certificate"], ["ENROLLEE", "read", "User"],
  ] as [Role, RuleAction, SubjectName][])("%s, which may %s some %s, goes on to the target", (role, action, name) => {
    expect(whyNever(actor(role), action, name)).toBeUndefined();
    expect(() => { authorizeRole(actor(role), action, name); }).not.toThrow();
  });

  it.each([
    ["PUBLIC", "MASTER_ONLY"],
    ["ENROLLEE", "CERTIFICATE_REQUIRED"],
  ] as const)("a role that may never do it learns nothing about the target: %s is told %s of what is its own, foreign or unknown", (role, code) => {
    const facts = Object.values(targets).map((target) => target(role));
    const unknown = {} as Facts["Certificate"]; // no row, so no facts; they aren't looked at
    for (const action of ["reissue", "revoke"] as const) {
      expect([...facts, unknown].map((target) => whyNot(actor(role), action, "Certificate", target))).toEqual(Array(8).fill(code));
    }
  });

  it("what the actor may not read is answered like what there isn't, whatever was to be done to it", () => {
    for (const role of ["MASTER", "PUBLIC", "ENROLLEE"] as const) {
      for (const action of ["read", "enroll"] as const) {
        expect(refusalOf(() => { authorize(actor(role), action, "Certificate", targets["another contract's"]()); }).message).toBe("NOT_FOUND");
      }
    }
  });
});

function refusalOf(ask: () => void): Refusal {
  try {
    ask();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
