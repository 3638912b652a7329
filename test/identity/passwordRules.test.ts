import { ordinaryPolicy } from "../../src/identity/Bank.js";
import { brokenRules } from "../../src/identity/passwordRules.js";

/** What the manuals print: 6–12 alphanumerics. */
const asInTheManuals = { passwordShortest: 6, passwordLongest: 12, passwordAllowsMarks: false };

interface Circumstances {
  confirmation?: string | null;
  loginId?: string | null;
  policy?: typeof asInTheManuals;
}

/** Which rules a password breaks, as `field: CODE`, by default for keir002 under the ordinary policy. */
function broken(password: string, { confirmation = password, loginId = "keir002", policy = ordinaryPolicy }: Circumstances = {}) {
  const refusals = brokenRules({ password, confirmation }, loginId, policy, ["new"], ["again"]);
  return refusals.map(({ code, path }) => `${path?.join(".") ?? "?"}: ${code}`);
}

describe("a new password", () => {
  it.each([
    ["8 characters", "abcdefg1"], ["64 characters", `${"a".repeat(63)}1`], ["a digit first", "1abcdefg"], ["capitals", "ABCDEFG1"],
    ["every mark there is", "a1!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"], ["what would be SQL", "a1'; DROP TABLE passwords; --".replaceAll(" ", "_")],
    ["a part of the login ID", "keir-and-002"], ["the login ID backwards", "200riek-x"],
  ])("may have %s", (_what, password) => { expect(broken(password)).toEqual([]); });

  it.each([
    ["7 characters", "abcdef1", ["PASSWORD_TOO_SHORT"]],
    ["65 characters", `${"a".repeat(64)}1`, ["PASSWORD_TOO_LONG"]],
    ["a megabyte", `${"a".repeat(1_000_000)}1`, ["PASSWORD_TOO_LONG"]],
    ["no digit", "abcdefgh", ["PASSWORD_NEEDS_BOTH_KINDS"]],
    ["no letter", "12345678", ["PASSWORD_NEEDS_BOTH_KINDS"]],
    ["neither", "--------", ["PASSWORD_NEEDS_BOTH_KINDS"]],
    ["a space", "abcdefg 1", ["PASSWORD_CHARACTERS_NOT_ALLOWED"]],
    ["a line end", "abcdefg1\n", ["PASSWORD_CHARACTERS_NOT_ALLOWED"]],
    ["a NUL", "abcdefg1\u0000", ["PASSWORD_CHARACTERS_NOT_ALLOWED"]],
    ["full-width letters beside others", "abcdefg1ａ", ["PASSWORD_CHARACTERS_NOT_ALLOWED"]],
    ["full-width letters and digits alone", "ａｂｃｄｅｆｇ１", ["PASSWORD_CHARACTERS_NOT_ALLOWED", "PASSWORD_NEEDS_BOTH_KINDS"]],
    ["kana", "ぱすわーど123a", ["PASSWORD_CHARACTERS_NOT_ALLOWED"]],
    ["half a surrogate pair", "abcdefg1\uD800", ["PASSWORD_CHARACTERS_NOT_ALLOWED"]],
    ["nothing at all", "", ["PASSWORD_TOO_SHORT", "PASSWORD_NEEDS_BOTH_KINDS"]],
  ])("can't have %s, and is told which rule says so", (_what, password, codes) => {
    expect(broken(password)).toEqual(codes.map((code) => `new: ${code}`));
  });

  it.each(["keir002", "KEIR002", "xKeIr002x", "2026keir002", "keir0021"])("can't contain the login ID, whatever its case: %s", (part) => {
    expect(broken(`${part}-pad-9`)).toEqual(["new: PASSWORD_IS_LOGIN_ID"]);
  });

  it("can't contain it in full width either, and is told both", () => {
    expect(broken("ＫＥＩＲ００２-pad-9")).toEqual(["new: PASSWORD_CHARACTERS_NOT_ALLOWED", "new: PASSWORD_IS_LOGIN_ID"]);
  });

  it("of an ID that can't be one contains none", () => {
    expect(broken("keir002-pad", { loginId: null })).toEqual([]);
  });

  it.each([["another one", "abcdefg2"], ["another case", "Abcdefg1"], ["nothing", ""], ["no second field at all", null]])("entered the second time as %s is refused at the second field", (_what, confirmation) => {
    expect(broken("abcdefg1", { confirmation })).toEqual(["again: PASSWORD_MISMATCH"]);
  });

  it("is told every rule that it breaks at once", () => {
    expect(broken("ｋ", { confirmation: null, loginId: "k" })).toEqual([
      "new: PASSWORD_CHARACTERS_NOT_ALLOWED", "new: PASSWORD_TOO_SHORT", "new: PASSWORD_NEEDS_BOTH_KINDS", "new: PASSWORD_IS_LOGIN_ID", "again: PASSWORD_MISMATCH",
    ]);
  });
});

describe("the bank's policy", () => {
  it.each([["abcd1", ["new: PASSWORD_TOO_SHORT"]], ["abcde1", []], ["abcdefghijk1", []], ["abcdefghijkl1", ["new: PASSWORD_TOO_LONG"]]])(
    "of 6–12 characters says otherwise: %s", (password, wrong) => { expect(broken(password, { policy: asInTheManuals })).toEqual(wrong); });

  it.each(["!", "-", "_", "~"])("of letters and digits alone allows no mark: %s", (mark) => {
    expect(broken(`Abc12${mark}`, { policy: asInTheManuals })).toEqual(["new: PASSWORD_MARKS_NOT_ALLOWED"]);
    expect(broken(`Abc12${mark}`, { policy: { ...asInTheManuals, passwordAllowsMarks: true } })).toEqual([]);
  });

  it("is named in the refusal's words", () => {
    const facts = (password: string) => brokenRules({ password, confirmation: password }, "keir002", asInTheManuals, ["new"], ["again"]).map((refusal) => refusal.facts);
    expect(facts("abcd1")).toEqual([{ least: 6 }]);
    expect(facts("abcdefghijkl1")).toEqual([{ most: 12 }]);
  });
});
