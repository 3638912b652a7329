import { roles, type Role } from "../../src/policy/Actor.js";
import { whyNot } from "../../src/policy/authorize.js";
import { actionsOn, permission, permissionRows, permissionTable, relations, type Relation } from "../../src/policy/permissionTable.js";
import { abilityOf, factsOf, mayEver, ruleActions, type Facts, type RuleAction, type SubjectName } from "../../src/policy/rulebook.js";
import { anActor } from "../support/anActor.js";
import { exampleFacts, type Standing } from "../support/exampleFacts.js";

// What README's table must say, cell by cell: own, a Public ID's, the Master's, a colleague's, of another contract, of
// another bank. A dot is an empty cell: there is no such thing.
const expected = `
  Master            read             User             yes  yes  .    .    no   no
  Master            register         User             no   yes  .    .    no   no
  Master            update           User             yes  yes  .    .    no   no
  Master            deregister       User             no   yes  .    .    no   no
  Master            suspend          User             no   yes  .    .    no   no
  Master            unlock           User             no   yes  .    .    no   no
  Master            restorePowers    User             no   yes  .    .    no   no
  Master            changePasswords  User             yes  no   .    .    no   no
  Master            read             Certificate      yes  yes  .    .    no   no
  Master            reissue          Certificate      no   yes  .    .    no   no
  Master            revoke           Certificate      no   yes  .    .    no   no
  Master            enroll           Certificate      yes  no   .    .    no   no
  Master            renew            Certificate      yes  no   .    .    no   no
  Master            read             Contract         yes  .    .    .    no   no
  Master            stop             Contract         yes  .    .    .    no   no
  Master            start            Contract         no   .    .    .    no   no
  Master            editCalendar     Contract         yes  .    .    .    no   no
  Master            read             Company          yes  .    .    .    no   no
  Master            read             CompanySelection  yes  yes  .    .    no   no
  Master            read             UsageRecord      yes  .    .    .    no   no
  Master            read             Alert            yes  .    .    .    no   no
  Master            acknowledge      Alert            yes  .    .    .    no   no
  Master            read             Notice           no   .    .    .    .    no
  Master            resend           Notice           no   .    .    .    .    no
  Master            read             Bank             no   .    .    .    .    no
  Master            editCalendar     Bank             no   .    .    .    .    no
  Master            read             ApprovalRequest  no   .    .    .    no   no
  Master            decide           ApprovalRequest  no   .    .    .    no   no
  Master            withdraw         ApprovalRequest  no   .    .    .    no   no

  Public ID         read             User             yes  no   no   .    no   no
  Public ID         register         User             no   no   no   .    no   no
  Public ID         update           User             no   no   no   .    no   no
  Public ID         deregister       User             no   no   no   .    no   no
  Public ID         suspend          User             no   no   no   .    no   no
  Public ID         unlock           User             no   no   no   .    no   no
  Public ID         restorePowers    User             no   no   no   .    no   no
  Public ID         changePasswords  User             yes  no   no   .    no   no
  Public ID         read             Certificate      yes  no   no   .    no   no
  Public ID         reissue          Certificate      no   no   no   .    no   no
  Public ID         revoke           Certificate      no   no   no   .    no   no
  Public ID         enroll           Certificate      yes  no   no   .    no   no
  Public ID         renew            Certificate      yes  no   no   .    no   no
  Public ID         read             Contract         yes  .    .    .    no   no
  Public ID         stop             Contract         no   .    .    .    no   no
  Public ID         start            Contract         no   .    .    .    no   no
  Public ID         editCalendar     Contract         no   .    .    .    no   no
  Public ID         read             Company          no   .    .    .    no   no
  Public ID         read             CompanySelection  yes  no   no   .    no   no
  Public ID         read             UsageRecord      no   .    .    .    no   no
  Public ID         read             Alert            no   .    .    .    no   no
  Public ID         acknowledge      Alert            no   .    .    .    no   no
  Public ID         read             Notice           no   .    .    .    .    no
  Public ID         resend           Notice           no   .    .    .    .    no
  Public ID         read             Bank             no   .    .    .    .    no
  Public ID         editCalendar     Bank             no   .    .    .    .    no
  Public ID         read             ApprovalRequest  no   .    .    .    no   no
  Public ID         decide           ApprovalRequest  no   .    .    .    no   no
  Public ID         withdraw         ApprovalRequest  no   .    .    .    no   no

  Enrollee          read             User             yes  no   no   .    no   no
  Enrollee          register         User             no   no   no   .    no   no
  Enrollee          update           User             no   no   no   .    no   no
  Enrollee          deregister       User             no   no   no   .    no   no
  Enrollee          suspend          User             no   no   no   .    no   no
  Enrollee          unlock           User             no   no   no   .    no   no
  Enrollee          restorePowers    User             no   no   no   .    no   no
  Enrollee          changePasswords  User             no   no   no   .    no   no
  Enrollee          read             Certificate      yes  no   no   .    no   no
  Enrollee          reissue          Certificate      no   no   no   .    no   no
  Enrollee          revoke           Certificate      no   no   no   .    no   no
  Enrollee          enroll           Certificate      yes  no   no   .    no   no
  Enrollee          renew            Certificate      no   no   no   .    no   no
  Enrollee          read             Contract         yes  .    .    .    no   no
  Enrollee          stop             Contract         no   .    .    .    no   no
  Enrollee          start            Contract         no   .    .    .    no   no
  Enrollee          editCalendar     Contract         no   .    .    .    no   no
  Enrollee          read             Company          no   .    .    .    no   no
  Enrollee          read             CompanySelection  no   no   no   .    no   no
  Enrollee          read             UsageRecord      no   .    .    .    no   no
  Enrollee          read             Alert            no   .    .    .    no   no
  Enrollee          acknowledge      Alert            no   .    .    .    no   no
  Enrollee          read             Notice           no   .    .    .    .    no
  Enrollee          resend           Notice           no   .    .    .    .    no
  Enrollee          read             Bank             no   .    .    .    .    no
  Enrollee          editCalendar     Bank             no   .    .    .    .    no
  Enrollee          read             ApprovalRequest  no   .    .    .    no   no
  Enrollee          decide           ApprovalRequest  no   .    .    .    no   no
  Enrollee          withdraw         ApprovalRequest  no   .    .    .    no   no

  Password changer  read             User             yes  no   no   .    no   no
  Password changer  register         User             no   no   no   .    no   no
  Password changer  update           User             no   no   no   .    no   no
  Password changer  deregister       User             no   no   no   .    no   no
  Password changer  suspend          User             no   no   no   .    no   no
  Password changer  unlock           User             no   no   no   .    no   no
  Password changer  restorePowers    User             no   no   no   .    no   no
  Password changer  changePasswords  User             yes  no   no   .    no   no
  Password changer  read             Certificate      yes  no   no   .    no   no
  Password changer  reissue          Certificate      no   no   no   .    no   no
  Password changer  revoke           Certificate      no   no   no   .    no   no
  Password changer  enroll           Certificate      no   no   no   .    no   no
  Password changer  renew            Certificate      no   no   no   .    no   no
  Password changer  read             Contract         yes  .    .    .    no   no
  Password changer  stop             Contract         no   .    .    .    no   no
  Password changer  start            Contract         no   .    .    .    no   no
  Password changer  editCalendar     Contract         no   .    .    .    no   no
  Password changer  read             Company          no   .    .    .    no   no
  Password changer  read             CompanySelection  no   no   no   .    no   no
  Password changer  read             UsageRecord      no   .    .    .    no   no
  Password changer  read             Alert            no   .    .    .    no   no
  Password changer  acknowledge      Alert            no   .    .    .    no   no
  Password changer  read             Notice           no   .    .    .    .    no
  Password changer  resend           Notice           no   .    .    .    .    no
  Password changer  read             Bank             no   .    .    .    .    no
  Password changer  editCalendar     Bank             no   .    .    .    .    no
  Password changer  read             ApprovalRequest  no   .    .    .    no   no
  Password changer  decide           ApprovalRequest  no   .    .    .    no   no
  Password changer  withdraw         ApprovalRequest  no   .    .    .    no   no

  Bank operator     read             User             .    yes  yes  .    .    no
  Bank operator     register         User             .    no   no   .    .    no
  Bank operator     update           User             .    no   no   .    .    no
  Bank operator     deregister       User             .    no   no   .    .    no
  Bank operator     suspend          User             .    no   no   .    .    no
  Bank operator     unlock           User             .    no   two  .    .    no
  Bank operator     restorePowers    User             .    no   no   .    .    no
  Bank operator     changePasswords  User             .    no   no   .    .    no
  Bank operator     read             Certificate      .    yes  yes  .    .    no
  Bank operator     reissue          Certificate      .    no   two  .    .    no
  Bank operator     revoke           Certificate      .    yes  yes  .    .    no
  Bank operator     enroll           Certificate      .    no   no   .    .    no
  Bank operator     renew            Certificate      .    no   no   .    .    no
  Bank operator     read             Contract         .    .    .    .    yes  no
  Bank operator     stop             Contract         .    .    .    .    no   no
  Bank operator     start            Contract         .    .    .    .    two  no
  Bank operator     editCalendar     Contract         .    .    .    .    no   no
  Bank operator     read             Company          .    .    .    .    yes  no
  Bank operator     read             CompanySelection  .    yes  yes  .    .    no
  Bank operator     read             UsageRecord      .    .    .    .    yes  no
  Bank operator     read             Alert            .    .    .    .    yes  no
  Bank operator     acknowledge      Alert            .    .    .    .    yes  no
  Bank operator     read             Notice           yes  .    .    .    .    no
  Bank operator     resend           Notice           yes  .    .    .    .    no
  Bank operator     read             Bank             yes  .    .    .    .    no
  Bank operator     editCalendar     Bank             yes  .    .    .    .    no
  Bank operator     read             ApprovalRequest  yes  .    .    yes  .    no
  Bank operator     decide           ApprovalRequest  no   .    .    yes  .    no
  Bank operator     withdraw         ApprovalRequest  yes  .    .    no   .    no
`;

const names = Object.keys(factsOf) as SubjectName[];
const called = { MASTER: "Master", PUBLIC: "Public ID", ENROLLEE: "Enrollee", PASSWORD_CHANGER: "Password changer", BANK_OPERATOR: "Bank operator" };

/** What a relation says is true of every one of these. */
const standingsOf: Record<Relation, readonly Standing[]> = {
  "own": ["own"],
  "a Public ID's": ["publics"],
  "the Master's": ["master"],
  "a colleague's": ["colleagues"],
  "of another contract": ["there", "theirMaster"],
  "of another bank": ["away", "awayMaster", "muddled"],
};
interface Cell {
  who: string;
  action: RuleAction;
  subject: SubjectName;
  relation: Relation;
  says: string;
}

/** Every cell with a word in it, as README has it, beside what it must say. */
function cellsOf(lines: readonly (readonly string[])[]): Cell[] {
  return lines.flatMap(([who = "", action, subject, ...words]) => relations.map((relation, index): Cell => ({
    who, action: action as RuleAction, subject: subject as SubjectName, relation, says: words[index] ?? "",
  })));
}

const printed = cellsOf(permissionTable().split("\n").slice(2).map((line) => line.split("|").slice(1, -1).map((word) => word.trim())));
const handwritten = cellsOf(expected.split("\n").filter((line) => line.trim()).map((line) =>
  line.trim().split(/ {2,}/).map((word) => ({ ".": "", "two": "by two" })[word] ?? word)));

/** What `authorize` really answers: one answer, or the table lies. */
function answers({ who, action, subject, relation }: Cell): string[] {
  const role = roles.find((one) => called[one] === who);
  if (!role) throw new Error(`nobody is called ${who}`);
  const examples = examplesOf(role, subject, relation).flatMap((standing) => exampleFacts(role, subject, standing) ?? []);
  return [...new Set(examples.map((facts) => answer(role, action, subject, facts)))];
}

function examplesOf(role: Role, subject: SubjectName, relation: Relation): readonly Standing[] {
  if (role !== "BANK_OPERATOR") return subject === "ApprovalRequest" && relation === "of another contract" ? ["own", "colleagues"] : standingsOf[relation];
  // To the bank's staff every contract is another's, and what is an ID's is a Public ID's or a Master's.
  const isAnIds = subject === "User" || subject === "Certificate" || subject === "CompanySelection";
  if (isAnIds && relation === "a Public ID's") return ["publics", "there"];
  if (isAnIds && relation === "the Master's") return ["master", "theirMaster"];
  return standingsOf[relation];
}

function answer<S extends SubjectName>(role: Role, action: RuleAction, subject: S, facts: Facts[S]): string {
  const code = whyNot(anActor(role), action, subject, facts);
  if (code === undefined) return "yes";
  return code === "APPROVAL_REQUIRED" ? "by two" : "no";
}

describe("README's permission table", () => {
  it.each(handwritten.map((cell, index) => ({ ...cell, index })))("says whether a $who may $action the $subject that is $relation: “$says”", ({ index, ...cell }) => {
    expect(printed[index]).toEqual(cell);
    if (cell.says !== "") expect(answers(cell)).toEqual([cell.says]);
  });

  it("has those cells and no others", () => {
    expect(printed).toHaveLength(handwritten.length);
    expect(permissionRows()).toHaveLength(handwritten.length / relations.length);
  });

  it("leaves a cell empty only where there is no such thing, or another cell says it", () => {
    for (const cell of printed.filter(({ says }) => says === "")) {
      const isToldByKind = cell.who === "Bank operator" && cell.relation === "of another contract" && ["User", "Certificate", "CompanySelection"].includes(cell.subject);
      const isItself = cell.who === "Master" && cell.relation === "the Master's";
      const isNobodys = cell.who !== "Bank operator" && cell.relation === "a colleague's"; // customers have none
      if (!isToldByKind && !isItself && !isNobodys) expect([cell, answers(cell)]).toEqual([cell, []]);
    }
  });

  it("leaves out nothing that anybody may do", () => {
    const allowed = roles.flatMap((role) => names.flatMap((subject) => ruleActions
      .filter((action) => mayEver(abilityOf(anActor(role)), action, subject))
      .map((action) => ({ role, action, subject }))));
    const missing = allowed.filter(({ role, action, subject }) =>
      !actionsOn[subject].includes(action) || !relations.some((relation) => ["yes", "by two"].includes(permission(role, action, subject, relation) ?? "")));
    expect(allowed.length).toBeGreaterThan(40);
    expect(missing).toEqual([]);
  });

  it("has no action that is nobody's", () => {
    const idle = names.flatMap((subject) => actionsOn[subject].filter((action) => !roles.some((role) => mayEver(abilityOf(anActor(role)), action, subject))));
    expect(idle).toEqual([]);
  });

  it("is a table that Markdown shows as one", () => {
    const [head = "", rule = "", ...lines] = permissionTable().split("\n");
    expect(head).toBe("| role | may | on | own | a Public ID's | the Master's | a colleague's | of another contract | of another bank |");
    expect(rule).toBe(`|${"---|".repeat(9)}`);
    for (const line of lines) expect(line.split("|")).toHaveLength(11);
  });
});
