import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createMongoAbility, subject as caslSubject } from "@casl/ability";
import { User } from "../../src/identity/User.js";
import { roles, type Actor, type Role } from "../../src/policy/Actor.js";
import { authorize, whyNot } from "../../src/policy/authorize.js";
import {
  abilityOf, factsOf, mayEver, needsTwoOperators, ruleActions, subjectOf, type Facts, type RuleAction, type SubjectName,
} from "../../src/policy/rulebook.js";
import { anActor } from "../support/anActor.js";
import { exampleFacts, standings } from "../support/exampleFacts.js";

const names = Object.keys(factsOf) as SubjectName[];

// Everything that anybody may. What isn't in this table is a no, wherever there is such a thing.
const table = `
  role              action           subject          own  publics  master  colleagues  there  theirMaster  away  awayMaster  muddled
  MASTER            read             Contract         yes  .        .       .           no     .            no    .           no
  MASTER            stop             Contract         yes  .        .       .           no     .            no    .           no
  MASTER            editCalendar     Contract         yes  .        .       .           no     .            no    .           no
  MASTER            read             Company          yes  .        .       .           no     .            no    .           no
  MASTER            read             UsageRecord      yes  .        .       .           no     .            no    .           no
  MASTER            read             User             yes  yes      yes     .           no     no           no    no          no
  MASTER            read             CompanySelection  yes  yes      yes     .           no     no           no    no          no
  MASTER            update           User             yes  yes      yes     .           no     no           no    no          no
  MASTER            register         User             no   yes      no      .           no     no           no    no          no
  MASTER            deregister       User             no   yes      no      .           no     no           no    no          no
  MASTER            suspend          User             no   yes      no      .           no     no           no    no          no
  MASTER            unlock           User             no   yes      no      .           no     no           no    no          no
  MASTER            restorePowers    User             no   yes      no      .           no     no           no    no          no
  MASTER            changePasswords  User             yes  no       no      .           no     no           no    no          no
  MASTER            read             Certificate      yes  yes      yes     .           no     no           no    no          no
  MASTER            reissue          Certificate      no   yes      no      .           no     no           no    no          no
  MASTER            revoke           Certificate      no   yes      no      .           no     no           no    no          no
  MASTER            enroll           Certificate      yes  no       no      .           no     no           no    no          no
  MASTER            renew            Certificate      yes  no       no      .           no     no           no    no          no
  MASTER            read             Alert            yes  .        .       .           no     .            no    .           no
  MASTER            acknowledge      Alert            yes  .        .       .           no     .            no    .           no

  PUBLIC            read             Contract         yes  .        .       .           no     .            no    .           no
  PUBLIC            read             User             yes  no       no      .           no     no           no    no          no
  PUBLIC            read             CompanySelection  yes  no       no      .           no     no           no    no          no
  PUBLIC            changePasswords  User             yes  no       no      .           no     no           no    no          no
  PUBLIC            read             Certificate      yes  no       no      .           no     no           no    no          no
  PUBLIC            enroll           Certificate      yes  no       no      .           no     no           no    no          no
  PUBLIC            renew            Certificate      yes  no       no      .           no     no           no    no          no

  ENROLLEE          read             Contract         yes  .        .       .           no     .            no    .           no
  ENROLLEE          read             User             yes  no       no      .           no     no           no    no          no
  ENROLLEE          read             Certificate      yes  no       no      .           no     no           no    no          no
  ENROLLEE          enroll           Certificate      yes  no       no      .           no     no           no    no          no

  PASSWORD_CHANGER  read             Contract         yes  .        .       .           no     .            no    .           no
  PASSWORD_CHANGER  read             User             yes  no       no      .           no     no           no    no          no
  PASSWORD_CHANGER  changePasswords  User             yes  no       no      .           no     no           no    no          no
  PASSWORD_CHANGER  read             Certificate      yes  no       no      .           no     no           no    no          no

  BANK_OPERATOR     read             Bank             yes  .        .       .           .      .            no    .           .
  BANK_OPERATOR     editCalendar     Bank             yes  .        .       .           .      .            no    .           .
  BANK_OPERATOR     read             Contract         .    .        .       .           yes    .            no    .           no
  BANK_OPERATOR     start            Contract         .    .        .       .           two    .            no    .           no
  BANK_OPERATOR     read             Company          .    .        .       .           yes    .            no    .           no
  BANK_OPERATOR     read             UsageRecord      .    .        .       .           yes    .            no    .           no
  BANK_OPERATOR     read             Alert            .    .        .       .           yes    .            no    .           no
  BANK_OPERATOR     acknowledge      Alert            .    .        .       .           yes    .            no    .           no
  BANK_OPERATOR     read             Notice           yes  .        .       .           .      .            no    .           .
  BANK_OPERATOR     resend           Notice           yes  .        .       .           .      .            no    .           .
  BANK_OPERATOR     read             User             .    yes      yes     .           yes    yes          no    no          no
  BANK_OPERATOR     read             CompanySelection  .    yes      yes     .           yes    yes          no    no          no
  BANK_OPERATOR     unlock           User             .    no       two     .           no     two          no    no          no
  BANK_OPERATOR     read             Certificate      .    yes      yes     .           yes    yes          no    no          no
  BANK_OPERATOR     revoke           Certificate      .    yes      yes     .           yes    yes          no    no          no
  BANK_OPERATOR     reissue          Certificate      .    no       two     .           no     two          no    no          no
  BANK_OPERATOR     read             ApprovalRequest  yes  .        .       yes         .      .            no    .           no
  BANK_OPERATOR     decide           ApprovalRequest  no   .        .       yes         .      .            no    .           no
  BANK_OPERATOR     withdraw         ApprovalRequest  yes  .        .       no          .      .            no    .           no
`;

type Row = [role: Role, action: RuleAction, subject: SubjectName, ...cells: string[]];
const rows = table.trim().split("\n").slice(1).filter((line) => line.trim()).map((line) => line.trim().split(/\s+/) as Row);
const isTabled = (role: Role, action: RuleAction, name: SubjectName) => rows.some((row) => row[0] === role && row[1] === action && row[2] === name);

/** Every example of everything, once. */
const everything = Array.from(new Set(roles.flatMap((role) => names.flatMap((name) => standings.flatMap((standing) => {
  const facts = exampleFacts(role, name, standing);
  return facts ? [JSON.stringify([name, facts])] : [];
})))), (text) => JSON.parse(text) as [SubjectName, Facts[SubjectName]]);

function can(who: Actor, action: RuleAction, name: SubjectName, facts: Facts[SubjectName]): boolean {
  return abilityOf(who).can(action, subjectOf(name, facts as never));
}

describe("the rulebook", () => {
  it.each(rows)("on whether %s may %s %s says what the table says", (role, action, name, ...cells) => {
    const yes = needsTwoOperators(role, action, name) ? "two" : "yes";
    const answers = standings.map((standing) => {
      const facts = exampleFacts(role, name, standing);
      return [standing, facts === undefined ? "." : can(anActor(role), action, name, facts) ? yes : "no"];
    });
    expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(standings.map((standing, index) => [standing, cells[index]])));
    expect(mayEver(abilityOf(anActor(role)), action, name)).toBe(true);
  });

  it.each(roles)("lets %s do nothing that the table doesn't say, to anything that there is", (role) => {
    const untold = names.flatMap((name) => ruleActions.map((action) => [name, action] as const)).filter(([name, action]) => !isTabled(role, action, name));
    expect(untold).toHaveLength(names.length * ruleActions.length - rows.filter((row) => row[0] === role).length);
    for (const [name, action] of untold) {
      const examples = everything.filter(([subject]) => subject === name).map(([, facts]) => facts);
      expect(examples.length).toBeGreaterThan(1);
      expect([name, action, examples.filter((facts) => can(anActor(role), action, name, facts))]).toEqual([name, action, []]);
      expect(mayEver(abilityOf(anActor(role)), action, name)).toBe(false);
      expect(needsTwoOperators(role, action, name)).toBe(false);
    }
  });

  it("is tabled with rows that are whole, there once, of words that there are, and have a yes", () => {
    expect(table.trim().split("\n")[0]?.trim().split(/\s+/)).toEqual(["role", "action", "subject", ...standings]);
    expect(rows.filter(([role, action, name]) => !(roles.includes(role) && ruleActions.includes(action) && names.includes(name)))).toEqual([]);
    expect(rows.filter((row) => row.length !== 3 + standings.length)).toEqual([]);
    expect(rows.filter((row) => !row.includes("yes") && !row.includes("two"))).toEqual([]);
    expect(new Set(rows.map(([role, action, name]) => `${role} ${action} ${name}`)).size).toBe(rows.length);
  });

  it("has no action and no subject that are nobody's", () => {
    expect(ruleActions.filter((action) => !rows.some((row) => row[1] === action))).toEqual([]);
    expect(names.filter((name) => !rows.some((row) => row[2] === name))).toEqual([]);
  });

  it.each(["ENROLLEE", "PASSWORD_CHANGER"] as const)("lets a Master that is no more than %s do what a Public ID that is one may", (role) => {
    const answers = (kind: "MASTER" | "PUBLIC") => ruleActions.map((action) => [
      can(anActor(role), action, "User", { userId: "self", userKind: kind, contractId: "here", bankId: "bank" }),
      can(anActor(role), action, "Certificate", { holderId: "self", holderKind: kind, contractId: "here", bankId: "bank" }),
    ]);
    expect(answers("MASTER")).toEqual(answers("PUBLIC"));
  });

  it.each(roles)("gives %s no inverted rule, no wildcard and no rule without conditions", (role) => {
    for (const { inverted, action, subject, conditions, fields } of abilityOf(anActor(role)).rules) {
      expect(inverted ?? false).toBe(false);
      expect(ruleActions).toEqual(expect.arrayContaining([action].flat()));
      expect(Object.keys(factsOf)).toContain(subject);
      expect(Object.values(conditions as object).length).toBeGreaterThan(0);
      expect(Object.keys(conditions as object).filter((fact) => !(factsOf[subject as SubjectName] as readonly string[]).includes(fact))).toEqual([]);
      expect(fields).toBeUndefined();
    }
  });

  it.each(["OPERATOR", "bank_operator", "ADMIN", "master", "Master", "", "undefined", "__proto__", "constructor", "toString", "hasOwnProperty", "__defineGetter__"])(
    "lets an actor of the unknown role %j do nothing at all",
    (role) => {
      const stranger = anActor(role as Role);
      for (const action of ruleActions) {
        expect(everything.filter(([name, facts]) => isAllowed(() => can(stranger, action, name, facts)))).toEqual([]);
        expect(everything.filter(([name, facts]) => isAllowed(() => { authorize(stranger, action, name, facts as never); return true; }))).toEqual([]);
      }
    },
  );

  it("without rules denies everything", () => {
    const ability = createMongoAbility([]);
    for (const [name, facts] of everything) {
      for (const action of ruleActions) {
        expect(mayEver(ability, action, name)).toBe(false);
        expect(ability.can(action, subjectOf(name, facts as never))).toBe(false);
      }
    }
  });

  it("lets nobody do what it has no word for", () => {
    for (const action of ["manage", "delete", "create", "all", "READ", "read ", ""]) {
      for (const role of roles) {
        expect(everything.filter(([name, facts]) => can(anActor(role), action as RuleAction, name, facts))).toEqual([]);
      }
    }
  });

  it("remembers nothing from one actor to the next", () => {
    const theirs = { contractId: "there", bankId: "bank" };
    expect(can(anActor("MASTER", { contractId: "there" }), "read", "Contract", theirs)).toBe(true);
    expect(can(anActor("MASTER"), "read", "Contract", theirs)).toBe(false);
    expect(can(anActor("BANK_OPERATOR"), "read", "Contract", theirs)).toBe(true);
    expect(can(anActor("BANK_OPERATOR", { bankId: "another bank" }), "read", "Contract", theirs)).toBe(false);
  });
});

/** Throwing is as good a no as any. */
function isAllowed(ask: () => boolean): boolean {
  try {
    return ask();
  } catch {
    return false;
  }
}

describe("where CASL fails open", () => {
  it("an undefined condition matches what lacks the field: so a rule without a value throws", () => {
    const open = createMongoAbility([{ action: "read", subject: "User", conditions: { contractId: undefined } }]);
    expect(open.can("read", caslSubject("User", {}))).toBe(true); // the trap itself; should CASL mend it, this line may go

    for (const role of roles) {
      // The bank's staff is of no contract, and no rule of its asks who it is.
      for (const fact of role === "BANK_OPERATOR" ? ["bankId"] : ["userId", "contractId", "bankId"]) {
        for (const value of [undefined, null, "", 0, 7, 7n, true, { $ne: "" }, { $exists: false }, ["here"], /.*/]) {
          expect(() => abilityOf(anActor(role, { [fact]: value }))).toThrow("without a value");
        }
      }
    }
  });

  it("a fact that is missing matches an undefined condition: so a subject without all its facts throws", () => {
    for (const name of names) {
      const whole = exampleFacts("MASTER", name, "own");
      for (const fact of factsOf[name]) {
        const partial = Object.fromEntries(Object.entries(whole ?? {}).filter(([other]) => other !== fact));
        expect(() => subjectOf(name, partial as never)).toThrow(`${name} without ${fact}`);
        for (const value of [undefined, null, "", 0, 7, {}, ["here"]]) {
          expect(() => subjectOf(name, { ...whole, [fact]: value } as never)).toThrow(`${name} without ${fact}`);
        }
      }
    }
  });

  it("a partially selected entity looks like one without an owner: it throws, in the question and in the answer", () => {
    const selected = { id: "self", contractId: "here" } as Partial<User>;
    expect(() => subjectOf("User", selected as never)).toThrow("User without userId");
    expect(() => whyNot(anActor("MASTER"), "read", "User", selected as never)).toThrow("User without userId");
    expect(() => { authorize(anActor("MASTER"), "reissue", "Certificate", { contractId: "here", bankId: "bank", holderId: "other" } as never); })
      .toThrow("Certificate without holderKind");
  });

  it("a number is never equal to its text: so an id that is a number throws on either side", () => {
    const open = createMongoAbility([{ action: "read", subject: "Contract", conditions: { contractId: 7 } }]);
    expect(open.can("read", caslSubject("Contract", { contractId: "7" }))).toBe(false);
    expect(() => abilityOf(anActor("MASTER", { contractId: 7 }))).toThrow("rule on Contract without a value for contractId");
    expect(() => subjectOf("Contract", { contractId: 7, bankId: "bank" } as never)).toThrow("Contract without contractId");
  });

  it("rules on classes and rules on names pass each other by: so only names are subjects", () => {
    const open = createMongoAbility([{ action: "read", subject: "User" }, { inverted: true, action: "read", subject: User }] as never);
    expect(open.can("read", caslSubject("User", {}))).toBe(true); // the trap itself
    const facts = { userId: "other", userKind: "PUBLIC", contractId: "here", bankId: "bank" };
    expect(() => subjectOf(User as never, facts as never)).toThrow();
    for (const role of roles) expect(() => { authorize(anActor(role), "read", User as never, facts as never); }).toThrow();
    for (const role of roles) expect(abilityOf(anActor(role)).rules.every(({ subject }) => typeof subject === "string")).toBe(true);
  });

  it("a name that isn't one of the house's is no subject", () => {
    for (const name of ["all", "BankOperator", "bank", "user", "", "constructor", "__proto__"]) {
      expect(() => { authorize(anActor("MASTER"), "read", name as never, exampleFacts("MASTER", "User", "own") as never); }).toThrow();
    }
  });

  it("asked about a type, it says whether some rule exists: mayEver says so too, and nothing about any one thing", () => {
    const own = { holderId: "self", holderKind: "MASTER", contractId: "here", bankId: "bank" } as const;
    expect(abilityOf(anActor("MASTER")).can("reissue", "Certificate")).toBe(true); // the trap itself
    expect(mayEver(abilityOf(anActor("MASTER")), "reissue", "Certificate")).toBe(true);
    expect(can(anActor("MASTER"), "reissue", "Certificate", own)).toBe(false);
    expect(() => { authorize(anActor("MASTER"), "reissue", "Certificate", own); }).toThrow("OWN_CERTIFICATE");
  });

  it("a subject takes along no more than its facts, and leaves what it was made of as it was", () => {
    const facts = Object.freeze({ contractId: "here", bankId: "bank", kind: "MASTER", holderId: "self" });
    const made = subjectOf("Contract", facts);
    expect({ ...made }).toEqual({ contractId: "here", bankId: "bank" });
    expect(Object.getOwnPropertySymbols(facts)).toEqual([]);
    expect(can(anActor("MASTER"), "read", "UsageRecord", facts)).toBe(true); // the same facts, under another name
  });

  it("so nobody asks it but the policy", () => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(50);
    const asking = files.filter((file) => /@casl|abilityOf|subjectOf|mayEver|\.can\(/.test(readFileSync(join("src", file), "utf8")));
    expect(asking.filter((file) => !file.startsWith("policy/"))).toEqual([]);
  });
});
