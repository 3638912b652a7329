import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createMongoAbility, subject as caslSubject } from "@casl/ability";
import { User } from "../../src/identity/User.js";
import { roles, type Actor, type Role } from "../../src/policy/Actor.js";
import { authorize, whyNot } from "../../src/policy/authorize.js";
import {
  abilityOf, factsOf, mayEver, ruleActions, subjectOf, type Facts, type RuleAction, type SubjectName,
} from "../../src/policy/rulebook.js";

const actor = (role: Role, changes: object = {}): Actor => ({
  role, userId: "self", loginId: "self01", contractId: "here", bankId: "bank", sessionId: "session",
  origin: { requestId: "test", address: null }, ...changes,
});

// Own: what is the actor's, or its contract's. Publics, masters: of another ID of the same contract; a Master's contract
// has no other Master, but if it had one, this is what would hold. There, away: of another contract of the same bank, of
// another bank. Muddled: says the actor's contract and another bank, which no row should.
const relations = ["own", "publics", "masters", "there", "away", "muddled"] as const;
type Relation = (typeof relations)[number];

const table = `
  role      action   subject      own  publics  masters  there  away  muddled
  MASTER    read     Contract     yes  .        .        no     no    no
  MASTER    reissue  Contract     no   .        .        no     no    no
  MASTER    revoke   Contract     no   .        .        no     no    no
  MASTER    enroll   Contract     no   .        .        no     no    no
  MASTER    read     User         yes  yes      yes      no     no    no
  MASTER    reissue  User         no   no       no       no     no    no
  MASTER    revoke   User         no   no       no       no     no    no
  MASTER    enroll   User         no   no       no       no     no    no
  MASTER    read     Certificate  yes  yes      yes      no     no    no
  MASTER    reissue  Certificate  no   yes      no       no     no    no
  MASTER    revoke   Certificate  no   yes      no       no     no    no
  MASTER    enroll   Certificate  yes  no       no       no     no    no
  MASTER    read     UsageRecord  yes  .        .        no     no    no
  MASTER    reissue  UsageRecord  no   .        .        no     no    no
  MASTER    revoke   UsageRecord  no   .        .        no     no    no
  MASTER    enroll   UsageRecord  no   .        .        no     no    no

  PUBLIC    read     Contract     yes  .        .        no     no    no
  PUBLIC    reissue  Contract     no   .        .        no     no    no
  PUBLIC    revoke   Contract     no   .        .        no     no    no
  PUBLIC    enroll   Contract     no   .        .        no     no    no
  PUBLIC    read     User         yes  no       no       no     no    no
  PUBLIC    reissue  User         no   no       no       no     no    no
  PUBLIC    revoke   User         no   no       no       no     no    no
  PUBLIC    enroll   User         no   no       no       no     no    no
  PUBLIC    read     Certificate  yes  no       no       no     no    no
  PUBLIC    reissue  Certificate  no   no       no       no     no    no
  PUBLIC    revoke   Certificate  no   no       no       no     no    no
  PUBLIC    enroll   Certificate  yes  no       no       no     no    no
  PUBLIC    read     UsageRecord  no   .        .        no     no    no
  PUBLIC    reissue  UsageRecord  no   .        .        no     no    no
  PUBLIC    revoke   UsageRecord  no   .        .        no     no    no
  PUBLIC    enroll   UsageRecord  no   .        .        no     no    no

  ENROLLEE  read     Contract     yes  .        .        no     no    no
  ENROLLEE  reissue  Contract     no   .        .        no     no    no
  ENROLLEE  revoke   Contract     no   .        .        no     no    no
  ENROLLEE  enroll   Contract     no   .        .        no     no    no
  ENROLLEE  read     User         yes  no       no       no     no    no
  ENROLLEE  reissue  User         no   no       no       no     no    no
  ENROLLEE  revoke   User         no   no       no       no     no    no
  ENROLLEE  enroll   User         no   no       no       no     no    no
  ENROLLEE  read     Certificate  yes  no       no       no     no    no
  ENROLLEE  reissue  Certificate  no   no       no       no     no    no
  ENROLLEE  revoke   Certificate  no   no       no       no     no    no
  ENROLLEE  enroll   Certificate  yes  no       no       no     no    no
  ENROLLEE  read     UsageRecord  no   .        .        no     no    no
  ENROLLEE  reissue  UsageRecord  no   .        .        no     no    no
  ENROLLEE  revoke   UsageRecord  no   .        .        no     no    no
  ENROLLEE  enroll   UsageRecord  no   .        .        no     no    no
`;

type Row = [role: Role, action: RuleAction, subject: SubjectName, ...cells: string[]];
const rows = table.trim().split("\n").slice(1).filter((line) => line.trim()).map((line) => line.trim().split(/\s+/) as Row);

/** Undefined where there is no such thing. */
function factsFor(role: Role, name: SubjectName, relation: Relation): Facts[SubjectName] | undefined {
  const isMaster = role === "MASTER";
  const holder = {
    own: { id: "self", holderKind: isMaster ? "MASTER" : "PUBLIC", contractId: "here", bankId: "bank" },
    publics: { id: "other", holderKind: "PUBLIC", contractId: "here", bankId: "bank" },
    masters: { id: "master", holderKind: "MASTER", contractId: "here", bankId: "bank" },
    there: { id: "stranger", holderKind: "PUBLIC", contractId: "there", bankId: "bank" },
    away: { id: "foreigner", holderKind: "PUBLIC", contractId: "over there", bankId: "another bank" },
    muddled: { id: "other", holderKind: "PUBLIC", contractId: "here", bankId: "another bank" },
  }[relation] as { id: string; holderKind: "MASTER" | "PUBLIC"; contractId: string; bankId: string };
  const { id, holderKind, contractId, bankId } = holder;
  if (name === "Certificate") return { holderId: id, holderKind, contractId, bankId };
  if (name === "User") return { userId: id, contractId, bankId };
  return relation === "publics" || relation === "masters" ? undefined : { contractId, bankId };
}

function can(who: Actor, action: RuleAction, name: SubjectName, facts: Facts[SubjectName]): boolean {
  return abilityOf(who).can(action, subjectOf(name, facts as never));
}

describe("the rulebook", () => {
  it.each(rows)("on whether %s may %s %s says what the table says", (role, action, name, ...cells) => {
    const answers = relations.map((relation) => {
      const facts = factsFor(role, name, relation);
      return [relation, facts === undefined ? "." : can(actor(role), action, name, facts) ? "yes" : "no"];
    });
    expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(relations.map((relation, index) => [relation, cells[index]])));
  });

  it("is tabled whole: each role, action and subject, once", () => {
    const all = roles.flatMap((role) => Object.keys(factsOf).flatMap((name) => ruleActions.map((action) => `${role} ${action} ${name}`)));
    expect(rows.map(([role, action, name]) => `${role} ${action} ${name}`).sort()).toEqual(all.sort());
    expect(rows.filter((row) => row.length !== 3 + relations.length)).toEqual([]);
  });

  it.each(roles)("gives %s no inverted rule, no wildcard and no rule without conditions", (role) => {
    for (const { inverted, action, subject, conditions, fields } of abilityOf(actor(role)).rules) {
      expect(inverted ?? false).toBe(false);
      expect(ruleActions).toEqual(expect.arrayContaining([action].flat()));
      expect(Object.keys(factsOf)).toContain(subject);
      expect(Object.values(conditions as object).length).toBeGreaterThan(0);
      expect(Object.keys(conditions as object).filter((fact) => !(factsOf[subject as SubjectName] as readonly string[]).includes(fact))).toEqual([]);
      expect(fields).toBeUndefined();
    }
  });

  it.each(["BANK_OPERATOR", "master", "Master", "", "undefined", "__proto__", "constructor", "toString", "hasOwnProperty", "__defineGetter__"])(
    "lets an actor of the unknown role %j do nothing at all",
    (role) => {
      const stranger = actor(role as Role);
      for (const name of Object.keys(factsOf) as SubjectName[]) {
        for (const action of ruleActions) {
          for (const relation of relations) {
            const facts = factsFor("MASTER", name, relation);
            if (facts) expect(isAllowed(() => can(stranger, action, name, facts))).toBe(false);
            if (facts) expect(() => { authorize(stranger, action, name, facts as never); }).toThrow();
          }
        }
      }
    },
  );

  it("without rules denies everything", () => {
    const ability = createMongoAbility([]);
    for (const name of Object.keys(factsOf) as SubjectName[]) {
      for (const action of ruleActions) {
        expect(mayEver(ability, action, name)).toBe(false);
        expect(ability.can(action, subjectOf(name, factsFor("MASTER", name, "own") as never))).toBe(false);
      }
    }
  });

  it("lets nobody do what it has no word for", () => {
    const own = subjectOf("Certificate", factsFor("MASTER", "Certificate", "publics") as Facts["Certificate"]);
    for (const action of ["manage", "delete", "update", "all", "READ", ""]) expect(abilityOf(actor("MASTER")).can(action, own)).toBe(false);
  });

  it("remembers nothing from one actor to the next", () => {
    const theirs = { contractId: "there", bankId: "bank" };
    expect(can(actor("MASTER", { contractId: "there" }), "read", "Contract", theirs)).toBe(true);
    expect(can(actor("MASTER"), "read", "Contract", theirs)).toBe(false);
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
      for (const fact of ["userId", "contractId", "bankId"]) {
        for (const value of [undefined, null, "", 0, 7, 7n, true, { $ne: "" }, { $exists: false }, ["here"], /.*/]) {
          expect(() => abilityOf(actor(role, { [fact]: value }))).toThrow("without a value");
        }
      }
    }
  });

  it("a fact that is missing matches an undefined condition: so a subject without all its facts throws", () => {
    for (const name of Object.keys(factsOf) as SubjectName[]) {
      const whole = factsFor("MASTER", name, "own");
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
    expect(() => whyNot(actor("MASTER"), "read", "User", selected as never)).toThrow("User without userId");
    expect(() => { authorize(actor("MASTER"), "reissue", "Certificate", { contractId: "here", bankId: "bank", holderId: "other" } as never); })
      .toThrow("Certificate without holderKind");
  });

  it("a number is never equal to its text: so an id that is a number throws on either side", () => {
    const open = createMongoAbility([{ action: "read", subject: "Contract", conditions: { contractId: 7 } }]);
    expect(open.can("read", caslSubject("Contract", { contractId: "7" }))).toBe(false);
    expect(() => abilityOf(actor("MASTER", { contractId: 7 }))).toThrow("rule on Contract without a value for contractId");
    expect(() => subjectOf("Contract", { contractId: 7, bankId: "bank" } as never)).toThrow("Contract without contractId");
  });

  it("rules on classes and rules on names pass each other by: so only names are subjects", () => {
    const open = createMongoAbility([{ action: "read", subject: "User" }, { inverted: true, action: "read", subject: User }] as never);
    expect(open.can("read", caslSubject("User", {}))).toBe(true); // the trap itself
    const facts = { userId: "other", contractId: "here", bankId: "bank" };
    expect(() => subjectOf(User as never, facts as never)).toThrow();
    for (const role of roles) expect(() => { authorize(actor(role), "read", User as never, facts as never); }).toThrow();
    for (const role of roles) expect(abilityOf(actor(role)).rules.every(({ subject }) => typeof subject === "string")).toBe(true);
  });

  it("a name that isn't one of the house's is no subject", () => {
    for (const name of ["all", "Bank", "user", "", "constructor", "__proto__"]) {
      expect(() => { authorize(actor("MASTER"), "read", name as never, factsFor("MASTER", "User", "own") as never); }).toThrow();
    }
  });

  it("asked about a type, it says whether some rule exists: mayEver says so too, and nothing about any one thing", () => {
    const own = { holderId: "self", holderKind: "MASTER", contractId: "here", bankId: "bank" } as const;
    expect(abilityOf(actor("MASTER")).can("reissue", "Certificate")).toBe(true); // the trap itself
    expect(mayEver(abilityOf(actor("MASTER")), "reissue", "Certificate")).toBe(true);
    expect(can(actor("MASTER"), "reissue", "Certificate", own)).toBe(false);
    expect(() => { authorize(actor("MASTER"), "reissue", "Certificate", own); }).toThrow("OWN_CERTIFICATE");
  });

  it("a subject takes along no more than its facts, and leaves what it was made of as it was", () => {
    const facts = Object.freeze({ contractId: "here", bankId: "bank", kind: "MASTER", holderId: "self" });
    const made = subjectOf("Contract", facts);
    expect({ ...made }).toEqual({ contractId: "here", bankId: "bank" });
    expect(Object.getOwnPropertySymbols(facts)).toEqual([]);
    expect(can(actor("MASTER"), "read", "UsageRecord", facts)).toBe(true); // the same facts, under another name
  });

  it("so nobody asks it but the policy", () => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(50);
    const asking = files.filter((file) => /@casl|abilityOf|subjectOf|mayEver|\.can\(/.test(readFileSync(join("src", file), "utf8")));
    expect(asking.filter((file) => !file.startsWith("policy/"))).toEqual([]);
  });
});
