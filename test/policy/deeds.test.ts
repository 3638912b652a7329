import { roles, type Role } from "../../src/policy/Actor.js";
import { deedActions, deeds, isPossibleDuringStop } from "../../src/policy/deeds.js";
import { actionsOn } from "../../src/policy/permissionTable.js";
import { abilityOf, mayEver } from "../../src/policy/rulebook.js";
import { anActor } from "../support/anActor.js";

// Who may try each of them on something.
const expected: Record<string, readonly Role[] | "anybody" | "whoever is signed in"> = {
  signIn: "anybody",
  signInOperator: "anybody",
  signOut: "whoever is signed in",
  reissueCertificate: ["MASTER", "BANK_OPERATOR"],
  revokeCertificate: ["MASTER", "BANK_OPERATOR"],
  enrollCertificate: ["MASTER", "PUBLIC", "ENROLLEE"],
  renewCertificate: ["MASTER", "PUBLIC"],
  registerUser: ["MASTER"],
  updateUser: ["MASTER"],
  deregisterUser: ["MASTER"],
  suspendUser: ["MASTER"],
  resumeUser: ["MASTER"],
  unlockUser: ["MASTER", "BANK_OPERATOR"],
  restorePowers: ["MASTER"],
  changePasswords: ["MASTER", "PUBLIC", "PASSWORD_CHANGER"],
  stopContract: ["MASTER"],
  editClosedDays: ["MASTER"],
  requestReissue: ["BANK_OPERATOR"],
  requestUnlock: ["BANK_OPERATOR"],
  requestStart: ["BANK_OPERATOR"],
  approveRequest: ["BANK_OPERATOR"],
  rejectRequest: ["BANK_OPERATOR"],
  withdrawRequest: ["BANK_OPERATOR"],
  loadHolidays: ["BANK_OPERATOR"],
  acknowledgeAlert: ["MASTER", "BANK_OPERATOR"],
  resendNotice: ["BANK_OPERATOR"],
};

describe("the table of deeds", () => {
  it("names for every mutation a rule that the permission table shows, and that some role has", () => {
    for (const [name, { needs }] of Object.entries(deeds)) {
      if (typeof needs === "string") continue;
      expect([name, actionsOn[needs.on]]).toEqual([name, expect.arrayContaining([needs.rule])]);
      expect([name, roles.filter((role) => mayEver(abilityOf(anActor(role)), needs.rule, needs.on))]).not.toEqual([name, []]);
    }
  });

  it("lets nobody try who isn't meant to", () => {
    const answers = Object.entries(deeds).map(([name, { needs }]) => {
      if (needs === "NOTHING") return [name, "anybody"];
      if (needs === "SESSION") return [name, "whoever is signed in"];
      return [name, roles.filter((role) => mayEver(abilityOf(anActor(role)), needs.rule, needs.on))];
    });
    expect(Object.fromEntries(answers)).toEqual(expected);
  });

  it("gives every mutation an action of its own, and only the last eleven actions none", () => {
    const actions = Object.values(deeds).map(({ action }) => action);
    expect(new Set(actions).size).toBe(actions.length);
    expect(new Set(deedActions).size).toBe(deedActions.length);
    expect(deedActions.slice(0, -11).toSorted()).toEqual(actions.toSorted());
    expect(deedActions.slice(-11)).toEqual([
      "CERTIFICATE_PRESENT", "CA_ROTATE", "CONTRACT_START", "OPERATOR_REGISTER", "OPERATOR_UNLOCK", "OPERATOR_RESET", "OPERATOR_REMOVE",
      "HISTORY_EXPORT", "DATABASE_RESTORE", "DOCUMENTS_REGISTER", "DOCUMENTS_REMOVE",
    ]);
  });

  it("fits the history's column", () => {
    for (const action of deedActions) expect(action).toMatch(/^[A-Z_]{1,32}$/);
  });
});

it.each(deedActions)("while the contract is stopped, %s is possible only if it signs out, revokes, stops or reads", (action) => {
  expect(isPossibleDuringStop(action)).toBe(["SIGN_OUT", "CERTIFICATE_REVOKE", "CONTRACT_STOP", "HISTORY_EXPORT"].includes(action));
});
