import { roles, type Role } from "../../src/policy/Actor.js";
import { whyNot } from "../../src/policy/authorize.js";
import { menuFor, menuItems, type MenuItem } from "../../src/policy/menu.js";
import { anActor } from "../support/anActor.js";

const MANUAL: MenuItem[] = ["ID_MAINTENANCE", "ID_UNLOCK", "CALENDAR", "USAGE_HISTORY", "CONTRACT_STOP"];

describe("the menu 【管理機能】", () => {
  it("has the manual's five items, in the manual's order", () => {
    expect(menuItems).toEqual(MANUAL);
  });

  it.each([
    ["MASTER", MANUAL],
    ["PUBLIC", []],
    ["ENROLLEE", []],
    ["PASSWORD_CHANGER", []],
    ["BANK_OPERATOR", []], // which unlocks and reads histories too, but at its own desk
  ] as [Role, MenuItem[]][])("shows %s %j", (role, items) => {
    expect(menuFor(anActor(role))).toEqual(items);
  });

  it("shows a customer just what the rulebook lets it do in its own contract", () => {
    const contract = { contractId: "here", bankId: "bank" };
    const aPublicId = { userId: "other", userKind: "PUBLIC", ...contract } as const;
    for (const role of roles.filter((one) => one !== "BANK_OPERATOR")) {
      const actor = anActor(role);
      const may: Record<MenuItem, boolean> = {
        ID_MAINTENANCE: (["read", "register", "update", "deregister", "suspend"] as const).every((action) => whyNot(actor, action, "User", aPublicId) === undefined),
        ID_UNLOCK: whyNot(actor, "unlock", "User", aPublicId) === undefined,
        CALENDAR: whyNot(actor, "editCalendar", "Contract", contract) === undefined,
        USAGE_HISTORY: whyNot(actor, "read", "UsageRecord", contract) === undefined,
        CONTRACT_STOP: whyNot(actor, "stop", "Contract", contract) === undefined,
      };
      expect([role, menuFor(actor)]).toEqual([role, MANUAL.filter((item) => may[item])]);
    }
  });

  it.each(["", "ADMIN", "__proto__"])("is not shown to the unknown role %j", (role) => {
    expect(() => menuFor(anActor(role as Role))).toThrow();
  });
});
