import { editClosedDays, type EditClosedDays } from "../../src/calendar/editClosedDays.js";
import { ClosedDay } from "../../src/calendar/ClosedDays.js";
import { Bank } from "../../src/identity/Bank.js";
import { Contract } from "../../src/identity/Contract.js";
import type { Actor } from "../../src/policy/Actor.js";
import { House, PASSWORD, type Caller, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;
let master: Caller;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
});

const edit = (changes: Partial<EditClosedDays>, actor: Actor = master) => editClosedDays(house.desk, actor, { add: [], remove: [], ...changes });
const closedDays = async (of = tenant) => {
  const rows = await house.db.reads.find(ClosedDay, { where: { contractId: of.contract.id }, order: { day: "ASC" } });
  return rows.map(({ day, name }) => `${day} ${name}`);
};
const lastEntry = async () => (await house.history(tenant.contract)).at(-1);
const FOUNDING = { day: "2026-12-28", name: "創立記念日" };
const SUMMER = { day: "2027-08-12", name: "夏季休業" };

describe("the contract's closed days", () => {
  it("are added and removed by its Master, in one go", async () => {
    await edit({ add: [FOUNDING, SUMMER] });
    expect(await closedDays()).toEqual(["2026-12-28 創立記念日", "2027-08-12 夏季休業"]);
    await edit({ add: [{ day: "2028-02-29", name: "閏日" }], remove: [FOUNDING.day] });
    expect(await closedDays()).toEqual(["2027-08-12 夏季休業", "2028-02-29 閏日"]);
  });

  it("get the new name when they are there already", async () => {
    await edit({ add: [FOUNDING] });
    await edit({ add: [{ ...FOUNDING, name: "全社休業" }] });
    expect(await closedDays()).toEqual(["2026-12-28 全社休業"]);
  });

  it("are removed without an error when they aren't there", async () => {
    await edit({ remove: [FOUNDING.day] });
    expect(await closedDays()).toEqual([]);
  });

  it("may be 100 changes at once, with names of 60 characters", async () => {
    const days = Array.from({ length: 100 }, (_, index) => new Date(Date.UTC(2027, 0, 1 + index)).toISOString().slice(0, 10));
    const name = "𠮷".repeat(60);
    await edit({ add: days.slice(0, 99).map((day) => ({ day, name })), remove: days.slice(99) });
    expect(await closedDays()).toEqual(days.slice(0, 99).map((day) => `${day} ${name}`));
    expect(JSON.parse((await lastEntry())?.after ?? "")).toMatchObject({ "2027-01-01": name });
  });

  it("are the contract's own: a Master of another edits its own and sees nothing of these", async () => {
    const theirs = await house.aTenant();
    await edit({ add: [FOUNDING] });
    await edit({ add: [SUMMER], remove: [FOUNDING.day] }, await house.signedIn(theirs.master));
    expect(await closedDays()).toEqual(["2026-12-28 創立記念日"]);
    expect(await closedDays(theirs)).toEqual(["2027-08-12 夏季休業"]);
    const [entry] = (await house.history(theirs.contract)).slice(-1);
    expect(entry).toMatchObject({ before: '{"2026-12-28":null,"2027-08-12":null}' });
  });

  it("are an entry of the history, each day with what it was called and is", async () => {
    await edit({ add: [FOUNDING] });
    await edit({ add: [SUMMER], remove: [FOUNDING.day], note: "来年の予定" });
    expect(await lastEntry()).toMatchObject({
      action: "CLOSED_DAYS_EDIT", outcome: "SUCCEEDED", actorId: tenant.master.id, note: "来年の予定",
      before: '{"2026-12-28":"創立記念日","2027-08-12":null}', after: '{"2026-12-28":null,"2027-08-12":"夏季休業"}',
    });
  });

  it("are all there after many edits at once", async () => {
    const days = Array.from({ length: 10 }, (_, index) => `2027-03-${String(index + 10)}`);
    await Promise.all(days.map((day) => edit({ add: [{ day, name: day }, { ...FOUNDING, name: `最後は${day}` }] })));
    const [founding, ...others] = await closedDays();
    expect(founding).toMatch(/^2026-12-28 最後は2027-03-1\d$/);
    expect(others).toEqual(days.map((day) => `${day} ${day}`));
    const entries = (await house.history(tenant.contract)).filter(({ action }) => action === "CLOSED_DAYS_EDIT");
    expect(entries.map(({ outcome }) => outcome)).toEqual(days.map(() => "SUCCEEDED"));
  });
});

/** What a refusal looks like: its first field, and the others that were refused with it. */
async function expectRefused(attempt: Promise<unknown>, refusals: [code: string, path: string][], of: Tenant | null = tenant): Promise<void> {
  const [[code, path] = ["", ""], ...also] = refusals;
  const error = await attempt.then(() => null, (thrown: unknown) => thrown);
  const pathOf = (text: string) => (text === "" ? undefined : text.split("."));
  expect(error).toMatchObject({ code, also: also.map(([its, where]) => ({ code: its, path: pathOf(where) })) });
  expect(error).toHaveProperty("path", pathOf(path));
  const entry = (await house.history(of?.contract)).at(-1);
  expect(entry).toMatchObject({ action: "CLOSED_DAYS_EDIT", outcome: "REFUSED", code, after: null });
}

describe("a form that is refused", () => {
  const many = Array.from({ length: 101 }, (_, index) => new Date(Date.UTC(2027, 0, 1 + index)).toISOString().slice(0, 10));

  it.each<[string, Partial<EditClosedDays>, [string, string][]]>([
    ["the 29th of February where there is none", { add: [{ ...FOUNDING, day: "2027-02-29" }] }, [["DATE_INVALID", "add.0.day"]]],
    ["a day before 2000", { add: [{ ...FOUNDING, day: "1999-12-31" }] }, [["DATE_INVALID", "add.0.day"]]],
    ["a day after 2099", { remove: ["2100-01-01"] }, [["DATE_INVALID", "remove.0"]]],
    ["a date in another form", { remove: [FOUNDING.day, "2026/12/29"] }, [["DATE_INVALID", "remove.1"]]],
    ["an empty name", { add: [SUMMER, { ...FOUNDING, name: "" }] }, [["VALUE_REQUIRED", "add.1.name"]]],
    ["a name of blanks", { add: [{ ...FOUNDING, name: " 　" }] }, [["VALUE_REQUIRED", "add.0.name"]]],
    ["a name of 61 characters", { add: [{ ...FOUNDING, name: "あ".repeat(61) }] }, [["TEXT_TOO_LONG", "add.0.name"]]],
    ["a name over two lines", { add: [{ ...FOUNDING, name: "創立\n記念日" }] }, [["INVALID_TEXT", "add.0.name"]]],
    ["a name that turns the reading direction", { add: [{ ...FOUNDING, name: "創立\u202E" }] }, [["INVALID_TEXT", "add.0.name"]]],
    ["a day given twice", { add: [FOUNDING, FOUNDING] }, [["GIVEN_TWICE", "add.1.day"]]],
    ["a day that is to come and to go", { add: [FOUNDING], remove: [FOUNDING.day] }, [["GIVEN_TWICE", "remove.0"]]],
    ["nothing at all", {}, [["VALUE_REQUIRED", "add"]]],
    ["101 changes", { add: [FOUNDING], remove: many.slice(0, 100) }, [["TOO_MANY_AT_ONCE", "add"]]],
    ["a note that is too long", { add: [FOUNDING], note: "あ".repeat(201) }, [["TEXT_TOO_LONG", "note"]]],
    [
      "everything wrong, all of it at once",
      { add: [{ day: "2026-02-30", name: "" }, SUMMER, { day: SUMMER.day, name: "あ".repeat(61) }], remove: ["tomorrow", SUMMER.day] },
      [
        ["DATE_INVALID", "add.0.day"], ["VALUE_REQUIRED", "add.0.name"], ["GIVEN_TWICE", "add.2.day"], ["TEXT_TOO_LONG", "add.2.name"],
        ["DATE_INVALID", "remove.0"], ["GIVEN_TWICE", "remove.1"],
      ],
    ],
  ])("for %s changes nothing and is remembered", async (_what, changes, refusals) => {
    await edit({ add: [{ day: "2026-12-29", name: "年末" }] });
    const before = await house.snapshot();
    await expectRefused(edit(changes), refusals);
    expect(await house.snapshot()).toEqual(before);
  });
});

describe("who may not edit them", () => {
  it.each([
    ["a Public ID", () => house.signedIn(tenant.taro), "MASTER_ONLY"],
    ["a Master without its certificate", () => house.signedIn(tenant.master, { isEnrollOnly: true }), "CERTIFICATE_REQUIRED"],
    ["a Master whose passwords are due", () => house.signedIn(tenant.master, { passwordsDue: "INITIAL" }), "PASSWORD_CHANGE_REQUIRED"],
    ["the bank's staff", async () => house.atTheDesk(await house.anOperator()), "MASTER_ONLY"],
  ])("%s: refused before the form is looked at, nothing changed, and remembered", async (_who, who, code) => {
    await edit({ add: [FOUNDING] });
    const actor = await who();
    const before = await house.snapshot();
    await expectRefused(edit({ add: [{ day: "nonsense", name: "" }], remove: [FOUNDING.day] }, actor), [[code, ""]], actor.contractId ? tenant : null);
    expect(await house.snapshot()).toEqual(before);
  });

  it("a Master whose contract is stopped", async () => {
    await house.db.transaction((tx) => tx.update(Contract, { id: tenant.contract.id }, { stoppedAt: house.clock.now() }));
    await expectRefused(edit({ add: [FOUNDING] }), [["CONTRACT_STOPPED", ""]]);
    expect(await closedDays()).toEqual([]);
  });

  it("a Master whose session ended", async () => {
    await house.signedIn(tenant.master);
    await expect(edit({ add: [FOUNDING] })).rejects.toMatchObject({ why: "SESSION_ENDED" });
    expect(await closedDays()).toEqual([]);
  });
});

describe("where the bank asks for the registration password", () => {
  beforeAll(() => house.db.transaction((tx) => tx.update(Bank, { id: house.bank.id }, { asksRegistrationPassword: true })));

  it("an edit without it, or with a wrong one, is refused and changes nothing", async () => {
    await expectRefused(edit({ add: [FOUNDING] }), [["REGISTRATION_PASSWORD_REQUIRED", "registrationPassword"]]);
    await expectRefused(edit({ add: [FOUNDING], registrationPassword: "Wrong-pass-1" }), [["REGISTRATION_PASSWORD_WRONG", "registrationPassword"]]);
    expect(await closedDays()).toEqual([]);
  });

  it("an edit with it is done", async () => {
    await edit({ add: [FOUNDING], registrationPassword: PASSWORD });
    expect(await closedDays()).toEqual(["2026-12-28 創立記念日"]);
  });
});
