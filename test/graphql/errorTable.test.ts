import { readFileSync } from "node:fs";
import { refusalCodes } from "../../src/foundation/refusals.js";
import { requestErrorCodes } from "../../src/foundation/requestRefusals.js";
import { errorCatalog, errorsDocument } from "../../src/graphql/errorCatalog.js";
import { MOST } from "../../src/graphql/limitTable.js";
import { errorTable } from "../../src/graphql/errorTable.js";

const codes = [...refusalCodes, ...requestErrorCodes];
const JAPANESE = /[\u3000-\u9fff\uff00-\uffef]/;
const factsIn = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();

describe("the table of errors", () => {
  it("has every code once, in its order, and none that nothing tells", () => {
    expect([...requestErrorCodes]).toEqual([...new Set(requestErrorCodes)].sort());
    expect(Object.keys(errorTable)).toEqual([...codes].sort());
    expect(new Set(codes).size).toBe(codes.length); // no code is both
  });

  it.each(codes)("words %s in Japanese and in English, with what to do and an example", (code) => {
    const { ja, en, example } = errorTable[code];
    for (const text of [ja.message, ja.nextStep]) expect(text).toMatch(/[ぁ-ん].*。$/);
    for (const text of [en.message, en.nextStep, example]) expect(text).toMatch(/^[A-Za-z{"].*\.$/);
    for (const text of [en.message, en.nextStep]) expect(text).not.toMatch(JAPANESE);
    expect(factsIn(ja.message + ja.nextStep)).toEqual(factsIn(en.message + en.nextStep));
  });

  it("is what docs/errors.md says", () => { expect(readFileSync("docs/errors.md", "utf8")).toBe(errorsDocument()); });

  it("is the catalog: each code with its channel, and a status where nothing was executed", () => {
    expect(errorCatalog.map(({ code }) => code)).toEqual(codes);
    for (const { channel, httpStatus } of errorCatalog) expect(httpStatus === null).toBe(channel === "USER_ERROR");
  });
});

it("docs/partners.md tells the limits as they are", () => {
  const guide = readFileSync("docs/partners.md", "utf8");
  for (const [code, most] of Object.entries(MOST)) {
    const row = guide.split("\n").find((line) => line.startsWith("|") && line.includes(`\`${code}\``));
    expect([code, row]).toEqual([code, expect.stringMatching(new RegExp(`\\| ${most.toLocaleString("en")}(?: each)? \\|`))]);
  }
});
