import fc from "fast-check";
import { checkedText, folded, isStorable, searchable } from "../../src/foundation/text.js";

describe("text that is stored", () => {
  it.each([
    ["nothing", ""],
    ["Japanese", "経理　太郎 ﾃｽﾄ 𠮷野家"],
    ["an emoji of several characters", "👩‍👩‍👧"],
    ["lines", "one\ntwo\r\nthree"],
    ["combining marks", "か\u3099"],
    ["markup, which is text like any other", "<script>'; DROP TABLE users; --"],
  ])("may be %s, and stays as it is", (_what, text) => {
    expect(checkedText(text, 200, ["note"])).toBe(text);
  });

  it("may have every character but control characters, marks that turn the reading direction, and halves of characters", () => {
    const refused = Array.from({ length: 0x11_0000 }, (_, code) => code).filter((code) => !isStorable(String.fromCodePoint(code)));
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
    expect(refused).toEqual([...range(0x00, 0x09), 0x0b, 0x0c, ...range(0x0e, 0x1f), ...range(0x7f, 0x9f), 0x061c, 0x200e, 0x200f, ...range(0x2028, 0x202e), ...range(0x2066, 0x2069), ...range(0xd800, 0xdfff)]);
  });

  it.each([
    ["a NUL", "a\u0000b"],
    ["an escape, with which a terminal is fooled", "\u001b[2J"],
    ["its one-character form", "\u009b2J"],
    ["a tab", "a\tb"],
    ["a mark that shows an account number backwards", "\u202e7654321"],
    ["half a character", "a\ud800b"],
    ["two halves in the wrong order", "\udc00\ud800"],
  ])("may not have %s", (_what, text) => {
    expect(() => checkedText(text, 200, ["note"])).toThrow(expect.objectContaining({ code: "INVALID_TEXT", path: ["note"] }) as Error);
  });

  it.each(["a", "字", "𠮷", "🏦"])("has its length counted in characters as people count %s", (character) => {
    expect(checkedText(character.repeat(10), 10, ["note"])).toBe(character.repeat(10));
    expect(() => checkedText(character.repeat(11), 10, ["note"])).toThrow(expect.objectContaining({ code: "TEXT_TOO_LONG", path: ["note"] }) as Error);
  });
});

describe("folded text", () => {
  it.each([
    ["capitals", "TARO", "taro"],
    ["full width", "ＴＡＲＯ００１", "taro001"],
    ["half-width kana", "ｹｲﾘ ﾊﾟｰﾄ", "ケイリ パート"],
    ["full-width blanks", "経理　太郎", "経理 太郎"],
    ["marks apart from their kana", "か\u3099", "が"],
    ["circled figures", "①", "1"],
  ])("makes one of %s", (_what, text, form) => {
    expect(folded(text)).toBe(form);
  });

  it("tells apart what people tell apart", () => {
    expect(new Set(["は", "ば", "ぱ", "ハ", "経", "軽"].map(folded)).size).toBe(6);
  });

  it("isn't changed by folding it again", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => folded(folded(text)) === folded(text)));
  });
});

describe("text to be searched", () => {
  it("is folded, and as long as its column, however much folding lengthens it", () => {
    expect(searchable("ｹｲﾘ ＡＢＣ")).toBe("ケイリ abc");
    expect(searchable("㌖".repeat(60))).toBe(`${"キロメートル".repeat(16)}キロメー`);
    expect(searchable("𠮷".repeat(101))).toBe("𠮷".repeat(100)); // never half a character
  });
});
