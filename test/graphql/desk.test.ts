import type { FastifyInstance } from "fastify";
import { newId } from "../../src/foundation/ids.js";
import { globalId } from "../../src/graphql/globalId.js";
import { findHistory } from "../../src/history/readHistory.js";
import { savedOperations } from "../../src/http/savedOperations.js";
import type { User } from "../../src/identity/User.js";
import { Company } from "../../src/users/Company.js";
import { anotherBank, Counter } from "../support/Counter.js";
import { codes, graphql } from "../support/graphql.js";
import { House, PASSWORD, THE_MORNING, type Caller, type DeskCaller } from "../support/House.js";

let house: House;
let door: FastifyInstance;
let counter: Counter;
let elsewhere: Counter;

beforeAll(async () => {
  house = await House.open();
  door = await house.door();
});
afterAll(async () => {
  await door.close();
  await house.close();
});
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  counter = await Counter.open(house);
  elsewhere = await Counter.open(house, await anotherBank(house));
});

const operations = new Map(savedOperations().map(({ name, query }) => [name, query]));
type By = Caller | DeskCaller | string | null;
async function ask<T>(by: By, query: string, variables: object = {}): Promise<T> {
  const { data, errors } = await graphql<T>(door, by, operations.get(query) ?? query, variables);
  expect(errors).toEqual([]);
  return data;
}
const id = ({ id: userId }: Pick<User, "id">) => globalId("User", userId);

describe("an operator finds", () => {
  const users = async (by: By, filter: object) => (await ask<{ users: { nodes: { loginId: string }[] } }>(by, "03-users", { filter })).users.nodes.map(({ loginId }) => loginId);
  const contracts = async (by: By, text: string) => (await ask<{ contracts: { nodes: { name: string }[] } }>(by, "32-contracts", { filter: { text } })).contracts.nodes.map(({ name }) => name);
  const bySerial = async (by: By, serialNumber: string) =>
    (await ask<{ certificate: object | null }>(by, "query ($serialNumber: SerialNumber) { certificate(serialNumber: $serialNumber) { holder { loginId contract { name } } } }", { serialNumber })).certificate;

  it("a contract by its name, a company's code or a login ID; a user by login ID or name; and by a serial, whose it is", async () => {
    const { contract, taro, hana } = counter.tenant;
    const company: Company = {
      id: newId(THE_MORNING), contractId: contract.id, name: "カシマイ", code: "0010000001", branchCode: "090", branchName: "本部090", accountKind: "ORDINARY",
      accountNumber: "1000900", offersBulkTransfer: true, offersPayroll: true, offersAdHocTransfer: true, offersDirectDebit: true,
    };
    await house.db.transaction((tx) => tx.insert(Company, company));
    const { serialNumber } = await house.aCertificate(taro);

    for (const text of [contract.name, "0010000001", taro.loginId]) {
      expect(await contracts(counter.operator, text)).toEqual([contract.name]);
      expect(await contracts(elsewhere.operator, text)).toEqual([]);
    }
    expect(await users(counter.operator, { text: taro.loginId })).toEqual([taro.loginId]);
    expect(await users(counter.operator, { text: "花子", contractId: globalId("Contract", contract.id) })).toEqual([hana.loginId]);
    expect(await bySerial(counter.operator, serialNumber)).toEqual({ holder: { loginId: taro.loginId, contract: { name: contract.name } } });
    expect(await bySerial(elsewhere.operator, serialNumber)).toBeNull();
    for (const filter of [{ text: taro.loginId }, { contractId: globalId("Contract", contract.id) }]) expect(await users(elsewhere.operator, filter)).toEqual([]);
  });

  it("of its bank everybody, with the contract of each", async () => {
    const { users: { nodes } } = await ask<{ users: { nodes: { contract: { id: string } }[] } }>(elsewhere.operator, "{ users { nodes { contract { id } } } }");
    expect(nodes.map((user) => user.contract.id)).toEqual(Array(3).fill(globalId("Contract", elsewhere.tenant.contract.id)));
  });

  it("nobody by an id that is none of a contract's", async () => {
    for (const contractId of ["", "x", id(counter.tenant.taro), globalId("Contract", newId(THE_MORNING))]) {
      expect(await users(counter.operator, contractId === "" ? { contractId: "ctr_" } : { contractId })).toEqual([]);
    }
  });
});

it("an operator revokes anyone's certificate on the telephone, the Master's, too", async () => {
  for (const holder of [counter.tenant.master, counter.tenant.taro]) {
    const certificate = await house.aCertificate(holder);
    const input = { certificateId: globalId("Certificate", certificate.id), reason: "KEY_COMPROMISE", note: "紛失の連絡" };
    const { revokeCertificate } = await ask<{ revokeCertificate: object }>(counter.operator, "07-revoke-certificate", { input });
    expect(revokeCertificate).toMatchObject({ user: { id: id(holder), version: 2 }, certificate: { status: "REVOKED" }, userErrors: [] });
    expect((await house.history(counter.tenant.contract)).at(-1)).toMatchObject({ action: "CERTIFICATE_REVOKE", actorId: counter.operator.userId, targetUserId: holder.id });
  }
});

it.each([
  ["a Master's certificate", () => counter.tenant.master, "APPROVAL_REQUIRED"],
  ["a Public ID's certificate", () => counter.tenant.taro, "MASTER_ONLY"],
] as const)("an operator alone reissues nothing: not %s", async (_whose, holder, code) => {
  const before = await house.snapshot();
  const { reissueCertificate } = await ask<{ reissueCertificate: object }>(counter.operator, "05-reissue-certificate", { input: { userId: id(holder()), expectedVersion: 1 } });
  expect(reissueCertificate).toMatchObject({ certificate: null, enrollmentCode: null, userErrors: [{ code }] });
  expect(await house.snapshot()).toEqual(before);
});

describe("the staff's session", () => {
  it("is bankViewer's and not viewer's, a customer's the other way round, and nobody's neither's", async () => {
    const both = "{ viewer { user { loginId } } bankViewer { operator { loginId } } }";
    const { loginId } = counter.operator;
    expect(await ask(counter.operator, both)).toEqual({ viewer: null, bankViewer: { operator: { loginId } } });
    const master = await house.signedIn(counter.tenant.master);
    expect(await ask(master, both)).toEqual({ viewer: { user: { loginId: master.loginId } }, bankViewer: null });
    expect(await ask(null, both)).toEqual({ viewer: null, bankViewer: null });
  });

  it("goes on with the token that the sign-in gave, until the next sign-in or the sign-out", async () => {
    interface SignedIn { signInOperator: { sessionToken: string; bankViewer: { previousSignInAt: string | null } } }
    const signIn = async () => (await ask<SignedIn>(null, "30-sign-in-operator", { input: { bankCode: "5120", loginId: counter.operator.loginId, password: PASSWORD } })).signInOperator;
    const first = await signIn();
    expect(first.bankViewer.previousSignInAt).toBe(THE_MORNING.toISOString());
    expect(await ask(first.sessionToken, "31-bank-viewer")).toMatchObject({ bankViewer: { operator: { loginId: counter.operator.loginId } } });
    const second = await signIn();
    expect(codes(await graphql(door, first.sessionToken, "{ bankViewer { bankCode } }"))).toEqual(["UNAUTHENTICATED"]);
    await ask(second.sessionToken, "12-sign-out");
    expect(codes(await graphql(door, second.sessionToken, "{ bankViewer { bankCode } }"))).toEqual(["UNAUTHENTICATED"]);
  });

  it("is opened also by whoever still sends the token of one that is over", async () => {
    await ask(counter.operator, "12-sign-out");
    const input = { bankCode: "5120", loginId: counter.operator.loginId, password: PASSWORD };
    const { signInOperator } = await ask<{ signInOperator: object }>(counter.operator, "30-sign-in-operator", { input });
    expect(signInOperator).toMatchObject({ sessionToken: expect.any(String) as string, userErrors: [] });
  });

  it("has its malformed and its belated attempts on record, as its bank's and nobody else's", async () => {
    const own = async () => (await house.history()).filter(({ actorId }) => actorId === counter.operator.userId).at(-1);
    const { errors } = await graphql(door, counter.operator, operations.get("38-approve-request") ?? "", { input: {} });
    expect(codes({ errors })).toEqual(["BAD_USER_INPUT"]);
    expect(await own()).toMatchObject({ action: "REQUEST_APPROVE", outcome: "REFUSED", code: "BAD_REQUEST", actorRole: "BANK_OPERATOR", bankId: house.bank.id, contractId: null });
    await ask(counter.operator, "12-sign-out");
    const input = { requestId: globalId("ApprovalRequest", newId(THE_MORNING)) };
    expect(codes(await graphql(door, counter.operator, operations.get("38-approve-request") ?? "", { input }))).toEqual(["UNAUTHENTICATED"]);
    expect(await own()).toMatchObject({ action: "REQUEST_APPROVE", outcome: "REFUSED", code: "UNAUTHENTICATED", actorRole: "BANK_OPERATOR" });
  });
});

describe("a node of the desk", () => {
  it("is its bank's staff's to fetch, and nobody else's", async () => {
    const request = await counter.requestReissue();
    const nodes = [globalId("ApprovalRequest", request.id), globalId("BankOperator", counter.operator.userId)];
    for (const node of nodes) {
      expect(await ask(counter.colleague, "11-node", { id: node })).toMatchObject({ node: { id: node } });
      for (const other of [elsewhere.operator, await house.signedIn(counter.tenant.master), await house.signedIn(counter.tenant.taro)]) {
        expect(await ask(other, "11-node", { id: node })).toEqual({ node: null });
      }
    }
  });

  it("tells an operator's id from a user's", async () => {
    for (const kind of ["User", "Contract", "ApprovalRequest"] as const) expect(await ask(counter.colleague, "11-node", { id: globalId(kind, counter.operator.userId) })).toEqual({ node: null });
  });
});

it("of an open request each of the bank's staff is told whether it may decide; of another none", async () => {
  const mayDecide = async (by: DeskCaller, request: string) =>
    (await ask<{ node: { viewerCanDecide: boolean } }>(by, "query ($id: ID!) { node(id: $id) { ... on ApprovalRequest { viewerCanDecide } } }", { id: request })).node.viewerCanDecide;
  const request = await counter.requestReissue();
  const node = globalId("ApprovalRequest", request.id);
  expect([await mayDecide(counter.operator, node), await mayDecide(counter.colleague, node)]).toEqual([false, true]);
  await counter.reject(request);
  expect([await mayDecide(counter.operator, node), await mayDecide(counter.colleague, node)]).toEqual([false, false]);
});

describe("the history of what the bank did", () => {
  interface Entries { usageHistory: { nodes: { action: string; actorId: string | null; actorLoginId: string | null; actorRole: string | null; address: string | null; note: string | null; before: string | null }[] } }
  const read = async (by: By, filter: object = {}) => (await ask<Entries>(by, "10-usage-history", { first: 100, filter })).usageHistory.nodes;

  beforeEach(async () => {
    const { id: certificateId } = await house.aCertificate(counter.tenant.master);
    await counter.approve(await counter.requestReissue({ note: "電話にて佐藤が本人確認" }));
    await ask(counter.operator, "07-revoke-certificate", { input: { certificateId: globalId("Certificate", certificateId), reason: "KEY_COMPROMISE", note: "紛失" } });
  });

  it("shows the Master each deed, and that it was the bank's; of the staff nothing", async () => {
    const master = await house.signedIn(counter.tenant.master);
    const { text } = await graphql(door, master, operations.get("10-usage-history") ?? "", { first: 100 });
    for (const { userId, loginId } of [counter.operator, counter.colleague]) {
      expect(text).not.toContain(userId);
      expect(text).not.toContain(loginId);
    }
    const entries = (await read(master)).filter(({ actorRole }) => actorRole === "BANK_OPERATOR");
    expect(entries.map(({ action }) => action).sort()).toEqual(["CERTIFICATE_REISSUE", "CERTIFICATE_REVOKE", "REISSUE_REQUEST", "REQUEST_APPROVE"]);
    for (const entry of entries) {
      expect(entry).toMatchObject({ actorId: null, actorLoginId: null, address: null, note: null });
      expect(entry.before ?? "{}").not.toContain("requestedBy");
    }
    expect(entries.find(({ action }) => action === "REQUEST_APPROVE")?.before).toMatch(/"status":"OPEN"/);
  });

  it("shows the Master nothing of the staff by an entry's own id, either", async () => {
    const master = await house.signedIn(counter.tenant.master);
    const entry = (await house.history(counter.tenant.contract)).find(({ action }) => action === "REQUEST_APPROVE");
    const query = "query ($id: ID!) { node(id: $id) { ... on UsageRecord { actorId actorLoginId actorRole address note before } } }";
    const { node } = await ask<{ node: { before: string } }>(master, query, { id: globalId("UsageRecord", entry?.id ?? "") });
    expect(node).toMatchObject({ actorId: null, actorLoginId: null, actorRole: "BANK_OPERATOR", address: null, note: null });
    expect(node.before).not.toContain(counter.operator.loginId);
  });

  it("shows the bank's staff who it was", async () => {
    const entry = (await read(counter.colleague)).find(({ action }) => action === "REQUEST_APPROVE");
    expect(entry).toMatchObject({ actorId: globalId("BankOperator", counter.colleague.userId), actorLoginId: counter.colleague.loginId, actorRole: "BANK_OPERATOR", address: "127.0.0.1" });
    expect(entry?.before).toContain(counter.operator.loginId);
  });

  it("is found by who did it, customer or operator; customers find the staff by no id", async () => {
    const master = await house.signedIn(counter.tenant.master);
    await ask(master, "05-reissue-certificate", { input: { userId: id(counter.tenant.taro), expectedVersion: 1 } });
    const actions = async (by: By, actorId: string) => (await read(by, { actorId })).map(({ action }) => action);
    expect(await actions(counter.operator, id(counter.tenant.master))).toContain("CERTIFICATE_REISSUE");
    expect(await actions(counter.operator, globalId("BankOperator", counter.colleague.userId))).toEqual(expect.arrayContaining(["REQUEST_APPROVE", "CERTIFICATE_REISSUE"]));
    for (const kind of ["BankOperator", "User"] as const) expect(await actions(master, globalId(kind, counter.colleague.userId))).toEqual([]);
    expect(await actions(elsewhere.operator, globalId("BankOperator", counter.colleague.userId))).toEqual([]);
  });

  it("is its bank's, what is of no contract included", async () => {
    await graphql(door, null, operations.get("30-sign-in-operator") ?? "", { input: { bankCode: elsewhere.tenant.bank.code, loginId: elsewhere.operator.loginId, password: "Wrong-pass-1" } });
    expect(await read(elsewhere.operator)).toMatchObject([{ action: "OPERATOR_SIGN_IN", actorId: globalId("BankOperator", elsewhere.operator.userId) }]);
    const all = await findHistory(house.desk, counter.operator, {}, { first: 1_000, after: null });
    expect(new Set(all.rows.map(({ bankId }) => bankId))).toEqual(new Set([house.bank.id]));
  });
});
