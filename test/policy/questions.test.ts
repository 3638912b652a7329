import { roles } from "../../src/policy/Actor.js";
import { deeds } from "../../src/policy/deeds.js";
import { actionsOn } from "../../src/policy/permissionTable.js";
import { questions } from "../../src/policy/questions.js";
import { abilityOf, mayEver, needsTwoOperators } from "../../src/policy/rulebook.js";
import { anActor } from "../support/anActor.js";

describe("the table of questions", () => {
  it("names for every query a rule that the permission table shows, and that some role has", () => {
    for (const [name, needs] of Object.entries(questions)) {
      if (typeof needs === "string") continue;
      expect([name, actionsOn[needs.on]]).toEqual([name, expect.arrayContaining([needs.rule])]);
      expect([name, roles.filter((role) => mayEver(abilityOf(anActor(role)), needs.rule, needs.on))]).not.toEqual([name, []]);
    }
  });

  it("lets nobody ask without a session but who is signed in, and what codes mean", () => {
    expect(Object.keys(questions).filter((name) => questions[name] === "NOTHING")).toEqual(["viewer", "bankViewer", "errorCatalog"]);
  });
});

it("what a deed asks a colleague to approve takes two", () => {
  const asking = Object.entries(deeds).filter(([, { asksFor }]) => asksFor);
  expect(asking.map(([name]) => name)).toEqual(["requestReissue", "requestUnlock", "requestStart"]);
  for (const [name, { asksFor }] of asking) expect([name, asksFor && needsTwoOperators("BANK_OPERATOR", asksFor.rule, asksFor.on)]).toEqual([name, true]);
});
