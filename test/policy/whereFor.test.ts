import { createMongoAbility, subject as caslSubject, type MongoAbility } from "@casl/ability";
import fc from "fast-check";
import { Certificate } from "../../src/certificates/Certificate.js";
import { ApprovalRequest } from "../../src/desk/ApprovalRequest.js";
import { newId } from "../../src/foundation/ids.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import { BankOperator } from "../../src/identity/BankOperator.js";
import { Contract } from "../../src/identity/Contract.js";
import { User } from "../../src/identity/User.js";
import { roles, type Actor, type Role } from "../../src/policy/Actor.js";
import { abilityOf, mayEver, ruleActions, subjectOf, type Facts, type RuleAction, type SubjectName } from "../../src/policy/rulebook.js";
import { whereFor, whereOf, type Where } from "../../src/policy/whereFor.js";
import { Alert } from "../../src/history/Alert.js";
import { Notice } from "../../src/notices/Notice.js";
import { Company } from "../../src/users/Company.js";
import { House, THE_MORNING } from "../support/House.js";

// So that rules can be tried which the rulebook doesn't have (yet): another ability than the actor's is translated.
let instead: MongoAbility | undefined;

const seed = Math.trunc(Math.random() * 2 ** 31);

/** Where each subject's facts stand; of a request, who asked for it, as seen by the actor. */
const tables: { [S in SubjectName]: { from: string; columns: Record<keyof Facts[S], string> } } = {
  Bank: { from: "banks t", columns: { bankId: "t.id" } },
  Contract: { from: "contracts t", columns: { contractId: "t.id", bankId: "t.bank_id" } },
  Company: { from: "companies t JOIN contracts k ON k.id = t.contract_id", columns: { contractId: "t.contract_id", bankId: "k.bank_id" } },
  CompanySelection: { from: "users t", columns: { userId: "t.id", contractId: "t.contract_id", bankId: "t.bank_id" } },
  User: { from: "users t", columns: { userId: "t.id", userKind: "t.kind", contractId: "t.contract_id", bankId: "t.bank_id" } },
  Certificate: {
    from: "certificates t",
    columns: { holderId: "t.user_id", holderKind: "t.holder_kind", contractId: "t.contract_id", bankId: "t.bank_id" },
  },
  UsageRecord: { from: "usage_history t", columns: { contractId: "t.contract_id", bankId: "t.bank_id" } },
  Alert: { from: "alerts t", columns: { contractId: "t.contract_id", bankId: "t.bank_id" } },
  Notice: { from: "notices t", columns: { bankId: "t.bank_id" } },
  ApprovalRequest: { from: "approval_requests t", columns: { bankId: "t.bank_id", requester: "t.requested_by" } },
};
const names = Object.keys(tables) as SubjectName[];

function columnsFor(actor: Actor, name: SubjectName): Record<string, string> {
  const requester = `CASE WHEN t.requested_by = '${actor.userId}' THEN 'SELF' ELSE 'COLLEAGUE' END`;
  return name === "ApprovalRequest" ? { ...tables[name].columns, requester } : tables[name].columns;
}

type Row = { id: string } & Record<string, string | null>;
let house: House;
let ids: { users: string[]; operators: string[]; contracts: string[]; banks: string[] };
const rowsOf = {} as Record<SubjectName, Row[]>;

// Three banks with three contracts each. What says whose a row is was drawn by lot, so no condition can lean on another.
beforeAll(async () => {
  house = await House.open();
  const { taro, contract } = await house.aTenant();
  const example = await house.certificate((await house.aCertificate(taro, "PENDING")).id);
  let drawn = seed;
  const oneOf = <T>(list: readonly T[]): T => fc.sample(fc.constantFrom(...list), { numRuns: 1, seed: drawn++ })[0] as T;
  const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_none, index) => make(index));
  const id = () => newId(THE_MORNING);

  const banks = many(3, (index): Bank => ({ id: id(), code: `100${String(index)}`, name: "信用金庫", ...ordinaryPolicy, isDemo: false, createdAt: THE_MORNING }));
  const contracts = many(9, (index): Contract => ({ ...contract, id: id(), bankId: banks[index % 3]?.id ?? "" }));
  const bankIds = banks.map((bank) => bank.id);
  const contractIds = contracts.map((one) => one.id);
  const users = many(60, (index): User => ({
    ...taro, id: id(), loginId: `lot${String(index)}`, kind: oneOf(["MASTER", "PUBLIC"]), contractId: oneOf(contractIds), bankId: oneOf(bankIds),
  }));
  const userIds = users.map((user) => user.id);
  const certificates = many(300, (index): Certificate => ({
    ...example, id: id(), isCurrent: null, serialNumber: `ff${index.toString(16).padStart(4, "0")}`,
    userId: oneOf(userIds), holderKind: oneOf(["MASTER", "PUBLIC"]), contractId: oneOf(contractIds), bankId: oneOf(bankIds),
  }));
  const records = many(200, (): UsageRecord => ({
    id: id(), contractId: oneOf([null, ...contractIds]), bankId: oneOf([null, ...bankIds]), at: THE_MORNING, actorId: null, actorLoginId: null,
    actorRole: null,
    action: "SIGN_IN", targetUserId: null, targetLoginId: null, certificateId: null, outcome: "SUCCEEDED", code: null,
    requestId: "test", address: null, note: null, before: null, after: null,
  }));
  const companies = many(60, (index): Company => ({
    id: id(), contractId: oneOf(contractIds), name: "利用企業", code: String(index).padStart(10, "0"), branchCode: "090", branchName: "本部090",
    accountKind: "ORDINARY", accountNumber: "1000900",
    offersBulkTransfer: true, offersPayroll: true, offersAdHocTransfer: true, offersDirectDebit: true,
  }));
  const colleague = await house.anOperator();
  const operators = many(6, (index): BankOperator => ({ ...colleague, id: id(), loginId: `desk${String(index)}`, bankId: oneOf(bankIds) }));
  const operatorIds = operators.map((operator) => operator.id);
  const requests = many(150, (): ApprovalRequest => ({
    id: id(), bankId: oneOf(bankIds), contractId: oneOf(contractIds), userId: null, act: "CONTRACT_START", targetVersion: 1, reissueReason: null,
    passwordKind: null, note: null, state: "OPEN", requestedBy: oneOf(operatorIds), requestedAt: THE_MORNING, expiresAt: THE_MORNING,
    decidedBy: null, decidedAt: null, decisionNote: null, certificateId: null,
  }));
  const alerts = many(100, (): Alert => ({
    id: id(), bankId: oneOf(bankIds), contractId: oneOf(contractIds), kind: "REISSUE_BURST", userId: oneOf(userIds), certificateId: example.id,
    occasion: id(), raisedAt: THE_MORNING, lastAt: THE_MORNING, times: 1, evidence: "{}",
  }));
  const notices = many(60, (): Notice => ({
    id: id(), bankId: oneOf(bankIds), contractId: oneOf(contractIds), userId: taro.id, recipientId: taro.id, mailAddress: "taro@example.com",
    kind: "PASSWORDS_CHANGED", facts: "{}", secret: null, occasion: id(), certificateId: null, state: "SENT", tries: 1, nextTryAt: THE_MORNING, claimedUntil: null,
    lastError: null, createdAt: THE_MORNING, sentAt: THE_MORNING,
  }));
  await house.db.transaction(async (tx) => {
    await tx.insert(Bank, banks);
    await tx.insert(Contract, contracts);
    await tx.insert(User, users);
    await tx.insert(Certificate, certificates);
    await tx.insert(UsageRecord, records);
    await tx.insert(Company, companies);
    await tx.insert(BankOperator, operators);
    await tx.insert(ApprovalRequest, requests);
    await tx.insert(Alert, alerts);
    await tx.insert(Notice, notices);
  });
  ids = { users: [...userIds, taro.id], operators: [...operatorIds, colleague.id], contracts: [...contractIds, contract.id], banks: [...bankIds, house.bank.id] };

  for (const name of names) {
    const { from, columns } = tables[name];
    const facts = Object.entries(columns).map(([fact, column]) => `${column} AS ${fact}`);
    rowsOf[name] = await house.db.reads.query(`SELECT t.id, ${facts.join(", ")} FROM ${from} ORDER BY t.id`);
  }
});
afterAll(() => house.close());
afterEach(() => (instead = undefined));

async function selected(name: SubjectName, { sql, params }: Where): Promise<string[]> {
  const answer: { id: string }[] = await house.db.reads.query(`SELECT t.id FROM ${tables[name].from} WHERE ${sql} ORDER BY t.id`, params);
  return answer.map(({ id }) => id);
}

/** The rows as this actor sees them: a request is its own or a colleague's. */
function seenBy(actor: Actor, name: SubjectName): Row[] {
  if (name !== "ApprovalRequest") return rowsOf[name];
  return rowsOf[name].map((row) => ({ ...row, requester: row.requester === actor.userId ? "SELF" : "COLLEAGUE" }));
}

/**
 * By the ability, row after row. What happened to nobody's contract, or at nobody's bank, is of none that there is: to be
 * found only by who isn't asked for the one that is missing, as the bank's staff isn't for a contract.
 */
function allowed(actor: Actor, action: RuleAction, name: SubjectName): string[] {
  const whole = (row: Row) => Object.fromEntries(Object.entries(row).map(([fact, value]) => [fact, value ?? "none"]));
  return seenBy(actor, name).filter((row) => abilityOf(actor).can(action, subjectOf(name, whole(row) as never))).map(({ id }) => id);
}

const where = (actor: Actor, action: RuleAction, name: SubjectName) => {
  const columns = columnsFor(actor, name) as never;
  return instead ? whereOf(instead, action, name, columns) : whereFor(actor, action, name, columns);
};

const actorsOf = (role: Role) => fc.record({
  role: fc.constant(role),
  userId: fc.constantFrom(...(role === "BANK_OPERATOR" ? ids.operators : ids.users)),
  contractId: role === "BANK_OPERATOR" ? fc.constant(null) : fc.constantFrom(...ids.contracts),
  bankId: fc.constantFrom(...ids.banks),
  loginId: fc.constant("lot"), sessionId: fc.constant("session"), origin: fc.constant({ requestId: "test", address: null }),
}).map((drawn) => drawn as Actor);
const anActor = (role: Role = "MASTER", changes: object = {}): Actor => ({ ...fc.sample(actorsOf(role), { numRuns: 1, seed })[0], ...changes }) as Actor;

describe("the rulebook as a WHERE", () => {
  it.each(roles.flatMap((role) => names.map((name) => [role, name] as const)))(
    `for %s finds each %s on which the rulebook says yes, and no other (seed ${seed})`,
    async (role, name) => {
      const known = ruleActions.filter((action) => mayEver(abilityOf(anActor(role)), action, name));
      for (const action of ruleActions.filter((one) => !known.includes(one))) expect(where(anActor(role), action, name).sql).toBe("1 = 0");
      if (known.length === 0) return;
      await fc.assert(
        fc.asyncProperty(actorsOf(role), fc.constantFrom(...known), async (actor, action) => {
          expect(await selected(name, where(actor, action, name))).toEqual(allowed(actor, action, name));
        }),
        { numRuns: 40, seed },
      );
    },
  );

  it.each([["Contract", "read"], ["Company", "read"], ["User", "unlock"], ["Certificate", "reissue"], ["UsageRecord", "read"], ["ApprovalRequest", "decide"]] as const)(
    "for the bank's staff finds some %s to %s, and not every one",
    async (name, action) => {
      const found = await selected(name, where(anActor("BANK_OPERATOR", { bankId: ids.banks[0] }), action, name));
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThan(rowsOf[name].length);
    },
  );

  it("for the bank's staff finds what happened at its bank in nobody's contract, and for a Master never", async () => {
    const nobodys = rowsOf.UsageRecord.filter((row) => row.contractId === null);
    for (const bankId of ids.banks) {
      const found = await selected("UsageRecord", where(anActor("BANK_OPERATOR", { bankId }), "read", "UsageRecord"));
      expect(nobodys.map((row) => row.id).filter((id) => found.includes(id))).toEqual(nobodys.filter((row) => row.bankId === bankId).map((row) => row.id));
      const masters = await selected("UsageRecord", where(anActor("MASTER", { bankId }), "read", "UsageRecord"));
      expect(nobodys.filter(({ id }) => masters.includes(id))).toEqual([]);
    }
    expect(nobodys.some((row) => row.bankId !== null)).toBe(true);
  });

  it("never finds a request that the operator made itself, to decide on", async () => {
    for (const userId of ids.operators) {
      for (const bankId of ids.banks) {
        const operator = anActor("BANK_OPERATOR", { userId, bankId });
        const its = rowsOf.ApprovalRequest.filter((row) => row.requester === userId && row.bankId === bankId).map((row) => row.id);
        const toDecide = await selected("ApprovalRequest", where(operator, "decide", "ApprovalRequest"));
        expect(toDecide.filter((id) => its.includes(id))).toEqual([]);
        expect(await selected("ApprovalRequest", where(operator, "withdraw", "ApprovalRequest"))).toEqual(its);
      }
    }
  });

  it("finds something and not everything, or the comparison above would be idle", async () => {
    const { id: contractId, bankId } = await contractWithCertificates();
    const found = await selected("Certificate", where(anActor("MASTER", { contractId, bankId }), "read", "Certificate"));
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(rowsOf.Certificate.length);
    const reissuable = await selected("Certificate", where(anActor("MASTER", { contractId, bankId }), "reissue", "Certificate"));
    expect(reissuable.length).toBeLessThan(found.length);
  });

  const contractWithCertificates = async () => {
    const rows: { id: string; bankId: string }[] = await house.db.reads.query(
      `SELECT t.contract_id AS id, t.bank_id AS bankId FROM certificates t
        GROUP BY t.contract_id, t.bank_id HAVING COUNT(DISTINCT t.holder_kind) = 2 ORDER BY 1`,
    );
    return rows[0] ?? { id: "", bankId: "" };
  };

  it("is nothing at all where the role has no rule", async () => {
    for (const [role, action, name] of [["PUBLIC", "reissue", "Certificate"], ["ENROLLEE", "read", "UsageRecord"], ["MASTER", "revoke", "User"], ["MASTER", "read", "ApprovalRequest"], ["PASSWORD_CHANGER", "enroll", "Certificate"],
      ["BANK_OPERATOR", "update", "User"]] as const) {
      const none = where(anActor(role), action, name);
      expect(none).toEqual({ sql: "1 = 0", params: [] });
      expect(await selected(name, none)).toEqual([]);
    }
  });

  it("binds every value and writes none of them into the statement", () => {
    const hostile = "' OR 1=1 --";
    const { sql, params } = where(anActor("MASTER", { contractId: hostile, bankId: hostile }), "read", "Certificate");
    expect(sql).not.toContain(hostile);
    expect(params).toEqual([hostile, hostile]);
  });

  it("stays one condition when something else is demanded beside it", async () => {
    instead = createMongoAbility([{ action: "read", subject: "User", conditions: { bankId: ids.banks[0] } }, { action: "read", subject: "User", conditions: { bankId: ids.banks[1] } }]);
    const { sql, params } = where(anActor(), "read", "User");
    expect(await selected("User", { sql: `1 = 0 AND ${sql}`, params })).toEqual([]);
  });
});

describe("rules that the rulebook could come to have", () => {
  it(`several of them, of any facts, find what CASL says (seed ${seed})`, async () => {
    const values: Record<string, string[]> = {
      holderId: ids.users, userId: ids.users, holderKind: ["MASTER", "PUBLIC"], userKind: ["MASTER", "PUBLIC"], requester: ["SELF", "COLLEAGUE"], contractId: ids.contracts, bankId: ids.banks,
    };
    const conditionsOn = (name: SubjectName) => {
      const facts = Object.keys(tables[name].columns);
      const drawn = Object.fromEntries(facts.map((fact) => [fact, fc.constantFrom(...(values[fact] ?? []))]));
      return fc.tuple(fc.record(drawn), fc.subarray(facts, { minLength: 1 }))
        .map(([all, chosen]) => Object.fromEntries(chosen.map((fact) => [fact, all[fact]])));
    };
    const books = fc.constantFrom(...names).chain((name) =>
      fc.tuple(fc.constant(name), fc.array(fc.tuple(fc.constantFrom(...ruleActions), conditionsOn(name)), { maxLength: 6 })));

    await fc.assert(
      fc.asyncProperty(books, async ([name, rules]) => {
        const actor = anActor("BANK_OPERATOR");
        const ability = createMongoAbility(rules.map(([action, conditions]) => ({ action, subject: name, conditions })));
        for (const action of ruleActions) {
          instead = ability;
          const yes = seenBy(actor, name).filter((row) => ability.can(action, caslSubject(name, { ...row }))).map(({ id }) => id);
          expect(await selected(name, where(actor, action, name))).toEqual(yes);
        }
      }),
      { numRuns: 80, seed },
    );
  });

  it.each([
    ["$ne", { contractId: { $ne: "there" } }],
    ["$in", { contractId: { $in: ["here"] } }],
    ["$nin", { contractId: { $nin: ["there"] } }],
    ["$exists", { contractId: { $exists: false } }],
    ["$gt", { contractId: { $gt: "" } }],
    ["$regex", { contractId: { $regex: "^h" } }],
    ["$all", { contractId: { $all: ["here"] } }],
    ["beside a known one", { bankId: "bank", contractId: { $ne: "there" } }],
    ["the value null", { contractId: null }],
    ["the value undefined, in company", { bankId: "bank", contractId: undefined }],
    ["a number for a value", { contractId: 7 }],
    ["an object for a value", { contractId: { id: "here" } }],
    ["a fact that the subject hasn't", { loginId: "self01" }],
    ["a fact that the subject hasn't, beside a known one", { bankId: "bank", loginId: "self01" }],
    ["no conditions", {}],
  ])("throw rather than widen, when they use what has no SQL here: %s", (_what, conditions) => {
    instead = createMongoAbility([{ action: "read", subject: "User", conditions }]);
    expect(() => where(anActor(), "read", "User")).toThrow(/^(no SQL for the operator|no column for the fact|a rule of no conditions)/);
  });

  it("throw when they are inverted: only what is allowed is written", () => {
    instead = createMongoAbility([
      { action: "read", subject: "User", conditions: { bankId: "bank" } },
      { inverted: true, action: "read", subject: "User", conditions: { contractId: "there" } },
    ]);
    expect(() => where(anActor(), "read", "User")).toThrow("no column for the fact");
  });

  it("throw where the statement has no column for a fact", () => {
    expect(() => whereFor(anActor(), "read", "User", { userId: "t.id", userKind: "t.kind", bankId: "t.bank_id" } as never)).toThrow("no column for the fact contractId");
    expect(() => whereFor(anActor(), "read", "User", {} as never)).toThrow("no column for the fact");
  });

  it.each([undefined, null, "", 7])("throw for an actor that has %p for what they ask about", (contractId) => {
    expect(() => where(anActor("MASTER", { contractId }), "read", "User")).toThrow("a rule of MASTER without a value for contractId");
  });
});
