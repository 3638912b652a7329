import { gramsIn, gramsOf } from "../../src/foundation/grams.js";

describe("the pieces of a text", () => {
  it("are all of one to four characters, each once", () => {
    expect(gramsOf("aba").sort()).toEqual(["a", "ab", "aba", "b", "ba"].sort());
    expect(gramsOf("経理担当者").filter((gram) => gram.length === 4)).toEqual(["経理担当", "理担当者"]);
    expect(gramsOf("")).toEqual([]);
  });

  it("go by characters, also where one is two units long", () => {
    expect(gramsOf("𠮷野🙂").sort()).toEqual(["𠮷", "𠮷野", "𠮷野🙂", "野", "野🙂", "🙂"].sort());
  });

  it("have no space at their end, which a database may not see", () => {
    expect(gramsOf("a b  ").filter((gram) => gram.endsWith(" "))).toEqual([]);
    expect(gramsOf("2 a")).toContain("2␣");
  });
});

describe("the pieces that a text is looked for by", () => {
  it.each([["林"], ["経理"], ["営業部"], ["担当役席"]])("are %j itself", (text) => {
    expect(gramsIn(text)).toEqual([text]);
  });

  it("are its longest ones, and no more than eight of a long text", () => {
    expect(gramsIn("keir002")).toEqual(["keir", "eir0", "ir00", "r002"]);
    const many = gramsIn(Array.from({ length: 100 }, (_none, index) => String.fromCodePoint(0x4e00 + index)).join(""));
    expect(many).toHaveLength(8);
    expect(many.every((gram) => gram.length === 4)).toBe(true);
  });

  it("are among the pieces of whatever contains it", () => {
    const whole = "keir002 経理担当役席者 𠮷野";
    const characters = Array.from(whole);
    for (let from = 0; from < characters.length; from++) {
      for (let to = from + 1; to <= characters.length; to++) {
        const grams = new Set(gramsOf(whole));
        expect(gramsIn(characters.slice(from, to).join("")).filter((gram) => !grams.has(gram))).toEqual([]);
      }
    }
  });
});
