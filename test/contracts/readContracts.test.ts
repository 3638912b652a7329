import { contractsByIds, findContracts, type ContractFacts, type ContractFilter } from "../../src/contracts/readContracts.js";
import type { Cursor } from "../../src/foundation/database/cursor.js";
import { newId } from "../../src/foundation/ids.js";
import { Contract, newContract } from "../../src/identity/Contract.js";
import type { Actor } from "../../src/policy/Actor.js";
import { Company } from "../../src/users/Company.js";
import { anotherBank, Counter } from "../support/Counter.js";
import { House, THE_MORNING, type Tenant } from "../support/House.js";

let house: House;
let counter: Counter;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
// A bank of its own for each test, so that its contracts are.
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  counter = await Counter.open(house, await anotherBank(house));
});

const PAGE = { first: 100, after: null };
const found = async (filter: ContractFilter = {}, by: Actor = counter.operator) => (await findContracts(house.desk, by, filter, PAGE)).rows.map(({ name }) => name);

/** A contract of the counter's bank. */
async function aContract(name: string, facts: Partial<Contract> = {}): Promise<Contract> {
  const contract = newContract({ id: newId(THE_MORNING), bankId: counter.tenant.bank.id, name, createdAt: THE_MORNING, ...facts });
  await house.db.transaction((tx) => tx.insert(Contract, contract));
  return contract;
}

async function aCompany(contract: Contract, code: string): Promise<void> {
  const company: Company = {
    id: newId(THE_MORNING), contractId: contract.id, name: "利用企業", code, branchCode: "090", branchName: "本部090", accountKind: "ORDINARY",
    accountNumber: "1000900", offersBulkTransfer: true, offersPayroll: false, offersAdHocTransfer: true, offersDirectDebit: false,
  };
  await house.db.transaction((tx) => tx.insert(Company, company));
}

describe("the list of contracts", () => {
  it("shows an operator its bank's, by name, and no other bank's", async () => {
    await aContract("ｱ商事");
    await aContract("B商事");
    expect(await found()).toEqual(["B商事", "ｱ商事", counter.tenant.contract.name]);
    const elsewhere = await Counter.open(house, await anotherBank(house));
    expect(await found({}, elsewhere.operator)).toEqual([elsewhere.tenant.contract.name]);
  });

  it("shows everybody else its own contract, whoever it is", async () => {
    await aContract("商事");
    const { master, taro, hana, contract } = counter.tenant;
    const everybody = [
      await house.signedIn(master), await house.signedIn(taro), await house.signedIn(hana, { isEnrollOnly: true }),
    ];
    for (const actor of everybody) expect(await found({}, actor)).toEqual([contract.name]);
    expect(await found({}, await house.signedIn(taro, { passwordsDue: "INITIAL" }))).toEqual([contract.name]);
  });

  it("tells of each what is stored, and its bank's default", async () => {
    const contract = await aContract("ＫＡＳＨＩＭＡＩ", { adHocLimit: 5_000, stoppedAt: THE_MORNING, lastSignInAt: THE_MORNING, version: 7, signInMethod: "CERTIFICATE" });
    const [facts] = await contractsByIds(house.desk, counter.operator, [contract.id]);
    expect(facts).toEqual({
      id: contract.id, version: 7, name: "ＫＡＳＨＩＭＡＩ", searchText: "kashimai", bankCode: counter.tenant.bank.code, bankName: "他信用金庫",
      signInMethod: "CERTIFICATE", stoppedAt: THE_MORNING, lastSignInAt: THE_MORNING, adHocTransferLimit: 5_000, defaultAdHocTransferLimit: 10_000,
    } satisfies ContractFacts);
  });

  it("tells when one of its IDs last signed in to whoever may read the history, and to nobody else", async () => {
    const { master, taro, contract } = counter.tenant;
    await house.db.transaction((tx) => tx.update(Contract, { id: contract.id }, { lastSignInAt: THE_MORNING }));
    const told: [Actor, Date | null][] = [
      [counter.operator, THE_MORNING], [await house.signedIn(master), THE_MORNING], [await house.signedIn(taro), null],
      [await house.signedIn(master, { isEnrollOnly: true }), null], [await house.signedIn(taro, { isEnrollOnly: true }), null],
      [await house.signedIn(master, { passwordsDue: "FORCED" }), null], [await house.signedIn(taro, { passwordsDue: "INITIAL" }), null],
    ];
    for (const [actor, lastSignInAt] of told) {
      expect(await contractsByIds(house.desk, actor, [contract.id])).toMatchObject([{ id: contract.id, lastSignInAt }]);
      expect((await findContracts(house.desk, actor, {}, PAGE)).rows).toMatchObject([{ id: contract.id, lastSignInAt }]);
    }
  });

  it("tells stopped ones from the others", async () => {
    await counter.stop();
    const { name } = await aContract("商事");
    expect(await found({ isStopped: true })).toEqual([counter.tenant.contract.name]);
    expect(await found({ isStopped: false })).toEqual([name]);
  });

  it("goes by pages in the order of names, also where two have the same", async () => {
    for (const name of ["b", "同名", "同名", "a", "同名", "c"]) await aContract(name);
    const all = await findContracts(house.desk, counter.operator, {}, PAGE);
    expect(all.rows).toHaveLength(7);
    for (const first of [1, 2, 3, 7]) {
      const seen: string[] = [];
      for (let after: Cursor | null = null; ; ) {
        const page = await findContracts(house.desk, counter.operator, {}, { first, after });
        expect(await page.count()).toEqual({ total: 7, isCapped: false });
        seen.push(...page.rows.map(({ id }) => id));
        const last = page.rows.at(-1);
        if (!page.hasNextPage || !last) break;
        after = { key: last.searchText, id: last.id };
      }
      expect(seen).toEqual(all.rows.map(({ id }) => id));
    }
  });
});

describe("a contract is found", () => {
  let kashimai: Contract;

  beforeEach(async () => {
    kashimai = await aContract("カシマイ 100%");
    await aContract("アカツキ商事");
    await aCompany(kashimai, "0010000001");
  });

  it.each([
    ["any part of its name", "シマ"],
    ["its name in half width", "ｶｼﾏｲ"],
    ["a percent sign that means itself", "0%"],
    ["a company code, whole", "0010000001"],
    ["a company code in full width", " ００１００００００１"],
  ])("by %s", async (_by, text) => {
    expect(await found({ text })).toEqual([kashimai.name]);
  });

  it.each(["keir09", "ＫＥＩＲ０９", " Keir09 "])("by the login ID %j of one of its IDs", async (text) => {
    await house.aUser(kashimai, { loginId: "keir09" });
    expect(await found({ text })).toEqual([kashimai.name]);
  });

  it.each(["001000000", "10000001", "keir0", "_", "' OR '1'='1", "nobody"])("by no part of a code or an ID, and nothing else: %j", async (text) => {
    await house.aUser(kashimai, { loginId: "keir09" });
    expect(await found({ text })).toEqual([]);
  });

  it("once, by whatever of it fits, and all of them for no text", async () => {
    await aCompany(kashimai, "0010000002");
    await house.aUser(kashimai, { loginId: "0010000001" });
    expect(await found({ text: "0010000001" })).toEqual([kashimai.name]);
    expect(await found({ text: "" })).toEqual(await found());
  });

  it("by another bank's staff never, by nothing of it", async () => {
    await house.aUser(kashimai, { loginId: "keir09" });
    const elsewhere = await Counter.open(house, await anotherBank(house));
    for (const text of ["カシマイ", "0010000001", "keir09"]) expect(await found({ text }, elsewhere.operator)).toEqual([]);
  });

  it("by a Public ID not through what it may not see: the search is no oracle", async () => {
    const { taro, master, contract }: Tenant = counter.tenant;
    await aCompany(contract, "0010000003");
    const [asTaro, asMaster] = [await house.signedIn(taro), await house.signedIn(master)];
    expect(await found({ text: taro.loginId }, asTaro)).toEqual([contract.name]);
    for (const text of [master.loginId, "0010000003"]) {
      expect(await found({ text }, asTaro)).toEqual([]);
      expect(await found({ text }, asMaster)).toEqual([contract.name]);
    }
  });
});

it("contracts by id come in the order that was asked for, null for what is foreign and for what is unknown, alike", async () => {
  const elsewhere = await Counter.open(house, await anotherBank(house));
  const own = counter.tenant.contract.id;
  const wanted = [newId(THE_MORNING), own, elsewhere.tenant.contract.id, "", "' OR 1=1 --", own];
  const ids = (await contractsByIds(house.desk, counter.operator, wanted)).map((contract) => contract?.id ?? null);
  expect(ids).toEqual([null, own, null, null, null, own]);
  expect(await contractsByIds(house.desk, counter.operator, [])).toEqual([]);
  expect(await contractsByIds(house.desk, await house.signedIn(counter.tenant.taro), [own])).toMatchObject([{ id: own }]);
});
