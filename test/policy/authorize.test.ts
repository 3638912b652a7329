import { Refusal, type RefusalCode } from "../../src/foundation/refusals.js";
import { isWithinReach, roles, type Role } from "../../src/policy/Actor.js";
import { authorize, authorizeByTwo, authorizeRole, whyNever, whyNot } from "../../src/policy/authorize.js";
import { actionsOn } from "../../src/policy/permissionTable.js";
import { abilityOf, factsOf, mayEver, type Facts, type RuleAction, type SubjectName } from "../../src/policy/rulebook.js";
import { anActor } from "../support/anActor.js";
import { exampleFacts, standings } from "../support/exampleFacts.js";

const certificate = (changes: Partial<Facts["Certificate"]> = {}): Facts["Certificate"] =>
  ({ holderId: "other", holderKind: "PUBLIC", contractId: "here", bankId: "bank", ...changes });

const user = (changes: Partial<Facts["User"]> = {}): Facts["User"] => ({ userId: "other", userKind: "PUBLIC", contractId: "here", bankId: "bank", ...changes });

const targets = {
  "its own": (role: Role) => certificate({ holderId: "self", holderKind: role === "PUBLIC" ? "PUBLIC" : "MASTER" }),
  "a Public ID's of the contract": () => certificate(),
  "the Master's of the contract": () => certificate({ holderId: "master", holderKind: "MASTER" }),
  "another contract's": () => certificate({ holderId: "stranger", contractId: "there" }),
  "another contract's Master's": () => certificate({ holderId: "stranger", contractId: "there", holderKind: "MASTER" }),
  "another bank's Master's": () => certificate({ holderId: "foreigner", contractId: "over there", bankId: "another bank", holderKind: "MASTER" }),
  "another bank's": () => certificate({ holderId: "foreigner", contractId: "over there", bankId: "another bank" }),
  "another bank's, with this contract's id": () => certificate({ bankId: "another bank" }),
};
const names = Object.keys(factsOf) as SubjectName[];
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
  ["PASSWORD_CHANGER", "read", "its own", undefined],
  ["PASSWORD_CHANGER", "read", "a Public ID's of the contract", "NOT_FOUND"],
  ["PASSWORD_CHANGER", "read", "another bank's", "NOT_FOUND"],
  ["PASSWORD_CHANGER", "enroll", "its own", "PASSWORD_CHANGE_REQUIRED"],
  ["PASSWORD_CHANGER", "reissue", "a Public ID's of the contract", "PASSWORD_CHANGE_REQUIRED"],
  ["PASSWORD_CHANGER", "revoke", "a Public ID's of the contract", "PASSWORD_CHANGE_REQUIRED"],
  ["BANK_OPERATOR", "read", "a Public ID's of the contract", undefined],
  ["BANK_OPERATOR", "read", "another contract's", undefined],
  ["BANK_OPERATOR", "read", "another contract's Master's", undefined],
  ["BANK_OPERATOR", "read", "another bank's", "NOT_FOUND"],
  ["BANK_OPERATOR", "read", "another bank's Master's", "NOT_FOUND"],
  ["BANK_OPERATOR", "revoke", "a Public ID's of the contract", undefined],
  ["BANK_OPERATOR", "revoke", "the Master's of the contract", undefined],
  ["BANK_OPERATOR", "revoke", "another contract's", undefined],
  ["BANK_OPERATOR", "revoke", "another bank's", "NOT_FOUND"],
  ["BANK_OPERATOR", "revoke", "another bank's, with this contract's id", "NOT_FOUND"],
  ["BANK_OPERATOR", "reissue", "the Master's of the contract", "APPROVAL_REQUIRED"],
  ["BANK_OPERATOR", "reissue", "another contract's Master's", "APPROVAL_REQUIRED"],
  ["BANK_OPERATOR", "reissue", "a Public ID's of the contract", "MASTER_ONLY"],
  ["BANK_OPERATOR", "reissue", "another contract's", "MASTER_ONLY"],
  ["BANK_OPERATOR", "reissue", "another bank's", "NOT_FOUND"],
  ["BANK_OPERATOR", "reissue", "another bank's Master's", "NOT_FOUND"],
  ["BANK_OPERATOR", "enroll", "the Master's of the contract", "HOLDER_ONLY"],
  ["BANK_OPERATOR", "enroll", "another bank's", "HOLDER_ONLY"],
];

const own = { userId: "self", userKind: "MASTER" } as const;
const ofAnotherBank = { contractId: "over there", bankId: "another bank" };

const otherSituations: [Role, RuleAction, SubjectName, Facts[SubjectName], RefusalCode | undefined][] = [
  ["MASTER", "read", "User", user(), undefined],
  ["MASTER", "read", "User", user({ contractId: "there" }), "NOT_FOUND"],
  ["PUBLIC", "read", "User", user({ userId: "self" }), undefined],
  ["PUBLIC", "read", "User", user(), "NOT_FOUND"],
  ["ENROLLEE", "read", "User", user(), "NOT_FOUND"],
  ["PASSWORD_CHANGER", "read", "User", user(), "NOT_FOUND"],
  ["BANK_OPERATOR", "read", "User", user({ contractId: "there" }), undefined],
  ["BANK_OPERATOR", "read", "User", user(ofAnotherBank), "NOT_FOUND"],
  ["PUBLIC", "read", "Contract", { contractId: "here", bankId: "bank" }, undefined],
  ["PUBLIC", "read", "Contract", { contractId: "there", bankId: "bank" }, "NOT_FOUND"],
  ["MASTER", "read", "UsageRecord", { contractId: "here", bankId: "bank" }, undefined],
  ["MASTER", "read", "UsageRecord", { contractId: "there", bankId: "bank" }, "NOT_FOUND"],
  ["PUBLIC", "read", "UsageRecord", { contractId: "here", bankId: "bank" }, "MASTER_ONLY"],
  ["ENROLLEE", "read", "UsageRecord", { contractId: "here", bankId: "bank" }, "CERTIFICATE_REQUIRED"],
  ["PASSWORD_CHANGER", "read", "UsageRecord", { contractId: "here", bankId: "bank" }, "PASSWORD_CHANGE_REQUIRED"],
  ["BANK_OPERATOR", "read", "UsageRecord", { contractId: "here", bankId: "bank" }, undefined],
  ["BANK_OPERATOR", "read", "UsageRecord", ofAnotherBank, "NOT_FOUND"],
  ["PUBLIC", "read", "Company", { contractId: "here", bankId: "bank" }, "MASTER_ONLY"],

  ["MASTER", "update", "User", user(), undefined],
  ["MASTER", "update", "User", user(own), undefined],
  ["MASTER", "update", "User", user({ contractId: "there" }), "NOT_FOUND"],
  ["MASTER", "register", "User", user(), undefined],
  ["MASTER", "register", "User", user({ userKind: "MASTER" }), "OWN_ID"],
  ["MASTER", "register", "User", user({ contractId: "there" }), "NOT_FOUND"],
  ["MASTER", "deregister", "User", user(own), "OWN_ID"],
  ["MASTER", "suspend", "User", user(own), "OWN_ID"],
  ["MASTER", "unlock", "User", user(), undefined],
  ["MASTER", "unlock", "User", user(own), "OWN_ID"],
  ["MASTER", "unlock", "User", user({ contractId: "there" }), "NOT_FOUND"],
  ["MASTER", "unlock", "User", user(ofAnotherBank), "NOT_FOUND"],
  ["MASTER", "changePasswords", "User", user(own), undefined],
  ["MASTER", "changePasswords", "User", user(), "NOT_FOUND"],
  ["PUBLIC", "update", "User", user({ userId: "self" }), "MASTER_ONLY"],
  ["PUBLIC", "unlock", "User", user({ userId: "self" }), "MASTER_ONLY"],
  ["PUBLIC", "changePasswords", "User", user({ userId: "self" }), undefined],
  ["PUBLIC", "changePasswords", "User", user(), "NOT_FOUND"],
  ["PASSWORD_CHANGER", "changePasswords", "User", user({ userId: "self" }), undefined],
  ["PASSWORD_CHANGER", "changePasswords", "User", user(), "NOT_FOUND"],
  ["BANK_OPERATOR", "unlock", "User", user({ userKind: "MASTER" }), "APPROVAL_REQUIRED"],
  ["BANK_OPERATOR", "unlock", "User", user(), "MASTER_ONLY"],
  ["BANK_OPERATOR", "unlock", "User", user({ ...ofAnotherBank, userKind: "MASTER" }), "NOT_FOUND"],
  ["BANK_OPERATOR", "update", "User", user({ userKind: "MASTER" }), "MASTER_ONLY"],
  ["BANK_OPERATOR", "changePasswords", "User", user({ userKind: "MASTER" }), "HOLDER_ONLY"],

  ["MASTER", "stop", "Contract", { contractId: "here", bankId: "bank" }, undefined],
  ["MASTER", "stop", "Contract", { contractId: "there", bankId: "bank" }, "NOT_FOUND"],
  ["MASTER", "start", "Contract", { contractId: "here", bankId: "bank" }, "BANK_ONLY"],
  ["PUBLIC", "stop", "Contract", { contractId: "here", bankId: "bank" }, "MASTER_ONLY"],
  ["PUBLIC", "start", "Contract", { contractId: "here", bankId: "bank" }, "BANK_ONLY"],
  ["BANK_OPERATOR", "start", "Contract", { contractId: "here", bankId: "bank" }, "APPROVAL_REQUIRED"],
  ["BANK_OPERATOR", "start", "Contract", ofAnotherBank, "NOT_FOUND"],
  ["BANK_OPERATOR", "stop", "Contract", { contractId: "here", bankId: "bank" }, "MASTER_ONLY"],
  ["MASTER", "editCalendar", "Contract", { contractId: "here", bankId: "bank" }, undefined],
  ["MASTER", "editCalendar", "Bank", { bankId: "bank" }, "BANK_ONLY"],
  ["BANK_OPERATOR", "editCalendar", "Bank", { bankId: "bank" }, undefined],
  ["BANK_OPERATOR", "editCalendar", "Bank", { bankId: "another bank" }, "NOT_FOUND"],
  ["BANK_OPERATOR", "editCalendar", "Contract", { contractId: "here", bankId: "bank" }, "MASTER_ONLY"],

  ["BANK_OPERATOR", "decide", "ApprovalRequest", { bankId: "bank", requester: "COLLEAGUE" }, undefined],
  ["BANK_OPERATOR", "decide", "ApprovalRequest", { bankId: "bank", requester: "SELF" }, "SAME_OPERATOR"],
  ["BANK_OPERATOR", "decide", "ApprovalRequest", { bankId: "another bank", requester: "COLLEAGUE" }, "NOT_FOUND"],
  ["BANK_OPERATOR", "decide", "ApprovalRequest", { bankId: "another bank", requester: "SELF" }, "NOT_FOUND"],
  ["BANK_OPERATOR", "withdraw", "ApprovalRequest", { bankId: "bank", requester: "SELF" }, undefined],
  ["BANK_OPERATOR", "withdraw", "ApprovalRequest", { bankId: "bank", requester: "COLLEAGUE" }, "REQUESTER_ONLY"],
  ["BANK_OPERATOR", "withdraw", "ApprovalRequest", { bankId: "another bank", requester: "COLLEAGUE" }, "NOT_FOUND"],
  ["MASTER", "read", "ApprovalRequest", { bankId: "bank", requester: "COLLEAGUE" }, "BANK_ONLY"],
  ["PUBLIC", "decide", "ApprovalRequest", { bankId: "bank", requester: "COLLEAGUE" }, "BANK_ONLY"],
];

describe("the answer to whether one may", () => {
  it.each(situations)("%s, to %s %s: %s", (role, action, target, code) => {
    const facts = targets[target](role);
    expect(whyNot(anActor(role), action, "Certificate", facts)).toBe(code);
    const ask = () => { authorize(anActor(role), action, "Certificate", facts); };
    if (code === undefined) expect(ask).not.toThrow();
    else expect(refusalOf(ask)).toMatchObject({ code, recordedAs: code });
  });

  it.each(otherSituations)("%s, to %s a %s of %j: %s", (role, action, name, facts, code) => {
    expect(whyNot(anActor(role), action, name, facts as never)).toBe(code);
    const ask = () => { authorize(anActor(role), action, name, facts as never); };
    if (code === undefined) expect(ask).not.toThrow();
    else expect(refusalOf(ask)).toMatchObject({ code, recordedAs: code });
  });

  it.each([
    ["PUBLIC", "reissue", "Certificate", "MASTER_ONLY"],
    ["PUBLIC", "revoke", "Certificate", "MASTER_ONLY"],
    ["PUBLIC", "read", "UsageRecord", "MASTER_ONLY"],
    ["PUBLIC", "reissue", "User", "MASTER_ONLY"],
    ["ENROLLEE", "reissue", "Certificate", "CERTIFICATE_REQUIRED"],
    ["ENROLLEE", "revoke", "Certificate", "CERTIFICATE_REQUIRED"],
    ["ENROLLEE", "read", "UsageRecord", "CERTIFICATE_REQUIRED"],
    ["ENROLLEE", "update", "User", "CERTIFICATE_REQUIRED"],
    ["PASSWORD_CHANGER", "reissue", "Certificate", "PASSWORD_CHANGE_REQUIRED"],
    ["PASSWORD_CHANGER", "enroll", "Certificate", "PASSWORD_CHANGE_REQUIRED"],
    ["PASSWORD_CHANGER", "stop", "Contract", "PASSWORD_CHANGE_REQUIRED"],
    ["MASTER", "start", "Contract", "BANK_ONLY"],
    ["MASTER", "decide", "ApprovalRequest", "BANK_ONLY"],
    ["MASTER", "editCalendar", "Bank", "BANK_ONLY"],
    ["PUBLIC", "start", "Contract", "BANK_ONLY"],
    ["PUBLIC", "stop", "Contract", "MASTER_ONLY"],
    ["PUBLIC", "register", "User", "MASTER_ONLY"],
    ["BANK_OPERATOR", "register", "User", "MASTER_ONLY"],
    ["BANK_OPERATOR", "suspend", "User", "MASTER_ONLY"],
    ["BANK_OPERATOR", "stop", "Contract", "MASTER_ONLY"],
    ["BANK_OPERATOR", "enroll", "Certificate", "HOLDER_ONLY"],
    ["BANK_OPERATOR", "changePasswords", "User", "HOLDER_ONLY"],
  ] as [Role, RuleAction, SubjectName, RefusalCode][])("%s, which may never %s a %s, is told %s before there is a target", (role, action, name, code) => {
    expect(whyNever(anActor(role), action, name)).toBe(code);
    expect(refusalOf(() => { authorizeRole(anActor(role), action, name); })).toMatchObject({ code, recordedAs: code });
  });

  it.each([
    ["MASTER", "read", "Certificate"], ["MASTER", "reissue", "Certificate"], ["MASTER", "revoke", "Certificate"],
    ["MASTER", "enroll", "Certificate"], ["MASTER", "read", "UsageRecord"],
    ["PUBLIC", "read", "Certificate"], ["PUBLIC", "enroll", "Certificate"], ["PUBLIC", "read", "User"],
    ["ENROLLEE", "read", "Certificate"], ["ENROLLEE", "enroll", "Certificate"], ["ENROLLEE", "read", "User"],
    ["PASSWORD_CHANGER", "changePasswords", "User"], ["BANK_OPERATOR", "reissue", "Certificate"], ["BANK_OPERATOR", "unlock", "User"],
    ["BANK_OPERATOR", "start", "Contract"], ["BANK_OPERATOR", "withdraw", "ApprovalRequest"],
  ] as [Role, RuleAction, SubjectName][])("%s, which may %s some %s, goes on to the target", (role, action, name) => {
    expect(whyNever(anActor(role), action, name)).toBeUndefined();
    expect(() => { authorizeRole(anActor(role), action, name); }).not.toThrow();
  });

  it.each([
    ["PUBLIC", "MASTER_ONLY"],
    ["ENROLLEE", "CERTIFICATE_REQUIRED"],
    ["PASSWORD_CHANGER", "PASSWORD_CHANGE_REQUIRED"],
  ] as const)("a role that may never do it learns nothing about the target: %s is told %s of what is its own, foreign or unknown", (role, code) => {
    const facts = Object.values(targets).map((target) => target(role));
    const unknown = {} as Facts["Certificate"]; // no row, so no facts; they aren't looked at
    for (const action of ["reissue", "revoke"] as const) {
      expect([...facts, unknown].map((target) => whyNot(anActor(role), action, "Certificate", target))).toEqual(Array(9).fill(code));
    }
  });

  it("what the actor may not read is answered like what there isn't, whatever was to be done to it", () => {
    const asked = roles.flatMap((role) => names.flatMap((name) => actionsOn[name].flatMap((action) => standings.flatMap((standing) => {
      const facts = exampleFacts(role, name, standing);
      const mayTry = mayEver(abilityOf(anActor(role)), action, name);
      return facts && mayTry && whyNot(anActor(role), "read", name, facts as never) ? [whyNot(anActor(role), action, name, facts as never)] : [];
    }))));
    expect(asked.length).toBeGreaterThan(100);
    expect(new Set(asked)).toEqual(new Set(["NOT_FOUND"]));
  });

  // Whom a refusal's words send for help: the Master, the bank, the holder. Nobody is sent to itself, or to one who can't.
  it.each(roles)("sends %s to somebody who may", (role) => {
    const helps: Partial<Record<RefusalCode, readonly Role[]>> = {
      MASTER_ONLY: ["MASTER"], BANK_ONLY: ["BANK_OPERATOR"], HOLDER_ONLY: ["MASTER", "PUBLIC"], OWN_CERTIFICATE: ["BANK_OPERATOR"],
    };
    for (const name of names) {
      for (const action of actionsOn[name]) {
        const codes = standings.map((standing) => exampleFacts(role, name, standing)).filter((facts) => facts !== undefined)
          .flatMap((facts) => whyNot(anActor(role), action, name, facts as never) ?? []);
        for (const helper of codes.flatMap((code) => helps[code] ?? [])) {
          expect(helper).not.toBe(role);
          expect([name, action, helper, mayEver(abilityOf(anActor(helper)), action, name)]).toEqual([name, action, helper, true]);
        }
      }
    }
  });

  it("sends an operator to the Master of that very ID, and a Master to the bank for its own certificate, and they may", () => {
    const aPublicIds = { ...certificate(), ...user() };
    expect(whyNot(anActor("BANK_OPERATOR"), "reissue", "Certificate", aPublicIds)).toBe("MASTER_ONLY");
    expect(whyNot(anActor("MASTER"), "reissue", "Certificate", aPublicIds)).toBeUndefined();
    expect(whyNot(anActor("BANK_OPERATOR"), "unlock", "User", aPublicIds)).toBe("MASTER_ONLY");
    expect(whyNot(anActor("MASTER"), "unlock", "User", aPublicIds)).toBeUndefined();

    const theMasters = { ...certificate({ holderId: "self", holderKind: "MASTER" }), ...user(own) };
    expect(whyNot(anActor("MASTER"), "reissue", "Certificate", theMasters)).toBe("OWN_CERTIFICATE");
    expect(whyNot(anActor("BANK_OPERATOR"), "reissue", "Certificate", theMasters)).toBe("APPROVAL_REQUIRED");
    expect(whyNot(anActor("MASTER"), "unlock", "User", theMasters)).toBe("OWN_ID");
    expect(whyNot(anActor("BANK_OPERATOR"), "unlock", "User", theMasters)).toBe("APPROVAL_REQUIRED");
  });
});

describe("what takes two", () => {
  const masters = certificate({ holderId: "master", holderKind: "MASTER" });

  it.each([
    ["reissue", "Certificate", masters],
    ["unlock", "User", user({ userKind: "MASTER" })],
    ["start", "Contract", { contractId: "there", bankId: "bank" }],
  ] as [RuleAction, SubjectName, Facts[SubjectName]][])("to %s a %s, is refused to one operator and open to one that asks, or approves", (action, name, facts) => {
    expect(refusalOf(() => { authorize(anActor("BANK_OPERATOR"), action, name, facts as never); })).toMatchObject({ code: "APPROVAL_REQUIRED" });
    expect(() => { authorizeByTwo(anActor("BANK_OPERATOR"), action, name, facts as never); }).not.toThrow();
    const { code } = refusalOf(() => { authorizeByTwo(anActor("BANK_OPERATOR", { bankId: "another bank" }), action, name, facts as never); });
    expect(code).toBe("NOT_FOUND");
  });

  it("is no more than one of them may ask for: a Public ID's isn't the bank's to do, by however many", () => {
    expect(refusalOf(() => { authorizeByTwo(anActor("BANK_OPERATOR"), "reissue", "Certificate", certificate()); }).code).toBe("MASTER_ONLY");
    expect(refusalOf(() => { authorizeByTwo(anActor("BANK_OPERATOR"), "unlock", "User", user()); }).code).toBe("MASTER_ONLY");
    expect(refusalOf(() => { authorizeByTwo(anActor("BANK_OPERATOR"), "update", "User", user({ userKind: "MASTER" })); }).code).toBe("MASTER_ONLY");
  });

  it("is the bank's staff's alone: a Master goes that way for nothing, not even for what it may do itself", () => {
    const requested = [["reissue", "Certificate"], ["unlock", "User"], ["start", "Contract"]] as const;
    for (const role of roles.filter((one) => one !== "BANK_OPERATOR")) {
      for (const [action, name] of requested) {
        for (const facts of standings.flatMap((standing) => exampleFacts(role, name, standing) ?? [])) {
          expect(() => { authorizeByTwo(anActor(role), action, name, facts as never); }).toThrow(Refusal);
        }
      }
    }
    expect(refusalOf(() => { authorizeByTwo(anActor("MASTER"), "reissue", "Certificate", certificate()); }).code).toBe("BANK_ONLY");
    expect(refusalOf(() => { authorizeByTwo(anActor("MASTER"), "unlock", "User", user()); }).code).toBe("BANK_ONLY");
    expect(refusalOf(() => { authorizeByTwo(anActor("MASTER"), "unlock", "User", user({ contractId: "there" })); }).code).toBe("NOT_FOUND");
  });
});

describe("what is within reach", () => {
  it.each(roles.filter((role) => role !== "BANK_OPERATOR"))("of %s is what is of its contract", (role) => {
    expect(isWithinReach(anActor(role), { contractId: "here", bankId: "bank" })).toBe(true);
    expect(isWithinReach(anActor(role), { contractId: "there", bankId: "bank" })).toBe(false);
    expect(isWithinReach(anActor(role), { contractId: "over there", bankId: "another bank" })).toBe(false);
    expect(isWithinReach(anActor(role), { contractId: "here", bankId: "another bank" })).toBe(false);
  });

  it("of the bank's staff is what is of its bank", () => {
    expect(isWithinReach(anActor("BANK_OPERATOR"), { contractId: "here", bankId: "bank" })).toBe(true);
    expect(isWithinReach(anActor("BANK_OPERATOR"), { contractId: "there", bankId: "bank" })).toBe(true);
    expect(isWithinReach(anActor("BANK_OPERATOR"), { contractId: "here", bankId: "another bank" })).toBe(false);
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
