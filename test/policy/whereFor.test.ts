import { createMongoAbility, subject as caslSubject, type MongoAbility } from "@casl/ability";
import * as extra from "@casl/ability/extra";
import { jest } from "@jest/globals";
import fc from "fast-check";
import { Certificate } from "../../src/certificates/Certificate.js";
import { newId } from "../../src/foundation/ids.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import { Contract } from "../../src/identity/Contract.js";
import { User } from "../../src/identity/User.js";
import { roles, type Actor, type Role } from "../../src/policy/Actor.js";
import { abilityOf, ruleActions, subjectOf, type Facts, type RuleAction, type SubjectName } from "../../src/policy/rulebook.js";
import type { Where } from "../../src/policy/whereFor.js";
import { House, THE_MORNING } from "../support/House.js";

// So that rules can be tried which the rulebook doesn't have (yet): CASL's translation is handed another ability instead.
let instead: MongoAbility | undefined;
jest.unstable_mockModule("@casl/ability/extra", () => ({
  rulesToAST: (ability: MongoAbility, action: string, name: string) => extra.rulesToAST(instead ?? ability, action, name),
}));
jest.resetModules(); // the house has loaded it already
const { whereFor } = await import("../../src/policy/whereFor.js");

const seed = Math.trunc(Math.random() * 2 ** 31);

const tables: { [S in SubjectName]: { table: string; columns: Record<keyof Facts[S], string> } } = {
  Contract: { table: "contracts", columns: { contractId: "t.id", bankId: "t.bank_id" } },
  User: { table: "users", columns: { userId: "t.id", contractId: "t.contract_id", bankId: "t.bank_id" } },
  Certificate: {
    table: "certificates",
    columns: { holderId: "t.user_id", holderKind: "t.holder_kind", contractId: "t.contract_id", bankId: "t.bank_id" },
  },
  UsageRecord: { table: "usage_history", columns: { contractId: "t.contract_id", bankId: "t.bank_id" } },
};
const names = Object.keys(tables) as SubjectName[];

type Row = { id: string } & Record<string, string | null>;
let house: House;
let ids: { users: string[]; contracts: string[]; banks: string[] };
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
    action: "SIGN_IN", targetUserId: null, targetLoginId: null, certificateId: null, outcome: "SUCCEEDED", code: null,
    requestId: "test", address: null, note: null, before: null, after: null,
  }));
  await house.db.transaction(async (tx) => {
    await tx.insert(Bank, banks);
    await tx.insert(Contract, contracts);
    await tx.insert(User, users);
    await tx.insert(Certificate, certificates);
    await tx.insert(UsageRecord, records);
  });
  ids = { users: [...userIds, taro.id], contracts: [...contractIds, contract.id], banks: [...bankIds, house.bank.id] };

  for (const name of names) {
    const { table, columns } = tables[name];
    const facts = Object.entries(columns).map(([fact, column]) => `${column} AS ${fact}`);
    rowsOf[name] = await house.db.reads.query(`SELECT t.id, ${facts.join(", ")} FROM ${table} t ORDER BY t.id`);
  }
});
afterAll(() => house.close());
afterEach(() => (instead = undefined));

async function selected(name: SubjectName, { sql, params }: Where): Promise<string[]> {
  const answer: { id: string }[] = await house.db.reads.query(`SELECT t.id FROM ${tables[name].table} t WHERE ${sql} ORDER BY t.id`, params);
  return answer.map(({ id }) => id);
}

/** By the ability, row after row. A row that lacks a fact can't be asked about: nobody may. */
function allowed(ability: MongoAbility, action: RuleAction, name: SubjectName): string[] {
  return rowsOf[name].filter((row) => !Object.values(row).includes(null))
    .filter((row) => ability.can(action, subjectOf(name, row as never))).map(({ id }) => id);
}

const where = (actor: Actor, action: RuleAction, name: SubjectName) => whereFor(actor, action, name, tables[name].columns as never);

const actorsOf = (role: Role) => fc.record({
  role: fc.constant(role), userId: fc.constantFrom(...ids.users), contractId: fc.constantFrom(...ids.contracts), bankId: fc.constantFrom(...ids.banks),
  loginId: fc.constant("lot"), sessionId: fc.constant("session"), origin: fc.constant({ requestId: "test", address: null }),
});
const anActor = (role: Role = "MASTER"): Actor => fc.sample(actorsOf(role), { numRuns: 1, seed })[0] as Actor;

describe("the rulebook as a WHERE", () => {
  it.each(roles.flatMap((role) => names.map((name) => [role, name] as const)))(
    `for %s finds each %s on which the rulebook says yes, and no other (seed ${seed})`,
    async (role, name) => {
      await fc.assert(
        fc.asyncProperty(actorsOf(role), fc.constantFrom(...ruleActions), async (actor, action) => {
          expect(await selected(name, where(actor, action, name))).toEqual(allowed(abilityOf(actor), action, name));
        }),
        { numRuns: 60, seed },
      );
    },
  );

  it("finds something and not everything, or the comparison above would be idle", async () => {
    const { id: contractId, bankId } = await contractWithCertificates();
    const found = await selected("Certificate", where({ ...anActor(), contractId, bankId }, "read", "Certificate"));
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(rowsOf.Certificate.length);
    const reissuable = await selected("Certificate", where({ ...anActor(), contractId, bankId }, "reissue", "Certificate"));
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
    for (const [role, action, name] of [["PUBLIC", "reissue", "Certificate"], ["ENROLLEE", "read", "UsageRecord"], ["MASTER", "revoke", "User"]] as const) {
      const none = where(anActor(role), action, name);
      expect(none).toEqual({ sql: "1 = 0", params: [] });
      expect(await selected(name, none)).toEqual([]);
    }
  });

  it("binds every value and writes none of them into the statement", () => {
    const hostile = "' OR 1=1 --";
    const { sql, params } = where({ ...anActor(), contractId: hostile, bankId: hostile }, "read", "Certificate");
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
      holderId: ids.users, userId: ids.users, holderKind: ["MASTER", "PUBLIC"], contractId: ids.contracts, bankId: ids.banks,
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
        const ability = createMongoAbility(rules.map(([action, conditions]) => ({ action, subject: name, conditions })));
        for (const action of ruleActions) {
          instead = ability;
          const yes = rowsOf[name].filter((row) => ability.can(action, caslSubject(name, { ...row }))).map(({ id }) => id);
          expect(await selected(name, where(anActor(), action, name))).toEqual(yes);
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
    expect(() => whereFor(anActor(), "read", "User", { userId: "t.id", bankId: "t.bank_id" } as never)).toThrow("no column for the fact contractId");
    expect(() => whereFor(anActor(), "read", "User", {} as never)).toThrow("no column for the fact");
  });

  it("throw for an actor that lacks what they ask about", () => {
    expect(() => where({ ...anActor(), contractId: undefined as never }, "read", "User")).toThrow("without a value for contractId");
  });
});
